"""The fast way to an account's health: what `assess` concludes, without a reason for it.

Most looks at an account find what was found before, and nobody asks why. So the conditions of a scorecard are
compiled together, and what follows from their answers is remembered, dimension by dimension: the bits of the
answers are the key. Whoever asks for the reasons gets those of `assessing`, which stays the reference.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache, partial, reduce
from operator import or_
from typing import NamedTuple

from keepwell.attributes import Value
from keepwell.criteria import Condition
from keepwell.criteria.compiling import CompiledConditions
from keepwell.criteria.knowing import Moment, Trail, name_read
from keepwell.criteria.remembering import MOST_COMBINATIONS
from keepwell.criteria.tree import Not, all_of
from keepwell.errors import ConfigurationError
from keepwell.health.assessing import HealthRules, has_contract
from keepwell.health.metrics import POINTS, Metric, MissingPolicy
from keepwell.health.profiles import Bands, Profile
from keepwell.health.scoring import NEUTRAL_POINTS, band_of, worst_of
from keepwell.health.weights import weighed
from keepwell.standings import Band


class Judgement(NamedTuple):
    """What both models say of an account; the fields are those of `Assessment`. `dimensions` are the names
    and scores of those of the profile's model, in order."""

    health: Band
    score: int | None
    profile: str | None
    account_model: Band
    confidence: int | None
    dimensions: tuple[tuple[str, int | None], ...] = ()


class Judge:
    """Judges accounts by the rules of one playbook. It remembers: keep it, and it gets faster."""

    def __init__(self, rules: HealthRules):
        self._criteria = CompiledConditions([each.criteria for each in rules.profiles if each.criteria])
        places = iter(self._criteria.places)
        self._profiles = [
            (1 << next(places) if profile.criteria else 0, _Card(profile, rules.account_model, rules.bands))
            for profile in rules.profiles
        ]
        metrics = [*rules.account_model, *(each for profile in rules.profiles for each in profile.metrics)]
        conditions = [
            *(each.criteria for each in rules.profiles if each.criteria),
            *(condition for each in metrics for condition in (each.good, each.poor)),
        ]
        leaves = [leaf for condition in conditions for leaf in condition.leaves()]
        self.reads = frozenset({"Status", *(each.attribute for each in metrics)}).union(
            name_read(leaf.attribute) for leaf in leaves
        )
        """The names of all values that health rests on."""
        self.looks_back_on = frozenset(name_read(leaf.attribute) for leaf in leaves if leaf.lookback_days)
        """The names of those whose past it reads."""
        aging = [each for each in metrics if each.max_age_days is not None]
        self.aging = frozenset(name for each in aging for name in each.reads)
        """The names of those whose age matters."""

    def judge(
        self, values: Mapping[str, Value], today: date, trail: Trail, ages: Mapping[str, int]
    ) -> Judgement:
        """What `assess` concludes of the same."""
        if not has_contract(values):
            return _NO_CONTRACT
        matching = self._criteria.holding(values, today, trail)
        for bit, card in self._profiles:
            if not bit or matching & bit:
                return card.judge(Moment(values, today, trail), ages)
        raise ConfigurationError(
            "No health profile matches: leave out the criteria of the last one (health/)."
        )


_NO_CONTRACT = Judgement(Band.UNKNOWN, None, None, Band.UNKNOWN, None)


class _Bits(NamedTuple):
    """The bits of the answers about one metric, in the order of `_asked`."""

    poor: int
    good: int
    average: int
    valued: int


def _asked(metric: Metric) -> tuple[Condition, ...]:
    return metric.poor, metric.good, all_of(Not(metric.poor), Not(metric.good)), metric.valued


class _Verdict(NamedTuple):
    """What a metric says: its points or, where it does not count, what it counts instead."""

    band: Band
    points: int | None
    counts: bool
    valued: bool


class _Concluded(NamedTuple):
    """What a group of metrics says: a band or a score, and the weight of those that count. `judged`: some of
    them rests on a value."""

    band: Band
    score: int | None
    known: int
    judged: bool


class _Card:
    """A profile's scorecard and that of the account model, whose conditions are answered together."""

    def __init__(self, profile: Profile, account_model: Sequence[Metric], bands: Bands):
        self._profile, self._bands = profile, bands
        metrics = (*account_model, *profile.metrics)
        self._conditions = CompiledConditions([each for metric in metrics for each in _asked(metric)])
        places = iter(self._conditions.places)
        bits = iter([_Bits(*[1 << next(places) for _ in _Bits._fields]) for _ in metrics])
        self._beside = _Group(
            [(each, next(bits), _LEFT_OUT) for each in account_model], _by_the_account_model
        )
        self._dimensions = [
            _Group(
                [(each, next(bits), profile.policy(each)) for each in part.metrics],
                partial(_by_points, part.weights, weights),
            )
            for part, weights in zip(profile.dimensions, profile.metric_weights, strict=True)
        ]
        self._names = [part.name for part in profile.dimensions]
        self._whole = sum(map(sum, profile.metric_weights)) if self._dimensions else len(account_model)

    def judge(self, moment: Moment, ages: Mapping[str, int]) -> Judgement:
        answers = self._conditions.holding(*moment)
        beside = self._beside.conclude(answers, moment, ages)
        if not self._dimensions:
            return self._judgement(beside.band, None, beside, [beside])
        parts = [each.conclude(answers, moment, ages) for each in self._dimensions]
        if not any(part.judged for part in parts):
            return self._judgement(Band.UNKNOWN, None, beside, parts, [None] * len(parts))
        scores = [part.score for part in parts]
        score, _ = weighed(tuple(scores), self._profile.weights)
        assert score is not None  # some metric counts
        return self._judgement(band_of(score, self._bands), score, beside, parts, scores)

    def _judgement(
        self,
        band: Band,
        score: int | None,
        beside: _Concluded,
        parts: Sequence[_Concluded],
        scores: Sequence[int | None] = (),
    ) -> Judgement:
        known = sum([part.known for part in parts])
        confidence = None if band is Band.UNKNOWN else (200 * known + self._whole) // (2 * self._whole)
        dimensions = tuple(zip(self._names, scores, strict=True))
        return Judgement(band, score, self._profile.id, beside.band, confidence, dimensions)


class _Group:
    """Metrics that are concluded from together: a dimension's, or the account model's."""

    def __init__(
        self,
        metrics: Sequence[tuple[Metric, _Bits, MissingPolicy]],
        conclude: Callable[[Sequence[_Verdict]], _Concluded],
    ):
        self._metrics, self._conclude_from = metrics, conclude
        self._mask = reduce(or_, (bit for _, bits, _ in metrics for bit in bits))
        self._on_its_own = [metric for metric, _, _ in metrics if _needs_more_than_bits(metric)]
        self._remembered = lru_cache(MOST_COMBINATIONS)(self._conclude)

    def conclude(self, answers: int, moment: Moment, ages: Mapping[str, int]) -> _Concluded:
        """`answers` are those of the whole scorecard."""
        given = tuple([_given(metric, moment, ages) for metric in self._on_its_own])
        return self._remembered(answers & self._mask, given)

    def _conclude(self, answers: int, given: "tuple[_Given, ...]") -> _Concluded:
        each_given = iter(given)
        return self._conclude_from(
            [
                _verdict(
                    answers,
                    bits,
                    policy,
                    next(each_given) if _needs_more_than_bits(metric) else _NOTHING_MORE,
                )
                for metric, bits, policy in self._metrics
            ]
        )


class _Given(NamedTuple):
    """What the answers do not tell of a metric: whether it is stale, and the points on its line."""

    stale: bool
    on_the_line: int | None


_NOTHING_MORE = _Given(stale=False, on_the_line=None)
_LEFT_OUT = MissingPolicy.EXCLUDE


def _needs_more_than_bits(metric: Metric) -> bool:
    return metric.slope is not None or metric.max_age_days is not None


def _given(metric: Metric, moment: Moment, ages: Mapping[str, int]) -> _Given:
    slope = metric.slope
    value = moment.value(slope.attribute) if slope else None
    points = slope.points(value) if slope and isinstance(value, int | float) else None
    return _Given(metric.is_stale(ages), points)


def _verdict(answers: int, bits: _Bits, policy: MissingPolicy, given: _Given) -> _Verdict:
    band = (
        Band.POOR
        if answers & bits.poor
        else Band.GOOD
        if answers & bits.good
        else Band.AVERAGE
        if answers & bits.average
        else Band.UNKNOWN
    )
    counts = band is not Band.UNKNOWN and not given.stale
    instead = NEUTRAL_POINTS if policy is MissingPolicy.NEUTRAL else None
    points = POINTS.get(band) if given.on_the_line is None else given.on_the_line
    return _Verdict(band, points if counts else instead, counts, bool(answers & bits.valued))


def _by_points(weights: Sequence[int], of_whole: Sequence[int], verdicts: Sequence[_Verdict]) -> _Concluded:
    """A dimension: the weighted mean of the points."""
    score, _ = weighed(tuple([each.points for each in verdicts]), tuple(weights))
    known = sum(weight for each, weight in zip(verdicts, of_whole, strict=True) if each.counts)
    return _Concluded(Band.UNKNOWN, score, known, _is_judged(verdicts))


def _by_the_account_model(verdicts: Sequence[_Verdict]) -> _Concluded:
    judged = _is_judged(verdicts)
    band = worst_of({each.band for each in verdicts if each.counts}) if judged else Band.UNKNOWN
    return _Concluded(band, None, sum(each.counts for each in verdicts), judged)


def _is_judged(verdicts: Iterable[_Verdict]) -> bool:
    return any(each.counts and each.valued for each in verdicts)
