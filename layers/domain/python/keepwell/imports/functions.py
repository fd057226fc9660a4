"""The functions a mapping may use: a fixed list, each from texts to texts (product INT-05).

A function of one text works on each where there are several. What it cannot read raises UnreadableText. Blank
texts stay blank, but for `default` and `values`.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from keepwell.attributes import Kind
from keepwell.attributes.cells import quoted
from keepwell.errors import UnreadableCell
from keepwell.imports.written_dates import DateFormat, FaultyFormat
from keepwell.imports.written_numbers import NumberFormat, may_be_thousands

HASH_DIGITS = 20
"""Of 16: two of a million texts have the same id with a chance of one in two million million."""

_BETWEEN = "\N{INFORMATION SEPARATOR ONE}"

Texts = Sequence[str]
Work = Callable[[Texts], Texts]


class UnreadableText(UnreadableCell):
    """A text that a function cannot read: `text` is what the function got."""

    def __init__(self, message: str, text: str):
        super().__init__(message)
        self.text = text


class Use(NamedTuple):
    """What a function is told besides its argument: whether `default` follows, which mends what is not there,
    and whether the text is to be an id, of which no part may be blank."""

    mended: bool = False
    is_id: bool = False


@dataclass(frozen=True)
class Function:
    """`example` shows it as a mapping writes it. `prepare` makes its work of an argument; it raises
    FaultyFormat if the argument is none of its own. One that `joins` gives one text, however many
    there are; one that `needs_several` is of no use with one. `tells` is the kind of what it gives, None for
    any text."""

    name: str
    example: str
    does: str
    prepare: Callable[[Any, Use], Work]
    joins: bool = False
    needs_several: bool = False
    tells: Kind | None = None


def _each(change: Callable[[str], str]) -> Work:
    return lambda texts: [change(text) for text in texts]


def _each_that_says(change: Callable[[str], str]) -> Work:
    def one(text: str) -> str:
        try:
            return change(text.strip()) if text.strip() else ""
        except UnreadableCell as error:
            raise UnreadableText(str(error), text.strip()) from None

    return _each(one)


def _plain(change: Callable[[str], str]) -> Callable[[Any, Use], Work]:
    """Of a function without an argument."""

    def prepare(argument: Any, _: Use) -> Work:
        _expect(argument is None, "this takes nothing: write its name alone")
        return _each(change)

    return prepare


def _date(argument: Any, _: Use) -> Work:
    _expect(_is_text(argument), 'this takes a format, such as {date: "%d/%m/%Y"}')
    return _each_that_says(DateFormat(argument).read)


def _number(argument: Any, _: Use) -> Work:
    _expect(_is_text(argument), 'this takes an example in quotes, such as {number: "1.234,56"}')
    return _each_that_says(NumberFormat(argument).read)


def _doubt_thousands(_argument: Any, _: Use) -> Work:
    def certain(text: str) -> str:
        if not may_be_thousands(text):
            return text
        raise UnreadableCell(
            f"{quoted(text)} may be a thousand or a fraction, for files with semicolons often part thousands "
            "by a point; leave the point out, or write a 0 behind the fraction; a mapping says which by "
            "then: [{number: '1.234,56'}] or then: [{number: '1234.56'}]"
        )

    return _each_that_says(certain)


def _values(argument: Any, _: Use) -> Work:
    known = folded(_table(argument, "this takes texts with their values, such as {values: {yes: Paying}}"))
    return _each(lambda text: known.get(_fold(text), text))


def _lookup(argument: Any, use: Use) -> Work:
    _expect(isinstance(argument, Mapping), "this takes the name of a table of the mapping")
    known = folded(argument["texts"])

    def find(text: str) -> str:
        found = known.get(_fold(text))
        if found is None and not use.mended:
            raise UnreadableCell(
                f"{quoted(text)} is not in the table {argument['table']}; add it, or let a default follow"
            )
        return found or ""

    return _each_that_says(find)


def _default(argument: Any, _: Use) -> Work:
    _expect(_is_text(argument), "this takes the text of a blank, such as {default: Other}")
    return _each(lambda text: text if text.strip() else argument)


def _split(argument: Any, use: Use) -> Work:
    at, part = parting(argument)
    if part is None:
        return lambda texts: [each for text in texts for each in text.split(at)]

    def take(text: str) -> str:
        parts = text.split(at)
        if -len(parts) <= part <= len(parts):
            return parts[part - 1 if part > 0 else part]
        if use.mended:
            return ""
        raise UnreadableCell(
            f"{quoted(text)} has no part {part} at {at!r}; mend the cell, or let a default follow"
        )

    return _each_that_says(take)


def parting(argument: Any) -> tuple[str, int | None]:
    """Where a split parts, and which part it takes: the first is 1, the last -1; None for all."""
    given = argument if isinstance(argument, Mapping) else {"at": argument}
    at, part = given.get("at"), given.get("part")
    is_part = part is None or (isinstance(part, int) and not isinstance(part, bool) and part != 0)
    _expect(
        given.keys() <= {"at", "part"} and isinstance(at, str) and at != "" and is_part,
        'this takes where to part, {split: ","}, and which part, {split: {at: ",", part: 1}}; the last is -1',
    )
    return str(at), part


def _join(argument: Any, use: Use) -> Work:
    _expect(isinstance(argument, str), 'this takes what stands between, such as {join: "-"}')
    return _one(argument.join, use)


def _concat(argument: Any, use: Use) -> Work:
    between = "" if argument is None else argument
    _expect(isinstance(between, str), 'this takes what stands between, such as {concat: " "}, or nothing')
    return _one(lambda texts: between.join(text for text in texts if text.strip()), use)


def _coalesce(argument: Any, _: Use) -> Work:
    _expect(argument is None, "this takes nothing: write its name alone")
    return lambda texts: [next((text for text in texts if text.strip()), "")]


def _hash_id(argument: Any, use: Use) -> Work:
    _expect(argument is None, "this takes nothing: write its name alone")
    return _one(hash_id, use)


def hash_id(texts: Texts) -> str:
    """A stable id: the first 20 hex digits of the SHA-256 of the text in UTF-8, of several texts with the
    character U+001F between them."""
    return hashlib.sha256(_BETWEEN.join(texts).encode()).hexdigest()[:HASH_DIGITS]


def _one(change: Callable[[Texts], str], use: Use) -> Work:
    """Of several texts one; blank if all are."""

    def work(texts: Texts) -> Texts:
        says = [bool(text.strip()) for text in texts]
        if use.is_id and any(says) and not all(says):
            raise UnreadableText("a part of the id is blank; every part of an id must be there", "")
        return [change(texts) if any(says) else ""]

    return work


def _is_text(argument: Any) -> bool:
    return isinstance(argument, str) and argument.strip() != ""


def _table(argument: Any, expected: str) -> Mapping[str, str]:
    _expect(
        isinstance(argument, Mapping) and all(isinstance(text, str) for text in argument.values()), expected
    )
    table: Mapping[str, str] = argument
    return table


def _expect(holds: bool, expected: str) -> None:
    if not holds:
        raise FaultyFormat(expected)


def folded(table: Mapping[str, str]) -> dict[str, str]:
    """A table whose texts are found whatever their case, and whatever blanks are around them."""
    return {_fold(text): value for text, value in table.items()}


def _fold(text: str) -> str:
    return text.strip().casefold()


FUNCTIONS: Mapping[str, Function] = {
    each.name: each
    for each in (
        Function(
            "trim",
            "trim",
            "Takes off the blanks around the text, and makes one of several within it.",
            _plain(lambda text: " ".join(text.split())),
        ),
        Function("upper", "upper", "Writes it in capitals.", _plain(str.upper)),
        Function("lower", "lower", "Writes it in small letters.", _plain(str.lower)),
        Function(
            "date",
            '{date: "%d/%m/%Y"}',
            "Reads a date, or a time, in this format and in no other.",
            _date,
            tells=Kind.DATE,
        ),
        Function(
            "number",
            '{number: "1.234,56"}',
            "Reads a number that is written like this example.",
            _number,
            tells=Kind.NUMBER,
        ),
        Function(
            "values",
            "{values: {yes: Paying}}",
            "Translates texts, whatever their case; what it does not name stays as it is.",
            _values,
        ),
        Function(
            "lookup",
            "{lookup: regions}",
            "Translates by a table; what is not in it is rejected, unless a `default` follows.",
            _lookup,
        ),
        Function("default", "{default: Other}", "Fills a blank.", _default),
        Function(
            "split",
            '{split: {at: ",", part: 1}}',
            'Takes one part, the first being 1 and the last -1; without `part`, as in `{split: ","}`, all. A '
            "part that is not there is rejected, unless a `default` follows.",
            _split,
        ),
        Function(
            "join",
            '{join: "-"}',
            "Makes one of several, with this between them; a blank one keeps its place.",
            _join,
            joins=True,
            needs_several=True,
        ),
        Function(
            "concat",
            '{concat: " "}',
            "The same, but leaves blank ones out; `concat` alone puts nothing between them.",
            _concat,
            joins=True,
            needs_several=True,
        ),
        Function(
            "coalesce",
            "coalesce",
            "Takes the first of several that is not blank.",
            _coalesce,
            joins=True,
            needs_several=True,
        ),
        Function(
            "hash_id",
            "hash_id",
            f"Makes a stable id of one text or several: the first {HASH_DIGITS} hex digits of the SHA-256 of "
            "the UTF-8 text, of several with U+001F between them.",
            _hash_id,
            joins=True,
            tells=Kind.TEXT,
        ),
    )
}

OWN = {
    each.name: each
    for each in (
        Function("doubt_thousands", "", "Rejects a number that may be a thousand.", _doubt_thousands),
    )
}
"""What no mapping may name, for an import puts it into chains itself."""
