"""From text to tokens, and the longest match of names that hold spaces, slashes or digits."""

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum, auto
from functools import cache
from typing import Generic, NamedTuple, TypeVar

from keepwell.errors import FaultyCondition

LONGEST_TEXT = 20_000  # characters of a condition

T = TypeVar("T")


class TokenKind(Enum):
    WORD = auto()
    NUMBER = auto()
    DATE = auto()
    STRING = auto()
    OPEN = auto()  # a quote that is not closed
    SYMBOL = auto()
    END = auto()


class Token(NamedTuple):
    """A piece of the text from `start` to `end`; `folded` is what it is compared by."""

    kind: TokenKind
    start: int
    end: int
    folded: str


_PIECE = r"""\s*(?:
      (?P<STRING>"(?:[^"\\]|\\.)*"|“[^”]*”|(?<!\w)'(?:[^'\\]|\\.)*')
    | (?P<DATE>[0-9]{4}-[0-9]{2}-[0-9]{2}(?!\w))
    | (?P<NUMBER>(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?[kKmM]?(?!\w))
    | (?P<WORD>\w+(?:['’]\w+)*)
    | (?P<OPEN>["“]|(?<!\w)')
    | (?P<SYMBOL><=|>=|!=|.)
    )"""


@cache
def _piece() -> re.Pattern[str]:
    """Compiled with the first text: importing the language is to be quick."""
    return re.compile(_PIECE, re.VERBOSE | re.DOTALL)


def tokens_of(text: str) -> list[Token]:
    """The tokens of a condition, the last one of kind END.

    Raises FaultyCondition for a text that is too long or a quote that is not closed.
    """
    if len(text) > LONGEST_TEXT:
        raise fault(
            text[:80], 0, f"a condition has at most {LONGEST_TEXT:,} characters, this one {len(text):,}"
        )
    tokens = []
    for token in _split(text):
        if token.kind is TokenKind.OPEN:
            raise fault(text, token.start, "this quote is not closed")
        tokens.append(token)
    end = len(text.rstrip())
    return [*tokens, Token(TokenKind.END, end, end, "")]


def _split(text: str) -> Iterator[Token]:
    pattern = _piece()
    end = len(text.rstrip())
    position = 0
    while position < end:
        found = pattern.match(text, position)
        assert found is not None  # the last alternative takes any character
        kind = TokenKind[str(found.lastgroup)]
        start, position = found.span(kind.name)
        yield Token(kind, start, position, text[start:position].casefold())


def unquoted(text: str) -> str:
    """What a STRING token spells; a backslash takes a quote or a backslash literally."""
    return re.sub(r"""\\([\\"'])""", r"\1", text[1:-1])


def fault(text: str, position: int, message: str, suggestion: str | None = None) -> FaultyCondition:
    """The error at `position` of `text`, with line and column counted from 1."""
    lines = text[:position].splitlines(keepends=True)
    if lines and lines[-1].splitlines()[0] == lines[-1]:
        line, column = len(lines), len(lines[-1]) + 1
    else:
        line, column = len(lines) + 1, 1
    return FaultyCondition(message, text=text, line=line, column=column, suggestion=suggestion)


class Names(Generic[T]):
    """Names of several tokens each, found in a row of tokens by the longest match in any case."""

    def __init__(self, meanings: Mapping[str, T]):
        self._by_first: dict[str, list[tuple[tuple[str, ...], T]]] = {}
        for name, meaning in meanings.items():
            parts = tuple(token.folded for token in _split(name))
            if parts:
                self._by_first.setdefault(parts[0], []).append((parts, meaning))
        for names in self._by_first.values():
            names.sort(key=lambda each: -len(each[0]))

    def longest(self, tokens: Sequence[Token], at: int) -> tuple[T, int] | None:
        """The meaning of the longest name that starts at token `at`, and the index after it."""
        for parts, meaning in self._by_first.get(tokens[at].folded, ()):
            after = at + len(parts)
            if tuple(token.folded for token in tokens[at:after]) == parts:
                return meaning, after
        return None
