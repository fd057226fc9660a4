"""Accounts in DynamoDB: an item for the facts, and one each for the standing, the trail and the use, where
there is any (table key: account_id, part)."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from keepwell.accounts import Account, Facts, Provenance
from keepwell.attributes import Value
from keepwell.errors import Conflict, RejectedInput
from keepwell.ports import Page
from keepwell.standings import Standing
from keepwell.trails import AccountTrail
from keepwell.usage import UsageSummary
from keepwell_aws.bulk import BulkTable, Draft, Key
from keepwell_aws.failures import cause_code, translated
from keepwell_aws.tables import Item, bound, encoded, write

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord

# In the order of the table's key.
FACTS, STANDING, TRAIL, USAGE = "facts", "standing", "trail", "usage"

_facts = TypeAdapter(Facts)
_standing = TypeAdapter(Standing)
_trail = TypeAdapter(dict[str, tuple[tuple[date, Any], ...]])
_usage = TypeAdapter(UsageSummary)
# Both are kept beside the document.
_BESIDE = {"account_id", "revision"}


class Part(Item):
    """`pending` is there only while the standing has pending transitions: the stream filter looks for it."""

    account_id = UnicodeAttribute(hash_key=True)
    part = UnicodeAttribute(range_key=True)
    revision = NumberAttribute()
    pending = NumberAttribute(null=True)


def account_of(record: "DynamoDBRecord") -> str:
    """Which account a record of the table's stream is about."""
    keys = record.dynamodb.keys if record.dynamodb else None
    return str((keys or {})["account_id"])


def facts_changed(record: "DynamoDBRecord") -> tuple[Facts, Facts] | None:
    """The facts before and after a record of the table's stream.

    None where it does not tell both: the account is new or gone, it is about another part, an image cannot be
    read.
    """
    images = record.dynamodb.raw_event if record.dynamodb else {}
    if "OldImage" not in images or "NewImage" not in images:
        return None
    before, after = (Part.from_raw_data(images[name]) for name in ("OldImage", "NewImage"))
    if after.part != FACTS:
        return None
    try:
        return _facts_of(*_stored(before)), _facts_of(*_stored(after))
    except RejectedInput:
        return None


class DynamoAccounts:
    def __init__(self, table: str):
        self._part = bound(Part, table)
        self._bulk = BulkTable(self._part)

    def get(self, account_id: str) -> Account | None:
        with translated(f"reading account {account_id!r}"):
            # Descending, so that neither trail nor standing is newer than the facts it is judged against.
            parts = list(
                self._part.query(
                    account_id,
                    self._part.part.between(FACTS, USAGE),
                    consistent_read=True,
                    scan_index_forward=False,
                )
            )
        return _account({part.part: part for part in parts})

    def facts_of(self, account_ids: Sequence[str]) -> dict[str, Facts]:
        keys = [(account_id, FACTS) for account_id in account_ids]
        found = self._bulk.read(keys, f"the facts of {len(account_ids)} accounts")
        return {stored.key[0]: _facts_of(*stored[:3]) for stored in found.values()}

    def put_facts(self, facts: Facts) -> Facts:
        revision = self._put(FACTS, facts.account_id, facts.revision, facts_document(facts), pending=0)
        return replace(facts, revision=revision)

    def put_many(self, facts: Sequence[Facts]) -> list[Facts | Conflict | RejectedInput]:
        drafts = [
            Draft(
                (each.account_id, FACTS), each.revision, facts_document(each), _named(FACTS, each.account_id)
            )
            for each in facts
        ]
        return [
            each.but(revision=outcome) if isinstance(outcome, int) else outcome
            for each, outcome in zip(facts, self._bulk.write(drafts), strict=True)
        ]

    def remove(self, facts: Facts) -> None:
        """All of it or nothing: what stands of an account that is gone would be its past if it came again."""
        model, account_id, what = self._part, facts.account_id, f"account {facts.account_id!r}"
        there = (model.revision == facts.revision) | model.revision.does_not_exist()
        with translated(f"removing {what}"):
            try:
                with TransactWrite(connection=model._get_connection().connection) as together:
                    together.delete(model(account_id, FACTS), condition=there)
                    together.delete(model(account_id, STANDING))
                    together.delete(model(account_id, TRAIL))
            except TransactWriteError as error:
                if cause_code(error) != "TransactionCanceledException":
                    raise
                raise Conflict(f"{what} was changed since revision {facts.revision} was read") from error

    def put_standing(self, standing: Standing) -> Standing:
        document = standing_document(standing)
        revision = self._put(
            STANDING, standing.account_id, standing.revision, document, pending=len(standing.pending)
        )
        return replace(standing, revision=revision)

    def put_trail(self, trail: AccountTrail) -> AccountTrail:
        revision = self._put(TRAIL, trail.account_id, trail.revision, trail_document(trail), pending=0)
        return replace(trail, revision=revision)

    def usage_of(self, account_ids: Sequence[str]) -> dict[str, UsageSummary]:
        keys = [(account_id, USAGE) for account_id in account_ids]
        found = self._bulk.read(keys, f"the use of {len(account_ids)} accounts")
        return {stored.key[0]: _usage_of(*stored[:3]) for stored in found.values()}

    def put_usage(self, usage: UsageSummary) -> UsageSummary:
        revision = self._put(USAGE, usage.account_id, usage.revision, usage_document(usage), pending=0)
        return replace(usage, revision=revision)

    def _put(self, part: str, account_id: str, revision: int, content: Any, pending: int) -> int:
        what = _named(part, account_id)
        document = encoded(content, what)
        model = self._part
        actions = [
            model.document.set(document),
            model.revision.set(revision + 1),
            model.pending.set(pending) if pending else model.pending.remove(),
        ]
        unchanged = model.revision == revision if revision else model.account_id.does_not_exist()
        with translated(f"writing {what}"):
            stored = write(model(account_id, part), actions, unchanged)
        if stored and (stored.revision, stored.document) != (revision + 1, document):
            raise Conflict(f"{what} were at revision {revision} and are at {stored.revision} now")
        return revision + 1

    def scan(self, segment: int, of: int, start: str | None = None, limit: int = 200) -> Page:
        """An account is on the page that holds its facts; what comes next of it (standing, trail, use) may
        have fallen on the page after: then the account is read by its key."""
        with translated(f"scanning segment {segment} of {of}"):
            page = self._part.scan(
                segment=segment,
                total_segments=of,
                limit=limit,
                page_size=limit,
                last_evaluated_key=json.loads(start) if start else None,
                consistent_read=True,
            )
            parts = list(page)
        end: dict[str, dict[str, str]] | None = page.last_evaluated_key
        cut = end["account_id"]["S"] if end and end["part"]["S"] < USAGE else None
        found = dict[str, dict[str, Part]]()
        for part in parts:
            found.setdefault(part.account_id, {})[part.part] = part
        accounts, unreadable = list[Account](), list[tuple[str, str]]()
        for account_id, of_account in found.items():
            if FACTS not in of_account:
                continue
            try:
                account = self.get(account_id) if account_id == cut else _account(of_account)
            except RejectedInput as broken:
                unreadable.append((account_id, str(broken)))
            else:
                accounts += [account] if account else []
        return Page(tuple(accounts), json.dumps(end) if end else None, tuple(unreadable))


def facts_document(facts: Facts) -> dict[str, Any]:
    """Facts as content of an item (`tables.encoded`). Made by hand, for imports make many."""
    return {
        "values": facts.values,
        "provenance": _json_provenance(facts.provenance),
        "created_at": _json_moment(facts.created_at),
        "created_by": facts.created_by,
        "changed_by": facts.changed_by,
        "exceptions": {name: _json_provenance(told) for name, told in facts.exceptions.items()}
        if facts.exceptions
        else {},
        "since": {name: day.isoformat() for name, day in facts.since.items()},
        "depth": facts.depth,
        "confirmed": _json_moments(facts.confirmed),
        "heard": _json_moments(facts.heard),
    }


def facts_from(document: Mapping[str, Any], account_id: str, revision: int) -> Facts:
    """The facts of a document that `facts_document` made."""
    values = {
        name: value if type(value) is str else _value(value) for name, value in document["values"].items()
    }
    return _facts.validate_python(
        {**document, "values": values, "account_id": account_id, "revision": revision}
    )


def standing_document(standing: Standing) -> dict[str, Any]:
    document: dict[str, Any] = _standing.dump_python(standing, mode="json", exclude=_BESIDE)
    return document


def trail_document(trail: AccountTrail) -> dict[str, Any]:
    """By attribute, the days and the values as in facts: [["2026-11-21", 80], ["2026-11-24", null]]."""
    return {
        name: [[day.isoformat(), value] for day, value in entries] for name, entries in trail.values.items()
    }


def usage_document(usage: UsageSummary) -> dict[str, Any]:
    """A summary of use as JSON, an action as [module, action, counts, first, last]."""
    document: dict[str, Any] = _usage.dump_python(usage, mode="json", exclude=_BESIDE)
    return document


def _json_provenance(told: Provenance) -> dict[str, str]:
    return {"source": told.source, "observed_at": _json_moment(told.observed_at)}


def _json_moments(told: Mapping[str, datetime]) -> dict[str, str]:
    return {name: _json_moment(at) for name, at in told.items()} if told else {}


@lru_cache(maxsize=1 << 10)
def _json_moment(moment: datetime) -> str:
    """As pydantic writes it."""
    return moment.isoformat().replace("+00:00", "Z")


def _value(value: Any) -> Value:
    if isinstance(value, dict):
        return date.fromisoformat(value["date"])
    return tuple(value) if isinstance(value, list) else value


def _account(parts: Mapping[str, Part]) -> Account | None:
    """The account of these parts by name; None if there are no facts."""
    if FACTS not in parts:
        return None
    standing, trail, usage = (parts.get(name) for name in (STANDING, TRAIL, USAGE))
    return Account(
        _facts_of(*_stored(parts[FACTS])),
        _standing_of(*_stored(standing)) if standing else None,
        _trail_of(*_stored(trail)) if trail else None,
        _usage_of(*_stored(usage)) if usage else None,
    )


def _stored(part: Part) -> tuple[Key, int, str]:
    return (part.account_id, part.part), int(part.revision), part.document


def _facts_of(key: Key, revision: int, document: str) -> Facts:
    with _readable(key):
        return facts_from(json.loads(document), key[0], revision)


def _standing_of(key: Key, revision: int, document: str) -> Standing:
    with _readable(key):
        return _standing.validate_python(_fields(key, revision, document))


def _trail_of(key: Key, revision: int, document: str) -> AccountTrail:
    with _readable(key):
        values = {
            name: tuple((day, _value(value)) for day, value in entries)
            for name, entries in _trail.validate_python(json.loads(document)).items()
        }
        return AccountTrail(key[0], values, revision)


def _usage_of(key: Key, revision: int, document: str) -> UsageSummary:
    with _readable(key):
        return _usage.validate_python(_fields(key, revision, document))


def _fields(key: Key, revision: int, document: str) -> dict[str, Any]:
    """The document with what is kept beside it."""
    return {**json.loads(document), "account_id": key[0], "revision": revision}


@contextmanager
def _readable(key: Key) -> Iterator[None]:
    """RejectedInput for a broken document; what it holds is left out, for it may be personal."""
    try:
        yield
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        account_id, part = key
        raise RejectedInput(
            f"{_named(part, account_id)} cannot be read ({type(error).__name__}); "
            "restore its item in the accounts table from a point-in-time recovery"
        ) from None


def _named(part: str, account_id: str) -> str:
    return f"the {part} of account {account_id!r}"
