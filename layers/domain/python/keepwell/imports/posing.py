"""Rows that are CSV and would pass for data: the header once more, a total, rows that a quote swallowed."""

import re
from collections.abc import Sequence

from keepwell.imports.dialect import Dialect

TOTALS = frozenset(
    (
        *("total", "totals", "grand total", "grand totals", "overall total", "report total"),
        *("subtotal", "subtotals", "sub total", "sub totals", "sub-total", "sum", "average", "mean"),
        *("summe", "gesamt", "gesamtsumme", "zwischensumme"),
        *("total général", "total general", "totale", "totaal", "suma", "summa"),
    )
)
_AMOUNT = re.compile(r"[-+(]?\s*[$€£¥]?\s*-?\d[\d.,' \N{NO-BREAK SPACE}]*\s*[$€£¥%]?\s*\)?")


def posing(cells: Sequence[str], headers: Sequence[str]) -> str | None:
    """Why a row that is as wide as the header is no data, None if it may be."""
    repeated = sum(plain(cell) == plain(header) != "" for cell, header in zip(cells, headers, strict=True))
    filled = sum(plain(cell) != "" for cell in cells)
    if repeated >= max(min(2, len(headers)), filled / 2):
        return "the row repeats the header; delete it"
    if len(cells) > 1 and is_total(cells):
        return (
            "the row looks like a total, not like data: a word for a sum and else only numbers; delete it, "
            "or name what it is about in another way"
        )
    return None


def plain(cell: str) -> str:
    """A text as headers and sums are compared; a byte order mark stands where files were joined."""
    return cell.strip(" :\ufeff").casefold()


def is_total(cells: Sequence[str]) -> bool:
    """Whether the first text of a row is a word for a sum, and all else numbers."""
    first, *others = (text for cell in cells if (text := cell.strip()))
    return plain(first) in TOTALS and all(map(_AMOUNT.fullmatch, others))


def swallows_rows(lines: Sequence[str], width: int, dialect: Dialect) -> bool:
    """Whether all lines within a record, from its second on, are as wide as a row, and begin like the record
    or are several: a quote in its first line was not closed, and the rows up to another quote are in it."""
    if width < 2 or any(line.count(dialect.delimiter) != width - 1 for line in lines[1:]):
        return False
    own = _form(lines[0].partition(dialect.delimiter)[0].strip().strip(dialect.quote))
    forms = {_form(line.partition(dialect.delimiter)[0].strip()) for line in lines[1:]}
    return forms == {own} != {""} or (len(lines) > 3 and width > 2)


def holds_rows(cells: Sequence[str], dialect: Dialect) -> bool:
    """Whether a line within a cell may be a row like this one: as wide, and beginning like it."""
    own = _form(cells[0].strip())
    lines = (line for cell in cells if "\n" in cell for line in cell.splitlines()[1:])
    rows = (line for line in lines if line.count(dialect.delimiter) == len(cells) - 1)
    return (
        own != ""
        and len(cells) > 1
        and any(_form(row.partition(dialect.delimiter)[0].strip()) == own for row in rows)
    )


def _form(text: str) -> str:
    """What is common to ids of one kind: `A-17` and `B-8` are both `a-9`."""
    return re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "9", text))
