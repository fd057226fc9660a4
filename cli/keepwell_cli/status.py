"""`keepwell status`: the local cloud's endpoint, stack outputs and health, and what was given up."""

from collections.abc import Iterator

from rich.console import Group

from keepwell_cli.local.cloud import KEPT, LocalCloud
from keepwell_cli.output import Answer, NoCloudError, plain, whole
from keepwell_cli.stack import Stack

MOST_NAMED = 5


def status() -> Answer:
    """The local cloud: its endpoint, its stack's outputs, whether all of it is alive, how many messages were
    given up, and how many steps of plays, tasks and summaries could not be carried out for days.

    Ends with 1 if a part has died. Example: `keepwell status --json`
    """
    cloud = LocalCloud(KEPT)
    if not cloud.is_up and not cloud.is_stale:
        return Answer({"up": False}, "There is no local cloud: start it with `keepwell up`.")
    trouble = _trouble(cloud)
    stack = Stack.practised(cloud) if cloud.outputs and not trouble else None
    failed = stack.deliveries.count_failed() if stack else None
    stuck = stack.wakes.count_given_up() if stack else None
    document = {
        "up": cloud.is_up,
        "trouble": trouble,
        "failed_deliveries": failed,
        "given_up_wakes": stuck,
        "endpoint": cloud.endpoint,
        "outputs": cloud.outputs,
        "environment": cloud.environment,
    }
    rows = whole({"Endpoint": cloud.endpoint, **dict(sorted(cloud.outputs.items()))})
    said = [trouble or "All is well."]
    if failed:
        messages = "1 message was" if failed == 1 else f"{failed:,} messages were"
        said.append(f"{messages} given up: keepwell deliveries --failed")
    if stack and stuck:
        said += _told_of(stack, stuck)
    return Answer(document, Group(*map(plain, said), "", rows), findings=trouble is not None)


def _told_of(stack: Stack, stuck: int) -> Iterator[str]:
    """How many wakes were given up, and why the first of them were."""
    could = "1 wake" if stuck == 1 else f"{stuck:,} wakes"
    yield f"{could} of plays and tasks failed for days, tried twice a day until the cause is mended:"
    for wake in stack.wakes.given_up(limit=MOST_NAMED):
        yield f"  {wake.wake_id}: {wake.why}"
    if stuck > MOST_NAMED:
        yield f"  and {stuck - MOST_NAMED:,} more"


def _trouble(cloud: LocalCloud) -> str | None:
    try:
        cloud.check()
    except NoCloudError as error:
        return str(error)
    return None
