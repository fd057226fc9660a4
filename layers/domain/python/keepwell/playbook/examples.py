"""Examples of a condition: facts that must match it, and facts that must not."""

from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from keepwell.criteria import Condition
from keepwell.criteria.checking import account_moment, read_facts
from keepwell.criteria.knowing import NO_TRAIL, Moment
from keepwell.criteria.matching import reasons
from keepwell.playbook import kinds
from keepwell.playbook.checking import Checker
from keepwell.playbook.documents import Place
from keepwell.playbook.loading import Source


def exemplified(
    check: Checker, source: Source[Any], place: Place, text: str | None, examples: kinds.Examples | None
) -> Condition | None:
    """The condition at a place of a file, with the file's examples tried on it."""
    condition = check.condition(source, place, text)
    if examples is None:
        return condition
    if text is None:
        check.note(source, ("examples",), "there is no condition that these could be examples of")
    if condition is not None:
        for example in _examples(examples):
            if _can_be_read(check, source, example, examples.on):
                facts = example.case.as_json()
                moment = account_moment(facts, check.catalogue, examples.on, [condition])
                _try(check, source, condition, example, moment)
    return condition


def exemplified_by_users(
    check: Checker, source: Source[Any], place: Place, text: str, examples: kinds.Examples | None
) -> Condition | None:
    """The same of a condition on people, whose examples are the facts of one person each."""
    users = check.catalogue.users
    assert users is not None
    condition = check.condition(source, place, text, users)
    if examples is None or condition is None:
        return condition
    for example in _examples(examples):
        noted = len(check.findings)
        check.facts(source, example.place, example.case.facts, users)
        for key in ("history", "people", "usage"):
            if getattr(example.case, key):
                check.note(source, (*example.place, key), f"a person has no {key}", at_key=True)
        if len(check.findings) == noted:
            moment = Moment(read_facts(example.case.facts, users), examples.on, NO_TRAIL)
            _try(check, source, condition, example, moment)
    return condition


class _Example(NamedTuple):
    """One example, where it stands, and whether it must match."""

    case: kinds.Case
    place: Place
    matching: bool
    on: date


def _examples(examples: kinds.Examples) -> Iterator[_Example]:
    for matching, key, cases in ((True, "match", examples.match), (False, "no_match", examples.no_match)):
        for number, case in enumerate(cases):
            yield _Example(case, ("examples", key, number), matching, examples.on)


def _try(
    check: Checker, source: Source[Any], condition: Condition, example: _Example, moment: Moment
) -> None:
    if (condition.answer(moment) is True) is example.matching:
        return
    because = "; ".join(f"{leaf.condition}: {_answer(leaf.matches)}" for leaf in reasons(condition, moment))
    wrong = "should match and does not" if example.matching else "should not match and does"
    check.note(source, example.place, f"this example {wrong} on {example.on} ({because})")


def _can_be_read(check: Checker, source: Source[Any], example: _Example, today: date) -> bool:
    """Whether every fact of an example is one, of today or before; what is not is noted where it stands."""
    noted = len(check.findings)
    case, place = example.case, example.place
    check.facts(source, place, case.facts)
    for given, days in case.history.items():
        about: Place = (*place, "history", given)
        attribute = check.attribute(source, about, given, at_key=True)
        for day, text in days.items():
            at: Place = (*about, day.isoformat())
            if attribute:
                check.value(source, at, attribute, text)
            _check_day(check, source, at, day, today)
    for number, person in enumerate(case.people):
        check.facts(source, (*place, "people", number), person, check.catalogue.users)
    for action, use in case.usage.items():
        if not all(part.strip() for part in action.partition("/")):
            message = f"{action!r} is no action: write the module and the action, as in Reports/Export"
            check.note(source, (*place, "usage", action), message, at_key=True)
        for day in use:
            _check_day(check, source, (*place, "usage", action, day.isoformat()), day, today)
    return len(check.findings) == noted


def _check_day(check: Checker, source: Source[Any], at: Place, day: date, today: date) -> None:
    if day > today:
        check.note(source, at, f"{day} is after {today}, the day of the examples", at_key=True)


def _answer(matches: bool | None) -> str:
    return "unknown" if matches is None else "yes" if matches else "no"
