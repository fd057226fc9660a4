"""Which deltas are folded already is known over nights without end, and without nights (reliability R1)."""

from datetime import timedelta

import pytest

from keepwell.errors import ConfigurationError
from keepwell.usage.deltas import shard_of
from tests.domain.usage.measured import Stack, event
from tests.story import NOON, TODAY


def test_what_was_folded_is_known_for_as_long_as_it_can_come_again() -> None:
    """Nights without end: no delta counts twice, though old batches are not looked at any more."""
    stack = Stack()
    for day in range(70):
        now = NOON + timedelta(days=day)
        stack.tell(f"drop-{day}", event("A-1", -day), at=now)
        stack.measure(now)
    stack.tell("drop-very-late", event("A-1", -69), at=NOON + timedelta(days=41))
    assert stack.measure(NOON + timedelta(days=69)) == {"deltas": 1, "accounts": 1, "events": 1}
    stack.tell("drop-too-late", event("A-1", -69), at=NOON + timedelta(days=38))
    assert stack.measure(NOON + timedelta(days=69)) == {}, "an import cannot come 30 days after its file"
    assert stack.usage("A-1").actions_in(30, TODAY + timedelta(days=70)) == 31


@pytest.mark.parametrize("nights", [0, 1])
def test_what_is_told_while_no_night_runs_is_not_lost(nights: int) -> None:
    """A schedule that was off for long, or a practice clock that is moved far ahead."""
    stack = Stack()
    for number in range(nights):
        stack.tell("drop-before", event("A-1", 5))
        stack.measure(NOON + timedelta(days=number))
    stack.tell("drop-1", event("A-1"), at=NOON + timedelta(hours=1))
    assert stack.measure(NOON + timedelta(days=80)) == {"deltas": 1, "accounts": 1, "events": 1}
    assert stack.measure(NOON + timedelta(days=80)) == {}


def test_a_delta_that_was_taken_away_is_named() -> None:
    stack, key = Stack(), "usage/03/20261120T120000000000Z-drop.jsonl"
    stack.control.create("usage#03#1", {"keys": [key], "made": NOON.isoformat()})
    with pytest.raises(ConfigurationError, match=f"the delta {key} is gone"):
        stack.measure()


def test_a_lost_control_row_stops_it_rather_than_counting_twice() -> None:
    stack = Stack()
    stack.tell("drop-1", event("A-1"))
    stack.measure()
    del stack.control._rows[f"usage#{shard_of('A-1'):02}#1"]
    stack.tell("drop-2", event("A-1"))
    with pytest.raises(ConfigurationError, match="point-in-time recovery of the control table"):
        stack.measure()
