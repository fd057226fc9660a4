"""The run of a play, which is kept beside its tasks."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from keepwell.standings import Transition


class RunState(StrEnum):
    """How far a run is."""

    GOING = "going"
    """It is stored that it has begun, and what it found; the rest is being done, or was interrupted."""
    WAITING = "waiting"
    """A step waits; a wake goes on with it."""
    DONE = "done"
    ENDED = "ended"
    """It was called off while it waited, or its play is no longer in service."""


@dataclass(frozen=True)
class StepTaken:
    """One thing that became of a run, at a step (`2`, or `3.then.1`; empty: what the play does at once).

    `outcome` is a word (`did`, `nothing`, `again`, `yes`, `no`, `waits`, `ended`), `detail` says it in full.
    """

    step: str
    outcome: str
    detail: str
    at: datetime


@dataclass(frozen=True)
class PlayRun:
    """One play fired (or, in shadow, would have fired) for one transition.

    Its row is what takes a transition off the pending list. `outcomes` says in words what was done, and
    `problems` which actions could not be carried out, and why. `deliveries` are the ids of the messages it
    put on their way, which an exit may cancel (reliability T3). `fired` is false where the play did nothing
    because the account had passed on, a person discarded it, or its conditions kept it from everything.

    It keeps the `playbook` that it began with. `place` is the step that it waits at,
    or that it waited at when it ended, `until` when that wait is over; `steps` tells of everything that
    became of it. `started` are the plays that it started, `transition` is what it is about, for as long as it
    is not over. `date` is the date that triggered it, where one did. `revision` counts the writes.
    """

    run_id: str
    account_id: str
    play: str
    transition_id: str
    shadow: bool
    at: datetime
    playbook: str
    outcomes: tuple[str, ...]
    problems: tuple[str, ...] = ()
    deliveries: tuple[str, ...] = ()
    fired: bool = True
    state: RunState = RunState.DONE
    place: str = ""
    until: datetime | None = None
    steps: tuple[StepTaken, ...] = ()
    started: tuple[str, ...] = ()
    date: str = ""
    transition: Transition | None = None
    revision: int = field(default=0, compare=False)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will become of it."""
        return self.state in (RunState.DONE, RunState.ENDED)
