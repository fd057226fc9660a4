"""An exit calls off what its entry left unsent, and no entry is overtaken by the one before (T3)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from keepwell.attributes import standard_catalogue
from keepwell.criteria import parse
from keepwell.deliveries import LEASE, Channel, Delivery, DeliveryState, deliver, wait_after, wake_due
from keepwell.errors import TransientFailure
from keepwell.in_memory import InMemoryDeliveries, InMemoryQueue, InMemoryWork
from keepwell.plays import Play, PlayState
from keepwell.plays.play import Deeds
from keepwell.plays.steps import Branch, Wait
from keepwell.tasks import PlayRun, RunState
from keepwell.working_time import Calendar
from tests.domain.assignment.teams import member
from tests.domain.plays.entering import HOOK, MAIL, Town, launched, on_exit, play, task, tasks

TELL = play("tell", emails=(MAIL,), webhooks=(HOOK,))
CANCELLED = "cancelled: the account left quiet on 2026-11-21"
State = DeliveryState


def states(town: Town) -> list[str]:
    return [delivery.state.value for delivery in town.deliveries.all()]


def sent_by(town: Town) -> list[str]:
    """Everything that is still sent, however often it is tried; by id."""
    sent = list[Delivery]()
    for _ in range(12):
        town.now += timedelta(days=1)
        for delivery in town.deliveries.all():
            deliver(delivery.delivery_id, town.deliveries, sent.append, town.now)
    return [delivery.delivery_id for delivery in sent]


def fail(_: Delivery) -> None:
    raise TransientFailure("the receiver answered 500")


def test_what_the_entry_left_unsent_is_cancelled_with_a_note() -> None:
    town = Town(TELL)
    town.enters()
    came = town.leaves()
    assert states(town) == ["cancelled", "cancelled"]
    for delivery in town.deliveries.all():
        assert [(attempt.at, attempt.outcome) for attempt in delivery.attempts] == [(town.now, CANCELLED)]
    assert [each.delivery_id for each in came.cancelled] == list(town.run("tell").deliveries)
    assert town.standing().pending == (), "though no play answers the exit"
    assert wake_due(town.deliveries, {channel: InMemoryQueue() for channel in Channel}, town.now) == 0
    assert sent_by(town) == []


def test_the_run_of_the_exit_tells_what_it_cancelled() -> None:
    town = Town(TELL, on_exit("bye", add_tags=("back",)))
    town.enters()
    town.leaves()
    email, webhook = town.run("tell").deliveries
    assert town.run("bye", passage="exited/1").outcomes == (
        f"cancelled email {email} to lead@example.com",
        f"cancelled webhook {webhook} to events",
        "tag back added",
    )


def test_what_a_started_play_left_unsent_is_cancelled_too() -> None:
    town = Town(play("first", starts=("tell",)), replace(TELL, segment=""))
    town.enters()
    town.leaves()
    assert states(town) == ["cancelled", "cancelled"]


def test_what_was_sent_stays_sent_and_what_waits_for_a_retry_is_cancelled() -> None:
    town = Town(TELL)
    town.enters()
    email, webhook = town.run("tell").deliveries
    deliver(email, town.deliveries, lambda _: None, town.now)
    deliver(webhook, town.deliveries, fail, town.now)
    town.leaves()
    assert states(town) == ["sent", "cancelled"]
    assert sent_by(town) == []


def test_a_sender_whose_claim_loses_against_the_exit_sends_nothing() -> None:
    class Slow(InMemoryDeliveries):
        """Between reading and claiming, the account leaves."""

        meanwhile: Callable[[], Any] = staticmethod(lambda: None)

        def get(self, delivery_id: str) -> Delivery | None:
            found = super().get(delivery_id)
            meanwhile, self.meanwhile = self.meanwhile, lambda: None
            meanwhile()
            return found

    town = Town(play("tell", emails=(MAIL,)))
    town.deliveries = slow = Slow()
    town.launcher = replace(town.launcher, deliveries=slow)
    town.enters()
    [email] = town.run("tell").deliveries
    slow.meanwhile = town.leaves
    sent = list[Delivery]()
    deliver(email, slow, sent.append, town.now)
    assert (sent, states(town)) == ([], ["cancelled"])


@pytest.mark.parametrize(
    ("send", "becomes", "last"),
    [
        (lambda _: None, State.SENT, "sent"),
        (fail, State.CANCELLED, f"the receiver answered 500; {CANCELLED}"),
    ],
    ids=["it arrives", "it fails"],
)
def test_a_claimed_one_may_finish_its_attempt_and_has_no_other(
    send: Callable[[Delivery], None], becomes: DeliveryState, last: str
) -> None:
    """The account leaves while the message is on the wire."""
    town = Town(play("tell", emails=(MAIL,)))
    town.enters()
    [email] = town.run("tell").deliveries

    def on_the_wire(delivery: Delivery) -> None:
        town.leaves()
        send(delivery)

    came = deliver(email, town.deliveries, on_the_wire, town.now)
    assert (came.state, came.attempts[-1].outcome) == (becomes, last)
    assert sent_by(town) == []


def test_a_claimed_one_whose_sender_died_is_not_sent_again() -> None:
    class Killed(BaseException):
        pass

    def die(_: Delivery) -> None:
        raise Killed

    town = Town(play("tell", emails=(MAIL,)))
    town.enters()
    [email] = town.run("tell").deliveries
    with pytest.raises(Killed):
        deliver(email, town.deliveries, die, town.now)
    town.leaves()
    assert states(town) == ["sending"]
    assert wake_due(town.deliveries, {c: InMemoryQueue() for c in Channel}, town.now + LEASE) == 1
    assert sent_by(town) == []
    [delivery] = town.deliveries.all()
    assert delivery.state is State.CANCELLED
    assert "the message may arrive twice; cancelled" in delivery.attempts[-1].outcome


def test_an_entry_after_the_exit_sends_its_own() -> None:
    """T3: and only that, though the first one's retry would be due now."""
    town = Town(play("tell", emails=(MAIL,)))
    town.enters()
    [first] = town.run("tell").deliveries
    deliver(first, town.deliveries, fail, town.now)
    town.leaves()
    town.enters(drop="drop-3")
    [second] = town.run("tell", passage="entered/2").deliveries
    town.now += wait_after(first, 1)
    assert sent_by(town) == [second]


def test_an_exit_and_the_next_entry_launched_at_once_keep_their_order() -> None:
    town = Town(TELL, play("in", add_tags=("in",)), on_exit("out", remove_tags=("in",)))
    town.enters()
    town.tell(active_users=50)
    town.tell(active_users=5)
    assert len(town.standing().pending) == 2
    assert launched(town.launch()) == ["out", "tell", "in"]
    assert town.tags() == ("in",)
    assert sent_by(town) == sorted(town.run("tell", passage="entered/2").deliveries)


class Dying(InMemoryWork):
    """The process ends before a run says that it is done."""

    def __init__(self, deaths: int):
        super().__init__()
        self.deaths = deaths

    def change_run(self, run: PlayRun) -> PlayRun:
        if self.deaths:
            self.deaths -= 1
            raise KeyboardInterrupt
        return super().change_run(run)


def test_what_an_interrupted_launch_put_on_its_way_is_cancelled_too() -> None:
    """Its run does not name the messages."""
    town = Town(TELL)
    town.work = Dying(deaths=1)
    town.launcher = replace(town.launcher, work=town.work)
    with pytest.raises(KeyboardInterrupt):
        town.enters()
    assert states(town) == ["waiting", "waiting"]
    town.leaves()
    assert states(town) == ["cancelled", "cancelled"]
    assert not town.run("tell").fired
    assert sent_by(town) == []


def test_a_launch_that_was_interrupted_ends_with_its_play() -> None:
    """R1: nobody repeats it once the play is retired, though another answers the segment."""
    asks = Branch(parse("Active Users < 10", standard_catalogue()), (tasks("call"),))
    chase = play("chase", steps=(asks,))
    town = Town(chase, TELL)
    change_run, town.work.change_run = town.work.change_run, interrupted  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        town.enters()
    town.work.change_run = change_run  # type: ignore[method-assign]
    assert town.run("chase").state is RunState.GOING
    retired = replace(chase, state=PlayState.RETIRED)
    town.playbook = replace(town.playbook, version="edited", plays=(retired, TELL))
    assert launched(town.launch()) == ["tell"]
    run = town.run("chase")
    assert (run.state, run.steps[-1].detail) == (RunState.ENDED, "the play is retired")
    assert town.standing().pending == ()
    assert town.titles() == ["call"], "what it did stays"


def interrupted(run: PlayRun) -> PlayRun:
    raise KeyboardInterrupt


class Late:
    """Accounts, of which the first that is read is as it was before."""

    def __init__(self, town: Town, before: Any) -> None:
        self.town, self.answers = town, [before]

    def get(self, account_id: str) -> Any:
        return self.answers.pop() if self.answers else self.town.accounts.get(account_id)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.town.accounts, name)


def test_a_launch_that_began_before_the_exit_and_ends_after_it_sends_nothing() -> None:
    """A launch by hand beside the stream's: it has read the account while it was inside."""
    town = Town(TELL)
    town.tell(active_users=5)
    inside = town.known()
    town.leaves()

    by_hand = replace(town.launcher, accounts=Late(town, inside), work=InMemoryWork())
    by_hand.launch_pending("A-1", town.playbook, town.now)
    assert len(town.queues[Channel.EMAIL].messages) == 1, "its message is queued"
    assert sent_by(town) == []


def test_cancelling_again_changes_nothing() -> None:
    town = Town(TELL, on_exit("bye", add_tags=("back",)))
    town.enters()
    town.work = Dying(deaths=0)
    town.work._runs.update(town.launcher.work._runs)  # type: ignore[attr-defined]
    town.work.deaths = 2
    town.launcher = replace(town.launcher, work=town.work)
    with pytest.raises(KeyboardInterrupt):
        town.leaves()
    before = town.deliveries.all()
    with pytest.raises(KeyboardInterrupt):
        town.launch()
    town.launch()
    assert town.deliveries.all() == before
    assert len(town.run("bye", passage="exited/1").outcomes) == 3


def test_a_shadow_has_nothing_to_cancel() -> None:
    town = Town(replace(TELL, state=PlayState.SHADOW))
    town.enters()
    town.leaves()
    assert (states(town), town.run("tell").deliveries) == ([], ())


CALL = replace(task("Call"), assign_to="ann@example.com")
CALLED_UP = play("tell", tasks=(CALL,), emails=(replace(MAIL, to="ann@example.com", subject="News"),))
NOTICE = "New task: Call"


def anns(*plays: Play, **ann: str) -> Town:
    """A town in which Ann is of the team."""
    town = Town(*plays)
    town.team.put(member("ann", **ann))
    return town


def comes(town: Town) -> list[str]:
    """The subjects of what is on its way, or has arrived."""
    return sorted(
        each.subject
        for each in town.deliveries.all()
        if each.state is not State.CANCELLED and not each.withdrawn
    )


def test_who_has_a_task_beside_a_mail_that_is_called_off_hears_of_it_once() -> None:
    """T3, TSK-10. The first try fails, and the account leaves before the next: the task stays Ann's."""
    town = anns(CALLED_UP, on_exit("bye", add_tags=("back",)))
    town.enters()
    [mail] = town.run("tell").deliveries
    deliver(mail, town.deliveries, fail, town.now)
    assert comes(town) == ["News"]
    pending = town.standing()
    town.leaves()
    assert comes(town) == [NOTICE]
    assert town.queues[Channel.EMAIL].messages[-1] != {"delivery_id": mail}
    town.accounts.put_standing(replace(pending, revision=town.standing().revision))
    town.leaves()
    assert comes(town) == [NOTICE]


def test_who_hears_of_the_task_though_a_sender_has_the_mail_may_hear_twice() -> None:
    """Nobody knows yet whether that attempt fails, and there is no other."""
    town = anns(CALLED_UP)
    town.enters()
    [mail] = town.run("tell").deliveries

    def on_the_wire(delivery: Delivery) -> None:
        town.leaves()
        fail(delivery)

    deliver(mail, town.deliveries, on_the_wire, town.now)
    assert comes(town) == [NOTICE]


@pytest.mark.parametrize(
    ("wish", "becomes"), [("each", "done"), ("each", "left"), ("summary", "open"), ("none", "open")]
)
def test_nothing_is_told_of_what_is_done_nor_to_who_has_left_nor_beside_a_summary(
    wish: str, becomes: str
) -> None:
    wished: Any = {"Task Mail": wish}
    town = anns(CALLED_UP, **wished)
    town.enters()
    if becomes == "done":
        town.closes("Call")
    if becomes == "left":
        [ann] = town.team.members_of(["ann@example.com"]).values()
        facts = replace(ann.facts, values={**ann.facts.values, "Active": False})
        town.team.put(replace(ann, facts=facts))
    wakes = list(town.wakes.all())
    town.leaves()
    assert comes(town) == []
    assert list(town.wakes.all()) == wakes


def test_who_had_the_mail_hears_of_no_task_at_the_exit() -> None:
    """Also where another mail of the play was to follow, and however often the exit is launched."""
    later = Deeds(emails=(replace(MAIL, to="ann@example.com", subject="Later"),))
    town = anns(replace(CALLED_UP, steps=(Wait(days=3), later)), on_exit("bye", add_tags=("back",)))
    town.enters()
    town.delivers()
    put_run, town.work.put_run = town.work.put_run, interrupted  # type: ignore[assignment]
    with pytest.raises(KeyboardInterrupt):
        town.leaves()
    town.work.put_run = put_run  # type: ignore[method-assign]
    town.launch()
    assert town.run("tell").state is RunState.ENDED
    assert comes(town) == ["News"]


def test_who_was_told_beside_a_mail_that_waits_for_the_morning_is_told_once_and_it_counts_once() -> None:
    """D6."""
    town = anns(CALLED_UP)
    town.playbook = replace(
        town.playbook, calendar=Calendar(quiet_from=time(19), quiet_to=time(8)), daily_cap=5
    )
    town.now = datetime(2026, 11, 24, 22, tzinfo=UTC)
    town.enters()
    assert comes(town) == ["New task: Call", "News"]
    before = town.control.get("interrupts#ann@example.com")
    town.now += timedelta(days=1)
    town.leaves()
    assert comes(town) == [NOTICE]
    assert town.control.get("interrupts#ann@example.com") == before


def test_the_task_of_a_launch_that_was_interrupted_is_told_of_too() -> None:
    """Its run does not name the mail that the exit calls off."""
    town = anns(CALLED_UP)
    town.work = Dying(deaths=1)
    town.launcher = replace(town.launcher, work=town.work)
    with pytest.raises(KeyboardInterrupt):
        town.enters()
    assert comes(town) == ["News"]
    town.leaves()
    assert comes(town) == [NOTICE]


def test_the_task_of_a_launch_that_an_exit_overtook_is_told_of_too() -> None:
    """A launch by hand, which has read the account while it was inside, meets its mail called off."""
    town = anns(CALLED_UP)
    town.tell(active_users=5)
    inside = town.known()
    town.leaves()
    work = InMemoryWork()
    by_hand = replace(town.launcher, accounts=Late(town, inside), work=work)
    by_hand.launch_pending("A-1", town.playbook, town.now)
    assert [each.title for each in work.tasks()] == ["Call"]
    assert comes(town) == [NOTICE]
