"""Leaves about people: `any user where (Key Contact = yes)`, `count of users where (Active Days >= 5) >= 3`.

The condition in the brackets is asked of every person. Of whom it is unknown counts as neither: an answer
that these could change is unknown. An account without people has nobody it could hold of.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from keepwell.attributes import Attribute, Kind, Value
from keepwell.criteria.beside import Beside, Sought
from keepwell.criteria.comparing import Between, Comparison, Constant
from keepwell.criteria.knowing import NO_TRAIL, Moment
from keepwell.criteria.tree import And, Condition, Leaf

TOPIC = "Users"
NAMED = 3
"""So many people are named in a reason."""


class Found(NamedTuple):
    """Of how many people a condition is known to hold, of how many it is unknown, and the first of those of
    whom it holds. Among an account's values it stands as several texts."""

    sure: int
    unsure: int
    names: tuple[str, ...]

    def as_value(self) -> tuple[str, ...]:
        return str(self.sure), str(self.unsure), *self.names

    @classmethod
    def read(cls, value: Value | None) -> "Found | None":
        """What `as_value` made; None of anything else."""
        match value:
            case (str(sure), str(unsure), *names) if sure.isdecimal() and unsure.isdecimal():
                return cls(int(sure), int(unsure), tuple(names))
            case _:
                return None


class UsersWhere(Sought):
    """Of whom a condition holds, as `Found.as_value` writes it."""

    where: Condition = And(())
    topic = TOPIC

    def found(self, beside: Beside, today: date) -> Value | None:
        return None if beside.people is None else found_among(beside.people, self.where, today).as_value()


def users_where(where: Condition) -> UsersWhere:
    """The attribute that says of whom `where` holds."""
    daily = any(leaf.by_the_calendar or leaf.attribute.daily for leaf in where.leaves())
    return UsersWhere(f"users where ({where})", Kind.CHOICES, computed=True, daily=daily, where=where)


def found_among(people: Iterable[Mapping[str, Value]], where: Condition, today: date) -> Found:
    """Of whom `where` holds, among people with these values; three are named."""
    sure, unsure = list[Mapping[str, Value]](), 0
    for person in people:
        answer = where.answer(Moment(person, today, NO_TRAIL))
        if answer:
            sure.append(person)
        elif answer is None:
            unsure += 1
    return Found(len(sure), unsure, tuple(name_of(person) for person in sure[:NAMED]))


def name_of(person: Mapping[str, Value]) -> str:
    """What people call a person: the name, or else the mail address or the id."""
    names = (str(person[part]) for part in ("First Name", "Last Name") if part in person)
    return " ".join(names) or str(person.get("Email") or person.get("User ID") or "somebody")


class AnyUser(Leaf):
    """`any user where (Key Contact = yes)`: it holds of somebody; its denial is `no user where (...)`."""

    def __str__(self) -> str:
        return f"any {_where(self.attribute, 'user')}"

    @property
    def denial(self) -> str:
        return f"no {_where(self.attribute, 'user')}"

    def as_json(self) -> dict[str, Any]:
        return {"attribute": TOPIC, "operator": "any", "where": _condition(self.attribute).as_json()}

    def answer(self, moment: Moment) -> bool | None:
        found = _found(self, moment)
        if found is None:
            return None
        return True if found.sure else None if found.unsure else False

    def seen(self, moment: Moment) -> str | None:
        found = _found(self, moment)
        if found is None:
            return None
        more = f" and {found.sure - NAMED:,} more" if found.sure > NAMED else ""
        return f"{', '.join(found.names)}{more}" or _nobody(found.unsure)


class CountOfUsers(Leaf):
    """`count of users where (Last Activity within last 30 days) >= 3`; `count` compares the number."""

    count: Comparison | Between

    def __str__(self) -> str:
        return str(self.count)

    def as_json(self) -> dict[str, Any]:
        counted = self.count.as_json()
        operator = f"count {counted.pop('operator')}"
        where = _condition(self.attribute).as_json()
        return {**counted, "attribute": TOPIC, "operator": operator, "where": where}

    def answer(self, moment: Moment) -> bool | None:
        found = _found(self, moment)
        if found is None:
            return None
        answers = {self.count.holds(number, moment.today) for number in self._possible(found)}
        return answers.pop() if len(answers) == 1 else None

    def seen(self, moment: Moment) -> str | int | None:
        found = _found(self, moment)
        if found is None or not found.unsure:
            return None if found is None else found.sure
        return f"{found.sure:,} to {found.sure + found.unsure:,}"

    def _possible(self, found: Found) -> set[Constant]:
        """Counts there may be, with every answer there may be: the ends, and what is compared with."""
        low, high = found.sure, found.sure + found.unsure
        return {low, high, *(bound for bound in bounds_of(self.count) if bound in range(low, high + 1))}


def bounds_of(count: Comparison | Between) -> tuple[Constant, ...]:
    """What a count is compared with."""
    return (count.low, count.high) if isinstance(count, Between) else (count.constant,)


def counted(users: Attribute) -> Attribute:
    """The number that a count compares, as an attribute with its text for a name."""
    return Attribute(f"count of {users.name}", Kind.NUMBER, computed=True)


def _found(leaf: Leaf, moment: Moment) -> Found | None:
    return Found.read(moment.value(leaf.attribute))


def _condition(attribute: Attribute) -> Condition:
    assert isinstance(attribute, UsersWhere)
    return attribute.where


def _where(attribute: Attribute, noun: str) -> str:
    return f"{noun} where ({_condition(attribute)})"


def _nobody(unsure: int) -> str:
    return f"nobody, but unknown of {unsure:,}" if unsure else "nobody"
