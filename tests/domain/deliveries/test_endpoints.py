"""What is known of an endpoint, and what may be sent to it (reliability T7)."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.deliveries.endpoints import (
    FAILURES,
    FIRST_REST,
    GIVEN_UP_AFTER,
    IN_FLIGHT,
    LONGEST_REST,
    PLACE_LASTS,
    SLOW,
    TRIAL,
    TURN,
    Circuit,
    Condition,
    EndpointGone,
    circuit_from,
    row_of,
)
from keepwell.deliveries.gates import PutOff, Refused, Throttled
from keepwell.deliveries.posts import Endpoints
from keepwell.errors import Conflict, KeepwellError, RejectedInput, TransientFailure
from keepwell.in_memory import InMemoryControl
from tests.story import NOON

SECOND = timedelta(seconds=1)
BUSY = TransientFailure("answered 503")
KNOWN = Circuit(succeeded_at=NOON)


def admitted(circuit: Circuit, delivery_id: str = "w", now: datetime = NOON) -> Circuit:
    after = circuit.admitted("events", delivery_id, now)
    assert isinstance(after, Circuit), after
    return after


def put_off(circuit: Circuit, delivery_id: str = "w", now: datetime = NOON) -> PutOff:
    after = circuit.admitted("events", delivery_id, now)
    assert isinstance(after, PutOff), after
    return after


def posted(circuit: Circuit, error: KeepwellError | None, now: datetime = NOON) -> Circuit:
    """After one post that began at `now`."""
    return admitted(circuit, "w", now).freed("w").answered(error, now, now)


def resting(now: datetime = NOON) -> Circuit:
    circuit = Circuit()
    for _ in range(FAILURES):
        circuit = posted(circuit, BUSY, now)
    return circuit


def test_no_more_than_its_share_is_under_way() -> None:
    circuit = KNOWN
    for number in range(IN_FLIGHT):
        circuit = admitted(circuit, f"w{number}")
    answer = put_off(circuit, "late")
    assert answer.why == "events has 4 under way"
    assert TURN <= answer.until - NOON <= 5 * TURN
    assert admitted(circuit.freed("w2"), "late")


def test_the_place_of_a_worker_that_died_is_free_again_after_a_while() -> None:
    circuit = KNOWN
    for number in range(IN_FLIGHT):
        circuit = admitted(circuit, f"w{number}")
    put_off(circuit, "late", NOON + PLACE_LASTS - SECOND)
    assert admitted(circuit, "late", NOON + PLACE_LASTS).under_way.keys() == {"late"}


@pytest.mark.parametrize("circuit", [Circuit(), posted(KNOWN, BUSY)], ids=["unknown", "failing"])
def test_one_that_may_hold_a_worker_for_long_has_one_at_a_time(circuit: Circuit) -> None:
    assert put_off(admitted(circuit, "w1"), "w2").why == "events has 1 under way"
    well = admitted(circuit, "w1").freed("w1").answered(None, NOON, NOON + SECOND)
    assert admitted(admitted(well, "w2"), "w3")


def test_one_that_is_slow_is_on_trial_until_it_is_quick() -> None:
    slow = KNOWN.answered(None, NOON, NOON + SLOW)
    assert slow.is_on_trial
    assert slow.places == IN_FLIGHT
    assert not slow.answered(None, NOON, NOON + SECOND).is_on_trial


def test_a_message_has_one_place() -> None:
    put_off(admitted(Circuit(), "w"), "w")


def test_after_so_many_failures_in_a_row_it_rests_and_then_one_post_tries_it() -> None:
    circuit = resting()
    assert circuit.condition(NOON) is Condition.RESTING
    answer = put_off(circuit, "w", NOON + FIRST_REST - SECOND)
    assert answer.why == "events rests; its last failure: answered 503"
    assert NOON + FIRST_REST <= answer.until <= NOON + 2 * FIRST_REST
    now = NOON + FIRST_REST
    trying = admitted(circuit, "w", now)
    assert TRIAL <= put_off(trying, "other", now).until - now <= 5 * TRIAL
    well = trying.freed("w").answered(None, now, now)
    assert well.condition(now) is Condition.FINE
    assert admitted(admitted(well, "a", now), "b", now)


def test_a_success_in_between_starts_the_count_anew() -> None:
    circuit = Circuit()
    for _ in range(FAILURES - 1):
        circuit = posted(circuit, BUSY)
    assert circuit.condition(NOON) is Condition.FAILING
    circuit = posted(circuit, None)
    for _ in range(FAILURES - 1):
        circuit = posted(circuit, BUSY)
    assert circuit.condition(NOON) is Condition.FAILING


def test_an_answer_that_refuses_one_message_is_no_failure_of_the_endpoint() -> None:
    circuit = posted(resting(), RejectedInput("answered 400"), NOON + FIRST_REST)
    assert circuit.condition(NOON + FIRST_REST) is Condition.UNUSED


def test_each_rest_is_twice_as_long_up_to_half_an_hour() -> None:
    circuit, now, rests = resting(), NOON, list[timedelta]()
    for _ in range(9):
        assert circuit.rests_until is not None
        rests.append(circuit.rests_until - now)
        now = circuit.rests_until
        circuit = posted(circuit, BUSY, now)
    assert [rest.total_seconds() for rest in rests] == [30, 60, 120, 240, 480, 960, 1800, 1800, 1800]
    assert rests[-1] == LONGEST_REST


def test_posts_that_began_before_the_rest_do_not_lengthen_it() -> None:
    circuit = KNOWN
    for number in range(IN_FLIGHT):
        circuit = admitted(circuit, f"w{number}")
    for _ in range(FAILURES + 3):
        circuit = circuit.answered(BUSY, NOON, NOON)
    assert circuit.rests_until == NOON + FIRST_REST


@pytest.mark.parametrize("kind", [TransientFailure, Throttled])
def test_an_endpoint_that_asks_to_wait_is_left_in_peace_by_all(kind: type[TransientFailure]) -> None:
    circuit = posted(Circuit(), kind("answered it", retry_after=timedelta(minutes=2)))
    assert circuit.failures == (0 if kind is Throttled else 1)
    assert put_off(circuit, "other", NOON + timedelta(seconds=119)).until >= NOON + timedelta(minutes=2)
    assert admitted(circuit, "other", NOON + timedelta(minutes=2))


def test_one_that_is_gone_is_disabled_and_says_how_to_enable_it() -> None:
    circuit = posted(Circuit(), EndpointGone("answered 410"))
    answer = circuit.admitted("events", "webhook_1", NOON + timedelta(days=99))
    assert answer == Refused(
        "events is disabled: answered 410. Once it is mended: `keepwell endpoints --enable events`, then "
        "`keepwell deliver again webhook_1`"
    )


def test_one_that_fails_for_five_days_is_disabled() -> None:
    circuit = Circuit()
    for day in range(5):
        circuit = posted(circuit, BUSY, NOON + timedelta(days=day))
        assert not circuit.disabled
    assert not posted(circuit, BUSY, NOON + GIVEN_UP_AFTER - SECOND).disabled
    assert posted(circuit, BUSY, NOON + GIVEN_UP_AFTER).disabled == (
        "no post succeeded for 5 days: answered 503"
    )


def test_days_without_a_message_are_no_days_of_failures() -> None:
    circuit = posted(posted(Circuit(), BUSY), BUSY, NOON + timedelta(days=6))
    assert not circuit.disabled
    assert circuit.failing_since == NOON + timedelta(days=6)


def test_enabling_forgets_what_went_wrong_and_keeps_who_said_so() -> None:
    endpoints = Endpoints(InMemoryControl())
    endpoints.change("events", lambda known: posted(known, EndpointGone("answered 410")))
    assert endpoints.get("events").condition(NOON) is Condition.DISABLED
    endpoints.enable("events", "ann on 2026-11-21")
    assert endpoints.get("events") == Circuit(enabled="ann on 2026-11-21")


def test_what_a_newer_version_keeps_survives() -> None:
    """R5."""
    control = InMemoryControl()
    control.put("endpoint#events", {"colour": "red"})
    Endpoints(control).change("events", lambda known: posted(known, BUSY))
    row = control.get("endpoint#events")
    assert row is not None
    assert (row["colour"], row["failures"]) == ("red", 1)


def test_workers_that_keep_changing_it_are_told() -> None:
    control = InMemoryControl()

    def overtaken(known: Circuit) -> Circuit:
        control.put("endpoint#events", {"failures": known.failures + 1})
        return posted(known, BUSY)

    with pytest.raises(Conflict, match="events kept changing"):
        Endpoints(control).change("events", overtaken)


MOMENTS = st.timedeltas(timedelta(), timedelta(days=9)).map(lambda after: NOON + after)
CIRCUITS = st.builds(
    Circuit,
    under_way=st.dictionaries(st.text(min_size=1), MOMENTS, max_size=5),
    failures=st.integers(0, 99),
    failing_since=st.none() | MOMENTS,
    failed_at=st.none() | MOMENTS,
    rests_until=st.none() | MOMENTS,
    problem=st.text(),
    slow=st.booleans(),
    succeeded_at=st.none() | MOMENTS,
    disabled=st.text(),
    enabled=st.text(),
)


@given(CIRCUITS)
def test_a_circuit_comes_back_as_it_was(circuit: Circuit) -> None:
    control = InMemoryControl()
    control.put("endpoint#events", row_of(circuit))
    assert circuit_from(control.get("endpoint#events")) == circuit


ERRORS = st.sampled_from([None, BUSY, RejectedInput("400"), TransientFailure("429", retry_after=SECOND * 90)])
STEPS = st.lists(st.tuples(st.sampled_from("abcdefgh"), st.booleans(), st.integers(0, 90), ERRORS))


@given(STEPS)
def test_whatever_happens_no_more_than_its_share_is_under_way_and_it_is_never_shut_for_good(
    steps: list[tuple[str, bool, int, KeepwellError | None]],
) -> None:
    """Posts begin, end and are lost in any order."""
    circuit, now, began = Circuit(), NOON, dict[str, datetime]()
    for delivery_id, begins, seconds, error in steps:
        now += timedelta(seconds=seconds)
        answer = circuit.admitted("events", delivery_id, now) if begins else None
        if isinstance(answer, Circuit):
            circuit, began[delivery_id] = answer, now
        elif not begins and delivery_id in began:
            circuit = circuit.freed(delivery_id).answered(error, began.pop(delivery_id), now)
        if isinstance(answer, PutOff):
            assert answer.until > now
        assert sum(until > now for until in circuit.under_way.values()) <= IN_FLIGHT
    later = now + LONGEST_REST + PLACE_LASTS
    assert isinstance(replace(circuit).admitted("events", "new", later), Circuit)
