"""What segments leave behind adds up to the whole, whatever was repeated (reliability S4)."""

from datetime import date

import pytest

from keepwell.errors import ConfigurationError
from keepwell.in_memory import InMemoryFiles
from keepwell.parts import Parts

DAY = date(2026, 11, 21)


def parts(files: InMemoryFiles, run: str = "r1", step: str = "evaluate") -> Parts:
    return Parts(files, DAY, run, step)


def test_the_parts_of_all_segments_come_back() -> None:
    written = parts(InMemoryFiles())
    written.write(0, 2, None, "k", {"n": 1})
    written.write(0, 2, "k", None, {"n": 2})
    written.write(1, 2, None, None, {"n": 4})
    assert sorted(part["n"] for part in written.read()) == [1, 2, 4]


def test_of_parts_that_overlap_those_are_taken_that_follow_each_other() -> None:
    """The first try got as far as `m` and its answer was lost; the second stopped at `k`."""
    written = parts(InMemoryFiles())
    written.write(0, 1, None, "m", {"from": 0, "to": 6})
    written.write(0, 1, None, "k", {"from": 0, "to": 4})
    written.write(0, 1, "k", "z", {"from": 4, "to": 8})
    written.write(0, 1, "z", None, {"from": 8, "to": 9})
    ranges = sorted((part["from"], part["to"]) for part in written.read())
    assert ranges == [(0, 4), (4, 8), (8, 9)]


def test_other_runs_and_steps_are_not_mixed_in() -> None:
    files = InMemoryFiles()
    for run, step in (("r1", "evaluate"), ("r1", "rank"), ("r10", "evaluate")):
        parts(files, run, step).write(0, 1, None, None, {"run": run, "step": step})
    assert list(parts(files).read()) == [{"run": "r1", "step": "evaluate"}]


@pytest.mark.parametrize("missing", ["0-of-2/start-end.json", "1-of-2/start-end.json"])
def test_a_part_that_is_missing_is_told_with_the_mend(missing: str) -> None:
    files = InMemoryFiles()
    for segment in (0, 1):
        if not missing.startswith(str(segment)):
            parts(files).write(segment, 2, None, None, {})
    with pytest.raises(ConfigurationError, match=r"evaluate/[01]-of-2/ no part ends at end; .*nightly"):
        list(parts(files).read())


def test_a_run_that_left_nothing_is_no_empty_portfolio() -> None:
    with pytest.raises(ConfigurationError, match="0-of-1"):
        list(parts(InMemoryFiles()).read())
