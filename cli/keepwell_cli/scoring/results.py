"""What scoring comes to: a document or a line of CSV for each account, and a summary of all."""

import heapq
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from keepwell.attributes import SEGMENTS
from keepwell.evaluation import Evaluation
from keepwell.imports.report import Reject, error_kinds
from keepwell.imports.spreadsheets import csv_lines
from keepwell.playbook import Playbook
from keepwell.rollups import Group
from keepwell.standings import Band, Passage

COLUMNS = (
    "Account ID",
    "Account Name",
    "Health",
    "Health Score",
    "Confidence",
    "Profile",
    "Account Health Model",
    "Segments",
)
"""Of the file of all accounts. No reasons: telling them takes as long as judging the account."""

_RANK = {Band.GOOD: 100, Band.AVERAGE: 60, Band.POOR: 0, Band.UNKNOWN: 101}

Document = dict[str, Any]


class Scored(NamedTuple):
    """One account in short."""

    account_id: str
    name: str
    health: Band
    score: int | None
    profile: str
    segments: tuple[str, ...]

    @property
    def rank(self) -> int:
        """The worst first; a band without a score counts as its points, Unknown comes last."""
        return _RANK[self.health] if self.score is None else self.score


@dataclass
class Results:
    """What a block, or a whole file, comes to: `bands` and `rejected` count its rows, `worst` are the
    accounts with the lowest scores, `errors` the reasons for rejecting by column and reason.

    `documents` and `lines` hold every account, where they are asked for.
    """

    bands: Counter[Band] = field(default_factory=Counter)
    rejected: int = 0
    errors: dict[tuple[str | None, str], Document] = field(default_factory=dict)
    worst: list[Scored] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)
    lines: str = ""

    def add(self, other: "Results", most: int) -> None:
        """Take in what a later block comes to, but for its lines; of the worst, `most` are kept."""
        self.bands += other.bands
        self.rejected += other.rejected
        self.documents += other.documents
        self.worst = worst_of([*self.worst, *other.worst], most)
        for key, kind in other.errors.items():
            first = self.errors.setdefault(key, {**kind, "count": 0})
            first["count"] += kind["count"]

    @property
    def rows(self) -> int:
        return self.bands.total() + self.rejected

    def summary(self) -> Document:
        bands = {band.value: self.bands[band] for band in (Band.GOOD, Band.AVERAGE, Band.POOR, Band.UNKNOWN)}
        whole = Group()
        whole.accounts.update(bands)
        return {
            **bands,
            "portfolio_quality_score": whole.quality_score,
            "rows": self.rows,
            "rejected": self.rejected,
        }


def worst_of(scored: Iterable[Scored], most: int) -> list[Scored]:
    """The `most` worst, the worst first; of equal ones the first."""
    return heapq.nsmallest(most, scored, key=lambda each: each.rank)


def results_of(
    outcomes: Iterable[Evaluation | Reject],
    playbook: Playbook,
    most: int,
    *,
    documents: bool = False,
    lines: bool = False,
) -> Results:
    """The results of one block; of each account a document, or a line of CSV, if asked for."""
    results = Results()
    rejects: list[Reject] = []
    cells: list[tuple[str, ...]] = []
    scored: list[Scored] = []
    for outcome in outcomes:
        if isinstance(outcome, Reject):
            rejects.append(outcome)
            continue
        results.bands[outcome.health.health] += 1
        scored.append(_scored(outcome))
        if documents:
            results.documents.append(document_of(outcome, playbook))
        if lines:
            cells.append(_cells(outcome, scored[-1]))
    results.rejected = len(rejects)
    results.errors = {(kind["column"], kind["reason"]): kind for kind in error_kinds(rejects)}
    results.worst = worst_of(scored, most)
    results.lines = csv_lines(cells)
    return results


def _scored(evaluation: Evaluation) -> Scored:
    judged, values = evaluation.judgement, evaluation.values
    segments = values.get(SEGMENTS.name)
    return Scored(
        account_id=evaluation.account_id,
        name=str(values.get("Account Name", "")),
        health=evaluation.health.health,
        score=judged.score,
        profile=judged.profile or "",
        segments=segments if isinstance(segments, tuple) else (),
    )


def _cells(evaluation: Evaluation, scored: Scored) -> tuple[str, ...]:
    judged = evaluation.judgement
    return (
        scored.account_id,
        scored.name,
        scored.health.value,
        "" if scored.score is None else str(scored.score),
        "" if judged.confidence is None else str(judged.confidence),
        scored.profile,
        judged.account_model.value,
        ", ".join(scored.segments),
    )


def document_of(evaluation: Evaluation, playbook: Playbook) -> Document:
    """One account as `keepwell score --json` tells of it (interfaces, "JSON shapes")."""
    result, scored, judged = evaluation.assessment.result, _scored(evaluation), evaluation.judgement
    names = {rule.id: rule.name for rule in playbook.rules.memberships if rule.name}
    return {
        "account_id": evaluation.account_id,
        "account_name": evaluation.values.get("Account Name"),
        "health": scored.health.value,
        "score": scored.score,
        "confidence": judged.confidence,
        "profile": judged.profile,
        "account_model": judged.account_model.value,
        "why": result.why,
        "dimensions": [{"name": d.name, "score": d.score, "weight": d.weight} for d in result.dimensions],
        "metrics": [
            {
                "name": metric.name,
                "dimension": metric.dimension,
                "value": metric.value,
                "band": metric.band.value,
                "points": metric.points,
                "weight": metric.weight,
                "missing": metric.missing,
            }
            for metric in result.metrics
        ],
        "segments": list(scored.segments),
        "reasons": [
            {"segment": names[entry.segment], **vars(reason)}
            for entry in evaluation.transitions
            if entry.passage is Passage.ENTERED and entry.segment in names
            for reason in entry.reasons
            if reason.matches
        ],
    }
