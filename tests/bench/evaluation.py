"""`evaluate`, whole: health by the standard scorecards and fifty segments, of accounts that are as they were.

The peer is what one would write instead: pydantic models in and out, with points, shares and contributions,
and every condition interpreted by rule-engine, compiled once and handed plain values. It gives no reasons,
has no Account Health Model beside, and keeps no memberships. The same scorecards as lambdas of Python,
without any segment, show how much of that is the interpreter.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import rule_engine  # type: ignore[import-untyped,unused-ignore,import-not-found]
from pydantic import BaseModel, create_model

from keepwell.accounts import Account
from keepwell.attributes import Attribute
from keepwell.criteria import Condition
from keepwell.criteria.knowing import name_read
from keepwell.evaluation import Evaluation, evaluate
from keepwell.health import Metric, Profile
from keepwell.playbook import Playbook
from keepwell.plays.context import snake
from keepwell.segments import Segment
from tests.bench import workload
from tests.bench.conditions import exhaust
from tests.bench.measuring import Budget, Contestant, measure, show
from tests.bench.portfolio import accounts, computed_values
from tests.bench.translating import PYTHON, RULE_ENGINE, TODAY, days, midnight, plain, translated
from tests.story import NOON, standard_playbook
from tests.story import TODAY as DAY

ACCOUNTS, BY_RULE_ENGINE = 2_000, 200
SEGMENTS = 50
Asks = Callable[[Any], bool]
Scorecard = list[tuple[str, float, list[tuple[str, str, Asks, Asks, float]]]]
Asking = Callable[[Condition | None], Asks]


class MetricOut(BaseModel):
    name: str
    value: Any
    band: str
    points: int | None
    weight: float
    contribution: float


class HealthOut(BaseModel):
    account_id: str
    profile: str
    score: int | None
    band: str
    dimensions: dict[str, float]
    metrics: list[MetricOut]


class Judged(BaseModel):
    health: HealthOut
    segments: list[str]


def bench() -> None:
    playbook = _fifty_segments()
    portfolio = accounts(ACCOUNTS, playbook)
    attributes = _attributes(playbook)
    optional: dict[str, Any] = dict.fromkeys(attributes, (Any, None))
    model = create_model("AccountIn", account_id=(str, ...), status_text=(str, ""), **optional)
    documents = [
        {"account_id": a.account_id, "status_text": a.facts.values["Status"]}
        | plain(computed_values(a), attributes)
        for a in portfolio
    ]
    by_lambda, by_rule_engine = _cards(playbook, _as_lambda), _cards(playbook, _as_rule)
    rules = [(segment.id, _as_rule(segment.criteria)) for segment in playbook.segments]

    def first(judged: Sequence[Account] = portfolio) -> Iterator[tuple[Evaluation, object]]:
        """As for an account that nobody has looked at: all that is written is made."""
        for account in judged:
            found = evaluate(account, playbook, NOON)
            yield found, (found.changed, found.trail, found.standing, found.history())

    def again() -> Iterator[object]:
        """As the night does: explained only where something changed."""
        for account in settled:
            found = evaluate(account, playbook, NOON)
            yield found.changed or found.trail

    def interpreted(some: Sequence[Mapping[str, Any]]) -> Iterator[Judged]:
        for document in some:
            account = {**document, **model.model_validate(document).model_dump(), TODAY: midnight(DAY)}
            health = _score(account, by_rule_engine)
            account |= _concluded(health)
            yield Judged(health=health, segments=[id_ for id_, inside in rules if inside(account)])

    def health_alone() -> Iterator[HealthOut]:
        return (_score(_Dotted(vars(model.model_validate(document))), by_lambda) for document in documents)

    judged = [found for found, _ in first()]
    _check(judged, list(health_alone()))
    _check_segments(judged, list(interpreted(documents[:BY_RULE_ENGINE])))
    settled = [
        Account(account.facts, found.standing, found.trail)
        for account, found in zip(portfolio, judged, strict=True)
    ]
    if any(again()):
        raise AssertionError("an account changes though nothing does")
    measured = measure(
        [
            Contestant("keepwell, nothing changed", ACCOUNTS, lambda: exhaust(again())),
            Contestant("keepwell, first time, all written", ACCOUNTS, lambda: exhaust(first())),
            Contestant(
                f"pydantic and rule-engine ({BY_RULE_ENGINE})",
                BY_RULE_ENGINE,
                lambda: exhaust(interpreted(documents[:BY_RULE_ENGINE])),
            ),
            Contestant("pydantic and lambdas, health alone", ACCOUNTS, lambda: exhaust(health_alone())),
        ]
    )
    ours, _, peer, lambdas = (each.seconds for each in measured)
    show(
        f"Evaluating {ACCOUNTS:,} accounts: the standard scorecards and {SEGMENTS} segments",
        "accounts",
        measured,
        Budget("the peer takes at least 10 times as long", peer >= 10 * ours),
        Budget("health alone, as lambdas, takes at least a third", lambdas >= ours / 3),
    )


def _fifty_segments() -> Playbook:
    """The standard scorecards, and segments of two to five leaves each."""
    segments = tuple(
        Segment(f"s{number}", f"Segment {number}", condition)
        for number, condition in enumerate(workload.conditions(SEGMENTS))
    )
    return replace(standard_playbook(), segments=segments, plays=())


def _cards(playbook: Playbook, asking: Asking) -> list[tuple[str, Asks, Scorecard]]:
    return [
        (profile.id, asking(profile.criteria), _scorecard(profile.dimensions, asking))
        for profile in playbook.profiles
        if profile.dimensions
    ]


def _concluded(health: HealthOut) -> dict[str, Any]:
    told = {"Health": health.band.capitalize(), "Health Score": health.score}
    known = {name: value for name, value in told.items() if value not in {None, "Unknown"}}
    return plain(known, {name: workload.ATTRIBUTES[name] for name in ("health", "health_score")})


def _attributes(playbook: Playbook) -> dict[str, Attribute]:
    """Those that conditions ask about, by the name a peer uses."""
    leaves = (
        leaf
        for profile in playbook.profiles
        for condition in (profile.criteria, *_of_metrics(profile))
        if condition is not None
        for leaf in condition.leaves()
    )
    return {snake(name_read(leaf.attribute)): leaf.attribute for leaf in leaves} | dict(workload.ATTRIBUTES)


def _of_metrics(profile: Profile) -> Iterator[Condition]:
    for dimension in profile.dimensions:
        for metric in dimension.metrics:
            yield from (metric.good, metric.poor)


class _Dotted(dict[str, Any]):
    """A dict whose values the lambdas read as attributes."""

    __getattr__ = dict.__getitem__


def _as_lambda(condition: Condition | None) -> Asks:
    text = "True" if condition is None else translated(condition, PYTHON)
    text = text.replace(" true", " True").replace(" false", " False")
    asks: Asks = eval(f"lambda a: {text}", {TODAY: midnight(DAY), "days": days})  # the playbook's own text
    return asks


_CONTEXT = rule_engine.Context(default_value=None)


def _as_rule(condition: Condition | None) -> Asks:
    text = "true" if condition is None else translated(condition, RULE_ENGINE)
    matches: Asks = rule_engine.Rule(text, context=_CONTEXT).matches
    return matches


def _scorecard(dimensions: Sequence[Any], asking: Asking) -> Scorecard:
    return [(part.name, part.weight, [_metric(each, asking) for each in part.metrics]) for part in dimensions]


def _metric(metric: Metric, asking: Asking) -> tuple[str, str, Asks, Asks, float]:
    return metric.name, snake(metric.attribute), asking(metric.good), asking(metric.poor), metric.weight


def _score(account: Any, cards: list[tuple[str, Asks, Scorecard]]) -> HealthOut:
    nothing = HealthOut(
        account_id=account["account_id"], profile="", score=None, band="unknown", dimensions={}, metrics=[]
    )
    if account["status_text"] not in {"Free", "Trial", "Paying"}:
        return nothing
    for profile, criteria, card in cards:
        if criteria(account):
            return _by_card(account, profile, card)
    return nothing


def _by_card(account: Any, profile: str, card: Scorecard) -> HealthOut:
    dimensions: dict[str, tuple[int, float]] = {}
    metrics: list[MetricOut] = []
    for name, weight, parts in card:
        judged = [
            (
                metric,
                account.get(attribute),
                0 if poor(account) else 100 if good(account) else 60,
                share,
            )
            for metric, attribute, good, poor, share in parts
        ]
        counted = [each for each in judged if each[1] is not None or each[2] == 100]
        total = sum(share for *_, share in counted)
        if total:
            dimensions[name] = int(sum(p * s for _, _, p, s in counted) / total + 0.5), weight
        metrics += [
            MetricOut(
                name=metric,
                value=value,
                band={0: "poor", 60: "average", 100: "good"}[points],
                points=points,
                weight=100 * share / total,
                contribution=points * share / total,
            )
            for metric, value, points, share in counted
        ]
    whole = sum(weight for _, weight in dimensions.values())
    score = int(sum(s * w for s, w in dimensions.values()) / whole + 0.5) if whole else None
    band = "unknown" if score is None else "good" if score >= 75 else "average" if score >= 50 else "poor"
    return HealthOut(
        account_id=account["account_id"],
        profile=profile,
        score=score,
        band=band,
        dimensions={name: 100 * weight / whole for name, (_, weight) in dimensions.items()},
        metrics=metrics,
    )


def _check(ours: Sequence[Evaluation], theirs: Sequence[HealthOut]) -> None:
    """The peer scores the same, but for those that the Account Health Model judges."""
    both = [(a, b) for a, b in zip(ours, theirs, strict=True) if b.profile]
    wrong = [(a.account_id, a.standing.score, b.score) for a, b in both if a.standing.score != b.score]
    if wrong or len(both) < len(ours) / 2:
        raise AssertionError(f"the peer does not score alike: {wrong[:5]}")


def _check_segments(ours: Sequence[Evaluation], theirs: Sequence[Judged]) -> None:
    """The peer puts whom it scores into the same segments."""
    for found, peer in zip(ours, theirs, strict=False):
        inside = sorted(id_ for id_, kept in found.standing.memberships.items() if kept.inside)
        if peer.health.profile and inside != sorted(peer.segments):
            raise AssertionError(f"{found.account_id}: the peer is in {peer.segments}, not in {inside}")
