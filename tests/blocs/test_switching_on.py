"""Drafts do nothing, what is switched on does it once, and a word in keepwell.yaml is the switch."""

from collections.abc import Callable
from pathlib import Path

import pytest

from keepwell.plays import PlayState
from tests.blocs.company import Company, everything_on, switched_on
from tests.story import standard_playbook


def engaged(company: Company) -> None:
    """Two weeks in which all is well."""
    company.tells(license_utilization=80, weekly_active_users=100, engagement_score=80)
    company.days(14)


def silent(company: Company) -> None:
    company.tells(last_activity=company.today, last_touch=company.today)
    company.days(46)


def broken_off(company: Company) -> None:
    engaged(company)
    company.tells(license_utilization=8, weekly_active_users=20, engagement_score=30, open_ticket_count=6)


def under_used(company: Company) -> None:
    company.tells(license_utilization=40)
    company.days(14)


def abandoned(company: Company) -> None:
    company.file("users", {"Account ID": "acorn", "User ID": "kim", "Key Contact": "yes"})
    use = {"Account ID": "acorn", "User ID": "kim", "Module": "Reports", "Action": "Open"}
    company.file("usage", {**use, "Time": company.today})
    company.days(31)


def new(company: Company) -> None:
    company.tells(customer_journey_stage="Onboarding")


def stuck(company: Company) -> None:
    company.tells(onboarding_stage="Configuration")
    company.days(15)


def ready(company: Company) -> None:
    company.tells(onboarding_stage="Go Live")
    company.days(14)
    company.tells(onboarding_stage="Completed")


def renewing(company: Company) -> None:
    company.tells(renewal_type="Auto", renewal_date="2026-11-20")


def gone(company: Company) -> None:
    company.tells(status="Churned")


DRAFTS: dict[str, Callable[[Company], None]] = {
    "auto-renewal-monitoring": renewing,
    "champion-loss": abandoned,
    "churn-recovery": gone,
    "communication-silence": silent,
    "delayed-onboarding": stuck,
    "engagement-collapse": broken_off,
    "license-warning": under_used,
    "login-silence": silent,
    "post-onboarding-transition": ready,
    "support-escalation": broken_off,
    "usage-cliff": broken_off,
    "usage-drop": broken_off,
    "welcome-sequence": new,
}


def test_every_draft_has_its_story() -> None:
    drafts = {play.id for play in standard_playbook().plays if play.state is PlayState.DRAFT}
    assert set(DRAFTS) == drafts


@pytest.mark.parametrize("play", DRAFTS)
def test_what_is_switched_on_asks_once_however_often_it_is_told(play: str) -> None:
    """T1, T2: the same file again, and the same night again, add nothing."""
    company = Company(play)
    DRAFTS[play](company)
    assert {task.play for task in company.tasks} == {play}
    before = company.ledger
    company.repeats_itself()
    assert company.ledger == before


@pytest.mark.parametrize("happens", dict.fromkeys(DRAFTS.values()))
def test_drafts_do_nothing(happens: Callable[[Company], None]) -> None:
    """PLY-14, ROL-06: all of it is seen in lists, and nobody is asked for anything."""
    company = Company()
    happens(company)
    assert company.ledger == ([], [])


def test_a_word_in_keepwell_yaml_is_the_switch(tmp_path: Path) -> None:
    """PLY-14: one automation at a time; all else stays as it ships."""
    playbook = switched_on(tmp_path, ["login-silence"])
    shipped = {play.id: play.state for play in standard_playbook().plays}
    states = {play.id: play.state for play in playbook.plays}
    assert states == {**shipped, "login-silence": PlayState.LIVE}


def test_all_of_them_can_be_live_together() -> None:
    assert {play.state for play in everything_on().plays} == {PlayState.LIVE}
