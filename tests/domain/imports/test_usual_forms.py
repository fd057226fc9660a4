"""A cell that is written otherwise is rejected with what a mapping would say for it (INT-04, INT-05)."""

from datetime import date
from typing import Any

import pytest

from keepwell.accounts import Facts
from keepwell.errors import RejectedInput, UnreadableCell, UnreadableDate, UnreadableNumber
from keepwell.imports.mapping import ImportMapping, Source, Step
from keepwell.imports.usual_forms import read_by_mapping
from tests.domain.imports.importing import Stack, playbook

HEAD = "Account ID,Renewal Date,Contract Value\n"


@pytest.mark.parametrize(
    ("text", "forms"),
    [
        ("31.12.2026", ["%d.%m.%Y"]),
        ("1.2.2026", ["%d.%m.%Y"]),
        ("31.12.26", ["%d.%m.%y"]),
        ("12/31/2026", ["%m/%d/%Y"]),
        ("31/12/2026", ["%d/%m/%Y"]),
        ("01/02/2026", ["%d/%m/%Y", "%m/%d/%Y"]),
        ("2026/12/31", ["%Y/%m/%d"]),
        ("20261231", ["%Y%m%d"]),
        ("31-Dec-2026", ["%d-%b-%Y"]),
        ("December 31, 2026", ["%B %d, %Y"]),
        ("31.12.2026 08:30", ["%d.%m.%Y %H:%M"]),
        ("12/31/2026 8:30 PM", ["%m/%d/%Y %I:%M %p"]),
        ("32.12.2026", []),
        ("soon", []),
        ("46053", []),
        ("2026-1-2", ["%Y-%m-%d"]),
        ("1." * 100, []),
    ],
)
def test_a_date_is_read_by_each_format_it_may_be_of(text: str, forms: list[str]) -> None:
    assert read_by_mapping(UnreadableDate(), text) == " or ".join(
        f"then: [{{date: '{form}'}}]" for form in forms
    )


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("48.000,00", ["'1.234,56'"]),
        ("1,234,567.8", ["'1,234.56'"]),
        ("7,000", ["'1,234.56'", "'1.234,56'"]),
        ("7,50", ["'1.234,56'"]),
        ("$1,250.50", ["'$1,234.56'"]),
        ("1.250,50 €", ["'€1.234,56'"]),
        ("EUR 1 250,50", ["'EUR1 234,56'"]),
        ("1'250.50", ["'1''234.56'"]),
        ("12,5 %", ["'1.234,56%'"]),
        ("5k", []),
        ("few", []),
        ("1.2.3", []),
    ],
)
def test_a_number_is_read_by_each_example_it_may_be_like(text: str, numbers: list[str]) -> None:
    steps = read_by_mapping(UnreadableNumber(), text)
    assert steps == " or ".join(f"then: [{{number: {number}}}]" for number in numbers)


@pytest.mark.parametrize("error", [UnreadableCell(), RejectedInput()])
def test_what_is_neither_gets_no_function(error: RejectedInput) -> None:
    assert read_by_mapping(error, "31.12.2026") == ""


def errors(report: dict[str, Any]) -> dict[str, tuple[int, str]]:
    return {each["column"]: (each["count"], each["reason"]) for each in report["errors"]}


def test_the_report_and_the_rejects_tell_the_line_of_the_mapping() -> None:
    """Alike mistakes are one line."""
    stack = Stack()
    report = stack.drop(f'{HEAD}A-1,31.12.2026,"48.000,00"\nA-2,1.2.2027,"7,50"\n')
    date_read, number_read = "then: [{date: '%d.%m.%Y'}]", "then: [{number: '1.234,56'}]"
    told = errors(report)
    assert told["Renewal Date"] == (
        2,
        f'expected a date such as 2026-01-12, found "…"; a mapping reads it by {date_read}',
    )
    assert told["Contract Value"][0] == 2
    assert told["Contract Value"][1].endswith(f"write a decimal point; a mapping reads it by {number_read}")
    reasons = [row["Reason"] for row in stack.rejects(report)]
    assert "found \"31.12.2026\"; a mapping reads it by then: [{date: '%d.%m.%Y'}]" in reasons[0]
    assert "write 48000.00; a mapping reads it by then: [{number: '1.234,56'}]" in reasons[0]


def test_what_it_says_is_what_reads_the_file() -> None:
    """The other way round: with these functions in the mapping the very cells are taken."""
    columns = {
        "Account ID": Source(column="Account ID"),
        "Renewal Date": Source(column="Renewal Date", then=(Step("date", "%d.%m.%Y"),)),
        "Contract Value": Source(column="Contract Value", then=(Step("number", "1.234,56"),)),
    }
    stack = Stack(playbook=playbook(ImportMapping("german", "accounts", columns)))
    key = "drops/accounts/mapping=german/file.csv"
    report = stack.drop(f'{HEAD}A-1,31.12.2026,"48.000,00"\nA-2,2027-01-01,1\n', key)
    facts: Facts = stack.facts("A-1")
    assert facts.values == {"Renewal Date": date(2026, 12, 31), "Contract Value": 48000}
    [(_, reason)] = errors(report).values()
    assert "mend the cell, or the format in the mapping" in reason
    assert "a mapping reads it" not in reason


def test_a_moment_of_a_touchpoint_is_told_so_too() -> None:
    stack = Stack()
    stack.drop("Account ID\nA-1\n")
    rows = "Account ID,Touchpoint ID,Date\nA-1,1,11/20/2026\n"
    report = stack.drop(rows, "drops/touchpoints/file.csv")
    assert errors(report)["Date"][1].endswith("a mapping reads it by then: [{date: '%m/%d/%Y'}]")
