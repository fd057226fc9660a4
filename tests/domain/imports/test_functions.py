"""The functions of mappings: what each reads, and what it does not (product INT-05, "Function Editor")."""

import pickle
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.imports.chain import Chain, with_tables
from keepwell.imports.functions import FUNCTIONS, UnreadableText, hash_id
from keepwell.imports.mapping import Step

REGIONS = {"regions": {"DE": "EMEA", "us": "AMER"}}


def chain(*steps: str | Mapping[str, Any], is_id: bool = False) -> Chain:
    """As a mapping writes it."""
    pairs = [(step, None) if isinstance(step, str) else next(iter(step.items())) for step in steps]
    return Chain(with_tables([Step(*pair) for pair in pairs], REGIONS), is_id)


@pytest.mark.parametrize(
    ("steps", "texts", "expected"),
    [
        (["trim"], ["  Harbor \t  Labs "], "Harbor Labs"),
        (["upper"], ["straße 1"], "STRASSE 1"),
        (["lower"], ["ADA@Example.COM"], "ada@example.com"),
        ([{"date": "%d/%m/%Y"}], ["3/4/2026"], "2026-04-03"),
        ([{"date": "%d/%m/%Y"}], ["  "], ""),
        ([{"number": "1.234,56"}], ["-1.234,5"], "-1234.5"),
        ([{"number": "1.234,56"}], [""], ""),
        ([{"values": {"yes": "Paying"}}], ["YES"], "Paying"),
        ([{"values": {"yes": "Paying"}}], ["maybe"], "maybe"),
        ([{"values": {"": "Free"}}], [" "], "Free"),
        ([{"lookup": "regions"}], ["de"], "EMEA"),
        ([{"lookup": "regions"}], [""], ""),
        ([{"lookup": "regions"}, {"default": "Other"}], ["FR"], "Other"),
        ([{"lookup": "regions"}, "lower", {"default": "other"}], ["US"], "amer"),
        ([{"default": "Other"}], ["  "], "Other"),
        ([{"default": "Other"}], ["EMEA"], "EMEA"),
        ([{"split": {"at": "/", "part": 1}}], ["a/b/c"], "a"),
        ([{"split": {"at": "/", "part": -1}}], ["a/b/c"], "c"),
        ([{"split": {"at": "/", "part": 4}}, {"default": "-"}], ["a/b/c"], "-"),
        ([{"split": ";"}, "trim", {"join": ", "}], ["b; a ;c"], "b, a, c"),
        ([{"split": ";"}, {"lookup": "regions"}, {"join": ","}], ["de;us"], "EMEA,AMER"),
        ([{"join": "-"}], ["EU", "17"], "EU-17"),
        ([{"join": "-"}], ["", "17"], "-17"),
        ([{"join": "-"}], ["", " "], ""),
        (["concat"], ["EU", "", "17"], "EU17"),
        ([{"concat": " "}], ["Ada", "", "Lovelace"], "Ada Lovelace"),
        (["coalesce"], [" ", "", "b", "c"], "b"),
        (["coalesce"], ["", ""], ""),
        (["hash_id"], [""], ""),
    ],
)
def test_what_a_function_makes_of_a_text(steps: list[Any], texts: list[str], expected: str) -> None:
    assert chain(*steps)(texts) == expected


@pytest.mark.parametrize(
    ("steps", "text", "reason"),
    [
        (
            [{"date": "%d/%m/%Y"}],
            "2026-04-03",
            'expected a date such as 31/01/2026 (%d/%m/%Y), found "2026-04-03"; mend the cell, or the format',
        ),
        (
            [{"date": "%d/%m/%Y"}],
            "31/02/2026",
            '"31/02/2026" is not a moment of the calendar (%d/%m/%Y)',
        ),
        (
            [{"number": "1.234,56"}],
            "1,234.56",
            'expected a number such as 1.234,56, found "1,234.56"; mend the cell, or the example',
        ),
        (
            [{"lookup": "regions"}],
            "FR",
            '"FR" is not in the table regions; add it, or let a default follow',
        ),
        (
            [{"split": {"at": "/", "part": 3}}],
            "a/b",
            "\"a/b\" has no part 3 at '/'; mend the cell, or let a default follow",
        ),
    ],
)
def test_what_a_function_cannot_read_is_told_with_the_mend(steps: list[Any], text: str, reason: str) -> None:
    with pytest.raises(UnreadableText, match=re.escape(reason)) as caught:
        chain("trim", *steps)([f" {text}"])
    assert caught.value.text == text


def test_an_id_of_several_parts_needs_every_part() -> None:
    """Else all rows of one region would pass for one account."""
    for joining in ({"join": "-"}, "concat", "hash_id"):
        made = chain(joining, is_id=True)
        assert made(["EU", "17"]) != ""
        assert made(["", ""]) == ""
        with pytest.raises(UnreadableText, match="every part of an id must be there"):
            made(["", "17"])
    assert chain("coalesce", is_id=True)(["", "17"]) == "17"


def test_a_stable_id_is_the_one_that_anybody_can_compute() -> None:
    """`printf 'ada@example.com' | sha256sum | cut -c -20`"""
    assert hash_id(["ada@example.com"]) == "b5fc85e55755f9e0d030"
    assert chain("lower", "hash_id")(["ADA@example.com"]) == hash_id(["ada@example.com"])
    assert hash_id(["EU", "17"]) == hash_id(["EU\x1f17"])


@given(st.lists(st.text(st.characters(exclude_characters="\x1f", exclude_categories=["Cs"])), min_size=1))
def test_texts_that_differ_have_ids_that_differ(texts: list[str]) -> None:
    assert hash_id(texts) == hash_id(list(texts))
    assert hash_id(texts) != hash_id([*texts, ""])
    assert re.fullmatch("[0-9a-f]{20}", hash_id(texts))


@given(st.text("ab,- ", max_size=30), st.sampled_from([",", "-", "a", ", "]))
def test_join_is_the_inverse_of_split(text: str, at: str) -> None:
    joined = chain({"split": at}, {"join": at})([text])
    assert joined == (text if text.replace(at, "").strip() else "")


def test_a_chain_goes_to_other_processes() -> None:
    there = pickle.loads(pickle.dumps(chain("trim", {"lookup": "regions"})))
    assert there([" de"]) == "EMEA"


def test_the_reference_lists_the_functions_as_they_are() -> None:
    """One row for each in docs/reference/playbook.md, in order, with its example and what it does."""
    page = Path(__file__).parents[3] / "docs/reference/playbook.md"
    table = page.read_text(encoding="utf-8").partition("| function | does |\n| --- | --- |\n")[2]
    assert table.partition("\n\n")[0].splitlines() == [
        f"| `{each.example}` | {each.does} |" for each in FUNCTIONS.values()
    ]
