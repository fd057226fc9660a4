"""Whatever happens on whichever days: nobody is interrupted more often than the cap says, nor in quiet hours,
and no message is lost (D6)."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from keepwell.deliveries import Channel, Delivery, DeliveryState, deliver
from keepwell.plays.play import EmailAction
from keepwell.working_time import Calendar
from tests.domain.assignment.teams import member
from tests.domain.plays.entering import Town, on_exit, play, task

ZONES = {"lead@example.com": "America/Los_Angeles", "bo@example.com": "Asia/Kolkata"}
PLAYS = (
    play(
        "call", tasks=(task("Call"), task("Write")), emails=(EmailAction("bo@example.com", "Called", "So"),)
    ),
    play("tell", emails=(EmailAction("lead@example.com", "Told", "So"),)),
    play("fire", emails=(EmailAction("lead@example.com", "Fire", "Now", urgent=True),)),
    on_exit("back", emails=(EmailAction("bo@example.com", "Back", "So"),)),
    play("greet", emails=(EmailAction("pat@customer.example", "Hello", "Hi"),)),
)
URGENT, LONGEST_WAIT = "Fire", timedelta(days=12)


@dataclass(frozen=True)
class Sent:
    mail: Delivery
    at: datetime

    @property
    def local(self) -> datetime:
        return self.at.astimezone(ZoneInfo(ZONES[self.mail.to]))

    @property
    def interrupts(self) -> bool:
        """Of mails of plays and of single tasks to members those that are not urgent."""
        return self.mail.to in ZONES and bool(self.mail.play) and self.mail.subject != URGENT


class Days:
    """A town in which every hour what is due is done, and what was sent is noted."""

    def __init__(self, cap: int | None, calendar: Calendar):
        self.town = Town(*PLAYS)
        self.town.playbook = replace(self.town.playbook, calendar=calendar, daily_cap=cap)
        self.sent: list[Sent] = []
        for email, zone in ZONES.items():
            self.town.team.put(member(email.partition("@")[0], Timezone=zone))

    def passes(self, account: str) -> None:
        """An account goes in where it is out, and out where it is in."""
        known = self.town.accounts.get(account)
        standing = known and known.standing
        inside = standing and (found := standing.memberships.get("quiet")) and found.inside
        if inside:
            self.town.leaves(account)
        else:
            self.town.enters(account)
        self.send()

    def hours(self, count: int) -> None:
        for _ in range(count):
            self.town.now = self.town.now.replace(minute=0, second=0) + timedelta(hours=1)
            self.town.tick()
            self.send()

    def send(self) -> None:
        """Deliver what is queued, and what the minute tick finds."""
        queue = self.town.queues[Channel.EMAIL]
        ids = [message["delivery_id"] for message in queue.messages]
        queue.messages.clear()
        ids += [delivery_id for delivery_id, _ in self.town.deliveries.due(self.town.now)]
        for delivery_id in dict.fromkeys(ids):
            deliver(delivery_id, self.town.deliveries, self._note, self.town.now)

    def _note(self, mail: Delivery) -> None:
        self.sent.append(Sent(mail, self.town.now))

    def end(self) -> None:
        """Until nothing waits any more."""
        until = self.town.now + LONGEST_WAIT
        while any(each.open for each in self.town.deliveries.all()) or any(self.town.wakes.due(until)):
            assert self.town.now < until, "something waits for ever"
            self.hours(1)


ACCOUNTS = st.sampled_from([f"A-{number}" for number in range(6)])
NIGHTS = Calendar(quiet_from=time(19), quiet_to=time(8), holidays=frozenset({date(2026, 11, 25)}))


@settings(max_examples=60)
@given(
    st.none() | st.integers(0, 3),
    st.sampled_from([Calendar(), NIGHTS]),
    st.lists(ACCOUNTS | st.integers(1, 30), max_size=20),
)
def test_interrupts_are_few_and_nothing_is_lost(
    cap: int | None, calendar: Calendar, told: list[str | int]
) -> None:
    """`told` are accounts that pass in or out, and hours that go by."""
    days = Days(cap, calendar)
    for what in told:
        if isinstance(what, int):
            days.hours(what)
        else:
            days.passes(what)
    days.end()

    interrupts = [each for each in days.sent if each.interrupts]
    a_day = Counter((each.mail.to, each.local.date()) for each in interrupts)
    assert cap is None or max(a_day.values(), default=0) <= cap
    for each in interrupts:
        assert calendar.may_disturb_from(each.at, ZoneInfo(ZONES[each.mail.to])) == each.at

    digests = {each.mail.delivery_id: each.mail for each in days.sent if not each.mail.play}
    for mail in days.town.deliveries.all():
        if mail.state is not DeliveryState.SENT:
            came = mail.attempts[-1].outcome
            in_digest = came.removeprefix("told in the digest ")
            assert mail.state is DeliveryState.CANCELLED
            assert came.startswith(("cancelled: the account left", "held back: ")) or (
                f"- {mail.subject}" in digests[in_digest].body
            )
    twice = Counter(each.mail.delivery_id for each in days.sent)
    assert set(twice.values()) <= {1}
    for subject in ("Fire", "Hello"):  # urgent, and not to a member: never held by the budget
        entries = [each for each in days.town.deliveries.all() if each.subject == subject and each.held_until]
        assert entries == []
