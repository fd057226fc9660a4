"""`keepwell up`: start the local cloud and deploy Keepwell on it, or update it."""

import time
from contextlib import ExitStack

from rich.console import Group

from keepwell_cli.local.cloud import KEPT, LocalCloud, synthesised
from keepwell_cli.output import Answer, plain, progress, step, whole


def up() -> Answer:
    """Start the local cloud and deploy Keepwell on it; if it is up, update it.

    It keeps running until `keepwell down`. No AWS account, no Docker. Example: `keepwell up`
    """
    began = time.monotonic()
    cloud = LocalCloud(KEPT)
    was_up = cloud.is_up
    if cloud.is_stale:
        progress.print("The last local cloud ended without `keepwell down`; its files are removed.")
    with step("Synthesising the stack (a minute the first time, nothing if unchanged)"):
        assembly = synthesised()
    with step("Starting the emulator"):
        endpoint = cloud.start()
    with ExitStack() as undo, step("Deploying"):
        if not was_up:
            undo.callback(cloud.stop)
        outputs = cloud.deploy(assembly)
        undo.pop_all()
    seconds = round(time.monotonic() - began, 1)
    title = plain(f"Keepwell on the local cloud, {endpoint} ({seconds} s)")
    document = {"endpoint": endpoint, "stack": cloud.stack, "updated": was_up, "seconds": seconds}
    return Answer(
        {**document, "outputs": outputs, "environment": cloud.environment},
        Group(title, "", whole(dict(sorted(outputs.items())))),
    )
