"""The launcher over what a stack holds."""

from collections.abc import Mapping

from keepwell.deliveries import Channel
from keepwell.plays.launching import Launcher
from keepwell.plays.rendering import render
from keepwell.ports import Queue
from keepwell_cli.stack import Stack


def launcher_of(stack: Stack, queues: Mapping[Channel, Queue]) -> Launcher:
    """What launches plays there; one that is only read from needs no queues."""
    return Launcher(
        accounts=stack.accounts,
        work=stack.work,
        deliveries=stack.deliveries,
        queues=queues,
        render=render,
        control=stack.control,
        wakes=stack.wakes,
        touchpoints=stack.touchpoints,
        team=stack.team,
        history=stack.history,
        playbook_of=stack.playbooks.of,
    )
