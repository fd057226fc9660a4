"""The values a condition compares with, read after the attribute's kind."""

from collections.abc import Collection
from datetime import date
from functools import lru_cache

from keepwell.attributes import Attribute, Kind
from keepwell.attributes.catalogue import counts_days
from keepwell.attributes.cells import YES_NO, not_one_of, quoted, read_number
from keepwell.criteria.comparing import Constant
from keepwell.criteria.lexer import Names, TokenKind, unquoted
from keepwell.criteria.reading import DAYS, Reader

MOST_DAYS = 36_500  # of a window between dates
MOST_DAYS_BACK = 1_100  # of a window into the past of a value


def constant(
    reader: Reader, attribute: Attribute, *, in_list: bool = False, until: Collection[str] = ()
) -> Constant:
    """The value that comes next, of the attribute's kind; raises FaultyCondition for any other.

    In a list a comma separates; the words and signs in `until` end a value that is not in quotes.
    """
    match attribute.kind:
        case Kind.NUMBER:
            return _number(reader, attribute, in_list=in_list)
        case Kind.DATE:
            return day(reader, "a date such as 2026-01-12 or an age such as 30 days (today is 0 days)")
        case Kind.YES_NO:
            return _yes_no(reader, until)
        case Kind.CHOICE | Kind.ORDERED:
            return _choice(reader, attribute, until)
        case Kind.CHOICES if attribute.values:
            return _choice(reader, attribute, until)
        case Kind.TEXT | Kind.CHOICES:
            return _text(reader, until)


def constants(reader: Reader, attribute: Attribute) -> tuple[Constant, ...]:
    """The values of a list in brackets, each once; the opening bracket has been taken."""
    found = [constant(reader, attribute, in_list=True)]
    while reader.take(","):
        found.append(constant(reader, attribute, in_list=True))
    if not reader.take(")"):
        raise reader.unexpected("a comma or a closing bracket")
    return tuple(dict.fromkeys(found))


def days_back(reader: Reader) -> int:
    """The count in `7 days`, `7+ days`, `last 7 days` or `the last 7 days`, one at least."""
    reader.take("the")
    reader.take("last")
    return days(reader, least=1, most=MOST_DAYS_BACK, options=("last",))


def days(
    reader: Reader, *, most: int = MOST_DAYS, least: int = 0, options: tuple[str, ...] = ("next", "last")
) -> int:
    """The count in `30 days`; where it must be one at least, `30+ days` too.

    One of the words `options` may be meant where there is no number.
    """
    at = reader.mark()
    token = reader.take_kind(TokenKind.NUMBER)
    if token is None:
        raise reader.unexpected("a number of days such as 30 days", options)
    if least:
        reader.take("+")
    count = _plain_number(token.folded)
    if not any(reader.take(unit) for unit in DAYS):
        if times := _LONGER.get(reader.token.folded):
            about = f"{times * count} days" if count else None
            raise reader.fault(f"windows are counted in days, not {reader.token.folded}", suggestion=about)
        raise reader.unexpected('"days"', ("days",))
    if not isinstance(count, int) or not least <= count <= most:
        limits = f"{least} to {most:,}" if least else f"{most:,} at most"
        raise reader.fault(f"expected whole days, {limits}, found {quoted(token.folded)}", at=at)
    return count


_LONGER = {"week": 7, "weeks": 7, "month": 30, "months": 30, "year": 365, "years": 365}  # days, about


def figure(reader: Reader, *, in_list: bool = False) -> int | float:
    """The number in `-5`, `$50,000`, `25k` or `1.5M`."""
    reader.open_quotes()
    at = reader.mark()
    sign = -1 if reader.take("-") else 1
    reader.take("$")
    token = reader.take_kind(TokenKind.NUMBER)
    if token is None:
        raise reader.unexpected("a number such as 50 or $50,000")
    if in_list and "," in token.folded:
        digits = token.folded
        mend = f"write {digits.replace(',', '')} or {digits.replace(',', ', ')}"
        raise reader.fault(f"{quoted(digits)} could be one number or several in a list; {mend}", at=at)
    number = _plain_number(token.folded)
    if number is None:
        raise reader.fault(f"{quoted(token.folded)} has too many digits", at=at)
    return sign * number


def _number(reader: Reader, attribute: Attribute, *, in_list: bool) -> int | float:
    number = figure(reader, in_list=in_list)
    if counts_days(attribute):
        any(reader.take(unit) for unit in DAYS)
    else:
        reader.take("%")
    return number


_THOUSANDS = {"k": 3, "m": 6}  # digits


def _plain_number(folded: str) -> int | float | None:
    """The number that a NUMBER token spells; None if it has too many digits."""
    plain = folded.replace(",", "")
    if digits := _THOUSANDS.get(plain[-1]):
        whole, _, fraction = plain[:-1].partition(".")
        fraction = fraction.ljust(digits, "0")
        plain = f"{whole}{fraction[:digits]}.{fraction[digits:] or 0}"
    return read_number(plain)


def day(reader: Reader, expected: str = "a date such as 2026-01-12") -> date:
    """The date that comes next."""
    reader.open_quotes()
    at = reader.mark()
    token = reader.take_kind(TokenKind.DATE)
    if token is None:
        raise reader.unexpected(expected)
    try:
        return date.fromisoformat(token.folded)
    except ValueError:
        raise reader.fault(f"{quoted(token.folded)} is not a day of the calendar", at=at) from None


def _yes_no(reader: Reader, until: Collection[str]) -> bool:
    at = reader.mark()
    text = _text(reader, until)
    answer = YES_NO.get(text.casefold())
    if answer is None:
        raise reader.fault(f"expected yes or no, found {quoted(text)}", at=at)
    return answer


def may_begin(reader: Reader, attribute: Attribute) -> bool:
    """Whether a value of the attribute may begin with the words that come next."""
    return attribute.kind is Kind.TEXT or reader.at_name(_spellings(attribute))


def listed(reader: Reader, attribute: Attribute) -> str | None:
    """The value of a list, if it comes next and is all of what is compared with; moved past if it is one."""
    spelled = reader.take_name(_spellings(attribute))
    return spelled if reader.ends_value() else None


def _choice(reader: Reader, attribute: Attribute, until: Collection[str]) -> str:
    at = reader.mark()
    spelled = reader.take_name(_spellings(attribute))
    if spelled is not None and reader.ends_value(until):
        return spelled
    reader.back(at)
    text = _text(reader, until)
    allowed = attribute.allowed(text)
    if allowed is None and attribute.kind is Kind.ORDERED:
        allowed = {str(level): value for level, value in enumerate(attribute.values)}.get(text)
    if allowed is None:
        raise reader.fault(not_one_of(attribute, text), at=at, suggestion=attribute.suggest(text) or spelled)
    return allowed


@lru_cache(maxsize=1024)
def _spellings(attribute: Attribute) -> Names[str]:
    return Names({value: value for value in attribute.values} | dict(attribute.value_aliases))


def _text(reader: Reader, until: Collection[str]) -> str:
    if token := reader.take_kind(TokenKind.STRING):
        text = unquoted(reader.raw(token))
        if not text.strip():
            raise reader.fault("an empty text matches nothing; use is empty", at=reader.mark() - 1)
        return text
    text = reader.take_bare_value(until)
    if not text:
        raise reader.unexpected("a value (in double quotes if it holds AND, OR or brackets)")
    return text
