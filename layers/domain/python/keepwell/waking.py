"""Carrying out the wakes whose time has come, each by its purpose; one that fails stops no other."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from keepwell.errors import Conflict, KeepwellError
from keepwell.history import HistoryRow
from keepwell.ports import History, Wakes
from keepwell.wakes import Purpose, Wake

CarryOut = Callable[[Wake, datetime], None]
"""Does what a wake is for; doing it again changes nothing. Raises KeepwellError to be asked again later.

It may put the wake itself, for another time: then that holds.
"""

MOST_ATTEMPTS = 15
LONGEST_PAUSE = timedelta(hours=12)


@dataclass
class Woken:
    """What came of the wakes that were due: `failed` are to be tried again, `given_up` are not."""

    carried_out: int = 0
    failed: list[Wake] = field(default_factory=list)
    given_up: list[Wake] = field(default_factory=list)


def pause_after(attempts: int) -> timedelta:
    """How long a wake rests after so many tries: a minute, two, four, up to 12 hours; 79 hours in all."""
    return min(timedelta(minutes=2 ** (attempts - 1)), LONGEST_PAUSE)


def carry_out_due(
    wakes: Wakes,
    purposes: Mapping[Purpose, CarryOut],
    history: History,
    now: datetime,
    has_time: Callable[[], bool],
) -> Woken:
    """Carry out what is due, as long as there is time.

    Each is claimed before, by being put for later: whoever dies with it, or works beside, does not keep the
    others waiting nor does it at the same moment. It is removed once its effect is stored.
    """
    woken = Woken()
    for wake in wakes.due(now):
        if not has_time():
            break
        try:
            claimed = wakes.put(_claim(wake, now))
        except Conflict:  # somebody else has it, or it was called off
            continue
        if claimed.given_up:
            _give_up(claimed, history, now)
            woken.given_up.append(claimed)
            continue
        try:
            purposes[wake.purpose](replace(wake, revision=claimed.revision), now)
        except KeepwellError as problem:
            woken.failed.append(_tell(claimed, str(problem), wakes))
        else:
            wakes.remove(wake.wake_id, claimed.revision)
            woken.carried_out += 1
    return woken


def _claim(wake: Wake, now: datetime) -> Wake:
    if wake.attempts >= MOST_ATTEMPTS:
        return replace(wake, given_up=True)
    attempts = wake.attempts + 1
    return replace(wake, attempts=attempts, due_at=now + pause_after(attempts))


def _tell(claimed: Wake, problem: str, wakes: Wakes) -> Wake:
    told = replace(claimed, problem=problem)
    try:
        return wakes.put(told)
    except Conflict:  # it was moved or called off in the meantime
        return told


def _give_up(wake: Wake, history: History, now: datetime) -> None:
    """The record that a person sees."""
    if wake.account_id:
        detail = {
            "purpose": wake.purpose.value,
            "attempts": wake.attempts,
            "problem": wake.problem or "it was never told what came of it",
        }
        history.append([HistoryRow(wake.account_id, now, "wake", wake.wake_id, detail)])
