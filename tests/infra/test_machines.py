"""The machine goes through the page's steps in order, and carries keys and counts alone."""

from typing import Any

import pytest

from infra.stacks.machines import asl
from infra.vocabulary import Lambda, OnStep, StateMachine

RUN = StateMachine("run", cron="0 4 * * ? *")
STEPS = [
    Lambda("measure_things", "measures", OnStep(RUN, 3, counts=("folded",)), ()),
    Lambda("add_up", "adds up", OnStep(RUN, 1, counts=("added", "failed")), ()),
]


@pytest.fixture
def states() -> dict[str, Any]:
    machine = asl(STEPS, {step.name: f"arn:{step.name}" for step in STEPS})
    assert machine["StartAt"] == "MeasureThings"
    found: dict[str, Any] = machine["States"]
    return found


def test_the_steps_follow_each_other_and_the_last_one_ends(states: dict[str, Any]) -> None:
    assert list(states) == ["MeasureThings", "AddUp"]
    assert states["MeasureThings"]["Next"] == "AddUp"
    assert "Next" not in states["AddUp"]
    assert states["AddUp"]["End"]


def test_a_step_runs_once_for_each_segment_and_begins_with_its_own_counts(states: dict[str, Any]) -> None:
    assert [len(state["Items"]) for state in states.values()] == [3, 1]
    given = states["AddUp"]["ItemSelector"]
    assert given["of"] == 1
    assert given["counts"] == {"added": 0, "failed": 0}
    assert given.keys() == {"segment", "of", "on", "run", "counts"}, "keys only"


def test_the_output_has_the_counts_of_every_step_under_its_name(states: dict[str, Any]) -> None:
    output = states["AddUp"]["Output"]
    assert output["measure_things"] == "{% $states.input.measure_things %}"
    assert output["add_up"] == {
        "added": "{% $sum($states.result.counts.added) %}",
        "failed": "{% $sum($states.result.counts.failed) %}",
    }
