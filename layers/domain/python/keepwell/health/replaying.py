"""What a score is made of, kept with it, so that it can be made again bit for bit (reliability S3).

A score row of the History holds every value that the health conditions read, their past and their ages. With
the playbook it names, `replay` gives the assessment that was made, with all its reasons.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple, Protocol

from keepwell.attributes import Value
from keepwell.attributes.documents import from_document, to_document
from keepwell.criteria.knowing import Trail
from keepwell.health.assessing import HealthRules, assess
from keepwell.health.results import Assessment, HealthResult, MetricResult
from keepwell.health.settling import Settled, settled
from keepwell.history import HistoryRow
from keepwell.standings import Band

SCORE = "score"
"""The kind of the rows."""
RECALCULATED = "recalculated"
"""What the detail of a row says, as true, that was judged afterwards (`keepwell.recalculating`)."""


class Read(Protocol):
    """The names of the values that health rests on, and of those whose past it reads."""

    @property
    def reads(self) -> frozenset[str]: ...

    @property
    def looks_back_on(self) -> frozenset[str]: ...


class Inputs(NamedTuple):
    """All that an assessment is made of beside the playbook. `before` is the health it may be held at."""

    day: date
    values: Mapping[str, Value]
    past: Trail
    ages: Mapping[str, int]
    before: Settled | None


def inputs_document(inputs: Inputs, read: Read) -> dict[str, Any]:
    """As JSON, what of `inputs` the health rules read."""
    before = inputs.before
    return {
        "day": inputs.day.isoformat(),
        "values": {name: to_document(value) for name, value in inputs.values.items() if name in read.reads},
        "past": {
            name: [[day.isoformat(), None if value is None else to_document(value)] for day, value in entries]
            for name in sorted(read.looks_back_on)
            if (entries := inputs.past.get(name))
        },
        "ages": {name: age for name, age in inputs.ages.items() if name in read.reads},
        "before": before
        and {
            "health": before.health.value,
            "leaning": before.leaning and before.leaning.value,
            "leaning_since": before.leaning_since and before.leaning_since.isoformat(),
        },
    }


def inputs_from(document: Mapping[str, Any]) -> Inputs:
    """The inputs of a document that `inputs_document` made."""
    before = document["before"]
    return Inputs(
        day=date.fromisoformat(document["day"]),
        values={name: from_document(value) for name, value in document["values"].items()},
        past={
            name: tuple(
                (date.fromisoformat(day), None if value is None else from_document(value))
                for day, value in entries
            )
            for name, entries in document["past"].items()
        },
        ages=document["ages"],
        before=before
        and Settled(
            Band(before["health"]),
            before["leaning"] and Band(before["leaning"]),
            before["leaning_since"] and date.fromisoformat(before["leaning_since"]),
        ),
    )


def assessed(rules: HealthRules, inputs: Inputs) -> Assessment:
    """The assessment of these inputs."""
    return assess(rules, inputs.values, inputs.day, inputs.past, inputs.ages)


def replay(row: HistoryRow, rules: HealthRules) -> Assessment:
    """The assessment that a score row tells of, made again; `rules` are those of the playbook it names."""
    return assessed(rules, inputs_from(row.detail["inputs"]))


def replayed_health(row: HistoryRow, rules: HealthRules) -> Settled:
    """The health that counted then, made again."""
    inputs = inputs_from(row.detail["inputs"])
    found = assessed(rules, inputs)
    return settled(inputs.before, found.health, found.score, rules.bands, inputs.day)


def score_detail(assessment: Assessment, health: Settled) -> dict[str, Any]:
    """What a score row says of an assessment, as JSON: `band` by the model, `health` as it counts."""
    result = assessment.result
    return {
        "health": health.health.value,
        "band": assessment.health.value,
        "leaning": health.leaning and health.leaning.value,
        "score": assessment.score,
        "confidence": assessment.confidence,
        "profile": assessment.profile,
        "account_model": assessment.account_model.value,
        "why": result.why,
        "drivers": list(assessment.drivers),
        "dimensions": dimensions_document(result),
        "metrics": [metric_document(metric) for metric in result.metrics],
    }


def dimensions_document(result: HealthResult) -> list[dict[str, Any]]:
    """The dimensions as JSON, in order."""
    return [{"name": each.name, "score": each.score, "weight": each.weight} for each in result.dimensions]


def metric_document(metric: MetricResult) -> dict[str, Any]:
    """A metric as JSON; its reasons are left out."""
    return {
        "name": metric.name,
        "dimension": metric.dimension,
        "value": metric.value,
        "band": metric.band.value,
        "points": metric.points,
        "weight": metric.weight,
        "contribution": metric.contribution,
        "missing": metric.missing,
        "stale": metric.stale,
        "age": metric.age,
    }
