"""`keepwell status`: the local cloud's endpoint, stack outputs and health, and what was given up."""

from rich.console import Group

from keepwell_cli.local.cloud import KEPT, LocalCloud
from keepwell_cli.output import Answer, NoCloudError, plain, whole
from keepwell_cli.stack import Stack


def status() -> Answer:
    """The local cloud: its endpoint, its stack's outputs, whether all of it is alive, and how many messages
    were given up.

    Ends with 1 if a part has died. Example: `keepwell status --json`
    """
    cloud = LocalCloud(KEPT)
    if not cloud.is_up and not cloud.is_stale:
        return Answer({"up": False}, "There is no local cloud: start it with `keepwell up`.")
    trouble = _trouble(cloud)
    failed = Stack.practised(cloud).deliveries.count_failed() if cloud.outputs and not trouble else None
    document = {
        "up": cloud.is_up,
        "trouble": trouble,
        "failed_deliveries": failed,
        "endpoint": cloud.endpoint,
        "outputs": cloud.outputs,
        "environment": cloud.environment,
    }
    rows = whole({"Endpoint": cloud.endpoint, **dict(sorted(cloud.outputs.items()))})
    said = [trouble or "All is well."]
    if failed:
        messages = "1 message was" if failed == 1 else f"{failed:,} messages were"
        said.append(f"{messages} given up: keepwell deliveries --failed")
    return Answer(document, Group(*map(plain, said), "", rows), findings=trouble is not None)


def _trouble(cloud: LocalCloud) -> str | None:
    try:
        cloud.check()
    except NoCloudError as error:
        return str(error)
    return None
