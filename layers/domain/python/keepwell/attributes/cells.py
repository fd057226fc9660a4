"""One cell of text to one value and back (interfaces, "CSV"; product INT-04).

Strict on purpose: what is not plainly one value of the attribute is rejected with the mend, never guessed.
"""

import re
from collections.abc import Callable
from datetime import date

from keepwell.attributes.catalogue import Attribute, Kind, Value
from keepwell.errors import UnreadableCell, UnreadableDate, UnreadableNumber

LONGEST_CELL = 10_000  # characters
MOST_DIGITS = 38  # of a whole number: what DynamoDB stores
MOST_SIGNIFICANT_DIGITS = 15  # of a fraction: what a float keeps exactly

YES_NO = {"yes": True, "true": True, "no": False, "false": False}

_DAYS_COUNTED = re.compile(r"[2-7][0-9]{4}(\.[0-9]+)?")  # 1954 to 2118, as Excel counts
_NUMBER = re.compile(r"(?P<sign>-?)(?P<whole>[0-9]*)(?:\.(?P<fraction>[0-9]+))?")
_THOUSANDS = re.compile(r"-?[1-9][0-9]{0,2},[0-9]{3}")
_DATE = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:T(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]+)?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)


def read_cell(attribute: Attribute, text: str) -> Value | None:
    """The value that `text` spells, None if it is blank.

    Raises UnreadableCell, saying what was expected and what was found.
    """
    if len(text) > LONGEST_CELL:
        raise UnreadableCell(f"expected at most {LONGEST_CELL:,} characters, found {len(text):,}")
    text = text.strip()
    if not text:
        return None
    return _READ[attribute.kind](attribute, text)


def show_cell(value: Value) -> str:
    """The text that `read_cell` reads back as `value`."""
    match value:
        case bool():
            return "yes" if value else "no"
        case float():
            return show_number(value)
        case tuple():
            return ", ".join(value)
        case _:
            return str(value)


def read_number(text: str) -> int | float | None:
    """The number a plain text such as `-12.5` spells, None if it is none or holds too many digits.

    Whole numbers (`12`, `12.00`) are int; `-0` is 0.
    """
    if len(text) <= MOST_SIGNIFICANT_DIGITS and text.isascii():  # nearly all are read without the pattern
        before, point, after = text.partition(".")
        if before.isdigit() and not point:
            return int(before)
        if before.isdigit() and after.isdigit() and after[-1] != "0":
            return float(text)
    found = _NUMBER.fullmatch(text)
    if not found or not (found["whole"] or found["fraction"]):
        return None
    whole = found["whole"].lstrip("0")
    fraction = (found["fraction"] or "").rstrip("0")
    if len(whole) > MOST_DIGITS or len(fraction) > MOST_DIGITS:
        return None
    if not fraction:
        return int(found["sign"] + (whole or "0"))
    if len((whole + fraction).lstrip("0")) > MOST_SIGNIFICANT_DIGITS:
        return None
    return float(f"{found['sign']}{whole}.{fraction}")


def show_number(number: int | float) -> str:
    """A number without exponent, thousands separators or idle zeros."""
    if isinstance(number, int):
        return str(number)
    shown = repr(number)
    if "e" in shown:
        from decimal import Decimal  # few numbers are so large or so small

        shown = format(Decimal(shown), "f")
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def with_decimal_point(text: str) -> str | None:
    """`100,5` or `1.234,56` with the point it needs; None if the comma may be a thousands separator."""
    bare = re.sub(r"[$€£%\s]", "", text)
    if re.fullmatch(r"-?([0-9]+|[0-9]{1,3}(\.[0-9]{3})+),[0-9]+", bare) and not _THOUSANDS.fullmatch(bare):
        return bare.replace(".", "").replace(",", ".")
    return None


def quoted(text: str) -> str:
    """`text` in double quotes for a message, cut where it is long."""
    return f'"{text if len(text) <= 60 else text[:59] + "…"}"'


def not_one_of(attribute: Attribute, text: str) -> str:
    """The message for a text that is no value of a list; a long list is cut."""
    allowed = ", ".join(attribute.values[:12]) + (", ..." if len(attribute.values) > 12 else "")
    return f"{quoted(text)} is not one of {allowed}"


def _number(attribute: Attribute, text: str) -> int | float:
    number = read_number(text)
    if number is None:
        raise UnreadableNumber(
            f"expected a plain number such as 50000 or 12.5, found {quoted(text)}{_mend(text)}"
        )
    if attribute.scale and not attribute.scale[0] <= number <= attribute.scale[1]:
        low, high = attribute.scale
        raise UnreadableCell(
            f"{attribute.name} goes from {low} to {high}, found {quoted(text)}; convert it, or declare "
            f"{attribute.name} of your own scale in attributes/"
        )
    return number


def _mend(text: str) -> str:
    if sum(c in "0123456789" for c in text) > MOST_SIGNIFICANT_DIGITS and _NUMBER.fullmatch(text):
        return (
            f"; keep at most {MOST_SIGNIFICANT_DIGITS} digits of a fraction, {MOST_DIGITS} of a whole number"
        )
    if point := with_decimal_point(text):
        return f"; write {point}"
    plain = re.sub(r"[$€£,%\s]", "", text)
    if plain != text and read_number(plain) is not None:
        return "; leave out currency signs, thousands separators and %"
    return ""


def _date(_attribute: Attribute, text: str) -> date:
    if found := _DATE.fullmatch(text):
        try:
            return date.fromisoformat(found["day"])
        except ValueError:
            raise UnreadableCell(f"{quoted(text)} is not a day of the calendar") from None
    mend = (
        "; a spreadsheet counts days so: show the column as dates there, and save it again"
        if _DAYS_COUNTED.fullmatch(text)
        else ""
    )
    raise UnreadableDate(f"expected a date such as 2026-01-12, found {quoted(text)}{mend}")


def _yes_no(_attribute: Attribute, text: str) -> bool:
    answer = YES_NO.get(text.casefold())
    if answer is None:
        raise UnreadableCell(f"expected yes or no, found {quoted(text)}")
    return answer


def _choice(attribute: Attribute, text: str) -> str:
    if (value := attribute.allowed(text)) is not None:
        return value
    near = attribute.suggest(text)
    raise UnreadableCell(not_one_of(attribute, text) + (f"; did you mean {near}?" if near else ""))


def _choices(attribute: Attribute, text: str) -> tuple[str, ...] | None:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if attribute.values:
        parts = [_choice(attribute, part) for part in parts]
    first: dict[str, str] = {}
    for part in parts:
        first.setdefault(part.casefold(), part)
    return tuple(first.values()) or None


def _text(_attribute: Attribute, text: str) -> str:
    return text


_READ: dict[Kind, Callable[[Attribute, str], Value | None]] = {
    Kind.TEXT: _text,
    Kind.NUMBER: _number,
    Kind.DATE: _date,
    Kind.YES_NO: _yes_no,
    Kind.CHOICE: _choice,
    Kind.ORDERED: _choice,
    Kind.CHOICES: _choices,
}
