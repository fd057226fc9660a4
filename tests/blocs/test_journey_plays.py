"""The plays of the journey, from the welcome to the renewal and beyond, as the team lives them (PLY-17)."""

from datetime import date, timedelta

import pytest

from keepwell.tasks import Task
from tests.blocs.company import ANN, OWNER, Company, everything_on


def demands(task: Task) -> tuple[date | None, str, str]:
    return task.due_date, task.priority.value, task.flow


def test_welcome_sequence() -> None:
    """PLY-02. A file tells that Acorn begins: Ann schedules the kickoff and sends the welcome, and the stages
    of onboarding begin."""
    company = Company("welcome-sequence")
    company.tells(customer_journey_stage="Onboarding")
    assert company.asked == [
        (ANN, "Schedule the kickoff with Acorn"),
        (ANN, "Send Acorn the welcome mail with the setup instructions"),
    ]
    kickoff, welcome = company.tasks
    assert demands(kickoff) == (date(2026, 11, 4), "High", "Onboarding")
    assert demands(welcome) == (date(2026, 11, 3), "Normal", "Onboarding")
    assert company.value("Onboarding Stage") == "Kickoff"


def test_a_welcome_sets_no_onboarding_back() -> None:
    """PLY-02, BLC-02."""
    company = Company("welcome-sequence", onboarding_stage="Configuration")
    company.tells(customer_journey_stage="Onboarding")
    assert len(company.tasks) == 2
    assert company.value("Onboarding Stage") == "Configuration"


SATISFIED = "Ask Acorn how satisfied it is with its onboarding"
CHECK_IN = "Check in with Acorn, 30 days after its onboarding"


def test_post_onboarding_transition_and_check_in() -> None:
    """PLY-04, PLY-14. Given two weeks in onboarding, its completion takes Acorn on to Adoption; Ann asks how
    it was within three working days, and again looks after it in 30 days."""
    company = Company(
        "post-onboarding-transition",
        "post-onboarding-check-in",
        customer_journey_stage="Onboarding",
        onboarding_stage="Go Live",
    )
    company.days(14)
    assert company.asked == []
    company.tells(onboarding_stage="Completed")
    assert sorted(company.asked) == [(ANN, SATISFIED), (ANN, CHECK_IN)]
    due = {task.title: demands(task) for task in company.tasks}
    assert due[SATISFIED] == (date(2026, 11, 19), "Normal", "Onboarding")
    assert due[CHECK_IN] == (date(2026, 12, 16), "Normal", "Adoption")
    assert company.value("Customer Journey Stage") == "Adoption"
    company.days(30)
    assert len(company.tasks) == 2


@pytest.mark.parametrize("known_for", [1, 2, 5])
def test_a_check_in_is_due_30_days_after_the_onboarding_however_new_the_account_is(known_for: int) -> None:
    """PLY-04: to the day where two days are known, a day late where it is one."""
    company = Company("post-onboarding-check-in", onboarding_stage="Go Live")
    company.days(known_for)
    completed = company.today
    company.tells(onboarding_stage="Completed")
    company.days(20)
    [task] = company.tasks
    assert task.due_date == completed + timedelta(days=31 if known_for == 1 else 30)


def test_a_check_in_is_asked_for_once_and_again_after_another_onboarding() -> None:
    """PLY-04, T1."""
    company = Company("post-onboarding-check-in", onboarding_stage="Go Live")
    company.days(3)
    company.tells(onboarding_stage="Completed")
    company.days(40)
    assert company.asked == [(ANN, CHECK_IN)]
    company.closes(company.tasks[0], after="Call")
    company.tells(onboarding_stage="Go Live")
    company.days(10)
    company.tells(onboarding_stage="Completed")
    assert company.asked == [(ANN, CHECK_IN)] * 2


@pytest.mark.parametrize("decided_after", [3, 10])
def test_check_ins_that_are_held_wait_until_a_person_decides(decided_after: int) -> None:
    """PLY-04, the brake: 40 accounts go live on a day. What is released is due 30 days after that day."""
    company = Company("post-onboarding-check-in")
    ids = [f"go-live-{number}" for number in range(40)]
    company.file("accounts", *({"Account ID": id_, "Onboarding Stage": "Go Live"} for id_ in ids))
    company.days(3)
    completed = company.today
    company.pass_by(minutes=1)
    company.file("accounts", *({"Account ID": id_, "Onboarding Stage": "Completed"} for id_ in ids))
    company.days(decided_after)
    assert len(company.held) == 15
    company.releases(company.held)
    due = [task.due_date for id_ in ids for task in company.tasks_of(id_)]
    assert due == [completed + timedelta(days=30)] * 40


def test_completed_onboarding_takes_nobody_back_to_adoption() -> None:
    """PLY-04: who is at Expansion already stays there."""
    company = Company(
        "post-onboarding-transition", customer_journey_stage="Expansion", onboarding_stage="Go Live"
    )
    company.tells(onboarding_stage="Completed")
    assert company.value("Customer Journey Stage") == "Expansion"


def test_a_first_import_asks_for_no_check_in_of_old_customers() -> None:
    """PLY-14, ROL-06: it is live from the first day; who completed onboarding long ago is left alone."""
    company = Company("post-onboarding-check-in", onboarding_stage="Completed")
    company.days(30)
    assert company.asked == []


def test_pre_renewal_in_good_health() -> None:
    """PLY-06. Given a renewal on 1 February and good health, 90 days before it Ann prepares a review."""
    company = Company("pre-renewal-good", "pre-renewal-poor", renewal_date="2027-02-01")
    company.days(0)
    assert company.asked == []
    company.days(1)
    assert company.asked == [(ANN, "Schedule the success review with Acorn before it renews")]
    assert demands(company.tasks[0]) == (date(2026, 11, 10), "Normal", "Renewal")
    company.days(20)
    assert len(company.tasks) == 1


def test_pre_renewal_in_poor_health() -> None:
    """PLY-07. The same renewal in poor health: the executive sponsor comes in the same day."""
    company = Company(
        "pre-renewal-good", "pre-renewal-poor", renewal_date="2027-02-01", nps=2, csm_sentiment=1
    )
    company.days(1)
    assert company.asked == [(ANN, "Intervene at Acorn with the executive sponsor before it renews")]
    assert demands(company.tasks[0]) == (company.today, "High", "Escalation")
    assert company.sent == [(ANN, "Act today: Acorn renews on 2027-02-01 in Poor health")]


def test_a_fall_to_poor_before_a_renewal_is_two_tasks_and_two_mails() -> None:
    """D6, EWS-10, PLY-07. The first plays mail who has their task, and no notice of it comes beside that."""
    company = Company("health-drop-to-poor", "identify-risk", "pre-renewal-poor", renewal_date="2026-12-20")
    company.tells(nps=2, csm_sentiment=1)
    assert sorted(company.asked) == [
        (ANN, "Find out why Acorn fell to Poor"),
        (ANN, "Intervene at Acorn with the executive sponsor before it renews"),
    ]
    assert sorted(company.mails) == [
        (ANN, "Acorn fell to Poor"),
        (ANN, "Act today: Acorn renews on 2026-12-20 in Poor health"),
    ]


VERIFY = "Verify the payment method of Acorn before it renews by itself"


def test_auto_renewal_monitoring() -> None:
    """PLY-08. Given a contract that renews by itself on 10 December, 30 days before Ann verifies the payment
    and tells the customer of the day."""
    company = Company("auto-renewal-monitoring", renewal_type="Auto", renewal_date="2026-12-10")
    company.days(7)
    assert company.asked == []
    company.days(1)
    assert company.asked == [(ANN, "Tell Acorn that it renews by itself on 2026-12-10"), (ANN, VERIFY)]
    tell, verify = company.tasks
    assert demands(tell) == (date(2026, 11, 13), "Normal", "Renewal")
    assert demands(verify) == (date(2026, 11, 17), "Normal", "Renewal")
    company.days(60)
    assert len(company.tasks) == 2


def test_the_next_renewal_is_monitored_anew() -> None:
    """PLY-08: every renewal is verified, not only the first."""
    company = Company("auto-renewal-monitoring", renewal_type="Auto", renewal_date="2026-11-20")
    for task in company.tasks:
        company.closes(task, after="Email")
    company.days(20)
    company.tells(renewal_date="2027-01-20")
    company.days(30)
    assert [title for _, title in company.asked].count(VERIFY) == 2


def test_a_renewal_that_is_put_off_while_its_tasks_are_open_is_told_by_its_new_day() -> None:
    """PLY-08, D6: nobody tells the customer the old day."""
    company = Company("auto-renewal-monitoring", renewal_type="Auto", renewal_date="2026-11-20")
    company.tells(renewal_date="2027-01-20")
    company.days(50)
    assert company.asked == [(ANN, "Tell Acorn that it renews by itself on 2027-01-20"), (ANN, VERIFY)]
    assert all("2027-01-20" in task.description for task in company.tasks)


def test_a_negotiated_renewal_is_not_monitored() -> None:
    """PLY-08, BLC-05."""
    company = Company("auto-renewal-monitoring", renewal_type="Negotiated", renewal_date="2026-11-20")
    assert company.asked == []


WHY = "Ask Acorn why it left"
OFFER = "Make Acorn an offer to come back"
LAST_OFFER = "Make Acorn a last offer to come back"


def test_churn_recovery() -> None:
    """PLY-09. Acorn has left: Ann asks why, makes an offer after 30 days and a last one after 90."""
    company = Company("churn-recovery")
    company.tells(contract_status="Churned")
    assert company.asked == [(ANN, WHY)]
    assert demands(company.tasks[0]) == (date(2026, 11, 5), "Normal", "Renewal")
    company.days(29)
    assert company.asked == [(ANN, WHY)]
    company.days(1)
    assert company.asked == [(ANN, WHY), (ANN, OFFER)]
    company.days(59)
    assert len(company.tasks) == 2
    company.days(1)
    assert company.asked == [(ANN, WHY), (ANN, OFFER), (ANN, LAST_OFFER)]
    assert demands(company.tasks[2]) == (date(2027, 2, 5), "Low", "Renewal")


def test_churn_recovery_ends_where_the_customer_is_back() -> None:
    """PLY-09: no offer to come back to somebody who has."""
    company = Company("churn-recovery")
    company.tells(status="Churned")
    company.days(31)
    company.tells(status="Paying")
    company.days(70)
    assert company.asked == [(ANN, WHY), (ANN, OFFER)]


@pytest.mark.parametrize("nobody", ["", "gone@acme.example"])
def test_what_no_success_manager_has_the_owner_of_the_play_gets(nobody: str) -> None:
    """PLY-10: an empty role, and one whose holder is not of the team any more."""
    company = Company("churn-recovery", success_manager=nobody)
    company.tells(status="Churned")
    company.days(30)
    assert company.asked == [(OWNER, WHY), (OWNER, OFFER)]


def test_from_the_welcome_to_the_renewal_plays_start_by_themselves_for_their_segments() -> None:
    """PLY-17. One customer's life, as files and days tell it; nobody asks for a play."""
    plays = ("welcome-sequence", "post-onboarding-transition", "pre-renewal-good")
    assert all(play.segment for play in everything_on().plays if play.id in plays)
    company = Company(*plays, renewal_date="2027-02-15")
    company.tells(customer_journey_stage="Onboarding")
    company.days(12)
    company.tells(onboarding_stage="Completed")
    company.days(5)
    begun = sorted(company.tasks, key=lambda task: task.created_at)
    assert list(dict.fromkeys(task.play for task in begun)) == list(plays)
