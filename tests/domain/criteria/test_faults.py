"""Texts that are no conditions: the error names the place, what was expected and what was meant."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepwell.attributes import SEGMENTS, Attribute, Kind, standard_catalogue
from keepwell.criteria import parse, segments_of
from keepwell.errors import FaultyCondition
from tests.domain.criteria.generated import SCRAPS, USUAL

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
        ("Status = Trial or Paying", 19, 'no attribute is called "Paying"', "Status in (Trial, Paying)"),
        ("Health equals Good", 8, "expected a comparison such as", "="),
        ("Health", 7, "expected a comparison such as =, at least, between or is empty, found the end", None),
        ("Last Activity > 30", 17, "expected a date such as 2026-01-12 or an age such as 30 days", None),
        (
            "Last Activity = Good",
            17,
            'expected a date such as 2026-01-12 or an age such as 30 days (today is 0 days), found "Good"',
            None,
        ),
        ("Renewal Date > 2026-02-30", 16, '"2026-02-30" is not a day of the calendar', None),
        ("Contract Value > Good", 18, 'expected a number such as 50 or $50,000, found "Good"', None),
        ("Contract Value >", 17, "expected a number such as 50 or $50,000, found the end", None),
        ("Contract Value > 1234567890.123456789", 18, '"1234567890.123456789" has too many digits', None),
        (
            "Licenses in (100,200)",
            14,
            '"100,200" could be one number or several in a list; write 100200 or',
            None,
        ),
        ("Licenses in (1, 100,200)", 17, '"100,200" could be one number or several', None),
        ('Contract Value > "7-8"', 20, 'expected AND, OR or the end, found "-8"', None),
        ('Contract Value > "1.5.25"', 22, 'expected AND, OR or the end, found ".25"', None),
        ("NPS dropped $5", 15, 'expected "%", or "by" before a number of points, found the end', None),
        ("NPS dropped -5%", 13, "expected more than 0; dropped and increased say which way", None),
        ("NPS > 3 for 3", 14, 'expected "days", found the end', None),
        ("Last Activity > 30 AND", 17, "expected a date such as", None),
        ("Risk Status is not at risk x", 20, '"at risk x" is not one of', "Not At Risk"),
        (
            "Risk Status = Engaged AND Onboarding Stage = Kickoff AND Days in Current Stage > 3",
            1,
            "Days in Current Stage could be that of Onboarding Stage or Risk Status: name one lifecycle in a",
            None,
        ),
        ("Licenses within 30 days", 10, '"within" makes no sense for Licenses, which is a number', None),
        ("Customer Tier > Core", 15, '">" makes no sense for Customer Tier', None),
        ("Customer Tier contains o", 15, '"contains" makes no sense for Customer Tier', None),
        ("Success Plan between yes and no", 14, '"between" makes no sense for Success Plan', None),
        (
            "Risk Reason = Price",
            13,
            '"=" makes no sense for Risk Reason, which is a list of several values; use contains',
            None,
        ),
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
        ("Account Name = “Acme", 16, "this quote is not closed", None),
        ('Account Name = ""', 16, "an empty text matches nothing; use is empty", None),
        ("Account Name = AND", 16, "expected a value (in double quotes if", None),
        ("Last Activity > 1.5 days", 17, "expected whole days, 36,500 at most", None),
        ("Last Activity > 36,501 days", 17, "expected whole days, 36,500 at most", None),
        ("Last Activity within last week", 27, "expected a number of days such as 30 days", "last week"),
        ("Last Activity more than 3 days", 31, 'expected "ago", found the end', "in more than"),
        ("Last Activty > 3 days", 1, 'no attribute is called "Last Activty"', "Last Activity"),
        (
            "Days Since Last Tuch > 45",
            1,
            'no attribute is called "Days Since Last Tuch"',
            "Days Since Last Touch",
        ),
        ("Renewal Date before Poor", 21, 'expected a date such as 2026-01-12, found "Poor"', None),
        ("NPS before 2026-01-02", 5, '"before" makes no sense for NPS, which is a number; use <', None),
        ("NPS this quarter", 5, '"this quarter" makes no sense for NPS', None),
        ("Renewal Date this decade", 14, "expected a comparison such as", "this year"),
        ("Renewal Date anniversary", 25, "expected a window such as within 7 days, found the end", None),
        (
            "Renewal Date anniversary every 0 months within 7 days",
            32,
            "expected whole months, from 1 to 1,200",
            None,
        ),
        (
            "Renewal Date anniversary every 1.5 years within 7 days",
            32,
            "expected whole years, from 1 to 100",
            None,
        ),
        ("Renewal Date anniversary every 3 days within 7 days", 34, 'expected "months" or "years"', None),
        ("NPS anniversary within 7 days", 5, '"anniversary" makes no sense for NPS', None),
        ("Health dropped 50%", 16, "an ordered list moves by levels: use by 1", None),
        ("Status dropped", 8, '"dropped" makes no sense for Status', None),
        ("NPS dropped 3", 14, 'expected "%", or "by" before a number of points', None),
        ("NPS dropped 0%", 13, "expected more than 0; dropped and increased say which way", None),
        ("NPS dropped by -3", 16, "expected more than 0", None),
        ("NPS dropped by", 15, "expected a number such as 50", None),
        ("NPS dropped in 0 days", 16, "expected whole days, 1 to 1,100", None),
        ("NPS > 3 for 1,101 days", 13, "expected whole days, 1 to 1,100", None),
        ("NPS > 3 for ever", 13, "expected a number of days such as 30 days", None),
        ("NPS for 3 days", 5, '"for" comes after a comparison', None),
        ("NPS dropped for 3 days", 13, 'a change takes "in 14 days", not "for"', None),
        ("NPS > 3 for 3 days for 3 days", 20, "expected AND, OR or the end", None),
        ("(NPS > 3) for 3 days", 11, '"for" follows one comparison: write it after each', None),
        ("Health changed from Godo", 21, '"Godo" is not one of Poor, Average, Good', "Good"),
        ("Risk Reason changed to Price", 21, "Risk Reason has several values: ask changed without", None),
        ("Segments contains X", 1, 'ask for one segment: in segment "Watch List"', None),
        ("Account Name starts with", 25, "expected a value", None),
        ("NPS starts with 3", 5, '"starts with" makes no sense for NPS', None),
        ("Risk Reason contains all (a b", 30, "expected a comma or a closing bracket", None),
        ("has tag", 8, "expected a value", None),
        ("has tag (a)", 9, "expected a value", None),
        ("in segment", 11, "expected a value", None),
        ("Contract Value > 5x", 18, 'expected a number such as 50 or $50,000, found "5x"', None),
    ],
)
def test_the_error_says_where_and_what(text: str, column: int, message: str, suggestion: str | None) -> None:
    error = fault(text)
    assert error.message.startswith(message)
    assert (error.line, error.column, error.suggestion) == (1, column, suggestion)


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        (
            "Create Date before last week",
            20,
            "expected a date such as 2026-01-12; a period stands by itself: Create Date last week",
        ),
        ("Create Date on today", 16, 'expected a date such as 2026-01-12, found "today"'),
        (
            "Create Date =",
            14,
            "expected a date such as 2026-01-12 or an age such as 30 days (today is 0 days), found the end",
        ),
        ("NPS this quarter", 5, '"this quarter" makes no sense for NPS, which is a number; use between'),
        ("NPS > 3 AND OR CSAT > 3", 13, 'expected the name of an attribute, found "OR"'),
        ("Renewal Date in", 16, "expected a list in brackets such as (a, b), found the end"),
        (
            "Account Name =",
            15,
            "expected a value (in double quotes if it holds AND, OR or brackets), found the end",
        ),
        ("Renewal Date in 90 days", 17, 'expected next or last before a number of days, found "90"'),
        (
            "Renewal Date anniversary every week within 7 days",
            32,
            'expected a number of months or years, found "week"',
        ),
        (
            "Renewal Date anniversary every 101 years within 7 days",
            32,
            "expected whole years, from 1 to 100",
        ),
        ("NPS for 3 days", 5, '"for" comes after a comparison, as in NPS is not empty for 14 days'),
        ('Contract Value > "7,5"', 20, 'expected AND, OR or the end, found ","'),
        ("Renewal Date within 2 weeks", 23, "windows are counted in days, not weeks"),
        (
            "performed Export in 3 days",
            11,
            'expected a module or an action in quotes, such as "Reports" or "Reports/Export", found "Export"',
        ),
        ('performed " " in 3 days', 11, "an empty text names no action"),
        (
            'performed "A" at least 3 times',
            31,
            "expected in how many days, such as in 30 days, found the end",
        ),
        ('performed "A" at least 3 in 9 days', 26, 'expected "times", found "in"'),
        ('performed "A" at least 1.5 times in 9 days', 24, "expected a whole number of times, from 0"),
        ('performed "A" at least 0 times in 9 days', 15, "at least 0 times is always so"),
        (
            'performed "A" 3 times in 9 days',
            15,
            "3 times could be the least or all: write at least, exactly or at most before it",
        ),
        (
            'performed "A" in 63 days',
            18,
            (
                "the use of single days is kept for 62 days: ask for so many at most, "
                "or for first performed, last performed or never performed"
            ),
        ),
        (
            'did not perform "A"',
            20,
            "expected in how many days, such as in 30 days (or write never performed), found the end",
        ),
        (
            'last performed "A" changed',
            20,
            'expected a comparison of a date such as within last 7 days or > 30 days, found "changed"',
        ),
        ('last performed "A" within 7 days', 20, "what was done lies in the past, not ahead"),
        (
            'performed "A" in 3 days for 3 days',
            25,
            '"for" asks of days gone by, which nobody keeps of users and use',
        ),
        (
            "any user where Key Contact = yes",
            16,
            'expected a condition on users in brackets such as (Key Contact = yes), found "Key"',
        ),
        ("any user where (any user where (", 17, "one condition on users cannot stand inside another"),
        (
            "any user where (Health = Poor)",
            17,
            "Health is an attribute of accounts; of users only their own can be asked for",
        ),
        (
            'any user where (performed "A")',
            17,
            "how often something was done is known of accounts; of users only their own can be asked for",
        ),
        (
            'any user where (in segment "A")',
            17,
            "accounts are in segments; of users only their own can be asked for",
        ),
        (
            "any user where (Key Contact changed)",
            17,
            "of users only today is known, not how it was before",
        ),
        (
            "any user where (Email is set) for 3 days",
            31,
            '"for" asks of days gone by, which nobody keeps of users',
        ),
        ("count of users where (Email is set) > 1.5", 39, "users are counted in whole numbers, from 0"),
        (
            "count of users where (Email is set) dropped",
            37,
            'expected a comparison with a number of users such as >= 3, found "dropped"',
        ),
    ],
)
def test_the_whole_message(text: str, column: int, message: str) -> None:
    error = fault(text)
    assert (error.column, error.message) == (column, message)


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("Renewal Date next quater", "next quarter"),
        ("Renewal Date in next quater", "next quarter"),
        ("Renewal Date lst month", "last month"),
        ("Renewal Date before last week", "last week"),
        ("Renewal Date within next year", "next year"),
        ("Renewal Date witin 90 days", "within"),
        ("Renewal Date within nxt 90 days", "next"),
        ("Renewal Date within next 90 dyas", "days"),
        ("Renewal Date within 3 months", "90 days"),
        ("Last Activity > 2 weeks", "14 days"),
        ("Last Activity > " + "9" * 99 + " weeks", None),
        ("Last Activity > 1 year", "365 days"),
        ("Last Activity over 30 days", ">"),
        ("NPS is greater than 5", ">"),
        ("Last Activity more then 30 days ago", "more than"),
        ("Renewal Date in 90 days", None),
        ("Create Date on today", "= 0 days"),
        ("Create Date before today", "> 0 days"),
        ("Create Date on or before today", ">= 0 days"),
        ("Create Date after today", "< 0 days"),
        ("Create Date on or after today", "<= 0 days"),
        ("Contract Start Date anniverary within 7 days", "anniversary"),
        ("Contract Start Date anniversary evry 3 months within 7 days", "every"),
        ("Contract Start Date anniversary every 3 months witin 7 days", "within"),
        ("Contract Start Date anniversary every quater within 7 days", "quarter"),
        ("Contract Start Date anniversary every 3 monts within 7 days", "months"),
        ("Engagement Score dropt 50%", "dropped"),
        ("Engagement Score has dropped 50%", "dropped"),
        ("NPS went up", "increased"),
        ("NPS fell 10% for 14 dayz", None),
        ("NPS > 3 for nxt 3 days", None),
        ("NPS > 3 for lst 3 days", "last"),
        ("Health chnaged", "changed"),
        ("Health worsened", "dropped"),
        ("Health is one of (Good, Poor)", "in"),
        ("Health Scor > 50", "Health Score"),
        ("NPS < 50 for 14 dayz", "days"),
        ("License Utilization below 50%", "<"),
        ("License Utilization => 50", ">="),
        ("Health isn't Good", "is not"),
        ("CSM Risk is emtpy", "is empty"),
        ("CSM Risk is not emtpy", "is not empty"),
        ("CSM Risk is unknown", "is empty"),
        ("Account Name stats with Acme", "starts with"),
        ("Account Name like Acme", "contains"),
        ("Risk Reason doesn't contain Fit", "does not contain"),
        ("NPS = 9 && CSAT = 3", "AND"),
        ("(NPS = 9 || CSAT = 3)", "OR"),
        ("!(NPS = 9)", "NOT"),
        ("Status = Trial or Paying", "Status in (Trial, Paying)"),
        ("CSM Risk = 0 or 3", 'CSM Risk in ("0 - NO RISK", "3 - CRITICAL")'),
        ("Status != Trial or Paying", None),
        ('has tags "at-risk"', "has tag"),
        ("does not has tag x", "does not have tag"),
        ("NPS > 3 AND is in segment X", "in segment"),
        ("NOT in segmnt X", "in segment"),
        ("Segment = X", "in segment"),
        ("some user where (Email is set)", "any user where"),
        ("users where (Email is set)", "any user where"),
        ('has not performed "Reports" in 9 days', "did not perform"),
        ('hasn\'t performed "Reports"', "did not perform"),
        ('has performed "Reports"', "performed"),
        ('performed "A" 3 times in 9 days', "at least 3 times"),
        ('performed "A" twice in 9 days', "at least twice"),
        ('last performed "A" within 7 days', "within last"),
        ('last performed "A" withn last 7 days', "within"),
        ('last performed "A" befor 2026-01-01', "before"),
        ('performed "A" in lst 7 days', "last"),
        ('performed "A" in nxt 7 days', None),
        ('performed "A" at least 3 tims in 7 days', "times"),
        ("count of users where (Email is set) betwen 1 and 3", "between"),
        ("count of users where (Email is set) over 3", ">"),
        ("NPS > 3 AND OR CSAT > 3", None),
        ("NPS > 3 fro 3 days", None),
        ("NPS ends with 3", None),
        ("NPS " + "x" * 100 + "dropped", None),
    ],
)
def test_a_slip_or_another_word_is_understood(text: str, suggestion: str | None) -> None:
    assert fault(text).suggestion == suggestion


def test_the_caret_stands_under_the_word() -> None:
    error = fault("Health = Good AND\r\n  Helth = Poor\n")
    assert (error.line, error.column) == (2, 3)
    assert str(error) == (
        'line 2, column 3: no attribute is called "Helth"\n    Helth = Poor\n    ^\nDid you mean Health?'
    )


@pytest.mark.parametrize(
    ("text", "shown", "caret"),
    [
        ("NPS > 1\tAND\tCSTA > 4", "NPS > 1 AND CSTA > 4", "            ^"),
        ('Account Name = "名前" AND CSTA > 4', 'Account Name = "名前" AND CSTA > 4', " " * 26 + "^"),
        ("NPS\x00 > 4", "NPS  > 4", "   ^"),
        ("Account Name = 'e\u0301' AND CSTA > 4", "Account Name = 'e\u0301' AND CSTA > 4", " " * 23 + "^"),
        ("NPS > 1 AND " * 20 + "CSTA > 4", "…" + ("NPS > 1 AND " * 20)[-60:] + "CSTA > 4", " " * 61 + "^"),
        ("CSTA > 4" + " AND NPS > 1" * 20, "CSTA > 4" + (" AND NPS > 1" * 20)[:92] + "…", "^"),
    ],
)
def test_the_caret_stands_under_the_word_whatever_the_line_holds(text: str, shown: str, caret: str) -> None:
    assert str(fault(text)).splitlines()[1:3] == [f"  {shown}", f"  {caret}"]


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
        "any user where (" + "Email is set AND " * 10_000 + "Email is set)",
        "any user where (" * 1_000,
        "any user where " * 1_000,
        "any user where (" + "good " * 3_000 + ")",
        "count of users where (Email is set) > " + "9" * 19_000,
        "count of users where (Email is set) " + "is " * 6_000,
        'performed "' + "x" * 1_000_000 + '"',
        'performed "A" ' * 1_000,
        'performed "A" at least ' + "9" * 19_000 + " times in 9 days",
        'last performed "A" ' + "is " * 6_000,
        "\x00\ud800\u2028\x85 = ",
        "Health = ²",
        "CSM Risk >= " + "٣",
    ],
    ids=lambda text: f"{len(text):,} characters",
)
def test_hostile_text_is_refused(text: str) -> None:
    assert len(str(fault(text))) < 50_000


def test_a_text_may_be_as_long_as_is_said() -> None:
    longest = "NPS > 1".ljust(20_000)
    assert parse(longest, CATALOGUE)
    error = fault(f"{longest} ")
    assert error.message == "a condition has at most 20,000 characters, this one 20,001"
    assert (error.line, error.column, error.text) == (1, 1, longest[:80])


@settings(max_examples=USUAL // 2)
@given(SCRAPS, SCRAPS, st.integers(1, 3_000))
def test_a_scrap_repeated_is_refused_or_a_condition(first: str, scrap: str, times: int) -> None:
    """Bounded work whatever repeats: NOTs, brackets, quotes, names, suggestions for unknown words."""
    text = f"{first} " + f"{scrap} " * times
    refused = ""
    try:
        condition = parse(text, CATALOGUE)
    except FaultyCondition as error:
        refused = str(error)
    assert len(refused) < 50_000
    assert refused or parse(str(condition), CATALOGUE) == condition


@pytest.mark.parametrize(
    "text",
    [
        "NOT " * 50 + "NPS > 1",
        "(" * 50 + "NPS > 1" + ")" * 50,
        "any user where (" + "(" * 49 + "Email is set" + ")" * 50,
        "NOT " * 50 + 'performed "Reports"',
    ],
    ids=("not", "brackets", "people", "use"),
)
def test_fifty_deep_is_deep_enough(text: str) -> None:
    assert parse(text, CATALOGUE)
    with pytest.raises(FaultyCondition, match="50 deep"):
        parse(f"NOT {text}", CATALOGUE)


@pytest.mark.parametrize(("break_", "line"), [("\n", 2), ("\r\n", 2), ("\n\n", 3)])
def test_an_error_at_the_start_of_a_line_is_in_that_line(break_: str, line: int) -> None:
    error = fault(f"NPS > 1 AND{break_}Helth = Good")
    assert (error.line, error.column) == (line, 1)


def test_a_value_that_goes_on_is_not_its_beginning() -> None:
    catalogue = CATALOGUE.extended([Attribute("Modules", Kind.CHOICES, values=("Core", "Core Plus"))])
    with pytest.raises(FaultyCondition, match='"Core Pluss" is not one of Core, Core Plus') as caught:
        parse("Modules contains Core Pluss", catalogue)
    assert caught.value.suggestion == "Core Plus"


class TestNamesOfSegments:
    """A playbook's catalogue lists its segments, so that a wrong name is found."""

    CATALOGUE = CATALOGUE.extended(
        [SEGMENTS.but(values=("Watch List", "Healthy"), value_aliases={"watch-list": "Watch List"})]
    )

    def test_a_wrong_name_is_told(self) -> None:
        with pytest.raises(FaultyCondition, match='"Wach List" is not one of Watch List, Healthy') as caught:
            parse('in segment "Wach List"', self.CATALOGUE)
        assert caught.value.suggestion == "Watch List"

    def test_a_segment_goes_by_its_name_or_id(self) -> None:
        for text in ("in segment watch list", "in segment watch-list", 'IN SEGMENT "Watch List"'):
            condition = parse(text, self.CATALOGUE)
            assert str(condition) == 'in segment "Watch List"'
            assert segments_of(condition) == ("Watch List",)
        nested = parse(
            "NOT (in segment healthy OR NPS > 3 AND in segment watch list for 3 days)", self.CATALOGUE
        )
        assert segments_of(nested) == ("Healthy", "Watch List")


def test_both_a_value_and_its_not() -> None:
    catalogue = CATALOGUE.extended([Attribute("Step", Kind.CHOICE, values=("Started", "Not Started"))])
    with pytest.raises(FaultyCondition, match='write = "Not Started" or != "Started"') as caught:
        parse("Step is not started", catalogue)
    assert caught.value.column == 9
    assert str(parse("Step != Started", catalogue)) == "Step != Started"


def test_two_lifecycles_are_fine_where_no_current_stage_is_asked() -> None:
    assert parse("Risk Status = Engaged AND Onboarding Stage = Kickoff", CATALOGUE)


def test_tags_of_another_kind_have_no_tag() -> None:
    catalogue = CATALOGUE.extended([Attribute("Tags", Kind.TEXT)])
    with pytest.raises(FaultyCondition, match='"has tag" makes no sense for Tags, which is a text') as caught:
        parse("NPS > 3 AND has tag x", catalogue)
    assert caught.value.column == 13


def test_many_terms_within_the_limit_are_fine() -> None:
    text = " OR ".join(f"NPS > {n}" for n in range(1_000))
    assert str(parse(text, CATALOGUE)) == text
    assert str(parse("(" * 50 + "NPS > 1" + ")" * 50, CATALOGUE)) == "NPS > 1"
