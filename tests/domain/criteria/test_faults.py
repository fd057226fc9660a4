"""Texts that are no conditions: the error names the place, what was expected and what was meant."""

import pytest

from keepwell.attributes import standard_catalogue
from keepwell.criteria import parse
from keepwell.errors import FaultyCondition

CATALOGUE = standard_catalogue()


def fault(text: str) -> FaultyCondition:
    with pytest.raises(FaultyCondition) as caught:
        parse(text, CATALOGUE)
    str(caught.value)  # never fails, whatever the text
    return caught.value


@pytest.mark.parametrize(
    ("text", "column", "message", "suggestion"),
    [
        ("", 1, "expected the name of an attribute, found the end", None),
        (" \n ", 1, "expected the name of an attribute, found the end", None),
        ("Helth Score >= 70", 1, 'no attribute is called "Helth Score"', "Health Score"),
        ("NPS > 1 AND Health Scor > 5", 13, 'no attribute is called "Health Scor"', "Health Score"),
        ("Health is Good Grief", 11, '"Good Grief" is not one of Poor, Average, Good', "Good"),
        ("Customer Tier = Lihgt", 17, '"Lihgt" is not one of Core, Light', "Light"),
        ('Status in (Paying, "Payng")', 20, '"Payng" is not one of Free, Trial, Paying, Churned', "Paying"),
        ("CSM Risk >= 4", 13, '"4" is not one of 0 - NO RISK, 1 - MINOR, 2 - MAJOR, 3 - CRITICAL', None),
        ("Health equals Good", 8, "expected a comparison such as", None),
        ("Health", 7, "expected a comparison such as =, at least, between or is empty, found the end", None),
        ("Last Activity > 30", 17, "expected a date such as 2026-01-12 or an age such as 30 days", None),
        ("Last Activity = Good", 17, 'or an age such as 30 days, found "Good"', None),
        ("Renewal Date > 2026-02-30", 16, '"2026-02-30" is not a day of the calendar', None),
        ("Contract Value > Good", 18, 'expected a number such as 50 or $50,000, found "Good"', None),
        ("Contract Value >", 17, "expected a number such as 50 or $50,000, found the end", None),
        ("Contract Value > 1234567890.123456789", 18, "has too many digits", None),
        ("Licenses in (100,200)", 14, "write 100200 or 100, 200", None),
        ("Licenses within 30 days", 10, '"within" makes no sense for Licenses, which is a number', None),
        ("Customer Tier > Core", 15, '">" makes no sense for Customer Tier', None),
        ("Customer Tier contains o", 15, '"contains" makes no sense for Customer Tier', None),
        ("Success Plan between yes and no", 14, '"between" makes no sense for Success Plan', None),
        ("Risk Reason = Price", 13, "which is a list of several values; use contains", None),
        ("Success Plan = maybe", 16, 'expected yes or no, found "maybe"', None),
        ("NPS between 9-1", 13, "between takes the lower end first", None),
        ("NPS between 9 or 10", 15, 'expected AND and the upper end, found "or"', None),
        ("NPS in 1, 2", 8, "expected a list in brackets such as (a, b)", None),
        ("NPS in (1 2)", 11, "expected a comma or a closing bracket", None),
        ("(NPS > 1", 9, "expected AND, OR or a closing bracket, found the end", None),
        ("NPS > 1)", 8, 'expected AND, OR or the end, found ")"', None),
        ("NPS > 1 NPS > 2", 9, 'expected AND, OR or the end, found "NPS"', None),
        ('Account Name = "Acme', 16, "this quote is not closed", None),
        ("Account Name = 'Acme", 16, "this quote is not closed", None),
        ('Account Name = ""', 16, "an empty text matches nothing; use is empty", None),
        ("Account Name = AND", 16, "expected a value (in double quotes if", None),
        ("Last Activity > 1.5 days", 17, "expected whole days, 36,500 at most", None),
        ("Last Activity > 36,501 days", 17, "expected whole days, 36,500 at most", None),
        ("Last Activity within last week", 27, "expected a number of days such as 30 days", None),
        ("Last Activity more than 3 days", 31, 'expected "ago", found the end', None),
    ],
)
def test_the_error_says_where_and_what(text: str, column: int, message: str, suggestion: str | None) -> None:
    error = fault(text)
    assert message in error.message
    assert (error.line, error.column, error.suggestion) == (1, column, suggestion)


def test_the_caret_stands_under_the_word() -> None:
    error = fault("Health = Good AND\r\n  Helth = Poor\n")
    assert (error.line, error.column) == (2, 3)
    assert str(error) == (
        'line 2, column 3: no attribute is called "Helth"\n    Helth = Poor\n    ^\nDid you mean Health?'
    )


@pytest.mark.parametrize(
    "text",
    [
        "NPS > 1 AND " * 10_000 + "NPS > 1",
        "(" * 10_000 + "NPS > 1" + ")" * 10_000,
        "NOT " * 5_000,
        "(" * 19_000,
        "x" * 1_000_000,
        'Account Name = "' + "x" * 1_000_000 + '"',
        '"\\' * 9_000,
        "'\\" * 9_000,
        "word " * 3_900,
        "Health = " + "good " * 3_900,
        "Health = " + "g" * 19_000,
        "Contract Value > " + "9" * 19_000,
        "Contract Value > " + "9" * 19_000 + "x",
        "Contract Value > 1" + ",000" * 4_000,
        "Last Activity > " + "9" * 19_000 + " days",
        "NPS in (" + "1, " * 6_000 + ")",
        "\x00\ud800\u2028\x85 = ",
        "Health = ²",
        "CSM Risk >= " + "٣",
    ],
    ids=lambda text: f"{text[:12]!r} {len(text)}",
)
def test_hostile_text_is_refused(text: str) -> None:
    assert len(str(fault(text))) < 50_000


def test_many_terms_within_the_limit_are_fine() -> None:
    text = " OR ".join(f"NPS > {n}" for n in range(1_000))
    assert str(parse(text, CATALOGUE)) == text
    assert str(parse("(" * 50 + "NPS > 1" + ")" * 50, CATALOGUE)) == "NPS > 1"
