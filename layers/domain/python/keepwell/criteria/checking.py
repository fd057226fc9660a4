"""One condition examined: what `keepwell check` answers (interfaces, "JSON shapes")."""

from collections.abc import Mapping
from datetime import date
from math import isfinite
from typing import Any

from keepwell.attributes import Attribute, Catalogue, Kind, Value, read_cell, show_cell, with_computed
from keepwell.attributes.cells import quoted
from keepwell.attributes.computed import CURRENT_STAGE, days_in
from keepwell.criteria.analysis import attributes_of, time_dependent, to_json
from keepwell.criteria.matching import explain, match
from keepwell.criteria.parser import parse
from keepwell.errors import FaultyCondition, RejectedInput

HISTORY = "history"


def check(text: str, catalogue: Catalogue, facts: Mapping[str, Any] | None, today: date) -> dict[str, Any]:
    """The answer of `keepwell check --json`: the condition, what it depends on, whether it matches and why.

    `facts` maps attribute names, in any spelling, to JSON values or values; None gives no answer, `{}` is
    an account of which nothing is known. Raises FaultyCondition for the text, RejectedInput for the facts.
    """
    condition = parse(text, catalogue)
    reasons = []
    matches = None
    if facts is not None:
        values = account_values(facts, catalogue, today)
        matches = match(condition, values, today) is True
        reasons = [
            {"condition": reason.condition, "value": reason.value, "matches": reason.matches}
            for reason in explain(condition, values, today)
        ]
    return {
        "expression": text,
        "canonical": str(condition),
        "ast": to_json(condition),
        "attributes": list(attributes_of(condition)),
        "lookback_days": 0,
        "time_dependent": time_dependent(condition),
        "matches": matches,
        "reasons": reasons,
    }


def faulty(error: FaultyCondition) -> dict[str, Any]:
    """The answer of `keepwell check --json` to a text that is no condition."""
    return {
        "error": error.message,
        "line": error.line,
        "column": error.column,
        "suggestion": error.suggestion,
    }


def read_facts(facts: Mapping[str, Any], catalogue: Catalogue) -> dict[str, Value]:
    """JSON facts as values by canonical name, nulls and blanks left out.

    Raises RejectedInput, naming the attribute, for an unknown name or a value not of its kind.
    """
    values: dict[str, Value] = {}
    for name, given in facts.items():
        attribute = catalogue.find(name)
        if attribute is None:
            if name == HISTORY:
                continue
            near = catalogue.suggest(name)
            hint = f"; did you mean {near}?" if near else ""
            raise RejectedInput(f"no attribute is called {quoted(name)}{hint}")
        value = None if given is None else _value(attribute, given)
        if value is not None:
            values[attribute.name] = value
    return values


def account_values(facts: Mapping[str, Any], catalogue: Catalogue, today: date) -> dict[str, Value]:
    """JSON facts as values, and what is computed of them on `today`.

    Supplied days in the current stage are those of any lifecycle (product 1.14 row 22). Raises RejectedInput.
    """
    values = with_computed(read_facts(facts, catalogue), {}, today)
    if CURRENT_STAGE in values:
        counts = [days_in(attribute.name) for attribute in catalogue if attribute.lifecycle]
        values = {**dict.fromkeys(counts, values[CURRENT_STAGE]), **values}
    return values


def _value(attribute: Attribute, given: Any) -> Value | None:
    """A fact read as the text it would be in a file, so that both take and refuse the same."""
    if attribute.kind is Kind.NUMBER and isinstance(given, float) and isfinite(given):
        return given  # a computed number may have more digits than a file may
    shown = ", ".join(map(str, given)) if isinstance(given, list | tuple) else given
    if not isinstance(shown, str | int | float | date):
        raise RejectedInput(f"{attribute.name}: expected a text, a number, true, false or a list of texts")
    try:
        return read_cell(attribute, show_cell(shown))
    except RejectedInput as error:
        raise RejectedInput(f"{attribute.name}: {error}") from None
