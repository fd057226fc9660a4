"""Dates and numbers as files write them: by what the mapping says, never guessed (INT-04, INT-05)."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.attributes.cells import read_number
from keepwell.errors import UnreadableCell
from keepwell.imports.written_dates import DateFormat, FaultyFormat
from keepwell.imports.written_numbers import NumberFormat


@pytest.mark.parametrize(
    ("format_", "text", "expected"),
    [
        ("%d/%m/%Y", "03/04/2026", "2026-04-03"),
        ("%m/%d/%Y", "03/04/2026", "2026-03-04"),
        ("%d.%m.%Y", "3.4.2026", "2026-04-03"),
        ("%d%m%Y", "03042026", "2026-04-03"),
        ("%Y%m%d", "20260403", "2026-04-03"),
        ("%d-%b-%Y", "3-APR-2026", "2026-04-03"),
        ("%B %d, %Y", "April  3, 2026", "2026-04-03"),
        ("%d.%m.%y", "01.01.68", "2068-01-01"),
        ("%d.%m.%y", "01.01.69", "1969-01-01"),
        ("%m/%d/%Y %I:%M %p", "4/3/2026 12:05 AM", "2026-04-03T00:05:00"),
        ("%m/%d/%Y %I:%M %p", "4/3/2026 12:05 pm", "2026-04-03T12:05:00"),
        ("%Y-%m-%d %H:%M:%S.%f %z", "2026-04-03 23:59:01.5 -0330", "2026-04-03T23:59:01.500000-03:30"),
        ("%Y-%m-%dT%H:%M:%S%z", "2026-04-03T23:59:01Z", "2026-04-03T23:59:01+00:00"),
        ("100%% on %d.%m.%Y", "100% on 3.4.2026", "2026-04-03"),
    ],
)
def test_a_date_is_read_by_its_format(format_: str, text: str, expected: str) -> None:
    assert DateFormat(format_).read(text) == expected


@pytest.mark.parametrize(
    ("format_", "text"),
    [
        ("%d/%m/%Y", "2026-04-03"),
        ("%d/%m/%Y", "04/13/2026"),
        ("%d/%m/%Y", "29/02/2026"),
        ("%d/%m/%Y", "3/4/26"),
        ("%d/%m/%y", "3/4/2026"),
        ("%d/%m/%Y", "3/4/2026 10:00"),
        ("%d/%m/%Y", "٣/٤/٢٠٢٦"),
        ("%d%m%Y", "342026"),
        ("%d.%m.%Y", "3/4/2026"),
        ("%d %B %Y", "3 Apr 2026"),
        ("%d.%m.%Y %H:%M", "3.4.2026 24:00"),
        ("%d.%m.%Y %I:%M %p", "3.4.2026 13:00 PM"),
        ("%d.%m.%Y %H:%M%z", "3.4.2026 13:00+99:00"),
    ],
)
def test_a_date_of_another_format_is_not_read(format_: str, text: str) -> None:
    with pytest.raises(UnreadableCell):
        DateFormat(format_).read(text)


@pytest.mark.parametrize(
    ("format_", "message"),
    [
        ("%d.%m", "the format has no year: add %Y"),
        ("%m.%Y", "the format has no day: add %d"),
        ("%d %Y", "the format has no month: add %m"),
        ("%d/%M/%Y", "%M is the minute, %m the month"),
        ("%d.%m.%m.%Y", "the month stands twice"),
        ("%d.%b.%m.%Y", "the month stands twice: %b and %m"),
        ("%d.%m.%Y %I:%M", "may be morning or evening: add %p"),
        ("%d.%m.%Y %H:%M %p", "hours up to 12: write %I"),
        ("%d.%m.%Y %S", "%S without the minute"),
        ("%d.%m.%Y %z", "%z without the hour"),
        ("%x", "not read by %x"),
        ("%d.%m.%Y%", "a % at the end"),
    ],
)
def test_a_format_that_leaves_anything_open_is_refused(format_: str, message: str) -> None:
    with pytest.raises(FaultyFormat, match=message):
        DateFormat(format_)


FORMATS = ["%d/%m/%Y", "%Y%m%d", "%d %b %Y", "%B %d, %Y", "%y-%m-%d"]


@given(st.dates(date(1969, 1, 1), date(2068, 12, 31)), st.sampled_from(FORMATS))
def test_a_written_day_is_read_back(day: date, format_: str) -> None:
    assert DateFormat(format_).read(day.strftime(format_)) == day.isoformat()


@given(
    st.datetimes(timezones=st.just(UTC)).filter(lambda at: at.year >= 1000),
    st.sampled_from(["%H:%M:%S.%f", "%I:%M:%S.%f %p"]),
)
def test_a_written_moment_is_read_back(at: datetime, clock: str) -> None:
    format_ = f"%d.%m.%Y {clock} %z"
    assert DateFormat(format_).read(at.strftime(format_)) == at.isoformat()


@pytest.mark.parametrize(
    ("example", "text", "expected"),
    [
        ("1.234,56", "1.234,56", "1234.56"),
        ("1.234,56", "1234,56", "1234.56"),
        ("1.234,56", "1.234", "1234"),
        ("1 234,56", "1\N{NARROW NO-BREAK SPACE}234\N{NO-BREAK SPACE}567,8", "1234567.8"),
        ("1'234.50", "1’234.50", "1234.50"),
        ("1,234.56", "0.5", "0.5"),
        ("1.234.567", "1.234", "1234"),
        ("1234,5", "12,25", "12.25"),
        ("0,123", "0,123", "0.123"),
        ("1,234.56", "-5", "-5"),
        ("1,234.56", "−5", "-5"),
        ("1,234.56", "5-", "-5"),
        ("1,234.56", "(1,234.00)", "-1234.00"),
        ("1,234.56", "+5", "5"),
        ("$1,234.56", "$ 1,234.56", "1234.56"),
        ("$1,234.56", "-$5", "-5"),
        ("$1,234.56", "1,234.56", "1234.56"),
        ("1.234,56 EUR", "eur 5", "5"),
        ("R$ 1.234,56", "R$5,5", "5.5"),
        ("12,5 %", "-7 %", "-7"),
        ("(1,234.56)", "1,234.56", "1234.56"),
        ("Fr. 1'234.50", "fr.5", "5"),
        ("12,5 %", "7,25%", "7.25"),
    ],
)
def test_a_number_is_read_by_an_example(example: str, text: str, expected: str) -> None:
    assert NumberFormat(example).read(text) == expected


@pytest.mark.parametrize(
    ("example", "text"),
    [
        ("1.234,56", "1,234.56"),
        ("1.234,56", "1.23"),
        ("1.234,56", "12.34.567"),
        ("1.234,56", "1.234,"),
        ("1.234,56", "1.2345"),
        ("1,234.56", "1,5"),
        ("1,234.56", "--5"),
        ("1,234.56", "(-5)"),
        ("1,234.56", "(5"),
        ("1,234.56", "-5-"),
        ("1,234.56", "1e3"),
        ("1,234.56", "n/a"),
        ("1,234.56", "٣"),
        ("1,234.56", "$5"),
        ("$1,234.56", "€5"),
        ("12.5 %", "12.5"),
        ("12.5", "12.5 %"),
        ("1234", "1,5"),
        ("1 234,56", "1.234,56"),
    ],
)
def test_a_number_of_another_kind_is_not_read(example: str, text: str) -> None:
    with pytest.raises(UnreadableCell, match="expected a number such as"):
        NumberFormat(example).read(text)


@pytest.mark.parametrize(
    ("example", "message"),
    [
        ("1.234", "may be a thousand or a fraction: write an example with both signs, such as 1.234,56"),
        ("1,234", "may be a thousand or a fraction: write an example with both signs, such as 1,234.56"),
        ("1.2.3", "no groups of three digits"),
        ("12,34,567.8", "is no number"),
        ("1,234,56.7", "is no number"),
        ("1.234'56", "is no number"),
        ("ARR", "is no number"),
        (".5", "is no number"),
        (",50 €", "is no number"),
        ("5.-", "is no number"),
        ("$ 5 EUR", "is no number"),
    ],
)
def test_an_example_that_may_be_read_in_two_ways_is_refused(example: str, message: str) -> None:
    with pytest.raises(FaultyFormat, match=message):
        NumberFormat(example)


STYLES = {"1.234,56": ".,", "1 234,56": " ,", "1,234.56": ",.", "1'234.56": "'.", "$1,234.56": ",."}


@given(st.decimals(-(10**12), 10**12, places=2), st.sampled_from(sorted(STYLES)), st.booleans())
def test_a_written_number_is_read_back(number: object, example: str, grouped: bool) -> None:
    """Whatever the locale, with thousands parted or not."""
    group, point = STYLES[example][0], STYLES[example][1]
    plain = f"{number:,.2f}" if grouped else f"{number:.2f}"
    written = plain.replace(",", "\0").replace(".", point).replace("\0", group)
    assert read_number(NumberFormat(example).read(written)) == read_number(f"{number:.2f}")
