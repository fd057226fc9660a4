"""How a file is written, and what a mapping may say of it (architecture 10)."""

import csv
from dataclasses import dataclass
from typing import Any

NO_QUOTES = "none"


def is_delimiter(text: str) -> bool:
    """Whether a text may part cells: one character that is none of a word, a quote, a blank or a line end."""
    return len(text) == 1 and not text.isalnum() and text not in "\"' \r\n"


@dataclass(frozen=True)
class ReadingAs:
    """What a mapping says of how its files are read; None: to be found.

    `encoding` is a Python codec's name, used where there is no BOM and the bytes are not UTF-8. `quote` is
    `"`, `'` or `none`. `header_row` is the line the header is on, from 1. `trailing_rows` counts the rows at
    the end that are no data. `sheet` is the name of a workbook's sheet.
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
    """How a file was read, as its report tells it.

    `encoding` is a Python codec's name; `quote` as in ReadingAs; `header_row` the line the header starts on.
    `preamble` and `trailing` are the first lines above and below the table, without blank ones, and
    `preamble_lines` and `trailing_lines` how many there are in all. `line_end` is LF, CRLF or CR. `sheet`
    is the name of a workbook's sheet, whose rows are what is called lines here.
    """

    encoding: str
    delimiter: str
    quote: str = '"'
    header_row: int = 1
    preamble: tuple[str, ...] = ()
    trailing: tuple[str, ...] = ()
    line_end: str = "LF"
    sheet: str | None = None
    preamble_lines: int = 0
    trailing_lines: int = 0

    def csv_options(self) -> dict[str, Any]:
        """The arguments of `csv.reader`. A space before a quote is none of the text."""
        if self.quote == NO_QUOTES:
            return {"delimiter": self.delimiter, "quoting": csv.QUOTE_NONE, "quotechar": None, "strict": True}
        return {
            "delimiter": self.delimiter,
            "quotechar": self.quote,
            "strict": True,
            "skipinitialspace": True,
        }
