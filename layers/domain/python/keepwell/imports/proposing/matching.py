"""Matching: which column is which attribute, each of them once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from keepwell.attributes import Attribute, Catalogue, Kind
from keepwell.attributes.cells import quoted
from keepwell.errors import RejectedInput
from keepwell.imports.layout import ReadCell
from keepwell.imports.objects import ImportObject
from keepwell.imports.proposing.fitting import MOST_LISTED, Fit, Reads, fit
from keepwell.imports.proposing.names import SAME_NAME, WITHOUT_NOISE, Likeness, caution, likeness
from keepwell.imports.proposing.proposal import SHOWN
from keepwell.imports.proposing.samples import Sample

BY_VALUES_ALONE = 60
MOST_WITH_DOUBT = 75
MOST_PARTLY_READ = 60
_RIVAL = 10
"""So many percent more make a column the better one of two."""

HALF, MOSTLY = 0.5, 0.9
"""Shares of the rows that can be read."""


@dataclass(frozen=True)
class Candidate:
    """A column that may be an attribute; `confidence` in percent, `doubt` what a person must look at."""

    attribute: Attribute
    sample: Sample
    fit: Fit
    confidence: int
    why: str
    doubt: str


@dataclass(frozen=True)
class Match:
    """The attribute of a column; `rivals` are columns that may be it as well: a person must choose."""

    best: Candidate
    rivals: tuple[Candidate, ...] = ()


def matched(
    samples: Sequence[Sample], about: ImportObject, catalogue: Catalogue, now: datetime
) -> list[Match]:
    """The most likely attribute of each column that has one, the likeliest first."""
    candidates = [
        candidate
        for attribute in catalogue
        for sample in samples
        if (candidate := _candidate(attribute, sample, about, now)) and candidate.confidence >= SHOWN
    ]
    candidates.sort(key=lambda candidate: (-candidate.confidence, candidate.sample.place))
    found: list[Match] = []
    filled, used = set[str](), set[int]()
    for best in candidates:
        if best.attribute.name in filled or best.sample.place in used:
            continue
        rivals = tuple(_rivals(best, candidates, used))
        filled.add(best.attribute.name)
        used |= {best.sample.place, *(rival.sample.place for rival in rivals)}
        found.append(Match(best, rivals))
    return found


def _rivals(best: Candidate, candidates: Sequence[Candidate], used: set[int]) -> Iterator[Candidate]:
    """Other columns that are nearly as likely this attribute, and no other rather."""
    first = dict[int, Candidate]()
    for candidate in candidates:
        first.setdefault(candidate.sample.place, candidate)
    for rival in first.values():
        same = rival.attribute is best.attribute and rival.sample.place not in used
        if same and rival is not best and rival.confidence > best.confidence - _RIVAL:
            yield rival


def _candidate(attribute: Attribute, sample: Sample, about: ImportObject, now: datetime) -> Candidate | None:
    keys = about.layout.keys
    like = likeness(sample.header, attribute, about.name, own_id=attribute.name == keys[-1])
    if not like.percent and attribute.computed:
        return None
    if not like.percent and not _may_tell_alone(attribute, sample):
        return None
    found = fit(attribute, sample, reader(attribute, about.layout.read, now))
    if not like.percent:
        tells = found.told and found.share == 1 and not found.values and not found.doubt
        like = Likeness(BY_VALUES_ALONE, f"its values are those of {attribute.name}") if tells else like
    confidence, doubt = _weighed(like, found, caution(sample.header, attribute))
    if keys == (attribute.name,) and not about.layout.adds_up and sample.texts:
        confidence, doubt = _as_id(sample, confidence, doubt)
    return Candidate(attribute, sample, found, confidence, like.why, doubt)


def _may_tell_alone(attribute: Attribute, sample: Sample) -> bool:
    """Whether values alone may tell the attribute: several of a list, or e-mail addresses of people."""
    if attribute.name == "Email":
        return all("@" in text for text in sample.texts)
    listed = attribute.kind in (Kind.CHOICE, Kind.ORDERED)
    return listed and 2 <= len(sample.texts) <= MOST_LISTED


def _weighed(like: Likeness, found: Fit, doubt: str) -> tuple[int, str]:
    """How sure name and values together make us, and what is to be looked at besides `doubt`."""
    percent, doubt = like.percent, doubt or found.doubt
    if found.told and WITHOUT_NOISE <= percent < SAME_NAME:
        percent += 5
    if found.share < HALF:
        return (percent if percent == SAME_NAME else 0), doubt
    if found.share < MOSTLY:
        rejected = f"{1 - found.share:.0%} of the rows would be rejected, such as {quoted(found.unread)}"
        return min(percent, MOST_PARTLY_READ), f"{doubt}; {rejected}" if doubt else rejected
    if found.share < 1:
        percent -= 5
    return (min(percent, MOST_WITH_DOUBT) if doubt else percent), doubt


def _as_id(sample: Sample, confidence: int, doubt: str) -> tuple[int, str]:
    """An id names each row once; what repeats, or is blank, is hardly one."""
    if sample.is_unique:
        return confidence, doubt
    repeated, blank = sample.filled - len(sample.texts), sample.rows - sample.filled
    told = [f"{repeated:,} rows repeat an id, and the last one counts"] if repeated else []
    told += [f"{blank:,} rows have none, and would be rejected"] if blank else []
    mostly = len(sample.texts) >= MOSTLY * sample.rows
    percent = min(confidence, MOST_WITH_DOUBT) if mostly else min(confidence - 20, MOST_PARTLY_READ)
    return percent, "; ".join([*([doubt] if doubt else []), *told])


def reader(attribute: Attribute, read: ReadCell, now: datetime) -> Reads:
    """Whether a text is a value of an attribute."""

    def reads(text: str) -> bool:
        try:
            return read(attribute, text, now) is not None
        except RejectedInput:
            return False

    return reads
