"""Carrying out what was planned: every effect, then what goes on with the run, then the run's row.

A crash at any point is repaired by doing it again: ids are derived and stores are conditional, and as long as
the row does not say that it is done it is to be done.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, replace
from datetime import datetime

from keepwell.accounts import Account, Change, Facts, merge
from keepwell.assignment.notices import Notices
from keepwell.deliveries import Channel, Delivery, DeliveryState, cancel
from keepwell.errors import Conflict, RejectedInput
from keepwell.noise.manners import Manners
from keepwell.noise.repeating import Renewal
from keepwell.plays.changing import outdone
from keepwell.plays.effects import Occasion
from keepwell.plays.passing_over import is_over
from keepwell.plays.planning import KEPT, Effect, Launch, in_words, new_run, whole
from keepwell.plays.steps import Agenda, deeds_before_waiting
from keepwell.ports import (
    Accounts,
    Control,
    Deliveries,
    History,
    People,
    Queue,
    Team,
    Touchpoints,
    Wakes,
    Work,
)
from keepwell.tasks import PlayRun, RunState, Task
from keepwell.tasks.changing import TaskBook
from keepwell.tasks.wakes import add_task
from keepwell.touchpoints import Touchpoint, contacted

ATTEMPTS = 5


@dataclass(frozen=True)
class Hands:
    """The stores that plays act on."""

    accounts: Accounts
    work: Work
    deliveries: Deliveries
    touchpoints: Touchpoints
    wakes: Wakes
    queues: Mapping[Channel, Queue]
    team: Team
    history: History
    control: Control
    people: People | None = None

    @property
    def notices(self) -> Notices:
        stores = (self.accounts, self.work, self.team, self.deliveries)
        return Notices(*stores, self.queues, self.wakes, self.control)

    def begin(self, launch: Launch, occasion: Occasion, before: PlayRun | None) -> Launch:
        """Store that a run has begun, by which playbook, and what it found, such as what its conditions said,
        before anything is done by it: a repetition goes the same way, whatever has changed. A run that does
        nothing, such as a shadow's, needs none of that. Raises Conflict where another launch was faster."""
        known = before.steps if before else ()
        found = [step for step in launch.run.steps if step.outcome in KEPT and step not in known]
        acts = launch.run.fired and not launch.run.shadow
        if not acts or not (found or (before is None and (launch.effects or launch.wake))):
            return launch
        run = before or replace(new_run(occasion), state=RunState.GOING, transition=occasion.transition)
        begun = replace(run, steps=(*known, *found))
        if before is None and not self.work.put_run(begun):
            raise Conflict(f"run {run.run_id} of account {run.account_id} was begun by another launch")
        revision = self.work.change_run(begun).revision if before else 1
        return replace(launch, run=replace(launch.run, revision=revision))

    def carry_out(self, launch: Launch, occasion: Occasion, agenda: Agenda | None = None) -> Launch:
        """Every effect, and the wake; then the run tells what of it came true. `agenda` is what the launch
        was planned of, where that is not the whole play."""
        undone: dict[str, str] = {}
        held: list[str] = []
        mailed = set(_mailed_now(launch.effects))
        for effect in launch.effects:
            try:
                if isinstance(effect, Task):
                    held += self._ask(effect, occasion, mailed)
                else:
                    undone |= self._do(effect, occasion)
            except RejectedInput as problem:
                undone |= dict.fromkeys(in_words(effect), str(problem))
        if launch.wake:
            self.wakes.add(launch.wake)
        done = (*launch.run.outcomes, *held)
        if not launch.run.fired:
            done = (*done, *self.done_before(launch, occasion, agenda or whole(occasion.play)))
        run = replace(
            launch.run,
            outcomes=tuple(line for line in done if line not in undone),
            problems=tuple(dict.fromkeys([*launch.run.problems, *undone.values()])),
        )
        return replace(launch, run=run)

    def done_before(self, launch: Launch, occasion: Occasion, agenda: Agenda) -> tuple[str, ...]:
        """What of an agenda a launch that was interrupted did before: its tasks, and the messages that had
        left or were leaving."""
        if launch.run.shadow:
            return ()
        made = {
            task_id
            for place, deeds in deeds_before_waiting(agenda)
            for task_id in replace(occasion, place=place).task_ids(deeds)
        }
        tasks = [task for task in self.work.tasks(launch.run.account_id) if task.task_id in made]
        messages = [self.deliveries.get(e.delivery_id) for e in launch.effects if isinstance(e, Delivery)]
        left = [each for each in messages if each and each.state is not DeliveryState.CANCELLED]
        done: list[Effect] = [*tasks, *left]
        return tuple(line for effect in done for line in in_words(effect))

    def call_off(self, messages: tuple[Delivery, ...], manners: Manners, now: datetime) -> None:
        """Store messages that are cancelled; those that are there already are cancelled there, and their
        receivers hear of the tasks beside them."""
        for message in messages:
            if self.deliveries.add(message):
                continue
            found = cancel(message.delivery_id, self.deliveries, now, message.attempts[-1].outcome)
            if found is not None:
                self.notices.tell_instead(found, manners, now)

    def _do(self, effect: Renewal | Delivery | Change | Touchpoint, occasion: Occasion) -> dict[str, str]:
        """Carry out an effect; which of its words did not come true, and why. Of a delivery the row comes
        before the message; one called off is called off also where its row is there already."""
        if isinstance(effect, Renewal):
            self._renew(effect, occasion)
        elif isinstance(effect, Change):
            return self._change_facts(effect, occasion)
        elif isinstance(effect, Touchpoint):
            self._log(effect, occasion)
        elif effect.held_until:
            self.notices.send(effect, occasion.now)
        elif effect.open:
            if not self.deliveries.add(effect) and (found := self.deliveries.get(effect.delivery_id)):
                now_is = replace(effect, state=found.state, withdrawn=found.withdrawn)
                self.notices.tell_instead(now_is, occasion.playbook.manners, occasion.now)
            self.queues[effect.channel].send([{"delivery_id": effect.delivery_id}])
        else:
            self.call_off((effect,), occasion.playbook.manners, occasion.now)
        return {}

    def _ask(self, task: Task, occasion: Occasion, mailed: Set[str]) -> tuple[str, ...]:
        """Store a task, and tell whose it is, unless the play has just `mailed` them; in words, if that has
        to wait. One that is there already is told of as it is now."""
        if not add_task(task, self.work, self.wakes):
            task = self.work.tasks_of(task.account_id, [task.task_id]).get(task.task_id, task)
        spared = task.assignee.casefold() in mailed
        notice = self.notices.tell(task, occasion.playbook.manners, occasion.now, spared=spared)
        held = in_words(notice) if notice and notice.put_off else ()
        return tuple(f"notice of {task.task_id}, {line}" for line in held)

    def _renew(self, renewal: Renewal, occasion: Occasion) -> None:
        """Bring a task up to date. Its assignee knows of it and is not told."""
        now, task = occasion.now, renewal.found
        TaskBook(self.work, self.history).change(
            task,
            "asked for again",
            f"play:{occasion.play.id}",
            now,
            lambda found: renewal.brought_up_to_date(found, now),
        )

    def _change_facts(self, change: Change, occasion: Occasion) -> dict[str, str]:
        """An account that is gone takes with it what was to change; one that has left in the meantime keeps
        what it has, since its exit may be launched already (T3)."""
        if occasion.transition.user_id:
            return self._tag_person(change, occasion)
        catalogue, over = occasion.playbook.catalogue, ""

        def changed(account: Account) -> Facts | None:
            nonlocal over
            over = is_over(occasion, account)
            return None if over else merge(account.facts, change, catalogue)

        after = self._write_facts(occasion, changed, "a play was to change them")
        if over:
            return dict.fromkeys(in_words(change), over)
        return outdone(change, after, catalogue) if after else {}

    def _tag_person(self, change: Change, occasion: Occasion) -> dict[str, str]:
        """The same of a play of users: what it changes is the person's."""
        assert self.people is not None, "plays of users are launched where people are known"
        account_id, user_id = occasion.account.account_id, occasion.transition.user_id
        for _ in range(ATTEMPTS):
            person = self.people.people_of(account_id, [user_id]).get(user_id)
            if over := is_over(replace(occasion, person=person)):
                return dict.fromkeys(in_words(change), over)
            assert person is not None
            facts = merge(person.facts, change, occasion.playbook.user_catalogue)
            if facts is None:
                return {}
            try:
                self.people.put(replace(person, facts=facts))
            except Conflict:
                continue
            return {}
        raise Conflict(f"user {user_id} of account {account_id} kept changing while a play was to change it")

    def _log(self, touchpoint: Touchpoint, occasion: Occasion) -> None:
        """The touchpoint, then the days of contact that it moves."""
        if not self.touchpoints.touchpoints_of(touchpoint.account_id, [touchpoint.touchpoint_id]):
            self.touchpoints.put(touchpoint)
        cause = occasion.transition.cause or occasion.run_id

        def touched(account: Account) -> Facts | None:
            catalogue = occasion.playbook.catalogue
            after = contacted(account.facts, [touchpoint], cause, occasion.day, catalogue)
            return after and replace(after, depth=occasion.transition.depth + 1)

        self._write_facts(occasion, touched, "a touchpoint was logged")

    def _write_facts(
        self, occasion: Occasion, change: Callable[[Account], Facts | None], why: str
    ) -> Facts | None:
        """The facts after a change, None if the account is gone. They are read anew, since another play may
        have changed them just before."""
        account_id = occasion.account.account_id
        for _ in range(ATTEMPTS):
            account = self.accounts.get(account_id)
            if account is None:
                return None
            changed = change(account)
            try:
                return self.accounts.put_facts(changed) if changed else account.facts
            except Conflict:
                continue
        raise Conflict(f"the facts of account {account_id} kept changing while {why}")


def _mailed_now(effects: Iterable[Effect]) -> Iterator[str]:
    """Whom mails go to at once. Those that wait for a morning or a digest an exit may still call off, while
    the tasks beside them stay."""
    mails = (each for each in effects if isinstance(each, Delivery) and each.channel is Channel.EMAIL)
    yield from (mail.to.casefold() for mail in mails if mail.open and not mail.held_until)
