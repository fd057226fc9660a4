"""`evaluate`, whole: health with all its reasons, memberships and transitions of an account.

The peer is what one would write instead for the health alone: a pydantic model in, the same scorecards as
lambdas, a pydantic result with points, shares and contributions out; no reasons, no segments, no plays.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pydantic import BaseModel, create_model

from keepwell.accounts import Account
from keepwell.attributes import Attribute
from keepwell.criteria import Condition
from keepwell.criteria.knowing import name_read
from keepwell.evaluation import Evaluation, evaluate
from keepwell.health import Metric, Profile
from keepwell.playbook import Playbook
from keepwell.plays.context import snake
from tests.bench.conditions import exhaust
from tests.bench.measuring import Budget, Contestant, measure, show
from tests.bench.portfolio import accounts, computed_values
from tests.bench.translating import PYTHON, TODAY, days, midnight, plain, translated
from tests.story import NOON, standard_playbook
from tests.story import TODAY as DAY

ACCOUNTS = 2_000
Asks = Callable[[Any], bool]
Scorecard = list[tuple[str, float, list[tuple[str, str, Asks, Asks, float]]]]


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


def bench() -> None:
    playbook = standard_playbook()
    portfolio = accounts(ACCOUNTS, playbook)
    attributes = _attributes(playbook)
    optional: dict[str, Any] = dict.fromkeys(attributes, (Any, None))
    model = create_model("AccountIn", account_id=(str, ...), status=(str, ""), **optional)
    documents = [
        {"account_id": a.account_id, "status": a.facts.values["Status"]}
        | plain(computed_values(a), attributes)
        for a in portfolio
    ]
    cards = [
        (profile.id, _asks(profile.criteria), _scorecard(profile.dimensions))
        for profile in playbook.profiles
        if profile.dimensions
    ]

    def ours(judged: Sequence[Account] = portfolio) -> Iterator[Evaluation]:
        return (evaluate(account, playbook, NOON) for account in judged)

    def theirs() -> Iterator[HealthOut]:
        return (_score(model.model_validate(document), cards) for document in documents)

    _check(list(ours()), list(theirs()))
    settled = [
        Account(account.facts, evaluation.standing, evaluation.trail)
        for account, evaluation in zip(portfolio, ours(), strict=True)
    ]
    measured = measure(
        [
            Contestant("keepwell evaluate, first time", ACCOUNTS, lambda: exhaust(ours())),
            Contestant("keepwell evaluate, nothing changed", ACCOUNTS, lambda: exhaust(ours(settled))),
            Contestant("pydantic in and out, health alone", ACCOUNTS, lambda: exhaust(theirs())),
        ]
    )
    first, _, peer = (each.seconds for each in measured)
    show(
        f"Evaluating {ACCOUNTS:,} accounts by the standard playbook",
        "accounts",
        measured,
        Budget("the peer, which judges no segment and gives no reasons, takes a ninth", peer >= first / 9),
    )


def _attributes(playbook: Playbook) -> dict[str, Attribute]:
    """Those that the health profiles ask about, by the name a peer uses."""
    leaves = (
        leaf
        for profile in playbook.profiles
        for condition in (profile.criteria, *_of_metrics(profile))
        if condition is not None
        for leaf in condition.leaves()
    )
    return {snake(name_read(leaf.attribute)): leaf.attribute for leaf in leaves}


def _of_metrics(profile: Profile) -> Iterator[Condition]:
    for dimension in profile.dimensions:
        for metric in dimension.metrics:
            yield from (metric.good, metric.poor)


def _asks(condition: Any) -> Asks:
    text = "True" if condition is None else translated(condition, PYTHON)
    text = text.replace(" true", " True").replace(" false", " False")
    asks: Asks = eval(f"lambda a: {text}", {TODAY: midnight(DAY), "days": days})  # the playbook's own text
    return asks


def _scorecard(dimensions: Sequence[Any]) -> Scorecard:
    return [(part.name, part.weight, [_metric(metric) for metric in part.metrics]) for part in dimensions]


def _metric(metric: Metric) -> tuple[str, str, Asks, Asks, float]:
    return metric.name, snake(metric.attribute), _asks(metric.good), _asks(metric.poor), metric.weight


def _score(account: Any, cards: list[tuple[str, Asks, Scorecard]]) -> HealthOut:
    nothing = HealthOut(
        account_id=account.account_id, profile="", score=None, band="unknown", dimensions={}, metrics=[]
    )
    if account.status not in {"Free", "Trial", "Paying"}:
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
                getattr(account, attribute, None),
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
        account_id=account.account_id,
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
