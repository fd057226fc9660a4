"""Which delimiter and quotes a file has and which of its rows is the header: found by rules, never by chance.

A reading is judged by the headers it brings that somebody waits for, then by how even the columns below the
header are. What a mapping says is not looked for.
"""

import io
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from typing import NamedTuple

from keepwell.attributes import Catalogue
from keepwell.errors import UnreadableDrop
from keepwell.imports.dialect import AS_FOUND, NO_QUOTES, Dialect, ReadingAs, is_delimiter
from keepwell.imports.mapping import ImportMapping
from keepwell.imports.posing import plain
from keepwell.imports.reading import Record, read_records

Known = Callable[[str], bool]
"""Whether somebody waits for a header: it is a name of the data model, or a column of the mapping."""

DELIMITERS = ",;\t|"
_SAMPLE_CHARACTERS = 64 * 1024
_SAMPLE_RECORDS = 100
_HINT = re.compile(r'"?sep=(.)"?[\s,;|]*?(?:[\r\n]|$)', re.IGNORECASE)
_LOOKS_LIKE_DATA = re.compile(
    r"[-+]?[$€£]?[\d.,]+%?|\d{4}-\d\d-\d\d.*|\d\d?[./]\d\d?[./]\d{2,4}|[^@\s]+@[^@\s]+\.[^@\s]+"
)
_QUOTED = re.compile(r'(?:^|[,;\t|]) *"', re.MULTILINE)
_SINGLY_QUOTED = re.compile(r"(?:^|[,;\t|]) *'[^'\r\n]*' *(?:[,;\t|\r]|$)", re.MULTILINE)
_IN_QUOTES = re.compile('".*"', re.DOTALL)


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
    hint = _hint(text)
    reader = _Reader(_sample(text, whole), dialect, says, known, first=1 if hint else 0)
    found = _best_quotes(reader, says.delimiter or hint or DELIMITERS)
    if says.header_row is not None and found.header is None:
        raise UnreadableDrop(
            f"the mapping says the header is on line {says.header_row}, but no row with a text starts there; "
            "mend its header_row"
        )
    return found


def _hint(text: str) -> str | None:
    """The delimiter that a first line such as `sep=;` names, None if it names none that may be one."""
    named = _HINT.match(text)
    return named[1] if named and is_delimiter(named[1]) else None


def _best_quotes(reader: "_Reader", delimiters: str) -> Found:
    """Double quotes if nothing speaks for others: single ones if all headers stand in them, or if they make
    the columns more even and no cell begins with a double one; none if double ones fit nowhere."""
    if reader.says.quote is not None:
        return reader.best(delimiters, reader.says.quote)
    double = reader.best(delimiters, '"')
    if _SINGLY_QUOTED.search(reader.sample):
        single = reader.best(delimiters, "'")
        if reader.is_wrapped(single) or (single.score > double.score and not _QUOTED.search(reader.sample)):
            return single
    if double.dialect.delimiter == "\t" and sum(record.fault is not None for record in double.records) > 1:
        bare = reader.best("\t", NO_QUOTES)
        cells = (cell for record in bare.records for cell in record.cells)
        if bare.score > double.score and not any(map(_IN_QUOTES.fullmatch, cells)):
            return bare
    return double


@dataclass(frozen=True)
class _Reader:
    """Reads a file's start in one way or another; `first` is the first record that may be the header."""

    sample: str
    dialect: Dialect
    says: ReadingAs
    known: Known
    first: int

    def best(self, delimiters: str, quote: str) -> Found:
        """The best reading with one of these delimiters."""
        dialects = [replace(self.dialect, delimiter=delimiter, quote=quote) for delimiter in delimiters]
        return max(map(self._read, dialects), key=lambda found: found.score)

    def is_wrapped(self, found: Found) -> bool:
        """Whether the header's line begins and ends with a single quote."""
        if found.header is None:
            return False
        lines = io.StringIO(self.sample, newline="")
        line = next(islice(lines, found.records[found.header].line - 1, None), "").strip()
        return len(line) > 1 and line[0] == line[-1] == "'"

    def _read(self, dialect: Dialect) -> Found:
        wanted = self.says.header_row
        lines = io.StringIO(self.sample, newline="")
        records = list(islice(read_records(lines, dialect), _SAMPLE_RECORDS + (wanted or 0)))
        if wanted is None:
            row = _header(records, self.known, self.first)
        else:
            on_line = (
                row for row, record in enumerate(records) if record.line == wanted and not record.blank
            )
            row = next(on_line, None)
        return Found(dialect, records, row, (0, 0.0, 0) if row is None else _score(records, row, self.known))


def _sample(text: str, whole: bool) -> str:
    """So much of a text as is looked at: whole lines."""
    sample = text[:_SAMPLE_CHARACTERS]
    if whole and len(text) == len(sample):
        return sample
    return sample[: max(sample.rfind("\n"), sample.rfind("\r")) + 1] or sample


def _score(records: Sequence[Record], row: int, known: Known) -> tuple[int, float, int]:
    """Headers that are known, the share of even rows (those above the header are none), their width."""
    width = len(records[row].cells)
    waited_for = sum(map(known, records[row].cells))
    if width < 2:
        return waited_for, 0.0, 0
    even = sum(len(record.cells) == width and record.fault is None for record in records[row:])
    return waited_for, even / sum(not record.blank for record in records), width


def _header(records: Sequence[Record], known: Known, first: int) -> int | None:
    """The row with the most headers that are known, unless it is that of a file joined to the end of another;
    else the first that looks like one."""
    filled = [row for row, record in enumerate(records) if row >= first and not record.blank]
    if not filled:
        return None
    widths = Counter(len(records[row].cells) for row in filled if records[row].fault is None)
    widths.pop(1, None)
    width = widths.most_common(1)[0][0] if widths else 1
    hits = {row: sum(map(known, records[row].cells)) for row in filled}
    if any(hits.values()):
        best = max(filled, key=lambda row: (hits[row], len(records[row].cells) == width, -row))
        return next(_with_rows(records, [row for row in filled if row < best], hits, best), best)
    return next(_headerlike(records, filled, width), filled[0])


def _with_rows(
    records: Sequence[Record], above: Sequence[int], hits: Mapping[int, int], best: int
) -> Iterator[int]:
    """Of the rows above the `best`, those that are the header of rows of their own: several of their headers
    are known, no cell is blank, and a row of their width follows that has none. If a blank line parts them
    from the best and they have no header in common, they tell what was asked for, not rows."""
    texts = {plain(cell) for cell in records[best].cells}
    for row, below in pairwise(above):
        cells = records[row].cells
        has_rows = len(records[below].cells) == len(cells) and records[below].fault is None
        if hits[row] < 2 or hits[below] or not has_rows or not all(map(str.strip, cells)):
            continue
        joined = not any(record.blank for record in records[row:best])
        if joined or any(plain(cell) in texts for cell in cells):
            yield row


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
