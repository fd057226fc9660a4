"""What an object of imports is, and what the import of one of its shards has at hand."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import IntEnum, auto
from typing import TYPE_CHECKING

from keepwell.attributes import Catalogue
from keepwell.errors import TransientFailure
from keepwell.imports.changes import ChangeLog
from keepwell.imports.columns import Columns
from keepwell.imports.footers import LAST_ROWS, doubt_footers
from keepwell.imports.job import ImportJob
from keepwell.imports.layout import Layout
from keepwell.imports.report import Noted, Reject
from keepwell.imports.rows import Candidate, Keys, ShardRow, Telling, judge
from keepwell.playbook import Playbook
from keepwell.ports import Accounts, Collections, Control, Files, People, Team, Touchpoints, Work

if TYPE_CHECKING:
    from keepwell.imports.objects.merging import Shelf


@dataclass(frozen=True)
class Stores:
    """Where what is imported is kept."""

    accounts: Accounts
    people: People
    touchpoints: Touchpoints
    work: Work
    team: Team
    collections: Collections


class Outcome(IntEnum):
    CREATED = auto()
    UPDATED = auto()
    UNCHANGED = auto()


@dataclass
class Tally:
    """What became of rows; `warnings` are about those that were taken. `told` has, for ids whose values do
    not count for ever, the day on which the oldest of those that their row tells was told for the last time.
    """

    rejects: list[Reject] = field(default_factory=list)
    warnings: list[Noted] = field(default_factory=list)
    counts: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(Outcome, 0))
    told: dict[Keys, date] = field(default_factory=dict)


@dataclass(frozen=True)
class Importing:
    """The import of one shard, or of a part of it: its rows, and what storing them needs.

    `later` gives, of those ids that stand in the shard more than once, the lines of the rows that count.
    """

    job: ImportJob
    shard: int
    rows: Iterator[ShardRow]
    columns: Columns
    telling: Telling
    playbook: Playbook
    stores: Stores
    files: Files
    control: Control
    log: ChangeLog
    out_of_time: Callable[[], bool]
    later: Mapping[Keys, int] = field(default_factory=dict)

    def judged(self, told_by: ImportJob | None = None) -> Iterator[Candidate | Reject]:
        """The outcomes of the rows, once, in order; as of the time of `told_by`, else of this import."""
        telling = replace(self.telling, observed_at=told_by.observed_at) if told_by else self.telling
        rows = self.rows
        if self.job.doubts_end:
            rows = doubt_footers(rows, self.columns, telling, self.job.rows - LAST_ROWS + 1)
        return judge(rows, self.columns, telling, self.later)

    def check_time(self) -> None:
        """Raises TransientFailure if little time is left (reliability R4)."""
        if self.out_of_time():
            raise TransientFailure("little time is left; what is stored stays and the next delivery goes on")


@dataclass(frozen=True)
class ImportObject:
    """What a file can be about, as in `drops/<name>/`.

    `columns` gives what its files may tell, from the catalogues of accounts, of people and of the records of
    collections. `store` takes a shard's rows to where they are kept; repeated after a crash at any point it
    counts the same. `ages` are for how many days what is told of attributes counts, if not for ever.
    `shelf` is where the facts of what its rows are about are kept; None where they add up, and are no facts.
    """

    name: str
    layout: Layout
    columns: Callable[[Catalogue, Catalogue, Catalogue], Catalogue]
    store: Callable[[Importing], Tally]
    ages: Callable[[Playbook], Mapping[str, int]] = lambda _playbook: {}
    shelf: "Callable[[Stores], Shelf] | None" = None

    def columns_in(self, playbook: Playbook) -> Catalogue:
        return self.columns(playbook.catalogue, playbook.user_catalogue, playbook.record_catalogue)
