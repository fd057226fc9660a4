"""Texts that an option gives, as a file could tell them too. Errors name the option."""

from keepwell.attributes import Attribute, Value, read_cell
from keepwell.errors import RejectedInput, UnreadableCell
from keepwell.plays.context import one_line

LONGEST_LINE = 500  # characters


def read_line(text: str, option: str) -> str:
    """A title or a subject, in one line. Raises RejectedInput for one that is too long."""
    line = one_line(text)
    if len(line) > LONGEST_LINE:
        raise RejectedInput(f"{option}: expected at most {LONGEST_LINE} characters, found {len(line):,}")
    return line


def read_text(attribute: Attribute, text: str, option: str) -> str:
    """A text as a cell of the attribute holds it. Raises RejectedInput where none can."""
    value = _read(attribute, text, option)
    return value if isinstance(value, str) else ""


def read_texts(attribute: Attribute, text: str, option: str) -> tuple[str, ...]:
    """Texts with commas between, as a cell of the attribute holds them. Raises RejectedInput where none
    can."""
    value = _read(attribute, text, option)
    return value if isinstance(value, tuple) else ()


def _read(attribute: Attribute, text: str, option: str) -> Value | None:
    try:
        return read_cell(attribute, text)
    except UnreadableCell as problem:
        raise RejectedInput(f"{option}: {problem}") from problem
