"""The forms that look back: changes, and comparisons that held for days (dwell)."""

from functools import partial

from keepwell.attributes import Attribute, Kind
from keepwell.criteria.changes import DEFAULT_WINDOW, Change, Changed, Held, Least, Way
from keepwell.criteria.constants import MOST_DAYS_BACK, constant, days, figure
from keepwell.criteria.forms.form import ALL, Form
from keepwell.criteria.lexer import TokenKind
from keepwell.criteria.reading import Reader
from keepwell.criteria.tree import Condition, Leaf, Not

Extent = tuple[Least, int | float, bool]

_ANY: Extent = (">", 0, False)
_COMPARATORS: dict[tuple[str, ...], Least] = {
    ("more", "than"): ">",
    (">",): ">",
    ("at", "least"): ">=",
    (">=",): ">=",
}


def dwelling(reader: Reader, comparison: Condition) -> Condition:
    """What follows `for`: the comparison before it held for so many days."""
    leaf = comparison.term if isinstance(comparison, Not) else comparison
    if isinstance(leaf, Change | Changed):
        raise reader.fault('a change takes "in 14 days", not "for"', at=reader.mark() - 1)
    assert isinstance(comparison, Leaf | Not)
    assert isinstance(leaf, Leaf)
    return Held(leaf.attribute, comparison, days(reader, least=1, most=MOST_DAYS_BACK))


def _moved(direction: Way, reader: Reader, attribute: Attribute) -> Condition:
    comparator, amount, percent = _extent(reader, attribute)
    return Change(attribute, direction, comparator, amount, percent, _window(reader))


def _extent(reader: Reader, attribute: Attribute) -> Extent:
    by = reader.take("by")
    comparator = next((sign for words, sign in _COMPARATORS.items() if reader.take(*words)), None)
    if not (by or comparator or reader.token.kind is TokenKind.NUMBER or reader.token.folded in ("$", "-")):
        return _ANY
    at = reader.mark()
    amount = figure(reader)
    percent = reader.take("%")
    if comparator is None:
        reader.take("+")
    points = not percent and (reader.take("points") or reader.take("point"))
    if not (percent or points or by):
        raise reader.unexpected('"%", or "by" before a number of points')
    if percent and attribute.kind is not Kind.NUMBER:
        raise reader.fault("an ordered list moves by levels: use by 1", at=at)
    if amount < 0 or (amount == 0 and comparator != ">"):
        raise reader.fault("expected more than 0; dropped and increased say which way", at=at)
    return comparator or ">=", amount, percent


def _changed(reader: Reader, attribute: Attribute) -> Condition:
    start = reader.mark()
    before = after = None
    if reader.take("from"):
        before = constant(reader, attribute, until=("to", "in"))
    if reader.take("to"):
        after = constant(reader, attribute, until=("in",))
    if attribute.kind is Kind.CHOICES and (before, after) != (None, None):
        raise reader.fault(f"{attribute.name} has several values: ask changed without from and to", at=start)
    return Changed(attribute, before, after, _window(reader))


def _window(reader: Reader) -> int:
    return days(reader, least=1, most=MOST_DAYS_BACK) if reader.take("in") else DEFAULT_WINDOW


_MOVING = frozenset({Kind.NUMBER, Kind.ORDERED})
CHANGES: tuple[Form, ...] = (
    Form(
        ("dropped", "decreased", "fell"),
        _MOVING,
        partial(_moved, "dropped"),
        "`dropped`, `decreased`, `fell`",
        "",
        (),
        mend="use changed",
    ),
    Form(
        ("increased", "grew", "rose"),
        _MOVING,
        partial(_moved, "increased"),
        "`increased`, `grew`, `rose`",
        "",
        (),
        mend="use changed",
    ),
    Form(("changed",), ALL, _changed, "`changed`, `changed from A to B`", "", ()),
)
