"""Why an account's health is what it is, what changed, and what would change it: as values, and in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple, Protocol

from keepwell.health.assessing import HealthRules
from keepwell.health.improving import Improvement, cheapest, cheapest_beside
from keepwell.health.metrics import JsonValue
from keepwell.health.replaying import RECALCULATED
from keepwell.health.results import Assessment, HealthResult, MetricResult, shown
from keepwell.health.settling import Settled
from keepwell.history import HistoryRow
from keepwell.standings import Band

MOST_NAMED = 3


class Explained(Protocol):
    """What is explained: an evaluation, whose score rows tell what was before."""

    @property
    def assessment(self) -> Assessment: ...

    @property
    def health(self) -> Settled: ...

    @property
    def day(self) -> date: ...

    @property
    def playbook(self) -> HealthRules: ...


class MetricChange(NamedTuple):
    """A metric that was otherwise. `points` is what that brought to the score (None: it has no points)."""

    name: str
    before: JsonValue
    after: JsonValue
    was: Band
    band: Band
    points: float | None

    @property
    def counts(self) -> bool:
        """Whether it moved anything: another band, or points."""
        return self.was is not self.band or bool(self.points)

    @property
    def in_words(self) -> str:
        """`Open Ticket Count went from 2 to 9`."""
        if self.before == self.after and Band.UNKNOWN in (self.was, self.band):
            return f"{self.name} {'counts again' if self.was is Band.UNKNOWN else 'counts no more'}"
        if self.before == self.after:
            return f"{self.name} went from {self.was} to {self.band} at {shown(self.after)}"
        return f"{self.name} went from {shown(self.before)} to {shown(self.after)}"


@dataclass(frozen=True)
class Difference:
    """What is otherwise than on `day`, when the score was in the band `health`; most effect first. Nobody saw
    that score then if it is `recalculated`."""

    day: date
    health: Band
    score: int | None
    profile: str | None
    changes: tuple[MetricChange, ...]
    recalculated: bool = False


@dataclass(frozen=True)
class Explanation:
    """Why health is what it is.

    `since_last` compares with the score before the present one, `since_good` with the latest that was Good
    (None: there is none, or the present one is). A score that was recalculated afterwards is compared with
    only where none that was seen then will do. `next_band` and `beside_next_band` are the cheapest ways up,
    of the profile's model and of the Account Health Model. While a change of band has to hold, the way leads
    on from the band it leans to.
    """

    assessment: Assessment
    health: Settled
    since_last: Difference | None
    since_good: Difference | None
    next_band: Improvement | None
    beside_next_band: Improvement | None

    @property
    def stale(self) -> tuple[MetricResult, ...]:
        """The metrics whose values are too old to count."""
        return tuple(each for each in self.assessment.result.metrics if each.stale)

    @property
    def missing(self) -> tuple[MetricResult, ...]:
        """The metrics that nothing is known of."""
        return tuple(each for each in self.assessment.result.metrics if each.missing and not each.stale)

    @property
    def in_words(self) -> str:
        """One sentence: what it is, what made it so, and what changed."""
        return "; ".join(part for part in (self._why(), self._what_changed()) if part) + "."

    def _why(self) -> str:
        result, health = self.assessment.result, self.health.health
        score = "" if result.score is None else f" {result.score}"
        verdict = f"{health.value.capitalize()}{score}"
        if result.why:
            return f"{verdict}: {result.why}"
        worst = result.costliest[:MOST_NAMED]
        if not worst:
            return f"{verdict}: every metric that has a value is good"
        named = listed([metric.in_words for metric, _ in worst])
        if result.score is None:
            return f"{verdict}: {named}"
        cost = sum(points for _, points in worst)
        return f"{verdict}: {named} cost{'' if worst[1:] else 's'} {cost:.0f} of 100 points"

    def _what_changed(self) -> str:
        than = self.since_good or self.since_last
        if than is None:
            return ""
        score = "" if than.score is None else f" {than.score}"
        afterwards = ", judged afterwards" if than.recalculated else ""
        before = f"since {than.day} ({than.health.value.capitalize()}{score}{afterwards})"
        if than.profile != self.assessment.profile:
            now, then = self.assessment.profile or "none", than.profile or "none"
            return f"{before} its profile went from {then} to {now}"
        told = [change.in_words for change in than.changes if change.counts]
        return f"{before} {listed(told[:MOST_NAMED])}" if told else ""


def explain(evaluation: Explained, rows: Sequence[HistoryRow]) -> Explanation:
    """Why the health of an account is as `evaluation` says; `rows` are its score rows, newest first."""
    found, health, rules = evaluation.assessment, evaluation.health, evaluation.playbook
    present = health.leaning or health.health
    profile = next((each for each in rules.profiles if each.id == found.profile), None)
    told = sorted(rows, key=lambda row: row.detail.get(RECALCULATED, False))  # what was seen then comes first
    last = next((row for row in told if not _same(row.detail, found)), None)
    good = next((row for row in told if row.detail["band"] == Band.GOOD.value), None)
    return Explanation(
        assessment=found,
        health=health,
        since_last=_difference(last, found.result),
        since_good=None if found.health is Band.GOOD else _difference(good, found.result),
        next_band=cheapest(profile, found.result, present, rules.bands) if profile else None,
        beside_next_band=cheapest_beside(rules.account_model, found.beside) if profile else None,
    )


def listed(parts: Sequence[str]) -> str:
    """`a, b and c`."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _same(detail: Mapping[str, Any], found: Assessment) -> bool:
    """Whether a score row tells of the present score."""
    told = (detail["band"], detail["score"], detail["profile"], detail["account_model"])
    return told == (found.health.value, found.score, found.profile, found.account_model.value)


def _difference(row: HistoryRow | None, result: HealthResult) -> Difference | None:
    if row is None or "metrics" not in row.detail:
        return None
    before = {(each["dimension"], each["name"]): each for each in row.detail["metrics"]}
    changes = [
        change
        for metric in result.metrics
        if (change := _change(before.get((metric.dimension, metric.name)), metric, result))
    ]
    return Difference(
        day=row.at.date(),
        health=Band(row.detail["band"]),
        score=row.detail["score"],
        profile=row.detail["profile"],
        recalculated=row.detail.get(RECALCULATED, False),
        changes=tuple(sorted(changes, key=_weight, reverse=True)),
    )


def _change(
    before: Mapping[str, Any] | None, after: MetricResult, result: HealthResult
) -> MetricChange | None:
    if before is None or (before["value"], before["band"]) == (after.value, after.band.value):
        return None
    points = None if result.score is None else round(after.contribution - before["contribution"], 2)
    return MetricChange(after.name, before["value"], after.value, Band(before["band"]), after.band, points)


def _weight(change: MetricChange) -> tuple[bool, float]:
    """What to tell first: another band, then the effect on the score."""
    return change.was is not change.band, abs(change.points or 0)
