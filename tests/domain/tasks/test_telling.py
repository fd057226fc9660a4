"""Who hears of a task that a person gave them (product TSK-10)."""

from keepwell.tasks import FollowUp, PostCompletion
from tests.domain.tasks.office import ANN, BO, Office


def mails(office: Office) -> list[tuple[str, str]]:
    due = [delivery_id for delivery_id, _ in office.deliveries.due(office.now)]
    found = [mail for each in due if (mail := office.deliveries.get(each))]
    return sorted((mail.to, mail.subject) for mail in found)


def test_who_is_given_a_task_hears_of_it_and_why() -> None:
    office = Office()
    office.asks()
    for _ in range(2):
        office.hand_over.assign(office.task(), BO, ANN, office.now, office.playbook)
    assert mails(office) == [(BO, "New task: Call")]
    office.hand_over.assign(office.task(), "success manager", BO, office.now, office.playbook)
    assert mails(office) == [(ANN, "New task: Call"), (BO, "New task: Call")]


def test_who_takes_a_task_hears_nothing() -> None:
    office = Office()
    office.asks()
    office.hand_over.assign(office.task(), BO, BO, office.now, office.playbook)
    assert mails(office) == []


def test_a_follow_up_is_told_to_another_but_not_to_who_closed_the_task() -> None:
    office = Office()
    again = PostCompletion(follow_up=FollowUp("Call again", assign_to=BO))
    office.asks(post_completion=again)
    office.close()
    office.close()
    assert mails(office) == [(BO, "New task: Call again")]
    mine = PostCompletion(follow_up=FollowUp("Visit"))
    office.asks("T-2", post_completion=mine)
    office.close("T-2")
    assert mails(office) == [(BO, "New task: Call again")]
