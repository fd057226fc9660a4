"""The twin of tasks and play runs."""

from collections.abc import Iterator

from keepwell.in_memory.shelves import add
from keepwell.tasks import PlayRun, Task


class InMemoryWork:
    def __init__(self) -> None:
        self._tasks: dict[tuple[str, str], Task] = {}
        self._runs: dict[tuple[str, str], PlayRun] = {}

    def put_task(self, task: Task) -> bool:
        return add(self._tasks, (task.account_id, task.task_id), task)

    def put_run(self, run: PlayRun) -> bool:
        return add(self._runs, (run.account_id, run.run_id), run)

    def run(self, account_id: str, run_id: str) -> PlayRun | None:
        return self._runs.get((account_id, run_id))

    def tasks(self, account_id: str | None = None) -> Iterator[Task]:
        for (owner, _), task in sorted(self._tasks.items()):
            if account_id in (None, owner):
                yield task

    def runs(self, account_id: str) -> Iterator[PlayRun]:
        return iter([run for (owner, _), run in sorted(self._runs.items()) if owner == account_id])
