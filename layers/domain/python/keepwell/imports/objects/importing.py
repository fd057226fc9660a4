"""What an object of imports is, and what the import of one of its shards has at hand."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from enum import Enum, auto

from keepwell.attributes import Catalogue
from keepwell.errors import TransientFailure
from keepwell.imports.changes import ChangeLog
from keepwell.imports.columns import Columns
from keepwell.imports.job import ImportJob
from keepwell.imports.layout import Layout
from keepwell.imports.report import Reject
from keepwell.imports.rows import Candidate, ShardRow, Telling, judge
from keepwell.playbook import Playbook
from keepwell.ports import Accounts, Collections, Control, Files, People, Team, Touchpoints, Work


@dataclass(frozen=True)
class Stores:
    """Where what is imported is kept."""

    accounts: Accounts
    people: People
    touchpoints: Touchpoints

    work: Work
    team: Team
    collections: Collections

class Outcome(Enum):
    CREATED = auto()
    UPDATED = auto()
    UNCHANGED = auto()


@dataclass
class Tally:
    """What became of a shard's rows."""

    rejects: list[Reject] = field(default_factory=list)
    counts: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(Outcome, 0))


@dataclass(frozen=True)
class Importing:
    """The import of one shard: its rows, and what storing them needs."""

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

    def judged(self, told_by: ImportJob | None = None) -> Iterator[Candidate | Reject]:
        """The outcomes of the rows, once, in order; as of the time of `told_by`, else of this import."""
        telling = replace(self.telling, observed_at=told_by.observed_at) if told_by else self.telling
        return judge(self.rows, self.columns, telling)

    def check_time(self) -> None:
        """Raises TransientFailure if little time is left (reliability R4)."""
        if self.out_of_time():
            raise TransientFailure("little time is left; what is stored stays and the next delivery goes on")


@dataclass(frozen=True)
class ImportObject:
    """What a file can be about, as in `drops/<name>/`.

    `columns` gives what its files may tell, from the catalogues of accounts, of people and of the records of
    collections. `store` takes a shard's rows to where they are kept; repeated after a crash at any point it
    counts the same.
    """

    name: str
    layout: Layout
    columns: Callable[[Catalogue, Catalogue, Catalogue], Catalogue]
    store: Callable[[Importing], Tally]

    def columns_in(self, playbook: Playbook) -> Catalogue:
        return self.columns(playbook.catalogue, playbook.user_catalogue, playbook.record_catalogue)
