"""Which encoding a file has: a BOM decides, else strict UTF-8, else what the mapping declares (architecture
section 10). Never guessed, and no byte is ever replaced.
"""

import codecs
from dataclasses import dataclass
from typing import NoReturn

from keepwell.errors import UnreadableDrop

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig", "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16", "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16", "utf-16-be"),
)
# Codecs that are no encodings of files: they make half characters, or have no single spelling of a text.
_ESCAPES = (
    "utf-7",
    "unicode-escape",
    "unicode_escape",
    "raw-unicode-escape",
    "raw_unicode_escape",
    "idna",
    "punycode",
)
_WIDE = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
_UNICODE = ("utf-8", "utf-8-sig", *_WIDE)
_MAGIC = (
    (b"PK\x03\x04", "an Excel workbook or a zip archive"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook, or one with a password"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3\x00", "a database"),
    (b"{\\rtf", "a document"),
)
_MARKUP = (b"<!doctype html", b"<html", b"<table", b"<?xml", b"<meta", b"<head")
_MEND = 'save it as "CSV UTF-8" and drop that'
# What no encoding of texts uses, but for line ends, tabs, and what shifts between sets of characters.
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r\x0e\x0f\x1a\x1b"))


@dataclass(frozen=True)
class Encoding:
    """`name` is what the report says; `codec` decodes what follows a byte order mark of `bom` bytes.

    `fallback` is the mapping's encoding where the file's start would be the same in it and in UTF-8, so that
    a later part settles which it is, for all that follows (`settled_by`).
    """

    name: str
    codec: str
    bom: int = 0
    fallback: str | None = None

    def decode(self, part: bytes, line: int = 1) -> str:
        """The text of a part of the file that starts with the first byte of `line`.

        Raises UnreadableDrop, which names the line, if a byte of it cannot be decoded, or if it is UTF-8 in a
        file that is not.
        """
        settled = self.settled_by(part)
        if settled.codec not in _UNICODE and _is_utf8(part):
            _refuse_utf8(part, settled.name, line)
        try:
            return part.decode(settled.codec)
        except UnicodeDecodeError as error:
            _refuse_bytes(part, error, settled.name, line)

    def settled_by(self, part: bytes) -> "Encoding":
        """The encoding of a file that has this part, too: of the two that were in question one, unless the
        part is the same in both."""
        if self.fallback is None or part.isascii():
            return self
        return self.settled_as("utf-8" if _is_utf8(part) else codecs.lookup(self.fallback).name)

    def settled_as(self, codec: str) -> "Encoding":
        """As an earlier part settled it; "" where none did."""
        return Encoding(codec, codec, self.bom) if codec else self

    def newline(self, text: str = "\n") -> bytes:
        """The bytes of a line end."""
        return text.encode(self.codec)

    def start_of(self, head: bytes, whole: bool) -> str:
        """The text of a file's start; what is cut in the middle of a character is left out."""
        text = _decode_start(head[self.bom :], self.codec, whole)
        if text is None:
            return self.decode(head[self.bom :])
        return text


def decode(content: bytes, declared: str | None = None) -> tuple[str, str]:
    """The text of a whole file and the encoding it had. Raises UnreadableDrop for anything uncertain."""
    encoding = find_encoding(content, declared, whole=True)
    return encoding.decode(content[encoding.bom :]), encoding.name


def find_encoding(head: bytes, declared: str | None = None, *, whole: bool) -> Encoding:
    """The encoding of a file that starts with `head`, which is `whole` if nothing follows.

    Raises UnreadableDrop if the file is no text, or is neither UTF-8 nor in what the mapping declares.
    """
    check_is_text(head)
    if declared:
        _check_declared(declared)
    encoding = _by_mark(head) or _declared_wide(head, declared)
    if encoding is None:
        _refuse_zeros(head.decode("latin-1"), "byte")
        encoding = _by_bytes(head, declared, whole)
    _refuse_zeros(encoding.start_of(head, whole), "character")
    return encoding


def _refuse_zeros(text: str, zero: str) -> None:
    """A zero here and there costs its row; where they are many it is no text, or in another encoding."""
    if text.count("\0") * 10 > len(text):
        raise UnreadableDrop(
            f"the file is not text: there is a zero {zero} in it, at position {text.index(chr(0)):,}. If it "
            f"is UTF-16 without a byte order mark, or not a CSV at all, {_MEND}"
        )


def check_is_text(start: bytes) -> None:
    """Raises UnreadableDrop if a file that starts so is of a known other kind."""
    for magic, kind in _MAGIC:
        if start.startswith(magic):
            raise UnreadableDrop(f"the file is {kind}, not text; {_MEND}")
    text = start.removeprefix(codecs.BOM_UTF8).lstrip()
    if text[:20].lower().startswith(_MARKUP):
        raise UnreadableDrop(
            "the file is a web page or XML, whatever its name says; open it in a spreadsheet, " + _MEND,
            example=text[:100].decode("ascii", errors="backslashreplace"),
        )


def _by_mark(head: bytes) -> Encoding | None:
    for bom, name, codec in _BOMS:
        if head.startswith(bom):
            return Encoding(name, codec, len(bom))
    return None


def _declared_wide(head: bytes, declared: str | None) -> Encoding | None:
    """UTF-16 or UTF-32 without a mark, whose bytes are UTF-8, too, where the text is plain."""
    codec = codecs.lookup(declared).name if declared else ""
    return Encoding(codec, codec) if codec in _WIDE and b"\0" in head else None


def _by_bytes(head: bytes, declared: str | None, whole: bool) -> Encoding:
    if declared and codecs.lookup(declared).name in _UNICODE:
        declared = None
    if _decode_start(head, "utf-8", whole) is not None:
        if declared and not whole and head.isascii():
            return Encoding(f"utf-8 or {declared}", "utf-8", fallback=declared)
        return Encoding("utf-8", "utf-8")
    if declared and not _is_utf8(head):
        if _decode_start(head, declared, whole) is None:
            Encoding(declared, declared).decode(head)
        return Encoding(declared, declared)
    if len(head.translate(None, _CONTROLS)) * 20 < len(head) * 19:
        raise UnreadableDrop(
            f"the file is not text, whatever its name says, but the data of some program; {_MEND}"
        )
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        _refuse_bytes(head, error, "utf-8", 1)
    return Encoding("utf-8", "utf-8")


def _is_utf8(part: bytes) -> bool:
    """Whether a part of a file is UTF-8, as other encodings hardly ever are by chance: at least half of its
    lines that are not plain ASCII. So one broken byte is told, and does not make all others wrong."""
    if part.isascii():
        return False
    lines = [line for line in part.splitlines() if not line.isascii()]
    return sum(_decode_start(line, "utf-8", whole=True) is not None for line in lines) * 2 >= len(lines)


def _decode_start(head: bytes, codec: str, whole: bool) -> str | None:
    try:
        return codecs.getincrementaldecoder(codec)().decode(head, whole)
    except UnicodeDecodeError:
        return None


def _check_declared(declared: str) -> None:
    try:
        plain = b"".decode(declared) + "a\n".encode(declared).decode(declared)
    except (LookupError, UnicodeError):
        plain = ""
    if plain != "a\n" or codecs.lookup(declared).name in _ESCAPES:
        raise UnreadableDrop(f"no encoding is called {declared!r}; a usual one is cp1252")
    if codecs.lookup(declared).name in ("utf-16", "utf-32"):
        raise UnreadableDrop(
            f"a byte order mark tells which {declared} it is; a file without one needs {declared}-le or "
            f"{declared}-be"
        )


def _refuse_bytes(part: bytes, error: UnicodeDecodeError, encoding: str, line: int) -> NoReturn:
    line += part.count(b"\n", 0, error.start)
    nearby = part[max(0, error.start - 20) : error.start + 20]
    raise UnreadableDrop(
        f"the file is not {encoding}: line {line:,} holds the byte 0x{part[error.start]:02x}; save it as "
        '"CSV UTF-8", or declare in a mapping which encoding all of it is in (encoding: cp1252)',
        example=nearby.decode("ascii", errors="backslashreplace"),
    )


def _refuse_utf8(part: bytes, encoding: str, line: int) -> NoReturn:
    lines = part.splitlines()
    place = next(place for place, text in enumerate(lines) if _is_utf8(text))
    raise UnreadableDrop(
        f"line {line + place:,} of the file is utf-8, and lines above it are {encoding}, as its mapping "
        'declares; save all of it as "CSV UTF-8" and drop that',
        example=lines[place].decode()[:200],
    )
