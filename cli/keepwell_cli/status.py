"""`keepwell status`: the local cloud's endpoint, stack outputs and health."""

from rich.table import Table

from keepwell.errors import ConfigurationError
from keepwell_cli.local.cloud import KEPT, LocalCloud
from keepwell_cli.output import Answer


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
    table = Table("Local cloud", "", title=trouble or "All is well.")
    table.add_row("Endpoint", cloud.endpoint)
    for name, value in sorted(cloud.outputs.items()):
        table.add_row(name, value)
    return Answer(document, table, findings=trouble is not None)


def _trouble(cloud: LocalCloud) -> str | None:
    try:
        cloud.check()
    except ConfigurationError as error:
        return str(error)
    return None
