"""Tasks and play runs in DynamoDB (table key: account_id, item_id, as in `task#<id>` and `run#<id>`)."""

import json
from collections.abc import Iterator
from typing import TypeVar

from pydantic import TypeAdapter
from pynamodb.attributes import UnicodeAttribute

from keepwell.tasks import PlayRun, Task
from keepwell_aws.failures import translated
from keepwell_aws.tables import Item, bound, encoded, read, write

_TASK, _RUN = "task#", "run#"
_task = TypeAdapter(Task)
_run = TypeAdapter(PlayRun)
Content = TypeVar("Content", Task, PlayRun)


class WorkItem(Item):
    account_id = UnicodeAttribute(hash_key=True)
    item_id = UnicodeAttribute(range_key=True)


class DynamoWork:
    def __init__(self, table: str):
        self._item = bound(WorkItem, table)

    def put_task(self, task: Task) -> bool:
        return self._add(_TASK + task.task_id, task, _task)

    def put_run(self, run: PlayRun) -> bool:
        return self._add(_RUN + run.run_id, run, _run)

    def _add(self, item_id: str, content: Content, adapter: TypeAdapter[Content]) -> bool:
        what = f"{item_id!r} of account {content.account_id!r}"
        document = encoded(adapter.dump_python(content, mode="json"), what)
        model = self._item
        with translated(f"writing {what}"):
            item = model(content.account_id, item_id)
            return write(item, [model.document.set(document)], model.account_id.does_not_exist()) is None

    def run(self, account_id: str, run_id: str) -> PlayRun | None:
        with translated(f"reading run {run_id!r} of account {account_id!r}"):
            item = read(self._item, account_id, _RUN + run_id)
        return _run.validate_python(json.loads(item.document)) if item else None

    def tasks(self, account_id: str | None = None) -> Iterator[Task]:
        model = self._item
        with translated("reading tasks"):
            if account_id is None:
                items = model.scan(model.item_id.startswith(_TASK), consistent_read=True)
            else:
                items = model.query(account_id, model.item_id.startswith(_TASK), consistent_read=True)
            for item in items:
                yield _task.validate_python(json.loads(item.document))

    def runs(self, account_id: str) -> Iterator[PlayRun]:
        model = self._item
        with translated(f"reading the play runs of account {account_id!r}"):
            for item in model.query(account_id, model.item_id.startswith(_RUN), consistent_read=True):
                yield _run.validate_python(json.loads(item.document))
