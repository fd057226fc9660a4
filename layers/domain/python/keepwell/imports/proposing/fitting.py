"""Fits: whether the texts of a column are values of an attribute, and which functions make them so.

A function is proposed only if it reads what the sample holds; where two would read all of it and differ,
a person must choose.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from difflib import SequenceMatcher
from types import MappingProxyType
from typing import NamedTuple

from keepwell.attributes import Attribute, Kind
from keepwell.attributes.catalogue import key_of
from keepwell.attributes.cells import quoted
from keepwell.errors import UnreadableCell
from keepwell.imports.chain import Chain
from keepwell.imports.mapping import Source, Step
from keepwell.imports.proposing.foreign import (
    CHURNED,
    FOREIGN_VALUES,
    SAY_NO,
    SAY_NOTHING,
    SAY_YES,
)
from keepwell.imports.proposing.names import words
from keepwell.imports.proposing.samples import Sample
from keepwell.imports.usual_forms import DATES, NUMBERS, TIMES, examples, unit_of
from keepwell.imports.written_numbers import may_be_thousands

Reads = Callable[[str], bool]
"""Whether a text can be read as it stands."""

ADDRESSES = frozenset({"Success Manager", "Email", "Assignee", "Manager"})
MOST_LISTED = 50
"""Distinct texts of a column that may be values of a list."""

_ALIKE = 0.8
_TRIED_FIRST = 20  # texts: a format that reads none of them is not the one
_SEVERAL = (Step("split", ";"), Step("join", ", "))
_SMALL = re.compile(r"-?[0-9]{1,3}")  # no number that would have to part its thousands
_PLAIN = "1234.56"
_NONE: Mapping[str, str] = MappingProxyType({})


class Fit(NamedTuple):
    """How a column's texts are read as an attribute: `values` and `then` as in a mapping.

    `share` of the filled rows can be read so. `told` if the texts themselves speak for the attribute. `doubt`
    is what a person must look at. `either` are readings that all fit and differ.
    """

    values: Mapping[str, str] = _NONE
    then: tuple[Step, ...] = ()
    share: float = 1.0
    told: bool = False
    doubt: str = ""
    either: tuple[tuple[Step, ...], ...] = ()
    unread: str = ""

    def source(self, header: str) -> Source:
        return Source(column=header, values=self.values, then=self.then)


def fit(attribute: Attribute, sample: Sample, reads: Reads) -> Fit:
    """How the column is best read as this attribute; a share of 0 if it is not."""
    if not sample.texts:
        return Fit(doubt="the column is blank in every row looked at")
    if attribute.kind is Kind.TEXT and reads("any words"):
        return _text(attribute, sample)
    blanks = [text for text in sample.texts if text.casefold() in SAY_NOTHING and not reads(text)]
    told = sample.but(blanks)
    if not told.texts:
        return Fit(values=dict.fromkeys(blanks, ""), doubt="no row looked at says anything")
    found = _FITS.get(attribute.kind, _moment)(attribute, told, reads)
    values = {**found.values, **dict.fromkeys(blanks, "")}
    return found._replace(values=values)


def _text(attribute: Attribute, sample: Sample) -> Fit:
    if attribute.name in ADDRESSES:
        others = [text for text in sample.texts if "@" not in text]
        told = sample.share(others) < 0.1
        doubt = "" if told else f"an e-mail address is expected, and {quoted(others[0])} is none"
        capitals = told and any(text != text.lower() for text in sample.texts)
        return Fit(then=(Step("lower"),) if capitals else (), told=told, doubt=doubt)
    if attribute.name.endswith("Name"):
        numbers = [text for text in sample.texts if not any(map(str.isalpha, text))]
        if sample.share(numbers) > 0.5:
            return Fit(doubt=f"{quoted(numbers[0])} looks like no name")
    return Fit()


def _as_it_stands(sample: Sample, reads: Reads) -> Fit:
    unread = [text for text in sample.texts if not reads(text)]
    return Fit(share=1 - sample.share(unread), unread=unread[0] if unread else "")


def _moment(_attribute: Attribute, sample: Sample, reads: Reads) -> Fit:
    plain = _as_it_stands(sample, reads)
    if plain.share == 1:
        return plain._replace(told=True)
    best = _best("date", (*DATES, *TIMES), sample, reads)
    return best._replace(told=best.share >= 0.9) if best.share > plain.share else plain


def _number(_attribute: Attribute, sample: Sample, reads: Reads) -> Fit:
    plain = _as_it_stands(sample, reads)
    if plain.share < 1:
        units = Counter(unit for text in sample.texts if (unit := unit_of(text)))
        unit = next((unit for unit, _ in units.most_common(1)), "")
        percent = any("%" in text for text in sample.texts)
        best = _best("number", examples(unit, percent=percent), sample, reads)
        return best if best.share > plain.share else plain
    doubted = [text for text in sample.texts if may_be_thousands(text)]
    if doubted and all(text in doubted or _SMALL.fullmatch(text) for text in sample.texts):
        return Fit(either=((Step("number", _PLAIN),), (Step("number", NUMBERS[1]),)))
    return plain


def _best(name: str, arguments: Sequence[str], sample: Sample, reads: Reads) -> Fit:
    """The argument of a function that reads most; `either` if others read as much, and other values."""
    steps = {argument: (Step(name, argument),) for argument in arguments}
    few = list(sample.texts)[:: max(len(sample.texts) // _TRIED_FIRST, 1)]
    likely = [argument for argument in arguments if _through(steps[argument], few, reads)]
    read = {argument: _through(steps[argument], sample.texts, reads) for argument in likely}
    shares = {argument: sample.share(texts) for argument, texts in read.items()}
    most = max(shares.values(), default=0.0)
    if not most:
        return Fit(share=0, unread=sample.example)
    first, *others = [argument for argument, share in shares.items() if share == most]
    differing = [other for other in others if read[other] != read[first]]
    return Fit(
        then=steps[first],
        share=most,
        either=tuple(steps[each] for each in (first, *differing)) if differing else (),
        unread=next((text for text in sample.texts if text not in read[first]), ""),
    )


def _through(steps: Sequence[Step], texts: Iterable[str], reads: Reads) -> dict[str, str]:
    """What functions make of each text that they take, as far as that can be read."""
    chain, found = Chain(steps), dict[str, str]()
    for text in texts:
        with suppress(UnreadableCell):
            if reads(plain := chain([text])):
                found[text] = plain
    return found


def _yes_no(_attribute: Attribute, sample: Sample, reads: Reads) -> Fit:
    plain = _as_it_stands(sample, reads)
    if plain.share == 1:
        return plain._replace(told=True)
    values = {text: answer for text in sample.texts if (answer := _answer(text, reads))}
    foreign = {text: answer for text, answer in values.items() if not reads(text)}
    unread = [text for text in sample.texts if text not in values]
    told = not unread and not any(text.isdigit() for text in values)
    return Fit(foreign, share=sample.share(values), told=told, unread=unread[0] if unread else "")


def _answer(text: str, reads: Reads) -> str | None:
    if reads(text):
        return text
    folded = text.casefold()
    return "yes" if folded in SAY_YES else "no" if folded in SAY_NO else None


def _list(attribute: Attribute, sample: Sample, reads: Reads) -> Fit:
    """Each distinct text as a value of the list; what is only alike is for a person to look at."""
    plain = _as_it_stands(sample, reads)
    if plain.share == 1:
        return plain._replace(told=bool(attribute.values) and not all(map(str.isdigit, sample.texts)))
    if len(sample.texts) > MOST_LISTED:
        return plain
    foreign = [text for text in sample.texts if not reads(text)]
    same = {text: value for text in foreign if (value := _same_value(attribute, text))}
    meant = {
        text: value for text in foreign if text not in same and (value := _meant(attribute, sample, text))
    }
    values = same | meant
    unread = [text for text in foreign if text not in values]
    listed = ", ".join(f"{quoted(text)} as {value}" for text, value in meant.items())
    return Fit(
        values,
        share=1 - sample.share(unread),
        told=not (unread or meant),
        doubt=f"is it right to take {listed}?" if meant else "",
        unread=unread[0] if unread else "",
    )


def _several(attribute: Attribute, sample: Sample, reads: Reads) -> Fit:
    """Several values in a cell: others part them by a semicolon, as Salesforce does."""
    if not any(";" in text for text in sample.texts) or any("," in text for text in sample.texts):
        return _list(attribute, sample, reads)
    read = _through(_SEVERAL, sample.texts, reads)
    unread = [text for text in sample.texts if text not in read]
    share = 1 - sample.share(unread)
    told = share == 1 and bool(attribute.values)
    return Fit(then=_SEVERAL, share=share, told=told, unread=unread[0] if unread else "")


def _same_value(attribute: Attribute, text: str) -> str | None:
    """The value that is the same but for its style or a number before it, such as `02_GO-LIVE`."""
    for value in attribute.values:
        if _plain_value(text) == _plain_value(value):
            return value
    return None


def _plain_value(text: str) -> str:
    return key_of("".join(character if character.isalnum() else " " for character in text)).lstrip(
        "0123456789"
    )


def _meant(attribute: Attribute, sample: Sample, text: str) -> str | None:
    """The value that is probably meant."""
    if attribute.name == "Status" and {"churn", "churned"} & {*words(sample.header)}:
        folded = text.casefold()
        return CHURNED[True] if folded in SAY_YES else CHURNED[False] if folded in SAY_NO else None
    known = FOREIGN_VALUES.get(attribute.name, {}).get(" ".join(words(text)))
    if known in attribute.values:
        return known
    alike = {
        value: SequenceMatcher(a=_plain_value(text), b=_plain_value(value)).ratio()
        for value in attribute.values
    }
    near = max(alike, key=alike.__getitem__, default=None)
    return near if near and alike[near] >= _ALIKE else None


_FITS: Mapping[Kind, Callable[[Attribute, Sample, Reads], Fit]] = {
    Kind.DATE: _moment,
    Kind.NUMBER: _number,
    Kind.YES_NO: _yes_no,
    Kind.CHOICE: _list,
    Kind.ORDERED: _list,
    Kind.CHOICES: _several,
}
