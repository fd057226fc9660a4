"""One cell of text to one value and back: strict, with the mend (interfaces "CSV"; product INT-04)."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.attributes import Attribute, Kind, Value, read_cell, show_cell, standard_catalogue
from keepwell.errors import UnreadableCell

CATALOGUE = standard_catalogue()
MODULES = Attribute(
    "Modules", Kind.CHOICES, values=("Core", "Billing"), value_aliases={"invoicing": "Billing"}
)


def attribute(name: str) -> Attribute:
    return MODULES if name == "Modules" else CATALOGUE[name]


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("Account ID", " 00123 ", "00123"),
        ("Account Name", "=1+1", "=1+1"),
        ("Contract Value", "50000", 50000),
        ("Contract Value", "-12.50", -12.5),
        ("Contract Value", ".5", 0.5),
        ("Contract Value", "007", 7),
        ("Contract Value", "-0", 0),
        ("Contract Value", "100.000000000000000000", 100),
        ("Contract Value", "9" * 38, 10**38 - 1),
        ("Contract Value", "0.123456789012345", 0.123456789012345),
        ("Renewal Date", "2026-01-12", date(2026, 1, 12)),
        ("Renewal Date", "2026-01-12T00:00:00.0Z", date(2026, 1, 12)),
        ("Renewal Date", "2026-01-12T23:30:00+05:00", date(2026, 1, 12)),
        ("Renewal Date", "2026-01-12T23:30", date(2026, 1, 12)),
        ("Renewal Date", "2028-02-29", date(2028, 2, 29)),
        ("Customer Tier", " core ", "Core"),
        ("CSM Risk", "3", "3 - CRITICAL"),
        ("CSM Risk", "3 - High", "3 - CRITICAL"),
        ("CSM Risk", "4 - CRITICAL", "3 - CRITICAL"),
        ("CSM Risk", "no risk", "0 - NO RISK"),
        ("Success Plan", "YES", True),
        ("Success Plan", "false", False),
        ("Risk Reason", "Price, Fit,, price ,Champion left", ("Price", "Fit", "Champion left")),
        ("Modules", "core,invoicing", ("Core", "Billing")),
    ],
)
def test_a_cell_is_read(name: str, text: str, value: Value) -> None:
    read = read_cell(attribute(name), text)
    assert (read, type(read)) == (value, type(value))


@pytest.mark.parametrize("text", ["", "  ", "\t\n"])
def test_a_blank_says_nothing(text: str) -> None:
    assert all(read_cell(each, text) is None for each in CATALOGUE)
    assert read_cell(MODULES, " , ,") is None


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("Renewal Date", "03/04/25", 'expected a date such as 2026-01-12, found "03/04/25"'),
        (
            "Renewal Date",
            "46053",
            "a spreadsheet counts days so: show the column as dates there, and save it again",
        ),
        ("Renewal Date", "2026-1-2", 'expected a date such as 2026-01-12, found "2026-1-2"'),
        ("Renewal Date", "20260112", "expected a date such as 2026-01-12"),
        ("Renewal Date", "2026-01-12T25:00:00Z", "expected a date such as 2026-01-12"),
        ("Renewal Date", "2026-01-12 and more", "expected a date such as 2026-01-12"),
        ("Renewal Date", "٢٠٢٦-01-12", "expected a date such as 2026-01-12"),
        ("Renewal Date", "2026-02-30", '"2026-02-30" is not a day of the calendar'),
        ("Renewal Date", "0000-01-01", "is not a day of the calendar"),
        (
            "Contract Value",
            "$50,000",
            'expected a plain number such as 50000 or 12.5, found "$50,000"; leave out',
        ),
        ("Contract Value", "$50,000", "leave out currency signs, thousands separators and %"),
        ("Contract Value", "100,500", "leave out currency signs, thousands separators and %"),
        ("Contract Value", "100,5", 'found "100,5"; write 100.5'),
        ("Contract Value", "-1.234,56 €", "; write -1234.56"),
        ("Contract Value", "0,125", "; write 0.125"),
        ("Contract Value", "50%", "leave out currency signs"),
        ("Contract Value", "1e5", 'found "1e5"'),
        ("Contract Value", "nan", 'found "nan"'),
        ("Contract Value", "inf", 'found "inf"'),
        ("Contract Value", "1_000", 'found "1_000"'),
        ("Contract Value", "5.", 'found "5."'),
        ("Contract Value", "٣", 'found "٣"'),
        ("Contract Value", "+5", 'found "+5"'),
        ("Contract Value", "9" * 39, "keep at most 15 digits of a fraction, 38 of a whole number"),
        ("Contract Value", "0.1234567890123456", "keep at most 15 digits of a fraction"),
        ("Customer Tier", "Lihgt", '"Lihgt" is not one of Core, Light; did you mean Light?'),
        ("Customer Tier", "Platinum", '"Platinum" is not one of Core, Light'),
        ("CSM Risk", "4", '"4" is not one of 0 - NO RISK, 1 - MINOR, 2 - MAJOR, 3 - CRITICAL'),
        ("Usage Frequency", "2", '"2" is not one of Inactive, Occasionally, Weekly, Daily'),
        ("Success Plan", "maybe", 'expected yes or no, found "maybe"'),
        ("Modules", "Core, Bilings", '"Bilings" is not one of Core, Billing; did you mean Billing?'),
        ("Account Name", "x" * 10_001, "expected at most 10,000 characters, found 10,001"),
        ("Customer Tier", "x" * 10_000, "is not one of Core, Light"),
        ("Contract Value", "9" * 10_000, "expected a plain number"),
    ],
)
def test_anything_else_is_refused_with_the_mend(name: str, text: str, message: str) -> None:
    with pytest.raises(UnreadableCell) as caught:
        read_cell(attribute(name), text)
    assert message in str(caught.value)
    assert len(str(caught.value)) < 300


_TEXTS = st.text(min_size=1, max_size=20).map(str.strip).filter(bool)
_PARTS = _TEXTS.map(lambda text: text.replace(",", ";"))


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (Kind.TEXT, _TEXTS),
        (Kind.NUMBER, st.integers(-(10**38) + 1, 10**38 - 1)),
        (Kind.NUMBER, st.integers(-(10**15) + 1, 10**15 - 1).map(lambda n: n / 10_000)),
        (Kind.NUMBER, st.integers(-(10**15) + 1, 10**15 - 1).map(lambda n: n / 10**20)),
        (Kind.DATE, st.dates()),
        (Kind.YES_NO, st.booleans()),
        (Kind.CHOICES, st.lists(_PARTS, min_size=1, unique_by=str.casefold).map(tuple)),
    ],
    ids=["text", "whole", "fraction", "small", "date", "yes/no", "several"],
)
def test_what_is_shown_is_read_back(kind: Kind, values: st.SearchStrategy[Value]) -> None:
    @given(values)
    def reads_back(value: Value) -> None:
        assert read_cell(Attribute("Any", kind), show_cell(value)) == value

    reads_back()


@given(st.text(), st.sampled_from([*CATALOGUE, MODULES]))
def test_any_text_is_a_value_or_refused(text: str, any_attribute: Attribute) -> None:
    try:
        value = read_cell(any_attribute, text)
    except UnreadableCell:
        return
    assert value is None or read_cell(any_attribute, show_cell(value)) == value


@pytest.mark.parametrize(
    ("name", "lowest", "highest"),
    [("CSM Sentiment", 1, 4), ("NPS", 0, 10), ("CSAT", 1, 5), ("Goal Achievement", 0, 100)],
)
def test_a_number_off_its_scale_is_rejected(name: str, lowest: int, highest: int) -> None:
    """1.14 row 15: an NPS of 77 is a company's, not an answer; taken as one it would count as good."""
    attribute = standard_catalogue()[name]
    for number in (lowest, highest):
        assert read_cell(attribute, str(number)) == number
    for text in (str(lowest - 1), f"{highest}.1"):
        with pytest.raises(UnreadableCell, match=f"{name} goes from {lowest} to {highest}"):
            read_cell(attribute, text)
