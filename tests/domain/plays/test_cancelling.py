"""An exit calls off what its entry left unsent, and no entry is overtaken by the one before (T3)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from keepwell.attributes import standard_catalogue
from keepwell.criteria import parse
from keepwell.deliveries import LEASE, Channel, Delivery, DeliveryState, deliver, wait_after, wake_due
from keepwell.errors import TransientFailure
from keepwell.in_memory import InMemoryDeliveries, InMemoryQueue, InMemoryWork
from keepwell.plays import PlayState
from keepwell.plays.steps import Branch
from keepwell.tasks import PlayRun, RunState
from tests.domain.plays.entering import HOOK, MAIL, Town, launched, on_exit, play, tasks

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


def test_a_launch_that_began_before_the_exit_and_ends_after_it_sends_nothing() -> None:
    """A launch by hand beside the stream's: it has read the account while it was inside."""
    town = Town(TELL)
    town.tell(active_users=5)
    inside = town.known()
    town.leaves()

    class Late:
        def __init__(self) -> None:
            self.answers = [inside]

        def get(self, account_id: str) -> Any:
            return self.answers.pop() if self.answers else town.accounts.get(account_id)

        def __getattr__(self, name: str) -> Any:
            return getattr(town.accounts, name)

    late: Any = Late()
    by_hand = replace(town.launcher, accounts=late, work=InMemoryWork())
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
