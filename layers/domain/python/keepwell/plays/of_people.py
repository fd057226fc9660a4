"""Plays about people at the customer (`of: users`): they answer passages of segments of users."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from keepwell.accounts import Account
from keepwell.deliveries import Delivery
from keepwell.errors import TransientFailure
from keepwell.passages import PASSAGE, passage_of, passage_wake
from keepwell.people import Person
from keepwell.playbook import Playbook
from keepwell.plays.braking import Held
from keepwell.plays.chains import each_once
from keepwell.plays.going_on import NEVER_STORED
from keepwell.plays.launching import Launched, Launcher
from keepwell.ports import People
from keepwell.standings import Passage, Transition
from keepwell.wakes import Purpose, Wake

ASK_AGAIN = timedelta(minutes=10)
"""So often it is looked whether a person has decided about a play that the brake holds."""

FOR_EVER = timedelta(days=36_500)
MOST = 100_000


@dataclass(frozen=True)
class OfPeople:
    """Launches the plays that answer a person's passage; `active` gives the playbook in force."""

    launcher: Launcher
    people: People
    active: Callable[[], Playbook]

    def carry_out(self, wake: Wake, now: datetime) -> None:
        """Launch what answers. For who passed the other way since, or is gone, that does nothing, and calls
        off what a launch that was interrupted left unsent (T3). What the brake holds is asked for again,
        until a person has decided.

        Raises TransientFailure where the passage is not stored with the person yet.
        """
        transition, playbook = passage_of(wake), self.active()
        account, person = self._met(transition)
        if account is None:
            return
        if person is not None and not _has_passed(person, transition):
            if wake.attempts < NEVER_STORED:
                raise TransientFailure(f"the passage {transition.segment} of a person is not stored yet")
            return
        came = Launched()
        cancelled: list[Delivery] = []
        if transition.passage is Passage.EXITED:
            self._end_interrupted(transition, account, person, playbook, now)
            cancelled = self.launcher.calling_off.entry_of(transition, account, playbook, now, person)
        occasions = self.launcher.occasions(transition, account, playbook, now, person)
        if not each_once(occasions, self.launcher.work, self.launcher.answering(came, cancelled)):
            self.launcher.wakes.put(replace(wake, due_at=now + ASK_AGAIN, attempts=0))
        elif transition.playbook != playbook.version:
            self.launcher.calling_off.interrupted_of(transition, playbook, now)

    def _end_interrupted(
        self, exit_: Transition, account: Account, person: Person | None, playbook: Playbook, now: datetime
    ) -> None:
        """The launch of the entry before an exit, if it was interrupted and rests: it calls off what it had
        stored before its run was (T3)."""
        wake = self.launcher.wakes.get(passage_wake(replace(exit_, passage=Passage.ENTERED)).wake_id)
        if wake is not None:
            occasions = self.launcher.occasions(passage_of(wake), account, playbook, now, person)
            each_once(occasions, self.launcher.work, self.launcher.answering(Launched(), ()))

    def held(self, now: datetime) -> Iterator[Held]:
        """The plays that wait for a decision, or whose decision has not been carried out yet."""
        playbook = self.active()
        for wake in self.launcher.wakes.due(now + FOR_EVER, limit=MOST):
            if wake.purpose is Purpose.START and PASSAGE in wake.content:
                transition = passage_of(wake)
                account, person = self._met(transition)
                if account and person and _has_passed(person, transition):
                    occasions = self.launcher.occasions(transition, account, playbook, now, person)
                    yield from self.launcher.held_of(occasions)

    def _met(self, transition: Transition) -> tuple[Account | None, Person | None]:
        account_id, user_id = transition.account_id, transition.user_id
        found = self.people.people_of(account_id, [user_id])
        return self.launcher.accounts.get(account_id), found.get(user_id)


def _has_passed(person: Person, transition: Transition) -> bool:
    """Whether the passage is stored with the person, or a later one."""
    present = person.memberships.get(transition.segment)
    if present is None or present.sequence < transition.sequence:
        return False
    entered = transition.passage is Passage.ENTERED
    return entered or not present.inside or present.sequence > transition.sequence
