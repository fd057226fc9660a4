"""Which encoding and delimiter a file has: found by rules, shown in the report, never guessed silently.

Encoding: a BOM decides, else strict UTF-8, else what the mapping declares (architecture section 10).
"""

import codecs
import csv
import io
from dataclasses import dataclass
from itertools import islice

from keepwell.errors import UnreadableDrop

DELIMITERS = ",;\t|"
_SAMPLE_CHARACTERS = 64 * 1024
_SAMPLE_RECORDS = 50
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_MAGIC = (
    (b"PK\x03\x04", "an Excel workbook or a zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"%PDF", "a PDF"),
)
_MEND = 'save it as "CSV UTF-8" and drop that'


@dataclass(frozen=True)
class ReadingAs:
    """What a mapping says of how its files are read; None: to be found.

    `encoding` is a Python codec's name, used where there is no BOM and the bytes are not UTF-8. `quote` is `"`,
    `'` or `none`. `header_row` is the line the header is on, from 1. `trailing_rows` counts the rows at the
    end that are no data. `sheet` is the name of a workbook's sheet.
    """

    encoding: str | None = None
    delimiter: str | None = None
    quote: str | None = None
    header_row: int | None = None
    trailing_rows: int | None = None
    sheet: str | None = None


AS_FOUND = ReadingAs()


@dataclass(frozen=True)
class Dialect:
    """How a file was read; `encoding` is a Python codec's name."""

    encoding: str
    delimiter: str


def decode(content: bytes, declared: str | None = None) -> tuple[str, str]:
    """The text and the encoding it had. Raises UnreadableDrop for anything that is not certain.

    `declared` is the mapping's encoding, used only where there is no BOM and the bytes are not UTF-8.
    """
    check_is_text(content)
    encoding = next((name for bom, name in _BOMS if content.startswith(bom)), "utf-8")
    if encoding != "utf-16" and b"\0" in content:
        raise UnreadableDrop(
            f"the file is not text: there is a zero byte at position {content.index(0):,}. If it is UTF-16 "
            f"without a byte order mark, or not a CSV at all, {_MEND}"
        )
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding == "utf-8" and declared:
            return _decode_declared(content, declared), declared
        raise _not_decodable(content, error, encoding) from None
    if "\0" in text:
        raise UnreadableDrop(f"the file is not text: there is a zero character in it; {_MEND}")
    return text, encoding


def check_is_text(start: bytes) -> None:
    """Raises UnreadableDrop if a file that starts so is of a known other kind."""
    for magic, kind in _MAGIC:
        if start.startswith(magic):
            raise UnreadableDrop(f"the file is {kind}, not text; {_MEND}")


def find_delimiter(text: str) -> str:
    """The delimiter whose columns come out most even: comma, semicolon, tab or pipe.

    A delimiter counts only if it parts the header; with none (a single column) it is the comma.
    """
    sample = text[:_SAMPLE_CHARACTERS]
    if len(text) > len(sample):
        sample = sample[: max(sample.rfind("\n"), sample.rfind("\r")) + 1] or sample
    return max(DELIMITERS, key=lambda delimiter: _evenness(sample, delimiter))


def _evenness(sample: str, delimiter: str) -> tuple[float, int]:
    """The share of records as wide as the first, and that width; nothing if the first is not parted."""
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
    try:
        widths = [len(record) for record in islice(reader, _SAMPLE_RECORDS) if record]
    except csv.Error:
        return 0.0, 0
    if not widths or widths[0] < 2:
        return 0.0, 0
    return widths.count(widths[0]) / len(widths), widths[0]


def _decode_declared(content: bytes, declared: str) -> str:
    try:
        text = content.decode(declared)
        text.encode()  # some codecs produce half characters, which nothing can store
    except (LookupError, UnicodeEncodeError):
        raise UnreadableDrop(f"no encoding is called {declared!r}; a usual one is cp1252") from None
    except UnicodeDecodeError as error:
        raise _not_decodable(content, error, declared) from None
    return text


def _not_decodable(content: bytes, error: UnicodeDecodeError, encoding: str) -> UnreadableDrop:
    line = content.count(b"\n", 0, error.start) + 1
    nearby = content[max(0, error.start - 20) : error.start + 20]
    return UnreadableDrop(
        f"the file is not {encoding}: line {line:,} holds the byte 0x{content[error.start]:02x}; save it as "
        '"CSV UTF-8", or declare its encoding in a mapping (encoding: cp1252)',
        example=nearby.decode("ascii", errors="backslashreplace"),
    )
