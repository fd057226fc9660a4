"""The lines below a table that are no data: rulers, row counts, totals, who made the report.

Only what no row of data looks like is taken for such a line; all else stays a row, to be judged like any
other. So a file that was cut off in its last row still has that row among its rejects, and a row as wide as
the table is left out only if its words are nobody's name.
"""

import csv
import io
import re
from collections.abc import Sequence

from keepwell.errors import UnreadableDrop
from keepwell.imports.dialect import NO_QUOTES, Dialect
from keepwell.imports.posing import is_total

_MOST_LINES = 40
_RULER = re.compile(r"([-=_*#~.])(\s?\1){2,}|\x1a")
_WHAT = (
    r"(rows?|records?|lines?|results?|entries|items|accounts?|users?|zeilen|datensätze|lignes|filas|righe)"
)
_COUNTED = re.compile(
    rf"\(?\d[\d,. ]*{_WHAT}(\s+(affected|selected|returned|exported|found|in total|total))?\)?\.?",
    re.IGNORECASE,
)
_COUNT_OF = (
    rf"(total |number of |no\. of |# of )?({_WHAT}|(row|record|line) ?count|count)( count| total)?\s*[:=]?"
)
_LABELLED = re.compile(_COUNT_OF, re.IGNORECASE)
_COUNT = re.compile(rf"{_COUNT_OF}\s*\d[\d,.]*", re.IGNORECASE)
_END = re.compile(
    r"[\W_]*(end of|ende der|ende des|fin de|fine del)\b.*|[\W_]*(eof|the end)[\W_]*", re.IGNORECASE
)
_MADE = re.compile(
    r"(report |data |file |list )?(generated|exported|created|printed|downloaded|produced|extracted|run)"
    r"(\s+(by|on|at|from|with|for)\b|\s*:).*|(copyright\b|©|\(c\) ).*|confidential\b.*|page \d+ (of|/) \d+",
    re.IGNORECASE,
)
_TOTAL = re.compile(r"((grand|sub|overall|report)[ -]?)?totals?\s*[:=]?\s*[-$€£\d.,]*", re.IGNORECASE)
_NO_NAME = re.compile(
    r"^[\W\d_]|[:=]|\d[-./]\d+[-./]\d|^(report|file|number of|no\. of|page \d)\b"
    r"|^((grand|sub|overall)[ -]?)?totals?\b|\w\s+(report|file|data|list|export|count|total)[\W_]*$|^eof$"
    r"|^(generated|exported|extracted|downloaded) (by|on|at|from|with)\b|^copyright\W+(\(c\)|©|\d)"
    r"|^confidential information\b",
    re.IGNORECASE,
)


def trailing_lines(text: str, dialect: Dialect, width: int, said: int | None = None) -> list[str]:
    """Of the lines that end a file those below its table, ends and blank ones included, in order.

    `text` starts with a whole line; `width` is the number of columns; `said` is how many rows the mapping
    says they are. Raises UnreadableDrop if one of so many is not on a line of its own.
    """
    lines = io.StringIO(text, newline="").readlines()
    return _said(lines, dialect, said) if said is not None else _found(lines, dialect, width)


def _said(lines: Sequence[str], dialect: Dialect, said: int) -> list[str]:
    taken: list[str] = []
    for line in reversed(lines):
        if said == 0:
            break
        cells = _cells(line, dialect)
        if cells is None:
            raise UnreadableDrop(
                "the last rows of the file, which its mapping leaves out (trailing_rows), hold a quote that "
                "goes on over lines; remove them from the file",
                example=line[:200],
            )
        taken.append(line)
        said -= any(map(str.strip, cells))
    return taken[::-1]


def _found(lines: Sequence[str], dialect: Dialect, width: int) -> list[str]:
    """Lines that are plainly no data and, where a blank line parts them from the table, others of one cell in
    their company (of the five lines below a report, one may be no more than a company's name)."""
    taken, block, is_sure, is_mixed = 0, 0, False, False
    for line in reversed(lines[-_MOST_LINES:]):
        cells = _cells(line, dialect)
        if cells is None:
            break
        block += 1
        texts = [text for cell in cells if (text := cell.strip())]
        if not texts:
            if is_mixed and not is_sure:
                break
            taken, block, is_sure, is_mixed = taken + block, 0, False, False
        elif _is_no_data(texts, len(cells), width):
            is_sure = True
            if not is_mixed:
                taken, block = taken + block, 0
        elif len(cells) == 1 < width:
            is_mixed = True
        else:
            break
    return list(lines[len(lines) - taken :])


def _cells(line: str, dialect: Dialect) -> list[str] | None:
    """None if the line is no record of its own."""
    if dialect.quote != NO_QUOTES and line.count(dialect.quote) % 2:
        return None
    try:
        return next(csv.reader([line], **dialect.csv_options()), [])
    except csv.Error:
        return None


def _is_no_data(texts: Sequence[str], cells: int, width: int) -> bool:
    """Whether a row with these texts among so many cells can be none of a table of this width. One that is as
    wide may be about an account called Users, Run by Humans or End of Days."""
    if cells == width and not is_total(texts) and not _NO_NAME.search(texts[0]):
        return False
    if len(texts) == 1:
        patterns = (_RULER, _COUNTED, _COUNT, _END, _MADE, _TOTAL) if width > 1 else (_RULER, _COUNTED, _END)
        return any(pattern.fullmatch(texts[0]) for pattern in patterns)
    if width > 2 and len(texts) == 2 and _LABELLED.fullmatch(texts[0]) and texts[1].isdigit():
        return True
    return is_total(texts) and (len(texts) < width or cells != width)
