"""The forms that look back: changes, and comparisons that held for days (dwell)."""

from functools import partial

from keepwell.attributes import Attribute, Kind
from keepwell.criteria.beside import Sought
from keepwell.criteria.changes import DEFAULT_WINDOW, Change, Changed, Held, Least, Way
from keepwell.criteria.constants import constant, days_back, figure
from keepwell.criteria.forms.form import ALL, Example, Form
from keepwell.criteria.lexer import TokenKind
from keepwell.criteria.reading import Reader
from keepwell.criteria.tree import Condition, Leaf, Not

Extent = tuple[Least, int | float, bool]

_WINDOW = ("in", "within", "over")
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
    if isinstance(leaf.attribute, Sought):
        raise reader.fault(
            '"for" asks of days gone by, which nobody keeps of users and use', at=reader.mark() - 1
        )
    return Held(leaf.attribute, comparison, _held_for(reader))


def _held_for(reader: Reader) -> int:
    reader.take("at", "least")
    return days_back(reader)


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
    percent = reader.take("%") or reader.take("percent")
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
        before = constant(reader, attribute, until=("to", *_WINDOW))
    if reader.take("to"):
        after = constant(reader, attribute, until=_WINDOW)
    if attribute.kind is Kind.CHOICES and (before, after) != (None, None):
        raise reader.fault(f"{attribute.name} has several values: ask changed without from and to", at=start)
    return Changed(attribute, before, after, _window(reader))


def _nothing_held(reader: Reader, attribute: Attribute) -> Condition:
    mend = f"{attribute.name} is not empty for 14 days"
    raise reader.fault(f'"for" comes after a comparison, as in {mend}', at=reader.mark() - 1)


def _window(reader: Reader) -> int:
    return days_back(reader) if any(reader.take(word) for word in _WINDOW) else DEFAULT_WINDOW


_MOVING = frozenset({Kind.NUMBER, Kind.ORDERED})
CHANGES: tuple[Form, ...] = (
    Form(
        ("dropped", "decreased", "fell"),
        _MOVING,
        partial(_moved, "dropped"),
        "`dropped`, `decreased`, `fell`; then nothing, `25%` or `by 10 points`; then `in N days`",
        "is less than N days ago: at all, by so many percent of what it was then, or by so many points"
        " (levels); at least so much, or with `more than` or `>` strictly more; without `in N days`: 7 days",
        (
            Example(
                "Engagement Score dropped 50%+ in 14 days",
                {"Engagement Score": 40, "history": {"Engagement Score": {"2026-11-07": 80}}},
                answer=True,
            ),
            Example(
                "Weekly Active Users dropped > 25%",
                {"Weekly Active Users": 75, "history": {"Weekly Active Users": {"2026-11-14": 100}}},
                answer=False,
            ),
            Example(
                "NPS fell by more than 3 points in 30 days",
                {"NPS": 5, "history": {"NPS": {"2026-10-22": 9}}},
                answer=True,
            ),
            Example(
                "Contract Value fell in 30 days",
                {"Contract Value": 5000, "history": {"Contract Value": {"2026-10-23": 9000}}},
                answer=None,
            ),
        ),
        mend="use changed",
    ),
    Form(
        ("increased", "grew", "rose"),
        _MOVING,
        partial(_moved, "increased"),
        "`increased`, `grew`, `rose`; the rest as above",
        "is more than N days ago",
        (
            Example(
                "Active Users grew 25% in 30 days",
                {"Active Users": 10, "history": {"Active Users": {"2026-10-01": 0}}},
                answer=None,
            ),
            Example(
                "Open Ticket Count rose by 3",
                {"Open Ticket Count": 3, "history": {"Open Ticket Count": {"2026-11-01": 0}}},
                answer=True,
            ),
            Example(
                "CSM Risk increased",
                {"CSM Risk": "2 - MAJOR", "history": {"CSM Risk": {"2026-11-01": "1 - MINOR"}}},
                answer=True,
            ),
        ),
        mend="use changed",
    ),
    Form(
        ("changed",),
        ALL,
        _changed,
        "`changed`, `changed from A`, `changed to B`, `changed from A to B`; then `in N days`",
        "differs from what it was N days ago; what lay between does not count",
        (
            Example(
                "Health changed from Good to Poor in 14 days",
                {"Health": "Poor", "history": {"Health": {"2026-11-01": "Good"}}},
                answer=True,
            ),
            Example(
                "Success Manager changed",
                {"Success Manager": "a@x.org", "history": {"Success Manager": {"2026-11-01": "a@x.org"}}},
                answer=False,
            ),
        ),
    ),
    Form(
        ("for",),
        ALL,
        _nothing_held,
        "any comparison but a change, then `for N days`, `for N+ days`",
        "it held on each day of the window (dwell)",
        (
            Example(
                "License Utilization < 50% for 14+ days",
                {"history": {"License Utilization": {"2026-11-07": 49}}},
                answer=True,
            ),
            Example(
                "License Utilization < 50% for 14+ days",
                {"history": {"License Utilization": {"2026-11-07": 50, "2026-11-08": 49}}},
                answer=False,
            ),
            Example(
                "License Utilization < 50% for 14+ days",
                {"history": {"License Utilization": {"2026-11-08": 49}}},
                answer=None,
            ),
        ),
    ),
)
