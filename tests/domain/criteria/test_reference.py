"""docs/reference/conditions.md says what is so: its tables are the registry's, and its examples are run."""

import json
import re

import pytest

from keepwell.attributes import standard_catalogue
from keepwell.criteria import parse
from keepwell.criteria.checking import account_moment
from keepwell.criteria.forms import EXAMPLE_DAY, GROUPS, Example
from keepwell.errors import FaultyCondition
from keepwell_cli.conditions import PAGE, with_tables

TEXT = PAGE.read_text(encoding="utf-8")
CATALOGUE = standard_catalogue()
ANSWERS = {"yes": True, "no": False, "unknown": None}
FORMS = [form for group in GROUPS.values() for form in group]

EXAMPLES = re.findall(r"\| `([^`]+)` \| `(\{[^`]*\})` \| (yes|no|unknown) \|$", TEXT, re.MULTILINE)
SAME = re.findall(r"^\| `([^`]+)` \| `([^`{]+)` \|$", TEXT, re.MULTILINE)
WRONG = re.findall(r"^\| `([^`]+)` \| ([^`|]+) \|$", TEXT, re.MULTILINE)


def test_the_tables_are_up_to_date() -> None:
    assert with_tables(TEXT) == TEXT


def test_every_form_is_in_a_table() -> None:
    missing = [form.written for form in FORMS if f"| {form.written} |" not in TEXT]
    assert missing == []
    assert all(any(form.examples for form in FORMS if form.written == each.written) for each in FORMS)


def test_every_row_is_found() -> None:
    rows = [line for line in TEXT.splitlines() if line.startswith("| ") and line.count("`") > 1]
    assert len(EXAMPLES) + len(SAME) + len(WRONG) == len(rows)


@pytest.mark.parametrize(
    "example", [example for form in FORMS for example in form.examples], ids=lambda example: example.text
)
def test_the_registry_gives_the_answer_it_shows(example: Example) -> None:
    condition = parse(example.text, CATALOGUE)
    moment = account_moment(example.facts, CATALOGUE, EXAMPLE_DAY, [condition])
    assert condition.answer(moment) is example.answer


@pytest.mark.parametrize(("text", "facts", "answer"), EXAMPLES)
def test_an_example_gives_the_answer_shown(text: str, facts: str, answer: str) -> None:
    condition = parse(text, CATALOGUE)
    moment = account_moment(json.loads(facts), CATALOGUE, EXAMPLE_DAY, [condition])
    assert condition.answer(moment) is ANSWERS[answer]


@pytest.mark.parametrize(("text", "canonical"), SAME)
def test_what_is_written_means_what_is_shown(text: str, canonical: str) -> None:
    assert str(parse(text, CATALOGUE)) == canonical


@pytest.mark.parametrize(("text", "says"), WRONG)
def test_a_wrong_condition_gives_the_error_shown(text: str, says: str) -> None:
    with pytest.raises(FaultyCondition) as caught:
        parse(text, CATALOGUE)
    assert caught.value.message == says


def test_the_whole_error_reads_as_shown() -> None:
    with pytest.raises(FaultyCondition) as caught:
        parse("Helth Score >= 70", CATALOGUE)
    assert f"```\n{caught.value}\n```" in TEXT


def test_the_opening_example_is_a_condition() -> None:
    opening = re.search(r"^    (\(.*)$", TEXT, re.MULTILINE)
    assert opening is not None
    parse(opening[1], CATALOGUE)
