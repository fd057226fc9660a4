"""The fast ways to memberships: where one says that all stay, deciding each by itself moves none; and a
newcomer is in the same segments by either."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.accounts import Account
from keepwell.attributes import Value
from keepwell.segments.membership import all_of_newcomer, all_stay, decide_all
from keepwell.standings import Membership
from tests.domain.segments.telling import Life, at, day, playbook, segment
from tests.story import account

PLAYBOOK = playbook(
    segment("fans", "NPS > 8"),
    segment("calm", "Open Ticket Count < 3", leave="Open Ticket Count > 6"),
    segment("stays", "Licenses > 5", minimum_stay_days=4),
    segment("cools", "CSM Sentiment > 2", cool_down_days=5),
    segment("both", 'in segment "fans" AND in segment "calm"'),
    segment("neither", 'NOT in segment "both" AND NPS > 3'),
    segment("rising", "NPS increased by 2 in 3 days"),
)
NUMBERS = {"NPS": 10, "Open Ticket Count": 9, "Licenses": 10, "CSM Sentiment": 4}
told = st.fixed_dictionaries({name: st.integers(0, most) for name, most in NUMBERS.items()})


def memberships(rules: list[str]) -> st.SearchStrategy[dict[str, Membership]]:
    kept = st.builds(
        Membership,
        inside=st.booleans(),
        sequence=st.integers(1, 3),
        since=st.integers(0, 9).map(day),
        left=st.none() | st.integers(0, 9).map(day),
        quiet=st.booleans(),
    )
    return st.dictionaries(st.sampled_from(rules), kept)


@given(told, memberships([segment.id for segment in PLAYBOOK.segments]))
def test_where_all_stay_nothing_moves(values: Mapping[str, Value], kept: dict[str, Membership]) -> None:
    """T3, T4: whatever the account stood in, and by whatever it leaves."""
    subject = standing_in(account(), kept)
    found = {**account().facts.values, **values}
    crossings, segments = decide_all(PLAYBOOK, subject, found, {}, at(10))
    moves = any(each.passage or each.membership != kept.get(rule) for rule, each in crossings.items())
    stay = all_stay(PLAYBOOK, subject, found, {}, at(10))
    if stay is not None:
        assert not moves
        assert stay == segments
    else:
        assert moves or lingers(kept, values)


@given(told)
def test_a_newcomer_is_in_the_segments_that_deciding_each_puts_it_into(values: Mapping[str, Value]) -> None:
    """SEG-08; as far as a segment that asks for one that asks for another, or is asked not to be in one."""
    _, segments = decide_all(PLAYBOOK, account(), values, {}, at(10))
    assert all_of_newcomer(PLAYBOOK, account(), values, {}, at(10)) == segments


def test_the_fast_way_is_not_for_one_who_stood_somewhere_before() -> None:
    """T3: a minimum stay or a cool-down may hold it where the criteria do not match."""
    subject = standing_in(account(), {})
    assert all_of_newcomer(PLAYBOOK, subject, account().facts.values, {}, at(10)) is None


def lingers(kept: Mapping[str, Membership], values: Mapping[str, Value]) -> bool:
    """What the fast way leaves to the other: a quiet entry, or a minimum stay that is not over."""
    return any(each.quiet and each.inside for each in kept.values()) or (
        kept["stays"].inside and kept["stays"].since > day(6) if "stays" in kept else False
    )


def standing_in(subject: Account, kept: Mapping[str, Membership]) -> Account:
    judged = Life(PLAYBOOK).look(9).standing
    return replace(subject, standing=replace(judged, memberships=kept))


@pytest.mark.parametrize(("hours", "stays"), [(-1, True), (1, False)])
def test_an_activation_since_the_last_look_is_looked_at(hours: int, stays: bool) -> None:
    """1.14 row 23."""
    known = Life(PLAYBOOK).look(9).standing
    subject = replace(account(), standing=replace(known, activated=at(9)))
    newer = replace(PLAYBOOK, activated={"fans": at(9) + timedelta(hours=hours)})
    values = account().facts.values
    assert (all_stay(newer, subject, values, {}, at(10)) is not None) is stays


def test_what_is_not_activated_yet_is_looked_at() -> None:
    """S2: as of a moment before the activation."""
    known = Life(PLAYBOOK).look(9).standing
    subject = replace(account(), standing=replace(known, activated=at(12)))
    later = replace(PLAYBOOK, activated={"fans": at(12)})
    assert all_stay(later, subject, account().facts.values, {}, at(10)) is None
    assert all_of_newcomer(later, account(), account().facts.values, {}, at(10)) is None
