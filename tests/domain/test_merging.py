"""One merge for many writers: nothing newer is lost to something older (reliability I3, I4, S1)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from keepwell.accounts import Change, Facts, Provenance, merge
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


def test_a_number_replaces_a_yes_that_python_takes_for_the_same() -> None:
    """The kind of an attribute was changed from yes or no to number."""
    yes = merged(None, told(NOON, licenses=True))
    for later in (NOON, NOON + timedelta(days=1)):
        after = merged(yes, told(later, licenses=1))
        assert type(after.values["Licenses"]) is int
        assert after.observed("Licenses") == later
    assert merge(FIRST, told(NOON, licenses=10.0), CATALOGUE) is None, "10 and 10.0 are one number"


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


def tagging(at: datetime = NOON, *, add: str = "", remove: str = "", **values: Value) -> Change:
    """A change of tags; several are separated by blanks."""
    tags = {"add_tags": frozenset(add.split()), "remove_tags": frozenset(remove.split())}
    return replace(told(at, **values), source="play:p", change_id="play:p", depth=1, **tags)  # type: ignore[arg-type]


def tags_after(*changes: Change) -> Value | None:
    facts: Facts | None = merged(FIRST, told(NOON, tags=("vip", "At-Risk")))
    for change in changes:
        facts = merge(facts, change, CATALOGUE) or facts
    assert facts is not None
    return facts.values.get("Tags")


def test_tags_are_added_and_removed_one_by_one_in_any_case() -> None:
    """SEG-08: the others stay, in their order and as they are written."""
    assert tags_after(tagging(add="new Beta")) == ("vip", "At-Risk", "Beta", "new")
    assert tags_after(tagging(remove="at-risk")) == ("vip",)
    assert tags_after(tagging(add="New", remove="VIP")) == ("At-Risk", "New")
    assert tags_after(tagging(remove="vip AT-RISK")) is None, "no tags, no value"


def test_a_tag_that_is_there_or_gone_already_changes_nothing() -> None:
    """I3: so that a repeated effect writes nothing."""
    tagged = merged(FIRST, told(NOON, tags=("vip", "At-Risk")))
    for change in (tagging(add="VIP"), tagging(remove="new"), tagging(add="vip", remove="vip"), tagging()):
        assert merge(tagged, change, CATALOGUE) is None
    assert merge(FIRST, tagging(remove="vip"), CATALOGUE) is None


def test_tags_do_not_ask_whose_word_is_newer() -> None:
    """A tag says nothing of the others: an older decision to add one is no older truth about all."""
    assert tags_after(tagging(NOON - timedelta(days=9), add="new", remove="vip")) == ("At-Risk", "new")
    tagged = merged(FIRST, told(NOON, tags=("vip",)))
    older = merged(tagged, tagging(NOON - timedelta(days=9), add="new"))
    assert older.observed("Tags") == NOON, "the latest word on the tags is still that of noon"
    later = merged(tagged, tagging(NOON + timedelta(hours=1), add="new"))
    assert later.exceptions["Tags"] == Provenance("play:p", NOON + timedelta(hours=1))
    assert (later.changed_by, later.depth) == ("play:p", 1)


def test_a_file_that_tells_all_tags_and_a_play_that_adds_one_both_count() -> None:
    file = told(NOON + timedelta(hours=1), tags=("blue",))
    assert tags_after(file, tagging(add="new")) == ("blue", "new")
    assert tags_after(tagging(add="new"), file) == ("blue",), "the file is newer and tells all"
    both = tagging(NOON + timedelta(hours=1), add="new", tags=("blue",))
    assert tags_after(both) == ("blue", "new")


def test_an_account_can_begin_with_a_tag() -> None:
    assert merged(None, tagging(add="new", licenses=3)).values == {"Licenses": 3, "Tags": ("new",)}
