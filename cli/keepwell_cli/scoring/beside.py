"""What files beside that of the accounts tell: people, use and contacts, imported and measured on twins.

The accounts that they tell of are held in memory, and no others.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from keepwell.accounts import Facts
from keepwell.imports.dialect import AS_FOUND
from keepwell.imports.mapping import ImportMapping
from keepwell.imports.objects import OBJECTS
from keepwell.in_memory import FixedClock
from keepwell_cli.rehearsal import Rehearsal
from keepwell_cli.scoring.blocks import as_utf8
from keepwell_cli.scoring.judging import Beside, Judge
from keepwell_cli.scoring.survey import survey

Report = Mapping[str, Any]
Mappings = Mapping[str, ImportMapping]
"""By the object that a mapping is for."""


def told_beside(
    judge: Judge, files: Sequence[tuple[str, Path]], mappings: Mappings
) -> tuple[Beside, list[Report]]:
    """What `files`, each with the object it is about, tell of the accounts that `judge` reads, and the
    reports of their import. `judge.playbook` includes the mappings. Raises RejectedInput for a file that
    cannot be read."""
    book = judge.playbook
    rehearsal = Rehearsal(book, FixedClock(judge.now))
    named = {account_id for about, path in files for account_id in _named_in(about, path, mappings, judge)}
    for block in judge.survey.blocks:
        for told in judge.facts(block, only=named):
            if isinstance(told, Facts):
                rehearsal.accounts.put_facts(told)
    reports = list[Report]()
    for about, path in files:
        mapping = mappings[about].id if about in mappings else None
        reports.append(rehearsal.drop(path.name, path.read_bytes(), object_name=about, mapping=mapping))
    population = rehearsal.measure()
    found = (account for account_id in named if (account := rehearsal.accounts.get(account_id)))
    read = map(rehearsal.directory.with_people, found) if book.reads_people else found
    return Beside({account.account_id: account for account in read}, population), reports


def _named_in(about: str, path: Path, mappings: Mappings, judge: Judge) -> Iterator[str]:
    """The ids of the accounts that stand in a file."""
    mapping = mappings.get(about)
    with as_utf8(path, mapping.reading if mapping else AS_FOUND) as readable:
        surveyed = survey(readable, OBJECTS[about], judge.playbook, mapping)
        for block in surveyed.blocks:
            for row in surveyed.rows_of(block):
                if row.fault is None:
                    yield surveyed.columns.keys_of(row.cells, row.number)[0]
