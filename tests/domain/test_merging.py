"""One merge for many writers: nothing newer is lost to something older (reliability I3, I4, S1)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from keepwell.accounts import Change, Facts, merge
from keepwell.attributes import Value, standard_catalogue

CATALOGUE = standard_catalogue()
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
STAGE = "Customer Journey Stage"


def told(at: datetime, /, *, cleared: frozenset[str] = frozenset(), **values: Value) -> Change:
    named = {name.replace("_", " ").title(): value for name, value in values.items()}
    return Change("A-1", named, "csv:accounts", at, at.date(), f"drop-{at.hour}", cleared)


def merged(facts: Facts | None, change: Change) -> Facts:
    after = merge(facts, change, CATALOGUE)
    assert after is not None
    return after


FIRST = merged(None, told(NOON, licenses=10, customer_journey_stage="Onboarding"))


def test_what_is_new_is_taken_and_says_who_told_it_and_when() -> None:
    later = told(NOON + timedelta(days=1), licenses=12)
    after = merged(FIRST, later)
    assert after.values["Licenses"] == 12
    assert after.observed("Licenses") == later.observed_at
    assert after.observed(STAGE) == NOON
    assert (after.created_by, after.changed_by) == (FIRST.created_by, later.change_id)
    assert merged(FIRST, replace(later, depth=2)).depth == 2


def test_the_same_again_changes_nothing_whenever_it_comes() -> None:
    """I3."""
    for days in (-1, 0, 1):
        assert merge(FIRST, told(NOON + timedelta(days=days), licenses=10), CATALOGUE) is None


def test_what_is_older_overwrites_nothing_but_fills_what_nobody_told() -> None:
    """I4."""
    older = told(NOON - timedelta(days=1), licenses=5, account_name="Harbor Labs")
    after = merged(FIRST, older)
    assert after.values["Licenses"] == 10
    assert after.values["Account Name"] == "Harbor Labs"


def test_what_was_cleared_stays_cleared_for_an_older_file() -> None:
    """I4: to clear a value is to tell something, too."""
    bare = merged(FIRST, told(NOON + timedelta(days=2), cleared=frozenset({"Licenses"})))
    assert merge(bare, told(NOON + timedelta(days=1), licenses=7), CATALOGUE) is None
    assert merged(bare, told(NOON + timedelta(days=3), licenses=8)).values["Licenses"] == 8


def test_an_older_clearing_clears_nothing() -> None:
    """I4."""
    clearing = told(NOON - timedelta(days=1), cleared=frozenset({"Licenses"}))
    assert merge(FIRST, clearing, CATALOGUE) is None


def test_a_file_behind_its_feed_fills_gaps_only() -> None:
    """I4: even where its own time is later than the value's."""
    late = replace(told(NOON + timedelta(days=1), licenses=5, account_name="Harbor Labs"), fill_only=True)
    after = merged(FIRST, late)
    assert after.values["Licenses"] == 10
    assert after.values["Account Name"] == "Harbor Labs"
    bare = merged(FIRST, told(NOON + timedelta(days=2), cleared=frozenset({"Licenses"})))
    assert "Licenses" not in merged(bare, late).values


def test_the_days_in_a_stage_begin_anew_with_each_stage_and_end_with_a_clearing() -> None:
    """1.14 row 22: since when a lifecycle stands where it stands."""
    assert FIRST.since == {STAGE: date(2026, 11, 21)}
    moved = merged(FIRST, told(NOON + timedelta(days=3), customer_journey_stage="Adoption"))
    assert moved.since == {STAGE: date(2026, 11, 24)}
    same = merged(moved, told(NOON + timedelta(days=4), customer_journey_stage="Adoption", licenses=3))
    assert same.since == moved.since
    assert merged(moved, told(NOON + timedelta(days=5), cleared=frozenset({STAGE}))).since == {}
