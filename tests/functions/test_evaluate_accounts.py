"""A step of the nightly run judges one segment's accounts (reliability S2, R2, R4)."""

import re
from dataclasses import replace
from datetime import date, timedelta
from functools import partialmethod
from itertools import pairwise
from typing import Any

import pytest

from infra.permissions import Call
from keepwell.errors import RejectedInput
from keepwell.in_memory import FixedClock
from keepwell.parts import Parts
from keepwell.standings import Band
from keepwell_aws.accounts import DynamoAccounts
from keepwell_aws.control import DynamoControl
from keepwell_aws.files import S3Files
from keepwell_aws.history import DynamoHistory
from tests.aws_tables import Names
from tests.crashes import Fault, enumerate_faults
from tests.functions.invoking import (
    Context,
    Log,
    deliver,
    forget,
    invoke,
    judge,
    know,
    sample_event,
    spoil,
    standing_of,
)
from tests.functions.judging import (
    check_silent,
    meet,
    rows_of,
    tell,
    trail_of,
    use_a_segment_of_users,
    use_few_segments,
)
from tests.story import NOON, account, poor_account

NAME = "evaluate_accounts"
TEN = [f"A-{number:03}" for number in range(10)]


@pytest.fixture(autouse=True)
def few_segments(stack: Names) -> None:
    use_few_segments(stack)


def night(**differences: Any) -> Any:
    """The first step of a run over one segment."""
    return sample_event(NAME, "first_page") | {"of": 1} | differences


def counts(answer: Any) -> tuple[int, int, int, int]:
    told = answer["counts"]
    return (told["evaluated"], told["changed"], told["transitions"], told["failed"])


def test_time_alone_brings_an_account_into_the_renewal_window(stack: Names, clock: FixedClock) -> None:
    """No fact is written on the day it enters: only the nightly run can tell."""
    renewing = account("A-001", renewal_date=date(2027, 2, 20))
    before = judge(stack, renewing)
    assert invoke(NAME, night())["counts"]["changed"] == 0
    clock.advance(timedelta(days=1))
    answer = invoke(NAME, night(run="next"))
    assert (answer["cursor"], *counts(answer)) == (None, 1, 1, 2, 0)
    after = standing_of(stack, "A-001")
    assert after.revision == before.revision + 1
    assert [pending.segment for pending in after.pending] == ["play:pre-renewal-good"]


def test_the_four_segments_judge_every_account_once(stack: Names) -> None:
    for account_id in TEN:
        know(stack, poor_account(account_id))
    first = sample_event(NAME, "first_page")
    answers = [invoke(NAME, first | {"segment": segment}) for segment in range(first["of"])]
    assert sum(answer["counts"]["evaluated"] for answer in answers) == len(TEN)
    assert {standing_of(stack, account_id).revision for account_id in TEN} == {1}


def test_a_second_night_writes_no_account(stack: Names) -> None:
    """Only changed standings are written."""
    for account_id in TEN:
        know(stack, poor_account(account_id))
    assert counts(invoke(NAME, night())) == (10, 10, 10, 0)
    before = [standing_of(stack, account_id) for account_id in TEN]
    made = list[Call]()
    assert counts(invoke(NAME, night(run="second"), calls=made)) == (10, 0, 0, 0)
    writes = [call for call in made if re.search("Put|Update|Write", call.action)]
    assert {call.resource for call in writes} == {"CONTROL_TABLE", "FILES_BUCKET"}
    assert [standing_of(stack, account_id) for account_id in TEN] == before


def test_the_parts_of_a_run_hold_each_account_once_wherever_it_stopped(
    stack: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S4: a repeated invocation with less time leaves a part that another overlaps."""
    monkeypatch.setattr(DynamoAccounts, "scan", partialmethod(DynamoAccounts.scan, limit=4))
    for account_id in TEN:
        know(stack, poor_account(account_id))
    shorter = invoke(NAME, night(), Context(45_000, 29_999))
    longer = invoke(NAME, night(), Context(45_000, 45_000, 29_999))
    assert shorter["cursor"] != longer["cursor"]
    assert invoke(NAME, longer)["cursor"] is None
    tallied = parts(stack, longer["run"])
    assert sum(part["total"][""][0]["poor"] for part in tallied) == len(TEN)
    assert len(tallied) == 2


def test_with_little_time_left_it_stops_and_goes_on_exactly_there(
    stack: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R4: the state machine passes the answer back until there is no cursor."""
    monkeypatch.setattr(DynamoAccounts, "scan", partialmethod(DynamoAccounts.scan, limit=4))
    for account_id in TEN:
        know(stack, poor_account(account_id))
    answer, judged = night(), [0]
    while True:
        answer = invoke(NAME, answer, Context(45_000, 29_999))
        judged.append(answer["counts"]["evaluated"])
        if answer["cursor"] is None:
            break
        assert len(judged) < 20, "it goes in circles"
    assert counts(answer) == (10, 10, 10, 0), "each account once, none left out"
    assert judged == sorted(judged)
    assert max(later - earlier for earlier, later in pairwise(judged)) <= 4
    assert {standing_of(stack, account_id).revision for account_id in TEN} == {1}


def test_a_step_that_begins_with_no_time_left_loses_nothing(stack: Names) -> None:
    know(stack, poor_account("A-001"))
    resumed = night(cursor="kept", counts={"evaluated": 7})
    assert invoke(NAME, resumed, Context(1_000)) == resumed


def test_a_past_day_leaves_standings_alone(stack: Names) -> None:
    """S2: what was known of a past day never becomes the present."""
    before = judge(stack, account("A-001"))
    know(stack, poor_account("A-002", known_since=NOON - timedelta(minutes=5)))
    accounts = DynamoAccounts(stack.table("accounts"))
    accounts.put_facts(replace(poor_account("A-001").facts, revision=1))
    answer = invoke(NAME, sample_event(NAME, "past_day"))
    assert (answer["cursor"], *counts(answer)[1:]) == (None, 0, 0, 0)
    assert answer["counts"]["skipped"] == 2
    assert standing_of(stack, "A-001") == before
    assert DynamoHistory(stack.table("history")).of("A-002") == []
    unknown_then = accounts.get("A-002")
    assert unknown_then is not None
    assert unknown_then.standing is None, "an account that was not known on that day is not judged as of it"


def test_a_future_day_is_refused_with_the_mend(stack: Names) -> None:
    know(stack, poor_account("A-001"))
    with pytest.raises(RejectedInput, match=r"2026-11-22 is in the future .*keepwell clock"):
        invoke(NAME, night(on="2026-11-22"))
    with pytest.raises(RejectedInput, match="'tomorrow' is no day"):
        invoke(NAME, night(on="tomorrow"))
    known = DynamoAccounts(stack.table("accounts")).get("A-001")
    assert known is not None
    assert known.standing is None


def test_one_broken_account_among_ten_is_counted_and_the_others_are_judged(stack: Names, log: Log) -> None:
    """R2."""
    for account_id in TEN:
        know(stack, poor_account(account_id))
    spoil(stack, TEN[3], "facts")
    assert counts(invoke(NAME, night())) == (9, 9, 9, 1)
    assert {standing_of(stack, i).health for i in TEN[:3] + TEN[4:]} == {Band.POOR}
    [error] = log.entries()
    assert (error["level"], error["account_id"]) == ("ERROR", "A-003")
    assert "cannot be read" in error["reason"]


def test_killed_at_any_call_no_transition_is_lost_or_made_twice(stack: Names, clock: FixedClock) -> None:
    """The state machine tries the step again with what it was given."""

    def story(name: str, place: int | None, fault: Fault) -> list[str]:
        know(stack, poor_account(name))
        made = deliver(NAME, night(run=name), place, fault)
        assert invoke(NAME, night(run=name))["cursor"] is None
        standing = standing_of(stack, name)
        assert [transition.id for transition in standing.pending] == [f"{name}/at-risk/1/entered"]
        assert (standing.revision, trail_of(stack, name).revision) == (1, 1)
        assert rows_of(stack, name) == [f"{name}/at-risk/1/entered", "score"], "no row twice"
        assert population(stack) == [{"accounts": 1, "of": 1}]
        [part] = parts(stack, name)
        assert part["total"][""][0] == {"poor": 1}, "tallied once"
        forget(stack, name)
        return made

    kinds = [call.removeprefix("dynamodb:") for call in enumerate_faults(story)]
    assert kinds[-7:-2] == ["UpdateItem", "PutItem", "PutItem", "UpdateItem", "Query"], (
        "trail, history, standing, a look back"
    )
    assert kinds[-2:] == ["s3:PutObject", "PutItem"], "the tally, and how many there are"


def test_killed_at_any_call_what_time_brings_comes_once(stack: Names, clock: FixedClock) -> None:
    """A drop that is over, a renewal that is near: no fact was written today."""

    name = "A-001"
    clock.set(NOON - timedelta(days=7))
    know(stack, account(name, renewal_date=date(2027, 2, 19)))
    invoke(NAME, night(run="first"))
    tell(stack, clock, name, NPS=5)
    invoke(NAME, night(run="second"))
    assert standing_of(stack, name).memberships["falling"].inside
    clock.set(NOON)

    def story(run: str, place: int | None, fault: Fault) -> list[str]:
        made = deliver(NAME, night(run=run), place, fault)
        assert invoke(NAME, night(run=run))["cursor"] is None
        standing = standing_of(stack, name)
        assert [each.id for each in standing.pending] == [f"{name}/play:pre-renewal-good/1/entered"]
        assert [each.cause for each in standing.pending] == ["night:2026-11-21"]
        assert (standing.revision, trail_of(stack, name).revision) == (3, 2)
        assert rows_of(stack, name) == [
            f"{name}/falling/1/entered",
            f"{name}/falling/1/exited",
            f"{name}/play:pre-renewal-good/1/entered",
            f"{name}/renewals-next-90-days/1/entered",
            "score",
            "score",
        ], "no row twice"
        return made

    enumerate_faults(story)


def test_the_last_page_of_a_segment_counts_its_accounts(
    stack: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mass-entry brake asks how many there are: also those that a night skips or cannot read."""
    monkeypatch.setattr(DynamoAccounts, "scan", partialmethod(DynamoAccounts.scan, limit=4))
    for account_id in TEN:
        know(stack, poor_account(account_id))
    spoil(stack, TEN[3], "facts")
    answer = invoke(NAME, night(), Context(45_000, 29_999))
    assert population(stack) == [], "half a count is none"
    while answer["cursor"] is not None:
        answer = invoke(NAME, answer)
    assert population(stack) == [{"accounts": 10, "of": 1}]
    invoke(NAME, sample_event(NAME, "past_day"))
    assert population(stack) == [{"accounts": 10, "of": 1}]


def parts(stack: Names, run: str) -> list[dict[str, Any]]:
    """What a run's evaluation left for the roll-up."""
    return list(Parts(S3Files(stack.bucket("files")), NOON.date(), run, "evaluate").read())


def population(stack: Names) -> list[Any]:
    row = DynamoControl(stack.table("control")).get("population#0")
    return [row] if row else []


def test_killed_at_any_call_of_a_night_a_person_enters_a_segment_of_users_once(stack: Names) -> None:
    """Time alone brings her in; a second night changes nothing of her."""
    use_a_segment_of_users(stack)

    def story(name: str, place: int | None, fault: Fault) -> list[str]:
        know(stack, account(name))
        meet(stack, name)
        made = deliver(NAME, night(run=name), place, fault)
        assert invoke(NAME, night(run=name))["counts"]["failed"] == 0
        invoke(NAME, night(run=f"{name}-again"))
        check_silent(stack, name)
        assert rows_of(stack, name) == ["ann/silent/1/entered", "score"], "no row twice"
        forget(stack, name)
        return made

    enumerate_faults(story)
