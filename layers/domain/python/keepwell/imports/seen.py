"""What an import notes of its rows for the next one of its feed: ids, and a hash of what each row says.

A row of the same hash says nothing new and is not looked at: nothing is read of the database for it, and what
others told since stands. A row that was rejected is noted by its ids alone, and is judged anew each time.
The hashes of a shard hold under one `rule`, a hash of all else that decides what becomes of a row.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b
from zoneinfo import ZoneInfo

import orjson

from keepwell.attributes import Catalogue
from keepwell.imports.columns import Columns
from keepwell.imports.job import ImportJob, feed_key, seen_file
from keepwell.imports.pieces import Keys, StoredPiece
from keepwell.imports.records import Shape
from keepwell.imports.splitting import shard_of
from keepwell.ports import Control, Files

RULES = 1
"""Counted up when code changes how a text is read: rows are then looked at once more."""

_REJECTED = ""
_HASH_BYTES = 8
_HASH_CHARACTERS = 2 * _HASH_BYTES
_UNDOS = "undos"


Note = str
"""Of one row: its hash, and the ordinal of the day on which what it says was told for the last time. One
text, since a shard holds thousands of them."""


@dataclass
class Notes:
    """The notes of one shard, by the ids of its rows."""

    rule: str
    of: dict[Keys, Note] = field(default_factory=dict)

    def accept(self, keys: Keys, hash_: str, day: date) -> None:
        self.of[keys] = f"{hash_}{day.toordinal()}"

    def reject(self, keys: Keys) -> None:
        self.of[keys] = _REJECTED

    def write(self, files: Files, drop_id: str, shard: int) -> None:
        by_column = list(zip(*self.of, strict=True))
        document = {"rule": self.rule, "keys": by_column, "notes": list(self.of.values())}
        files.write(seen_file(drop_id, shard), orjson.dumps(document), "application/json")


def notes_of(files: Files, drop_id: str, shard: int) -> Notes:
    """What a shard of an import noted, nothing if that is not kept any more."""
    try:
        document = orjson.loads(files.read(seen_file(drop_id, shard)))
    except KeyError:
        return Notes("")
    keys = zip(*document["keys"], strict=True)
    return Notes(document["rule"], dict(zip(keys, document["notes"], strict=True)))


def earlier_notes(files: Files, earlier: ImportJob, shard: int, of: int, rule: str) -> dict[Keys, Note]:
    """What an earlier import noted under this rule of the rows that are in one of so many shards now."""
    found = dict[Keys, Note]()
    for number in shards_like(shard, of, earlier.shards):
        notes = notes_of(files, earlier.drop_id, number)
        if notes.rule == rule:
            found |= notes.of
    return found


def ids_of(files: Files, job: ImportJob, shard: int, of: int) -> set[Keys]:
    """The ids of all rows that an import had in one of so many shards, which need not be its own."""
    noted = (notes_of(files, job.drop_id, number) for number in shards_like(shard, of, job.shards))
    return {keys for notes in noted for keys in notes.of if shard_of(keys[0], of) == shard}


def shards_like(shard: int, of: int, others: int) -> Iterable[int]:
    """Of so many other shards those that hold what one `of` so many holds (both numbers are powers of
    two)."""
    return range(shard, others, of) if others > of else [shard & (others - 1)]


def forget(feed: str, control: Control) -> None:
    """Let the next import of a feed look at every row, as if another had come in between."""
    control.count(feed_key(feed), "planned")


def forget_all(control: Control) -> None:
    """The same of every feed: what an undo takes back, rows of other feeds may have repeated."""
    control.count(_UNDOS, "asked")


def undos(control: Control) -> int:
    """How often all was forgotten. Notes of an import hold as long as that is what it was at its start."""
    return int((control.get(_UNDOS) or {}).get("asked", 0))


def rule_of(
    shape: Shape, about: str, catalogue: Catalogue, systems: Mapping[str, str], time_zone: ZoneInfo
) -> str:
    """A hash of all that decides, beside its text, what becomes of a row of files about an object; `systems`
    are the systems of record of accounts, which files of other objects change, too."""
    columns = shape.columns
    attributes = [repr(catalogue.find(column.attribute)) for column in (*columns.keys, *columns.attributes)]
    how = [shape.dialect.delimiter, shape.dialect.quote, str(time_zone), sorted(systems.items())]
    rule = json.dumps([RULES, about, columns.to_json(), attributes, how], ensure_ascii=False)
    return blake2b(rule.encode(), digest_size=16).hexdigest()


class Look:
    """Whether a row is to be looked at, by what an earlier import noted of it.

    `ages` are for how many days what is told of attributes counts: a row is looked at again when more than
    half of the shortest are over, so that its values are confirmed before they are too old
    (`accounts.Freshness`).
    """

    def __init__(self, notes: Mapping[Keys, Note], columns: Columns, ages: Collection[int], today: date):
        self._notes = notes
        self._numbered = any(column.row_number for column in (*columns.keys, *columns.attributes))
        self._fresh_since = today.toordinal() - min(ages) / 2 if ages else 0

    def hashes_of(self, piece: StoredPiece) -> list[str]:
        """Of each row of a piece, in order."""
        texts = piece.texts
        if self._numbered:
            numbered = zip(piece.numbers, texts, strict=True)
            texts = [b"%d %b" % (number, text) for number, text in numbered]
        return [blake2b(text, digest_size=_HASH_BYTES).hexdigest() for text in texts]

    def unchanged(self, keys: Iterable[Keys], hashes: Iterable[str]) -> list[Note | None]:
        """What is noted of each row that says nothing new; None if it is to be looked at."""
        since = self._fresh_since
        return [
            note
            if note and note.startswith(hash_) and (not since or int(note[_HASH_CHARACTERS:]) >= since)
            else None
            for note, hash_ in zip(map(self._notes.get, keys), hashes, strict=True)
        ]
