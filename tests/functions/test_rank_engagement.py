"""The step of the nightly run that ranks (reliability S2, R2, R4)."""

from datetime import date, timedelta
from functools import partialmethod
from typing import Any

import pytest

from keepwell.accounts import Account
from keepwell.in_memory import FixedClock
from keepwell.population import NO_POPULATION, Population
from keepwell.ranking import Populations
from keepwell_aws.accounts import DynamoAccounts
from keepwell_aws.control import DynamoControl
from keepwell_aws.files import S3Files
from tests.aws_tables import Names
from tests.crashes import Fault, enumerate_faults
from tests.functions.invoking import Context, Log, deliver, forget, invoke, know, sample_event, spoil
from tests.story import NOON, TODAY, account

NAME = "rank_engagement"
TEN = [f"A-{number:03}" for number in range(10)]


@pytest.fixture(autouse=True)
def use(monkeypatch: pytest.MonkeyPatch) -> None:
    """An account's average of daily actions is its Open Ticket Count: use is told of elsewhere."""

    def activity_of(account: Account, day: date) -> tuple[str, float]:
        return str(account.facts.values["Status"]), float(str(account.facts.values["Open Ticket Count"]))

    monkeypatch.setattr("keepwell.ranking.activity_of", activity_of)


def step(**differences: Any) -> Any:
    """The first step of a run over one segment."""
    return sample_event(NAME, "one_segment") | differences


def populations(stack: Names) -> Populations:
    return Populations(DynamoControl(stack.table("control")), S3Files(stack.bucket("files")))


def know_ten(stack: Names) -> None:
    for number, account_id in enumerate(TEN):
        know(stack, account(account_id, open_ticket_count=number))


def is_of_ten(population: Population) -> bool:
    return population.sizes == {"Paying": 10} and population.lower("Paying", 4.0) == 4


def test_four_segments_make_one_population_in_whatever_order(stack: Names) -> None:
    know_ten(stack)
    first = sample_event(NAME, "first_page")
    for segment in (2, 0, 3):
        invoke(NAME, first | {"segment": segment})
    assert populations(stack).current() == NO_POPULATION, "not all have been seen"
    invoke(NAME, first | {"segment": 1})
    assert is_of_ten(populations(stack).current())
    assert populations(stack).of(TODAY) == populations(stack).current()


def test_with_little_time_left_it_goes_on_and_counts_each_once(
    stack: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R4."""
    monkeypatch.setattr(DynamoAccounts, "scan", partialmethod(DynamoAccounts.scan, limit=4))
    know_ten(stack)
    answer = step()
    for _ in range(20):
        answer = invoke(NAME, answer, Context(45_000, 29_999))
        if answer["cursor"] is None:
            break
    assert answer["counts"] == {"ranked": 10, "failed": 0}
    assert is_of_ten(populations(stack).current())


def test_a_past_day_has_its_own_population_and_the_current_one_stays(stack: Names, clock: FixedClock) -> None:
    """S2."""
    know_ten(stack)
    invoke(NAME, step())
    current = populations(stack).current()
    clock.advance(timedelta(hours=2))
    yesterday = TODAY - timedelta(days=1)
    invoke(NAME, step(run="rerun", on=str(yesterday)))
    assert populations(stack).of(yesterday).day == yesterday
    assert populations(stack).current() == current


def test_a_run_that_works_past_midnight_stays_with_its_day(stack: Names, clock: FixedClock) -> None:
    know_ten(stack)
    first = step(of=2, on=NOON.isoformat())
    invoke(NAME, first)
    clock.advance(timedelta(days=1))
    invoke(NAME, first | {"segment": 1})
    assert populations(stack).current().day == TODAY
    assert is_of_ten(populations(stack).current())


def test_an_account_that_cannot_be_read_is_told_and_the_others_are_ranked(stack: Names, log: Log) -> None:
    """R2."""
    know_ten(stack)
    spoil(stack, TEN[9], "facts")
    assert invoke(NAME, step())["counts"] == {"ranked": 9, "failed": 1}
    assert populations(stack).current().sizes == {"Paying": 9}
    [error] = log.entries()
    assert (error["level"], error["account_id"]) == ("ERROR", TEN[9])


def test_killed_at_any_call_the_population_is_the_same(stack: Names) -> None:
    made_in_peace: list[Population] = []

    def story(name: str, place: int | None, fault: Fault) -> list[str]:
        know(stack, account("A-001", open_ticket_count=3))
        know(stack, account("A-002", open_ticket_count=7))
        made = deliver(NAME, step(run=name), place, fault)
        assert invoke(NAME, step(run=name))["cursor"] is None
        made_in_peace.append(populations(stack).of(TODAY))
        assert made_in_peace[0].sizes == {"Paying": 2}
        assert made_in_peace[-1] == made_in_peace[0] == populations(stack).current()
        forget(stack, "A-001")
        forget(stack, "A-002")
        return made

    made = enumerate_faults(story)
    assert made[-6:] == [
        "dynamodb:UpdateItem",  # this segment is done
        "s3:ListObjectsV2",
        "s3:GetObject",
        "s3:PutObject",  # the table, before the rows that name it
        "dynamodb:UpdateItem",
        "dynamodb:UpdateItem",
    ]
