"""What an import replaced goes back as it was, and what others told since stays (decision 20; I4, S1)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from keepwell.accounts import LASTING, Change, Facts, Freshness, Provenance, merge
from keepwell.attributes import Value, standard_catalogue
from keepwell.imports.changes import ChangeLog, Entry, entries
from keepwell.imports.restoring import Restored, Undo, restored
from keepwell.in_memory import InMemoryFiles

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
STAGE = "Customer Journey Stage"
CATALOGUE = standard_catalogue().recorded_by({"CSAT": "hubspot", "Licenses": "csv:accounts"})
FRESHNESS = Freshness({"NPS": 10, "Licenses": 4})
UNDO = Undo("drop-1", frozenset({"csv:accounts"}), NOON + timedelta(days=400), date(2027, 12, 26))

values: st.SearchStrategy[dict[str, Value]] = st.fixed_dictionaries(
    {},
    optional={
        "NPS": st.integers(0, 2),
        "CSAT": st.integers(1, 3),
        "Licenses": st.integers(0, 2),
        "Renewal Date": st.sampled_from([date(2027, 1, 1), date(2027, 2, 1)]),
        "Risk Reason": st.sampled_from([("Price",), ("Price", "Adoption")]),
        STAGE: st.sampled_from(["Onboarding", "Adoption"]),
    },
)


@st.composite
def changes(draw: st.DrawFn, source: st.SearchStrategy[str], earliest: int, latest: int) -> Change:
    at = NOON + timedelta(days=draw(st.integers(earliest, latest)))
    told: dict[str, Value] = draw(values)
    cleared = draw(st.frozensets(st.sampled_from(["NPS", "CSAT", STAGE]))) - told.keys()
    fill_only, dated = draw(st.booleans()), draw(st.booleans())
    change = Change("A-1", told, draw(source), at, at.date(), "earlier", cleared)
    return replace(change, fill_only=fill_only, dated=dated)


anyone = st.sampled_from(["csv:accounts", "hubspot", "play:p"])
before_it = st.lists(changes(anyone, -90, -1), max_size=6)
the_import = changes(st.just("csv:accounts"), -30, 0)


def told(facts: Facts | None, arriving: Sequence[Change], freshness: Freshness = LASTING) -> Facts | None:
    for change in arriving:
        facts = merge(facts, change, CATALOGUE, freshness) or facts
    return facts


def logged(before: Facts | None, after: Facts) -> Entry:
    """The entry that is read of what the import logged."""
    files = InMemoryFiles()
    log = ChangeLog(files, "changes/x/0000.jsonl", NOON)
    log.note(("A-1",), before, after)
    log.write()
    [entry] = entries(files.read("changes/x/0000.jsonl"), ["Account ID"])
    return entry


def undone(facts: Facts, entry: Entry) -> Restored:
    return restored(facts, entry, UNDO, CATALOGUE)


def but_for_the_cause(facts: Facts) -> Facts:
    return replace(facts, changed_by="", depth=0)


@given(before_it, the_import, st.sampled_from([LASTING, FRESHNESS]))
def test_what_nobody_touched_since_is_as_it_was_before(
    past: Sequence[Change], change: Change, freshness: Freshness
) -> None:
    """Values, who told them, when, when again, since when a stage lasts, and what was heard of whom."""
    before = told(None, past, freshness)
    after = merge(before, replace(change, change_id="drop-1"), CATALOGUE, freshness)
    if after is None:
        return
    back = undone(after, logged(before, after))
    assert back.kept == ()
    assert undone(back.facts, logged(before, after)) == back, "doing it again changes nothing"
    if before is None:
        assert back.is_bare
    else:
        assert but_for_the_cause(back.facts) == but_for_the_cause(before)


@given(before_it, the_import, st.lists(changes(anyone, 1, 90), min_size=1, max_size=4))
def test_what_somebody_told_since_stays(
    past: Sequence[Change], change: Change, later: Sequence[Change]
) -> None:
    """I4, S1: each value is what it was before the import, or what was told after it."""
    before = told(None, past)
    after = merge(before, replace(change, change_id="drop-1"), CATALOGUE)
    if after is None:
        return
    entry = logged(before, after)
    now = told(after, later)
    assert now is not None
    back = undone(now, entry)
    assert undone(back.facts, entry).facts == back.facts
    assert {*back.names, *back.kept} == {name for name, (old, new) in entry.changes.items() if old != new}
    for name in {*now.values, *now.exceptions, *(before.values if before else ())}:
        is_newer = now.exceptions.get(name) != after.exceptions.get(name)
        was = before if before and name in entry.changes and not is_newer else now
        if name in entry.changes and not is_newer and before is None:
            assert name not in back.facts.values
        else:
            assert back.facts.values.get(name) == was.values.get(name)
    assert not (back.is_bare and (back.facts.values or back.kept))


FIRST = Facts("A-1", {"NPS": 7, STAGE: "Onboarding"}, Provenance("hubspot", NOON), NOON, "before", "before")


def of_the_import(days: int = 1) -> Change:
    at = NOON + timedelta(days=days)
    return Change("A-1", {"NPS": 9}, "csv:accounts", at, at.date(), "drop-1")


def test_the_undo_is_the_cause_of_what_it_changes() -> None:
    """So the brake counts the plays that it brings about on their own."""
    after = told(FIRST, [of_the_import()])
    assert after is not None
    back = undone(after, logged(FIRST, after))
    assert (back.facts.changed_by, back.facts.values["NPS"]) == ("undo-drop-1", 7)
    assert back.names == ("NPS",)


def test_a_value_of_which_an_older_log_does_not_know_the_teller_is_the_undos() -> None:
    after = told(FIRST, [replace(of_the_import(), values={"NPS": 9, STAGE: "Adoption"})])
    assert after is not None
    entry = replace(logged(FIRST, after), former=None)
    back = undone(after, entry)
    assert back.facts.values == FIRST.values
    assert back.facts.exceptions == dict.fromkeys(["NPS", STAGE], Provenance("undo:drop-1", UNDO.at))
    assert back.facts.since == {STAGE: UNDO.day}
    assert undone(back.facts, entry) == back


def test_a_value_that_another_confirmed_since_stays() -> None:
    """It was told after the import, though it was the same."""
    after = told(FIRST, [of_the_import()], FRESHNESS)
    assert after is not None
    again = replace(of_the_import(days=20), source="hubspot")
    back = undone(told(after, [again], FRESHNESS) or after, logged(FIRST, after))
    assert (back.kept, back.facts.values["NPS"]) == (("NPS",), 9)


def test_tags_go_back_one_by_one_where_a_play_set_another_since() -> None:
    """SEG-08: each says nothing of the others."""
    known = replace(FIRST, values={"Tags": ("vip", "old")})
    flagging = replace(
        of_the_import(), values={}, add_tags=frozenset({"gone"}), remove_tags=frozenset({"old"})
    )
    flagged = told(known, [flagging])
    assert flagged is not None
    assert flagged.values["Tags"] == ("vip", "gone")
    entry = logged(known, flagged)
    assert undone(flagged, entry).facts.values == known.values

    play = replace(of_the_import(days=2), values={}, source="play:p", add_tags=frozenset({"at-risk"}))
    tagged = told(flagged, [play])
    assert tagged is not None
    back = undone(tagged, entry)
    assert (back.facts.values["Tags"], back.names) == (("vip", "at-risk", "old"), ("Tags",))
    assert undone(back.facts, entry) == back

    file = replace(of_the_import(days=3), values={"Tags": ("gone",)})
    assert undone(told(tagged, [file]) or tagged, entry).kept == ("Tags",), "a file tells all tags"
