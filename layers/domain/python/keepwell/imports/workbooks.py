"""Excel workbooks: one sheet becomes CSV, as if it had been saved as such, and is then read like any file.

What a cell holds counts, not how it is shown, but for what would be lost so: a percentage keeps its sign, a
number shown with leading zeros keeps them. Where there is no value to be had, the cell says so in a text that
no row is taken with (`spreadsheets.not_a_value`): an error, a formula that was never calculated, a cell that
is merged with the one above, a number of which Excel lost digits.
"""

import csv
import io
import zipfile
import zlib
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from keepwell.attributes.cells import show_number
from keepwell.errors import UnreadableDrop
from keepwell.imports.sheet_marks import Mark, Marks, marks_of
from keepwell.imports.spreadsheets import DIGITS_LOST

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

Value = str | bool | int | float | datetime | date | time | timedelta

MAX_BYTES = 32 * 1024 * 1024
MAX_UNPACKED_BYTES = 512 * 1024 * 1024
MAX_CELLS = 3_000_000
"""Of a sheet, blank ones included: they take up to 100 bytes each while they are read."""

_MEND = 'save the sheet as "CSV UTF-8" and drop that'
_OTHER_ARCHIVES = (
    ("xl/workbook.bin", "a binary Excel workbook (.xlsb)"),
    ("word/document.xml", "a Word document"),
    ("ppt/presentation.xml", "a presentation"),
    ("content.xml", "an OpenDocument file"),
    ("Index/Document.iwa", "a Numbers document"),
)


@dataclass(frozen=True)
class Sheet:
    """A sheet's name, and its rows as CSV in UTF-8 with commas and double quotes; row 7 is the 7th record."""

    name: str
    csv: bytes


def is_workbook(start: bytes) -> bool:
    """Whether a file that starts so is to be read with `read_sheet`, whatever its name says."""
    return start.startswith(b"PK\x03\x04")


def read_sheet(content: bytes, name: str | None = None) -> Sheet:
    """The sheet of this name, or the first that is not hidden.

    Raises UnreadableDrop if the file is no workbook, damaged or too large, or has no such sheet.
    """
    from python_calamine import CalamineError, CalamineWorkbook  # few files are workbooks

    if len(content) > MAX_BYTES:
        raise UnreadableDrop(
            f"the workbook has {len(content):,} bytes, more than the {MAX_BYTES:,} that are read; {_MEND}"
        )
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check(archive, content)
            book = CalamineWorkbook.from_filelike(io.BytesIO(content))
            sheet_name = _chosen(book, name)
            marks = marks_of(archive, sheet_name, MAX_CELLS)
        rows = book.get_sheet_by_name(sheet_name).to_python(skip_empty_area=False)
    except (zipfile.BadZipFile, zlib.error, CalamineError, KeyError, EOFError, NotImplementedError) as error:
        raise UnreadableDrop(
            f"the Excel workbook is damaged ({error}); open it in Excel, and {_MEND}"
        ) from None
    if not any(any(row) for row in rows):
        raise UnreadableDrop(f"the sheet {sheet_name!r} is empty" + _others(book, sheet_name))
    return Sheet(sheet_name, _as_csv(rows, marks))


def _check(archive: zipfile.ZipFile, content: bytes) -> None:
    """Raises UnreadableDrop for what is no workbook, or would unpack to more than there is room for."""
    names = set(archive.namelist())
    if "xl/workbook.xml" not in names:
        kind = next((kind for name, kind in _OTHER_ARCHIVES if name in names), "a zip archive")
        mend = "unpack it, and drop the file that is in it" if kind == "a zip archive" else _MEND
        raise UnreadableDrop(f"the file is {kind}, which is not read; {mend}")
    if any(entry.flag_bits & 1 for entry in archive.infolist()):
        raise UnreadableDrop(f"the workbook has a password; {_MEND}")
    room = MAX_UNPACKED_BYTES
    for entry in archive.infolist():
        room -= _unpacked_size(entry, content, room)
        if room < 0:
            raise UnreadableDrop(
                f"the workbook unpacks to more than the {MAX_UNPACKED_BYTES:,} bytes that are read; {_MEND}"
            )


def _unpacked_size(entry: zipfile.ZipInfo, content: bytes, enough: int) -> int:
    """How many bytes a part unpacks to, whatever the archive says; counted up to a little over `enough`."""
    lengths = content[entry.header_offset + 26 : entry.header_offset + 30]
    start = entry.header_offset + 30 + sum(int.from_bytes(lengths[at : at + 2], "little") for at in (0, 2))
    packed = content[start : start + entry.compress_size]
    if entry.compress_type == zipfile.ZIP_STORED:
        return len(packed)
    if entry.compress_type != zipfile.ZIP_DEFLATED:
        raise zipfile.BadZipFile(f"a part is packed in the unusual way {entry.compress_type}")
    unpack, size = zlib.decompressobj(-zlib.MAX_WBITS), 0
    while packed and size <= enough:
        size += len(unpack.decompress(packed, 1024 * 1024))
        packed = unpack.unconsumed_tail
    return size


def _chosen(book: "CalamineWorkbook", name: str | None) -> str:
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    tables = [sheet for sheet in book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    if name is not None:
        for sheet in tables:
            if sheet.name.strip().casefold() == name.strip().casefold():
                return sheet.name
        known = ", ".join(repr(sheet.name) for sheet in tables)
        raise UnreadableDrop(f"the workbook has no sheet {name!r}, which its mapping reads; it has: {known}")
    visible = (sheet for sheet in tables if sheet.visible == SheetVisibleEnum.Visible)
    first = next(visible, None)
    if first is None:
        raise UnreadableDrop(f"the workbook has no sheet of cells that is not hidden; show it, or {_MEND}")
    return first.name


def _others(book: "CalamineWorkbook", name: str) -> str:
    others = ", ".join(repr(other) for other in book.sheet_names if other != name)
    return f"; it also has: {others}. Name the one to read in a mapping (sheet: ...)" if others else ""


def _as_csv(rows: list[list[Value]], marks: Marks) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    for place, row in enumerate(rows):
        texts = list(map(_text, row))
        for column, mark in marks.get(place, {}).items():
            if column < len(texts):
                texts[column] = _marked(row[column], mark)
        writer.writerow(texts)
    return out.getvalue().encode()


def _marked(value: Value, mark: Mark) -> str:
    if mark.text or not isinstance(value, int | float) or isinstance(value, bool):
        return mark.text or _text(value)
    return f"{_number(value * 100)}%" if mark.percent else _number(value).zfill(mark.digits)


def _text(value: Value) -> str:
    """A cell as text: as CSV has it, dates as ISO."""
    match value:
        case str():
            return value.replace("\r\n", "\n").replace("\r", "\n")  # `csv` would not quote a bare CR
        case bool():
            return "yes" if value else "no"
        case int() | float():
            return _number(value)
        case datetime():
            return value.date().isoformat() if value.time() == time() else value.isoformat(timespec="seconds")
        case timedelta():
            seconds = round(value.total_seconds())
            return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
        case date() | time():
            return value.isoformat()


def _number(value: int | float) -> str:
    """With the 15 digits that Excel keeps."""
    number = float(f"{value:.15g}")
    if abs(number) >= 10**15:
        return f"{DIGITS_LOST} {show_number(number)}"
    return show_number(int(number) if number.is_integer() else number)
