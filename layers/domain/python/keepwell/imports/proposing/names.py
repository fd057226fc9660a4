"""What foreign headers are called here: words of a header, and how alike it is to an attribute's names."""

import re
import unicodedata
from collections.abc import Iterator
from difflib import SequenceMatcher
from functools import cache
from typing import NamedTuple

from keepwell.attributes import Attribute
from keepwell.attributes.catalogue import key_of
from keepwell.imports.proposing.foreign import (
    ABBREVIATIONS,
    ANY_ID,
    CAUTIONS,
    FOREIGN_NAMES,
    NOISE,
    TOLD_AS_COUNT,
)

SAME_NAME = 100
FOREIGN_NAME = 90
WITHOUT_NOISE = 80
WEAK_NAME = 60
WEAK_WITHOUT_NOISE = 55
MISSPELLED = 75
_ALIKE = 0.88
_SHORTEST_MISSPELLED = 6  # characters: among shorter ones too many differ in one letter
_LONGEST = 100  # looking for what was meant takes time quadratic in the length; no name is longer


class Likeness(NamedTuple):
    """How sure a name alone makes us, in percent, and in words why."""

    percent: int
    why: str


UNLIKE = Likeness(0, "")


def likeness(header: str, attribute: Attribute, object_name: str, *, own_id: bool) -> Likeness:
    """How much a header of a file about `object_name` is like an attribute's name.

    `own_id` tells that rows go by this attribute alone or within an account: it may be called just `id`.
    """
    names = (attribute.name, *attribute.aliases)
    for name in names:
        if key_of(header) == key_of(name):
            return Likeness(SAME_NAME, "its name" if name == attribute.name else f"another name, {name}")
    found = words(header)
    if not found or attribute.computed:
        return UNLIKE
    own = [Likeness(FOREIGN_NAME, f"called as {name}") for name in names if _same(found, words(name))]
    foreign = _foreign(attribute.name, object_name, own_id=own_id)
    known = [(name, weak) for name, weak in foreign if _same(found, words(name))]
    own += [Likeness(WEAK_NAME if weak else FOREIGN_NAME, _called(name, attribute)) for name, weak in known]
    if own:
        return max(own)
    every = [*((name, False) for name in names), *foreign]
    return max(_without_noise(found, every, attribute), _misspelled(found, names))


def caution(header: str, attribute: Attribute) -> str:
    """What is to be looked at before a column of this header is taken for the attribute, "" if nothing."""
    known = CAUTIONS.get(attribute.name, {})
    return next((known[word] for word in words(header) if word in known), "")


@cache
def words(header: str) -> tuple[str, ...]:
    """The words of a header in any style, in lower case, singular and without abbreviations.

    >>> words("NumOpenTkts__c")
    ('number', 'open', 'ticket')
    """
    text = re.sub(r"__p?c$", "", header.strip()[:_LONGEST])  # of Salesforce, on fields of one's own
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", text)
    text = re.sub(r"[äöü]", lambda found: {"ä": "ae", "ö": "oe", "ü": "ue"}[found[0]], text.casefold())
    text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return tuple(_singular(word) for word in re.findall(r"[a-z]+|\d+", text))


def _singular(word: str) -> str:
    word = ABBREVIATIONS.get(word, word)
    plural = len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is"))
    word = word[:-1] if plural else word
    return ABBREVIATIONS.get(word, word)


@cache
def _foreign(name: str, object_name: str, *, own_id: bool) -> tuple[tuple[str, bool], ...]:
    """Other names of an attribute, and whether each is weak: it may as well mean something else."""
    listed = FOREIGN_NAMES.get(object_name, {}).get(name, ())
    if name == "Account ID":
        listed += FOREIGN_NAMES["accounts"][name]
    every = (*listed, *ANY_ID) if own_id else listed
    return tuple((each.rstrip("?"), each.endswith("?")) for each in every)


def _same(found: tuple[str, ...], name: tuple[str, ...]) -> bool:
    return found == name or sorted(found) == sorted(name) or "".join(found) == "".join(name)


def _called(name: str, attribute: Attribute) -> str:
    return f"{name} is what others call {attribute.name}"


def _without_noise(found: tuple[str, ...], names: list[tuple[str, bool]], attribute: Attribute) -> Likeness:
    """A header that says more than a name is that name; one that says less may be anything: a `Code`, say."""
    bare = _bare(found)
    percent = WITHOUT_NOISE if len(bare) < len(found) else WEAK_NAME
    return max(
        (
            Likeness(WEAK_WITHOUT_NOISE if weak else percent, _called(name, attribute))
            for name, weak in names
            if bare and bare == _bare(words(name))
        ),
        default=UNLIKE,
    )


def _bare(found: tuple[str, ...]) -> tuple[str, ...]:
    """The words that tell something, sorted: `Total ARR (EUR)` is about ARR."""
    while found and found[0] in TOLD_AS_COUNT:
        found = found[1:]
    return tuple(sorted(word for word in found if word not in NOISE))


def _misspelled(found: tuple[str, ...], names: tuple[str, ...]) -> Likeness:
    text = "".join(found)
    return max((_near(text, name) for name in _long_enough(names)), default=UNLIKE)


def _long_enough(names: tuple[str, ...]) -> Iterator[str]:
    return (name for name in names if len(name) >= _SHORTEST_MISSPELLED)


def _near(text: str, name: str) -> Likeness:
    alike = SequenceMatcher(a=text, b="".join(words(name)), autojunk=False)
    near = alike.real_quick_ratio() >= _ALIKE and alike.ratio() >= _ALIKE
    return Likeness(MISSPELLED, f"spelled nearly as {name}") if near else UNLIKE
