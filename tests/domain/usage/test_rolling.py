"""The days of users: joined in any order, found again in their parts."""

from hypothesis import given
from hypothesis import strategies as st

from keepwell.usage.rolling import (
    MANY_PARTS,
    MOST_USERS,
    active_on,
    joined,
    part_of,
    parts_for,
    users_document,
    users_from,
)
from keepwell.usage.summary import KEPT_DAYS
from tests.story import TODAY

DAYS = st.lists(st.integers(0, 200).map(lambda ago: TODAY.toordinal() - ago), min_size=1, max_size=20)


@given(DAYS, DAYS, DAYS)
def test_days_join_in_any_order_and_as_often_as_one_likes(a: list[int], b: list[int], c: list[int]) -> None:
    one, two, three = active_on(a), active_on(b), active_on(c)
    assert joined(one, two) == joined(two, one) == joined(joined(one, two), two) == active_on(a + b)
    assert joined(joined(one, two), three) == joined(one, joined(two, three)) == active_on(a + b + c)


@given(DAYS)
def test_the_newest_day_and_the_63_before_it_are_kept(days: list[int]) -> None:
    known = active_on(days)
    kept = {known.newest - k for k in range(KEPT_DAYS) if known.mask >> k & 1}
    assert kept == {day for day in days if max(days) - day < KEPT_DAYS}
    assert known.mask < 1 << KEPT_DAYS


def test_who_was_not_seen_for_long_keeps_the_last_day() -> None:
    long_ago = active_on([TODAY.toordinal() - 1_000])
    assert joined(None, long_ago) == long_ago
    assert joined(long_ago, active_on([TODAY.toordinal()])) == active_on([TODAY.toordinal()])


@given(st.dictionaries(st.text(), DAYS.map(active_on), max_size=10))
def test_users_come_back_from_their_document_whatever_they_are_called(users: dict[str, object]) -> None:
    assert users_from(users_document(users)) == users  # type: ignore[arg-type]


def test_users_are_parted_where_one_part_would_get_too_large() -> None:
    few = [f"user-{n}" for n in range(MOST_USERS)]
    assert parts_for(few) == 1
    assert parts_for([*few, "one more"]) == MANY_PARTS
    assert parts_for(["one"], present=MANY_PARTS) == MANY_PARTS, "and not put together again"
    assert parts_for([f"{n}{'é' * 250}" for n in range(500)]) == MANY_PARTS, "ids can be long"


def test_a_user_is_always_in_the_same_part() -> None:
    """The parts are stored, so the hash may never change."""
    assert [part_of(user, 32) for user in ("ann", "zoë", "")] == [19, 20, 0]
    sizes = [0] * 32
    for n in range(20_000):
        sizes[part_of(f"user-{n}@example.com", 32)] += 1
    assert max(sizes) < 2 * 20_000 / 32
