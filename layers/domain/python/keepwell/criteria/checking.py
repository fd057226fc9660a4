"""One condition examined: what `keepwell check` answers (interfaces, "JSON shapes")."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, date, datetime, time
from math import isfinite
from typing import TYPE_CHECKING, Any

from keepwell.attributes import Attribute, Catalogue, Kind, Value, read_cell, show_cell
from keepwell.attributes.catalogue import CURRENT_STAGE, days_in
from keepwell.attributes.cells import quoted
from keepwell.attributes.people import standard_user_catalogue
from keepwell.criteria.analysis import (
    attributes_of,
    furthest_lookbacks,
    hash_of,
    lookback_days,
    next_change,
    time_dependent,
    to_json,
)
from keepwell.criteria.beside import Beside, found_beside, sought_by
from keepwell.criteria.knowing import Moment
from keepwell.criteria.matching import reasons
from keepwell.criteria.parser import parse
from keepwell.criteria.tree import Condition
from keepwell.errors import FaultyCondition, RejectedInput
from keepwell.metrics.counts import day_counts
from keepwell.metrics.measuring import add_formulas
from keepwell.metrics.past import Past, Remembered
from keepwell.metrics.recipe import recipe_of

if TYPE_CHECKING:
    from keepwell.usage import UsageSummary

HISTORY, PEOPLE, USAGE = "history", "people", "usage"
_APART = (HISTORY, PEOPLE, USAGE)
"""Keys of facts under which no attribute stands."""

History = dict[str, list[tuple[date, Value | None]]]


def check(text: str, catalogue: Catalogue, facts: Mapping[str, Any] | None, today: date) -> dict[str, Any]:
    """The answer of `keepwell check --json`: the condition, what it depends on, whether it matches and why.

    `facts` maps attribute names, in any spelling, to JSON values or values, `history` to past values,
    `people` to the facts of each person, `usage` to what was done how often on which days; None gives no
    answer, `{}` is an account of which nothing is known. `next_change` is the first day after today on which
    time alone can change the answer, null if none can or without facts. Raises FaultyCondition for the text,
    RejectedInput for the facts.
    """
    condition = parse(text, catalogue)
    moment = None if facts is None else account_moment(facts, catalogue, today, [condition])
    turn = None if moment is None else next_change(condition, moment)
    return {
        "expression": text,
        "canonical": str(condition),
        "hash": hash_of(condition),
        "ast": to_json(condition),
        "attributes": list(attributes_of(condition)),
        "lookback_days": lookback_days(condition),
        "time_dependent": time_dependent(condition),
        "next_change": None if turn is None else turn.isoformat(),
        "matches": None if moment is None else condition.answer(moment) is True,
        "reasons": [] if moment is None else [asdict(reason) for reason in reasons(condition, moment)],
    }


def faulty(error: FaultyCondition) -> dict[str, Any]:
    """The answer of `keepwell check --json` to a text that is no condition."""
    return {
        "error": error.message,
        "line": error.line,
        "column": error.column,
        "suggestion": error.suggestion,
    }


def account_moment(
    facts: Mapping[str, Any], catalogue: Catalogue, today: date, asked: Iterable[Condition] = ()
) -> Moment:
    """JSON facts and their history as an account on `today`, with what is computed of them, and what
    the conditions to be `asked` seek of its people and its use.

    A value of the history holds until its next one; the last one counts today where the facts have none.
    Raises RejectedInput, naming attribute and day.
    """
    asked, recipe = tuple(asked), recipe_of(catalogue)
    stored = _read_history(facts, catalogue, today)
    latest = {name: value for name, days in stored.items() if (value := days[-1][1]) is not None}
    told = latest | read_facts(facts, catalogue)
    values = day_counts(told, {}, {}, today) | _in_every_stage(told, catalogue) | told
    stored = _in_every_stage(stored, catalogue) | stored
    beside = Beside(_read_people(facts, catalogue), _read_usage(facts, catalogue, today))
    lookbacks = recipe.looked_back_on(furthest_lookbacks(asked), recipe.formulas)
    supplied = told.keys() | stored.keys()
    past = Past(values, recipe, Remembered(today, stored, {}, lookbacks, supplied, beside.usage))
    add_formulas(values, recipe.formulas, today, past, supplied, beside.usage)
    return Moment({**values, **found_beside(sought_by(asked), beside, today)}, today, past)


def _in_every_stage(told: Mapping[str, Any], catalogue: Catalogue) -> dict[str, Any]:
    """Supplied days in the current stage, as those of any lifecycle (product 1.14 row 22)."""
    counts = [days_in(attribute.name) for attribute in catalogue if attribute.lifecycle]
    return dict.fromkeys(counts, told[CURRENT_STAGE]) if CURRENT_STAGE in told else {}


def read_facts(facts: Mapping[str, Any], catalogue: Catalogue) -> dict[str, Value]:
    """JSON facts as values by canonical name, nulls and blanks left out; and what stands apart.

    Raises RejectedInput, naming the attribute, for an unknown name or a value not of its kind.
    """
    values: dict[str, Value] = {}
    for name, given in facts.items():
        if not _is_apart(name, catalogue):
            attribute = _attribute(name, catalogue)
            value = _value(attribute, given)
            if value is not None:
                values[attribute.name] = value
    return values


def _read_history(facts: Mapping[str, Any], catalogue: Catalogue, today: date) -> History:
    """Values by canonical name and day, oldest first, none after `today`."""
    given = _apart(facts, HISTORY, catalogue)
    past: History = {}
    for name, days in _object({} if given is None else given, HISTORY, '{"NPS": {"2026-11-01": 8}}').items():
        attribute = _attribute(name, catalogue)
        dated = _object(days, f"{HISTORY}: {attribute.name}", '{"2026-11-01": 8}').items()
        about = f"{HISTORY}: {attribute.name}"
        entries = {_day(about, day): _value(attribute, value, f" on {day}") for day, value in dated}
        if read := [(day, entries[day]) for day in sorted(entries) if day <= today]:
            past[attribute.name] = read
    return past


def _read_people(facts: Mapping[str, Any], catalogue: Catalogue) -> list[dict[str, Value]]:
    """The values of each person; nobody where none are given."""
    given = _apart(facts, PEOPLE, catalogue)
    example = '{"Email": "ann@example.com", "Key Contact": true}'
    if not isinstance(given, list | tuple | None):
        raise RejectedInput(f"{PEOPLE}: expected a list of objects such as {example}")
    users = catalogue.users or standard_user_catalogue()
    people = []
    for number, person in enumerate(given or (), start=1):
        about = f"{PEOPLE}: number {number}"
        try:
            people.append(read_facts(_object(person, about, example), users))
        except RejectedInput as error:
            raise RejectedInput(str(error) if about in str(error) else f"{about}: {error}") from None
    return people


def _read_usage(facts: Mapping[str, Any], catalogue: Catalogue, today: date) -> "UsageSummary | None":
    """A summary of what was done how often by day; None where nothing is told."""
    given = _apart(facts, USAGE, catalogue)
    if not given:
        return None
    from keepwell.usage.events import UsageEvent, by_account  # few ask for it
    from keepwell.usage.folding import fold

    events = []
    for action, days in _object(given, USAGE, _USE).items():
        about = f"{USAGE}: {action}"
        for day, times in _object(days, about, '{"2026-11-01": 3}').items():
            module, name = _action(action)
            events.append(UsageEvent("", "", module, name, _day(about, day), _times(action, times)))
    told_at = datetime.combine(today, time(), UTC)
    summaries = [fold(None, "", use, (), told_at) for use in by_account(events).values()]
    return summaries[0] if summaries else None


_USE = '{"Reports/Export": {"2026-11-01": 3}}'


def _action(name: str) -> tuple[str, str]:
    module, slash, action = name.partition("/")
    if not (slash and module.strip() and action.strip()):
        raise RejectedInput(f"{USAGE}: expected Module/Action as in {_USE}, found {quoted(name)}")
    return module.strip(), action.strip()


def _times(action: str, given: Any) -> int:
    if isinstance(given, bool) or not isinstance(given, int) or given < 1:
        raise RejectedInput(f"{USAGE}: {action}: expected a whole number, 1 or more, found {given!r}")
    return given


def _apart(facts: Mapping[str, Any], key: str, catalogue: Catalogue) -> Any:
    return next((facts[name] for name in facts if name == key and _is_apart(name, catalogue)), None)


def _is_apart(name: str, catalogue: Catalogue) -> bool:
    return name in _APART and catalogue.find(name) is None


def _object(given: Any, what: str, example: str) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        raise RejectedInput(f"{what}: expected an object such as {example}")
    return given


def _attribute(name: str, catalogue: Catalogue) -> Attribute:
    if attribute := catalogue.find(name):
        return attribute
    near = catalogue.suggest(name)
    hint = f"; did you mean {near}?" if near else ""
    raise RejectedInput(f"no attribute is called {quoted(name)}{hint}")


def _day(about: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        message = f"{about}: expected a day such as 2026-11-01, found {quoted(text)}"
        raise RejectedInput(message) from None


def _value(attribute: Attribute, given: Any, when: str = "") -> Value | None:
    """A fact read as the text it would be in a file, so that both take and refuse the same."""
    if given is None:
        return None
    if attribute.kind is Kind.NUMBER and isinstance(given, float) and isfinite(given):
        return given  # a computed number may have more digits than a file may
    shown = ", ".join(map(str, given)) if isinstance(given, list | tuple) else given
    if not isinstance(shown, str | int | float | date):
        raise RejectedInput(
            f"{attribute.name}{when}: expected a text, a number, true, false or a list of texts"
        )
    try:
        return read_cell(attribute, show_cell(shown))
    except RejectedInput as error:
        raise RejectedInput(f"{attribute.name}{when}: {error}") from None
