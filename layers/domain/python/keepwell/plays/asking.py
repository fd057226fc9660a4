"""What the conditions of a play's steps are asked of: the account as it is when the step is taken."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from keepwell.accounts import Account
from keepwell.criteria.knowing import NO_TRAIL, Moment
from keepwell.directory import Directory
from keepwell.evaluation import Evaluation, evaluate
from keepwell.people import Person, values_of
from keepwell.playbook import Playbook
from keepwell.population import NO_POPULATION, Population
from keepwell.segments.users import decide_people
from keepwell.standings import Membership


def _nothing_known() -> Population:
    return NO_POPULATION


@dataclass(frozen=True)
class Asking:
    """What an account is compared with, and who is at it; without them conditions know less."""

    population: Callable[[], Population] = _nothing_known
    directory: Directory | None = None

    def moment_of_person(self, person: Person, account: Account, playbook: Playbook, now: datetime) -> Moment:
        """What segments of users read of a person, with the days of use."""
        day = now.astimezone(playbook.time_zone).date()
        return Moment(values_of(self._with_use(person, account), day), day, NO_TRAIL)

    def moment(self, account: Account, playbook: Playbook, now: datetime) -> Moment:
        """All that a condition may read, decided as `evaluate` decides it."""
        found = self._evaluation(account, playbook, now)
        return Moment(found.values, found.day, found.past)

    def membership(
        self, segment: str, account: Account, person: Person | None, playbook: Playbook, now: datetime
    ) -> Membership | None:
        """What a look now makes of a membership of the account, or of a person there; None where it was never
        inside, or where the playbook has no such segment."""
        if person is not None:
            [decision] = decide_people([self._with_use(person, account)], playbook, now)
            return decision.after.memberships.get(segment)
        crossing = self._evaluation(account, playbook, now).crossings.get(segment)
        return crossing.membership if crossing else None

    def _evaluation(self, account: Account, playbook: Playbook, now: datetime) -> Evaluation:
        if self.directory is not None and playbook.reads_people:
            account = self.directory.with_people(account)
        return evaluate(account, playbook, now, population=self.population())

    def _with_use(self, person: Person, account: Account) -> Person:
        known = self.directory.with_people(account).people or () if self.directory else ()
        return next((each for each in known if each.user_id == person.user_id), person)


UNAIDED = Asking()
