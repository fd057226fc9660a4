"""`keepwell down`: stop the local cloud and remove all it kept."""

from keepwell_cli.local.cloud import KEPT, LocalCloud
from keepwell_cli.output import Answer, step


def down() -> Answer:
    """Stop the local cloud and remove all it kept.

    Harmless if there is none. Example: `keepwell down`
    """
    cloud = LocalCloud(KEPT)
    was_up, was_stale = cloud.is_up, cloud.is_stale
    with step("Stopping the local cloud"):
        cloud.stop()
    if was_up:
        text = "The local cloud is stopped and its files are removed."
    elif was_stale:
        text = "The local cloud had ended by itself; its files are removed."
    else:
        text = "There was no local cloud."
    return Answer({"stopped": was_up, "removed": was_up or was_stale}, text)
