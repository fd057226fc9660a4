"""Examples of a condition: facts that must match it, and facts that must not."""

from datetime import date
from typing import Any

from keepwell.criteria import Condition
from keepwell.criteria.checking import account_moment
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
        _try(check, source, condition, examples)
    return condition


def _try(check: Checker, source: Source[Any], condition: Condition, examples: kinds.Examples) -> None:
    for expected, key, cases in ((True, "match", examples.match), (False, "no_match", examples.no_match)):
        for number, case in enumerate(cases):
            place: Place = ("examples", key, number)
            if not _can_be_read(check, source, place, case, examples.on):
                continue
            moment = account_moment(case.as_json(), check.catalogue, examples.on, [condition])
            if (condition.answer(moment) is True) is expected:
                continue
            because = "; ".join(
                f"{leaf.condition}: {_answer(leaf.matches)}" for leaf in reasons(condition, moment)
            )
            wrong = "should match and does not" if expected else "should not match and does"
            check.note(source, place, f"this example {wrong} on {examples.on} ({because})")


def _can_be_read(check: Checker, source: Source[Any], place: Place, case: kinds.Case, today: date) -> bool:
    """Whether every fact of an example is one, of today or before; what is not is noted where it stands."""
    noted = len(check.findings)
    check.facts(source, place, case.facts)
    for given, days in case.history.items():
        about: Place = (*place, "history", given)
        attribute = check.attribute(source, about, given, at_key=True)
        for day, text in days.items():
            at: Place = (*about, day.isoformat())
            if attribute:
                check.value(source, at, attribute, text)
            if day > today:
                check.note(source, at, f"{day} is after {today}, the day of the examples", at_key=True)
    return len(check.findings) == noted


def _answer(matches: bool | None) -> str:
    return "unknown" if matches is None else "yes" if matches else "no"
