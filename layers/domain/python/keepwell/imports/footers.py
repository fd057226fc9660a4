"""Last rows that may be the foot of a report: as wide as the table, and with a word for it where a name is.

What is plainly no data is left out of the table (`imports.trailing`), and what nobody doubts is a row. What
lies between is rejected, so that no account is called Total by mistake; a mapping says which it is.
"""

import re
from collections.abc import Iterable, Iterator

from keepwell.attributes import Kind
from keepwell.errors import RejectedInput
from keepwell.imports.columns import Column, Columns
from keepwell.imports.posing import TOTALS, plain
from keepwell.imports.reading import Fault
from keepwell.imports.rows import ShardRow, Telling

LAST_ROWS = 5
"""At the end of a file, of which each may be such a row."""

REASON = (
    "the row looks like a footer, not like data; delete it. If it is data, a mapping says so with "
    "trailing_rows: 0, or with how many rows at the end of each file are none"
)

_MADE = r"(generated|exported|created|printed|produced|downloaded|extracted|prepared)"
_PHRASE = re.compile(
    rf"((report|data|file|list|export) )?{_MADE} (by|on|at|from|with|for)\b.*"
    r"|(the )?end of (the )?(report|file|data|list|export|table|sheet|document|page)\b.*"
    r"|(ende (der|des)|fin de|fin du|fine del) .*"
    rf"|report ({_MADE}|date|time|id|total|by|on|run)\b.*"
    r"|((grand|sub|overall|report)[ -]?)?(totals?|sum|summe) "
    r"(number |count |amount |value )?(of|for|rows?|records?|accounts?|customers?|users?|lines?|entries)\b.*"
    r"|((grand|sub|overall|report)[ -]?)?(totals?|sum|summe)\s*[(:\[].*",
    re.IGNORECASE,
)
"""What nobody is called."""

_WORDS = frozenset(
    ("end", "the end", "ende", "fin", "fine", "eof", "report", "bericht", "generated", "exported", "footer")
)
"""What somebody may be called, as by the words of `TOTALS`; after those a number tells nothing."""


def doubt_footers(
    rows: Iterable[ShardRow], columns: Columns, telling: Telling, number: int
) -> Iterator[ShardRow]:
    """The rows, of those from the data row `number` on some with a fault."""
    for row in rows:
        if row.number >= number and row.fault is None and _is_footer(row, columns, telling):
            fault = Fault("", REASON, value=next(filter(str.strip, row.cells)), hides_id=True)
            yield row._replace(keys=(), fault=fault)
        else:
            yield row


def _is_footer(row: ShardRow, columns: Columns, telling: Telling) -> bool:
    """Whether the first text is such a word or phrase, and nothing in the row speaks for data."""
    if len(row.cells) == 1:
        return False
    place, first = next((place, text) for place, cell in enumerate(row.cells) if (text := plain(cell)))
    is_phrase = _PHRASE.fullmatch(first) is not None
    if not is_phrase and first not in _WORDS and first not in TOTALS:
        return False
    kinds = {Kind.DATE, Kind.YES_NO, Kind.CHOICE, Kind.ORDERED, Kind.CHOICES}
    if not is_phrase:
        kinds |= {Kind.TEXT} if first in TOTALS else {Kind.TEXT, Kind.NUMBER}
    others = [column for column in columns.attributes if column.places and place not in column.places]
    return not any(_speaks(column, row, telling, kinds, first) for column in others)


def _speaks(column: Column, row: ShardRow, telling: Telling, kinds: set[Kind], first: str) -> bool:
    """Whether what a column has of a row is a value of one of these kinds; a text is one without digits."""
    attribute = telling.catalogue.find(column.attribute)
    if attribute is None or attribute.kind not in kinds:
        return False
    if attribute.kind is Kind.CHOICES and not attribute.values:  # which takes any text
        return False
    try:
        text = column.text(row.cells, row.number).strip()
        value = telling.layout.read(attribute, text, telling.told_at)
    except RejectedInput:
        return False
    if attribute.kind is not Kind.TEXT:
        return value is not None
    return any(map(str.isalpha, text)) and not any(map(str.isdigit, text)) and plain(text) != first
