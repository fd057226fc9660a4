"""`keepwell plays`: the plays there are, what starts them, and how often they ran."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Group
from rich.table import Table

from keepwell.playbook import Playbook
from keepwell.plays import Play
from keepwell.plays.steps import Branch, Step, Wait
from keepwell.plays.triggers import starts_of
from keepwell.tasks import PlayRun, RunState
from keepwell_cli.output import Answer, plain
from keepwell_cli.stack import Stack, StackName


def plays(stack: StackName = None) -> Answer:
    """List the plays: their state, what starts them, and what became of their runs.

    `waiting` are the runs in which a step waits, `ended` those that were called off meanwhile. A shadow's
    runs are counted apart: they did nothing.

    Example: `keepwell plays`
    """
    here = Stack.configured(stack)
    playbook = here.playbooks.get()
    counts = _counted(here.work.runs())
    listed = [_document(play, playbook, counts) for play in playbook.plays]
    table = Table("play", "state", "starts", box=None, padding=(0, 2, 0, 0))
    for number in COUNTS:
        table.add_column(number, justify="right")
    for each in listed:
        numbers = (f"{each['runs'][number]:,}" for number in COUNTS)
        table.add_row(plain(each["id"]), each["state"], plain(each["starts"]), *numbers)
    return Answer({"plays": listed}, Group(table if listed else "The playbook has no plays."))


COUNTS = ("done", "waiting", "ended", "nothing", "shadow")


def _counted(runs: Iterator[PlayRun]) -> Mapping[str, Counter[str]]:
    counts: dict[str, Counter[str]] = {}
    for run in runs:
        counts.setdefault(run.play, Counter())[_kind(run)] += 1
    return counts


def _kind(run: PlayRun) -> str:
    if run.shadow:
        return "shadow"
    if not run.fired:
        return "nothing"
    return {RunState.DONE: "done", RunState.ENDED: "ended"}.get(run.state, "waiting")


def _document(play: Play, playbook: Playbook, counts: Mapping[str, Counter[str]]) -> dict[str, Any]:
    return {
        "id": play.id,
        "name": play.name,
        "state": play.state.value,
        "starts": starts_of(play, playbook),
        "steps": sum(1 for _ in _every(play.steps)),
        "waits": sum(isinstance(step, Wait) for step in _every(play.steps)),
        "owner": play.owner,
        "runs": {kind: counts.get(play.id, Counter())[kind] for kind in COUNTS},
    }


def _every(steps: Sequence[Step]) -> Iterator[Step]:
    for step in steps:
        yield step
        if isinstance(step, Branch):
            yield from _every(step.then)
            yield from _every(step.otherwise)
