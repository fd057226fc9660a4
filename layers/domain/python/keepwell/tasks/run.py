"""The run of a play, which is kept beside its tasks."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class PlayRun:
    """One play fired (or, in shadow, would have fired) for one transition.

    Its row is what takes a transition off the pending list. `outcomes` says in words what was done, and
    `problems` which actions could not be carried out, and why. `deliveries` are the ids of the messages it
    put on their way, which an exit may cancel (reliability T3). `fired` is false where the play did nothing
    because the account had passed on, or a person discarded it.
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
