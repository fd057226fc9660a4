"""Members are not written to in quiet hours, and so often on a day at most; the rest is a digest (D6)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from keepwell.deliveries import LEASE, Channel, Delivery, DeliveryState, deliver, send_again, wait_after
from keepwell.deliveries.schedule import ATTEMPTS, PATIENCE
from keepwell.deliveries.sending import claim
from keepwell.errors import Conflict, RejectedInput, TransientFailure
from keepwell.in_memory import InMemoryControl, InMemoryWakes
from keepwell.noise.digests import MOST_TOLD, digest_of
from keepwell.noise.interrupting import Interrupting
from keepwell.plays import Play, PlayState
from keepwell.plays.play import EmailAction
from keepwell.plays.tracing import trace
from keepwell.tasks.changing import told
from keepwell.wakes import Wake
from keepwell.working_time import Calendar
from keepwell_aws.tables import LARGEST_DOCUMENT
from tests.domain.assignment.teams import member
from tests.domain.plays.entering import HOOK, Town, mail, play, task
from tests.story import NOON

NIGHTS = Calendar(quiet_from=time(19), quiet_to=time(8))
TUESDAY = datetime(2026, 11, 24, 10, tzinfo=UTC)
NEWS = play("news", emails=(mail("News"),))
URGENT = EmailAction("lead@example.com", "Fire", "Now", urgent=True)


def town(*plays: Play, at: datetime = TUESDAY, cap: int | None = None, **lead: Any) -> Town:
    """A town with quiet nights and weekends, a member `lead`, and the clock at Tuesday, 10:00."""
    made = Town(*plays)
    made.playbook = replace(made.playbook, calendar=NIGHTS, daily_cap=cap)
    made.now = at
    made.team.put(member("lead", **lead))
    return made


def mails(town: Town, subject: str) -> list[Delivery]:
    found = [each for each in town.deliveries.all() if each.subject == subject]
    return sorted(found, key=lambda each: each.account_id)


def queued(town: Town) -> list[str]:
    found = [town.deliveries.get(each["delivery_id"]) for each in town.queues[Channel.EMAIL].messages]
    return [each.subject for each in found if each]


def send_due(town: Town) -> list[str]:
    """The minute tick of deliveries: the subjects of what is sent now."""
    sent: list[str] = []
    for delivery_id, _ in list(town.deliveries.due(town.now)):
        deliver(delivery_id, town.deliveries, lambda each: sent.append(each.subject), town.now)
    return sent


def test_a_mail_at_night_waits_for_the_morning_and_the_run_says_so() -> None:
    here = town(NEWS, at=TUESDAY.replace(hour=22))
    here.enters()
    [found] = mails(here, "News")
    morning = datetime(2026, 11, 25, 8, tzinfo=UTC)
    assert (found.state, found.due_at) == (DeliveryState.WAITING, morning)
    told = f"email {found.delivery_id} to lead@example.com waits until 2026-11-25 08:00 (UTC): quiet hours"
    assert here.run("news").outcomes == (told,)
    assert queued(here) == []
    here.now = morning - timedelta(minutes=1)
    assert send_due(here) == []
    here.now = morning
    assert send_due(here) == ["News"]


def test_weekends_are_quiet_and_hours_are_those_of_the_members_time_zone() -> None:
    """On Friday at 22:00 UTC it is Saturday in Tokyo; Monday, 8:00 there is Sunday, 23:00 UTC."""
    here = town(NEWS, at=datetime(2026, 11, 20, 22, tzinfo=UTC), Timezone="Asia/Tokyo")
    here.enters()
    [found] = mails(here, "News")
    assert found.due_at == datetime(2026, 11, 22, 23, tzinfo=UTC)
    assert found.put_off == "waits until 2026-11-23 08:00 (Asia/Tokyo): quiet hours"


def test_urgent_mails_and_mails_to_others_and_webhooks_come_at_once() -> None:
    customer = EmailAction("pat@customer.example", "Hello", "Hi")
    here = town(play("all", emails=(URGENT, customer), webhooks=(HOOK,)), at=NOON)
    here.enters()
    assert {each.due_at for each in here.deliveries.all()} == {here.now}
    assert sorted(queued(here)) == ["Fire", "Hello"]


@pytest.mark.parametrize(
    ("hour", "wish", "told"),
    [
        (10, "each", ["News"]),
        (22, "each", ["New task: call", "News"]),  # an exit at night calls off the mail, and not the task
        (10, "summary", ["News"]),
    ],
)
def test_who_has_a_mail_of_the_play_at_once_has_none_about_its_task(
    hour: int, wish: str, told: list[str]
) -> None:
    asks = replace(task("call"), assign_to="lead@example.com")
    lead = EmailAction("Lead@example.com", "News", "News")
    acts = play("news", tasks=(asks,), emails=(lead,))
    wished: Any = {"Task Mail": wish}
    here = town(acts, at=TUESDAY.replace(hour=hour), **wished)
    here.enters()
    assert sorted(each.subject for each in here.deliveries.all()) == told
    assert [wake.content["tasks"] for wake in here.wakes.all() if "tasks" in wake.content] == (
        [[["A-1", here.task("call").task_id]]] if wish == "summary" else []
    )


def test_who_is_not_the_receiver_of_the_mail_of_a_play_hears_of_its_task() -> None:
    asks = replace(task("call"), assign_to="lead@example.com")
    here = town(play("news", tasks=(asks,), emails=(EmailAction("bo@example.com", "News", "News"),)))
    here.enters()
    assert [each.to for each in mails(here, "New task: call")] == ["lead@example.com"]


def test_without_quiet_hours_weekends_are_as_any_day() -> None:
    here = town(NEWS, at=NOON)
    here.playbook = replace(here.playbook, calendar=Calendar())
    here.enters()
    assert queued(here) == ["News"]


def test_a_mail_that_waited_over_a_long_weekend_has_all_its_attempts() -> None:
    """T6: patience is counted from when it may be sent."""
    here = town(NEWS, at=datetime(2026, 11, 20, 20, tzinfo=UTC))
    holidays = frozenset({datetime(2026, 11, day, tzinfo=UTC).date() for day in (23, 24)})
    here.playbook = replace(here.playbook, calendar=replace(NIGHTS, holidays=holidays))
    here.enters()
    [found] = mails(here, "News")
    assert found.due_at - found.created_at > PATIENCE

    assert tried(here, found, found.due_at).state is DeliveryState.WAITING


def down(_: Delivery) -> None:
    raise TransientFailure("the mail server is down")


def tried(town: Town, found: Delivery, at: datetime) -> Delivery:
    return deliver(found.delivery_id, town.deliveries, down, at)


def test_a_retry_that_would_come_at_night_waits_for_the_morning() -> None:
    """T6: its attempts are all there still, also after a weekend."""
    here = town(NEWS, at=datetime(2026, 11, 20, 18, 50, tzinfo=UTC))
    here.enters()
    [found] = mails(here, "News")
    again = found
    while again.due_at < datetime(2026, 11, 20, 19, tzinfo=UTC):
        again = tried(here, found, again.due_at)
    monday = datetime(2026, 11, 23, 8, tzinfo=UTC)
    assert (again.state, again.due_at) == (DeliveryState.WAITING, monday)
    assert again.put_off == "waits until 2026-11-23 08:00 (UTC): quiet hours"
    ended = again
    while ended.open:
        ended = tried(here, found, ended.due_at)
        assert NIGHTS.may_disturb_from(ended.due_at, ZoneInfo("UTC")) == ended.due_at
    assert ended.tried == ATTEMPTS


def test_a_mail_that_is_found_late_at_night_waits_as_well() -> None:
    """Who was to send it could not, until three o'clock."""
    here = town(NEWS)
    here.enters()
    [found] = mails(here, "News")
    sent: list[Delivery] = []
    at = datetime(2026, 11, 25, 3, tzinfo=UTC)
    held = deliver(found.delivery_id, here.deliveries, sent.append, at)
    assert (held.state, held.due_at, held.attempts) == (DeliveryState.WAITING, at.replace(hour=8), ())
    deliver(found.delivery_id, here.deliveries, sent.append, held.due_at)
    assert len(sent) == 1


def test_a_retry_is_held_by_the_hours_of_the_members_time_zone() -> None:
    """At 9:50 in Berlin it is 17:50 in Tokyo."""
    here = town(NEWS, at=datetime(2026, 11, 24, 9, 50, tzinfo=UTC), Timezone="Asia/Tokyo")
    here.enters()
    [found] = mails(here, "News")
    again = found
    while again.open and not again.held_until:
        again = tried(here, found, again.due_at)
    assert again.held_until == again.due_at == datetime(2026, 11, 24, 23, tzinfo=UTC)


def test_retries_of_urgent_mails_of_mails_to_others_and_of_webhooks_come_at_night_too() -> None:
    customer = EmailAction("pat@customer.example", "Hello", "Hi")
    here = town(play("all", emails=(URGENT, customer), webhooks=(HOOK,)), at=TUESDAY.replace(hour=23))
    here.enters()
    for each in here.deliveries.all():
        again = tried(here, each, here.now)
        assert again.due_at == here.now + wait_after(each.delivery_id, 1)
        assert not again.put_off


def test_what_a_person_sends_again_keeps_the_quiet_hours_and_has_all_attempts() -> None:
    here = town(NEWS)
    here.enters()
    [found] = mails(here, "News")

    def refuses(_: Delivery) -> None:
        raise RejectedInput("no such mailbox")

    deliver(found.delivery_id, here.deliveries, refuses, here.now)
    friday = datetime(2026, 11, 27, 22, tzinfo=UTC)
    send_again(found.delivery_id, here.deliveries, here.queues[Channel.EMAIL], friday, "ann")
    held = deliver(found.delivery_id, here.deliveries, down, friday)
    assert held.due_at == datetime(2026, 11, 30, 8, tzinfo=UTC)
    assert tried(here, found, held.due_at).begun_at == held.due_at


def test_an_exit_calls_off_what_waits_for_the_morning() -> None:
    """T3."""
    here = town(NEWS, at=TUESDAY.replace(hour=22))
    here.enters()
    here.leaves()
    [found] = mails(here, "News")
    assert found.state is DeliveryState.CANCELLED


def test_what_is_over_the_cap_of_the_day_is_in_one_digest_the_next_morning() -> None:
    here = town(NEWS, cap=2)
    for name in "abcd":
        here.enters(name)
    assert queued(here) == ["News", "News"]
    held = [each for each in mails(here, "News") if each.digest_at]
    assert [each.account_id for each in held] == ["c", "d"]
    told = "held back for the digest of 2026-11-25 08:00 (UTC): over the daily cap of 2"
    assert here.run("news", "c").outcomes == (f"email {held[0].delivery_id} to lead@example.com {told}",)
    here.now = datetime(2026, 11, 25, 7, 59, tzinfo=UTC)
    assert here.tick().carried_out == 0
    here.now = datetime(2026, 11, 25, 8, tzinfo=UTC)
    assert here.tick().carried_out == 1
    [digest] = mails(here, "2 more messages")
    assert (digest.to, digest.body.count("- News"), digest.body.count("Hello")) == ("lead@example.com", 2, 2)
    assert queued(here) == ["News", "News", "2 more messages"]
    for each in held:
        settled = here.deliveries.get(each.delivery_id)
        assert settled
        assert settled.state is DeliveryState.CANCELLED
        assert settled.attempts[-1].outcome == f"told in the digest {digest.delivery_id}"


def test_the_next_day_begins_anew() -> None:
    here = town(NEWS, cap=1)
    here.enters("a")
    here.now += timedelta(days=1)
    here.enters("b")
    assert queued(here) == ["News", "News"]


def test_where_the_digest_never_comes_its_mails_wait_for_the_next_time_to_disturb() -> None:
    """Friday's digest is a day late on Saturday: they come by themselves on Monday."""
    here = town(NEWS, at=TUESDAY + timedelta(days=2), cap=0)
    here.enters()
    [found] = mails(here, "News")
    assert found.digest_at == datetime(2026, 11, 27, 8, tzinfo=UTC)
    assert found.due_at == found.held_until == datetime(2026, 11, 30, 8, tzinfo=UTC)


def test_a_digest_that_is_days_late_tells_of_its_mails_alone() -> None:
    """Wakes are carried out before deliveries are queued."""
    here = town(NEWS, cap=0)
    for name in "ab":
        here.enters(name)
    here.now += timedelta(days=3)
    here.tick()
    assert queued(here) == ["2 more messages"]
    assert send_due(here) == ["2 more messages"]


def test_a_digest_that_comes_late_at_night_waits_for_the_morning() -> None:
    here = town(NEWS, cap=0)
    here.enters()
    here.now = datetime(2026, 11, 26, 3, tzinfo=UTC)
    here.tick()
    assert queued(here) == []
    here.now = here.now.replace(hour=8)
    here.tick()
    assert queued(here) == ["Also: News"]
    [digest] = mails(here, "Also: News")
    assert tried(here, digest, here.now.replace(hour=22)).due_at == datetime(2026, 11, 27, 8, tzinfo=UTC)


def test_what_comes_while_a_digest_is_told_is_in_the_next() -> None:
    """Killed once the digest was stored."""
    here = town(NEWS, cap=0)
    here.enters("a")
    here.now = datetime(2026, 11, 25, 8, tzinfo=UTC)
    [wake] = here.wakes.due(here.now)
    notices = here.launcher.hands.notices
    with pytest.raises(Conflict):
        replace(notices, wakes=Dying(here.wakes)).carry_out(wake, here.now, here.playbook.manners)
    late = Delivery("email_1", "b", Channel.EMAIL, "lead@example.com", "Late", "", "", "", NOON, here.now)
    notices.send(replace(late, digest_at=here.now, due_at=here.now + timedelta(days=1)), here.now)
    here.tick()
    here.passes(minutes=15)
    assert queued(here) == ["Also: News", "Also: Late"]


class Dying:
    """Wakes of which it is never noted what was told."""

    def __init__(self, wakes: InMemoryWakes):
        self.wakes = wakes

    def __getattr__(self, name: str) -> Any:
        return getattr(self.wakes, name)

    def put(self, wake: Wake) -> Wake:
        if "told" in wake.content:
            raise Conflict("it ended here")
        return self.wakes.put(wake)


def test_who_has_left_the_team_is_sent_no_digest_and_the_mails_say_why() -> None:
    """TSK-09."""
    here = town(NEWS, play("call", tasks=(task("Call"),)), cap=0)
    here.enters()
    here.team.remove(here.team.members_of(["lead@example.com"])["lead@example.com"])
    here.team.put(member("lead", Active=False))
    here.passes(days=1)
    assert queued(here) == []
    for each in here.deliveries.all():
        assert each.attempts[-1].outcome == "cancelled: lead@example.com is active no more"


def test_a_mail_to_who_is_no_member_any_more_is_told_as_to_anybody() -> None:
    """Who is taken off the team's file is as somebody outside."""
    here = town(NEWS, cap=0)
    here.enters()
    here.team.remove(here.team.members_of(["lead@example.com"])["lead@example.com"])
    here.passes(days=1)
    assert queued(here) == ["Also: News"]


def test_who_left_is_not_in_the_digest() -> None:
    """T3."""
    here = town(NEWS, cap=0)
    here.enters("a")
    here.leaves("a")
    here.passes(days=1)
    assert queued(here) == []


def test_a_mail_that_waited_counts_on_the_day_on_which_it_comes() -> None:
    here = town(NEWS, at=TUESDAY.replace(hour=22), cap=1)
    here.enters("a")
    here.now = TUESDAY + timedelta(days=1)
    here.enters("b")
    assert [bool(each.digest_at) for each in mails(here, "News")] == [False, True]


def test_at_night_the_digest_is_that_of_the_morning() -> None:
    here = town(NEWS, at=TUESDAY.replace(hour=22), cap=1)
    here.enters("a")
    here.enters("b")
    [_, second] = mails(here, "News")
    assert second.digest_at == datetime(2026, 11, 25, 8, tzinfo=UTC)


def test_a_launch_that_is_repeated_counts_once() -> None:
    """T1."""
    here = town(NEWS, cap=2)
    here.tell("a", active_users=5)
    before = here.standing("a")
    here.launch("a")
    [run] = here.work.runs("a")
    for _ in range(3):  # as if the run had never said that it was done
        occasion = here.launcher.occasions(before.pending[0], here.known("a"), here.playbook, here.now)[0]
        here.launcher.launch_freely(occasion, here.work.run("a", run.run_id))
    here.enters("b")
    assert [bool(each.digest_at) for each in mails(here, "News")] == [False, False]
    assert run.fired


def test_a_mail_that_was_called_off_leaves_its_place_to_another() -> None:
    here = town(NEWS, cap=1)
    here.enters("a")
    here.leaves("a")
    here.enters("b")
    here.enters("c")
    assert [(each.account_id, each.open, bool(each.digest_at)) for each in mails(here, "News")] == [
        ("a", False, False),
        ("b", True, False),
        ("c", True, True),
    ]


def test_a_mail_that_may_have_left_before_it_was_called_off_keeps_its_place() -> None:
    """Its sender died with it, and nobody knows whether somebody was interrupted."""
    here = town(NEWS, cap=1)
    here.enters("a")
    [first] = mails(here, "News")
    claim(first.delivery_id, here.deliveries, here.now)
    here.leaves("a")
    here.now += LEASE
    assert send_due(here) == []
    here.enters("b")
    assert [(each.state, bool(each.digest_at)) for each in mails(here, "News")] == [
        (DeliveryState.CANCELLED, False),
        (DeliveryState.WAITING, True),
    ]


def test_a_mail_that_was_called_off_when_it_was_to_be_sent_once_more_keeps_its_place() -> None:
    here = town(NEWS, cap=1)
    here.enters("a")
    assert send_due(here) == ["News"]
    [first] = mails(here, "News")
    send_again(first.delivery_id, here.deliveries, here.queues[Channel.EMAIL], here.now, "ann")
    here.leaves("a")
    here.enters("b")
    assert [(each.state, bool(each.digest_at)) for each in mails(here, "News")] == [
        (DeliveryState.CANCELLED, False),
        (DeliveryState.WAITING, True),
    ]


def test_urgent_mails_are_sent_over_the_cap_and_count() -> None:
    here = town(play("fire", emails=(URGENT, URGENT)), NEWS, cap=1)
    here.enters("a")
    assert queued(here) == ["Fire", "Fire"]
    assert [bool(each.digest_at) for each in mails(here, "News")] == [True]


def test_notices_of_tasks_count_as_well_and_tasks_are_always_made() -> None:
    """TSK-10."""
    here = town(play("call", tasks=(task("Call"), task("Write"))), cap=1)
    here.enters()
    assert here.titles() == ["Call", "Write"]
    assert queued(here) == ["New task: Call"]
    here.passes(days=1)
    assert queued(here) == ["New task: Call", "Also: New task: Write"]


def test_a_digest_leaves_out_tasks_that_are_done_or_given_away() -> None:
    here = town(play("call", tasks=(task("Call"), task("Write"), task("Ask"))), cap=0)
    here.enters()
    here.closes("Write")
    given = told(here.task("Ask"), "lead@example.com", here.now, {"Assignee": "bo@example.com"})
    here.work.change_task(given)
    here.passes(days=1)
    assert queued(here) == ["Also: New task: Call"]
    [*_, asked] = mails(here, "New task: Ask")
    assert asked.attempts[-1].outcome == "its task is done or given away"


def test_a_digest_of_long_mails_fits_into_a_row() -> None:
    """R1: nothing is lost to a limit of the store."""
    body = "\N{WAVING HAND SIGN}" * 19_000
    here = town(NEWS, cap=0)
    mail = Delivery("email_1", "A-1", Channel.EMAIL, "a@b.c", body, body, "", "", here.now, here.now)
    digest = digest_of([mail] * MOST_TOLD, "email_2", "a@b.c", here.now)
    assert len(digest.body.encode()) + len(digest.subject.encode()) < LARGEST_DOCUMENT


def test_more_than_fits_into_one_digest_is_in_another() -> None:
    here = town(NEWS, cap=0)
    for number in range(MOST_TOLD + 1):
        here.enters(f"A-{number}", drop=f"drop-{number}")
    here.passes(days=1)
    assert sorted(queued(here)) == [f"{MOST_TOLD} more messages", "Also: News"]
    assert not any(each.digest_at and each.open for each in here.deliveries.all())


class Overtaken(InMemoryControl):
    """Somebody else is faster, as often as it takes."""

    def swap(self, key: str, before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> bool:
        others = (before or {}).get("2026-11-24", ())
        super().swap(key, before, {"2026-11-24": [*others, f"other-{len(others)}"]})
        return super().swap(key, before, after)


def test_who_is_slower_finds_the_day_full() -> None:
    """Counting is atomic: of mails at the same moment no more fit than the cap says."""
    here = town(NEWS, cap=3)
    control = Overtaken()
    mail = Delivery(
        "email_1", "A-1", Channel.EMAIL, "Lead@example.com", "News", "", "news", "", here.now, here.now
    )
    admitted = Interrupting(here.team, control, here.deliveries).admit(mail, here.playbook.manners)
    assert admitted.digest_at is not None
    assert control.get("interrupts#lead@example.com") == {"2026-11-24": ["other-0", "other-1", "other-2"]}


def test_what_was_stored_for_a_digest_gets_there_also_where_it_would_fit_by_now() -> None:
    """T2: who was to put it there died, and comes back the next day."""
    here = town(NEWS, cap=0)
    mail = Delivery("email_1", "A-1", Channel.EMAIL, "lead@example.com", "News", "", "", "", NOON, here.now)
    held = Interrupting(here.team, here.control, here.deliveries).admit(mail, here.playbook.manners)
    here.deliveries.add(held)
    here.now += timedelta(days=1)
    assert here.launcher.hands.notices.send(replace(mail, due_at=here.now), here.now).digest_at
    here.tick()
    assert queued(here) == ["Also: News"]


def test_days_that_are_past_are_forgotten() -> None:
    here = town(NEWS, cap=1)
    here.playbook = replace(here.playbook, calendar=Calendar())
    for day in range(10):
        here.enters(f"A-{day}", drop=f"drop-{day}")
        here.now += timedelta(days=1)
    row = here.control.get("interrupts#lead@example.com")
    assert row
    assert sorted(row) == [f"2026-11-{day}" for day in (27, 28, 29, 30)] + [
        f"2026-12-0{day}" for day in (1, 2, 3)
    ]


def test_what_is_held_back_because_a_task_is_open_does_not_count() -> None:
    here = town(play("call", tasks=(task("Call"),), emails=(mail("News"),)), cap=2)
    here.enters()
    here.delivers()
    here.leaves()
    here.enters()
    here.enters("b")
    assert [bool(each.digest_at) for each in mails(here, "News")] == [False, False, False]
    assert [each.open for each in mails(here, "News")] == [False, False, True]


def test_a_shadow_tells_what_would_wait_and_counts_for_nothing() -> None:
    shadow = play("shadow", state=PlayState.SHADOW, emails=(mail("Test"),))
    here = town(shadow, NEWS, cap=2)
    here.enters("a")
    here.enters("b")
    here.enters("c")
    assert queued(here) == ["News", "News"]
    outcomes = [here.run("shadow", account).outcomes[0] for account in "abc"]
    assert [line.endswith("over the daily cap of 2") for line in outcomes] == [False, True, True]


@pytest.mark.parametrize(
    ("hour", "cap", "outcome", "words"),
    [
        (22, None, "quiet hours", "waits until 2026-11-25 08:00 (UTC)"),
        (10, 0, "daily cap", "held back for the digest of 2026-11-25 08:00 (UTC)"),
    ],
)
def test_why_tells_what_waits(hour: int, cap: int | None, outcome: str, words: str) -> None:
    """D5: of mails of the play, and of notices of its tasks."""
    both = play("both", tasks=(task("Call"),), emails=(mail("News"),))
    here = town(both, at=TUESDAY.replace(hour=hour), cap=cap)
    here.enters()
    found = trace("both", here.known(), here.playbook, here.launcher, here.now)
    lines = [line for line in found.because if line.step == "noise"]
    assert [line.outcome for line in lines] == [outcome, outcome]
    assert all(words in line.detail and not line.stops for line in lines)
    assert found.fired


@pytest.mark.parametrize(
    ("wish", "expected"), [("each", "2026-11-25 08:00"), ("summary", "2026-11-25 08:00")]
)
def test_mails_of_new_tasks_wait_for_the_morning(wish: str, expected: str) -> None:
    """TSK-10."""
    here = town(play("call", tasks=(task("Call"),)), at=TUESDAY.replace(hour=22), Task_Mail=wish)
    here.enters()
    assert queued(here) == []
    here.now = datetime.fromisoformat(expected).replace(tzinfo=UTC)
    here.tick()
    assert sorted({*send_due(here), *queued(here)}) == ["New task: Call"]
