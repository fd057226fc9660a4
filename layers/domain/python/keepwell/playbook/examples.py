"""Examples of a condition: facts that must match it, and facts that must not."""

from datetime import date
from typing import Any

from keepwell.criteria import Condition, explain, match
from keepwell.criteria.checking import account_values
from keepwell.criteria.knowing import Trail
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
        _try(check, source, condition, examples)
    return condition


def _try(check: Checker, source: Source[Any], condition: Condition, examples: kinds.Examples) -> None:
    for expected, key, cases in ((True, "match", examples.match), (False, "no_match", examples.no_match)):
        for number, case in enumerate(cases):
            place: Place = ("examples", key, number)
            noted = len(check.findings)
            facts = check.facts(source, place, case.facts).values()
            trail = _trail(check, source, (*place, "history"), case, examples.on)
            if len(check.findings) > noted:
                continue
            known = {attribute.name: value for attribute, value in facts if value is not None}
            values = account_values(known, check.catalogue, examples.on)
            if (match(condition, values, examples.on, trail) is True) is expected:
                continue
            leaves = explain(condition, values, examples.on, trail)
            because = "; ".join(f"{leaf.condition}: {_answer(leaf.matches)}" for leaf in leaves)
            wrong = "should match and does not" if expected else "should not match and does"
            check.note(source, place, f"this example {wrong} on {examples.on} ({because})")


def _trail(check: Checker, source: Source[Any], place: Place, case: kinds.Case, today: date) -> Trail:
    """What an example says of the days before its own."""
    trail = {}
    for given, days in case.history.items():
        attribute = check.attribute(source, (*place, given), given, at_key=True)
        if attribute is None:
            continue
        for day in days:
            if day >= today:
                message = f"{day} is not before {today}, the day of the examples"
                check.note(source, (*place, given, day.isoformat()), message, at_key=True)
        trail[attribute.name] = [
            (day, check.value(source, (*place, given, day.isoformat()), attribute, text))
            for day, text in sorted(days.items())
        ]
    return trail


def _answer(matches: bool | None) -> str:
    return "unknown" if matches is None else "yes" if matches else "no"
