"""How others write dates and numbers, and the function of a mapping that reads a cell which is written so."""

import re
from collections.abc import Iterable
from contextlib import suppress
from functools import cache, lru_cache

from keepwell.errors import RejectedInput, UnreadableCell, UnreadableDate, UnreadableNumber
from keepwell.imports.written_dates import DateFormat
from keepwell.imports.written_numbers import NumberFormat

DATES = (
    "%Y-%m-%d",  # 2027-1-5
    "%d.%m.%Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y%m%d",
    "%d.%m.%y",
    "%d/%m/%y",
    "%m/%d/%y",
    "%d %b %Y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%b %d, %Y",
    "%d %B %Y",
    "%B %d, %Y",
)
_TIMES = ((" ", "%H:%M"), (" ", "%H:%M:%S"), (" ", "%I:%M %p"), (" ", "%I:%M:%S %p"), (", ", "%H:%M"))
TIMES = tuple(f"{day}{between}{time}" for day in DATES for between, time in _TIMES)
NUMBERS = ("1,234.56", "1.234,56", "1 234,56", "1'234.56")
CURRENCIES = frozenset(
    {
        *("aud", "brl", "cad", "chf", "cny", "czk", "dkk", "eur", "gbp", "huf", "inr", "jpy", "mxn", "nok"),
        *("nzd", "pln", "sek", "sgd", "usd", "zar", "kr", "zł", "$", "€", "£", "¥", "₹", "us$"),
    }
)
"""What may stand beside a number and change nothing of it; `k` and `m` do."""

_NO_UNIT = re.compile(r"[-−+0-9.,'’()%\s]")
_LONGEST = 40  # characters of what may be a date or a number


def unit_of(text: str) -> str:
    """What stands beside the number of a text."""
    return _NO_UNIT.sub("", text)


def examples(unit: str, *, percent: bool) -> list[str]:
    """The usual numbers, with a currency beside them if the unit is one."""
    currency = unit if unit.casefold() in CURRENCIES else ""
    return [f"{currency}{number}{'%' if percent else ''}" for number in NUMBERS]


def read_by_mapping(error: RejectedInput, text: str) -> str:
    """What a mapping says for a text that is no date or number as it stands, every way in which it can be
    read: `then: [{date: '%d.%m.%Y'}]`. Nothing if that is none of the usual ones, or of another kind."""
    if len(text) > _LONGEST or not any(map(str.isdigit, text)):
        return ""
    if isinstance(error, UnreadableDate):
        return _steps("date", _dates(text))
    if isinstance(error, UnreadableNumber):
        return _steps("number", _numbers(text))
    return ""


@lru_cache(maxsize=5_000)
def _dates(text: str) -> tuple[str, ...]:
    found = []
    for form in TIMES if ":" in text else DATES:
        with suppress(UnreadableCell):
            _format(form).read(text)
            found.append(form)
    return tuple(found)


def _numbers(text: str) -> Iterable[str]:
    """One example for each number that the text may be."""
    found: dict[str, str] = {}
    for example in examples(unit_of(text), percent="%" in text):
        with suppress(UnreadableCell):
            found.setdefault(NumberFormat(example).read(text), example)
    return found.values()


@cache
def _format(form: str) -> DateFormat:
    return DateFormat(form)


def _steps(function: str, arguments: Iterable[str]) -> str:
    return " or ".join(f"then: [{{{function}: {_quoted(each)}}}]" for each in arguments)


def _quoted(text: str) -> str:
    """As YAML has it."""
    return "'" + text.replace("'", "''") + "'"
