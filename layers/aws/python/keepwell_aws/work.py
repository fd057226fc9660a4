"""Tasks and play runs in DynamoDB (table key: account_id, item_id, as in `task#<id>` and `run#<id>`; sparse
index `agenda`: assignee, due).

A task is in the index only while it is open and somebody has it. One of before tasks had facts has no
revision; it is read, too, and once changed it is as the others are.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from datetime import date
from typing import Any

from pydantic import TypeAdapter
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection

from keepwell.errors import Conflict, RejectedInput
from keepwell.tasks import PlayRun, PostCompletion, Task
from keepwell_aws.accounts import facts_document, facts_from
from keepwell_aws.failures import translated
from keepwell_aws.tables import Item, bound, encoded, read, write
from keepwell_aws.told import ToldItem, of_account, of_ids, put_many_told, put_told, readable, remove_told

_TASK, _RUN = "task#", "run#"
_run = TypeAdapter(PlayRun)
_post_completion = TypeAdapter(PostCompletion)
_whole = TypeAdapter(Task)
_SAID_ALREADY = {"task_id", "facts", "play", "reason", "post_completion"}
_BESIDE = {each.name for each in fields(Task)} - {"task_id", "facts"}


class RunItem(Item):
    account_id = UnicodeAttribute(hash_key=True)
    item_id = UnicodeAttribute(range_key=True)
    revision = NumberAttribute(null=True)


class AgendaIndex(GlobalSecondaryIndex["TaskItem"]):  # type: ignore[no-untyped-call]
    class Meta:
        index_name = "agenda"
        projection = IncludeProjection(["document", "revision"])

    assignee = UnicodeAttribute(hash_key=True)
    due = UnicodeAttribute(range_key=True)


class TaskItem(ToldItem):
    revision = NumberAttribute(null=True)
    assignee = UnicodeAttribute(null=True)
    due = UnicodeAttribute(null=True)
    agenda = AgendaIndex()


class DynamoWork:
    def __init__(self, table: str):
        self._runs = bound(RunItem, table)
        self._tasks = bound(TaskItem, table)

    def put_task(self, task: Task) -> bool:
        model, what = self._tasks, f"a task of account {task.account_id!r}"
        item = model(task.account_id, _TASK + task.task_id)
        document = encoded(_task_document(task), what)
        actions = [model.document.set(document), model.revision.set(1), *self._beside(task)]
        with translated(f"writing {what}"):
            return write(item, actions, model.account_id.does_not_exist()) is None

    def change_task(self, task: Task) -> Task:
        item_id, content = _stored_as(task)
        item = self._tasks(task.account_id, item_id)
        revision = put_told(item, task.facts.revision, content, self._beside(task))
        return replace(task, facts=replace(task.facts, revision=revision))

    def change_tasks(self, tasks: Sequence[Task]) -> list[Task | Conflict | RejectedInput]:
        at_once = [task for task in tasks if not _has_no_revision(task)]
        outcomes = iter(put_many_told(self._tasks, at_once, _stored_as, _on_agenda))
        return [self._tried(task) if _has_no_revision(task) else next(outcomes) for task in tasks]

    def _beside(self, task: Task) -> list[Action]:
        paths = {"assignee": self._tasks.assignee, "due": self._tasks.due}
        return [
            paths[name].remove() if text is None else paths[name].set(text)
            for name, text in _on_agenda(task).items()
        ]

    def _tried(self, task: Task) -> Task | Conflict | RejectedInput:
        try:
            return self.change_task(task)
        except (Conflict, RejectedInput) as error:
            return error

    def remove_task(self, task: Task) -> None:
        remove_told(self._tasks(task.account_id, _TASK + task.task_id), task.facts.revision)

    def put_run(self, run: PlayRun) -> bool:
        return self._write_run(replace(run, revision=0), self._runs.account_id.does_not_exist()) is None

    def change_run(self, run: PlayRun) -> PlayRun:
        stored = self._write_run(run, self._runs.revision == run.revision)
        if stored:
            raise Conflict(
                f"run {run.run_id!r} of account {run.account_id!r} was at revision {run.revision} "
                f"and is at {stored.revision} now"
            )
        return replace(run, revision=run.revision + 1)

    def _write_run(self, run: PlayRun, condition: Condition) -> RunItem | None:
        model, what = self._runs, f"run {run.run_id!r} of account {run.account_id!r}"
        document = encoded(_run.dump_python(run, mode="json", exclude={"revision"}), what)
        actions = [model.document.set(document), model.revision.set(run.revision + 1)]
        with translated(f"writing {what}"):
            return write(model(run.account_id, _RUN + run.run_id), actions, condition)

    def run(self, account_id: str, run_id: str) -> PlayRun | None:
        with translated(f"reading run {run_id!r} of account {account_id!r}"):
            item = read(self._runs, account_id, _RUN + run_id)
        return _run_of(item) if item else None

    def tasks(self, account_id: str | None = None) -> Iterator[Task]:
        if account_id is not None:
            return map(_task, of_account(self._tasks, account_id, _TASK))
        return self._all_tasks()

    def _all_tasks(self) -> Iterator[Task]:
        model = self._tasks
        with translated("reading tasks"):
            yield from map(_task, model.scan(model.item_id.startswith(_TASK), consistent_read=True))

    def agenda(self, assignee: str) -> Iterator[Task]:
        if not assignee:  # no key of an index
            return
        with translated("reading an agenda"):
            yield from map(_task, self._tasks.agenda.query(assignee.lower()))

    def tasks_of(self, account_id: str, task_ids: Sequence[str]) -> dict[str, Task]:
        found = map(_task, of_ids(self._tasks, account_id, _TASK, task_ids))
        return {task.task_id: task for task in found}

    def runs(self, account_id: str | None = None) -> Iterator[PlayRun]:
        model = self._runs
        of_runs = model.item_id.startswith(_RUN)
        with translated("reading play runs" + (f" of account {account_id!r}" if account_id else "")):
            if account_id is None:
                yield from map(_run_of, model.scan(of_runs, consistent_read=True))
            else:
                yield from map(_run_of, model.query(account_id, of_runs, consistent_read=True))


def _run_of(item: RunItem) -> PlayRun:
    """One of before plays had steps has no revision: it is over, and is never changed."""
    return _run.validate_python({**json.loads(item.document), "revision": int(item.revision or 0)})


def _has_no_revision(task: Task) -> bool:
    """Whether it is one of before tasks had facts, as far as anybody knows: all of those are of plays."""
    return task.facts.revision == 0 and task.play != ""


def _stored_as(task: Task) -> tuple[str, dict[str, Any]]:
    return _TASK + task.task_id, _task_document(task)


def _on_agenda(task: Task) -> dict[str, str | None]:
    """The key of the index; that of a task without a day comes after all days."""
    if not (task.is_open and task.assignee):
        return {"assignee": None, "due": None}
    return {"assignee": task.assignee.lower(), "due": (task.due_date or date.max).isoformat()}


def _task_document(task: Task) -> dict[str, Any]:
    """What it is by default is left out, but for what code of before asks for."""
    always = {"play": task.play, "reason": task.reason}
    after = _post_completion.dump_python(task.post_completion, mode="json")
    more = _whole.dump_python(task, mode="json", exclude=_SAID_ALREADY, exclude_defaults=True)
    return {**facts_document(task.facts), **always, "post_completion": after, **more}


def _task(item: TaskItem) -> Task:
    with readable(item):
        content = json.loads(item.document)
        if "values" not in content:
            content = _of_before(content)
        beside = {name: content.pop(name) for name in _BESIDE & content.keys()}
        after = beside["post_completion"]
        if isinstance(after["follow_up"], str):  # of before it could say more
            beside["post_completion"] = {**after, "follow_up": {"title": after["follow_up"]}}
        facts = facts_from(content, item.account_id, int(item.revision or 0))
        task_id = item.item_id.removeprefix(_TASK)
        return _whole.validate_python({**beside, "task_id": task_id, "facts": facts})


def _of_before(content: Mapping[str, Any]) -> dict[str, Any]:
    """The document of today of a task that was stored flat; only plays made tasks then."""
    told = {
        "Title": content["title"],
        "Description": content["description"],
        "Assignee": content["assignee"],
        "Due Date": {"date": content["due_date"]},
        "Priority": content["priority"],
        "Flow": content["flow"],
        "Effort": content["effort"],
        "Status": content["status"],
    }
    source = f"play:{content['play']}"
    return {
        "values": {name: value for name, value in told.items() if value != ""},
        "provenance": {"source": source, "observed_at": content["created_at"]},
        "created_at": content["created_at"],
        "created_by": source,
        "changed_by": source,
        **{name: content[name] for name in ("play", "reason", "post_completion")},
    }
