"""docs/reference/conditions.md says what is so: its examples are run."""

import json
import re
from datetime import date
from pathlib import Path

import pytest

from keepwell.attributes import standard_catalogue
from keepwell.criteria import match, parse
from keepwell.criteria.checking import account_values
from keepwell.errors import FaultyCondition

PAGE = (Path(__file__).parents[3] / "docs/reference/conditions.md").read_text()
TODAY = date(2026, 11, 21)
CATALOGUE = standard_catalogue()
ANSWERS = {"yes": True, "no": False, "unknown": None}

EXAMPLES = re.findall(r"\| `([^`]+)` \| `(\{[^`]*\})` \| (yes|no|unknown) \|$", PAGE, re.MULTILINE)
WRONG = re.findall(r"^\| `([^`]+)` \| ([^`|]+) \|$", PAGE, re.MULTILINE)


def test_every_row_is_found() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and "`" in line]
    assert len(EXAMPLES) + len(WRONG) == len(rows)


@pytest.mark.parametrize(("text", "facts", "answer"), EXAMPLES)
def test_an_example_gives_the_answer_shown(text: str, facts: str, answer: str) -> None:
    values = account_values(json.loads(facts), CATALOGUE, TODAY)
    assert match(parse(text, CATALOGUE), values, TODAY) is ANSWERS[answer]


@pytest.mark.parametrize(("text", "says"), WRONG)
def test_a_wrong_condition_gives_the_error_shown(text: str, says: str) -> None:
    with pytest.raises(FaultyCondition) as caught:
        parse(text, CATALOGUE)
    assert caught.value.message == says


def test_the_whole_error_reads_as_shown() -> None:
    with pytest.raises(FaultyCondition) as caught:
        parse("Helth Score >= 70", CATALOGUE)
    assert f"```\n{caught.value}\n```" in PAGE


def test_the_opening_example_is_a_condition() -> None:
    opening = re.search(r"^    (\(.*)$", PAGE, re.MULTILINE)
    assert opening is not None
    parse(opening[1], CATALOGUE)
