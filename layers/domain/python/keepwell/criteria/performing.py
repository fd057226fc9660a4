"""Leaves about the use of the product: `performed "Reports/Export" at least 3 times in 30 days`.

What is used is an action (`Module/Action`) or all of a module, in any case. A window of N days includes both
ends: today and N days ago. Nothing is known of an account whose use nobody ever told; one whose use is told
never did what is not in it.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from keepwell.attributes import Kind, Value
from keepwell.criteria.beside import Beside, Sought
from keepwell.criteria.comparing import Comparator, Comparison, quoted
from keepwell.criteria.dates import in_days
from keepwell.criteria.tree import Leaf

if TYPE_CHECKING:
    from keepwell.usage import UsageSummary
    from keepwell.usage.summary import ActionUse

TOPIC = "Usage"

LONGEST_WINDOW = 62
"""Days. The use of single days is kept for 64 up to the newest, which may be tomorrow's."""

IN_WORDS: dict[Comparator, str] = {
    ">=": "at least",
    ">": "more than",
    "<=": "at most",
    "<": "less than",
    "=": "exactly",
}


class Used(Sought):
    """An attribute made of the uses of one action, or of all actions of a module."""

    action: str = ""
    topic = TOPIC

    def found(self, beside: Beside, today: date) -> Value | None:
        usage = beside.usage
        return None if usage is None or today < usage.first else self.of(usage, today)

    def of(self, usage: "UsageSummary", today: date) -> Value | None:
        """Its value, of an account whose use is told."""
        raise NotImplementedError

    def uses(self, usage: "UsageSummary", today: date) -> "Iterator[ActionUse]":
        """The uses that are meant and had begun on `today`."""
        wanted = self.action.casefold()
        for use in usage.uses:
            if wanted in (use.name.casefold(), use.module.casefold()) and use.first <= today:
                yield use


class TimesPerformed(Used):
    """How often it was done in the last `days` days, today included."""

    days: int = 0

    def of(self, usage: "UsageSummary", today: date) -> int | None:
        tomorrow = today + timedelta(days=1)
        times = [usage.times(use.name, self.days + 1, tomorrow) for use in self.uses(usage, today)]
        return None if None in times else sum(each for each in times if each)


class EverPerformed(Used):
    """Whether it was ever done."""

    def of(self, usage: "UsageSummary", today: date) -> bool:
        return any(self.uses(usage, today))


class FirstPerformed(Used):
    """The day on which it was first done; none if it never was."""

    def of(self, usage: "UsageSummary", today: date) -> date | None:
        return min((use.first for use in self.uses(usage, today)), default=None)


class LastPerformed(Used):
    """The latest day on which it was done; none if it never was."""

    def of(self, usage: "UsageSummary", today: date) -> date | None:
        return max((_last(use, usage, today) for use in self.uses(usage, today)), default=None)


def _last(use: "ActionUse", usage: "UsageSummary", today: date) -> date:
    """The newest day of a use, no later than today: of what is not kept, the first day is known."""
    if use.last <= today:
        return use.last
    ago = (usage.through - today).days
    known = (place for place, count in enumerate(use.counts[ago:], ago) if count)
    return next((usage.through - timedelta(days=place) for place in known), use.first)


def times_performed(action: str, days: int) -> TimesPerformed:
    name = f"times performed {quoted(action)} in {in_days(days)}"
    return TimesPerformed(name, Kind.NUMBER, computed=True, daily=True, action=action, days=days)


def ever_performed(action: str) -> EverPerformed:
    return EverPerformed(f"performed {quoted(action)}", Kind.YES_NO, computed=True, action=action)


def first_performed(action: str) -> FirstPerformed:
    return FirstPerformed(f"first performed {quoted(action)}", Kind.DATE, computed=True, action=action)


def last_performed(action: str) -> LastPerformed:
    return LastPerformed(f"last performed {quoted(action)}", Kind.DATE, computed=True, action=action)


class Performed(Comparison):
    """`performed "Reports/Export" at least 3 times in 30 days`; at least once where it says no number."""

    def __str__(self) -> str:
        return f"performed {self._what}"

    @property
    def denial(self) -> str:
        return f"did not perform {self._what}" if self._once else f"NOT {self}"

    def as_json(self) -> dict[str, Any]:
        asked = {"action": self._about.action, "comparator": self.comparator, "times": self.constant}
        return {"attribute": TOPIC, "operator": "performed", **asked, "days": self._about.days}

    @property
    def _about(self) -> TimesPerformed:
        assert isinstance(self.attribute, TimesPerformed)
        return self.attribute

    @property
    def _once(self) -> bool:
        return (self.comparator, self.constant) == (">=", 1)

    @property
    def _what(self) -> str:
        times = "once" if self.constant == 1 else f"{self.constant} times"
        often = "" if self._once else f" {IN_WORDS[self.comparator]} {times}"
        return f"{quoted(self._about.action)}{often} in {in_days(self._about.days)}"


class PerformedEver(Leaf):
    """`performed "Reports/Export"`, at any time; its denial is `never performed "Reports/Export"`."""

    def __str__(self) -> str:
        return self.attribute.name

    @property
    def denial(self) -> str:
        return f"never {self.attribute.name}"

    def as_json(self) -> dict[str, Any]:
        assert isinstance(self.attribute, EverPerformed)
        return {"attribute": TOPIC, "operator": "performed", "action": self.attribute.action}

    def holds(self, value: Value, _today: date) -> bool:
        return value is True
