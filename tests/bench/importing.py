"""Importing a CSV file: against the obvious ways to read it and to write it, and by the size of the file.

The obvious ways: `csv.DictReader`, a pydantic model of the row, boto3's TypeSerializer and json; and
`csv.DictReader` with boto3's `batch_writer`, which stores texts as they stand and checks nothing. Neither
keeps an order of repeated ids, rejects, provenance, a log of changes or a report.
"""

import csv
import io
import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Literal

from boto3.dynamodb.types import TypeSerializer
from pydantic import BaseModel, BeforeValidator, Field, create_model

from keepwell.accounts import merge
from keepwell.attributes import Attribute, Kind
from keepwell.imports.columns import bind_columns
from keepwell.imports.dialect import Dialect
from keepwell.imports.encoding import Encoding
from keepwell.imports.objects import OBJECTS
from keepwell.imports.records import Part, Shape, cells_of, lines_of
from keepwell.imports.rows import Candidate, ShardRow, Telling, judge
from keepwell.imports.shards import ROWS_OF_A_BATCH
from keepwell.playbook import Playbook
from keepwell_aws.accounts import facts_document
from keepwell_aws.tables import encoded
from tests.bench.companies import HEADERS, csv_file
from tests.bench.measuring import Budget, Contestant, Measured, measure, ratio, show
from tests.bench.null_table import null_table, writes
from tests.bench.whole_files import Ran, apart, batch_writer, loads
from tests.story import NOON, standard_playbook

READ, SMALL, LARGE, WRITTEN = 40_000, 10_000, 1_000_000, 30_000
"""Rows that are read, of the small and of the large file, and that the peer writes."""

CHANGED_OF = 50
ACCOUNTS = OBJECTS["accounts"]


def ours(text: str, playbook: Playbook) -> int:
    """The rows of a file: read, validated, mapped, and their values encoded as they are stored."""
    return sum(1 for row in _rows(text, playbook) if encoded({"values": row.values}, "the values"))


def ours_as_facts(text: str, playbook: Playbook) -> int:
    """The same, and each made an account that knows who told what, and when."""
    documents = 0
    for row in _rows(text, playbook):
        facts = merge(None, row.change, playbook.catalogue)
        assert facts
        documents += bool(encoded(facts_document(facts), "the facts"))
    return documents


def _rows(text: str, playbook: Playbook) -> Iterator[Candidate]:
    catalogue = ACCOUNTS.columns_in(playbook)
    columns = bind_columns(HEADERS, None, catalogue)
    shape = Shape(HEADERS, columns, Dialect("utf-8", ","), Encoding("utf-8", "utf-8"))
    telling = Telling(
        change_id="bench",
        source="csv:accounts",
        observed_at=NOON,
        fill_only=False,
        time_zone=playbook.time_zone,
        catalogue=catalogue,
        layout=ACCOUNTS.layout,
    )
    for rows in _batches(text, shape):
        for outcome in judge(rows, columns, telling):
            assert isinstance(outcome, Candidate)
            yield outcome


def _batches(text: str, shape: Shape) -> Iterator[list[ShardRow]]:
    records = Part(lines_of(text)[1:], shape, line=2, number=1, ends=True).records()
    while batch := list(islice(records, ROWS_OF_A_BATCH)):
        lines, numbers, keys, texts, faults = zip(*batch, strict=True)
        yield list(map(ShardRow, lines, numbers, keys, cells_of(texts, shape.dialect), faults))


def row_model(playbook: Playbook) -> type[BaseModel]:
    """The row as one would declare it: a type for each column, blank cells being None."""
    fields: dict[str, Any] = {
        f"column_{place}": (_kind(playbook.catalogue[header]), Field(alias=header))
        for place, header in enumerate(HEADERS)
    }
    return create_model("Row", **fields)


def _kind(attribute: Attribute) -> Any:
    if attribute.name == "Account ID":
        return Annotated[str, Field(min_length=1, max_length=256)]
    plain: Any = {Kind.NUMBER: Decimal, Kind.DATE: date, Kind.YES_NO: bool}.get(attribute.kind, str)
    if attribute.kind in (Kind.CHOICE, Kind.ORDERED):
        plain = Literal[attribute.values]
    if attribute.scale:
        plain = Annotated[Decimal, Field(ge=attribute.scale[0], le=attribute.scale[1])]
    return Annotated[plain | None, BeforeValidator(lambda text: text or None)]


def theirs(text: str, model: type[BaseModel]) -> int:
    serializer, items = TypeSerializer(), 0
    for row in csv.DictReader(io.StringIO(text)):
        values = model.model_validate(row).model_dump(by_alias=True, exclude_none=True)
        plain = {name: each.isoformat() if isinstance(each, date) else each for name, each in values.items()}
        json.dumps({name: serializer.serialize(value) for name, value in plain.items()})
        items += 1
    return items


def bench() -> None:
    bench_reading()
    bench_writing()


def bench_reading() -> None:
    playbook, text = standard_playbook(), csv_file(READ).decode()
    model = row_model(playbook)
    assert ours(text, playbook) == ours_as_facts(text, playbook) == theirs(text, model) == READ
    measured = measure(
        [
            Contestant("keepwell: read, validate, map, encode", READ, lambda: ours(text, playbook)),
            Contestant("DictReader, pydantic, TypeSerializer", READ, lambda: theirs(text, model)),
            Contestant("keepwell: with provenance", READ, lambda: ours_as_facts(text, playbook)),
        ]
    )
    show(
        f"Reading {READ:,} rows of {len(HEADERS)} columns, {len(text) // READ} bytes each",
        "rows",
        measured,
        Budget("the obvious way takes at least twice as long", ratio(measured) >= 2),
    )


def bench_writing() -> None:
    with null_table() as url, TemporaryDirectory() as folder:
        peers = [apart(batch_writer, url, WRITTEN)]
        small = [apart(loads, url, Path(folder), f"small-{n}", SMALL, [0])[0] for n in range(3)]
        first, again = apart(loads, url, Path(folder), "large", LARGE, [0, CHANGED_OF])
        peers.append(apart(batch_writer, url, WRITTEN))
        counts = writes(url)
    each_of_small = median(ran.each for ran in small)
    measured = [
        Measured(f"keepwell: a first load of {LARGE:,} rows", first.each),
        Measured(f"DictReader, batch_writer ({WRITTEN:,} rows)", median(ran.each for ran in peers)),
        Measured(f"keepwell: a first load of {SMALL:,} rows", each_of_small),
        Measured(f"keepwell: dropped again, {100 // CHANGED_OF}% changed", again.each),
    ]
    changed = LARGE // CHANGED_OF
    show(
        "Importing accounts, from the file to DynamoDB's wire and back",
        "rows",
        measured,
        Budget("of a first load the obvious way, which checks nothing, takes twice", ratio(measured) >= 2),
        Budget(f"the process holds less than 200 MiB; it held {first.mebibytes:,.0f}", first.mebibytes < 200),
        Budget(f"dropped again in less than 10 s; it took {again.seconds:.1f}", again.seconds < 10),
        Budget(
            f"dropped again it writes the {changed:,} changed rows and no other",
            _applied(first) == LARGE and _applied(again) == changed == counts["large"] - LARGE,
        ),
        Budget(
            "a row takes the same in a small and in a large file, within a fifth",
            abs(first.each / each_of_small - 1) <= 0.2,
        ),
    )


def _applied(ran: Ran) -> object:
    return ran.report["applied"]
