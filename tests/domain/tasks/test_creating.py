"""A task that a person asks for, and changes (TSK-01, TSK-03, TSK-08, TSK-10)."""

from datetime import timedelta

import pytest

from keepwell.assignment.pools import Logic, Pool
from keepwell.errors import RejectedInput
from keepwell.tasks import FollowUp, PostCompletion, Priority, Task
from keepwell.tasks.creating import Creator, Wanted
from tests.domain.tasks.office import ANN, BO, Office, a_playbook
from tests.story import TODAY

FRIDAY = TODAY + timedelta(days=6)
WANTED = Wanted("Send the price list", FRIDAY, "The new one", Priority.HIGH, "Renewal", 0.5)


@pytest.fixture
def office() -> Office:
    return Office()


def create(
    office: Office, to: str = "Success Manager", request: str = "r-1", wanted: Wanted = WANTED
) -> Task:
    creator = Creator(office.hand_over)
    return creator.create("A-1", WANTED, to, request, BO, office.now, office.playbook)


def mails(office: Office) -> list[str]:
    """To whom mails are on their way."""
    return [mail.to for mail in office.deliveries.all_open()]


def test_a_person_asks_somebody_at_an_account_to_do_something(office: Office) -> None:
    """TSK-01."""
    task = create(office)
    assert task == office.task(task.task_id)
    assert (task.title, task.description, task.due_date) == ("Send the price list", "The new one", FRIDAY)
    assert (task.priority, task.flow, task.effort) == (Priority.HIGH, "Renewal", 0.5)
    assert (task.assignee, task.created_by, task.is_open) == (ANN, BO, True)
    assert (task.play, task.reason) == ("", "")
    assert [each.task_id for each in office.work.agenda(ANN)] == [task.task_id]


def test_the_history_tells_who_asked_for_it(office: Office) -> None:
    task = create(office)
    [row] = office.told()
    assert (row.detail["task_id"], row.detail["did"], row.detail["by"]) == (task.task_id, "created", BO)
    assert row.detail["was"] == {}
    assert (row.detail["now"]["Title"], row.detail["now"]["Assignee"]) == ("Send the price list", ANN)


def test_whose_it_is_hears_of_it_but_who_asks_oneself(office: Office) -> None:
    """TSK-10."""
    create(office)
    assert mails(office) == [ANN]
    create(office, to=BO, request="r-2")
    assert mails(office) == [ANN]


def test_the_same_request_is_one_task_another_one_is_another(office: Office) -> None:
    first = create(office)
    office.passes(hours=1)
    assert create(office).task_id == first.task_id
    assert len(list(office.work.tasks("A-1"))) == len(mails(office)) == 1
    assert len(office.told()) == 1
    assert create(office, request="r-2").task_id != first.task_id


def test_a_request_that_is_repeated_after_a_change_changes_nothing(office: Office) -> None:
    task = create(office)
    office.hand_over.assign(task, BO, ANN, office.now, office.playbook)
    assert create(office).assignee == BO
    assert [row.detail["did"] for row in office.told()] == ["created", "assigned"]


def test_a_pool_gives_the_task_of_a_request_once(office: Office) -> None:
    """T8."""
    pool = Pool("all", "All", Logic.ROUND_ROBIN, {}, {})
    office.playbook = a_playbook(pools={"all": pool})
    first = create(office, to="pool:all")
    assert first.assignee in (ANN, BO)
    assert first.why_assigned
    assert create(office, to="pool:all").assignee == first.assignee


@pytest.mark.parametrize("to", ["Sucess Manager", "pool:nobody", "ann"])
def test_nobody_can_be_asked_who_is_not_there(office: Office, to: str) -> None:
    with pytest.raises(RejectedInput, match=f"'{to}' is nobody"):
        create(office, to=to)
    assert not list(office.work.tasks("A-1"))


def test_what_a_task_asks_for_is_changed_with_a_row_of_the_history(office: Office) -> None:
    office.asks()
    task = office.book.revise(office.task(), {"Due Date": FRIDAY, "Priority": "High"}, BO, office.now)
    assert (task.due_date, task.priority, task.title) == (FRIDAY, Priority.HIGH, "Call")
    [row] = office.told()
    assert (row.detail["did"], row.detail["by"]) == ("changed", BO)
    assert row.detail["was"] == {"Due Date": TODAY.isoformat()}
    assert row.detail["now"] == {"Due Date": FRIDAY.isoformat(), "Priority": "High"}


def test_a_closed_task_is_not_changed(office: Office) -> None:
    office.asks()
    office.close()
    with pytest.raises(RejectedInput, match="nothing to change"):
        office.book.revise(office.task(), {"Priority": "High"}, BO, office.now)


def test_a_follow_up_is_told_of_as_a_task_that_was_created(office: Office) -> None:
    """PLY-11."""
    office.asks(post_completion=PostCompletion(follow_up=FollowUp("Call again")))
    closed = office.close()
    assert closed.follow_up
    assert [(row.detail["did"], row.detail["task_id"]) for row in office.told()] == [
        ("closed", "T-1"),
        ("created", closed.follow_up.task_id),
    ]
