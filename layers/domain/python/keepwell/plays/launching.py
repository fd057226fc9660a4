"""Launching plays: carrying out what a transition asks for, once, and recording that it was done."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from keepwell.accounts import Account
from keepwell.deliveries import Channel, Delivery
from keepwell.errors import Conflict, RejectedInput
from keepwell.playbook import Playbook
from keepwell.plays.context import Render
from keepwell.plays.effects import Occasion
from keepwell.plays.play import PlayState
from keepwell.ports import Accounts, Deliveries, Queue, Work
from keepwell.standings import Passage, Standing, Transition
from keepwell.tasks import PlayRun, Task

ATTEMPTS = 5

# A launch takes seconds; a transition still pending after this was missed, or no play answers it any more.
OVERDUE = timedelta(minutes=15)


@dataclass(frozen=True)
class Launch:
    """What a play does for one transition; a shadow play's run tells what it would have done."""

    run: PlayRun
    effects: tuple[Task | Delivery, ...]


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

        A crash at any point is repaired by calling it again: ids are derived and stores are conditional. An
        action that cannot be carried out keeps neither the others nor other plays back: its run tells.
        """
        account = self.accounts.get(account_id)
        if account is None or account.standing is None:
            return []
        launches, done = [], set()
        for transition in account.standing.pending:
            plays = playbook.answers(transition)
            for play in plays:
                occasion = Occasion(play, transition, account, playbook, self.render, now)
                if not self.work.has_run(account_id, occasion.run_id):
                    launches.append(self._launch(plan_launch(occasion)))
            if plays or _is_unanswered(transition, playbook, now):
                done.add(transition.id)
        self._acknowledge(account, done)
        return launches

    def _launch(self, launch: Launch) -> Launch:
        """Every effect, then the run's row: it ends repetition."""
        refused = []
        for effect in launch.effects:
            try:
                self._carry_out(effect)
            except RejectedInput as problem:
                refused.append(str(problem))
        run = replace(launch.run, problems=(*launch.run.problems, *refused))
        self.work.put_run(run)
        return replace(launch, run=run)

    def _carry_out(self, effect: Task | Delivery) -> None:
        """Store a task; of a delivery the row before the message."""
        if isinstance(effect, Task):
            self.work.put_task(effect)
        else:
            self.deliveries.add(effect)
            self.queues[effect.channel].send([{"delivery_id": effect.delivery_id}])

    def _acknowledge(self, account: Account, done: set[str]) -> None:
        """Take launched transitions off the standing, leaving any that came in the meantime."""
        found: Account | None = account
        for _ in range(ATTEMPTS):
            if found is None or found.standing is None:
                return
            left = tuple(t for t in found.standing.pending if t.id not in done)
            if left == found.standing.pending:
                return
            try:
                self.accounts.put_standing(replace(found.standing, pending=left))
            except Conflict:
                found = self.accounts.get(account.account_id)
            else:
                return
        raise Conflict(
            f"the standing of account {account.account_id} kept changing while its plays were launched"
        )


def plan_launch(occasion: Occasion) -> Launch:
    """Everything a play does for one transition, as values; what it cannot do is a problem of its run."""
    effects: list[Task | Delivery] = []
    problems: list[str] = []
    over = _is_over(occasion.transition, occasion.account.standing)
    for name, make in () if over else occasion.effects():
        try:
            effects.append(make())
        except RejectedInput as problem:
            problems.append(f"{name}: {problem}")
    shadow = occasion.play.state is PlayState.SHADOW
    run = PlayRun(
        run_id=occasion.run_id,
        account_id=occasion.account.account_id,
        play=occasion.play.id,
        transition_id=occasion.transition.id,
        shadow=shadow,
        at=occasion.now,
        playbook=occasion.playbook.version,
        outcomes=("nothing: the account had left again",) if over else tuple(map(_in_words, effects)),
        problems=tuple(problems),
    )
    return Launch(run, () if shadow else tuple(effects))


def _in_words(effect: Task | Delivery) -> str:
    if isinstance(effect, Task):
        return f"task {effect.task_id} for {effect.assignee}: {effect.title}"
    return f"{effect.channel} {effect.delivery_id} to {effect.to}"


def _is_over(transition: Transition, standing: Standing | None) -> bool:
    """Whether an entry was left again before its plays were launched: an exit cancels them (T3)."""
    present = standing.memberships.get(transition.segment) if standing else None
    if transition.passage is not Passage.ENTERED or present is None:
        return False
    return not present.inside or present.sequence != transition.sequence


def _is_unanswered(transition: Transition, playbook: Playbook, now: datetime) -> bool:
    """Whether no play answers any more. A transition of another playbook is kept for a while: it may be newer
    than the one at hand, whose reader then comes again."""
    return transition.playbook == playbook.version or transition.at <= now - OVERDUE
