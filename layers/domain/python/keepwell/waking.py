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
"""Whose tries failed so often, within 65 hours, is given up: a person is told."""

LONGEST_PAUSE = timedelta(hours=12)


@dataclass
class Woken:
    """What came of the wakes that were due. Those that `failed` are tried again; those that are `given_up`,
    by this try or by one before, as well: twice a day, until their cause is mended."""

    carried_out: int = 0
    failed: list[Wake] = field(default_factory=list)
    given_up: list[Wake] = field(default_factory=list)


def pause_after(attempts: int) -> timedelta:
    """How long a wake rests after so many tries: a minute, two, four, up to 12 hours."""
    doubled = min(attempts - 1, 10)  # more would be longer than the longest
    return min(timedelta(minutes=2**doubled), LONGEST_PAUSE)


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
            claimed = _stored(wake, _claim(wake, now), wakes, history, now)
        except Conflict:  # somebody else has it, or it was called off
            continue
        try:
            purposes[wake.purpose](replace(wake, given_up=False, revision=claimed.revision), now)
        except KeepwellError as problem:
            told = _failed(claimed, str(problem), wakes, history, now)
            (woken.given_up if told.given_up else woken.failed).append(told)
        else:
            wakes.remove(wake.wake_id, claimed.revision)
            woken.carried_out += 1
    return woken


def _claim(wake: Wake, now: datetime) -> Wake:
    """The wake put for later. Who dies with it each time never tells what came of it: it is given up here."""
    attempts = wake.attempts + 1
    given_up = wake.given_up or attempts > MOST_ATTEMPTS
    return replace(wake, attempts=attempts, due_at=now + pause_after(attempts), given_up=given_up)


def _failed(claimed: Wake, problem: str, wakes: Wakes, history: History, now: datetime) -> Wake:
    told = replace(claimed, problem=problem, given_up=claimed.attempts >= MOST_ATTEMPTS)
    try:
        return _stored(claimed, told, wakes, history, now)
    except Conflict:  # it was moved or called off in the meantime
        return told


def _stored(before: Wake, after: Wake, wakes: Wakes, history: History, now: datetime) -> Wake:
    """Put it. Where that gives it up, what a person sees of it comes first: so it is never missing."""
    if after.given_up and not before.given_up and after.account_id:
        detail = {
            "purpose": after.purpose.value,
            "attempts": min(after.attempts, MOST_ATTEMPTS),
            "problem": after.why,
        }
        history.append([HistoryRow(after.account_id, now, "wake", after.wake_id, detail)])
    return wakes.put(after)
