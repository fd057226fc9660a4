"""The twin of tasks and play runs."""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import date

from keepwell.errors import Conflict, RejectedInput
from keepwell.in_memory.shelves import add, one_by_one, put_told, remove_told
from keepwell.tasks import PlayRun, Task


class InMemoryWork:
    def __init__(self) -> None:
        self._tasks: dict[tuple[str, str], Task] = {}
        self._runs: dict[tuple[str, str], PlayRun] = {}

    def put_task(self, task: Task) -> bool:
        stored = replace(task, facts=replace(task.facts, revision=1))
        return add(self._tasks, (task.account_id, task.task_id), deepcopy(stored))

    def change_task(self, task: Task) -> Task:
        return put_told(self._tasks, (task.account_id, task.task_id), task)

    def change_tasks(self, tasks: Sequence[Task]) -> list[Task | Conflict | RejectedInput]:
        return one_by_one(self.change_task, tasks)

    def remove_task(self, task: Task) -> None:
        remove_told(self._tasks, (task.account_id, task.task_id), task)

    def agenda(self, assignee: str) -> Iterator[Task]:
        mine = [t for t in self.tasks() if t.is_open and t.assignee.lower() == assignee.lower() != ""]
        return iter(sorted(mine, key=lambda task: task.due_date or date.max))

    def tasks_of(self, account_id: str, task_ids: Sequence[str]) -> dict[str, Task]:
        keys = {i: (account_id, i) for i in task_ids}
        return deepcopy({i: self._tasks[key] for i, key in keys.items() if key in self._tasks})

    def put_run(self, run: PlayRun) -> bool:
        return add(self._runs, (run.account_id, run.run_id), replace(run, revision=1))

    def change_run(self, run: PlayRun) -> PlayRun:
        stored = self._runs.get((run.account_id, run.run_id))
        if stored is None or stored.revision != run.revision:
            raise Conflict(f"run {run.run_id!r} was changed since revision {run.revision}")
        written = replace(run, revision=run.revision + 1)
        self._runs[run.account_id, run.run_id] = written
        return written

    def run(self, account_id: str, run_id: str) -> PlayRun | None:
        return self._runs.get((account_id, run_id))

    def tasks(self, account_id: str | None = None) -> Iterator[Task]:
        for (owner, _), task in sorted(self._tasks.items()):
            if account_id in (None, owner):
                yield deepcopy(task)

    def runs(self, account_id: str | None = None) -> Iterator[PlayRun]:
        found = sorted(self._runs.items())
        return iter([run for (owner, _), run in found if account_id in (None, owner)])
