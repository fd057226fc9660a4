"""The blocs that ship: complete, in step with their bundle, and each with examples both ways."""

from collections.abc import Iterable, Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from keepwell.criteria import parse
from keepwell.health import MissingPolicy, Profile
from keepwell.playbook import Playbook, read_bundle
from keepwell.playbook.compiling import check_playbook, compile_playbook
from keepwell.playbook.loading import blocs_in, shipped_blocs
from keepwell.playbook.playbook import GROUPS
from keepwell.plays import Play, PlayState
from keepwell.plays.play import Deeds
from keepwell.plays.steps import Branch, Step

BLOCS = shipped_blocs()
WITH_CONDITIONS = sorted([*BLOCS.glob("*/segments/*.yaml"), *BLOCS.glob("*/plays/*.yaml")])


@pytest.fixture(scope="module")
def playbook() -> Playbook:
    return read_bundle(files("keepwell_blocs").joinpath("default.json").read_text("utf-8"))


def test_there_is_nothing_to_mend() -> None:
    assert [str(finding) for finding in check_playbook(None, BLOCS)] == []


def test_the_default_bundle_is_in_step() -> None:
    shipped = files("keepwell_blocs").joinpath("default.json").read_text("utf-8")
    message = "run python -m keepwell.playbook.compiling"
    assert shipped == compile_playbook(None, BLOCS), message


def test_the_default_playbook_installs_every_bloc() -> None:
    content = YAML(typ="safe").load(BLOCS / "keepwell.yaml")
    expected = ["adoption", "detect-risk", "early-warning", "health", "manage-onboarding", "portfolio"]
    assert sorted(content["blocs"]) == sorted(blocs_in(BLOCS)) == [*expected, "renewals"]


def test_the_default_owner_is_nobodys_mailbox(playbook: Playbook) -> None:
    assert {play.owner for play in playbook.plays} == {"owner@keepwell.invalid"}


@pytest.mark.parametrize("path", WITH_CONDITIONS, ids=lambda path: path.stem)
def test_conditions_carry_examples_both_ways(path: Path) -> None:
    content = YAML(typ="safe").load(path)
    if "criteria" in content or "condition" in content["trigger"]:
        assert content["examples"]["match"]
        assert content["examples"]["no_match"]
    if path.parent.parent.name == "portfolio":
        assert "on" in content["examples"]
    assert content["description"]


def test_profiles_stand_in_the_decided_order(playbook: Playbook) -> None:
    """HLT-04, HLT-06: onboarding first, then the most restrictive."""
    assert [profile.name for profile in playbook.profiles] == ["Onboarding", "Core", "Light", "Default"]
    assert {profile.missing for profile in playbook.profiles} == {MissingPolicy.EXCLUDE}


def weights(profile: Profile) -> dict[str, float]:
    return {dimension.name: dimension.weight for dimension in profile.dimensions}


def test_dimensions_weigh_as_published(playbook: Playbook) -> None:
    """HLT-10, HLT-11, 1.15."""
    onboarding, core, light, default = playbook.profiles
    assert weights(onboarding) == {"Progress": 50, "Activation": 50}
    assert weights(core) == {
        "Product Usage": 25,
        "CSM Sentiment": 20,
        "Engagement": 20,
        "Support Health": 15,
        "Business Outcomes": 10,
        "NPS": 10,
    }
    assert weights(light) == {
        "Product Usage": 35,
        "Support Health": 25,
        "NPS and Surveys": 20,
        "Feature Adoption": 20,
    }
    assert weights(default) == {}


METRICS = {
    "Onboarding": [
        ("Days in Onboarding Stage", "Days in Onboarding Stage <= 7", "Days in Onboarding Stage > 14"),
        ("Days to First Value", "Days to First Value <= 14", "Days to First Value > 30"),
        ("License Utilization", "License Utilization >= 30", "License Utilization < 5"),
        ("Last Activity", "Last Activity within last 7 days", "Last Activity > 14 days"),
    ],
    "Core": [
        ("License Utilization", "License Utilization >= 50", "License Utilization < 20"),
        ("Usage Frequency", "Usage Frequency at least Weekly", "Usage Frequency is Inactive"),
        ("Feature Depth", "Feature Depth >= 50", "Feature Depth < 20"),
        (
            "Active Users Change 30 Days",
            "Active Users Change 30 Days >= -5",
            "Active Users Change 30 Days < -25",
        ),
        ("CSM Sentiment", "CSM Sentiment >= 3", "CSM Sentiment <= 1"),
        (
            "CSM Risk",
            'CSM Risk is "0 - NO RISK" OR CSM Risk is empty',
            'CSM Risk in ("3 - HIGH", "4 - CRITICAL")',
        ),
        ("Days Since Last Touch", "Days Since Last Touch <= 21", "Days Since Last Touch > 45"),
        ("Success Plan", "Success Plan = yes", "Success Plan = no"),
        ("Days Since Last QBR", "Days Since Last QBR <= 95", "Days Since Last QBR > 185"),
        ("Open Ticket Count", "Open Ticket Count <= 2", "Open Ticket Count > 5"),
        ("Escalations in 90 days", "Escalations in 90 days = 0", "Escalations in 90 days >= 2"),
        ("Goal Achievement", "Goal Achievement >= 75", "Goal Achievement < 50"),
        ("ROI Confirmed", "ROI Confirmed = yes", "ROI Confirmed = no"),
        ("NPS", "NPS >= 9", "NPS <= 6"),
        ("NPS Change 180 Days", "NPS Change 180 Days >= 0", "NPS Change 180 Days <= -3"),
    ],
    "Light": [
        ("Usage Frequency", "Usage Frequency at least Weekly", "Usage Frequency is Inactive"),
        ("Core Feature Adoption", "Core Feature Adoption >= 50", "Core Feature Adoption < 20"),
        ("Session Duration", "Session Duration >= 10", "Session Duration < 2"),
        ("Engagement Score", "Engagement Score >= 60", "Engagement Score < 10"),
        ("Open Ticket Count", "Open Ticket Count <= 2", "Open Ticket Count > 5"),
        (
            "Open Ticket Count Change 30 Days",
            "Open Ticket Count Change 30 Days <= 0",
            "Open Ticket Count Change 30 Days >= 3",
        ),
        ("SLA Status", "SLA Status = Met", "SLA Status = Breached"),
        ("NPS", "NPS >= 9", "NPS <= 6"),
        ("CSAT", "CSAT >= 4", "CSAT <= 2"),
        ("Features Used in 30 days", "Features Used in 30 days >= 5", "Features Used in 30 days <= 1"),
        ("New Feature Engagement", "New Feature Engagement >= 30", "New Feature Engagement < 5"),
    ],
}


@pytest.mark.parametrize("name", METRICS)
def test_scorecards_are_complete(playbook: Playbook, name: str) -> None:
    """1.15, metric by metric."""
    profile = next(profile for profile in playbook.profiles if profile.name == name)
    metrics = [metric for dimension in profile.dimensions for metric in dimension.metrics]
    expected = [
        (name, parse(good, playbook.catalogue), parse(poor, playbook.catalogue))
        for name, good, poor in METRICS[name]
    ]
    assert [(metric.name, metric.good, metric.poor) for metric in metrics] == expected
    assert {metric.weight for metric in metrics} == {1.0}


def test_the_account_model_is_the_baseline_scorecard(playbook: Playbook) -> None:
    """HLT-14, HLT-15."""
    assert [(metric.name, str(metric.good), str(metric.poor)) for metric in playbook.account_model] == [
        ("Usage Frequency", "Usage Frequency >= Weekly", "Usage Frequency = Inactive"),
        ("Engagement Score", "Engagement Score >= 60", "Engagement Score < 10"),
        ("License Utilization", "License Utilization >= 50", "License Utilization < 20"),
        ("Active Clients", "Active Clients >= 3", "Active Clients <= 1"),
        ("Invoices/Month", "Invoices/Month >= 15", "Invoices/Month <= 3"),
    ]


PUBLISHED = {
    "healthy-customer": "Health Score >= 70 AND Risk Status = Not At Risk",
    "watch-list": "Health Score between 50-69 AND Days Since Last Touch > 21",
    "high-priority": (
        "(Health = Poor OR Risk Status = Identified) AND Contract Value > $25,000 "
        "AND Renewal Date within 90 days"
    ),
    "at-risk": "Health = Poor",
    "renewals-next-90-days": "Renewal Date within next 90 days",
    "renewals-this-quarter": "Renewal Date this quarter",
    "trust-rebuilding": (
        '(Risk Status = Identified OR Risk Status = Engaged) AND Risk Reason contains "Product Issues"'
    ),
    "post-onboarding-review": "Create Date more than 30 days ago AND Create Date within last 37 days",
    "anniversary-review": "Contract Start Date anniversary every 3 months within 7 days",
    "login-silence": "Last Activity > 30 days",
    "communication-silence": "Days Since Last Touch > 45",
    "engagement-collapse": "Engagement Score dropped 50%+ in 14 days",
    "usage-decline": "Weekly Active Users dropped > 25%",
    "license-under-use": "License Utilization < 50% for 14+ days",
    "in-onboarding": "Customer Journey Stage = Onboarding",
    "usage-cliff": "License Utilization decreased 90% in 7 days",
    "support-escalation": "Open Ticket Count > 5",
    "delayed-onboarding": "Onboarding Stage = Configuration AND Days in Current Stage > 14",
    "churned": "Contract Status = Churned",
}


@pytest.mark.parametrize("segment", PUBLISHED)
def test_segments_are_as_published(playbook: Playbook, segment: str) -> None:
    """SEG-03 to SEG-07, SEG-12, SEG-13, EWS-01 to EWS-08, PLY-09, in the letter of 1.16."""
    found = next(each for each in playbook.segments if each.id == segment)
    assert found.criteria == parse(PUBLISHED[segment], playbook.catalogue)


LISTS = {
    "Periodic check-ins": ["anniversary-review", "post-onboarding-review", "quarterly-review-due"],
    "Health alerts": [
        "engagement-collapse",
        "health-became-poor",
        "health-score-drop",
        "license-under-use",
        "support-escalation",
        "usage-cliff",
        "usage-decline",
        "watch-list",
    ],
    "Milestone events": ["journey-stage-changed", "onboarding-completed", "usage-growth"],
    "At-risk accounts": [
        "at-risk",
        "champion-loss",
        "communication-silence",
        "delayed-onboarding",
        "high-priority",
        "login-silence",
        "risk-flag-raised",
        "trust-rebuilding",
    ],
    "Renewals upcoming": ["auto-renewal-in-30-days", "renewals-next-90-days", "renewals-this-quarter"],
    "Journey stages": ["in-adoption", "in-expansion", "in-nurture", "in-onboarding"],
    "": ["churned", "healthy-customer", "seen-through-onboarding"],
}


def test_the_lists_stand_in_the_groups_of_the_command_center(playbook: Playbook) -> None:
    """SEG-07, SEG-09 to SEG-14, SEG-17."""
    assert tuple(LISTS)[: len(GROUPS)] == GROUPS
    groups = dict.fromkeys([segment.group for segment in playbook.segments])
    found = {group: [s.id for s in playbook.segments if s.group == group] for group in groups}
    assert found == LISTS


def test_every_list_says_what_to_do(playbook: Playbook) -> None:
    """SEG-09: lists and the health score are the team's playbook."""
    assert [segment.id for segment in playbook.segments if not segment.playbook] == []


def test_of_the_lists_of_the_portfolio_none_acts_by_itself(playbook: Playbook) -> None:
    """1.14 row 23: an account in ten new lists gets no mail for it."""
    listed = {path.stem for path in BLOCS.glob("portfolio/segments/*.yaml")}
    acting = [play for play in playbook.plays if play.state is not PlayState.DRAFT]
    assert [play.id for play in acting if play.segment in listed] == []


def test_what_acts_by_itself_are_the_first_plays(playbook: Playbook) -> None:
    """PLY-14, ROL-06: all else is switched on by a person, one play at a time."""
    assert {play.state for play in playbook.plays} == {PlayState.LIVE, PlayState.DRAFT}
    assert [play.id for play in playbook.plays if play.state is PlayState.LIVE] == [
        "health-drop-to-poor",
        "identify-risk",
        "post-onboarding-check-in",
        "pre-renewal-good",
        "pre-renewal-poor",
    ]


def test_a_quarterly_review_is_due_to_the_day(playbook: Playbook) -> None:
    """SEG-11: the cadence is a number in the list."""
    due = next(each for each in playbook.segments if each.id == "quarterly-review-due")
    assert str(due.criteria) == (
        "Status = Paying AND (Days Since Last QBR > 90 OR (Last QBR is empty AND Create Date > 90 days))"
    )


DEMANDS = {
    "engagement-collapse": (1, 24, "High"),
    "usage-cliff": (0, 12, "High"),
    "login-silence": (7, 168, "Normal"),
    "communication-silence": (7, 168, "Normal"),
    "support-escalation": (2, 48, "High"),
}


def deeds_of(steps: Iterable[Step]) -> Iterator[Deeds]:
    """What is done at some step, in order."""
    for step in steps:
        if isinstance(step, Branch):
            yield from deeds_of((*step.then, *step.otherwise))
        elif isinstance(step, Deeds):
            yield step


def all_deeds(play: Play) -> list[Deeds]:
    return [play, *deeds_of(play.steps)]


@pytest.mark.parametrize("name", DEMANDS)
def test_early_warnings_have_a_deadline_that_somebody_watches(playbook: Playbook, name: str) -> None:
    """EWS-01 to EWS-05, D10: due within the signal's time, else the manager hears of it."""
    [play] = [each for each in playbook.plays if each.id == name]
    [task] = [task for deeds in all_deeds(play) for task in deeds.tasks]
    assert (task.due_in_days, task.sla_hours, task.priority) == DEMANDS[name]
    assert task.post_completion.require_touchpoint


def test_every_task_is_a_roles_and_belongs_to_a_flow(playbook: Playbook) -> None:
    """TSK-01, TSK-02, PLY-10, PLY-12, ROL-06: by role, never by name."""
    tasks = [task for play in playbook.plays for deeds in all_deeds(play) for task in deeds.tasks]
    assert {task.assign_to for task in tasks} == {"Success Manager", "manager:Success Manager"}
    assert {task.flow for task in tasks} == {"Onboarding", "Adoption", "Renewal", "Escalation"}
    assert [task.title for task in tasks if not 0 < task.effort <= 4] == []


def test_plays_do_what_is_asked(playbook: Playbook) -> None:
    """EWS-01 to EWS-10, PLY-02 to PLY-09: tasks, mails and webhooks, of all steps together."""
    made = {
        play.id: (
            sum(len(deeds.tasks) for deeds in all_deeds(play)),
            sum(len(deeds.emails) for deeds in all_deeds(play)),
            [hook.endpoint for deeds in all_deeds(play) for hook in deeds.webhooks],
        )
        for play in playbook.plays
    }
    assert made == {
        "auto-renewal-monitoring": (2, 0, []),
        "champion-loss": (1, 0, []),
        "churn-recovery": (3, 0, []),
        "communication-silence": (1, 0, []),
        "delayed-onboarding": (2, 1, []),
        "engagement-collapse": (1, 0, []),
        "health-drop-to-poor": (1, 1, ["slack", "events"]),
        "identify-risk": (0, 0, []),
        "license-warning": (2, 0, []),
        "login-silence": (1, 0, []),
        "post-onboarding-check-in": (1, 0, []),
        "post-onboarding-transition": (1, 0, []),
        "pre-renewal-good": (1, 0, ["slack"]),
        "pre-renewal-poor": (1, 1, []),
        "support-escalation": (1, 0, []),
        "usage-cliff": (1, 0, []),
        "usage-drop": (1, 0, []),
        "welcome-sequence": (2, 0, []),
    }
