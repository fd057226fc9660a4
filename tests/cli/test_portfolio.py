"""`keepwell portfolio` prints what the nights rolled up (product DSH-01, DSH-09)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from keepwell.errors import RejectedInput
from keepwell.nightly import Night
from keepwell.rollups import Rollups
from keepwell_cli.portfolio import By, bars, portfolio
from tests.cli.in_memory_stack import InMemoryStack, shown
from tests.story import NOON, TODAY, account, poor_account


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> InMemoryStack:
    return InMemoryStack.installed(monkeypatch)


def night(here: InMemoryStack, days_ago: int = 0) -> None:
    """Evaluate and roll up, as of so many days ago."""
    here.clock.set(NOON - timedelta(days=days_ago))
    playbook = here.playbooks.get()
    step = Night(here.accounts, here.history, here.control, here.files, playbook, here.clock.now())
    step.run = f"{days_ago} days ago"
    step.go_on()
    Rollups(here.files).make(step.parts, playbook, TODAY - timedelta(days=days_ago))
    here.clock.set(NOON)


@pytest.fixture
def nights(here: InMemoryStack) -> InMemoryStack:
    """Two good accounts ten days ago; since then a poor one has come."""
    for told in (
        account("A-1", known_since=NOON - timedelta(days=90), contract_value=100_000),
        account("A-2", known_since=NOON - timedelta(days=90), contract_value=50_000, success_manager=None),
    ):
        here.accounts.put_facts(replace(told.facts, revision=0))
    night(here, days_ago=10)
    late = poor_account("A-3", contract_value=60_000.5, success_manager="[bold]bo@example.com")
    here.accounts.put_facts(replace(late.facts, revision=0))
    night(here)
    return here


def test_the_newest_night_is_shown_with_the_trend(nights: InMemoryStack) -> None:
    answer = portfolio()
    assert answer.document["on"] == str(TODAY)
    assert answer.document["total"]["quality_score"] == 80.0
    assert [(each["day"], each["quality_score"]) for each in answer.document["trend"]] == [
        ("2026-11-11", 100.0),
        ("2026-11-21", 80.0),
    ]
    assert answer.document["trend"][0]["contract_value"]["good"] == 150_000
    said = shown(answer)
    assert "Portfolio quality score 80, 3 accounts\n" in said
    assert "Quality score since 2026-11-11: 100 █▁ 80" in said
    assert [line.split() for line in said.splitlines() if line.startswith("poor")] == [
        ["poor", "1", "60,000"]
    ]


def test_a_shorter_trend_has_fewer_days(nights: InMemoryStack) -> None:
    assert len(portfolio(days=10).document["trend"]) == 1
    assert len(portfolio(days=11).document["trend"]) == 2


def test_the_day_is_told_where_it_is_not_today(nights: InMemoryStack) -> None:
    nights.clock.set(NOON + timedelta(days=2))
    assert "3 accounts, as of 2026-11-21" in shown(portfolio())


def test_by_owner_those_without_one_come_last(nights: InMemoryStack) -> None:
    """DSH-09; a name is shown as it is, whatever it looks like."""
    answer = portfolio(By.OWNER)
    assert [(each["name"], each["accounts"]) for each in answer.document["groups"]] == [
        ("[bold]bo@example.com", 1),
        ("csm.core@example.com", 1),
        (None, 1),
    ]
    assert "[bold]bo@example.com" in shown(answer)
    assert "(none)" in shown(answer)


def test_by_segment_in_the_playbooks_words(nights: InMemoryStack) -> None:
    [at_risk] = [each for each in portfolio(By.SEGMENT).document["groups"] if each["id"] == "at-risk"]
    assert (at_risk["name"], at_risk["accounts"], at_risk["quality_score"]) == ("At Risk", 1, 40.0)


def test_by_dimension_with_the_mean_score(nights: InMemoryStack) -> None:
    groups = portfolio(By.DIMENSION).document["groups"]
    assert groups
    assert all(each["accounts"] == 3 and 0 <= each["score"] <= 100 for each in groups)
    assert "mean score" in shown(portfolio(By.DIMENSION))


@pytest.mark.parametrize("by", [By.TIER, By.STAGE, By.PROFILE])
def test_every_account_is_in_one_group_of_each_other_kind(nights: InMemoryStack, by: By) -> None:
    assert sum(each["accounts"] for each in portfolio(by).document["groups"]) == 3


def test_before_the_first_night_it_says_what_to_do(here: InMemoryStack) -> None:
    with pytest.raises(RejectedInput, match="keepwell nightly --wait"):
        portfolio()


@pytest.mark.parametrize(
    ("scores", "line"),
    [([1.0, 8.0], "▁█"), ([50.0, None, 50.0], "▄ ▄"), ([None], " "), ([0.0, 50.0, 100.0], "▁▅█")],
)
def test_bars(scores: list[float | None], line: str) -> None:
    assert bars(scores) == line
