"""What the segments of a step leave for whoever adds it up: JSON files below `nights/<day>/<run>/<step>/`.

An invocation writes one part, of the accounts between the cursor where it began and the one where it ended;
the file's name tells both, so that a repetition writes the same file again. One that was repeated with less
time may have stopped earlier, and then two parts overlap. Whoever began at a cursor did so because another
part ended there: followed back from the end, the parts hold every account once (reliability S4).
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from keepwell.errors import ConfigurationError
from keepwell.ports import Files

START, END = "start", "end"


@dataclass(frozen=True)
class Parts:
    """The parts of one step of one run."""

    files: Files
    day: date
    run: str
    step: str

    def write(
        self, segment: int, of: int, start: str | None, end: str | None, content: Mapping[str, Any]
    ) -> None:
        """Store what came of the accounts of a segment after the cursor `start` (None: from its first) up to
        the cursor `end` (None: to its last)."""
        name = f"{segment}-of-{of}/{_short(start) or START}-{_short(end) or END}"
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, sort_keys=True)
        self.files.write(self._key(name), text.encode(), "application/json")

    def read(self) -> Iterator[dict[str, Any]]:
        """The parts that together hold every account once.

        Raises ConfigurationError if one is missing, as after somebody took it away.
        """
        folders: dict[str, dict[str, str]] = {}
        for key in self.files.keys(self._folder):
            folder, _, name = key.removeprefix(self._folder).removesuffix(".json").partition("/")
            start, _, end = name.partition("-")
            folders.setdefault(folder, {})[end] = start
        of = max((int(folder.rpartition("-")[2]) for folder in folders), default=1)
        for segment in range(of):
            yield from self._back_from_the_end(f"{segment}-of-{of}", folders.get(f"{segment}-of-{of}", {}))

    def _back_from_the_end(self, folder: str, starts: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        place = END
        while place != START:
            if place not in starts:
                raise ConfigurationError(
                    f"in {self._folder}{folder}/ no part ends at {place}; start the night again: "
                    "keepwell nightly"
                )
            part: dict[str, Any] = json.loads(self.files.read(self._key(f"{folder}/{starts[place]}-{place}")))
            yield part
            place = starts[place]

    @property
    def _folder(self) -> str:
        return f"nights/{self.day}/{self.run}/{self.step}/"

    def _key(self, name: str) -> str:
        return f"{self._folder}{name}.json"


def _short(cursor: str | None) -> str:
    return "" if cursor is None else hashlib.sha256(cursor.encode()).hexdigest()[:16]
