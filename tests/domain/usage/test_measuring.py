"""Every delta counts once, whatever is killed, repeated or done by two at once (reliability R1, R2, R4, S1,
S4)."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepwell.errors import RejectedInput, TransientFailure
from keepwell.usage import measuring as measuring_module
from keepwell.usage import rolling
from keepwell.usage.deltas import DELTA_SHARDS, shard_of
from keepwell.usage.events import UsageEvent
from keepwell.usage.measuring import Measuring
from tests.domain.usage.counting import Counted, folded
from tests.domain.usage.measured import Killed, Stack, event, run_with
from tests.story import NOON, TODAY

FEW_IDS = [f"A-{n}" for n in range(200) if shard_of(f"A-{n}") in (3, 7)][:6]
TOMORROW = TODAY + timedelta(days=1)


def one_page(measuring: Measuring) -> None:
    out_of_time = iter((False, True))
    measuring.go_on(lambda: next(out_of_time))


def use_small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rolling, "MOST_USERS", 2)
    monkeypatch.setattr(rolling, "MANY_PARTS", 4)
    monkeypatch.setattr(measuring_module, "ACCOUNTS_PER_PAGE", 2)
    monkeypatch.setattr(measuring_module, "MOST_DELTAS", 2)


def test_what_is_told_is_folded_once() -> None:
    stack = Stack()
    stack.tell("drop-1", event("A-1"), event("A-1", 1, "bob", 4), event("A-2"))
    assert stack.measure() == {"deltas": 2, "accounts": 2, "events": 6}
    told = stack.usage("A-1")
    assert (told.actions_in(14, TOMORROW), told.active_users(14, TOMORROW), told.told_at) == (5, 2, NOON)
    before = stack.state(), stack.accounts.writes
    assert stack.measure() == {}, "a second run finds nothing to do"
    assert (stack.state(), stack.accounts.writes) == before


def test_what_is_told_later_is_added() -> None:
    stack = Stack()
    later = NOON + timedelta(hours=1)
    stack.tell("drop-1", event("A-1"))
    stack.measure()
    stack.tell("drop-2", event("A-1"), at=later)
    stack.tell("drop-0", event("A-1", 45, "bob"), at=NOON - timedelta(days=2))
    stack.measure(later)
    told = stack.usage("A-1")
    assert (told.actions_in(1, TOMORROW), told.batch, told.told_at) == (2, 2, later)
    assert told.active_users(1, TODAY - timedelta(days=44)) == 1, (
        "though its file was dropped before the first"
    )


def test_segments_take_shards_of_their_own() -> None:
    stack = Stack()
    ids = [f"A-{n}" for n in range(100)]
    stack.tell("drop-1", *map(event, ids))
    for segment in range(4):
        measuring = stack.measuring(segment=segment, of=4)
        measuring.go_on()
        mine = [account_id for account_id in ids if shard_of(account_id) % 4 == segment]
        assert measuring.counts["accounts"] == len(mine)
    assert all(stack.usage(account_id).batch == 1 for account_id in ids)


def test_it_stops_after_any_page_and_goes_on_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """R4: each page in a process of its own."""
    use_small_parts(monkeypatch)
    stack, at_once = Stack(), Stack()
    for each in (stack, at_once):
        for number in range(5):
            each.tell(f"drop-{number}", *(event(account_id, number) for account_id in FEW_IDS))
    counts = at_once.measure()
    state = {"segment": 0, "of": 1, "run": "r", "cursor": None, "counts": {}}
    pages = 0
    while True:
        measuring = stack.measuring()
        measuring.resume(state)
        one_page(measuring)
        state |= measuring.progress()
        pages += 1
        if state["cursor"] is None:
            break
    assert pages > 20
    assert state["counts"] == counts == {"deltas": 10, "accounts": 18, "events": 30}
    assert stack.state() == at_once.state()


def test_the_place_in_a_batch_that_another_run_ended_is_none_in_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Or the accounts before it would miss what the next batch tells."""
    use_small_parts(monkeypatch)
    stack = Stack()
    mine = [account_id for account_id in FEW_IDS if shard_of(account_id) == shard_of(FEW_IDS[0])]
    stack.tell("drop-1", *map(event, mine))
    measuring = stack.measuring(segment=shard_of(FEW_IDS[0]), of=DELTA_SHARDS)
    one_page(measuring)
    stack.measure()
    stack.tell("drop-2", *map(event, mine))
    measuring.go_on()
    assert [stack.usage(account_id).actions_in(1, TOMORROW) for account_id in mine] == [2] * len(mine)


def tell_much(stack: Stack, upto: int = 3) -> list[UsageEvent]:
    """Three users of one account want many parts; others are few. In several files."""
    told = [
        [event(FEW_IDS[0], 0, "ann"), event(FEW_IDS[0], 2, "bob"), event(FEW_IDS[1], 1)],
        [event(FEW_IDS[0], 1, "eve"), event(FEW_IDS[2], 1)],
        [event(FEW_IDS[0], 5, "ann", 7)],
    ][:upto]
    for number, events in enumerate(told):
        stack.tell(f"drop-{number}", *events)
    return [each for events in told for each in events]


def places(monkeypatch: pytest.MonkeyPatch) -> range:
    use_small_parts(monkeypatch)
    stack = Stack()
    tell_much(stack)
    return range(run_with(stack, None, lambda: None))


def assert_counted(stack: Stack, events: Sequence[UsageEvent]) -> None:
    for account_id in {each.account_id for each in events}:
        mine = [each for each in events if each.account_id == account_id]
        summary, expected = stack.usage(account_id), folded([(NOON, mine)])
        assert vars(summary) | {"parts": 1, "batch": 0, "revision": 0} == vars(expected)
        for window in (1, 7, 14, 30):
            for ago in range(-40, 10):
                on = TODAY - timedelta(days=ago)
                assert summary.active_users(window, on) == Counted(mine).active_users(window, on)


def test_killed_at_any_call_it_ends_in_the_same_state(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the users of an account move to many parts."""

    def die() -> None:
        raise Killed

    for place in places(monkeypatch):
        for late in (False, True):
            stack, peaceful = Stack(), Stack()
            events = tell_much(stack)
            tell_much(peaceful)
            with pytest.raises(Killed):
                run_with(stack, place, die, late=late)
            stack.measure()
            peaceful.measure()
            assert stack.state() == peaceful.state(), f"killed at call {place}"
            assert_counted(stack, events)


def test_with_another_run_at_any_call_it_ends_in_the_same_state(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other one overtakes, and goes on to what was told in the meantime."""
    late = event(FEW_IDS[0], 3, "joe", 2)
    for place in places(monkeypatch):
        stack = Stack()
        events = tell_much(stack)

        def overtake(stack: Stack = stack) -> None:
            stack.tell("drop-late", late, event(FEW_IDS[2], 9))
            stack.measure()

        run_with(stack, place, overtake)
        stack.measure()
        assert_counted(stack, [*events, late, event(FEW_IDS[2], 9)])
        assert stack.usage(FEW_IDS[0]).parts == rolling.MANY_PARTS


def test_two_that_die_side_by_side_are_made_good_by_a_third(monkeypatch: pytest.MonkeyPatch) -> None:
    every = places(monkeypatch)
    for place in every[::3]:
        for other in every[::5]:
            stack = Stack()
            events = tell_much(stack)

            def die() -> None:
                raise Killed

            def both(stack: Stack = stack, other: int = other) -> None:
                with suppress(Killed):  # it has fewer calls to make where the first has made some
                    run_with(stack, other, die)
                raise Killed

            with pytest.raises(Killed):
                run_with(stack, place, both, late=True)
            stack.measure()
            assert_counted(stack, events)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(FEW_IDS[:3]), st.integers(0, 63), st.sampled_from("abcd"), st.integers(0, 4)
        ),
        min_size=1,
        max_size=25,
    ),
    st.lists(st.integers(0, 4), max_size=5),
)
@settings(max_examples=30)
def test_nights_between_the_files_do_not_matter(
    rows: list[tuple[str, int, str, int]], nights: list[int]
) -> None:
    """Nor does which file told what."""
    stack = Stack()
    for drop in range(5):
        mine = [event(account_id, ago, user) for account_id, ago, user, of in rows if of == drop]
        stack.tell(f"drop-{drop}", *mine)
        if drop in nights:
            stack.measure()
    stack.measure()
    assert_counted(stack, [event(account_id, ago, user) for account_id, ago, user, _ in rows])


def test_an_account_that_cannot_be_read_or_stored_hides_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """R2: it is told, and the batch goes on."""
    stack = Stack()
    stack.tell("drop-1", *map(event, FEW_IDS))
    read, write = stack.accounts.usage_of, stack.accounts.put_usage

    def usage_of(account_ids: Sequence[str]) -> object:
        if FEW_IDS[1] in account_ids:
            raise RejectedInput(f"the usage of account {FEW_IDS[1]!r} cannot be read")
        return read(account_ids)

    def put_usage(usage: object) -> object:
        if getattr(usage, "account_id", "") == FEW_IDS[2]:
            raise RejectedInput("the usage takes 500,000 bytes")
        return write(usage)  # type: ignore[arg-type]

    monkeypatch.setattr(stack.accounts, "usage_of", usage_of)
    monkeypatch.setattr(stack.accounts, "put_usage", put_usage)
    measuring = stack.measuring()
    measuring.go_on()
    assert sorted(measuring.problems) == [
        (FEW_IDS[1], f"the usage of account {FEW_IDS[1]!r} cannot be read"),
        (FEW_IDS[2], "the usage takes 500,000 bytes"),
    ]
    assert measuring.counts == {"deltas": 2, "accounts": 4, "events": 4, "failed": 2}


def test_an_account_that_someone_else_keeps_changing_makes_the_step_come_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stack = Stack()
    stack.tell("drop-1", event("A-1"))
    stack.measure()
    stack.tell("drop-2", event("A-1"))
    stale = stack.usage("A-1").__class__(**{**vars(stack.usage("A-1")), "revision": 0})
    monkeypatch.setattr(stack.accounts, "usage_of", lambda _ids: {"A-1": stale})
    with pytest.raises(TransientFailure, match="'A-1' kept changing"):
        stack.measure()


def test_more_segments_than_shards_have_nothing_to_do() -> None:
    stack = Stack()
    stack.tell("drop-1", event("A-1"))
    measuring = stack.measuring(segment=DELTA_SHARDS, of=DELTA_SHARDS + 1)
    measuring.go_on()
    assert measuring.progress() == {"cursor": None, "counts": {}}
