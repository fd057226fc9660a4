"""The values a condition compares with, read after the attribute's kind."""

from datetime import date
from functools import lru_cache

from keepwell.attributes import Attribute, Kind
from keepwell.attributes.cells import YES_NO, not_one_of, quoted, read_number
from keepwell.criteria.comparing import Constant
from keepwell.criteria.lexer import Names, TokenKind, unquoted
from keepwell.criteria.reading import Reader

MOST_DAYS = 36_500


def constant(
    reader: Reader, attribute: Attribute, *, in_list: bool = False, in_range: bool = False
) -> Constant:
    """The value that comes next, of the attribute's kind; raises FaultyCondition for any other.

    In a list a comma separates; at the lower end of a range the words after a value are not its own.
    """
    match attribute.kind:
        case Kind.NUMBER:
            return _number(reader, in_list=in_list)
        case Kind.DATE:
            return _date(reader)
        case Kind.YES_NO:
            return _yes_no(reader)
        case Kind.CHOICE | Kind.ORDERED:
            return _choice(reader, attribute, in_range=in_range)
        case Kind.CHOICES if attribute.values:
            return _choice(reader, attribute, in_range=False)
        case Kind.TEXT | Kind.CHOICES:
            return _text(reader)


def days(reader: Reader) -> int:
    """The count in `30 days`."""
    at = reader.mark()
    token = reader.take_kind(TokenKind.NUMBER)
    if token is None:
        raise reader.unexpected("a number of days such as 30 days")
    if not (reader.take("days") or reader.take("day")):
        raise reader.unexpected('"days"')
    count = read_number(token.folded.replace(",", ""))
    if not isinstance(count, int) or count > MOST_DAYS:
        raise reader.fault(f"expected whole days, {MOST_DAYS:,} at most, found {quoted(token.folded)}", at=at)
    return count


def _number(reader: Reader, *, in_list: bool) -> int | float:
    reader.open_quotes()
    at = reader.mark()
    sign = "-" if reader.take("-") else ""
    reader.take("$")
    token = reader.take_kind(TokenKind.NUMBER)
    if token is None:
        raise reader.unexpected("a number such as 50 or $50,000")
    if in_list and "," in token.folded:
        digits = token.folded
        mend = f"write {digits.replace(',', '')} or {digits.replace(',', ', ')}"
        raise reader.fault(f"{quoted(digits)} could be one number or several in a list; {mend}", at=at)
    number = read_number(sign + token.folded.replace(",", ""))
    if number is None:
        raise reader.fault(f"{quoted(token.folded)} has too many digits", at=at)
    reader.take("%")
    return number


def _date(reader: Reader) -> date:
    reader.open_quotes()
    at = reader.mark()
    token = reader.take_kind(TokenKind.DATE)
    if token is None:
        raise reader.unexpected("a date such as 2026-01-12 or an age such as 30 days")
    try:
        return date.fromisoformat(token.folded)
    except ValueError:
        raise reader.fault(f"{quoted(token.folded)} is not a day of the calendar", at=at) from None


def _yes_no(reader: Reader) -> bool:
    at = reader.mark()
    text = _text(reader)
    answer = YES_NO.get(text.casefold())
    if answer is None:
        raise reader.fault(f"expected yes or no, found {quoted(text)}", at=at)
    return answer


def _choice(reader: Reader, attribute: Attribute, *, in_range: bool) -> str:
    at = reader.mark()
    spelled = reader.take_name(_spellings(attribute))
    if spelled is not None and (in_range or reader.ends_value()):
        return spelled
    reader.back(at)
    text = _text(reader)
    allowed = attribute.allowed(text)
    if allowed is None and attribute.kind is Kind.ORDERED:
        allowed = {str(level): value for level, value in enumerate(attribute.values)}.get(text)
    if allowed is None:
        raise reader.fault(not_one_of(attribute, text), at=at, suggestion=attribute.suggest(text) or spelled)
    return allowed


@lru_cache(maxsize=1024)
def _spellings(attribute: Attribute) -> Names[str]:
    return Names({value: value for value in attribute.values} | dict(attribute.value_aliases))


def _text(reader: Reader) -> str:
    if token := reader.take_kind(TokenKind.STRING):
        text = unquoted(reader.raw(token))
        if not text.strip():
            raise reader.fault("an empty text matches nothing; use is empty", at=reader.mark() - 1)
        return text
    text = reader.take_bare_value()
    if not text:
        raise reader.unexpected("a value (in double quotes if it holds AND, OR or brackets)")
    return text
