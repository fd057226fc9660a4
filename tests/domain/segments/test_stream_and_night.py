"""The stream and the night agree (architecture section 1): it does not matter when or how often one looks."""

from datetime import timedelta
from typing import Any

import hypothesis.strategies as st
from hypothesis import Phase, given, settings

from keepwell.evaluation import evaluate
from keepwell.playbook import Playbook
from keepwell.standings import Membership
from tests.domain.segments.telling import Life, at, day, playbook, segment

# Each depends on time, on the past, or on another one; none on when it was entered.
BY_CONDITION = playbook(
    segment("low", "NPS < 5 for 3 days"),
    segment("falling", "NPS dropped by 2 in 4 days"),
    segment("silent", "Last Activity > 5 days"),
    segment("renewing", "Renewal Date within next 6 days"),
    segment("unchanged", "NOT NPS changed in 3 days"),
    segment("missing", "NPS is empty for 2 days"),
    segment("troubled", 'in segment "low" OR in segment "falling" OR has tag "sick"'),
    segment("doubtful", 'in segment "troubled" AND NOT in segment "renewing"'),
)
# Those that depend on when they were entered and left as well.
WITH_MEMORY = playbook(
    segment("sticky", "NPS > 7", leave="NPS < 4"),
    segment("staying", "NPS > 7", minimum_stay_days=3),
    segment("cooling", "NPS > 7", cool_down_days=4),
    segment("all", "NPS > 7", leave="NPS < 6", minimum_stay_days=2, cool_down_days=5),
    segment("renewing", "Renewal Date within next 6 days", cool_down_days=3),
)
TOLD: dict[str, Any] = {
    "nps": st.sampled_from([None, *range(11)]),
    "renewal_date": st.integers(0, 30).map(day),
    "last_activity": st.integers(-10, 20).map(day),
    "tags": st.sampled_from([None, ("sick",), ("Sick", "new"), ("new",)]),
}
facts = st.sampled_from(sorted(TOLD)).flatmap(lambda name: st.tuples(st.just(name), TOLD[name]))
# By day, what is told on it; at most days nothing is.
lives = st.dictionaries(st.integers(1, 14), st.lists(facts, min_size=1, max_size=3), max_size=8)
DAYS = range(16)
MINUTE = timedelta(minutes=1) / timedelta(days=1)


# Shrinking a whole life takes minutes; the dictionary that failed is short enough to read.
bounded = settings(max_examples=40, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])


def begun(book: Playbook) -> Life:
    """A life known, and looked at, for 20 days."""
    life = Life(book, -20, nps=5)
    life.look(-20)
    return life


def inside(memberships: dict[str, Membership]) -> set[str]:
    return {segment for segment, membership in memberships.items() if membership.inside}


@bounded
@given(lives)
def test_who_looks_at_changes_only_sees_in_the_evening_what_the_nights_saw(
    life: dict[int, list[tuple[str, Any]]],
) -> None:
    """Time-dependent segments, read as of an evening, are the same whether one looked every night, at each
    change, or both."""
    nights, changes, both = (begun(BY_CONDITION) for _ in range(3))
    for number in DAYS:
        for minute, (name, value) in enumerate(life.get(number, ()), start=1):
            when = number + minute * MINUTE
            nights.know(when, **{name: value})
            changes.told(when, **{name: value})
            both.told(when, **{name: value})
        evening = number + 0.4
        nights.night(evening)
        both.night(evening)
        seen = evaluate(changes.account, changes.playbook, at(evening)).standing.memberships
        assert inside(dict(seen)) == inside(dict(nights.standing.memberships))
        assert inside(dict(both.standing.memberships)) == inside(dict(nights.standing.memberships))


@bounded
@given(lives)
def test_memberships_with_a_memory_are_the_same_to_the_day_for_stream_and_night(
    life: dict[int, list[tuple[str, Any]]],
) -> None:
    """T4: with one change a day, entry days, counts, quietness and events are those of the nights alone,
    however often one looks besides."""
    nights, both = begun(WITH_MEMORY), begun(WITH_MEMORY)
    for number in DAYS:
        for name, value in life.get(number, ())[:1]:
            nights.know(number, **{name: value})
            both.told(number, **{name: value})
            both.look(number + 0.2)
        nights.night(number + 0.4)
        both.night(number + 0.4)
        assert both.standing.memberships == nights.standing.memberships
    for each in WITH_MEMORY.segments:
        assert both.chronicle(each.id) == nights.chronicle(each.id)


@bounded
@given(lives)
def test_what_fires_keeps_its_distance_and_its_order(life: dict[int, list[tuple[str, Any]]]) -> None:
    """T1, T4: entry and exit alternate, counted without a gap; a stay is as long as asked for, and an entry
    fires only when the cool-down after the exit before it has passed."""
    told = begun(WITH_MEMORY)
    for number in DAYS:
        for minute, (name, value) in enumerate(life.get(number, ()), start=1):
            told.told(number + minute * MINUTE, **{name: value})
        told.night(number + 0.4)
    for each in WITH_MEMORY.segments:
        entered, left = dict[int, int](), dict[int, int]()
        rows = [row for row in told.history.of("A-1", "transition", 999) if row.detail["segment"] == each.id]
        for row in reversed(rows):
            sequence, silence = row.detail["sequence"], row.detail["silence"]
            on = (row.at.date() - day(0)).days
            if row.detail["passage"] == "entered":
                entered.setdefault(sequence, on)
                if silence is None and sequence > 1:
                    assert on >= left[sequence - 1] + each.cool_down_days
            else:
                left[sequence] = on
                assert on >= entered[sequence] + each.minimum_stay_days
        assert sorted(entered) == list(range(1, len(entered) + 1))
        assert sorted(left) in ([*entered], [*entered][:-1])
