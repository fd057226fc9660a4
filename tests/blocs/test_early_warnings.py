"""The early warnings as the team lives them: who is asked for what, by when, and what if nobody does it."""

from datetime import date

import pytest

from keepwell.tasks import Task
from tests.blocs.company import ANN, LEE, OWNER, Company

EMPLOYED = {"license_utilization": 80, "weekly_active_users": 100, "engagement_score": 80}


def demands(task: Task) -> tuple[date | None, str, str]:
    return task.due_date, task.priority.value, task.flow


def test_login_silence() -> None:
    """EWS-01. Given Acorn used the product last on 2 November, nothing is asked until 30 days are over; on
    3 December Ann has a week to bring it back, and if she has not, Lee hears of it."""
    company = Company("login-silence", last_activity="2026-11-02")
    company.days(30)
    assert company.asked == []
    company.days(1)
    assert company.asked == [(ANN, "Bring Acorn back to the product")]
    [task] = company.tasks
    assert demands(task) == (date(2026, 12, 10), "Normal", "Adoption")
    assert "Last Activity > 30 days (it is 2026-11-02)" in task.description
    company.days(6)
    assert company.sent == []
    company.days(1)
    assert company.sent == [(LEE, "Not done in time: Bring Acorn back to the product")]


def test_login_silence_that_ends_leaves_the_task_to_ann() -> None:
    """EWS-01: who came back by themselves is still worth a call, and is not asked about twice."""
    company = Company("login-silence", last_activity="2026-11-02")
    company.days(31)
    company.tells(last_activity=company.today)
    assert not company.is_in("login-silence")
    company.days(20)
    assert [task.is_open for task in company.tasks] == [True]


def test_engagement_collapse() -> None:
    """EWS-02. Given an engagement of 80 two weeks ago, a file that tells 40 gives Ann 24 hours."""
    company = Company("engagement-collapse", engagement_score=80)
    company.days(14)
    company.tells(engagement_score=41)
    assert company.asked == []
    company.tells(engagement_score=40)
    assert company.asked == [(ANN, "Call Acorn about its falling engagement")]
    assert demands(company.tasks[0]) == (date(2026, 11, 17), "High", "Escalation")
    company.pass_by(hours=23)
    assert company.sent == []
    company.pass_by(hours=1)
    assert company.sent == [(LEE, "Not done in time: Call Acorn about its falling engagement")]


def test_a_warning_that_is_answered_in_time_escalates_to_nobody() -> None:
    """EWS-02, PLY-11: a call is the touchpoint that closing asks for."""
    company = Company("engagement-collapse", engagement_score=80)
    company.days(14)
    company.tells(engagement_score=40)
    [task] = company.tasks
    assert task.post_completion.require_touchpoint
    company.closes(task, after="Call")
    company.days(2)
    assert company.sent == []
    assert company.value("Last Touch") == date(2026, 11, 16)


def test_usage_cliff() -> None:
    """EWS-03. Given 80 percent of the licenses in use a week ago, and 8 now, Ann looks into it today; twelve
    hours later Lee does."""
    company = Company("usage-cliff", license_utilization=80, licenses=50)
    company.days(7)
    company.tells(license_utilization=9)
    assert company.asked == []
    company.tells(license_utilization=8)
    assert company.asked == [(ANN, "Investigate why Acorn stopped using its licenses")]
    assert demands(company.tasks[0]) == (company.today, "High", "Escalation")
    company.pass_by(hours=12)
    assert company.sent == [(LEE, "Not done in time: Investigate why Acorn stopped using its licenses")]


def test_communication_silence() -> None:
    """EWS-04. Given a last touch on 2 November, on 18 December, 46 days later, Ann is asked to get in touch;
    the call with which she closes the task ends the silence."""
    company = Company("communication-silence", last_touch="2026-11-02")
    company.days(45)
    assert company.asked == []
    company.days(1)
    assert company.asked == [(ANN, "Get in touch with Acorn")]
    assert demands(company.tasks[0]) == (date(2026, 12, 25), "Normal", "Adoption")
    company.closes(company.tasks[0], after="Call")
    assert company.value("Last Touch") == date(2026, 12, 18)
    assert not company.is_in("communication-silence")
    company.days(10)
    assert len(company.tasks) == 1
    assert company.sent == []


def test_support_escalation() -> None:
    """EWS-05. Five open tickets are work as usual, the sixth is a review that comes before other work."""
    company = Company("support-escalation", open_ticket_count=5)
    company.days(1)
    assert company.asked == []
    company.tells(open_ticket_count=6)
    assert company.asked == [(ANN, "Review the open tickets of Acorn with support")]
    assert demands(company.tasks[0]) == (date(2026, 11, 5), "High", "Escalation")
    company.pass_by(hours=48)
    assert company.sent == [(LEE, "Not done in time: Review the open tickets of Acorn with support")]


def test_usage_drop() -> None:
    """EWS-06, PLY-05. Given 100 weekly active users a week ago, a file that tells 74 asks Ann to find out
    why, with the numbers at hand."""
    company = Company("usage-drop", weekly_active_users=100, open_ticket_count=1)
    company.days(7)
    company.tells(weekly_active_users=75)
    assert company.asked == []
    company.tells(weekly_active_users=74)
    assert company.asked == [(ANN, "Investigate why fewer people of Acorn use the product")]
    [task] = company.tasks
    assert demands(task) == (date(2026, 11, 11), "High", "Escalation")
    assert "(it is 100 -> 74)" in task.description
    assert "Active in the last week: 74 people" in task.description
    assert "Open tickets: 1" in task.description


HELP = "Help Acorn to put its idle licenses to use"
TALK = "Settle with the decision maker of Acorn which licenses it needs"


def test_license_warning_in_two_steps() -> None:
    """EWS-07, PLY-05. Given less than half of the licenses in use for two weeks, Ann helps; two weeks later
    it is a matter for the decision maker."""
    company = Company("license-warning", license_utilization=40)
    company.days(13)
    assert company.asked == []
    company.days(1)
    assert company.asked == [(ANN, HELP)]
    assert demands(company.tasks[0]) == (date(2026, 11, 23), "Normal", "Adoption")
    company.days(13)
    assert company.asked == [(ANN, HELP)]
    company.days(1)
    assert company.asked == [(ANN, HELP), (ANN, TALK)]
    assert demands(company.tasks[1]) == (date(2026, 12, 7), "High", "Adoption")
    company.days(30)
    assert len(company.tasks) == 2


def test_license_warning_ends_where_help_has_helped() -> None:
    """EWS-07: unless it has left by then."""
    company = Company("license-warning", license_utilization=40)
    company.days(20)
    company.tells(license_utilization=55)
    company.days(30)
    assert company.asked == [(ANN, HELP)]


def test_license_warning_ends_where_the_customer_has_left() -> None:
    """EWS-07, PLY-09: whoever has gone in between is not asked about licenses."""
    company = Company("license-warning", license_utilization=40)
    company.days(20)
    company.tells(status="Churned")
    company.days(10)
    assert company.asked == [(ANN, HELP)]


UNSTICK = "Remove what holds up the onboarding of Acorn"
STEP_IN = "Step in at Acorn to get its onboarding going"
STUCK = "The onboarding of Acorn is stuck"


def stuck_in_configuration(**acorn: object) -> Company:
    company = Company("delayed-onboarding", onboarding_stage="Configuration", **acorn)
    company.days(15)
    return company


def test_delayed_onboarding() -> None:
    """EWS-08, PLY-03. On the 15th day in configuration Ann has a task and Lee, who leads her, a mail; a week
    later Lee has a task, too."""
    company = stuck_in_configuration()
    assert company.asked == [(ANN, UNSTICK)]
    assert demands(company.tasks[0]) == (date(2026, 11, 19), "High", "Onboarding")
    assert company.sent == [(LEE, STUCK)]
    company.days(7)
    assert company.asked == [(ANN, UNSTICK), (LEE, STEP_IN)]
    assert demands(company.tasks[1]) == (date(2026, 11, 25), "High", "Escalation")
    assert company.tasks[1].why_assigned == f"leads {ANN}"
    assert company.sent == [(LEE, STUCK)]


def test_an_onboarding_that_moves_on_is_not_escalated_further() -> None:
    """EWS-08."""
    company = stuck_in_configuration()
    company.tells(onboarding_stage="Enablement")
    company.days(20)
    assert company.asked == [(ANN, UNSTICK)]


def test_where_nobody_leads_the_success_manager_the_owner_of_the_play_hears_of_it() -> None:
    """EWS-08, PLY-10. Lee has no manager."""
    company = stuck_in_configuration(success_manager=LEE)
    company.days(7)
    assert company.sent == [(OWNER, STUCK)]
    assert company.asked == [(LEE, UNSTICK), (OWNER, STEP_IN)]
    assert company.tasks[1].why_assigned == f"{LEE}, the Success Manager, has no manager"


def test_champion_loss() -> None:
    """EWS-09. Given a key contact who used the product last on 2 November, a colleague who goes on does not
    hide that she stays away."""
    company = Company("champion-loss")
    company.file("users", {"Account ID": "acorn", "User ID": "kim", "Key Contact": "yes"})
    company.file("users", {"Account ID": "acorn", "User ID": "bob", "Key Contact": "no"})
    use = {"Account ID": "acorn", "Module": "Reports", "Action": "Open"}
    company.file("usage", {**use, "User ID": "kim", "Time": "2026-11-02"})
    company.days(30)
    company.file("usage", {**use, "User ID": "bob", "Time": "2026-12-02"})
    assert company.asked == []
    company.days(1)
    assert company.asked == [(ANN, "Find a new champion at Acorn")]
    assert demands(company.tasks[0]) == (date(2026, 12, 6), "High", "Escalation")


def test_health_drop_to_poor() -> None:
    """EWS-10, PLY-14. Acorn was well; a file tells of a bad survey, and that Ann worries."""
    company = Company("health-drop-to-poor", "identify-risk", risk_status="Not At Risk")
    company.tells(nps=2, csm_sentiment=1)
    assert company.asked == [(ANN, "Find out why Acorn fell to Poor")]
    assert demands(company.tasks[0]) == (date(2026, 11, 3), "High", "Escalation")
    assert company.sent == [(ANN, "Acorn fell to Poor")]
    assert company.value("Risk Status") == "Identified"
    company.tells(nps=10, csm_sentiment=4)
    company.days(1)
    assert len(company.tasks) == 1
    assert company.value("Risk Status") == "Identified"


def test_many_who_have_left_keep_nobody_from_hearing_of_those_who_have_not() -> None:
    """EWS-01, 1.14 row 23. The use of 26 accounts that left and of three that pay ends on one day: none of
    the three waits for a person to release it, and nothing is told to have been done for the others."""
    company = Company("login-silence")
    told: dict[str, object] = {"Last Activity": "2026-11-02", "Success Manager": ANN}
    names = {f"gone-{n}": "Churned" for n in range(26)} | {f"pays-{n}": "Paying" for n in range(3)}
    company.file("accounts", *({"Account ID": id_, "Status": said, **told} for id_, said in names.items()))
    company.days(31)
    assert company.fired == ["login-silence"] * 3


@pytest.mark.parametrize("status", ["", "Churned"])
def test_a_silent_account_that_becomes_a_customer_is_brought_back(status: str) -> None:
    """EWS-01: whether it was not known to be one before, or has come back."""
    company = Company("login-silence", last_activity="2026-11-02", status=status)
    company.days(40)
    assert company.asked == []
    company.tells(status="Paying")
    assert company.asked == [(ANN, "Bring Acorn back to the product")]


@pytest.mark.parametrize(
    "play",
    [
        "champion-loss",
        "communication-silence",
        "delayed-onboarding",
        "engagement-collapse",
        "license-warning",
        "login-silence",
        "support-escalation",
        "usage-cliff",
        "usage-drop",
    ],
)
def test_silence_of_who_has_left_asks_nobody_for_anything(play: str) -> None:
    """EWS-01 to EWS-09: Acorn has cancelled in the middle of its onboarding; its use ends, its last tickets
    stay open, and nobody calls any more."""
    company = Company(play, last_touch="2026-11-02", onboarding_stage="Configuration", **EMPLOYED)
    company.file("users", {"Account ID": "acorn", "User ID": "kim", "Key Contact": "yes"})
    use = {"Account ID": "acorn", "User ID": "kim", "Module": "Reports", "Action": "Open"}
    company.file("usage", {**use, "Time": "2026-11-02"})
    company.days(14)
    company.tells(status="Churned")
    company.tells(license_utilization=0, weekly_active_users=0, engagement_score=0, open_ticket_count=9)
    company.days(33)
    assert company.fired == []
    assert company.asked == []
    assert company.sent == []
