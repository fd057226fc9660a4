"""The types of a playbook's fields: what a text must be to stand for an address, a tag, a time zone."""

import codecs
import re
from datetime import date, datetime, time
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field

from keepwell.addresses import is_address
from keepwell.errors import UnreadableCell
from keepwell.playbook.playbook import GROUPS
from keepwell.zones import read_zone

LONGEST_TAG = 50  # characters
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def as_cell(value: object) -> object:
    """A YAML scalar or list as the text a CSV cell would hold, so that both are read in one way."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list):
        return ", ".join(str(as_cell(item)) for item in value)
    return str(value) if isinstance(value, int | float) else value


def _as_list(value: object) -> object:
    """One value as a list of it: `EMEA` is `[EMEA]`."""
    return value if isinstance(value, list) else [value]


def _known_zone(name: str) -> str:
    try:
        return read_zone(name)
    except UnreadableCell as error:
        raise ValueError(str(error)) from None


def _known_encoding(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError:
        raise ValueError(f"{name!r} is no text encoding; write one such as cp1252") from None


def _address(text: str) -> str:
    if not is_address(text):
        raise ValueError(f"{text!r} is no e-mail address")
    return text


def _name(text: str) -> str:
    if text != " ".join(text.split()) or not 1 <= len(text) <= 100:
        raise ValueError("a name is one line of 1 to 100 characters, with no blanks around it or doubled")
    return text


def _tag(text: str) -> str:
    if text != " ".join(text.split()) or not 1 <= len(text) <= LONGEST_TAG or "," in text:
        raise ValueError(f"a tag is one line of 1 to {LONGEST_TAG} characters, without a comma")
    return text


def _web_address(text: str) -> str:
    if not re.fullmatch(r"https?://[^\s/]+\S*", text):
        raise ValueError(f"{text!r} is no web address; write one such as https://example.com/page")
    return text


def _feature(text: str) -> str:
    module, slash, action = text.partition("/")
    if not (module.strip() and slash and action.strip()):
        raise ValueError(f"{text!r} is no action; write the module and the action, as in Reports/Export")
    return text


def _weekday(text: str) -> str:
    """A day by its name, or by three or more of its first letters."""
    found = [day for day in WEEKDAYS if len(text) >= 3 and day.casefold().startswith(text.casefold())]
    if not found:
        raise ValueError(f"{text!r} is no day of the week; write one such as Monday or Mon")
    return found[0]


def _hours(text: str) -> str:
    """Hours of a day, each time written in full: `19:00 to 08:00`."""
    found = re.fullmatch(r"(\d{1,2}:\d\d) *(?:to|-) *(\d{1,2}:\d\d)", text.strip())
    try:
        begin, end = (time.fromisoformat(each.zfill(5)) for each in found.groups()) if found else (None, None)
    except ValueError:
        begin = end = None
    if begin is None or end is None or begin == end:
        raise ValueError(f"{text!r} are no hours of a day; write them such as 19:00 to 08:00")
    return f"{begin:%H:%M} to {end:%H:%M}"


def _working_hours(text: str) -> str:
    """Hours of one day. Written in full, they compare as texts."""
    begin, end = text.split(" to ")
    if begin > end:
        raise ValueError(f"working hours end on the day on which they begin, not as {text!r}")
    return text


def _group(text: str) -> str:
    """A standard group in its own spelling: the same group twice would stand apart."""
    return next((group for group in GROUPS if group.casefold() == text.casefold()), text)


Cell = Annotated[str, BeforeValidator(as_cell)]
Address = Annotated[str, AfterValidator(_address)]
Text = Annotated[str, Field(min_length=1)]
Line = Annotated[str, Field(min_length=1, max_length=500)]
"""What is shown in one line: a title, a subject."""
Name = Annotated[str, AfterValidator(_name)]
Tag = Annotated[str, AfterValidator(_tag)]
Feature = Annotated[str, AfterValidator(_feature)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
Group = Annotated[Name, AfterValidator(_group)]
Weekday = Annotated[str, AfterValidator(_weekday)]
Hours = Annotated[str, AfterValidator(_hours)]
WorkingHours = Annotated[Hours, AfterValidator(_working_hours)]
TimeZone = Annotated[str, AfterValidator(_known_zone)]
Encoding = Annotated[str, AfterValidator(_known_encoding)]
Days = Annotated[int, Field(ge=0, le=3650)]
Cells = Annotated[list[Cell], Field(min_length=1), BeforeValidator(_as_list)]
Facts = dict[str, Cell]

STRICT = ConfigDict(extra="forbid", frozen=True)
"""Of every part of a file: a key that is not known is an error."""
