"""`keepwell status`: the local cloud's endpoint, stack outputs and health."""

from rich.console import Group

from keepwell_cli.local.cloud import KEPT, LocalCloud
from keepwell_cli.output import Answer, NoCloudError, plain, whole


def status() -> Answer:
    """The local cloud: its endpoint, its stack's outputs, and whether all of it is alive.

    Ends with 1 if a part has died. Example: `keepwell status --json`
    """
    cloud = LocalCloud(KEPT)
    if not cloud.is_up and not cloud.is_stale:
        return Answer({"up": False}, "There is no local cloud: start it with `keepwell up`.")
    trouble = _trouble(cloud)
    document = {
        "up": cloud.is_up,
        "trouble": trouble,
        "endpoint": cloud.endpoint,
        "outputs": cloud.outputs,
        "environment": cloud.environment,
    }
    rows = whole({"Endpoint": cloud.endpoint, **dict(sorted(cloud.outputs.items()))})
    return Answer(document, Group(plain(trouble or "All is well."), "", rows), findings=trouble is not None)


def _trouble(cloud: LocalCloud) -> str | None:
    try:
        cloud.check()
    except NoCloudError as error:
        return str(error)
    return None
