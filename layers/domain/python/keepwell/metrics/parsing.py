"""From text to a formula: a parser of recursive descent over the tokens of the language of conditions.

    formula  = term { ("+" | "-") term }
    term     = factor { ("*" | "/") factor }
    factor   = "-" factor | number | "(" formula ")" | function "(" arguments ")" | attribute

The name of an attribute is the longest that stands there: `Invoices/Month` is one attribute, and
`Invoices / (Months)` a division.
"""

import re
from collections.abc import Callable, Collection
from functools import lru_cache
from itertools import islice

from keepwell.attributes import Attribute, Catalogue, Kind
from keepwell.attributes.cells import quoted, read_number
from keepwell.criteria.lexer import Names, TokenKind, fault, unquoted
from keepwell.criteria.reading import Reader
from keepwell.metrics.formulas import Formula
from keepwell.metrics.terms import (
    Actions,
    Chain,
    Choice,
    Negative,
    Number,
    Past,
    Read,
    Rounded,
    Term,
)
from keepwell.usage.summary import KEPT_DAYS

LONGEST = 2_000  # characters of a formula
DEEPEST = 30  # brackets, functions and signs inside one another
MOST_DAYS_BACK = 366
MOST_DAYS_OF_USE = KEPT_DAYS - 4
MOST_PLACES = 6

CONCLUDED = frozenset({"Health", "Health Score", "Segments"})
"""What is decided after all formulas are computed."""

_SIGNS = ("+", "-", "*", "/")


def parse_formula(name: str, text: str, catalogue: Catalogue) -> Formula:
    """The formula of the attribute called `name`.

    Raises FaultyCondition, with line, column and what was probably meant, for a text that is no formula:
    unknown names, attributes that are no numbers, too long or too deep.
    """
    if len(text) > LONGEST:
        message = f"a formula has at most {LONGEST:,} characters, this one {len(text):,}"
        raise fault(text[:80], 0, message)
    reader = Reader(text)
    term = _Parser(reader, catalogue).sum(depth=0)
    if reader.token.kind is not TokenKind.END:
        raise reader.unexpected("+, -, *, / or the end")
    return Formula(name, term)


class _Parser:
    def __init__(self, reader: Reader, catalogue: Catalogue):
        self.reader = reader
        self.catalogue = catalogue
        self.names = _names(catalogue)

    def sum(self, depth: int) -> Term:
        return self._chain(("+", "-"), lambda: self._product(depth))

    def _product(self, depth: int) -> Term:
        return self._chain(("*", "/"), lambda: self._factor(depth))

    def _chain(self, signs: Collection[str], operand: Callable[[], Term]) -> Term:
        first = operand()
        rest = []
        while self.reader.token.folded in signs:
            sign = self.reader.token.folded
            self.reader.take(sign)
            rest.append((sign, operand()))
        return Chain(first, tuple(rest)) if rest else first

    def _factor(self, depth: int) -> Term:
        if depth > DEEPEST:
            raise self.reader.fault(f"brackets, functions and signs may go {DEEPEST} deep")
        if self.reader.take("-"):
            return Negative(self._factor(depth + 1))
        if self.reader.take("("):
            inner = self.sum(depth + 1)
            self._close()
            return inner
        if self.reader.token.kind is TokenKind.NUMBER:
            return Number(self._number())
        word = self.reader.token.folded
        if word in FUNCTIONS and self.reader.take(word, "("):
            return self._function(word, depth + 1)
        return Read(self._attribute())

    def _function(self, word: str, depth: int) -> Term:
        start = self.reader.mark() - 2
        match word:
            case "min" | "max":
                terms = [self.sum(depth)]
                while self.reader.take(","):
                    terms.append(self.sum(depth))
                self._close(", or )")
                if len(terms) < 2:
                    raise self.reader.fault(f"{word} compares two numbers or more", at=start)
                return Choice(word, tuple(terms))
            case "round":
                term, places = self.sum(depth), 0
                if self.reader.take(","):
                    places = self._whole("decimals", 0, MOST_PLACES)
                self._close()
                return Rounded(term, places)
            case "actions":
                feature = self._feature()
                days = self._days(MOST_DAYS_OF_USE)
                self._close()
                return Actions(feature, days)
            case _:
                attribute = self._attribute()
                days = self._days(MOST_DAYS_BACK)
                self._close()
                return Past(word, attribute, days)

    def _feature(self) -> str:
        at = self.reader.mark()
        token = self.reader.take_kind(TokenKind.STRING)
        if token is None:
            raise self.reader.unexpected('an action in quotes such as "Reports/Export"')
        feature = unquoted(self.reader.raw(token)).strip()
        module, slash, action = feature.partition("/")
        if not (module.strip() and slash and action.strip()):
            raise self.reader.fault('an action is written "Module/Action"', at=at)
        return feature

    def _days(self, most: int) -> int:
        if not self.reader.take(","):
            raise self.reader.unexpected("a comma and a number of days")
        return self._whole("days", 1, most)

    def _whole(self, what: str, least: int, most: int) -> int:
        at = self.reader.mark()
        if self.reader.token.kind is not TokenKind.NUMBER:
            raise self.reader.unexpected(f"a number of {what}")
        number = self._number()
        if not isinstance(number, int) or not least <= number <= most:
            raise self.reader.fault(f"expected whole {what}, {least} to {most}", at=at)
        return number

    def _number(self) -> int | float:
        token = self.reader.token
        number = read_number(token.folded.replace(",", ""))
        if "," in token.folded:
            message = f"{quoted(token.folded)} could be one number or several"
            mend = f"{token.folded.replace(',', '')} or {token.folded.replace(',', ', ')}"
            raise self.reader.fault(message, suggestion=mend)
        if number is None:
            raise self.reader.fault(f"{quoted(token.folded)} is no plain number such as 1000 or 0.5")
        self.reader.take_kind(TokenKind.NUMBER)
        return number

    def _attribute(self) -> Attribute:
        start = self.reader.mark()
        found = self.reader.take_name(self.names)
        if found is None:
            raise self._unknown()
        if found.name in CONCLUDED:
            message = f"{found.name} is decided after all formulas; ask for it in a condition"
            raise self.reader.fault(message, at=start)
        if found.kind not in (Kind.NUMBER, Kind.ORDERED):
            message = f"{found.name} is no number but of kind {found.kind}: nothing can be computed with it"
            raise self.reader.fault(message, at=start)
        return found

    def _unknown(self) -> Exception:
        if self.reader.token.kind is not TokenKind.WORD:
            return self.reader.unexpected("a number, an attribute, a function or an opening bracket")
        [words] = islice(self.reader.words_before(_NOTHING), 1)
        operands = re.split(r"[-+*(),]", self.reader.text[self.reader.token.start :], maxsplit=1)
        near = (
            self.reader.nearest([f"{function}(" for function in FUNCTIONS])
            or self.catalogue.suggest(words)
            or self.catalogue.suggest(operands[0])  # a name may hold a slash
        )
        return self.reader.fault(f"no attribute is called {quoted(words)}", suggestion=near)

    def _close(self, expected: str = "a closing bracket") -> None:
        if not self.reader.take(")"):
            raise self.reader.unexpected(expected)


FUNCTIONS = ("change", "difference", "trend", "actions", "min", "max", "round")

_NOTHING: Names[str] = Names({})


@lru_cache(maxsize=8)
def _names(catalogue: Catalogue) -> Names[Attribute]:
    return Names(catalogue.spellings())
