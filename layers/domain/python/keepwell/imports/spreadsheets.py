"""CSV that is safe to open in a spreadsheet: every CSV Keepwell writes goes through here.

A cell that a spreadsheet would run as a formula gets a leading `'`, unless it is a plain number
(reliability 6, "CSV out"). The import takes it off again, so a rejects file brings the cells as they were.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence

_RUNS_AS_FORMULA = tuple("=+-@\t\r\n＝＋－＠")  # the full-width forms run, too
_MAY_BEGIN = frozenset((*_RUNS_AS_FORMULA, "'", " "))
_PLAIN_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?")

MERGED = "#MERGED!"
NOT_CALCULATED = "#NOT CALCULATED!"
DIGITS_LOST = "#DIGITS LOST!"
_NO_VALUES = {
    MERGED: "the cell is merged with the one above; unmerge them, and fill in each",
    NOT_CALCULATED: "the formula was never calculated; open the workbook in Excel, save it and drop it again",
}
_LOST = (
    "a spreadsheet keeps at most 15 digits of a number, the others are lost; take the value from where it "
    "was first, and keep it as text"
)
_ERRORS = re.compile(
    r"#([¡¿]?(REF|VALUE|NAME|NUM|NULL|SPILL|CALC|BLOCKED|CONNECT|FIELD|ERROR|BUSY|PYTHON|EXTERNAL|UNKNOWN"
    r"|BEZUG|WERT|ZAHL|ÜBERLAUF"  # German
    r"|NOM|VALEUR|NOMBRE|NUL|PROPAGATION|CALCUL"  # French
    r"|VALOR|NULO|DESBORDAMIENTO|NOME|NÚM|DESPEJAR"  # Spanish and Portuguese
    r"|RIF|VALORE|NULLO|ESPANSIONE"  # Italian
    r"|VERW|WAARDE|NAAM|GETAL|LEEG|OVERLOOP"  # Dutch
    r"|ARG|ADR|NAZWA|LICZBA|ZERO|ROZLANIE"  # Polish
    r"|REFERENS|VÄRDEFEL|NAMN|OGILTIGT|SKÄRNING|REFERANSE|VERDI|NAVN|VÆRDI|REFERENCE)[!?]"  # Nordic
    r"|(¡?DIV|DEEL|DIVISION|DZIEL)/0!|N/[ABD]!?|I/T|NV|SAKNAS!?|GETTING_DATA|##+)",
    re.IGNORECASE,
)
_BLANKS = frozenset({"null", "(null)", "<null>", "[null]", "\\n", "n/a"})
_SHORTENED = re.compile(r"-?\d([.,]\d+)?E\+\d\d+")


def not_a_value(cell: str) -> str | None:
    """Why a cell is no text that anybody wrote, with the mend; None if it may be one."""
    if cell[:1] == "#":
        if cell.startswith(DIGITS_LOST):
            return _LOST
        if _ERRORS.fullmatch(cell):
            return f"{cell} is a spreadsheet's error, not a value; mend the formula, or clear the cell"
        return _NO_VALUES.get(cell)
    return _LOST if "E+" in cell and _SHORTENED.fullmatch(cell) else None


def is_blank_in_words(text: str) -> bool:
    """Whether a program writes this where there is nothing: `NULL`, `(null)`, `\\N`, `N/A`. It may be some
    text all the same, but is no id."""
    return len(text) < 7 and text.casefold() in _BLANKS


def harmless(cell: str) -> str:
    """The cell, made plain text where a spreadsheet would take it for a formula.

    A formula that has its quote already gets another, so that `as_it_was` is the exact inverse.
    """
    return f"'{cell}" if cell[:1] in _MAY_BEGIN and _is_formula(cell.lstrip("'")) else cell


def as_it_was(cell: str) -> str:
    """The cell that `harmless` was given."""
    return cell[1:] if cell.startswith("'") and _is_formula(cell.lstrip("'")) else cell


def _is_formula(text: str) -> bool:
    return text.lstrip(" ").startswith(_RUNS_AS_FORMULA) and not _PLAIN_NUMBER.fullmatch(text.strip())


def write_csv(headers: Sequence[str], rows: Iterable[Sequence[str]], delimiter: str = ",") -> bytes:
    """UTF-8 with a BOM (so that Excel reads it as such), every cell quoted, lines end in CR LF."""
    return (csv_lines([headers], delimiter) + csv_lines(rows, delimiter)).encode("utf-8-sig")


def csv_lines(rows: Iterable[Sequence[str]], delimiter: str = ",") -> str:
    """Rows of such a file, the header's or others."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return out.getvalue()
