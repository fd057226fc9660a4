"""Numbers as a file writes them: read strictly by one example, told plainly (product INT-04).

The example says which sign parts thousands, which the decimals, whether there is a percent sign, and which
currency sign or unit may stand beside a number: `1.234,56`, `1 234,56`, `$1,234.56`, `12,5 %`.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from unicodedata import category

from keepwell.attributes.cells import quoted
from keepwell.errors import UnreadableCell
from keepwell.imports.written_dates import FaultyFormat

_BLANKS = " \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{THIN SPACE}"
_APOSTROPHES = "'’"
_MINUS = "-−"  # a hyphen and a minus; first in a class of characters
_EXAMPLE = re.compile(
    rf"(?P<before>[^0-9]*?)(?P<number>[0-9](?:[0-9.,{_BLANKS}{_APOSTROPHES}]*[0-9])?)(?P<after>[^0-9]*)"
)
_LONGEST_UNIT = 10  # characters


_THOUSANDS = re.compile(r"-?[1-9][0-9]{0,2}\.[0-9]{3}")


def may_be_thousands(text: str) -> bool:
    """Whether a plain number is `1.234`: a thousand in half the world."""
    return _THOUSANDS.fullmatch(text) is not None


@dataclass(frozen=True)
class NumberFormat:
    """Numbers like `example`; raises FaultyFormat if it is none, or may be read in two ways."""

    example: str

    def __post_init__(self) -> None:
        found = _EXAMPLE.fullmatch(self.example.strip())
        units = [unit for unit in (found and _unit(found["before"]), found and _unit(found["after"])) if unit]
        if not found or len(units) > 1 or not all(map(_is_unit, units)):
            raise FaultyFormat(f"{self.example!r} is no number; write one as the file does, such as 1.234,56")
        _separators(found["number"])

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        found = _EXAMPLE.fullmatch(self.example.strip())
        assert found
        thousands, point = _separators(found["number"])
        whole = rf"[0-9]+|[0-9]{{1,3}}(?:{_any(thousands)}[0-9]{{3}})+" if thousands else "[0-9]+"
        number = f"(?P<whole>{whole})"
        if point:
            number = rf"(?:{number}(?:{re.escape(point)}(?P<fraction>[0-9]+))?)"
        unit = _unit(found["before"]) or _unit(found["after"])
        beside = rf"(?:{re.escape(unit)})?" if unit else ""
        percent = r"\s*%" if "%" in self.example else ""
        return re.compile(
            rf"(?P<open>\()?\s*(?P<first>[{_MINUS}+])?\s*{beside}\s*(?P<then>[{_MINUS}+])?\s*"
            rf"{number}{percent}\s*{beside}\s*(?P<last>[{_MINUS}])?\s*(?P<close>\))?",
            re.IGNORECASE,
        )

    def read(self, text: str) -> str:
        """The number as `-1234.56`. A minus may stand before or behind; brackets are one. Raises
        UnreadableCell."""
        found = self._pattern.fullmatch(text.strip())
        signs = [found[name] for name in ("first", "then", "last") if found[name]] if found else []
        bracketed = [found[name] for name in ("open", "close") if found[name]] if found else []
        if not found or len(bracketed) == 1 or len(signs) + len(bracketed) // 2 > 1:
            raise UnreadableCell(
                f"expected a number such as {self.example}, found {quoted(text)}; mend the cell, or the "
                "example in the mapping"
            )
        negative = bracketed or (signs and signs[0] in _MINUS)
        fraction = found.groupdict().get("fraction")
        plain = re.sub("[^0-9]", "", found["whole"]) + (f".{fraction}" if fraction else "")
        return f"-{plain}" if negative else plain


def _unit(text: str) -> str:
    """What stands beside the number of an example, but for what makes it negative or a percentage."""
    return text.strip().strip(f"+%(){_MINUS}").strip()


def _is_unit(text: str) -> bool:
    """Whether it has a letter or a currency sign: else the point of `.5` would be one."""
    return len(text) <= _LONGEST_UNIT and any(each.isalpha() or category(each) == "Sc" for each in text)


def _separators(number: str) -> tuple[str, str]:
    """The signs that part thousands and decimals, empty where there is none. Raises FaultyFormat."""
    signs = re.findall("[^0-9]", number)
    groups = re.split("[^0-9]", number)
    kinds = {_any(sign): sign for sign in signs}
    if not signs:
        return "", ""
    if len(kinds) == 1:
        sign, decimal = signs[0], signs[0] in ".," and len(signs) == 1
        if decimal and len(groups[1]) == 3 and len(groups[0]) <= 3 and groups[0] != "0":
            raise FaultyFormat(
                f"{number!r} may be a thousand or a fraction: write an example with both signs, such as "
                f"1{sign}234{'.' if sign == ',' else ','}56"
            )
        if not decimal and not _in_thousands(groups):
            raise FaultyFormat(f"{number!r} has no groups of three digits; write one such as 1{sign}234")
        return ("", sign) if decimal else (sign, "")
    if len(kinds) > 2 or signs[-1] not in ".," or signs[-1] in signs[:-1] or not _in_thousands(groups[:-1]):
        raise FaultyFormat(f"{number!r} is no number; write one as the file does, such as 1.234,56")
    return signs[0], signs[-1]


def _in_thousands(groups: list[str]) -> bool:
    return 1 <= len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])


def _any(sign: str) -> str:
    """The pattern of a sign that parts thousands: several blanks and apostrophes look alike."""
    for alike in (_BLANKS, _APOSTROPHES):
        if sign in alike:
            return f"[{alike}]"
    return re.escape(sign)
