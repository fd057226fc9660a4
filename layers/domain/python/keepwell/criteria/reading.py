"""A cursor over the tokens of one condition, and the errors that point into its text."""

import re
from collections.abc import Collection, Iterable, Iterator
from typing import TypeVar

from keepwell.attributes.cells import quoted
from keepwell.criteria.lexer import Names, Token, TokenKind, fault, tokens_of
from keepwell.criteria.suggesting import nearest
from keepwell.criteria.tree import RESERVED
from keepwell.errors import FaultyCondition

T = TypeVar("T")

_ENDS_VALUE = frozenset({"", "(", ")", ",", "=", "!=", "<", "<=", ">", ">="}) | RESERVED
_FIGURE = frozenset("-$0123456789.,%kKmM")

DAYS = ("days", "day")


class Reader:
    """Where the parser stands in the text."""

    def __init__(self, text: str):
        self.text = text
        self._tokens = tokens_of(text)
        self._at = 0

    @property
    def token(self) -> Token:
        """What comes next."""
        return self._tokens[self._at]

    def raw(self, token: Token) -> str:
        """The token as written."""
        return self.text[token.start : token.end]

    def take(self, *folded: str) -> bool:
        """Move past these words or symbols if they come next, all of them."""
        if tuple(token.folded for token in self._tokens[self._at : self._at + len(folded)]) != folded:
            return False
        self._at += len(folded)
        return True

    def take_kind(self, kind: TokenKind) -> Token | None:
        """Move past the next token if it is of this kind."""
        token = self.token
        if token.kind is not kind:
            return None
        self._at += 1
        return token

    def take_name(self, names: Names[T]) -> T | None:
        """Move past the longest of `names` that comes next, if any."""
        found = names.longest(self._tokens, self._at)
        if found is None:
            return None
        meaning, self._at = found
        return meaning

    def at_name(self, names: Names[T]) -> bool:
        """Whether one of `names` comes next."""
        return names.longest(self._tokens, self._at) is not None

    def take_bare_value(self, until: Collection[str] = ()) -> str:
        """Move past a value without quotes: all up to a word of the language, a bracket, a sign, `until`."""
        start = self._at
        while not self.ends_value(until) and self.token.kind is not TokenKind.STRING:
            self._at += 1
        return self.written(start, self._at)

    def ends_value(self, until: Collection[str] = ()) -> bool:
        """Whether what comes next cannot belong to a value; words in `until` cannot either."""
        return self.token.folded in _ENDS_VALUE or self.token.folded in until

    def at_days(self) -> bool:
        """Whether a number of days comes next, or of what was to be days."""
        if self.token.kind is not TokenKind.NUMBER:
            return False
        unit = self._tokens[self._at + 1]
        return unit.kind is TokenKind.WORD and unit.folded not in RESERVED

    def open_quotes(self) -> None:
        """Let a figure in quotes (`"50,000"`, `"2026-01-12"`) read as if it had none."""
        token = self.token
        figure = self.raw(token)[1:-1]
        if token.kind is TokenKind.STRING and _FIGURE.issuperset(figure):
            inner = tokens_of(figure)[:-1]
            moved = [
                Token(t.kind, t.start + token.start + 1, t.end + token.start + 1, t.folded) for t in inner
            ]
            self._tokens[self._at : self._at + 1] = moved

    def words_before(self, stops: Names[T]) -> Iterator[str]:
        """The words that come next up to the first of `stops`, to the second, ... and to what is no word.

        They are not moved past.
        """
        at = self._at
        while self._tokens[at].kind in (TokenKind.WORD, TokenKind.NUMBER):
            at += 1
            if stops.longest(self._tokens, at) is not None:
                yield self.written(self._at, at)
        yield self.written(self._at, at)

    def mark(self) -> int:
        """This place, to go back to or to point an error at."""
        return self._at

    def back(self, mark: int) -> None:
        """Go back to a place marked earlier."""
        self._at = mark

    def written(self, start: int, end: int) -> str:
        """The text between two marks, without idle white space."""
        if start == end:
            return ""
        return " ".join(self.text[self._tokens[start].start : self._tokens[end - 1].end].split())

    def fault(self, message: str, *, at: int | None = None, suggestion: str | None = None) -> FaultyCondition:
        """The error at a mark (default: at what comes next)."""
        token = self._tokens[self._at if at is None else at]
        return fault(self.text, token.start, message, suggestion)

    def unexpected(self, expected: str, options: Iterable[str] = ()) -> FaultyCondition:
        """The error that something else was expected here; one of the words `options` may have been meant."""
        end = self.token.kind is TokenKind.END
        found = "the end" if end else quoted(self._piece())
        return self.fault(f"expected {expected}, found {found}", suggestion=self.nearest(options))

    def nearest(self, options: Iterable[str], at: int | None = None) -> str | None:
        """The one of the words `options` that was probably meant at a mark (default: by what comes next)."""
        start = self._at if at is None else at
        end = len(self._tokens) - 1
        return nearest(lambda count: self.written(start, min(start + count, end)).casefold(), options)

    def _piece(self) -> str:
        """What comes next up to a space, a comma, a bracket or a quote, at least a token."""
        pieces = re.compile(r"[^\s(),\"']*")
        whole = self.token.kind is TokenKind.STRING or self.token.folded in "(),"
        rest = None if whole else pieces.match(self.text, self.token.end)
        return self.raw(self.token) + (rest[0] if rest else "")
