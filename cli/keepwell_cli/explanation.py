"""Why an account's health is what it is: the explanation as a document, and for people."""

from collections.abc import Iterable, Iterator
from typing import Any

from rich.console import RenderableType
from rich.table import Table

from keepwell.health import Bands
from keepwell.health.explaining import Difference, Explanation
from keepwell.health.improving import Improvement
from keepwell.health.scoring import band_of
from keepwell_cli.output import plain

COLOUR = {"good": "green", "average": "yellow", "poor": "red", "unknown": "dim"}


def explanation_document(explanation: Explanation, bands: Bands) -> dict[str, Any]:
    """The explanation as JSON; `held` says why health is not the band of its score, if it is not."""
    found = explanation.assessment
    return {
        "in_words": explanation.in_words,
        "health": explanation.health.health.value,
        "band": found.health.value,
        "held": _held(explanation, bands),
        "confidence": found.confidence,
        "stale": [each.name for each in explanation.stale],
        "missing": [each.name for each in explanation.missing],
        "since_last": _difference(explanation.since_last),
        "since_good": _difference(explanation.since_good),
        "next_band": _improvement(explanation.next_band),
        "account_model": found.account_model.value,
        "account_model_next_band": _improvement(explanation.beside_next_band),
    }


def in_words(document: dict[str, Any]) -> Iterator[str]:
    """What to read first: why, what is held back, how sure that is, and what would change it."""
    yield document["in_words"]
    if document["held"]:
        yield document["held"]
    if document["confidence"] is not None and document["confidence"] < 100:
        unknown = [("stale", document["stale"]), ("nothing known", document["missing"])]
        told = "; ".join(f"{kind}: {', '.join(names)}" for kind, names in unknown if names)
        yield f"confidence {document['confidence']}%" + (f" ({told})" if told else "")
    if document["next_band"]:
        yield f"cheapest way up: {document['next_band']['in_words']}"
    beside = document["account_model_next_band"]
    told = f": {beside['in_words']}" if beside else ""
    yield f"by the Account Health Model it is {document['account_model'].capitalize()}{told}"


def dimension_table(dimensions: Iterable[dict[str, Any]]) -> RenderableType:
    """The dimensions, whose weighted mean is the score."""
    table = Table("dimension", "score", "weight", box=None, padding=(0, 2, 0, 0))
    for dimension in dimensions:
        score = "left out" if dimension["score"] is None else f"{dimension['score']:g}"
        table.add_row(plain(dimension["name"]), score, f"{dimension['weight']:g}%")
    return table


def metric_table(metrics: Iterable[dict[str, Any]]) -> RenderableType:
    """The metrics, what each adds to the score, and how many days ago its value was told."""
    headers = ("metric", "value", "band", "points", "weight", "adds", "age")
    table = Table(*headers, box=None, padding=(0, 2, 0, 0))
    for metric in metrics:
        counts = "left out" if metric["points"] is None else "neutral"
        shown = (
            f"[dim]missing, {counts}[/]"
            if metric["missing"] and not metric["stale"]
            else plain(metric["value"])
        )
        stale = " [yellow]stale[/]" if metric["stale"] else ""
        table.add_row(
            plain(metric["name"]),
            shown,
            f"[{COLOUR[metric['band']]}]{metric['band']}[/]",
            str(metric["points"] or 0),
            f"{metric['weight']:g}%",
            f"{metric['contribution']:.1f}",
            ("" if metric["age"] is None or metric["value"] is None else f"{metric['age']} d") + stale,
        )
    return table


def _held(explanation: Explanation, bands: Bands) -> str:
    health, score = explanation.health, explanation.assessment.score
    if health.leaning and health.leaning_since:
        band, since = health.leaning.value.capitalize(), health.leaning_since
        return f"{band} since {since}; that counts once it has held for {bands.settle_days} days"
    if score is not None and band_of(score, bands) is not health.health:
        band = band_of(score, bands).value.capitalize()
        return f"{score} alone would be {band}; it is within the dead band of {bands.dead_band} points"
    return ""


def _difference(difference: Difference | None) -> dict[str, Any] | None:
    if difference is None:
        return None
    return {
        "day": difference.day.isoformat(),
        "health": difference.health.value,
        "score": difference.score,
        "profile": difference.profile,
        "recalculated": difference.recalculated,
        "changes": [
            {
                "metric": change.name,
                "before": change.before,
                "after": change.after,
                "was": change.was.value,
                "band": change.band.value,
                "points": change.points,
            }
            for change in difference.changes
        ],
    }


def _improvement(improvement: Improvement | None) -> dict[str, Any] | None:
    if improvement is None:
        return None
    return {
        "band": improvement.band.value,
        "score": improvement.score,
        "in_words": improvement.in_words,
        "steps": [
            {"metric": step.metric, "to": step.to.value, "wanted": step.wanted, "now": step.now}
            for step in improvement.steps
        ],
    }
