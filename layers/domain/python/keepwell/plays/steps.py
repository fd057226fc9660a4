"""The steps of a play: what it does one after the other, with waits and branches in between.

A step is told by its place: its number, or the way to it through branches, as in `3.then.1` (numbers count
from 1). What a play does at once has the empty place.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from keepwell.criteria import Condition
from keepwell.errors import ConfigurationError
from keepwell.plays.play import Deeds, Play
from keepwell.working_time import Calendar

Agenda = list[tuple[str, "Step"]]
"""Steps with their places, in the order in which they are to be taken."""


@dataclass(frozen=True)
class Wait:
    """So many days (the same time of day in the tenant's time zone), working days or hours: one of them.

    With `unless_left` the run ends if the account has left the trigger by then.
    """

    days: int = 0
    hours: int = 0
    working_days: int = 0
    unless_left: bool = True

    def over_at(self, now: datetime, time_zone: ZoneInfo, calendar: Calendar) -> datetime:
        """When a wait that begins `now` is over."""
        if self.hours:
            return now + timedelta(hours=self.hours)
        local = now.astimezone(time_zone)
        day = local.date() + timedelta(days=self.days)
        if self.working_days:
            day = calendar.working_day_after(local.date(), self.working_days)
        return local.replace(year=day.year, month=day.month, day=day.day).astimezone(now.tzinfo)


@dataclass(frozen=True)
class Branch:
    """Steps that are taken where a condition holds, and steps that are taken where it does not."""

    condition: Condition
    then: tuple["Step", ...]
    otherwise: tuple["Step", ...] = ()


Step = Deeds | Wait | Branch


def begun(steps: Sequence[Step], within: str = "") -> Agenda:
    """The steps with their places; `within` is the branch's side that they are of, as in `3.then`."""
    prefix = f"{within}." if within else ""
    return [(f"{prefix}{number}", step) for number, step in enumerate(steps, start=1)]


def left_after(steps: Sequence[Step], place: str) -> Agenda:
    """What is left to be taken after the step at a place. Raises ConfigurationError if there is no such
    place."""
    return _left_from(steps, place)[1:]


def step_at(steps: Sequence[Step], place: str) -> Step:
    """The step at a place. Raises ConfigurationError if there is none."""
    return _left_from(steps, place)[0][1]


def _left_from(steps: Sequence[Step], place: str) -> Agenda:
    agenda = begun(steps)
    while agenda:
        here, step = agenda[0]
        if here == place:
            return agenda
        del agenda[0]
        if isinstance(step, Branch) and place.startswith(f"{here}."):
            holds = place.startswith(f"{here}.then.")
            side = step.then if holds else step.otherwise
            agenda[:0] = begun(side, f"{here}.then" if holds else f"{here}.else")
    raise ConfigurationError(f"the play has no step {place}, at which a run of it waits")


def deeds_of(play: Play) -> Iterator[tuple[str, Deeds]]:
    """All that a play may do, each with its place: what it does at once first."""
    yield "", play
    yield from _within(begun(play.steps), past_waits=True)


def deeds_before_waiting(agenda: Agenda) -> Iterator[tuple[str, Deeds]]:
    """All that may be done before the next wait, whatever the conditions say."""
    return _within(agenda, past_waits=False)


def _within(agenda: Agenda, *, past_waits: bool) -> Iterator[tuple[str, Deeds]]:
    for place, step in agenda:
        if isinstance(step, Branch):
            yield from _within(begun(step.then, f"{place}.then"), past_waits=past_waits)
            yield from _within(begun(step.otherwise, f"{place}.else"), past_waits=past_waits)
        elif isinstance(step, Deeds):
            yield place, step
        elif not past_waits:
            return


def asked_as(play: Play) -> dict[tuple[str, int], str]:
    """What each task of a play goes by, by its step's place and its number there: its title as the play has
    it, with a number where several have the same. A play that is edited asks for the same by the same."""
    found, count = dict[tuple[str, int], str](), Counter[str]()
    for place, deeds in deeds_of(play):
        for number, task in enumerate(deeds.tasks):
            count[task.title] += 1
            again = f" #{count[task.title]}" if count[task.title] > 1 else ""
            found[place, number] = f"{task.title}{again}"
    return found


def told_as(play: Play) -> dict[tuple[str, str, int], str]:
    """What each message to people goes by, by its step's place, its kind (`email`, `webhook`) and its number
    there: the subject of a mail as the play has it, the hash of what it says in Slack; with a number where
    several to the same receiver have the same."""
    found, count = dict[tuple[str, str, int], str](), Counter[tuple[str, str]]()
    for place, deeds in deeds_of(play):
        mails = [("email", number, mail.to, mail.subject) for number, mail in enumerate(deeds.emails)]
        hooks = [
            ("webhook", number, hook.endpoint, _hash(hook.message))
            for number, hook in enumerate(deeds.webhooks)
            if hook.message is not None
        ]
        for kind, number, to, name in (*mails, *hooks):
            count[to, name] += 1
            again = f" #{count[to, name]}" if count[to, name] > 1 else ""
            found[place, kind, number] = f"{name}{again}"
    return found


def _hash(message: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(message, sort_keys=True).encode()).hexdigest()[:20]


def conditions_of(play: Play) -> Iterator[Condition]:
    """What its branches ask."""
    return _conditions(play.steps)


def _conditions(steps: Sequence[Step]) -> Iterator[Condition]:
    for step in steps:
        if isinstance(step, Branch):
            yield step.condition
            yield from _conditions(step.then)
            yield from _conditions(step.otherwise)
