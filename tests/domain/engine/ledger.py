"""What has to come of everything that happens, by a model that knows nothing of how the engine goes about it.

It hears of what was looked at, launched and sent, and keeps what follows: who passed which border how often,
and of each play and passage whether it has to act, may act (it was interrupted, or overtaken) or must not.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from keepwell.accounts import Facts
from keepwell.deliveries import Delivery
from keepwell.people import Person
from tests.domain.engine.company import Receiver, Witness
from tests.domain.engine.rulebook import DOES, EIGHT, LATE, MANAGERS, NINETEEN, OWNER, ROTA, inside

if TYPE_CHECKING:
    from tests.domain.engine.company import Company


class Word(StrEnum):
    """What is known of a play at a passage."""

    BEGUN = "begun"
    """A launch met it, and may have ended before it was done."""
    ACTED = "acted"
    NOTHING = "nothing"
    """It was over before any launch met it."""


@dataclass
class Passed:
    """One border crossed once. `disturbed` are the plays that were out of service at any time since, `over`
    says that it was crossed the other way again, `called_off_at` since when nothing of it may begin."""

    account_id: str
    about: str
    number: int
    way: str
    cause: str
    words: dict[str, Word] = field(default_factory=dict)
    met_at: dict[str, datetime] = field(default_factory=dict)
    disturbed: set[str] = field(default_factory=set)
    over: bool = False
    called_off_at: datetime | None = None

    @property
    def id(self) -> str:
        return f"{self.account_id}/{self.about}/{self.number}/{self.way}"

    @property
    def of_person(self) -> bool:
        return "/" in self.about

    def plays(self) -> Iterator[str]:
        segment = self.about.partition("/")[0]
        return (name for name, does in DOES.items() if (does.of, does.way) == (segment, self.way))

    def must(self, play: str) -> bool:
        """Whether the play has to have acted, once everything is quiet."""
        word = self.words.get(play)
        undisturbed = not self.over and play not in self.disturbed
        return word is Word.ACTED or (word is not Word.NOTHING and undisturbed)

    def must_not(self, play: str) -> bool:
        word = self.words.get(play)
        return word is Word.NOTHING or (word is None and not self.must(play))


class Ledger(Witness):
    def __init__(self) -> None:
        self.company: Company | None = None
        self.passed: dict[str, Passed] = {}
        self.within: dict[tuple[str, str], tuple[bool, int]] = {}
        self.out_of_service: set[str] = set()
        self.discarded: set[str] = set()
        self.failing: set[str] = set()
        self.closed_at: dict[tuple[str, str], datetime] = {}
        self.sent_again: set[str] = set()
        self.managers: dict[str, str] = {}
        self.seen: dict[str, str] = {}
        self.unseen: set[str] = set()
        self.exiting: set[str] = set()
        self.meeting: dict[str, set[str]] = {}

    # What is heard.

    def is_told(self, account_id: str, manager: str) -> None:
        """Who is the success manager now; the one before may have been so without that anybody looked."""
        told = self.managers.get(account_id, manager)
        if manager != told != self.seen.get(account_id, told):
            self.unseen.add(account_id)
        self.managers[account_id] = manager

    def looked_at(self, account_id: str, facts: Facts) -> None:
        self.seen[account_id] = str(facts.values.get("Success Manager"))
        for segment, is_inside in inside(facts.values).items():
            self._crosses(account_id, segment, facts.changed_by, is_inside=is_inside)

    def looked_at_person(self, person: Person) -> None:
        told = person.facts.values.get("Key Contact") is True
        self._crosses(person.account_id, f"key/{person.user_id}", "", is_inside=told)

    def _crosses(self, account_id: str, about: str, cause: str, *, is_inside: bool) -> None:
        was_inside, number = self.within.get((account_id, about), (False, 0))
        if is_inside == was_inside:
            return
        number += is_inside
        self.within[account_id, about] = is_inside, number
        passed = Passed(account_id, about, number, "entered" if is_inside else "exited", cause)
        passed.disturbed = set(self.out_of_service)
        if cause in self.discarded:
            passed.disturbed |= {play for play in passed.plays() if DOES[play].limited}
        self.passed[passed.id] = passed
        if not is_inside:
            self.passed[f"{account_id}/{about}/{number}/entered"].over = True

    def applied(self, out_of_service: set[str]) -> None:
        self.out_of_service = out_of_service
        for passed in self.passed.values():
            passed.disturbed |= out_of_service

    def discards(self, causes: set[str]) -> None:
        """What the brake held of these causes is dropped; what had passed before was done."""
        self.discarded = causes
        for passed in self.passed.values():
            if passed.cause in causes:
                passed.disturbed |= {play for play in passed.plays() if DOES[play].limited}

    def launches(self, account_id: str) -> None:
        waiting = self._waiting(account_id)
        self.meeting = {each.id: set(each.plays()) - self.out_of_service for each in waiting}
        for passed in waiting:
            self._meets(passed)

    def ticks(self) -> None:
        assert self.company is not None
        self.exiting = set()
        for passed in self.passed.values():
            if passed.of_person:
                self._meets(passed)
                if passed.way == "exited" and self.company.wakes.get(f"start/{passed.id}"):
                    self.exiting.add(passed.id)

    def ticked(self) -> None:
        """A tick ended well: of an exit that it was woken for, what had begun on the entry is called off."""
        assert self.company is not None
        for passed in (self.passed[id_] for id_ in self.exiting):
            if not self.company.wakes.get(f"start/{passed.id}"):
                entry = self.passed[f"{passed.account_id}/{passed.about}/{passed.number}/entered"]
                entry.called_off_at = entry.called_off_at or self.now

    def _meets(self, passed: Passed) -> None:
        for play in set(passed.plays()) - self.out_of_service:
            dropped = DOES[play].limited and passed.cause in self.discarded
            past = passed.over and passed.way == "entered"
            if play not in passed.words:
                passed.words[play] = Word.NOTHING if past or dropped else Word.BEGUN
                passed.met_at[play] = self.now

    def launched(self, account_id: str) -> None:
        """A launch ended well: what it met has acted, unless the brake may hold it."""
        met = {id_: plays for id_, plays in self.meeting.items() if id_.startswith(f"{account_id}/")}
        for passed in (self.passed[id_] for id_ in met):
            is_over = passed.over and passed.way == "entered"
            for play in met[passed.id]:
                if passed.words[play] is Word.BEGUN and not is_over and not DOES[play].limited:
                    passed.words[play] = Word.ACTED
            if passed.way == "exited":
                entry = self.passed[f"{account_id}/{passed.about}/{passed.number}/entered"]
                entry.called_off_at = entry.called_off_at or self.now

    def tried(self, delivery: Delivery, receiver: Receiver) -> None:
        if receiver != "well":
            self.failing.add(delivery.delivery_id)
        keeps_manners = delivery.to in TEAM and not delivery.subject.startswith(ESCALATION)
        if keeps_manners and not EIGHT <= self.now.time() < NINETEEN:
            raise AssertionError(f"D6: {delivery.subject} to {delivery.to} at {self.now}")
        passed = self.passed.get(delivery.transition_id)
        if delivery.delivery_id in self.sent_again:
            return
        if passed and passed.called_off_at and is_of_play(delivery) and delivery.subject != LATE:
            raise AssertionError(f"T3: {delivery.subject} of {passed.id} was called off, and is sent")

    # What is known.

    @property
    def now(self) -> datetime:
        assert self.company is not None
        return self.company.now

    def _known(self, account_id: str) -> Iterator[Passed]:
        """The passages of an account itself, which launches answer."""
        return (each for each in self.passed.values() if each.account_id == account_id and not each.of_person)

    def _waiting(self, account_id: str) -> list[Passed]:
        """Those that a launch finds on the list."""
        assert self.company is not None
        ids = {each.id for each in self.company.accounts.pending_of(account_id)}
        return [each for each in self._known(account_id) if each.id in ids]


TEAM = (OWNER, *MANAGERS, *ROTA)
ESCALATION = "Not done in time"
NOTICES = ("New task", "Back on your agenda", ESCALATION)


def is_of_play(delivery: Delivery) -> bool:
    """Whether a message is a play's own: no notice of a task, and no escalation."""
    return bool(delivery.play) and not delivery.subject.startswith(NOTICES)
