"""Which delimiter and quotes a file has and which of its rows is the header: found by rules, never by chance.

A reading is judged by the headers it brings that somebody waits for, then by how even the columns below the
header are. What a mapping says is not looked for.
"""

import io
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import NamedTuple

from keepwell.attributes import Catalogue
from keepwell.errors import UnreadableDrop
from keepwell.imports.dialect import AS_FOUND, NO_QUOTES, Dialect, ReadingAs
from keepwell.imports.mapping import ImportMapping
from keepwell.imports.reading import Record, read_records

Known = Callable[[str], bool]
"""Whether somebody waits for a header: it is a name of the data model, or a column of the mapping."""

DELIMITERS = ",;\t|"
_SAMPLE_CHARACTERS = 64 * 1024
_SAMPLE_RECORDS = 100
_HINT = re.compile(r'"?sep=(.)"?[\s,;|]*', re.IGNORECASE)
_LOOKS_LIKE_DATA = re.compile(
    r"[-+]?[$€£]?[\d.,]+%?|\d{4}-\d\d-\d\d.*|\d\d?[./]\d\d?[./]\d{2,4}|[^@\s]+@[^@\s]+\.[^@\s]+"
)
_QUOTED = re.compile(r'(?:^|[,;\t|]) *"', re.MULTILINE)
_SINGLY_QUOTED = re.compile(r"(?:^|[,;\t|]) *'[^'\r\n]*' *(?:[,;\t|\r]|$)", re.MULTILINE)
_IN_QUOTES = {quote: re.compile(f"{quote}.*{quote}", re.DOTALL) for quote in "'\""}


class Found(NamedTuple):
    """A reading of a file's start. `records` are those before the header, the header itself, and some more;
    `header` is its place among them, None if there is none."""

    dialect: Dialect
    records: Sequence[Record]
    header: int | None
    score: tuple[int, float, int]


def nobody(_header: str) -> bool:
    """Knows no header."""
    return False


def waited_for(catalogue: Catalogue, mappings: Collection[ImportMapping] = ()) -> Known:
    """Knows the names of a data model, and what the mappings take."""
    sources = (source for mapping in mappings for source in mapping.columns.values())
    headers = [header for source in sources for header in (source.column, *source.columns) if header]
    headers += [header for mapping in mappings for header in mapping.headers]
    taken = {header.strip().casefold() for header in headers}
    return lambda header: header.strip().casefold() in taken or catalogue.find(header) is not None


def find_delimiter(text: str) -> str:
    """The delimiter whose columns come out most even: comma, semicolon, tab or pipe."""
    return find_table(text, Dialect("utf-8", ",")).dialect.delimiter


def find_table(
    text: str, dialect: Dialect, says: ReadingAs = AS_FOUND, known: Known = nobody, *, whole: bool = True
) -> Found:
    """The best reading of a file that starts with `text`; `dialect` is what is known of it already.

    Raises UnreadableDrop if the mapping names a line for the header that is blank or out of reach.
    """
    hint = _HINT.fullmatch(text[: text.find("\n") + 1] or text)
    delimiters = says.delimiter or (hint and hint[1]) or DELIMITERS
    sample = _sample(text, whole)
    singly = _SINGLY_QUOTED.search(sample) and not _QUOTED.search(sample)
    quotes = [says.quote] if says.quote else ['"', "'"] if singly else ['"']
    candidates = [
        _read(sample, replace(dialect, delimiter=delimiter, quote=quote), says, known, hinted=bool(hint))
        for quote in quotes
        for delimiter in delimiters
    ]
    best = max(candidates, key=lambda found: found.score)
    if says.quote is None:
        best = _other_quotes(best, sample, says, known, hinted=bool(hint))
    return best


def _other_quotes(best: Found, sample: str, says: ReadingAs, known: Known, *, hinted: bool) -> Found:
    """The same with single quotes if they hold all headers, or with none if the double ones fit nowhere."""
    if best.header is None or best.dialect.quote != '"':
        return best
    headers = [cell for cell in best.records[best.header].cells if cell.strip()]
    if all(_IN_QUOTES["'"].fullmatch(header.strip()) for header in headers):
        return _read(sample, replace(best.dialect, quote="'"), says, known, hinted=hinted)
    misfits = sum(record.fault is not None for record in best.records)
    if best.dialect.delimiter == "\t" and misfits > 1:
        bare = _read(sample, replace(best.dialect, quote=NO_QUOTES), says, known, hinted=hinted)
        cells = (cell for record in bare.records for cell in record.cells)
        if bare.score > best.score and not any(map(_IN_QUOTES['"'].fullmatch, cells)):
            return bare
    return best


def _sample(text: str, whole: bool) -> str:
    """So much of a text as is looked at: whole lines."""
    sample = text[:_SAMPLE_CHARACTERS]
    if whole and len(text) == len(sample):
        return sample
    return sample[: max(sample.rfind("\n"), sample.rfind("\r")) + 1] or sample


def _read(sample: str, dialect: Dialect, says: ReadingAs, known: Known, *, hinted: bool) -> Found:
    lines = io.StringIO(sample, newline="")
    records = list(islice(read_records(lines, dialect), _SAMPLE_RECORDS + (says.header_row or 0)))
    if says.header_row is not None:
        row = next((row for row, record in enumerate(records) if record.line == says.header_row), None)
        if row is None or records[row].blank:
            raise UnreadableDrop(
                f"the mapping says the header is on line {says.header_row}, but no row with a text starts "
                "there; mend its header_row"
            )
    else:
        row = _header(records, known, first=1 if hinted else 0)
    if row is None:
        return Found(dialect, records, None, (0, 0.0, 0))
    return Found(dialect, records, row, _score(records, row, known))


def _score(records: Sequence[Record], row: int, known: Known) -> tuple[int, float, int]:
    """Headers that are known, the share of even rows (those above the header are none), their width."""
    width = len(records[row].cells)
    waited_for = sum(map(known, records[row].cells))
    if width < 2:
        return waited_for, 0.0, 0
    even = sum(len(record.cells) == width and record.fault is None for record in records[row:])
    return waited_for, even / sum(not record.blank for record in records), width


def _header(records: Sequence[Record], known: Known, first: int) -> int | None:
    """The row with the most headers that are known, else the first that looks like one."""
    filled = [row for row, record in enumerate(records) if row >= first and not record.blank]
    if not filled:
        return None
    widths = Counter(len(records[row].cells) for row in filled if records[row].fault is None)
    widths.pop(1, None)
    width = widths.most_common(1)[0][0] if widths else 1
    hits = {row: sum(map(known, records[row].cells)) for row in filled}
    if any(hits.values()):
        return max(filled, key=lambda row: (hits[row], len(records[row].cells) == width, -row))
    return next(_headerlike(records, filled, width), filled[0])


def _headerlike(records: Sequence[Record], filled: Sequence[int], width: int) -> Iterator[int]:
    """The rows that are as wide as the table, name at least half its columns, and have only narrower rows
    above them; below the first row, also none that holds a number or a date. And one that cannot be read."""
    most = 0
    for row in filled:
        if records[row].fault:
            yield row
        texts = [text for cell in records[row].cells if (text := cell.strip())]
        named = len(records[row].cells) == width and len(texts) >= max(2, (width + 1) // 2)
        if named and len(texts) > most and not (most and any(map(_LOOKS_LIKE_DATA.fullmatch, texts))):
            yield row
        most = max(most, len(texts))
