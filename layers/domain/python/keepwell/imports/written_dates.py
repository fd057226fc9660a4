"""Dates as a file writes them: read strictly by a format of strptime's letters, told as ISO 8601 (INT-04).

Letters: %d %m %Y %y %b %B, and for a time %H %I %p %M %S %f %z. Day, month and hour may have one digit or
two, but two where they touch another number. A year of two digits is of 1969 to 2068, as strptime has it.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import cached_property

from keepwell.attributes.cells import quoted
from keepwell.errors import KeepwellError, UnreadableCell

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_SHORT = {month[:3].casefold(): number for number, month in enumerate(_MONTHS, start=1)}

_PARTS = {
    "d": ("day", "[0-9]{1,2}"),
    "m": ("month", "[0-9]{1,2}"),
    "b": ("month", "|".join(month[:3] for month in _MONTHS)),
    "B": ("month", "|".join(_MONTHS)),
    "Y": ("year", "[0-9]{4}"),
    "y": ("year", "[0-9]{2}"),
    "H": ("hour", "[0-9]{1,2}"),
    "I": ("hour", "[0-9]{1,2}"),
    "p": ("half", "[AaPp][Mm]"),
    "M": ("minute", "[0-9]{2}"),
    "S": ("second", "[0-9]{2}"),
    "f": ("fraction", "[0-9]{1,6}"),
    "z": ("zone", "[Zz]|[+-][0-9]{2}:?[0-9]{2}"),
}
_NUMBERS = frozenset("dmYyHIMSf")
_NEEDS = {
    "half": ("hour", "I"),
    "minute": ("hour", "H"),
    "second": ("minute", "M"),
    "fraction": ("second", "S"),
    "zone": ("hour", "H"),
}
_SAMPLE = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)


class FaultyFormat(KeepwellError):
    """A format or an example that nothing can be read by; `offset` is the character at fault, from 0."""

    def __init__(self, message: str, offset: int = 0, suggestion: str | None = None):
        super().__init__(message)
        self.message = message
        self.offset = offset
        self.suggestion = suggestion


@dataclass(frozen=True)
class DateFormat:
    """A format such as `%d.%m.%Y`; raises FaultyFormat if it cannot tell one day, or tells it ambiguously."""

    format: str

    def __post_init__(self) -> None:
        seen = dict[str, str]()
        for offset, letter in self._letters:
            if letter == "%":
                continue
            if letter not in _PARTS:
                known = " ".join(f"%{each}" for each in _PARTS)
                shown = f"%{letter}" if letter else "a % at the end"
                raise FaultyFormat(f"dates are not read by {shown}; there are {known}", offset)
            part = _PARTS[letter][0]
            if part in seen:
                raise FaultyFormat(f"the {part} stands twice: %{seen[part]} and %{letter}", offset)
            seen[part] = letter
        self._check(seen)

    def _check(self, seen: dict[str, str]) -> None:
        if "month" not in seen and "minute" in seen and "hour" not in seen:
            offset = next(at for at, letter in self._letters if letter == "M")
            mend = self.format.replace("%M", "%m")
            raise FaultyFormat("the format has no month: %M is the minute, %m the month", offset, mend)
        for part, letter in (("day", "d"), ("month", "m"), ("year", "Y")):
            if part not in seen:
                raise FaultyFormat(f"the format has no {part}: add %{letter}")
        for part, (needed, letter) in _NEEDS.items():
            if part in seen and needed not in seen:
                raise FaultyFormat(f"%{seen[part]} without the {needed} tells no time: add %{letter}")
        if (seen.get("hour") == "I") != ("half" in seen):
            raise FaultyFormat(
                "%I may be morning or evening: add %p"
                if "half" not in seen
                else "%p belongs to hours up to 12: write %I"
            )

    @cached_property
    def _letters(self) -> list[tuple[int, str]]:
        """The letters after each %, with the place of the %."""
        return [(found.start(), found[1]) for found in re.finditer("%(.?)", self.format, re.DOTALL)]

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        pieces: list[str] = re.findall(r"%.|\s+|[^%\s]", self.format)
        parts = []
        for place, piece in enumerate(pieces):
            letter = piece[1:]
            if piece.isspace():
                parts.append(r"\s+")
            elif letter in _PARTS:
                name, pattern = _PARTS[letter]
                beside = (*pieces[max(place - 1, 0) : place], *pieces[place + 1 : place + 2])
                if letter in _NUMBERS and any(each[1:] in _NUMBERS for each in beside if len(each) == 2):
                    pattern = pattern.replace("{1,2}", "{2}")
                parts.append(f"(?P<{name}>{pattern})")
            else:
                parts.append(re.escape(piece[:1]))
        return re.compile("".join(parts), re.IGNORECASE)

    @property
    def example(self) -> str:
        """The last of January 2026 in this format."""
        return _SAMPLE.strftime(self.format)

    def read(self, text: str) -> str:
        """`2026-01-31`, or `2026-01-31T09:30:00` with the zone where the format has one. Raises
        UnreadableCell."""
        found = self._pattern.fullmatch(text.strip())
        if not found:
            raise UnreadableCell(
                f"expected a date such as {self.example} ({self.format}), found {quoted(text)}; mend the "
                "cell, or the format in the mapping"
            )
        try:
            moment = _moment(found.groupdict())
        except ValueError:
            raise UnreadableCell(f"{quoted(text)} is not a moment of the calendar ({self.format})") from None
        return moment.isoformat() if "hour" in found.groupdict() else moment.date().isoformat()


def _moment(parts: dict[str, str]) -> datetime:
    """Raises ValueError for what no calendar or clock has."""
    year, month = parts["year"], parts["month"]
    hour = int(parts.get("hour", 0))
    if half := parts.get("half"):
        if not 1 <= hour <= 12:
            raise ValueError
        hour = hour % 12 + (12 if half in ("PM", "pm", "Pm", "pM") else 0)
    return datetime(
        int(year) if len(year) == 4 else int(year) + (1900 if int(year) >= 69 else 2000),
        int(month) if month.isdecimal() else _SHORT[month[:3].casefold()],
        int(parts["day"]),
        hour,
        int(parts.get("minute", 0)),
        int(parts.get("second", 0)),
        int(parts.get("fraction", "0").ljust(6, "0")),
        tzinfo=_zone(parts.get("zone", "")),
    )


def _zone(text: str) -> timezone | None:
    if not text:
        return None
    if text in "Zz":
        return UTC
    ahead = timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    return timezone(-ahead if text.startswith("-") else ahead)
