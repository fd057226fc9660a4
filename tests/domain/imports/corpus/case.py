"""One file of the corpus, and what must become of it: the table, the rejects and the report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from keepwell.attributes import Value
from keepwell.imports.dialect import ReadingAs
from keepwell.imports.mapping import ImportMapping, Source

Accounts = dict[str, dict[str, Value]]
"""The values of each account, by its id."""

USUAL: Mapping[str, Any] = {
    "encoding": "utf-8",
    "delimiter": ",",
    "quote": '"',
    "header_row": 1,
    "preamble": [],
    "trailing": [],
    "line_end": "LF",
    "sheet": None,
}


@dataclass(frozen=True)
class Case:
    """`written` is the file, in UTF-8 where it is a text. `table` has the values of each account. `rejects`
    are, in the order of the file, a row's line and a part of its reason; `fails` is a part of the reason why
    the whole file is refused. `dialect` is what the report says of it, where it is not as usual.
    """

    name: str
    written: bytes | str
    table: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    rejects: Sequence[tuple[int, str]] = ()
    fails: str = ""
    dialect: Mapping[str, Any] = field(default_factory=dict)
    mapping: ImportMapping | None = None
    file: str = "accounts.csv"
    ignored: Sequence[str] = ()

    @property
    def content(self) -> bytes:
        return self.written.encode() if isinstance(self.written, str) else self.written

    @property
    def key(self) -> str:
        folder = f"mapping={self.mapping.id}/" if self.mapping else ""
        return f"drops/accounts/{folder}{self.file}"


def read_as(*columns: str, **says: Any) -> ImportMapping:
    """A mapping that says how the file is read, and takes these columns (else the id and the name)."""
    taken = {name: Source(column=name) for name in columns or ("Account ID", "Account Name")}
    return ImportMapping("odd", "accounts", taken, reading=ReadingAs(**says))


def named(**names: str) -> Accounts:
    """A table of ids (with _ for -) and names."""
    return {account.replace("_", "-"): {"Account Name": name} for account, name in names.items()}
