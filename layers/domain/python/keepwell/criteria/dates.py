"""Leaves about dates and today: `within next 90 days`, `> 30 days`."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from keepwell.attributes import Value
from keepwell.criteria.comparing import HOLDS, Comparator
from keepwell.criteria.tree import Leaf


@dataclass(frozen=True)
class Within(Leaf):
    """`Renewal Date within next 90 days`: both ends and today included (1.14 row 19)."""

    direction: Literal["next", "last"]
    days: int
    by_the_calendar = True

    def __str__(self) -> str:
        return f"{self.attribute.name} within {self.direction} {in_days(self.days)}"

    def as_json(self) -> dict[str, Any]:
        return self.as_operation(f"within {self.direction}", days=self.days)

    def holds(self, value: Value, today: date) -> bool:
        ahead = -_age(value, today)
        return 0 <= (ahead if self.direction == "next" else -ahead) <= self.days


@dataclass(frozen=True)
class Age(Leaf):
    """`Last Activity > 30 days`: how long ago the date is, strictly as the comparator says (1.14 row 19).

    A date ahead has a negative age.
    """

    comparator: Comparator
    days: int
    by_the_calendar = True

    def __str__(self) -> str:
        return f"{self.attribute.name} {self.comparator} {in_days(self.days)}"

    def as_json(self) -> dict[str, Any]:
        return self.as_operation(self.comparator, days=self.days)

    def holds(self, value: Value, today: date) -> bool:
        return HOLDS[self.comparator](_age(value, today), self.days)


def _age(value: Value, today: date) -> int:
    assert isinstance(value, date)
    return (today - value).days


def in_days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"
