"""When a membership changes and whether that is an event, from stored days alone (reliability T1, T3, T4)."""

from datetime import timedelta

import pytest

from keepwell.criteria import parse
from keepwell.segments.membership import decide
from keepwell.segments.rules import Rule
from keepwell.standings import Membership, Passage, Silence
from tests.domain.segments.telling import CATALOGUE, day

WELL = parse("NPS > 8", CATALOGUE)
PLAIN = Rule("fans", WELL, "Fans")
HYSTERESIS = Rule("fans", WELL, "Fans", leave=parse("NPS < 5", CATALOGUE))
STAY = Rule("fans", WELL, "Fans", minimum_stay_days=7)
COOL = Rule("fans", WELL, "Fans", cool_down_days=10)

INSIDE = Membership(inside=True, sequence=3, since=day(20))
OUTSIDE = Membership(inside=False, sequence=3, since=day(20), left=day(20))


@pytest.mark.parametrize("answer", [False, None])
def test_who_is_not_known_to_match_stays_outside_and_leaves(answer: bool | None) -> None:
    """Unknown is no match, on the way in and on the way out."""
    never = decide(PLAIN, None, day(21), enters=answer, leaves=None)
    assert (never.membership, never.passage) == (None, None)
    again = decide(PLAIN, OUTSIDE, day(21), enters=answer, leaves=None)
    assert (again.membership, again.passage) == (OUTSIDE, None)
    gone = decide(PLAIN, INSIDE, day(21), enters=answer, leaves=None)
    assert gone.membership == Membership(inside=False, sequence=3, since=day(21), left=day(21))
    assert (gone.passage, gone.silence) == (Passage.EXITED, None)


def test_entries_are_counted_and_an_exit_keeps_the_count() -> None:
    """T3: a re-entry is a new one."""
    first = decide(PLAIN, None, day(21), enters=True, leaves=None)
    assert first.membership == Membership(inside=True, sequence=1, since=day(21))
    assert first.passage is Passage.ENTERED
    again = decide(PLAIN, OUTSIDE, day(21), enters=True, leaves=None)
    assert again.membership == Membership(inside=True, sequence=4, since=day(21), left=day(20))
    assert decide(PLAIN, INSIDE, day(99), enters=True, leaves=None).membership == INSIDE


@pytest.mark.parametrize(
    ("enters", "leaves", "stays"),
    [
        (True, False, True),
        (False, False, True),
        (False, None, True),
        (None, False, True),
        (True, True, True),
        (False, True, False),
        (None, True, False),
    ],
)
def test_with_a_leave_condition_only_that_takes_an_account_out(
    enters: bool | None, leaves: bool | None, *, stays: bool
) -> None:
    """Hysteresis: it must be known to hold, and the criteria must not."""
    crossing = decide(HYSTERESIS, INSIDE, day(21), enters=enters, leaves=leaves)
    assert crossing.membership is not None
    assert crossing.membership.inside is stays
    assert crossing.passage is (None if stays else Passage.EXITED)


@pytest.mark.parametrize(("after", "stays"), [(0, True), (6, True), (7, False), (8, False)])
def test_a_minimum_stay_counts_from_the_entry_its_last_day_excluded(after: int, *, stays: bool) -> None:
    crossing = decide(STAY, INSIDE, INSIDE.since + timedelta(days=after), enters=False, leaves=None)
    assert crossing.membership is not None
    assert crossing.membership.inside is stays
    assert not stays or crossing.why == "inside: the minimum stay ends on 2026-11-28"


@pytest.mark.parametrize(("after", "quiet"), [(0, True), (9, True), (10, False), (11, False)])
def test_an_entry_in_the_cool_down_is_quiet(after: int, *, quiet: bool) -> None:
    crossing = decide(COOL, OUTSIDE, day(20 + after), enters=True, leaves=None)
    assert crossing.membership is not None
    assert crossing.membership.quiet is quiet
    assert crossing.passage is Passage.ENTERED
    assert crossing.silence is (Silence.COOL_DOWN if quiet else None)


def test_a_quiet_entry_fires_when_the_cool_down_ends_with_the_same_number() -> None:
    """T4: however late one looks."""
    quiet = decide(COOL, OUTSIDE, day(25), enters=True, leaves=None).membership
    early = decide(COOL, quiet, day(29), enters=True, leaves=None)
    assert (early.membership, early.passage) == (quiet, None)
    for late in (day(30), day(45)):
        fires = decide(COOL, quiet, late, enters=True, leaves=None)
        assert (fires.passage, fires.silence) == (Passage.ENTERED, None)
        assert fires.membership == Membership(inside=True, sequence=4, since=day(25), left=day(20))


def test_a_quiet_entry_that_is_left_again_never_fires_and_goes_as_quietly() -> None:
    """Also on the very day on which it would have fired; and the cool-down begins anew."""
    quiet = decide(COOL, OUTSIDE, day(25), enters=True, leaves=None).membership
    for then in (day(26), day(30)):
        gone = decide(COOL, quiet, then, enters=False, leaves=None)
        assert (gone.passage, gone.silence) == (Passage.EXITED, Silence.COOL_DOWN)
        assert gone.membership == Membership(inside=False, sequence=4, since=then, left=then)


def test_a_minimum_stay_carries_a_quiet_entry_over_the_end_of_the_cool_down() -> None:
    rule = Rule("fans", WELL, "Fans", minimum_stay_days=20, cool_down_days=10)
    quiet = decide(rule, OUTSIDE, day(25), enters=True, leaves=None).membership
    assert decide(rule, quiet, day(30), enters=False, leaves=None).passage is Passage.ENTERED


def test_who_was_there_before_the_activation_enters_silently() -> None:
    """1.14 row 23."""
    crossing = decide(COOL, None, day(21), enters=True, leaves=None, baseline=True)
    assert (crossing.passage, crossing.silence) == (Passage.ENTERED, Silence.BASELINE)
    assert crossing.membership == Membership(inside=True, sequence=1, since=day(21))


@pytest.mark.parametrize("earlier", [INSIDE, OUTSIDE])
def test_a_segment_put_in_again_starts_anew_with_the_count_going_on(earlier: Membership) -> None:
    """No old exit fires, and no entry has the id of an old one (T1)."""
    outside = decide(COOL, earlier, day(21), enters=False, leaves=None, baseline=True)
    assert outside.passage is None
    assert outside.membership == Membership(inside=False, sequence=3, since=day(20))
    inside = decide(COOL, earlier, day(21), enters=True, leaves=None, baseline=True)
    assert inside.silence is Silence.BASELINE
    assert inside.membership == Membership(inside=True, sequence=4, since=day(21))


def test_what_an_older_version_stored_is_read_as_having_no_cool_down() -> None:
    """R5: it knew no day of leaving."""
    old = Membership(inside=False, sequence=1, since=day(20))
    assert decide(COOL, old, day(21), enters=True, leaves=None).silence is None
