"""The proposal of a file: what is matched, what is open, and what is left out."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import combinations

from keepwell.attributes import Attribute, Catalogue, Kind
from keepwell.attributes.cells import quoted
from keepwell.imports.layout import read_as_it_stands
from keepwell.imports.mapping import Source, Step
from keepwell.imports.objects import ImportObject
from keepwell.imports.proposing.fitting import MOST_LISTED, fit
from keepwell.imports.proposing.matching import HALF, MOST_WITH_DOUBT, Candidate, Match, matched, reader
from keepwell.imports.proposing.proposal import SURE, LeftOut, OpenQuestion, Proposal, ProposedColumn
from keepwell.imports.proposing.samples import Sample, samples_of

_MOST_CHOICES = 3
_MOST_LISTED = 6
_MOST_TOGETHER = 8
_ROWS_FOR_WORDS = 100
_FRACTION = re.compile(r"-?\d+[.,]\d+")
_NO_ID = (
    "no column is called like it: take one that is unique and stays so, hash several that never change "
    "(hash_id), or number the rows (row_number) if their order never changes"
)


def propose(
    headers: Sequence[str],
    rows: Iterable[Sequence[str]],
    about: ImportObject,
    catalogue: Catalogue,
    now: datetime,
) -> Proposal:
    """The mapping of a file with these headers, from its first `rows`, each as wide as the header.

    `now` is the time of the file, in the tenant's time zone.
    """
    rows = list(rows)
    samples = samples_of(headers, rows)
    matches = _settled(matched(samples, about, catalogue, now))
    place = {attribute.name: place for place, attribute in enumerate(catalogue)}
    matches.sort(key=lambda match: place[match.best.attribute.name])
    told = {match.best.attribute.name for match in matches}
    used = {each.sample.place for match in matches for each in (match.best, *match.rivals)}
    missing = [catalogue[name] for name in needed_of(about) if name not in told]
    together = _unique_together(headers, rows) if missing else ()
    open_ones = [_missing(each, about, samples, together, now) for each in missing]
    return Proposal(
        object=about.name,
        rows=len(rows),
        columns=tuple(_column(match.best) for match in matches if not _is_open(match)),
        questions=(*open_ones, *(_question(match, about) for match in matches if _is_open(match))),
        left_out=tuple(_left_out(sample, now) for sample in samples if sample.place not in used),
    )


def needed_of(about: ImportObject) -> list[str]:
    """What every row must tell."""
    return list(dict.fromkeys((*about.layout.keys, *about.layout.required)))


def _settled(matches: Sequence[Match]) -> list[Match]:
    """Dates that can be read in two ways are read as those of another column can only be."""
    certain = {step for match in matches if not match.best.fit.either for step in match.best.fit.then}
    return [_as_others(match, certain) for match in matches]


def _as_others(match: Match, certain: set[Step]) -> Match:
    best = match.best
    alike = [steps for steps in best.fit.either if certain.intersection(steps)]
    if len(alike) != 1:
        return match
    settled = replace(
        best,
        fit=best.fit._replace(then=alike[0], either=()),
        confidence=min(best.confidence, MOST_WITH_DOUBT),
        doubt=f"{quoted(best.sample.example)} can be read in two ways: read as in another column",
    )
    return replace(match, best=settled)


def _is_open(match: Match) -> bool:
    best = match.best
    return bool(match.rivals or best.fit.either or best.fit.share < HALF or best.attribute.computed)


def _column(found: Candidate) -> ProposedColumn:
    return ProposedColumn(
        attribute=found.attribute.name,
        source=found.fit.source(found.sample.header),
        confidence=found.confidence,
        why=found.why,
        sample=found.sample.example,
        doubt=found.doubt or ("" if found.confidence >= SURE else "it may mean something else"),
    )


def _question(match: Match, about: ImportObject) -> OpenQuestion:
    best, sample = match.best, match.best.sample
    candidates = (best, *match.rivals)
    choices = [each.fit.source(each.sample.header) for each in candidates]
    if match.rivals:
        why = f"{_listed([each.sample.header for each in candidates])} may each be it: keep one"
    elif best.fit.either:
        why = f"{quoted(sample.example)}, as all of its texts, can be read in more than one way: keep one"
        choices = [Source(column=sample.header, then=steps) for steps in best.fit.either]
    elif best.attribute.computed:
        why = "Keepwell finds this itself, and what a file tells would win over it"
    elif best.attribute.values:
        why = f"its texts are not among {_listed(best.attribute.values)}: say which is which"
        if len(sample.texts) <= MOST_LISTED:
            choices = [Source(column=sample.header, values=dict.fromkeys(sample.texts, "?"))]
    else:
        why = f"{quoted(best.fit.unread)} cannot be read as {best.attribute.kind}"
    needed = best.attribute.name in needed_of(about)
    headers = tuple(each.sample.header for each in candidates)
    return OpenQuestion(best.attribute.name, why, tuple(choices), needed, headers)


def _missing(
    attribute: Attribute,
    about: ImportObject,
    samples: Sequence[Sample],
    together: tuple[str, ...],
    now: datetime,
) -> OpenQuestion:
    """What every row needs and no column tells."""
    name = attribute.name
    if about.layout.keys == (name,):
        unique = [sample.header for sample in samples if _may_be_id(sample)][:_MOST_CHOICES]
        choices = [Source(column=header) for header in unique]
        choices += [Source(columns=together, then=(Step("hash_id"),))] if together else []
        return OpenQuestion(name, _NO_ID, (*choices, Source(row_number="row-{row}")), needed=True)
    why = f"no column is called like it, and every row of {about.name} needs it"
    reads = reader(attribute, about.layout.read, now)
    constant = () if name.endswith("ID") or not reads("any words") else (Source(constant="?"),)
    return OpenQuestion(name, why, constant, needed=True)


def _may_be_id(sample: Sample) -> bool:
    """Whether it tells the rows apart and is no measure; of a single row nothing can be said."""
    return sample.is_unique and sample.rows > 1 and not any(map(_FRACTION.fullmatch, sample.texts))


def _unique_together(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The fewest columns of words that are the same in no two rows, () if there are none: numbers and dates
    change, and an id must not."""
    named = [place for place, header in enumerate(headers) if header and _is_words(rows, place)]
    for many in (2, 3) if len(rows) > 1 else ():
        for places in combinations(named[:_MOST_TOGETHER], many):
            seen = {tuple(row[place].strip() for place in places) for row in rows}
            if len(seen) == len(rows) and not any("" in texts for texts in seen):
                return tuple(headers[place] for place in places)
    return ()


def _is_words(rows: Sequence[Sequence[str]], place: int) -> bool:
    return all(any(map(str.isalpha, row[place])) for row in rows[:_ROWS_FOR_WORDS])


def _left_out(sample: Sample, now: datetime) -> LeftOut:
    """A column that nothing takes, as an attribute of its own would take it."""
    for kind in (Kind.YES_NO, Kind.DATE, Kind.NUMBER):
        attribute = Attribute(sample.header, kind)
        found = fit(attribute, sample, reader(attribute, read_as_it_stands, now))
        is_it = found.share == 1 and not found.either and (found.told or kind is Kind.NUMBER)
        if sample.texts and is_it:
            return LeftOut(kind, found.source(sample.header), sample.example)
    return LeftOut(Kind.TEXT, Source(column=sample.header), sample.example)


def _listed(names: Sequence[str]) -> str:
    shown = [*names[:_MOST_LISTED], *(["..."] if len(names) > _MOST_LISTED else [])]
    return ", ".join(shown)
