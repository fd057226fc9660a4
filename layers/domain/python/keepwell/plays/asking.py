"""What the conditions of a play's steps are asked of: the account as it is when the step is taken."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from keepwell.accounts import Account
from keepwell.criteria.knowing import NO_TRAIL, Moment
from keepwell.directory import Directory
from keepwell.evaluation import evaluate
from keepwell.people import Person, values_of
from keepwell.playbook import Playbook
from keepwell.population import NO_POPULATION, Population


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
        known = self.directory.with_people(account).people or () if self.directory else ()
        found = next((each for each in known if each.user_id == person.user_id), person)
        return Moment(values_of(found, day), day, NO_TRAIL)

    def moment(self, account: Account, playbook: Playbook, now: datetime) -> Moment:
        """All that a condition may read, decided as `evaluate` decides it."""
        if self.directory is not None and playbook.reads_people:
            account = self.directory.with_people(account)
        found = evaluate(account, playbook, now, population=self.population())
        return Moment(found.values, found.day, found.past)


UNAIDED = Asking()
