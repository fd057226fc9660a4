"""From text to the tree: a parser of recursive descent over the tokens.

    condition  = term { OR term }
    term       = factor { AND factor }
    factor     = opening | NOT factor | "(" condition ")" | attribute comparison

An opening begins with words of its own (`in segment`), after which a condition on people may stand in
brackets (`any user where`); otherwise the name of an attribute comes first. Both kinds of forms are in the
registry `forms`; how a value is read after the attribute's kind is in `constants`.
"""

from functools import lru_cache
from itertools import islice

from keepwell.attributes import SEGMENTS, Attribute, Catalogue, standard_catalogue
from keepwell.attributes.catalogue import CURRENT_STAGE, MAIN_LIFECYCLE, days_in
from keepwell.attributes.cells import quoted
from keepwell.attributes.people import UserCatalogue, standard_user_catalogue
from keepwell.criteria.comparing import Comparison, shown
from keepwell.criteria.comparisons import asked, comparison, no_comparison
from keepwell.criteria.constants import listed
from keepwell.criteria.forms import OPENING_WORDS, Form, after_attribute, openings
from keepwell.criteria.forms.performing import USAGE
from keepwell.criteria.forms.users import USERS
from keepwell.criteria.lexer import Names, TokenKind
from keepwell.criteria.reading import Reader
from keepwell.criteria.tree import RESERVED, And, Condition, Leaf, Not, Or, all_of, any_of
from keepwell.criteria.users import users_where
from keepwell.errors import FaultyCondition

DEEPEST = 50  # brackets and NOTs inside one another


def parse(text: str, catalogue: Catalogue) -> Condition:
    """The tree of `text`.

    Raises FaultyCondition, with line, column and what was probably meant, for a text that is not a condition:
    unknown names and values, comparisons that make no sense for the attribute's kind (a date with a word),
    texts over 20,000 characters or nested deeper than 50. With a UserCatalogue it is a condition on people.
    """
    reader = Reader(text)
    condition = _Parser(reader, catalogue).condition(depth=0)
    if reader.token.kind is not TokenKind.END:
        raise reader.unexpected("AND, OR or the end", _JOINING)
    return _with_stages(condition, reader)


class _Parser:
    def __init__(self, reader: Reader, catalogue: Catalogue, accounts: Catalogue | None = None):
        self.reader = reader
        self.catalogue = catalogue
        self.accounts = accounts or standard_catalogue()
        self.of_people = isinstance(catalogue, UserCatalogue)
        self.names = _names(catalogue)
        self.latest: Condition | None = None

    def condition(self, depth: int) -> Condition:
        terms = [self._term(depth)]
        while self.reader.take("or"):
            terms.append(self._term(depth))
        return any_of(*terms)

    def _term(self, depth: int) -> Condition:
        factors = [self._factor(depth)]
        while self.reader.take("and"):
            factors.append(self._factor(depth))
        return all_of(*factors)

    def _factor(self, depth: int) -> Condition:
        if depth > DEEPEST:
            raise self.reader.fault(f"brackets and NOTs may go {DEEPEST} deep")
        start = self.reader.mark()
        if not self._at_attribute() and (opening := self.reader.take_name(openings())):
            return self._without_past(self._opened(opening, start, depth), start)
        if self.reader.take("not"):
            return Not(self._factor(depth + 1))
        if self.reader.take("("):
            return self.in_brackets(depth + 1)
        self.latest = self._without_past(comparison(self.reader, self._attribute()), start)
        return self.latest

    def _opened(self, opening: Form, start: int, depth: int) -> Condition:
        assert opening.about is not None
        if self.of_people and opening.about.name in _OF_ACCOUNTS:
            raise self.reader.fault(_OF_ACCOUNTS[opening.about.name], at=start)
        if opening.about is USERS:
            attribute: Attribute = users_where(self._where(depth))
        elif opening.about is USAGE:
            attribute = USAGE
        else:
            attribute = self.catalogue.find(opening.about.name) or opening.about
        return asked(self.reader, opening, attribute, start)

    def _where(self, depth: int) -> Condition:
        """The condition on people that stands in brackets."""
        if not self.reader.take("("):
            raise self.reader.unexpected("a condition on users in brackets such as (Key Contact = yes)")
        users = self.catalogue.users or standard_user_catalogue()
        return _Parser(self.reader, users, self.catalogue).in_brackets(depth + 1)

    def _without_past(self, condition: Condition, start: int) -> Condition:
        if self.of_people and any(leaf.lookback_days for leaf in condition.leaves()):
            raise self.reader.fault("of users only today is known, not how it was before", at=start)
        return condition

    def in_brackets(self, depth: int) -> Condition:
        """The condition whose opening bracket has been taken."""
        inner = self.condition(depth)
        if not self.reader.take(")"):
            raise self.reader.unexpected("AND, OR or a closing bracket", _JOINING)
        if self.reader.token.folded == "for":
            raise self.reader.fault(
                '"for" asks of days gone by, which nobody keeps of users'
                if self.of_people
                else '"for" follows one comparison: write it after each, inside the brackets'
            )
        return inner

    def _at_attribute(self) -> bool:
        """Whether an attribute and a comparison come next: its name may begin as an opening does."""
        start = self.reader.mark()
        found = self.reader.take_name(self.names) is not None and self.reader.at_name(after_attribute())
        self.reader.back(start)
        return found

    def _attribute(self) -> Attribute:
        start = self.reader.mark()
        found = self.reader.take_name(self.names)
        if found and found.name == SEGMENTS.name:
            raise self.reader.fault('ask for one segment: in segment "Watch List"', at=start)
        if found and self.reader.at_name(after_attribute()):
            return found
        after = self.reader.mark()
        self.reader.back(start)
        if self.reader.token.folded in RESERVED:
            raise self.reader.unexpected("the name of an attribute")
        names = list(islice(self.reader.words_before(after_attribute()), _NAMES_TRIED))
        suggested = ((name, near) for name in names if (near := self.catalogue.suggest(name)))
        name, meant = next(suggested, (names[0], None))
        if found:
            self.reader.back(after)
            error = no_comparison(self.reader, found)
            if error.suggestion or meant in (None, found.name):
                raise error
            self.reader.back(start)
        if self.of_people and (other := next(filter(None, map(self.accounts.find, names)), None)):
            raise self.reader.fault(f"{other.name} is an attribute of accounts; {_ONLY_PEOPLE}")
        meant = self._one_more() or self.reader.nearest(_STARTING) or meant
        if not name:
            raise self.reader.unexpected("the name of an attribute", _STARTING)
        raise self.reader.fault(f"no attribute is called {quoted(name)}", at=start, suggestion=meant)

    def _one_more(self) -> str | None:
        """Both values, where another one follows as in `Status = Trial OR Paying`."""
        match self.latest:
            case Comparison(attribute, "=", constant) if value := listed(self.reader, attribute):
                return f"{attribute.name} in ({shown(attribute, constant)}, {shown(attribute, value)})"
            case _:
                return None


_ONLY_PEOPLE = "of users only their own can be asked for"
_OF_ACCOUNTS = {
    USERS.name: "one condition on users cannot stand inside another",
    USAGE.name: f"how often something was done is known of accounts; {_ONLY_PEOPLE}",
    SEGMENTS.name: f"accounts are in segments; {_ONLY_PEOPLE}",
}
"""What cannot be asked for of people, by what an opening is about."""
_JOINING = ("AND", "OR", "for")
_STARTING = ("NOT", *OPENING_WORDS)
_NAMES_TRIED = 3  # ways to cut an unknown name from the words after it


@lru_cache(maxsize=8)
def _names(catalogue: Catalogue) -> Names[Attribute]:
    return Names(catalogue.spellings())


def _with_stages(condition: Condition, reader: Reader) -> Condition:
    """Let Days in Current Stage read the days of the lifecycle the condition names (1.14 row 22)."""
    leaves = list(condition.leaves())
    if all(leaf.attribute.name != CURRENT_STAGE for leaf in leaves):
        return condition
    lifecycles = sorted({leaf.attribute.name for leaf in leaves if leaf.attribute.lifecycle})
    if len(lifecycles) > 1:
        raise _two_stages(lifecycles, reader)
    if not lifecycles or lifecycles == [MAIN_LIFECYCLE]:
        return condition
    return _reading(condition, days_in(lifecycles[0]))


def _two_stages(lifecycles: list[str], reader: Reader) -> FaultyCondition:
    which = " or ".join(lifecycles)
    return reader.fault(f"{CURRENT_STAGE} could be that of {which}: name one lifecycle in a condition", at=0)


def _reading(condition: Condition, name: str) -> Condition:
    match condition:
        case And(terms):
            return And(tuple(_reading(term, name) for term in terms))
        case Or(terms):
            return Or(tuple(_reading(term, name) for term in terms))
        case Not(term):
            return Not(_reading(term, name))
        case Leaf(attribute) if attribute.name == CURRENT_STAGE:
            return condition.about(attribute.but(reads=name))
        case _:
            return condition
