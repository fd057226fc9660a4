"""Samples: what the first rows of a file hold, by column."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

MOST_ROWS = 10_000
"""What is looked at of a file: enough to tell its dates and lists, and a second's work."""


@dataclass(frozen=True)
class Sample:
    """A column's header, its distinct texts with the rows that hold each (blank ones left out), and how many
    rows were looked at."""

    header: str
    place: int
    texts: Mapping[str, int]
    rows: int

    @cached_property
    def filled(self) -> int:
        """Rows that are not blank."""
        return sum(self.texts.values())

    @property
    def is_unique(self) -> bool:
        """Whether no row looked at is blank or the same as another."""
        return 0 < self.rows == len(self.texts)

    @property
    def example(self) -> str:
        return next(iter(self.texts), "")

    def share(self, texts: Iterable[str]) -> float:
        """The share of the filled rows that hold one of these texts, 0 to 1."""
        return sum(self.texts[text] for text in texts) / self.filled if self.filled else 0.0

    def but(self, texts: Iterable[str]) -> "Sample":
        """The same without these texts, as if they were blank."""
        left_out = {*texts}
        kept = {text: rows for text, rows in self.texts.items() if text not in left_out}
        return Sample(self.header, self.place, kept, self.rows)


def samples_of(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> list[Sample]:
    """A sample of every column that has a header; `rows` are as wide as the header."""
    texts = [Counter[str]() for _ in headers]
    for cells in rows:
        for counter, cell in zip(texts, cells, strict=True):
            if text := cell.strip():
                counter[text] += 1
    columns = enumerate(zip(headers, texts, strict=True))
    return [Sample(header, place, dict(counter), len(rows)) for place, (header, counter) in columns if header]
