"""The contract of Control (reliability I1, I4, I5)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.errors import RejectedInput
from keepwell.in_memory import InMemoryControl
from keepwell.ports import Control
from keepwell_aws.control import DynamoControl
from tests.adapters.conftest import LoseAnswer
from tests.aws_tables import Names

FIELDS = {
    "status": "running",
    "rows": 90,
    "ratio": 0.5,
    "mapping": None,
    "columns": {"ARR": ["Contract Value"]},
}


@pytest.fixture
def control(place: Names | None) -> Control:
    return DynamoControl(place.table("control")) if place else InMemoryControl()


def test_a_row_comes_back_as_it_was(control: Control) -> None:
    assert control.get("import#1") is None
    assert control.create("import#1", FIELDS)
    assert control.get("import#1") == FIELDS


def test_a_row_is_created_once(control: Control) -> None:
    assert control.create("import#1", FIELDS)
    assert not control.create("import#1", {"status": "other"})
    assert not control.create("import#1", FIELDS)
    assert control.get("import#1") == FIELDS


def test_put_replaces_whatever_was_there(control: Control) -> None:
    control.create("import#1", FIELDS)
    control.add_to_set("import#1", "done", 1)
    control.raise_to("import#1", "watermark", "b")
    control.put("import#1", {"status": "done"})
    assert control.get("import#1") == {"status": "done"}


def test_a_row_is_swapped_by_whoever_read_it_last(control: Control) -> None:
    """T8: what is given out of a pool."""
    assert not control.swap("pool#emea", FIELDS, {"last": "ann"})
    assert control.get("pool#emea") is None
    assert control.swap("pool#emea", None, FIELDS)
    assert not control.swap("pool#emea", None, {"last": "ann"})
    read = control.get("pool#emea")
    assert control.swap("pool#emea", read, {"last": "ann", "hours": 1.5})
    assert not control.swap("pool#emea", read, {"last": "bo"})
    assert control.get("pool#emea") == {"last": "ann", "hours": 1.5}


def test_a_row_that_is_as_it_was_can_be_swapped_whoever_changed_it(control: Control) -> None:
    control.create("pool#emea", {"last": "ann"})
    assert control.swap("pool#emea", {"last": "ann"}, {"last": "ann"})
    control.put("pool#emea", {"last": "bo"})
    control.put("pool#emea", {"last": "ann"})
    assert control.swap("pool#emea", {"last": "ann"}, {"last": "bo"})


def test_a_set_grows_by_one_and_is_told_after_it(control: Control) -> None:
    """I1, I5: the shards of an import that are done."""
    control.create("import#1", FIELDS)
    assert control.add_to_set("import#1", "done", 3) == {3}
    assert control.add_to_set("import#1", "done", 0) == {0, 3}
    assert control.add_to_set("import#1", "done", 3) == {0, 3}
    assert control.get("import#1") == {**FIELDS, "done": [0, 3]}


def test_a_set_that_was_put_as_a_list_goes_on_growing(control: Control) -> None:
    control.create("import#1", {"done": []})
    control.add_to_set("import#1", "done", 2)
    control.put("import#1", {"done": [2], "status": "done"})
    assert control.add_to_set("import#1", "done", 1) == {1, 2}


def test_a_set_of_no_row_is_an_error(control: Control) -> None:
    with pytest.raises(KeyError, match="import#9"):
        control.add_to_set("import#9", "done", 1)


def test_a_text_is_only_ever_raised(control: Control) -> None:
    """I4: a feed's watermark."""
    assert control.raise_to("feed#accounts", "at", "2026-11-21") == "2026-11-21"
    assert control.raise_to("feed#accounts", "at", "2026-11-20") == "2026-11-21"
    assert control.raise_to("feed#accounts", "at", "2026-11-22") == "2026-11-22"
    assert control.get("feed#accounts") == {"at": "2026-11-22"}


def test_a_text_is_raised_over_one_that_was_put(control: Control) -> None:
    control.create("feed#accounts", {"at": "2026-11-21", "rows": 5})
    assert control.raise_to("feed#accounts", "at", "2026-11-01") == "2026-11-21"
    assert control.raise_to("feed#accounts", "at", "2026-12-01") == "2026-12-01"
    assert control.get("feed#accounts") == {"at": "2026-12-01", "rows": 5}


def test_a_text_is_settled_by_the_first(control: Control) -> None:
    """A person's decision about a held play."""
    assert control.settle("brake#call#drop-1", "decision", "discarded by ann") == "discarded by ann"
    assert control.settle("brake#call#drop-1", "decision", "released by bob") == "discarded by ann"
    assert control.get("brake#call#drop-1") == {"decision": "discarded by ann"}


def test_a_text_that_was_put_is_settled(control: Control) -> None:
    control.put("brake#call#drop-1", {"decision": "released by ann"})
    assert control.settle("brake#call#drop-1", "decision", "discarded by bob") == "released by ann"


def test_a_number_is_counted_up_from_nothing_and_beside_other_fields(control: Control) -> None:
    assert [control.count("brake#call#drop-1", "fired") for _ in range(3)] == [1, 2, 3]
    control.settle("brake#call#drop-1", "decision", "released by ann")
    assert control.get("brake#call#drop-1") == {"fired": 3, "decision": "released by ann"}
    assert control.count("brake#call#drop-2", "fired") == 1


def test_a_number_that_was_put_goes_on_counting(control: Control) -> None:
    control.put("brake#call#drop-1", {"fired": 7})
    assert control.count("brake#call#drop-1", "fired") == 8
    assert control.get("brake#call#drop-1") == {"fired": 8}


def test_a_decision_whose_answer_was_lost_stands(stack: Names, lose_answer: LoseAnswer) -> None:
    control = DynamoControl(stack.table("control"))
    with lose_answer("UpdateItem"):
        assert control.settle("brake#call#drop-1", "decision", "released by ann") == "released by ann"


def test_a_created_row_whose_answer_was_lost_is_new(stack: Names, lose_answer: LoseAnswer) -> None:
    """Reliability 2.1: else nobody would take up the import."""
    control = DynamoControl(stack.table("control"))
    with lose_answer("UpdateItem"):
        assert control.create("import#1", FIELDS)
    with lose_answer("UpdateItem"):
        assert control.add_to_set("import#1", "done", 1) == {1}
    with lose_answer("UpdateItem"):
        assert control.raise_to("import#1", "at", "b") == "b"
    with lose_answer("UpdateItem"):
        assert control.swap("pool#emea", None, {"last": "ann"})
    with lose_answer("UpdateItem"):
        assert control.swap("pool#emea", {"last": "ann"}, {"last": "bo"})


def test_a_row_too_large_to_store_is_rejected(stack: Names) -> None:
    """I6."""
    with pytest.raises(RejectedInput, match="import#1"):
        DynamoControl(stack.table("control")).put("import#1", {"text": "x" * 500_000})


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5), st.text("ab", max_size=3))))
def test_the_twin_joins_like_a_lattice(steps: list[tuple[bool, int, str]]) -> None:
    """In whatever order members and texts come, the row ends with all of them and the greatest."""
    control = InMemoryControl()
    control.create("k", {})
    for is_set, member, text in steps:
        if is_set:
            control.add_to_set("k", "set", member)
        else:
            control.raise_to("k", "text", text)
    members = sorted({member for is_set, member, _ in steps if is_set})
    texts = [text for is_set, _, text in steps if not is_set]
    row = control.get("k")
    assert row is not None
    assert row.get("set", []) == members
    assert row.get("text", "") == max(texts, default="")
