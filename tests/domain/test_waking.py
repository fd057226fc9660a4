"""Wakes whose purpose fails: tried again, given up visibly, and carried out once their cause is mended
(reliability R1, R6)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from keepwell.errors import RejectedInput
from keepwell.in_memory import InMemoryHistory, InMemoryWakes
from keepwell.wakes import Purpose, Wake
from keepwell.waking import LONGEST_PAUSE, MOST_ATTEMPTS, Woken, carry_out_due, pause_after
from tests.story import NOON


class Night:
    """Wakes of all purposes, and what was carried out of them; none can be while it is `broken`."""

    def __init__(self) -> None:
        self.wakes, self.history, self.now = InMemoryWakes(), InMemoryHistory(), NOON
        self.broken, self.done = True, list[str]()

    def add(self, wake_id: str, purpose: Purpose = Purpose.TASK, **told: str | int) -> None:
        self.wakes.add(replace(Wake(wake_id, purpose, self.now, "A-1"), **told))  # type: ignore[arg-type]

    def carry_out(self, wake: Wake, _: object) -> None:
        if self.broken:
            raise RejectedInput("it cannot be")
        self.done.append(wake.wake_id)

    def passes(self, pause: timedelta = LONGEST_PAUSE) -> Woken:
        self.now += pause
        purposes = dict.fromkeys(Purpose, self.carry_out)
        return carry_out_due(self.wakes, purposes, self.history, self.now, lambda: True)

    def fails_for_days(self) -> None:
        for _ in range(MOST_ATTEMPTS):
            assert self.passes().carried_out == 0


@pytest.mark.parametrize("purpose", Purpose)
def test_whatever_it_is_for_it_is_given_up_and_done_once_its_cause_is_mended(purpose: Purpose) -> None:
    night = Night()
    night.add("w1", purpose)
    night.fails_for_days()
    assert [wake.why for wake in night.wakes.given_up()] == ["it cannot be"]
    night.broken = False
    assert night.passes().carried_out == 1
    assert (night.done, night.wakes.all()) == (["w1"], [])


def test_a_person_is_told_once_with_the_reason() -> None:
    night = Night()
    night.add("w1", Purpose.STEP)
    night.fails_for_days()
    night.fails_for_days()
    [row] = night.history.of("A-1", "wake")
    assert (row.row_id, row.detail) == (
        "w1",
        {"purpose": "step", "attempts": MOST_ATTEMPTS, "problem": "it cannot be"},
    )


def test_what_is_about_no_account_is_counted_all_the_same() -> None:
    night = Night()
    night.add("w1", Purpose.SUMMARY, account_id="")
    night.fails_for_days()
    assert night.wakes.count_given_up() == 1


def test_what_was_given_up_keeps_nothing_else_waiting() -> None:
    night = Night()
    night.add("old")
    night.fails_for_days()
    night.add("new")
    night.broken = False
    night.passes()
    assert night.done == ["new", "old"]


def test_what_its_purpose_puts_for_later_is_given_up_no_more() -> None:
    """As a passage that the brake holds again."""
    night = Night()
    night.add("w1")
    night.fails_for_days()

    def later(wake: Wake, _: object) -> None:
        night.wakes.put(replace(wake, due_at=night.now + timedelta(minutes=10), attempts=0))

    night.now += LONGEST_PAUSE
    carry_out_due(night.wakes, {Purpose.TASK: later}, night.history, night.now, lambda: True)
    [wake] = night.wakes.all()
    assert (wake.given_up, wake.attempts, wake.due_at - night.now) == (False, 0, timedelta(minutes=10))


def test_what_is_called_off_while_it_fails_stays_so() -> None:
    """T3."""
    night = Night()
    night.add("w1", attempts=MOST_ATTEMPTS - 1)

    def called_off(wake: Wake, _: object) -> None:
        night.wakes.remove(wake.wake_id)
        raise RejectedInput("it cannot be")

    carry_out_due(night.wakes, {Purpose.TASK: called_off}, night.history, night.now, lambda: True)
    assert night.wakes.all() == []


def test_the_pauses_double_up_to_half_a_day_however_many_there_were() -> None:
    pauses = [pause_after(attempts) / timedelta(minutes=1) for attempts in (1, 2, 3, 10, 11, 15, 5000)]
    assert pauses == [1, 2, 4, 512, 720, 720, 720]
    assert sum(map(pause_after, range(1, MOST_ATTEMPTS)), timedelta()) // timedelta(hours=1) == 65
