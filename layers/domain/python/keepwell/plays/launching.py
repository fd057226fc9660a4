"""Launching plays: carrying out what a transition asks for, once, and recording that it was done."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from keepwell.deliveries import Channel, Delivery
from keepwell.errors import Conflict
from keepwell.playbook import Playbook
from keepwell.plays.context import Render
from keepwell.plays.effects import Occasion
from keepwell.plays.play import PlayState
from keepwell.ports import Accounts, Deliveries, Queue, Work
from keepwell.tasks import PlayRun, Task

ATTEMPTS = 5


@dataclass(frozen=True)
class Launch:
    """What a play did for one transition; a shadow play's run tells what it would have done."""

    run: PlayRun
    tasks: tuple[Task, ...]
    deliveries: tuple[Delivery, ...]


@dataclass(frozen=True)
class Launcher:
    """Launches the pending transitions of accounts."""

    accounts: Accounts
    work: Work
    deliveries: Deliveries
    queues: Mapping[Channel, Queue]
    render: Render

    def launch_pending(self, account_id: str, playbook: Playbook, now: datetime) -> list[Launch]:
        """Launch what waits in an account's standing, then take it off the list; what was launched now.

        A crash at any point is repaired by calling it again: ids are derived and stores are conditional.
        """
        account = self.accounts.get(account_id)
        if account is None or account.standing is None:
            return []
        launches = []
        for transition in account.standing.pending:
            for play in playbook.answers(transition):
                occasion = Occasion(play, transition, account, playbook, self.render, now)
                if not self.work.has_run(account_id, occasion.run_id):
                    launches.append(self._launch(occasion))
        self._acknowledge(account_id, {transition.id for transition in account.standing.pending})
        return launches

    def _launch(self, occasion: Occasion) -> Launch:
        """Tasks, then each delivery's row before its message, and the run's row last: it ends repetition."""
        launch = plan_launch(occasion)
        for task in launch.tasks:
            self.work.put_task(task)
        for delivery in launch.deliveries:
            self.deliveries.add(delivery)
            self.queues[delivery.channel].send([{"delivery_id": delivery.delivery_id}])
        self.work.put_run(launch.run)
        return launch

    def _acknowledge(self, account_id: str, done: set[str]) -> None:
        """Take launched transitions off the standing, leaving any that came in the meantime."""
        for _ in range(ATTEMPTS):
            account = self.accounts.get(account_id)
            if account is None or account.standing is None:
                return
            left = tuple(t for t in account.standing.pending if t.id not in done)
            if left == account.standing.pending:
                return
            try:
                self.accounts.put_standing(replace(account.standing, pending=left))
            except Conflict:
                continue
            return
        raise Conflict(f"the standing of account {account_id} kept changing while its plays were launched")


def plan_launch(occasion: Occasion) -> Launch:
    """Everything a play does for one transition, as values."""
    tasks, deliveries = occasion.tasks(), occasion.deliveries()
    shadow = occasion.play.state is PlayState.SHADOW
    run = PlayRun(
        run_id=occasion.run_id,
        account_id=occasion.account.account_id,
        play=occasion.play.id,
        transition_id=occasion.transition.id,
        shadow=shadow,
        at=occasion.now,
        playbook=occasion.playbook.version,
        outcomes=(
            *(f"task {task.task_id} for {task.assignee}: {task.title}" for task in tasks),
            *(f"{d.channel} {d.delivery_id} to {d.to}" for d in deliveries),
        ),
    )
    return Launch(run, () if shadow else tasks, () if shadow else deliveries)
