"""A summary of use says what all events say together, whenever and in whatever parts they were told
(architecture section 5; definitions 1.2)."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepwell.usage import WINDOWS, UsageSummary
from keepwell.usage.events import UsageEvent
from keepwell.usage.summary import KEPT_DAYS
from tests.domain.usage.counting import Counted, folded
from tests.story import NOON, TODAY

NAMES = ("Reports/Export", "Reports/View", "Admin/Invite")
WORKDAYS = (1, 3, 7, 14, 30)


def event(
    days_ago: int, user: str = "ann", name: str = "Reports/View", count: int = 1, minutes: float | None = None
) -> UsageEvent:
    module, action = name.split("/")
    return UsageEvent("A-1", user, module, action, TODAY - timedelta(days=days_ago), count, minutes)


def events(oldest: int) -> st.SearchStrategy[list[UsageEvent]]:
    some = st.builds(
        event,
        st.integers(0, oldest),
        st.sampled_from(("ann", "bob", "zoë", "", "user with spaces")),
        st.sampled_from(NAMES),
        st.integers(1, 5),
        st.sampled_from((None, 0, 0.1, 1 / 3, 12.5)),
    )
    return st.lists(some, min_size=1, max_size=40)


@st.composite
def tellings(
    draw: st.DrawFn, oldest: int
) -> tuple[list[UsageEvent], list[tuple[datetime, list[UsageEvent]]]]:
    """Events, and the same in any order and any parts, each told at a time of its own."""
    told = draw(events(oldest))
    parts: dict[int, list[UsageEvent]] = {}
    for each in draw(st.permutations(told)):
        parts.setdefault(draw(st.integers(0, 5)), []).append(each)
    order = draw(st.permutations(sorted(parts)))
    return told, [(NOON - timedelta(hours=part), parts[part]) for part in order]


@given(tellings(oldest=200))
def test_no_order_and_no_grouping_of_what_is_told_matters(
    told: tuple[list[UsageEvent], list[tuple[datetime, list[UsageEvent]]]],
) -> None:
    """However late: also what is too old to be counted by day."""
    every, parts = told
    newest = max(at for at, _ in parts)
    assert folded(parts) == folded([(newest, every)])


@given(tellings(oldest=KEPT_DAYS - 1))
@settings(max_examples=40)
def test_a_summary_answers_as_the_events_do_on_every_day(
    told: tuple[list[UsageEvent], list[tuple[datetime, list[UsageEvent]]]],
) -> None:
    every, parts = told
    summary, counted = folded(parts), Counted(every)
    for offset in range(-2 * KEPT_DAYS, 2 * KEPT_DAYS, 3):
        assert_equal(summary, counted, TODAY + timedelta(days=offset))


@given(events(oldest=200))
@settings(max_examples=40)
def test_where_a_summary_answers_though_days_are_gone_it_answers_as_the_events_do(
    every: list[UsageEvent],
) -> None:
    """And it answers wherever the last 64 days up to the newest one are enough."""
    summary, counted = folded([(NOON, every)]), Counted(every)
    for offset in range(-2 * KEPT_DAYS, 2 * KEPT_DAYS, 3):
        on = TODAY + timedelta(days=offset)
        for window in WINDOWS:
            kept = on - timedelta(days=window) > summary.through - timedelta(days=KEPT_DAYS)
            answer = summary.active_users(window, on)
            assert (
                answer == counted.active_users(window, on) if kept else answer is None or not missed(summary)
            )
            assert (answer is None) == (summary.actions_in(window, on) is None)


def missed(summary: UsageSummary) -> bool:
    """Whether there is anything that single days are not kept of."""
    return (summary.through - summary.first).days >= KEPT_DAYS


def assert_equal(summary: UsageSummary, counted: Counted, on: date) -> None:
    for window in WINDOWS:
        assert summary.active_users(window, on) == counted.active_users(window, on), (window, on)
    for window in WORKDAYS:
        assert summary.active_days(window, on) == counted.active_days(window, on)
        assert summary.actions_in(window, on) == counted.actions_in(window, on)
        assert summary.mean_minutes(window, on) == counted.mean_minutes(window, on)
        assert {use.name for use in summary.used_in(window, on) or ()} == counted.used_in(window, on)
        for name in NAMES:
            assert summary.times(name, window, on) == counted.times(name, window, on)
    assert summary.last_activity(on) == counted.last_activity(on)
    assert {use.name: (use.first, use.last) for use in summary.uses} == counted.spans()


@pytest.mark.parametrize(("late", "counts"), [(0, True), (44, True), (45, True), (46, True), (63, True)])
def test_an_event_that_comes_late_counts_on_its_day(late: int, counts: bool) -> None:
    """Up to 45 days it must; the days are kept for 64."""
    summary = folded([(NOON, [event(0)]), (NOON, [event(late, "bob", "Admin/Invite", 3, 2.0)])])
    on = TODAY - timedelta(days=late - 1)
    assert (summary.active_users(1, on), summary.times("Admin/Invite", 1, on)) == (1 + (late == 0), 3)
    assert summary.mean_minutes(1, on) == 2.0


@pytest.mark.parametrize("late", [64, 65, 400])
def test_an_event_that_comes_later_moves_the_first_use_alone(late: int) -> None:
    alone = folded([(NOON, [event(0)])])
    summary = folded([(NOON, [event(0)]), (NOON, [event(late, "bob", "Admin/Invite", 3, 2.0)])])
    day = TODAY - timedelta(days=late)
    assert (summary.first, summary.last_seen, summary.active) == (day, alone.last_seen, alone.active)
    assert (summary.actions, summary.seconds) == (alone.actions, ())
    invited = summary.use_of("Admin/Invite")
    assert invited
    assert (invited.first, invited.last, invited.counts) == (day, day, ())
    assert summary.times("Admin/Invite", 30, TODAY) == 0
    assert summary.times("Admin/Invite", 90, TODAY) is None, "it may have been more often"
    assert summary.times("Reports/View", 366, TODAY + timedelta(days=1)) == 1
    assert summary.times("Reports/Print", 30, TODAY) == 0, "it never was"


def test_a_past_day_is_known_as_far_as_its_whole_window_is() -> None:
    """An event of long ago: of a window that reaches back too far nothing is said, which is not 0."""
    summary = folded([(NOON, [event(0), event(63, "bob"), event(300, "eve")])])
    edge = TODAY - timedelta(days=KEPT_DAYS - 1 - 30)
    assert summary.active_users(30, edge) == 1
    assert summary.active_users(30, edge - timedelta(days=1)) is None
    assert summary.active_days(30, edge - timedelta(days=1)) is None
    assert summary.actions_in(30, edge - timedelta(days=1)) is None
    assert summary.used_in(30, edge - timedelta(days=1)) is None
    assert summary.mean_minutes(30, edge) is None, "no event told any minutes"


def test_today_is_no_full_day_but_its_events_are_activity() -> None:
    summary = folded([(NOON, [event(0), event(3, "bob")])])
    assert (summary.active_users(1, TODAY), summary.active_users(14, TODAY)) == (0, 1)
    assert (summary.active_days(14, TODAY), summary.last_activity(TODAY)) == (1, TODAY)
    assert summary.last_activity(TODAY - timedelta(days=1)) == TODAY - timedelta(days=3)
    assert summary.last_activity(TODAY - timedelta(days=4)) is None


@pytest.mark.parametrize(
    ("days_later", "active"), [(0, 0), (1, 1), (13, 2), (14, 2), (15, 1), (17, 1), (18, 0), (900, 0)]
)
def test_users_fall_out_of_the_window_as_days_go_by(days_later: int, active: int) -> None:
    """Nothing is written in between: the night of each later day reads the same summary."""
    seen: Sequence[UsageEvent] = [event(0), event(-3, "bob")]
    summary = folded([(NOON, seen)])
    on = TODAY + timedelta(days=days_later)
    assert summary.active_users(14, on) == Counted(seen).active_users(14, on) == active


def test_a_summary_stays_small_however_many_users_there_are() -> None:
    """64 numbers for each of a few series, whatever is told."""
    many = [event(n % 64, f"user-{n}", minutes=1.0) for n in range(5_000)]
    summary = folded([(NOON, many)])
    series = [summary.last_seen, *summary.active.values(), summary.actions, summary.sessions, summary.seconds]
    assert {len(each) for each in series} == {KEPT_DAYS}
    assert summary.active_users(30, TODAY + timedelta(days=1)) == len(
        {n for n in range(5_000) if n % 64 < 30}
    )
