"""How much noise plays make, and what becomes of what they ask for (D6).

It is counted from runs and tasks alone: what runs tell that was held back, and what people did about the
tasks.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from keepwell.noise.reasons import Reason, reason_of
from keepwell.tasks import PlayRun, Task, TaskStatus

IGNORED_AFTER = timedelta(days=14)
"""A task that is open so long after it was due is one that nobody does."""

_MAILED = re.compile(r"email \S+ to (\S+)")


@dataclass(frozen=True)
class PlayNoise:
    """A play over some days. `fired` are its live runs that found something to do, `held` the runs in which
    something was held back, by the reason. Of its tasks: those that were `completed`, those `ignored`
    (cancelled, or overdue for more than 14 days), the other open ones, and the median of the days from
    creating a task to completing it, if any was. `outcomes` are what people said came of the completed ones,
    the most frequent first: by them a play is corrected (PLY-16)."""

    play: str
    fired: int
    held: Mapping[Reason, int]
    completed: int
    ignored: int
    open: int
    median_days_to_close: float | None
    outcomes: Mapping[str, int]


@dataclass(frozen=True)
class MemberNoise:
    """Somebody over some days: the tasks and the mails of plays that were for them."""

    email: str
    alerts: int
    alerts_per_week: float


@dataclass(frozen=True)
class Period:
    """So many days up to `now`, at a tenant."""

    now: datetime
    days: int
    time_zone: ZoneInfo

    def has(self, at: datetime) -> bool:
        return self.now - timedelta(days=self.days) < at <= self.now

    def day_of(self, at: datetime) -> date:
        return at.astimezone(self.time_zone).date()


def noise_of_plays(
    plays: Iterable[str],
    runs: Sequence[PlayRun],
    tasks: Sequence[Task],
    waiting: Iterable[str],
    period: Period,
) -> list[PlayNoise]:
    """Of these plays, and of all others that did something, by id. `waiting` names the plays that the brake
    holds, once for each account."""
    fired, held = Counter[str](), Counter((play, Reason.BRAKE) for play in waiting)
    for run in runs:
        if period.has(run.at):
            fired[run.play] += run.fired and not run.shadow
            held.update((run.play, reason) for reason in _held(run))
    asked: dict[str, list[Task]] = {}
    for task in tasks:
        if task.play and period.has(task.created_at):
            asked.setdefault(task.play, []).append(task)
    named = sorted({*plays, *fired, *asked, *(play for play, _ in held)})
    return [_of_play(name, fired[name], held, asked.get(name, ()), period) for name in named]


def noise_of_members(
    members: Iterable[str], runs: Sequence[PlayRun], tasks: Sequence[Task], period: Period
) -> list[MemberNoise]:
    """Of the members, and of all others who have tasks of plays; the most alerted first."""
    alerts = Counter(dict.fromkeys(members, 0))
    theirs = (task for task in tasks if task.play and task.assignee and period.has(task.created_at))
    alerts.update(task.assignee.casefold() for task in theirs)
    mailed = Counter(
        to
        for run in runs
        if period.has(run.at) and not run.shadow
        for line in run.outcomes
        if (to := _mailed(line)) in alerts
    )
    alerts.update(mailed)
    ordered = sorted(alerts.items(), key=lambda each: (-each[1], each[0]))
    return [MemberNoise(email, count, round(count * 7 / period.days, 1)) for email, count in ordered]


def _held(run: PlayRun) -> set[Reason]:
    if run.shadow:
        return {Reason.SHADOW}
    return {reason for line in run.outcomes if (reason := reason_of(line))}


def _mailed(outcome: str) -> str:
    """To whom an outcome of a run tells that there is a mail, at once, later or in a digest. One that was
    held back because a task was open went nowhere; of notices there are the tasks already."""
    found = _MAILED.match(outcome)
    return found[1].casefold() if found and reason_of(outcome) is not Reason.DEDUPE else ""


def _of_play(
    play: str, fired: int, held: Mapping[tuple[str, Reason], int], tasks: Sequence[Task], period: Period
) -> PlayNoise:
    came = Counter(_came_of(task, period) for task in tasks)
    days = [taken for task in tasks if (taken := _days_taken(task, period)) is not None]
    return PlayNoise(
        play=play,
        fired=fired,
        held={reason: held.get((play, reason), 0) for reason in Reason},
        completed=came["completed"],
        ignored=came["ignored"],
        open=came["open"],
        median_days_to_close=round(median(days), 1) if days else None,
        outcomes=_outcomes(tasks),
    )


def _outcomes(tasks: Sequence[Task]) -> dict[str, int]:
    told = Counter(task.outcome for task in tasks if task.status is TaskStatus.COMPLETED and task.outcome)
    return dict(sorted(told.items(), key=lambda each: (-each[1], each[0])))


def _came_of(task: Task, period: Period) -> str:
    if task.status is TaskStatus.COMPLETED:
        return "completed"
    overdue = task.due_date is not None and period.day_of(period.now) - task.due_date > IGNORED_AFTER
    return "ignored" if overdue or task.status is TaskStatus.CANCELLED else "open"


def _days_taken(task: Task, period: Period) -> float | None:
    """From creating to completing a task; whole days where only the day is known on which it was closed."""
    if task.status is not TaskStatus.COMPLETED or not task.closed_at:
        return None
    if "T" in task.closed_at:
        return max(0.0, (datetime.fromisoformat(task.closed_at) - task.created_at) / timedelta(days=1))
    return float(max(0, (date.fromisoformat(task.closed_at) - period.day_of(task.created_at)).days))
