"""Roll-ups: golden numbers by hand, and parts that add up (product DSH-01, DSH-09; reliability S4)."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepwell.accounts import Account
from keepwell.evaluation import evaluate
from keepwell.in_memory import InMemoryAccounts, InMemoryControl, InMemoryFiles, InMemoryHistory
from keepwell.nightly import Night
from keepwell.parts import Parts
from keepwell.rollups import Group, Rollups, Tally, rollup_file
from keepwell.standings import Band
from tests.story import NOON, TODAY, account, poor_account, standard_playbook

PLAYBOOK = standard_playbook()


def judged(*accounts: Account) -> Tally:
    tally = Tally()
    for each in accounts:
        tally.add(each, evaluate(each, PLAYBOOK, NOON), PLAYBOOK)
    return tally


def bands(**accounts: int) -> Group:
    group = Group()
    group.accounts.update(accounts)
    return group


@pytest.mark.parametrize(
    ("group", "score"),
    [
        (bands(good=1), 100.0),
        (bands(average=1), 60.0),
        (bands(poor=1), 40.0),
        (bands(good=1, average=1, poor=1), 66.7),  # 200 / 3
        (bands(good=3, poor=5, unknown=9), 62.5),  # 500 / 8: unknown ones do not count
        (bands(good=15, poor=1), 96.3),  # 1540 / 16 = 96.25: half a tenth is rounded up
        (bands(unknown=2), None),
        (bands(), None),
    ],
)
def test_the_portfolio_quality_score_is_the_mean_over_the_known(group: Group, score: float | None) -> None:
    """DSH-09: Good 100, Average 60, Poor 40."""
    assert group.quality_score == score


def test_accounts_are_counted_by_band_and_group() -> None:
    """DSH-01: value and count by band, by owner, tier, stage, segment and profile."""
    good = account("A-1", contract_value=1_000.10)
    poor = poor_account("A-2", contract_value=500, success_manager="bo@example.com")
    nobodys = account("A-3", contract_value=None, success_manager=None, status="Churned")
    document = judged(good, poor, nobodys).document()
    total = document["total"]
    assert (total["accounts"], total["contract_value"]) == (3, 1_500.1)
    assert total["bands"]["good"] == {"accounts": 1, "contract_value": 1_000.1}
    assert total["bands"]["poor"] == {"accounts": 1, "contract_value": 500}
    assert total["bands"]["unknown"] == {"accounts": 1, "contract_value": 0}
    assert total["quality_score"] == 70.0
    assert document["owner"].keys() == {"", "bo@example.com", "csm.core@example.com"}
    assert document["owner"]["bo@example.com"]["quality_score"] == 40.0
    assert document["tier"]["Core"]["accounts"] == 3
    assert document["segment"]["at-risk"]["accounts"] == 1
    assert sum(group["accounts"] for name, group in document["profile"].items() if name) == 2
    assert document["profile"][""]["accounts"] == 1, "without an active contract there is none"


def test_the_mean_score_of_a_dimension_is_over_those_who_have_it() -> None:
    """DSH-01: 50, 51 and none are 50.5."""
    group = Group()
    for score in (50, 51, None):
        evaluation = evaluate(account("A-1"), PLAYBOOK, NOON)
        judgement = evaluation.judgement._replace(dimensions=(("Adoption", score),))
        group.add(replace(evaluation, judgement=judgement), 0)
    assert group.document()["dimensions"] == {"Adoption": {"accounts": 2, "score": 50.5}}


ACCOUNTS = st.lists(
    st.builds(
        lambda number, poor, value, tier, manager: (poor_account if poor else account)(
            f"A-{number}", contract_value=value, customer_tier=tier, success_manager=manager
        ),
        st.integers(0, 10**6),
        st.booleans(),
        st.none() | st.integers(0, 10**7) | st.floats(0, 10**7, allow_nan=False).map(lambda v: round(v, 2)),
        st.sampled_from([None, "Core", "Light"]),
        st.sampled_from([None, "ann@example.com", "bo@example.com"]),
    ),
    max_size=8,
)


@given(ACCOUNTS, st.data())
@settings(max_examples=25, deadline=None)
def test_however_a_portfolio_is_divided_its_parts_add_up(accounts: list[Account], data: Any) -> None:
    """S4."""
    whole = judged(*accounts).document()
    shuffled = data.draw(st.permutations(accounts))
    cut = data.draw(st.integers(0, len(accounts)))
    added = Tally()
    parts: list[list[Account]] = [shuffled[cut:], shuffled[:cut], []]
    for part in parts:
        added.include(Tally.from_json(json.loads(json.dumps(judged(*part).to_json()))))
    assert added.document() == whole


def nights(accounts: InMemoryAccounts, files: InMemoryFiles, run: str, of: int, days_ago: int = 0) -> Parts:
    """The evaluation of a night, a page at a time and over segments."""
    now = NOON - timedelta(days=days_ago)
    for segment in range(of):
        state: dict[str, Any] = {"segment": segment, "of": of, "run": run, "cursor": None, "counts": {}}
        while True:
            night = Night(accounts, InMemoryHistory(), InMemoryControl(), files, PLAYBOOK, now)
            night.resume(state)
            night.go_on(iter([False, True]).__next__)
            state |= night.progress()
            if state["cursor"] is None:
                break
    return Parts(files, now.date(), run, Night.name)


def portfolio(number: int) -> InMemoryAccounts:
    accounts = InMemoryAccounts()
    for place in range(number):
        told = (poor_account if place % 3 else account)(f"A-{place}", known_since=NOON - timedelta(days=90))
        accounts.put_facts(replace(told.facts, revision=0))
    return accounts


@pytest.mark.parametrize("of", [1, 3])
def test_the_roll_up_of_a_night_is_that_of_the_accounts(of: int) -> None:
    """S4: it equals the recomputation from what is stored, also where two runs overlapped."""
    accounts, files = portfolio(12), InMemoryFiles()
    first, second = nights(accounts, files, "a", of), nights(accounts, files, "b", 2)
    expected = judged(*accounts.scan(0, 1).accounts)
    for parts in (first, second, first):
        made = Rollups(files).make(parts, PLAYBOOK, TODAY)
        assert made.document() == expected.document()
        stored = json.loads(files.read(rollup_file(TODAY)))
        assert stored == {"day": str(TODAY), "playbook": PLAYBOOK.version, **expected.document()}


def test_a_day_that_is_over_keeps_its_roll_up() -> None:
    """S2: a rerun knows what was told since."""
    accounts, files = portfolio(2), InMemoryFiles()
    rollups = Rollups(files)
    rollups.make(nights(accounts, files, "then", 1, days_ago=1), PLAYBOOK, TODAY - timedelta(days=1))
    [before] = rollups.of_days(TODAY, 7)
    accounts.put_facts(replace(account("A-9").facts, revision=0))
    rollups.make(nights(accounts, files, "rerun", 1, days_ago=1), PLAYBOOK, TODAY)
    assert rollups.of_days(TODAY, 7) == [before]
    rollups.make(nights(accounts, files, "older", 1, days_ago=3), PLAYBOOK, TODAY)
    assert [each["day"] for each in rollups.of_days(TODAY, 7)] == ["2026-11-18", "2026-11-20"]


def test_the_roll_ups_of_the_last_days_come_oldest_first() -> None:
    files = InMemoryFiles()
    for day in (TODAY, TODAY - timedelta(days=6), TODAY - timedelta(days=7), TODAY + timedelta(days=1)):
        files.write(rollup_file(day), json.dumps({"day": str(day)}).encode(), "application/json")
    assert [each["day"] for each in Rollups(files).of_days(TODAY, 7)] == ["2026-11-15", "2026-11-21"]


def test_an_account_of_unknown_health_is_counted_as_such() -> None:
    [unknown] = judged(account("A-1", status="Churned")).groups["total"].values()
    assert unknown.accounts == {Band.UNKNOWN.value: 1}
