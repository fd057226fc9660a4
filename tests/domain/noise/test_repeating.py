"""What is asked for while it is open already is brought up to date, and no person is written to (D6)."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from keepwell.assignment.pools import Logic, Pool
from keepwell.deliveries import Channel, DeliveryState
from keepwell.plays import Play, PlayState
from keepwell.plays.play import Deeds, EmailAction, WebhookAction
from keepwell.plays.steps import Wait
from keepwell.tasks import Priority, RunState
from keepwell.tasks.changing import told
from tests.domain.any_order import Fate, Fated, Killed
from tests.domain.assignment.teams import member
from tests.domain.plays.entering import HOOK, MAIL, Town, mail, on_exit, play, task, tasks
from tests.story import TODAY

CALL = replace(
    task("call", due_in_days=3), description="Users: {{ account.active_users }}", priority=Priority.LOW
)
AGAIN = "entered/2"
LEFT = WebhookAction(endpoint="events", event="account.back")
CHAT = WebhookAction(endpoint="slack", message={"text": "{{ account.name }} is quiet"})


def calling(**fields: Any) -> Play:
    return play("chase", tasks=(CALL,), **fields)


def comes_back(town: Town, users: int = 3, number: int = 2) -> None:
    """The account leaves, and enters again the day after."""
    town.leaves(drop=f"out-{number}")
    town.now += timedelta(days=1)
    town.tell(drop=f"in-{number}", active_users=users)
    town.launch()


def test_a_task_that_is_open_is_updated_and_not_doubled() -> None:
    town = Town(calling())
    town.enters()
    first = town.task("call")
    comes_back(town)
    found = town.task("call")
    assert found.task_id == first.task_id
    assert (first.description, found.description) == ("Users: 5", "Users: 3")
    assert "it is 3" in found.reason
    told = f"task {first.task_id} for {first.assignee} updated: call"
    assert town.run("chase", passage=AGAIN).outcomes == (told,)


def test_its_title_tells_what_holds_now() -> None:
    town = Town(play("chase", tasks=(replace(CALL, title="call all {{ account.active_users }}"),)))
    town.enters()
    comes_back(town, users=3)
    comes_back(town, users=4, number=3)
    assert town.titles() == ["call all 4"]


def test_what_a_person_wrote_into_it_stays() -> None:
    titled = replace(CALL, title="call all {{ account.active_users }}")
    town = Town(play("chase", tasks=(titled,)))
    town.enters()
    said = told(town.task("call all 5"), "ann", town.now, {"Title": "call Bo"})
    town.work.change_task(said)
    comes_back(town)
    assert (town.titles(), town.task("call Bo").description) == (["call Bo"], "Users: 3")


def test_the_history_tells_who_changed_what() -> None:
    town = Town(calling())
    town.enters()
    comes_back(town)
    [row] = town.history.of("A-1", "task")
    assert (row.detail["did"], row.detail["by"]) == ("asked for again", "play:chase")
    assert (row.detail["was"], row.detail["now"]) == (
        {"Description": "Users: 5"},
        {"Description": "Users: 3"},
    )


def test_the_day_is_not_put_off() -> None:
    town = Town(calling())
    town.enters()
    comes_back(town)
    assert town.task("call").due_date == TODAY + timedelta(days=3)


@pytest.mark.parametrize(
    ("before", "asked", "after"),
    [
        (Priority.HIGH, Priority.LOW, Priority.HIGH),
        (Priority.LOW, Priority.NORMAL, Priority.NORMAL),
        (Priority.NORMAL, Priority.HIGH, Priority.HIGH),
    ],
)
def test_it_may_become_more_urgent_and_never_less(before: Priority, asked: Priority, after: Priority) -> None:
    town = Town(play("chase", tasks=(replace(CALL, priority=before),)))
    town.enters()
    town.playbook = replace(
        town.playbook, plays=(play("chase", tasks=(replace(CALL, priority=asked, due_in_days=0),)),)
    )
    comes_back(town)
    found = town.task("call")
    assert found.priority is after
    assert found.due_date == TODAY + timedelta(days=1)  # the earlier of the two


def test_mails_and_slack_are_held_back_and_the_run_says_so() -> None:
    town = Town(calling(emails=(MAIL,), webhooks=(CHAT,)))
    town.enters()
    sent = town.sent()
    town.delivers()
    comes_back(town)
    assert town.sent() == []
    run = town.run("chase", passage=AGAIN)
    task_id = town.task("call").task_id
    why = f"held back: task {task_id} of before is still open"
    held = [line for line in run.outcomes if line.endswith(why)]
    assert [line.split()[0] for line in held] == ["email", "webhook"]
    assert len(sent) == 2
    second = [each for each in town.deliveries.all() if each.transition_id == run.transition_id]
    recorded = [each for each in second if "held back" in each.attempts[-1].outcome]
    assert {each.delivery_id for each in recorded} == {line.split()[1] for line in held}
    assert run.deliveries == ()


def test_what_never_left_is_sent_when_the_account_comes_back() -> None:
    """In quiet hours, or when something moves to and fro within a minute, the exit calls the first mail off:
    who has no task would never hear of it."""
    town = Town(calling(emails=(MAIL,), webhooks=(CHAT,)))
    town.enters()
    for number in (2, 3):
        comes_back(town, number=number)
        assert len(town.sent()) == 2
    assert town.titles() == ["call"]
    town.delivers()
    for number in (4, 5):
        comes_back(town, number=number)
        assert town.sent() == [], "somebody had the third"


def test_what_a_digest_has_told_of_is_not_told_again() -> None:
    town = Town(calling(emails=(MAIL,)))
    town.team.put(member("lead"))
    town.playbook = replace(town.playbook, daily_cap=0)
    town.enters()
    town.passes(days=3)
    comes_back(town)
    about = "A-1/quiet/1/entered"
    [first] = [m for m in town.deliveries.all() if m.transition_id == about and not m.task_id]
    assert first.attempts[-1].outcome.startswith("told in the digest")
    [line] = [line for line in town.run("chase", passage=AGAIN).outcomes if line.startswith("email")]
    assert "held back" in line


def test_a_mail_that_the_play_did_not_have_before_is_sent() -> None:
    town = Town(calling())
    town.enters()
    edited(town, calling(emails=(MAIL,)))
    comes_back(town)
    assert town.sent() == ["Harbor Labs"]


def edited(town: Town, after: Play) -> None:
    town.playbook = replace(town.playbook, plays=(after,), version="edited")


def test_a_task_that_was_taken_out_of_the_play_is_not_taken_for_another_one() -> None:
    town = Town(play("chase", tasks=(CALL, task("write"))))
    town.enters()
    town.closes("write")
    edited(town, play("chase", tasks=(replace(task("write"), description="again"),)))
    comes_back(town)
    assert town.titles() == ["call", "write", "write"]
    assert town.task("call").description == "Users: 5"


def test_a_task_that_moved_within_the_play_is_the_same() -> None:
    town = Town(play("chase", tasks=(task("first"), CALL)))
    town.enters()
    edited(town, play("chase", tasks=(task("new"),), steps=(Wait(hours=1), Deeds(tasks=(CALL,)))))
    comes_back(town)
    town.passes(hours=1)
    assert sorted(town.titles()) == ["call", "first", "new"]
    assert town.task("call").description == "Users: 3"


def test_of_two_tasks_of_one_title_each_is_its_own() -> None:
    town = Town(play("chase", tasks=(CALL,), steps=(Wait(days=2), Deeds(tasks=(CALL,)))))
    town.enters()
    town.passes(days=2)
    assert town.titles() == ["call", "call"]
    comes_back(town)
    town.passes(days=2)
    assert town.titles() == ["call", "call"]
    assert {task.description for task in town.work.tasks("A-1")} == {"Users: 3"}


def test_machines_hear_of_every_passage() -> None:
    """Who keeps state by signed webhooks would miss the second entry otherwise; and to a machine alone there
    is nothing to tell of what is open."""
    town = Town(calling(emails=(MAIL,), steps=(Deeds(webhooks=(HOOK,)),)), on_exit("out", webhooks=(LEFT,)))
    town.enters()
    assert town.sent() == ["Harbor Labs", "account.quiet"]
    town.delivers()
    comes_back(town)
    assert town.sent() == ["account.back", "account.quiet"]
    [signed] = [each for each in town.deliveries.all() if each.open and each.subject == "account.quiet"]
    assert json.loads(signed.body)["data"]["sequence"] == 2
    run = town.run("chase", passage=AGAIN)
    assert run.deliveries == (signed.delivery_id,)
    assert f"webhook {signed.delivery_id} to events" in run.outcomes
    assert [step.step for step in run.steps if step.outcome == "again"] == [""]


def test_once_it_is_closed_the_next_passage_asks_anew() -> None:
    town = Town(calling(emails=(MAIL,)))
    town.enters()
    town.closes("call")
    comes_back(town)
    assert town.titles() == ["call", "call"]
    assert len(town.sent()) == 1


def test_after_many_passages_there_is_one_task() -> None:
    town = Town(calling(), on_exit("out", tasks=(task("ask"),)))
    town.enters()
    for number in range(2, 6):
        comes_back(town, users=9 - number, number=number)
    assert town.titles() == ["call", "ask"]
    assert town.task("call").description == "Users: 4"


def test_another_play_or_another_reason_is_another_task() -> None:
    town = Town(
        calling(),
        play("busy", segment="busy", tasks=(task("busy call"),)),
        segments={"busy": "Licenses > 100"},
    )
    town.enters()
    town.tell(active_users=5, licenses=500, drop="drop-2")
    town.launch()
    assert sorted(town.titles()) == ["busy call", "call"]


def test_of_two_tasks_the_closed_one_is_made_again() -> None:
    town = Town(play("chase", tasks=(CALL, task("write"))))
    town.enters()
    town.closes("write")
    comes_back(town)
    assert sorted(town.titles()) == ["call", "write", "write"]


def test_a_task_of_a_step_is_updated_by_the_same_step_of_the_next_run() -> None:
    town = Town(play("chase", steps=(Deeds(emails=(mail("news"),)), Wait(days=1), tasks("write"))))
    town.enters()
    town.delivers()
    town.passes(days=1)
    comes_back(town)
    assert town.sent() == []
    town.passes(days=1)
    assert town.titles() == ["write"]
    assert town.run("chase", passage=AGAIN).state is RunState.DONE
    assert "updated" in town.run("chase", passage=AGAIN).outcomes[-1]


def test_a_member_of_a_pool_keeps_the_task_and_no_other_is_next() -> None:
    """T8: asking again gives out nothing."""
    pool = Pool("all", "All", Logic.ROUND_ROBIN, {}, {})
    town = Town(play("chase", tasks=(replace(CALL, assign_to="pool:all"),)))
    town.playbook = replace(town.playbook, pools={"all": pool})
    for name in ("ann", "bo"):
        town.team.put(member(name))
    town.enters()
    row, first = town.control.get("pool#all"), town.task("call")
    assert row is not None
    comes_back(town)
    assert town.task("call").assignee == first.assignee
    assert town.control.get("pool#all") == row


def test_a_shadow_tells_what_it_would_update_and_changes_nothing() -> None:
    town = Town(calling())
    town.enters()
    town.playbook = replace(town.playbook, plays=(calling(state=PlayState.SHADOW),))
    comes_back(town)
    assert "updated: call" in town.run("chase", passage=AGAIN).outcomes[0]
    assert town.task("call").description == "Users: 5"


def test_wherever_the_launch_ends_and_whatever_is_closed_by_then_nothing_is_asked_for_twice() -> None:
    """T1, T2: the repetition goes the way that the first launch went."""
    place, died = 0, True
    while died:
        town = Town(calling(emails=(MAIL,), webhooks=(HOOK,)))
        town.enters()
        town.delivers()
        town.leaves()
        town.tell(active_users=3, drop="drop-3")
        died = dies_at(town, place)
        updated = town.task("call").description == "Users: 3"
        if updated:
            town.closes("call")
        town.launch()
        if updated:
            assert town.titles() == ["call"], place
            assert town.sent() == ["account.quiet"], place
        assert "Users: 3" in town.task("call").description
        second = [each for each in town.deliveries.all() if each.transition_id.endswith("quiet/2/entered")]
        assert {each.channel: each.state for each in second} == {
            Channel.EMAIL: DeliveryState.CANCELLED,
            Channel.WEBHOOK: DeliveryState.WAITING,
        }
        assert len(second) == 2, place
        rows = [row for row in town.history.of("A-1", "task") if row.detail["did"] == "asked for again"]
        assert len(rows) == 1, place
        assert town.standing().pending == ()
        place += 1
    assert place > 5


class _Dying:
    fate = Fate()


def dies_at(town: Town, place: int) -> bool:
    """Launch; whether it ended at the call of this place, right after it was carried out."""
    owner = _Dying()
    owner.fate = Fate(place, "after")
    ports = ("accounts", "work", "deliveries", "control", "wakes", "touchpoints", "history")
    fated: dict[str, Any] = {name: Fated(getattr(town, name), owner) for name in ports}  # type: ignore[arg-type]
    launcher, town.launcher = town.launcher, replace(town.launcher, **fated)
    try:
        town.launch()
    except Killed:
        return True
    finally:
        town.launcher = launcher
    return False


def by_code_that_knew_places(town: Town) -> None:
    """What is stored is as it was before tasks and messages told what they go by."""
    for found in town.work.tasks("A-1"):
        town.work.change_task(replace(found, asked_as=""))
    for message in town.deliveries.all():
        town.deliveries.put(replace(message, told_as=""))


def test_what_was_stored_before_titles_told_it_is_known_by_its_place() -> None:
    """R5: a task that was open at the upgrade is not made again, and its mails are held back."""
    town = Town(play("chase", tasks=(task("first"), CALL), emails=(MAIL,), webhooks=(CHAT,)))
    town.enters()
    town.delivers()
    town.closes("first")
    by_code_that_knew_places(town)
    comes_back(town)
    assert sorted(town.titles()) == ["call", "first", "first"]
    assert town.task("call").description == "Users: 3"
    assert town.sent() == []
    comes_back(town, users=4, number=3)
    assert len(town.titles()) == 3


def to(address: str, subject: str = "{{ account.active_users }} users") -> EmailAction:
    return EmailAction(address, subject, "Hello")


def receivers(town: Town) -> list[str]:
    """Whom the messages go to that are open."""
    return sorted(each.to for each in town.deliveries.all() if each.open)


@pytest.mark.parametrize(
    ("before", "after", "sent"),
    [
        (["boss"], ["lead", "boss"], ["lead"]),
        (["lead", "boss"], ["boss"], []),
        (["lead", "boss"], ["boss", "lead"], []),
        (["boss"], ["lead"], ["lead"]),
    ],
)
def test_a_mail_is_held_back_from_who_had_it_wherever_it_stands(
    before: list[str], after: list[str], sent: list[str]
) -> None:
    town = Town(calling(emails=tuple(to(f"{name}@example.com") for name in before)))
    town.enters()
    town.delivers()
    edited(town, calling(emails=tuple(to(f"{name}@example.com") for name in after)))
    comes_back(town)
    assert receivers(town) == [f"{name}@example.com" for name in sent]


def test_another_mail_to_the_same_person_is_sent() -> None:
    town = Town(calling(emails=(to("lead@example.com"),)))
    town.enters()
    town.delivers()
    edited(town, calling(emails=(to("lead@example.com", "What to say"), to("lead@example.com"))))
    comes_back(town)
    assert town.sent() == ["What to say"]


def test_a_mail_that_moved_to_another_step_is_the_same() -> None:
    town = Town(calling(emails=(to("boss@example.com"),)))
    town.enters()
    town.delivers()
    edited(town, calling(emails=(MAIL,), steps=(Wait(hours=1), Deeds(emails=(to("boss@example.com"),)))))
    comes_back(town)
    town.delivers()
    town.passes(hours=1)
    assert receivers(town) == []


def test_of_two_mails_of_one_subject_each_is_its_own() -> None:
    reminder = (Wait(days=1), Deeds(emails=(to("boss@example.com"),)))
    town = Town(calling(emails=(to("boss@example.com"),), steps=reminder))
    town.enters()
    town.delivers()
    comes_back(town)
    assert receivers(town) == []
    town.passes(days=1)
    assert receivers(town) == ["boss@example.com"], "nobody was reminded before"


def test_who_has_a_role_since_had_no_mail_of_before() -> None:
    town, mailed = Town(calling(emails=(to("Success Manager"),))), []
    for name in ("ann", "bo"):
        town.team.put(member(name))
    for manager in ("ann", "bo", "ann"):
        town.tell(active_users=5, success_manager=f"{manager}@example.com", drop=f"in {town.now}")
        town.launch()
        mailed.append(receivers(town))
        town.delivers()
        town.leaves(drop=f"out {town.now}")
    assert mailed == [["ann@example.com"], ["bo@example.com"], []]


def test_another_message_to_the_same_channel_is_sent() -> None:
    said = WebhookAction(endpoint="slack", message={"text": "Look at {{ account.name }}"})
    town = Town(calling(webhooks=(CHAT,)))
    town.enters()
    town.delivers()
    edited(town, calling(webhooks=(said, CHAT)))
    comes_back(town)
    [message] = [each for each in town.deliveries.all() if each.open]
    assert "Look at" in message.body
