"""Health profiles and the Account Health Model, checked and in their compiled form."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

from keepwell.attributes import SEGMENTS
from keepwell.criteria import Condition
from keepwell.criteria.analysis import attributes_of
from keepwell.criteria.beside import Sought
from keepwell.errors import ConfigurationError
from keepwell.health import Scoring
from keepwell.health.linear import slope_of
from keepwell.playbook import kinds
from keepwell.playbook.checking import Checker, canonical
from keepwell.playbook.documents import Place
from keepwell.playbook.examples import exemplified
from keepwell.playbook.loading import Source

Part = dict[str, Any]


def compile_profiles(check: Checker) -> list[Part]:
    """The profiles, in order."""
    found = check.sources.of(kinds.Profile).values()
    in_order = sorted(found, key=lambda source: (source.says.order, source.id))
    _check_order(in_order, check)
    return [_profile(source, check) for source in in_order]


def compile_account_model(check: Checker) -> list[Part]:
    """The metrics of the one account model there must be."""
    if not check.sources.ids(kinds.AccountModel) and check.sources.company:
        message = "health/account-model.yaml is missing; the bloc health has one"
        check.note(check.sources.company, ("blocs",), message)
    return [
        _account_metric(source, metric, ("metrics", number), check)[0]
        for source in check.sources.of(kinds.AccountModel).values()
        for number, metric in enumerate(source.says.metrics)
    ]


def _profile(source: Source[kinds.Profile], check: Checker) -> Part:
    says = source.says
    _check_weights(source, check)
    _check_names(source, check)
    criteria = exemplified(check, source, ("criteria",), says.criteria, says.examples)
    return {
        "id": source.id,
        "name": says.name,
        "criteria": _of_facts(source, ("criteria",), criteria, check),
        "missing": says.missing.value,
        "dimensions": [
            {
                "name": dimension.name,
                "weight": dimension.weight,
                "metrics": [
                    _metric(source, metric, ("dimensions", at, "metrics", number), check)
                    for number, metric in enumerate(dimension.metrics)
                ],
            }
            for at, dimension in enumerate(says.dimensions)
        ],
    }


def _metric(source: Source[Any], metric: kinds.Metric, place: Place, check: Checker) -> Part:
    part, good, poor = _account_metric(source, metric, place, check)
    if metric.scoring is Scoring.LINEAR and good and poor:
        try:
            slope_of(good, poor)
        except ConfigurationError as none:
            check.note(source, (*place, "scoring"), str(none))
    return {
        **part,
        "weight": metric.weight,
        "scoring": metric.scoring.value,
        "missing": metric.missing.value if metric.missing else None,
    }


def _account_metric(
    source: Source[Any], metric: kinds.AccountMetric, place: Place, check: Checker
) -> tuple[Part, Condition | None, Condition | None]:
    """What all metrics have, and the two conditions."""
    shown = metric.attribute or metric.name
    attribute = check.attribute(source, (*place, "attribute" if metric.attribute else "name"), shown)
    good, poor = (
        check.condition(source, (*place, key), text)
        for key, text in (("good", metric.good), ("poor", metric.poor))
    )
    if metric.max_age_days is not None and good and poor:
        _check_age(source, (*place, "max_age_days"), (good, poor), check)
    part = {
        "name": metric.name,
        "attribute": attribute.name if attribute else shown,
        "good": _of_facts(source, (*place, "good"), good, check),
        "poor": _of_facts(source, (*place, "poor"), poor, check),
        "max_age_days": metric.max_age_days,
    }
    return part, good, poor


def _check_age(source: Source[Any], place: Place, asked: Sequence[Condition], check: Checker) -> None:
    """That something it asks of has an age: what is told of people and of single actions has none."""
    leaves = [leaf for condition in asked for leaf in condition.leaves()]
    if all(isinstance(leaf.attribute, Sought) for leaf in leaves):
        message = "this asks only of people or of what they performed, whose age is not known: leave it out"
        check.note(source, place, message)


def _of_facts(source: Source[Any], place: Place, condition: Condition | None, check: Checker) -> str | None:
    asked = attributes_of(condition) if condition else frozenset()
    for what in ("Health", "Health Score"):
        if what in asked:
            message = f"this decides the health: a condition on {what} cannot stand here"
            check.note(source, place, message)
    if SEGMENTS.name in asked:
        message = "health is judged before segments: a condition on segments cannot stand here"
        check.note(source, place, message)
    return canonical(condition)


def _check_order(in_order: Sequence[Source[kinds.Profile]], check: Checker) -> None:
    """That first match wins is well defined: distinct orders, and a catch-all at the end, only there."""
    if any(kind is kinds.Profile for kind, _ in check.sources.unread):
        return
    if not in_order:
        if check.sources.company:
            message = "there is no health profile; the bloc health has four"
            check.note(check.sources.company, ("blocs",), message)
        return
    for before, after in pairwise(in_order):
        if before.says.order == after.says.order:
            message = f"{after.says.order} is also the order of the profile {before.id}; each needs its own"
            check.note(after, ("order",), message)
        if before.says.criteria is None:
            message = f"without criteria it takes every account, so that {after.id} is never reached"
            check.note(before, (), message)
    if in_order[-1].says.criteria is not None:
        message = "the last profile must take every account that is left: leave out its criteria"
        check.note(in_order[-1], ("criteria",), message)


def _check_names(source: Source[kinds.Profile], check: Checker) -> None:
    """That no two dimensions, nor two metrics of one, have the same name: changes are told by it."""
    parts = source.says.dimensions
    _check_distinct(source, ("dimensions",), [part.name for part in parts], check)
    for number, part in enumerate(parts):
        _check_distinct(
            source, ("dimensions", number, "metrics"), [each.name for each in part.metrics], check
        )


def _check_distinct(source: Source[Any], place: Place, names: Sequence[str], check: Checker) -> None:
    for number, name in enumerate(names):
        if name in names[:number]:
            check.note(
                source, (*place, number, "name"), f"{name!r} stands here twice: each needs its own name"
            )


def _check_weights(source: Source[kinds.Profile], check: Checker) -> None:
    """That they sum to 100, exactly as written."""
    weights = [dimension.weight for dimension in source.says.dimensions]
    total = sum((Fraction(str(weight)) for weight in weights), Fraction())
    if weights and total != 100:
        written = " + ".join(f"{weight:g}" for weight in weights)
        message = f"the weights of the dimensions must sum to 100: {written} = {float(total):g}"
        check.note(source, ("dimensions",), message, at_key=True)
