"""Scheduled pulls: files that others put somewhere become drops (product INT-06).

What was taken, the keys of the drops tell: each is made of the file's name, its content and when it was
written. So a run that was interrupted, or comes twice, takes nothing twice, and nothing else is kept of it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from keepwell.errors import ConfigurationError, RejectedInput, TransientFailure
from keepwell.imports.drops import (
    SUFFIXES,
    DropKey,
    content_mark,
    drop_id,
    drop_key,
    parse_drop_key,
    pulled_key,
)
from keepwell.imports.failing import Notice, Operator
from keepwell.imports.mapping import ImportMapping, Pull
from keepwell.imports.schedules import Schedule
from keepwell.playbook import Playbook
from keepwell.ports import Control, Files, Locations, StoredObject

MOST_SHOWN = 20


@dataclass(frozen=True)
class Came:
    """A file that a run took."""

    file: str
    drop_id: str


@dataclass(frozen=True)
class PullRun:
    """What the last run of a pull did, and what was the last to come.

    `served_until` is the moment up to which the schedule is served: a run that could not be ended, and is to
    be tried again soon, leaves it where it was. `took` counts the files of that run, `left` the objects that
    are no files to import. `came` are the last files that came (at most MOST_SHOWN), by a run at `came_at`.
    """

    ran_at: datetime
    served_until: datetime | None
    took: int = 0
    left: int = 0
    problem: str = ""
    came: tuple[Came, ...] = ()
    came_at: datetime | None = None

    def to_row(self) -> dict[str, Any]:
        times = {name: getattr(self, name) for name in ("ran_at", "served_until", "came_at")}
        return asdict(self) | {name: at.isoformat() if at else None for name, at in times.items()}

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "PullRun":
        times = {name: row[name] for name in ("ran_at", "served_until", "came_at")}
        came = tuple(Came(**each) for each in row["came"])
        read = {name: datetime.fromisoformat(at) if at else None for name, at in times.items()}
        return cls(**{**row, **read, "came": came})


def pull_key(mapping_id: str) -> str:
    """The control row of a pull, which is called as its mapping is."""
    return f"pull#{mapping_id}"


def pulls_of(playbook: Playbook) -> dict[str, ImportMapping]:
    """The mappings whose files are pulled."""
    return {id_: mapping for id_, mapping in sorted(playbook.mappings.items()) if mapping.pull}


def last_run(mapping_id: str, control: Control) -> PullRun | None:
    """What the last run of a pull did; None before the first."""
    row = control.get(pull_key(mapping_id))
    return PullRun.from_row(row) if row else None


def due_at(pull: Pull, last: PullRun | None, now: datetime, playbook: Playbook) -> datetime | None:
    """When a pull is due next, `now` if it is due already; None if its schedule is over."""
    schedule, served = Schedule.of(pull.every), last.served_until if last else None
    if served is None:
        return now
    latest = schedule.latest(now, playbook.time_zone)
    return now if latest and latest > served else schedule.next(now, playbook.time_zone)


def check_allowed(pull: Pull, allowed: Iterable[str]) -> None:
    """Raises ConfigurationError unless the location is one of those `allowed`, each `<bucket>[/<prefix>]`."""
    wanted = f"{pull.bucket}/{pull.prefix}"
    if not any(wanted.startswith(place if "/" in place else f"{place}/") for place in allowed):
        may = ", ".join(f"s3://{place}" for place in allowed) or "no bucket"
        raise ConfigurationError(
            f"this stack may not pull from s3://{wanted}: it may read {may}. Deploy it again with "
            f"-c pull_from={wanted.rstrip('/')} (docs/how-to/deploy-to-aws.md), or mend the mapping"
        )


def file_name(pull: Pull, key: str) -> str:
    """What a file is called: its key without the folder that the prefix ends in."""
    folder = pull.prefix.rpartition("/")[0]
    return key.removeprefix(f"{folder}/") if folder else key


def to_take(pull: Pull, found: Sequence[StoredObject], taken: Sequence[DropKey]) -> list[StoredObject]:
    """The files that were not taken yet, the oldest first.

    The same file is one import: one of the same content (ETag and size) as the file that was written just
    before it brings nothing new, whatever its name and however often it is written. After another content it
    does: what was told in between is to be told back. ETags, since a listing gives no versions, and a version
    is new where the bytes are the same.
    """
    told = {(each.file, each.written_at, each.content) for each in taken}
    before: list[tuple[datetime, str, StoredObject | None]] = [
        (each.written_at, each.content, None) for each in taken if each.written_at
    ]
    timeline = before + [(_second(each.modified_at), content_mark(_content(each)), each) for each in found]
    timeline.sort(key=lambda entry: (entry[0], entry[2] is not None, entry[2].key if entry[2] else ""))
    take, previous = [], ""
    for written_at, content, each in timeline:
        if each and content != previous and (file_name(pull, each.key), written_at, content) not in told:
            take.append(each)
        previous = content
    return take


def _second(at: datetime) -> datetime:
    return at.replace(microsecond=0)


def _content(found: StoredObject) -> str:
    return f"{found.etag}\n{found.size}"


@dataclass(frozen=True)
class Puller:
    """Pulls files into the drops of `bucket`, from the locations that are `allowed`."""

    bucket: str
    allowed: tuple[str, ...]
    locations: Locations
    files: Files
    control: Control
    operator: Operator

    def run(
        self,
        playbook: Playbook,
        now: datetime,
        name: str | None = None,
        out_of_time: Callable[[], bool] = lambda: False,
    ) -> dict[str, PullRun]:
        """Run the pulls that are due, or one by its name; by their names. One that fails keeps no other back.

        Raises RejectedInput if there is none of that name.
        """
        pulls = [pull_named(name, playbook)] if name else self._due(playbook, now)
        return {mapping.id: self._run(mapping, playbook, now, out_of_time) for mapping in pulls}

    def _due(self, playbook: Playbook, now: datetime) -> list[ImportMapping]:
        return [
            mapping
            for id_, mapping in pulls_of(playbook).items()
            if due_at(pull_of(mapping), last_run(id_, self.control), now, playbook) == now
        ]

    def _run(
        self, mapping: ImportMapping, playbook: Playbook, now: datetime, out_of_time: Callable[[], bool]
    ) -> PullRun:
        """Take what is new. What fails is told in the result, and to the operator once a day."""
        last = last_run(mapping.id, self.control)
        run = replace(last or PullRun(now, None), ran_at=now, took=0, left=0, problem="")
        came = list[Came]()
        try:
            left, ended = self._take(mapping, came, out_of_time)
        except TransientFailure as failure:  # the next wake tries again
            run = replace(run, problem=str(failure))
        except (ConfigurationError, RejectedInput) as failure:
            run = replace(run, problem=str(failure), served_until=now)
        else:
            run = replace(run, left=left, served_until=now if ended else run.served_until)
        if came:
            run = replace(run, took=len(came), came=tuple(came[-MOST_SHOWN:]), came_at=now)
        if run.problem:
            self.operator.tell(_notice(mapping, run.problem, now, playbook), playbook.owner, now)
        self.control.put(pull_key(mapping.id), run.to_row())
        return run

    def _take(
        self, mapping: ImportMapping, came: list[Came], out_of_time: Callable[[], bool]
    ) -> tuple[int, bool]:
        """Take what is new into `came`; how many objects are no files to import, and whether time sufficed
        for all the others."""
        pull = pull_of(mapping)
        check_allowed(pull, self.allowed)
        objects = [
            each for each in self.locations.objects(pull.bucket, pull.prefix) if not each.key.endswith("/")
        ]
        found = [each for each in objects if each.key.casefold().endswith(SUFFIXES)]
        for each in to_take(pull, found, list(self._taken(mapping))):
            if out_of_time():
                return len(objects) - len(found), False
            name = file_name(pull, each.key)
            key = pulled_key(mapping.object, mapping.id, name, each.modified_at, _content(each))
            version = self.locations.copy(pull.bucket, each, key)
            came.append(Came(name, drop_id(self.bucket, key, version)))
        return len(objects) - len(found), True

    def _taken(self, mapping: ImportMapping) -> Iterator[DropKey]:
        return map(parse_drop_key, self.files.keys(drop_key(mapping.object, mapping.id, "at=")))


def pull_named(name: str, playbook: Playbook) -> ImportMapping:
    """Raises RejectedInput if no mapping of that name is pulled."""
    pulls = pulls_of(playbook)
    if name not in pulls:
        known = ", ".join(pulls) or "none"
        raise RejectedInput(f"the playbook has no pull {name!r}; its mappings with `pull:` are: {known}")
    return pulls[name]


def pull_of(mapping: ImportMapping) -> Pull:
    """Raises RejectedInput for a mapping that says nothing of it."""
    if mapping.pull is None:
        raise RejectedInput(f"mapping {mapping.id!r} does not say where its files are pulled from")
    return mapping.pull


def _notice(mapping: ImportMapping, problem: str, now: datetime, playbook: Playbook) -> Notice:
    """One a day for each cause, by the tenant's days."""
    pull, day = pull_of(mapping), now.astimezone(playbook.time_zone).date()
    return Notice(
        about=f"pull/{mapping.id}/{day}/{problem}",
        subject=f"Pull failed: {mapping.id}",
        body=(
            f"The pull {mapping.id} from s3://{pull.bucket}/{pull.prefix} failed.\n\n{problem}\n\n"
            f"Once it is mended: keepwell pull {mapping.id}\n"
        ),
    )
