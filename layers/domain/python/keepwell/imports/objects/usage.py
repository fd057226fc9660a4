"""Files about the use of the product: rows become events, which add up (definitions 1.2).

The same bytes, read in the same way, tell nothing new. The first drop that brings them is named by a control
row; what it has not stored yet, because it died, a later drop of the same stores in its name, as long as that
can still be told.
"""

from collections import deque
from collections.abc import Iterator
from datetime import date, datetime
from functools import lru_cache

from keepwell.attributes import Attribute, Catalogue, Kind, Value, read_cell
from keepwell.attributes.cells import quoted
from keepwell.attributes.people import USER_ID
from keepwell.errors import UnreadableCell
from keepwell.imports.columns import ID
from keepwell.imports.job import ImportJob, control_key
from keepwell.imports.layout import Layout
from keepwell.imports.moments import read_moment
from keepwell.imports.objects.importing import Importing, ImportObject, Outcome, Tally
from keepwell.imports.reading import Fault
from keepwell.imports.report import Reject
from keepwell.imports.rows import Candidate
from keepwell.usage.deltas import REMEMBERED, write_deltas
from keepwell.usage.events import UsageEvent

MODULE, ACTION, TIME, COUNT, MINUTES = "Module", "Action", "Time", "Count", "Minutes"
DAYS_AHEAD = 1
"""The clocks of those who write events may be ahead, and their zones."""

_EARLIEST = date(1970, 1, 1)
"""Nothing was used before; such a day is a blank moment that somebody's clock or program made up."""

_SIXTY = frozenset(f"{number:02}" for number in range(60))

_COLUMNS = Catalogue(
    (
        Attribute(ID, Kind.TEXT),
        USER_ID,
        Attribute(MODULE, Kind.TEXT),
        Attribute(ACTION, Kind.TEXT),
        Attribute(TIME, Kind.TEXT),
        Attribute(COUNT, Kind.NUMBER),
        Attribute(MINUTES, Kind.NUMBER),
    )
)


def _read(attribute: Attribute, text: str, told_at: datetime) -> Value | None:
    if attribute.name == TIME:
        day = _day(text.strip(), told_at)
        if day < _EARLIEST:
            raise UnreadableCell(f"{quoted(text.strip())} is before {_EARLIEST}, when nothing was used")
        return day
    value = read_cell(attribute, text)
    if attribute.name == COUNT and value is not None and not (isinstance(value, int) and value >= 1):
        raise UnreadableCell(f"expected a whole number of at least 1, found {quoted(text.strip())}")
    if attribute.name == MINUTES and isinstance(value, int | float) and value < 0:
        raise UnreadableCell(f"expected a number of at least 0, found {quoted(text.strip())}")
    return value


def _day(text: str, told_at: datetime) -> date:
    """The tenant's day of a moment."""
    is_full = len(text) == 20 and text[13] == text[16] == ":" and text[19] == "Z"
    if is_full and text[14:16] in _SIXTY and text[17:19] in _SIXTY:
        day = _day_of_hour(text[:13], told_at)
        if day is not None:
            return day
    return date.fromisoformat(read_moment(text, told_at, DAYS_AHEAD)[:10])


@lru_cache(maxsize=1 << 12)
def _day_of_hour(hour: str, told_at: datetime) -> date | None:
    """The tenant's day of all of an hour of UTC (`2026-11-20T09`); None where a day ends in it, or the clocks
    change, or it is no hour."""
    try:
        ends = [read_moment(f"{hour}:{end}Z", told_at, DAYS_AHEAD) for end in ("00:00", "59:59")]
    except UnreadableCell:
        return None
    first, last = map(datetime.fromisoformat, ends)
    same = (first.date(), first.utcoffset()) == (last.date(), last.utcoffset())
    return first.date() if same else None


def _store(importing: Importing) -> Tally:
    importing.check_time()
    first, tally = _first(importing), Tally()
    mine = first.drop_id == importing.job.drop_id
    if first.status != "done" and (reason := _why_not_in_its_name(importing.job, first)):
        tally.rejects += _rejected(importing, first, reason)
        return tally
    events = _events(importing, first, tally, Outcome.CREATED if mine else Outcome.UNCHANGED)
    if mine or first.status != "done":
        source = f"{importing.job.content}-{importing.shard:04}"
        write_deltas(importing.files, first.observed_at, source, events)
    else:
        deque(events, maxlen=0)
    return tally


def _why_not_in_its_name(job: ImportJob, first: ImportJob) -> str | None:
    """Why this import cannot store what the first one has not stored yet, None if it can: what is told in its
    name would be too old to be counted, or would not replace what it has stored already."""
    if job.observed_at - first.observed_at > REMEMBERED:
        return (
            f"the same file came on {first.observed_at.date()}, and its import {first.drop_id} never ended; "
            "drop the rows that are not counted yet in a file of another content"
        )
    if job.shards != first.shards:
        return (
            f"the same rows are in the import {first.drop_id}, which is not done and has other shards, since "
            "its file begins in another way; drop this file again when that is done"
        )
    return None


def _rejected(importing: Importing, first: ImportJob, reason: str) -> Iterator[Reject]:
    """Every row."""
    for judged in importing.judged(first):
        yield judged if isinstance(judged, Reject) else judged.row.reject(Fault("", reason))


def _first(importing: Importing) -> ImportJob:
    """The import that told the same bytes first: this one, or an earlier drop of them."""
    job = importing.job
    drop_id = importing.control.settle(f"usage-file#{job.content}", "drop_id", job.drop_id)
    row = importing.control.get(control_key(drop_id)) if drop_id != job.drop_id else None
    return ImportJob.from_row(row) if row else job


def _events(importing: Importing, first: ImportJob, tally: Tally, outcome: Outcome) -> Iterator[UsageEvent]:
    """The events of the rows; the tally is complete when all were asked for."""
    told = 0
    for judged in importing.judged(first):
        if isinstance(judged, Reject):
            tally.rejects.append(judged)
        else:
            told += 1
            yield _event(judged)
    tally.counts[outcome] += told


def _event(candidate: Candidate) -> UsageEvent:
    account_id, user_id = candidate.keys
    values = candidate.values
    day, count, minutes = values[TIME], values.get(COUNT, 1), values.get(MINUTES)
    assert isinstance(day, date)
    assert isinstance(count, int)
    seen = float(minutes) if isinstance(minutes, int | float) else None
    return UsageEvent(account_id, user_id, str(values[MODULE]), str(values[ACTION]), day, count, seen)


USAGE = ImportObject(
    "usage",
    Layout((ID, USER_ID.name), required=(MODULE, ACTION, TIME), adds_up=True, read=_read),
    lambda _accounts, _people, _records: _COLUMNS,
    _store,
)
