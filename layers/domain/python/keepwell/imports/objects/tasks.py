"""Files about what people are asked to do: rows become tasks beside those of plays (TSK-01 to TSK-03)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from keepwell.accounts import Facts
from keepwell.addresses import read_address
from keepwell.attributes import Attribute, Catalogue, Value, read_cell
from keepwell.attributes.cells import quoted
from keepwell.errors import UnreadableCell
from keepwell.imports.columns import ID
from keepwell.imports.layout import Layout
from keepwell.imports.moments import read_moment
from keepwell.imports.objects.belongings import by_account, with_account
from keepwell.imports.objects.importing import Importing, ImportObject, Tally
from keepwell.imports.objects.merging import Shelf, merge_rows, of_known_accounts
from keepwell.imports.objects.outsiders import outsiders
from keepwell.imports.rows import Keys
from keepwell.ports import Work
from keepwell.tasks import TASK_ATTRIBUTES, TASK_ID, Task


class _TaskShelf(Shelf):
    """Keeps what else a task has: the play that made it, and what closing it does."""

    noun = "task"

    def __init__(self, work: Work):
        self._work = work
        self._read: dict[Keys, Task] = {}

    def read(self, keys: Sequence[Keys]) -> dict[Keys, Facts]:
        found = by_account(keys, self._work.tasks_of)
        self._read |= found
        return {each: task.facts for each, task in found.items()}

    def put(self, keys: Keys, facts: Facts) -> Task:
        return self._work.change_task(self._task(keys, facts))

    def put_many(self, items: Sequence[tuple[Keys, Facts]]) -> Sequence[object]:
        return self._work.change_tasks([self._task(keys, facts) for keys, facts in items])

    def _task(self, keys: Keys, facts: Facts) -> Task:
        task = self._read.get(keys)
        return replace(task, facts=facts) if task else Task(keys[1], facts)

    def remove(self, keys: Keys, facts: Facts) -> None:
        self._work.remove_task(replace(self._read[keys], facts=facts))


def _columns(_accounts: Catalogue, _people: Catalogue, _records: Catalogue) -> Catalogue:
    return with_account(TASK_ATTRIBUTES)


def _read(attribute: Attribute, text: str, told_at: datetime) -> Value | None:
    if attribute.name == "Closed At" and text.strip():
        return read_moment(text.strip(), told_at)
    value = read_cell(attribute, text)
    if attribute.name == "Assignee" and isinstance(value, str):
        return read_address(value)
    if attribute.name == "Effort" and isinstance(value, int | float) and value < 0:
        raise UnreadableCell(f"expected hours, at least 0, found {quoted(text.strip())}")
    return value


def _store(importing: Importing) -> Tally:
    tally = Tally()
    candidates, _ = of_known_accounts(importing.judged(), importing.stores.accounts, tally)
    shelf = _TaskShelf(importing.stores.work)
    taken = list(merge_rows(candidates, shelf, TASK_ATTRIBUTES, importing, tally))
    for merged in taken:
        tally.counts[merged.outcome] += 1
    tally.warnings = outsiders((merged.candidate for merged in taken), ["Assignee"], importing)
    return tally


TASKS = ImportObject(
    "tasks",
    Layout((ID, TASK_ID.name), required=("Title",), read=_read),
    _columns,
    _store,
    shelf=lambda stores: _TaskShelf(stores.work),
)
