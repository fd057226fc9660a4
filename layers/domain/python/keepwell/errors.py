"""Every error Keepwell raises on purpose, in three kinds that say what the caller should do.

KeepwellError
├── RejectedInput       this row, request or message is wrong: record it with its reason and go on
│   ├── UnreadableCell      one text that is no value of its attribute, with the mend
│   ├── FaultyCondition     a condition that does not parse, with line, column and suggestion
│   └── UnreadableDrop      a whole file that cannot be read: it fails once, no row is looked at
├── TransientFailure    try this record again later
│   └── Conflict            someone else wrote first: read again and decide again
└── ConfigurationError  stop, and say what to mend
"""

from datetime import timedelta


class KeepwellError(Exception):
    """Base of all; its text is written for the person who has to mend it."""


class RejectedInput(KeepwellError):
    """This row, request or message is wrong; the next one may be right."""


class UnreadableCell(RejectedInput):
    """A text that is no value of its attribute; the message says what was expected and what was found."""


class UnreadableDate(UnreadableCell):
    """A text that is no date, as it is written."""


class UnreadableNumber(UnreadableCell):
    """A text that is no plain number, as it is written."""


class FaultyCondition(RejectedInput):
    """A condition that cannot be understood.

    `line` and `column` count from 1; `suggestion` is what was probably meant, or None.
    """

    def __init__(self, message: str, *, text: str, line: int, column: int, suggestion: str | None = None):
        super().__init__(message)
        self.message = message
        self.text = text
        self.line = line
        self.column = column
        self.suggestion = suggestion

    def __str__(self) -> str:
        source = self.text.splitlines()[self.line - 1] if self.text else ""
        hint = f"\nDid you mean {self.suggestion}?" if self.suggestion else ""
        shown = "\n  ".join(pointed_at(source, self.column))
        return f"line {self.line}, column {self.column}: {self.message}\n  {shown}{hint}"


def pointed_at(line: str, column: int) -> tuple[str, str]:
    """A line and a caret below it under `column`, which counts characters from 1.

    What has no width of its own (tabs, control characters) is shown as a space; of a long line, 60 characters
    before the column and 100 in all.
    """
    from unicodedata import combining, east_asian_width  # only what is wrong is shown

    at = column - 1
    start, end = max(0, at - 60), max(100, at + 40)
    before = ("…" if start else "") + "".join(c if c.isprintable() else " " for c in line[start:at])
    after = "".join(c if c.isprintable() else " " for c in line[at:end]) + ("…" if line[end:] else "")
    width = sum(0 if combining(c) else 2 if east_asian_width(c) in "FW" else 1 for c in before)
    return before + after, " " * width + "^"


class UnreadableDrop(RejectedInput):
    """A dropped file that cannot be read at all. `column` names a header if one is at fault."""

    def __init__(self, reason: str, *, column: str | None = None, example: str | None = None):
        super().__init__(reason)
        self.reason = reason
        self.column = column
        self.example = example


class TransientFailure(KeepwellError):
    """Nothing is wrong with the record; trying again later may do.

    `retry_after` is how long the other side asked us to wait, if it did.
    """

    def __init__(self, message: str, *, retry_after: timedelta | None = None):
        super().__init__(message)
        self.retry_after = retry_after


class Conflict(TransientFailure):
    """The item changed between reading and writing."""


class ConfigurationError(KeepwellError):
    """The set-up is wrong; the text says which setting and how to mend it."""
