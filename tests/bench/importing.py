"""Importing a CSV file, planned and merged on twins, to documents ready to be stored, and the obvious way.

The obvious way: `csv.DictReader`, a pydantic model of the row, boto3's TypeSerializer, json. It keeps no
order of repeated ids, no rejects, no provenance, no log of changes and no report.
"""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from boto3.dynamodb.types import TypeSerializer
from pydantic import BaseModel, BeforeValidator, Field, create_model

from keepwell.accounts import Account, Facts
from keepwell.attributes import Attribute, Kind
from keepwell.imports.drops import Drop, drop_key
from keepwell.imports.job import report_file
from keepwell.imports.objects import Stores
from keepwell.imports.planning import plan_drop
from keepwell.imports.shards import import_shard
from keepwell.in_memory import (
    FixedClock,
    InMemoryAccounts,
    InMemoryCollections,
    InMemoryControl,
    InMemoryFiles,
    InMemoryPeople,
    InMemoryQueue,
    InMemoryTeam,
    InMemoryTouchpoints,
    InMemoryWork,
)
from keepwell.playbook import Playbook
from keepwell_aws.accounts import facts_document
from keepwell_aws.tables import encoded
from tests.bench.measuring import Budget, Contestant, measure, ratio, show
from tests.bench.portfolio import HEADERS, csv_file
from tests.story import NOON, standard_playbook

ROWS = 20_000


class Documents(InMemoryAccounts):
    """Keeps what the adapter would send: the document as text."""

    def __init__(self) -> None:
        super().__init__()
        self.documents: dict[str, str] = {}

    def facts_of(self, account_ids: Sequence[str]) -> dict[str, Facts]:
        return {}

    def get(self, account_id: str) -> Account | None:
        return None

    def put_facts(self, facts: Facts) -> Facts:
        self.documents[facts.account_id] = encoded(facts_document(facts), "the facts")
        return replace(facts, revision=1)


def ours(content: bytes, playbook: Playbook) -> int:
    accounts, files, control, queue = Documents(), InMemoryFiles(), InMemoryControl(), InMemoryQueue()
    key = drop_key("accounts", None, "accounts.csv")
    files.write(key, content, "text/csv")
    drop = Drop("bench", key, "1", len(content), NOON)
    plan_drop(drop, playbook=playbook, files=files, control=control, queue=queue, now=NOON)
    for message in queue.messages:
        import_shard(
            message["drop_id"],
            message["shard"],
            playbook=playbook,
            stores=Stores(
                accounts=accounts,
                people=InMemoryPeople(),
                touchpoints=InMemoryTouchpoints(),
                work=InMemoryWork(),
                team=InMemoryTeam(),
                collections=InMemoryCollections(),
            ),
            files=files,
            control=control,
            queue=queue,
            clock=FixedClock(NOON),
        )
    assert json.loads(files.read(report_file(drop.id)))["applied"] == len(accounts.documents)
    return len(accounts.documents)


def row_model(playbook: Playbook) -> type[BaseModel]:
    """The row as one would declare it: a type for each column, blank cells being None."""

    def kind(attribute: Attribute) -> Any:
        plain = {Kind.NUMBER: Decimal, Kind.DATE: date, Kind.YES_NO: bool, Kind.CHOICES: list[str]}.get(
            attribute.kind, str
        )
        split = (lambda text: text.split(", ") if text else None) if attribute.kind is Kind.CHOICES else None
        return Annotated[plain | None, BeforeValidator(split or (lambda text: text or None))]

    fields: dict[str, Any] = {
        f"column_{place}": (kind(playbook.catalogue[header]), Field(alias=header))
        for place, header in enumerate(HEADERS)
    }
    return create_model("Row", **fields)


def theirs(content: bytes, model: type[BaseModel]) -> int:
    serializer, items = TypeSerializer(), []
    for row in csv.DictReader(io.StringIO(content.decode())):
        values = model.model_validate(row).model_dump(by_alias=True, exclude_none=True)
        plain = {name: _plain(value) for name, value in values.items()}
        item = {name: serializer.serialize(value) for name, value in plain.items()}
        items.append(json.dumps(item))
    return len(items)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value


def bench() -> None:
    playbook, content = standard_playbook(), csv_file(ROWS)
    model = row_model(playbook)
    assert ours(content, playbook) == theirs(content, model) == ROWS
    measured = measure(
        [
            Contestant("keepwell: plan, merge, log, report", ROWS, lambda: ours(content, playbook)),
            Contestant("DictReader, pydantic, TypeSerializer", ROWS, lambda: theirs(content, model)),
        ]
    )
    show(
        f"Importing {ROWS:,} rows of {len(HEADERS)} columns, {len(content) // ROWS} bytes each",
        "rows",
        measured,
        Budget(
            "the obvious way, which keeps no log, rejects or report, takes at least two fifths",
            ratio(measured) >= 2 / 5,
        ),
    )
