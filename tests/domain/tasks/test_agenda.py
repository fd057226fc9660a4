"""The agenda (DSH-03, TSK-03)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.attributes import Value
from keepwell.tasks import Priority, Task, TaskStatus
from keepwell.tasks.agenda import When, agenda_of, when
from tests.domain.tasks.office import facts
from tests.story import NOON, TODAY

TOMORROW, YESTERDAY = TODAY + timedelta(days=1), TODAY - timedelta(days=1)


def task(task_id: str = "T-1", /, **values: Value) -> Task:
    return Task(task_id, facts("A-1", NOON, **values))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"Due_Date": YESTERDAY}, When.OVERDUE),
        ({"Due_Date": TODAY}, When.TODAY),
        ({"Due_Date": TOMORROW}, When.LATER),
        ({}, When.LATER),
        ({"Due_Date": YESTERDAY, "Snoozed_Until": TOMORROW}, When.SNOOZED),
        ({"Due_Date": YESTERDAY, "Snoozed_Until": TODAY}, When.OVERDUE),
        ({"Due_Date": YESTERDAY, "Status": "Completed"}, When.CLOSED),
        ({"Due_Date": YESTERDAY, "Status": "Cancelled", "Snoozed_Until": TOMORROW}, When.CLOSED),
    ],
)
def test_a_task_stands_where_its_day_puts_it(values: dict[str, Value], expected: When) -> None:
    assert when(task(**values), TODAY) is expected


def test_within_a_part_priority_comes_before_the_day() -> None:
    """TSK-03."""
    tasks = [
        task("later", Due_Date=YESTERDAY),
        task("low", Due_Date=TODAY - timedelta(days=9), Priority="Low"),
        task("high", Due_Date=YESTERDAY, Priority="High"),
        task("sooner", Due_Date=TODAY - timedelta(days=2)),
    ]
    order = [each.task_id for each in agenda_of(tasks, TODAY)[When.OVERDUE]]
    assert order == ["high", "sooner", "later", "low"]


@given(
    st.lists(
        st.tuples(
            st.none() | st.dates(date(2026, 11, 1), date(2026, 12, 1)),
            st.sampled_from(Priority),
            st.sampled_from(TaskStatus),
        )
    )
)
def test_every_task_is_in_one_part_of_the_agenda(
    told: list[tuple[date | None, Priority, TaskStatus]],
) -> None:
    tasks = [
        task(str(number), Priority=priority.value, Status=status.value, **({"Due_Date": day} if day else {}))
        for number, (day, priority, status) in enumerate(told)
    ]
    parts = agenda_of(tasks, TODAY)
    assert list(parts) == list(When)
    assert sorted(each.task_id for part in parts.values() for each in part) == sorted(
        each.task_id for each in tasks
    )
    assert all(not each.is_open for each in parts[When.CLOSED])
