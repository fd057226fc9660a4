"""CSV that is safe to open in a spreadsheet: every CSV Keepwell writes goes through here.

A cell that a spreadsheet would run as a formula gets a leading `'`, unless it is a plain number
(reliability 6, "CSV out").
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence

_RUNS_AS_FORMULA = tuple("=+-@\t\r\n＝＋－＠")  # the full-width forms run, too
_PLAIN_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?")


def harmless(cell: str) -> str:
    """The cell, made plain text where a spreadsheet would take it for a formula."""
    if cell.lstrip(" ").startswith(_RUNS_AS_FORMULA) and not _PLAIN_NUMBER.fullmatch(cell.strip()):
        return f"'{cell}"
    return cell


def write_csv(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """UTF-8 with a BOM (so that Excel reads it as such), comma, every cell quoted, lines end in CR LF."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow([harmless(header) for header in headers])
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")
