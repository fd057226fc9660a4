"""The last step of the nightly run adds up what was concluded (product DSH-01, DSH-09; reliability S4)."""

import json
from datetime import timedelta
from typing import Any

import boto3
import pytest

from keepwell.errors import ConfigurationError
from keepwell.in_memory import FixedClock
from keepwell.rollups import rollup_file
from keepwell_aws.files import S3Files
from tests.aws_tables import Names
from tests.crashes import Fault, enumerate_faults
from tests.functions.invoking import deliver, invoke, know, sample_event
from tests.functions.judging import use_few_segments
from tests.story import TODAY, account, poor_account

NAME = "roll_up"


@pytest.fixture(autouse=True)
def few_segments(stack: Names) -> None:
    use_few_segments(stack)


def evaluated(run: str, **differences: Any) -> Any:
    """The step's event, after an evaluation of everyone over four segments."""
    first = sample_event("evaluate_accounts", "first_page") | {"run": run} | differences
    for segment in range(first["of"]):
        assert invoke("evaluate_accounts", first | {"segment": segment})["cursor"] is None
    return sample_event(NAME, "after_the_night") | {"run": run} | differences


def roll_up(stack: Names, day: Any = TODAY) -> Any:
    return json.loads(S3Files(stack.bucket("files")).read(rollup_file(day)))


def know_three(stack: Names) -> None:
    know(stack, account("A-001"))
    know(stack, account("A-002", success_manager=None))
    know(stack, poor_account("A-003"))


def test_the_night_ends_with_the_portfolio_in_numbers(stack: Names) -> None:
    """(100 + 100 + 40) / 3 = 80."""
    know_three(stack)
    answer = invoke(NAME, evaluated("r1"))
    assert (answer["cursor"], answer["counts"]) == (None, {"accounts": 3})
    made = roll_up(stack)
    assert made["day"] == "2026-11-21"
    assert made["total"]["quality_score"] == 80.0
    assert made["total"]["bands"]["poor"] == {"accounts": 1, "contract_value": 80_000}
    assert {name: group["accounts"] for name, group in made["owner"].items()} == {
        "": 1,
        "csm.core@example.com": 2,
    }


def test_two_runs_at_once_leave_one_roll_up(stack: Names) -> None:
    know_three(stack)
    both = [evaluated("r1"), evaluated("r2")]
    made = [(invoke(NAME, event), roll_up(stack))[1] for event in both]
    assert made[0] == made[1]


def test_a_past_day_keeps_its_roll_up(stack: Names, clock: FixedClock) -> None:
    """S2."""
    know_three(stack)
    invoke(NAME, evaluated("r1"))
    before = roll_up(stack)
    clock.advance(timedelta(days=1))
    know(stack, poor_account("A-004"))
    assert invoke(NAME, evaluated("r2", on=str(TODAY)))["counts"] == {"accounts": 4}
    assert roll_up(stack) == before
    invoke(NAME, evaluated("r3"))
    assert roll_up(stack, TODAY + timedelta(days=1))["total"]["accounts"] == 4


def test_without_the_parts_it_fails_and_says_what_to_do(stack: Names) -> None:
    event = evaluated("r1", on="2026-11-20")
    key = "nights/2026-11-20/r1/evaluate/3-of-4/start-end.json"
    boto3.client("s3").delete_object(Bucket=stack.bucket("files"), Key=key)
    with pytest.raises(ConfigurationError, match=r"3-of-4/ no part .* keepwell nightly"):
        invoke(NAME, event)


def test_killed_at_any_call_the_roll_up_is_the_same(stack: Names) -> None:
    know_three(stack)
    made_in_peace: list[Any] = []

    def story(name: str, place: int | None, fault: Fault) -> list[str]:
        event = evaluated(name)
        made = deliver(NAME, event, place, fault)
        assert invoke(NAME, event)["counts"] == {"accounts": 3}
        made_in_peace.append(roll_up(stack))
        assert made_in_peace[-1] == made_in_peace[0]
        return made

    made = enumerate_faults(story)
    assert made.count("s3:GetObject") == 5, "the playbook, and a part for each segment"
    assert made[-1] == "s3:PutObject"
