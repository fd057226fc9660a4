"""A dropped file as it lies there: a text, or a workbook of which one sheet becomes a text."""

from functools import cached_property

from keepwell.errors import UnreadableDrop
from keepwell.imports.dialect import ReadingAs
from keepwell.imports.drops import Drop
from keepwell.imports.finding import Known
from keepwell.imports.frame import HEAD_BYTES, TAIL_BYTES, Frame, find_frame, frame_of_sheet
from keepwell.imports.workbooks import MAX_BYTES, Sheet, is_workbook, read_sheet
from keepwell.ports import Files


class Source:
    """The start and the end of a file, or a workbook, which is read as a whole. All methods raise
    UnreadableDrop if that cannot be done."""

    def __init__(self, drop: Drop, files: Files):
        self._drop, self._files = drop, files
        self.head = self._read(0, min(drop.size, HEAD_BYTES))
        self._sheets: dict[str | None, Sheet] = {}

    def frame(self, says: ReadingAs, known: Known) -> Frame:
        """How it is written, and where its rows are: of a workbook, in the text of its sheet."""
        if is_workbook(self.head):
            return frame_of_sheet(self.sheet(says), says, known)
        return find_frame(self.head, self._tail, self._drop.size, says, known)

    def sheet(self, says: ReadingAs) -> Sheet:
        """The sheet of a workbook that is to be read."""
        if says.sheet not in self._sheets:
            self._sheets = {says.sheet: read_sheet(self._workbook, says.sheet)}
        return self._sheets[says.sheet]

    @cached_property
    def _tail(self) -> bytes:
        size = self._drop.size
        return self.head[-TAIL_BYTES:] if size <= HEAD_BYTES else self._read(size - TAIL_BYTES, TAIL_BYTES)

    @cached_property
    def _workbook(self) -> bytes:
        """One byte more than is read of a workbook tells that it is too large."""
        size = min(self._drop.size, MAX_BYTES + 1)
        return self.head if size <= HEAD_BYTES else self._read(0, size)

    def _read(self, start: int, size: int) -> bytes:
        try:
            return self._files.read_range(self._drop.key, start, size, self._drop.version)
        except KeyError:
            raise removed(self._drop) from None


def removed(drop: Drop) -> UnreadableDrop:
    """Of a file that is not there any more."""
    return UnreadableDrop("the file was removed before it could be read; drop it again", example=drop.key)
