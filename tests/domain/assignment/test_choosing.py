"""Who of a pool gets a task (product TSK-05 to TSK-08)."""

from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.assignment.choosing import FULL_WEEK, Workload, choose, workload_of
from keepwell.assignment.pools import Logic
from keepwell.team import Member
from tests.domain.assignment.teams import member

ANN, BO, CLEO = (Workload(f"{name}@example.com", 40.0) for name in ("ann", "bo", "cleo"))
EVERYBODY = (ANN, BO, CLEO)
HOURS = st.integers(0, 160).map(lambda quarters: quarters / 4)
WORKLOADS = st.lists(
    st.builds(Workload, st.sampled_from("abcdefgh"), HOURS, st.lists(HOURS, max_size=5).map(tuple)),
    max_size=8,
    unique_by=lambda each: each.email,
)
TASK_IDS = st.text("0123456789abcdef", min_size=1, max_size=8)


def chosen(
    logic: Logic, task_id: str, effort: float, candidates: tuple[Workload, ...], last: str = ""
) -> str | None:
    found = choose(logic, task_id, effort, candidates, last)
    return found.email if found else None


def dealt(logic: Logic, tasks: int, candidates: tuple[Workload, ...], effort: float = 1.0) -> Counter[str]:
    """How many of so many tasks, one after the other, each gets."""
    loads, last = {each.email: each for each in candidates}, ""
    got: Counter[str] = Counter()
    for number in range(tasks):
        found = choose(logic, f"task_{number}", effort, list(loads.values()), last)
        assert found is not None
        last = found.email
        loads[last] = found.with_task(effort)
        got[last] += 1
    return got


@given(st.sampled_from(Logic), TASK_IDS, HOURS, WORKLOADS, st.randoms())
def test_the_same_question_has_the_same_answer_in_whatever_order_it_is_asked(
    logic: Logic, task_id: str, effort: float, candidates: list[Workload], chance: object
) -> None:
    found = choose(logic, task_id, effort, candidates, "d")
    shuffled = list(candidates)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert choose(logic, task_id, effort, shuffled, "d") == found
    assert found is None or found in candidates


@pytest.mark.parametrize("logic", Logic)
def test_of_nobody_nobody_is_chosen(logic: Logic) -> None:
    assert choose(logic, "task_1", 1.0, []) is None


@given(TASK_IDS, WORKLOADS)
def test_a_lot_is_drawn_between_two_whoever_else_is_there(task_id: str, candidates: list[Workload]) -> None:
    """Somebody who leaves takes away nobody else's tasks."""
    found = choose(Logic.NEXT_IN_LINE, task_id, 1.0, candidates)
    if found is None:
        assert candidates == []
        return
    for gone in candidates:
        if gone is not found:
            left = [each for each in candidates if each is not gone]
            assert choose(Logic.NEXT_IN_LINE, task_id, 1.0, left) == found


def test_random_is_even() -> None:
    """3,000 tasks for three: 1,000 each, within four standard deviations (26 each)."""
    got = dealt(Logic.NEXT_IN_LINE, 3000, EVERYBODY)
    assert len(got) == 3
    assert all(abs(tasks - 1000) < 104 for tasks in got.values())


@given(st.integers(1, 60), st.integers(1, 8))
def test_round_robin_is_even(tasks: int, members: int) -> None:
    got = dealt(Logic.ROUND_ROBIN, tasks, tuple(Workload(f"m{n}", 40.0) for n in range(members)))
    assert sum(got.values()) == tasks
    counts = [got[f"m{number}"] for number in range(members)]
    assert max(counts) - min(counts) <= 1


def test_round_robin_goes_on_where_somebody_has_left() -> None:
    assert chosen(Logic.ROUND_ROBIN, "t", 1.0, EVERYBODY, "ann@example.com") == "bo@example.com"
    assert chosen(Logic.ROUND_ROBIN, "t", 1.0, (ANN, CLEO), "bo@example.com") == "cleo@example.com"
    assert chosen(Logic.ROUND_ROBIN, "t", 1.0, EVERYBODY, "cleo@example.com") == "ann@example.com"
    assert chosen(Logic.ROUND_ROBIN, "t", 1.0, EVERYBODY) == "ann@example.com"


def test_next_available_has_hours_left_for_the_task() -> None:
    """TSK-06: 40 hours, of which 38 and 40 are taken; who has none a week has none."""
    busy, full = Workload("busy", 40.0, (20.0, 18.0)), Workload("full", 40.0, (40.0,))
    away = Workload("away", 0.0)
    assert {chosen(Logic.NEXT_AVAILABLE, f"t{n}", 2.0, (busy, full, away)) for n in range(20)} == {"busy"}
    assert chosen(Logic.NEXT_AVAILABLE, "t", 2.5, (busy, full, away)) is None
    assert chosen(Logic.NEXT_AVAILABLE, "t", 0.0, (full, away)) is None


@given(TASK_IDS, HOURS, WORKLOADS)
def test_next_available_never_asks_too_much(task_id: str, effort: float, candidates: list[Workload]) -> None:
    found = choose(Logic.NEXT_AVAILABLE, task_id, effort, candidates)
    able = [each for each in candidates if each.remaining > 0 and each.remaining >= effort]
    assert (found is None) == (not able)
    assert found is None or found in able


def test_most_available_goes_by_the_hours_a_week() -> None:
    """TSK-07: four hours for whom four are a tenth of the week, rather than all of it."""
    full_time, part_time = Workload("full", 40.0, (3.0,)), Workload("part", 4.0)
    assert chosen(Logic.MOST_AVAILABLE, "t", 4.0, (full_time, part_time)) == "full"
    assert chosen(Logic.MOST_AVAILABLE, "t", 4.0, (Workload("away", 0.0),)) is None


@given(TASK_IDS, HOURS, WORKLOADS)
def test_nobody_would_be_less_busy_than_the_most_available(
    task_id: str, effort: float, candidates: list[Workload]
) -> None:
    found = choose(Logic.MOST_AVAILABLE, task_id, effort, candidates)
    working = [each for each in candidates if each.available > 0]
    assert (found is None) == (not working)
    if found:
        least = min(_share(each, effort) for each in working)
        assert _share(found, effort) == least


def _share(each: Workload, effort: float) -> Fraction:
    return (sum(map(Fraction, each.efforts), Fraction(effort))) / Fraction(each.available)


@given(st.integers(1, 100), st.integers(1, 7), st.sampled_from([0.0, 0.1, 1.0, 3.5]))
def test_most_available_is_within_one_task_of_even(tasks: int, members: int, effort: float) -> None:
    """Also where tasks take no time, which makes nobody busier."""
    got = dealt(Logic.MOST_AVAILABLE, tasks, tuple(Workload(f"m{n}", 40.0) for n in range(members)), effort)
    counts = [got[f"m{number}"] for number in range(members)]
    assert max(counts) - min(counts) <= 1


@pytest.mark.parametrize(("told", "hours"), [(None, FULL_WEEK), (0, 0.0), (32.5, 32.5)])
def test_the_hours_of_a_member(told: float | None, hours: float) -> None:
    """TSK-08: who said nothing of them has a full week."""
    someone: Member = member("ann") if told is None else member("ann", Availability=told)
    load = workload_of(someone, [])
    assert (load.email, load.available, load.allocated, load.remaining) == (
        "ann@example.com",
        hours,
        0.0,
        hours,
    )
