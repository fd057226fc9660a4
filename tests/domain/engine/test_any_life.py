"""The whole engine, whatever happens to it: files tell, messages come late, twice and out of order, functions
die at any write, people close, snooze, reassign and decide, plays are edited. Lost actions: 0. Outside,
duplicates only under the same key, which are counted (issue 6, T1 to T8, R1 to R6).
"""

from collections import Counter
from datetime import timedelta

import hypothesis.strategies as st
from hypothesis import HealthCheck, event, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from keepwell.attributes import Value
from keepwell.deliveries import Channel, send_again
from keepwell.deliveries.posts import Endpoints
from keepwell.plays import PlayState
from keepwell.plays.braking import Decision
from keepwell.plays.starting import start_wake
from keepwell.tasks import Contact, Task
from keepwell.team import Licence
from keepwell.wakes import Wake
from tests.domain.any_order import Fate, Mode
from tests.domain.engine import digesting, settling
from tests.domain.engine.company import Company, Receiver
from tests.domain.engine.ledger import Ledger
from tests.domain.engine.rulebook import MANAGERS, ROTA, SM1, SM2

ANN = "ann@example.com"
ACCOUNTS = ("A-1", "A-2", "A-3")
RECEIVERS: tuple[Receiver, ...] = ("well", "well", "down", "refusing", "gone")
SWITCHED = ("flat", "rota", "few", "chase", "welcome")

Fault = tuple[str, int, int] | None
"""How it ends (`before` or `after` a call, or `overtaken`), at which call that writes, and by what."""

faults = st.none() | st.tuples(
    st.sampled_from(("before", "after", "overtaken")), st.integers(0, 15), st.integers(0, 9)
)
accounts, places = st.sampled_from(ACCOUNTS), st.integers(0, 30)

COUNTED = Counter[str]()
"""What all examples came to, for who runs it long."""


class AnyLife(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.ledger = Ledger()
        self.company = self.ledger.company = Company(self.ledger)
        self.drops = 0
        self.woken: list[Wake] = []
        self.asked: dict[str, bool] = {}
        self.given: set[str] = set()
        self.undecided = True

    def fate(self, fault: Fault) -> Fate | None:
        if fault is None:
            return None
        mode, place, by = fault
        COUNTED[f"faults {mode}"] += 1
        return Fate(place, mode, lambda: self._meanwhile(by))  # type: ignore[arg-type]

    def _meanwhile(self, by: int) -> None:
        if by < 3:
            self.company.tick()
        else:
            self.company.receive([by], again=by % 2 == 0)

    @initialize()
    def all_are_well(self) -> None:
        """Three accounts are there, and somebody has looked at them."""
        for account_id in ACCOUNTS:
            self.ledger.is_told(account_id, MANAGERS[0])
            self.company.tell(account_id, "drop-0", active_users=50, success_manager=MANAGERS[0])
        self.company.receive_all()

    # What files tell.

    @rule(
        told=st.dictionaries(accounts, st.sampled_from((5, 5, 5, 50)), min_size=1),
        tickets=st.sampled_from((0, 9)),
        manager=st.sampled_from((MANAGERS[0], *MANAGERS)),
        promptly=st.sampled_from((0, 1, 2, 2)),
    )
    def file_tells(self, told: dict[str, int], tickets: int, manager: str, promptly: int) -> None:
        """Of active users, tickets and who is the success manager; what follows comes as `promptly`."""
        self.drops += 1
        self.company.now += timedelta(minutes=1)
        for account_id, users in told.items():
            self.ledger.is_told(account_id, manager)
            values: dict[str, Value] = {"open_ticket_count": tickets, "success_manager": manager}
            self.company.tell(account_id, f"drop-{self.drops}", **values, active_users=users)
        for _ in range(promptly):
            self.company.receive_all()

    @rule(account_id=accounts, user_id=st.sampled_from(("u1", "u2")), is_key=st.booleans())
    def file_tells_of_people(self, account_id: str, user_id: str, is_key: bool) -> None:
        self.drops += 1
        self.company.now += timedelta(seconds=20)
        self.company.tell_of_person(account_id, user_id, f"drop-{self.drops}", key_contact=is_key)

    @rule(account_id=accounts, place=st.integers(1, 12), mode=st.sampled_from(("before", "after")))
    def person_leaves_while_answered(self, account_id: str, place: int, mode: Mode) -> None:
        """The tick that answers an entry dies, and the next one finds that the person has left."""
        for is_key, fate in ((True, Fate(place, mode)), (False, None)):
            self.file_tells_of_people(account_id=account_id, user_id="u1", is_key=is_key)
            self.company.receive_all()
            self.company.tick(fate)
        self.company.receive_all()

    # What functions do.

    @rule(batch=st.lists(places, min_size=1, max_size=5), fault=faults, again=st.booleans())
    def batch_comes(self, batch: list[int], fault: Fault, again: bool) -> None:
        """Any messages in any order; it may come again, though it was handled well."""
        self.company.receive(batch, self.fate(fault), again=again)

    @rule(fault=faults)
    def everything_arrives(self, fault: Fault) -> None:
        self.company.receive_all(self.fate(fault))

    @rule(hours=st.sampled_from((0, 0.1, 1, 5, 25, 49)), fault=faults)
    def time_passes(self, hours: float, fault: Fault) -> None:
        """And the minute tick comes."""
        self.company.now += timedelta(hours=hours)
        self._remember()
        self.company.tick(self.fate(fault))

    @precondition(lambda self: self.woken)
    @rule(which=places, fault=faults)
    def wake_comes_again(self, which: int, fault: Fault) -> None:
        COUNTED["wakes again"] += 1
        self.company.wake_again(self.woken[which % len(self.woken)], self.fate(fault))

    @precondition(lambda self: any(kind in ("email", "webhook") for kind, _ in self.company.in_flight))
    @rule(which=places, mode=st.sampled_from(("before", "after")), place=st.integers(0, 4))
    def sender_dies(self, which: int, mode: Mode, place: int) -> None:
        """Around the moment at which a message leaves the house."""
        flying = self.company.in_flight
        messages = [n for n, (kind, _) in enumerate(flying) if kind in ("email", "webhook")]
        COUNTED[f"faults {mode}"] += 1
        self.company.receive([messages[which % len(messages)]], Fate(place, mode))

    @rule(fault=faults)
    def sweep_comes(self, fault: Fault) -> None:
        self.company.now += timedelta(minutes=20)
        self.company.sweep(self.fate(fault))

    @rule(receiver=st.sampled_from(RECEIVERS))
    def receivers_are(self, receiver: Receiver) -> None:
        self.company.receiver = receiver

    # What people do.

    @precondition(lambda self: self._open_tasks())
    @rule(which=places, what=st.sampled_from(("close", "close", "cancel", "snooze", "comment")), fault=faults)
    def person_acts_on_task(self, which: int, what: str, fault: Fault) -> None:
        tasks, company = self._open_tasks(), self.company
        task, now, book = tasks[which % len(tasks)], company.now, company.playbook
        contact = Contact("Call", "They renew", "", now.date())
        deeds = {
            "close": lambda: company.closer.close(task, "Done", ANN, now, book, contact),
            "cancel": lambda: company.closer.cancel(task, "They left", ANN, now, book),
            "comment": lambda: company.book.comment(task, f"note {which}", ANN, now),
            "snooze": lambda: company.snoozer.snooze(
                task, now.date() + timedelta(days=2), "Wait", ANN, now, book
            ),
        }
        company.acts(deeds[what], self.fate(fault))
        self._see_what_closed()

    @precondition(lambda self: self._open_tasks())
    @rule(which=places, to=st.sampled_from((ANN, ROTA[1], "Success Manager", "pool:rota")), fault=faults)
    def person_hands_task_over(self, which: int, to: str, fault: Fault) -> None:
        tasks, company = self._open_tasks(), self.company
        task = tasks[which % len(tasks)]
        self.given.add(task.task_id)
        company.acts(
            lambda: company.hand_over.assign(task, to, ANN, company.now, company.playbook),
            self.fate(fault),
        )

    @rule(account_id=accounts, request=st.integers(0, 3), fault=faults)
    def person_starts_play(self, account_id: str, request: int, fault: Fault) -> None:
        """PLY-18; the same request may come twice."""
        company = self.company
        wake = start_wake("asked", account_id, f"r{request}", ANN, company.now)
        surely = company.acts(lambda: company.launcher.wakes.add(wake), self.fate(fault))
        asked = f"{account_id}/hand:r{request}/1/entered"
        self.asked[asked] = self.asked.get(asked, False) or surely

    @precondition(lambda self: self._held())
    @rule(decision=st.sampled_from(Decision), which=places, fault=faults)
    def person_decides_on_held(self, decision: Decision, which: int, fault: Fault) -> None:
        held, company = self._held(), self.company
        cause = held[which % len(held)]
        company.acts(lambda: company.launcher.brake.decide("few", cause, decision, ANN), self.fate(fault))
        self._see_what_was_decided()

    @rule(who=st.sampled_from(ROTA), comes=st.sampled_from(("not", "viewer", "back")))
    def member_comes_or_goes(self, who: str, comes: str) -> None:
        if comes == "not":
            self.company.leave(who)
        else:
            self.company.join(who, Licence.VIEWER if comes == "viewer" else Licence.PRACTITIONER)

    @rule(
        play=st.sampled_from(SWITCHED),
        state=st.sampled_from((PlayState.LIVE, PlayState.LIVE, PlayState.RETIRED)),
        edited=st.booleans(),
    )
    def plays_are_edited(self, play: str, state: PlayState, edited: bool) -> None:
        """A new version of the playbook, in which plays may have other steps, and one be out of service."""
        self.company.apply(edited=edited, **{play: state})
        plays = self.company.playbook.plays
        self.ledger.applied({each.id for each in plays if each.state is not PlayState.LIVE})

    @rule(account_id=accounts, place=st.integers(0, 25), mode=st.sampled_from(("before", "after")))
    def plays_are_edited_while_they_act(self, account_id: str, place: int, mode: Mode) -> None:
        """A launch dies, and what repeats it finds another playbook."""
        for users, fate in ((50, None), (5, Fate(place, mode))):
            self.file_tells(told={account_id: users}, tickets=0, manager=MANAGERS[0], promptly=1)
            self.company.receive_all(fate)
        self.company.apply(edited=self.company.playbook.version not in self.company.edited)
        self.company.receive_all()

    @precondition(lambda self: any(self.company.deliveries.all_failed()))
    @rule(which=places, fault=faults)
    def operator_sends_again(self, which: int, fault: Fault) -> None:
        failed = list(self.company.deliveries.all_failed())
        company, chosen = self.company, failed[which % len(failed)]
        queue = company.launcher.queues[Channel(chosen.channel)]
        self.ledger.sent_again.add(chosen.delivery_id)
        deliveries = company.launcher.deliveries
        company.acts(
            lambda: send_again(chosen.delivery_id, deliveries, queue, company.now, ANN),
            self.fate(fault),
        )

    @rule()
    def operator_mends_endpoint(self) -> None:
        self.company.receiver = "well"
        Endpoints(self.company.control).enable("events", f"by {ANN}")

    # What always holds, and what holds in the end.

    @invariant()
    def nothing_is_asked_twice(self) -> None:
        settling.no_two_are_open(self.company)

    @invariant()
    def nobody_is_interrupted_too_often(self) -> None:
        digesting.caps_were_kept(self.company)

    def teardown(self) -> None:
        if not self.company.accounts.ids():
            return
        company, ledger = self.company, self.ledger
        company.receiver = "well"
        Endpoints(company.control).enable("events", f"by {ANN}")
        self._becomes_quiet(1)
        settling.wakes_are_of_runs(company)
        self._becomes_quiet(3)
        decided = {cause for cause in self._causes() if self._decision(cause) == "released"}
        settling.limits_held(company, ledger, self._causes() - decided)
        for cause in self._causes():
            company.launcher.brake.decide("few", cause, Decision.RELEASED, ANN)
        self._becomes_quiet(40)
        settling.nothing_waits(company)
        settling.every_passage_acted_once(company, ledger)
        settling.steps_were_taken(company, ledger)
        settling.what_people_asked_for(company, self.asked)
        settling.no_two_are_open(company)
        settling.each_task_has_one_owner(company, ledger, self.given)
        settling.pools_add_up(company)
        settling.history_tells_all(company)
        settling.closings_were_settled(company)
        settling.tags_tell_the_truth(company, ledger)
        settling.failures_were_reported(company)
        digesting.caps_were_kept(company)
        COUNTED["digests"] += digesting.digests_tell_the_truth(company, ledger)
        digesting.summaries_tell_once(company)
        twice = settling.outside_is_known_by_key(company)
        self._count(twice)

    def _becomes_quiet(self, rounds: int) -> None:
        """What is in flight arrives, what is due is done, the sweep comes by; then half a day passes."""
        company = self.company
        for number in range(rounds):
            company.now += timedelta(hours=13 if number else 0)
            for _ in range(20):
                if not company.in_flight:
                    break
                company.receive_all()
            assert not company.in_flight, "this never ends"
            company.tick()
            company.sweep()

    def _count(self, twice: int) -> None:
        company = self.company
        COUNTED["examples"] += 1
        COUNTED["passages"] += len(self.ledger.passed)
        for passed in self.ledger.passed.values():
            for play in passed.plays():
                COUNTED["had to act"] += passed.must(play)
                COUNTED["must not act"] += passed.must_not(play)
        COUNTED["runs"] += len(list(company.work.runs()))
        COUNTED["tasks"] += len(list(company.work.known()))
        COUNTED["sent"] += len(company.outside)
        COUNTED["sent again under the same key"] += twice
        for message in company.deliveries.all():
            COUNTED[f"messages {message.state}"] += 1
        if twice:
            event("something arrived outside twice, under one key")

    def _remember(self) -> None:
        known = {wake.wake_id for wake in self.woken}
        self.woken += [each for each in self.company.wakes.due(self.company.now) if each.wake_id not in known]

    def _open_tasks(self) -> list[Task]:
        return [task for task in self.company.work.known() if task.is_open]

    def _see_what_closed(self) -> None:
        for task in self.company.work.known():
            if not task.is_open:
                self.ledger.closed_at.setdefault((task.account_id, task.task_id), self.company.now)

    def _causes(self) -> set[str]:
        return {passed.cause for passed in self.ledger.passed.values() if passed.cause}

    def _held(self) -> list[str]:
        return sorted(cause for cause in self._causes() if not self._decision(cause))

    def _decision(self, cause: str) -> str:
        row = self.company.control.get(f"brake#few#{cause}") or {}
        return str(row.get("decision", "")).partition(" ")[0]

    def _see_what_was_decided(self) -> None:
        self.ledger.discards({cause for cause in self._causes() if self._decision(cause) == "discarded"})


TestAnyLife = AnyLife.TestCase
if settings.get_current_profile_name() != "long":
    TestAnyLife.settings = settings(
        max_examples=120,
        stateful_step_count=20,
        derandomize=True,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


def test_a_mail_that_was_called_off_leaves_its_place_on_the_day_to_another() -> None:
    """What the machine found once: two of a day's mails are called off, and others come in their places."""
    life = AnyLife()
    life.all_are_well()
    life.file_tells_of_people(account_id="A-3", user_id="u1", is_key=True)
    life.person_leaves_while_answered(account_id="A-1", place=1, mode="before")
    life.person_leaves_while_answered(account_id="A-1", place=7, mode="after")
    life.plays_are_edited_while_they_act(account_id="A-1", place=0, mode="before")
    life.teardown()


def test_a_mail_that_left_as_its_sender_died_keeps_its_place_also_where_it_is_called_off() -> None:
    life = AnyLife()
    life.all_are_well()
    life.file_tells_of_people(account_id="A-1", user_id="u1", is_key=True)
    life.everything_arrives(fault=None)
    life.time_passes(hours=0, fault=None)
    life.sender_dies(which=0, mode="after", place=1)
    assert life.company.outside.total() == 1
    life.file_tells_of_people(account_id="A-1", user_id="u1", is_key=False)
    life.everything_arrives(fault=None)
    life.time_passes(hours=0.1, fault=None)
    life.everything_arrives(fault=None)
    life.file_tells(told={"A-2": 5}, tickets=0, manager=MANAGERS[0], promptly=2)
    life.nobody_is_interrupted_too_often()
    life.teardown()


def test_what_was_interrupted_goes_on_though_another_run_of_its_passage_ends() -> None:
    """`chase` waits, and is retired as the launch of `few` dies; of that nothing is lost."""
    life = AnyLife()
    life.all_are_well()
    life.file_tells(told=dict.fromkeys(("A-3", "A-1", "A-2"), 5), tickets=9, manager=SM2, promptly=2)
    life.person_decides_on_held(decision=Decision.RELEASED, which=0, fault=None)
    life.plays_are_edited(edited=False, play="chase", state=PlayState.RETIRED)
    life.batch_comes(batch=[2, 5, 2, 29, 30], fault=("after", 1, 3), again=False)
    life.time_passes(hours=25, fault=None)
    life.teardown()


def test_what_an_earlier_passage_asks_for_later_is_no_step_of_one_that_is_over() -> None:
    """The run of the first passage outlives the exit and makes its last task; that of the second, of which
    the branch was not reached, has skipped nothing."""
    life = AnyLife()
    life.all_are_well()
    life.person_leaves_while_answered(account_id="A-1", place=11, mode="after")
    life.plays_are_edited_while_they_act(account_id="A-1", place=1, mode="before")
    life.time_passes(hours=25, fault=None)
    life.file_tells(told=dict.fromkeys(("A-2", "A-1", "A-3"), 5), tickets=0, manager=SM1, promptly=2)
    life.plays_are_edited_while_they_act(account_id="A-3", place=21, mode="after")
    life.file_tells(told={"A-2": 50, "A-3": 5, "A-1": 50}, tickets=9, manager=SM1, promptly=2)
    life.person_acts_on_task(which=30, what="close", fault=None)
    life.file_tells(told=dict.fromkeys(("A-3", "A-2", "A-1"), 5), tickets=0, manager=SM2, promptly=2)
    life.plays_are_edited_while_they_act(account_id="A-1", place=17, mode="after")
    life.teardown()
