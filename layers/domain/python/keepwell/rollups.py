"""Roll-ups: the portfolio in numbers, by day (product DSH-01, DSH-09).

A tally counts accounts; tallies of parts of a portfolio add up, in any order, to that of the whole
(reliability S4). So all it adds are whole numbers: money in cents, scores as they are.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from keepwell.accounts import Account
from keepwell.evaluation import Evaluation
from keepwell.parts import Parts
from keepwell.playbook import Playbook
from keepwell.ports import Files
from keepwell.standings import Band

BY: Mapping[str, str] = {
    "owner": "Success Manager",
    "tier": "Customer Tier",
    "stage": "Customer Journey Stage",
}
"""What accounts are grouped by, beside segments and profiles, and the attribute that says it."""

GROUPINGS = ("total", *BY, "segment", "profile")
NONE = ""
"""The group of those that have no owner, tier, stage or profile."""

QUALITY = {Band.GOOD: 100, Band.AVERAGE: 60, Band.POOR: 40}
"""What an account of each band counts in the portfolio quality score; unknown ones do not count."""


class Group:
    """The accounts of one group: how many, what they are worth by band, and what their dimensions score."""

    def __init__(self) -> None:
        self.accounts = Counter[str]()
        self.cents = Counter[str]()
        self.scored = Counter[str]()
        self.scores = Counter[str]()

    def add(self, evaluation: Evaluation, cents: int) -> None:
        band = evaluation.health.health.value
        self.accounts[band] += 1
        self.cents[band] += cents
        for name, score in evaluation.judgement.dimensions:
            if score is not None:
                self.scored[name] += 1
                self.scores[name] += score

    def include(self, other: "Group") -> None:
        for mine, theirs in zip(self._counters, other._counters, strict=True):
            mine.update(theirs)

    def to_json(self) -> list[dict[str, int]]:
        return [dict(counter) for counter in self._counters]

    @classmethod
    def from_json(cls, counters: list[dict[str, int]]) -> "Group":
        read = cls()
        for mine, theirs in zip(read._counters, counters, strict=True):
            mine.update(theirs)
        return read

    @property
    def _counters(self) -> tuple[Counter[str], ...]:
        return self.accounts, self.cents, self.scored, self.scores

    @property
    def quality_score(self) -> float | None:
        """The mean of QUALITY over the accounts whose health is known, to one decimal, half up; None where
        there is none (product DSH-09)."""
        known = sum(self.accounts[band.value] for band in QUALITY)
        points = sum(self.accounts[band.value] * each for band, each in QUALITY.items())
        return _tenths(points, known) if known else None

    def document(self) -> dict[str, Any]:
        """For people and programs: numbers by band, worth in the currency of Contract Value."""
        return {
            "accounts": self.accounts.total(),
            "contract_value": _money(self.cents.total()),
            "quality_score": self.quality_score,
            "bands": {
                band.value: {
                    "accounts": self.accounts[band.value],
                    "contract_value": _money(self.cents[band.value]),
                }
                for band in Band
            },
            "dimensions": {
                name: {"accounts": self.scored[name], "score": _tenths(self.scores[name], self.scored[name])}
                for name in sorted(self.scored)
            },
        }


class Tally:
    """Groups of accounts, by grouping and name: `total` has one, whose name is NONE."""

    def __init__(self) -> None:
        self.groups = {grouping: defaultdict[str, Group](Group) for grouping in GROUPINGS}
        self.groups["total"][NONE] = Group()

    def add(self, account: Account, evaluation: Evaluation, playbook: Playbook) -> None:
        """Count an account as it was judged, in the segments the playbook has now."""
        cents = _cents(account)
        for grouping, name in _belongs(account, evaluation, playbook):
            self.groups[grouping][name].add(evaluation, cents)

    def include(self, other: "Tally") -> None:
        """Count the accounts of another tally."""
        for grouping, groups in other.groups.items():
            for name, group in groups.items():
                self.groups[grouping][name].include(group)

    @property
    def accounts(self) -> int:
        """How many there are in all."""
        return self.groups["total"][NONE].accounts.total()

    def to_json(self) -> dict[str, Any]:
        return {
            grouping: {name: group.to_json() for name, group in sorted(groups.items())}
            for grouping, groups in self.groups.items()
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Mapping[str, list[dict[str, int]]]]) -> "Tally":
        read = cls()
        for grouping, groups in document.items():
            for name, counters in groups.items():
                read.groups[grouping][name] = Group.from_json(counters)
        return read

    def document(self) -> dict[str, Any]:
        """What `rollups/<day>.json` holds: {"total": {...}, "owner": {"ann@example.com": {...}}, ...}."""
        groups = {
            grouping: {name: group.document() for name, group in sorted(self.groups[grouping].items())}
            for grouping in GROUPINGS
        }
        return groups | {"total": groups["total"][NONE]}


def _belongs(account: Account, evaluation: Evaluation, playbook: Playbook) -> Iterator[tuple[str, str]]:
    yield "total", NONE
    for grouping, attribute in BY.items():
        yield grouping, str(account.facts.values.get(attribute, NONE))
    yield "profile", evaluation.judgement.profile or NONE
    memberships = evaluation.memberships
    for segment in playbook.segments:
        membership = memberships.get(segment.id)
        if membership and membership.inside:
            yield "segment", segment.id


def _cents(account: Account) -> int:
    value = account.facts.values.get("Contract Value")
    return round(value * 100) if isinstance(value, int | float) else 0


def _money(cents: int) -> int | float:
    return cents / 100 if cents % 100 else cents // 100


def _tenths(total: int, number: int) -> float:
    """The mean to one decimal, half up."""
    return (20 * total + number) // (2 * number) / 10


class Rollups:
    """The roll-ups of the days, as `rollups/<day>.json`."""

    def __init__(self, files: Files):
        self._files = files

    def make(self, parts: Parts, playbook: Playbook, today: date) -> Tally:
        """Add up the parts of a run's evaluation and store the roll-up of its day.

        A day that is over keeps the roll-up it has: what is known of its accounts today was not so then.
        """
        tally = Tally()
        for part in parts.read():
            tally.include(Tally.from_json(part))
        key = rollup_file(parts.day)
        if parts.day >= today or not self._files.exists(key):
            document = {"day": str(parts.day), "playbook": playbook.version, **tally.document()}
            text = json.dumps(document, ensure_ascii=False, allow_nan=False, sort_keys=True)
            self._files.write(key, text.encode(), "application/json")
        return tally

    def of_days(self, until: date, days: int) -> list[dict[str, Any]]:
        """The roll-ups of the last days, the day `until` included, oldest first; a day without one is left
        out."""
        before = rollup_file(until - timedelta(days=days))
        keys = [key for key in self._files.keys(FOLDER, before) if key <= rollup_file(until)]
        return [json.loads(self._files.read(key)) for key in keys]


FOLDER = "rollups/"


def rollup_file(day: date) -> str:
    return f"{FOLDER}{day}.json"
