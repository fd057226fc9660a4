"""The fast way to health concludes what the plain way does, whatever the scorecard and the account."""

from dataclasses import dataclass, replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.attributes import Value
from keepwell.criteria import parse
from keepwell.errors import ConfigurationError
from keepwell.health import Bands, Metric, MissingPolicy, Profile, Scoring, assess
from keepwell.health.judging import Judge, Judgement
from keepwell.health.results import Assessment
from tests.domain.health.scorecards import CATALOGUE, NAMES, metric, profile
from tests.story import standard_playbook

TODAY = date(2026, 11, 21)
DAYS = st.dates(date(2026, 8, 1), date(2027, 1, 1))


@dataclass(frozen=True)
class Rules:
    profiles: tuple[Profile, ...]
    account_model: tuple[Metric, ...]
    bands: Bands


@st.composite
def metrics(draw: st.DrawFn, name: str) -> Metric:
    plain = metric(name, draw(st.integers(1, 9)) / 2)
    if draw(st.booleans()):  # good, or poor, where there is no value
        empty = parse(f"{name} is empty", CATALOGUE)
        return replace(plain, good=empty) if draw(st.booleans()) else replace(plain, poor=empty)
    return replace(
        plain,
        scoring=draw(st.sampled_from(Scoring)),
        missing=draw(st.none() | st.sampled_from(MissingPolicy)),
        max_age_days=draw(st.none() | st.integers(0, 3)),
    )


@st.composite
def rules(draw: st.DrawFn) -> Rules:
    def scorecard(criteria: str | None, id_: str) -> Profile:
        cut = draw(st.integers(0, len(NAMES) - 1))
        parts = [part for part in (NAMES[:cut], NAMES[cut:]) if part]
        card = profile(
            *((draw(st.integers(1, 9)), [draw(metrics(name)) for name in part]) for part in parts),
            missing=draw(st.sampled_from(MissingPolicy)),
        )
        return replace(
            card,
            id=id_,
            criteria=parse(criteria, CATALOGUE) if criteria else None,
            dimensions=card.dimensions if draw(st.integers(0, 3)) else (),
        )

    first, last = scorecard("Alpha >= 50", "first"), scorecard(None, "last")
    beside = tuple(draw(metrics(name)) for name in NAMES[:2])
    return Rules((first, last), beside, Bands(draw(st.integers(60, 80)), draw(st.integers(20, 50))))


NUMBERS = st.integers(0, 70) | st.floats(0, 70).map(lambda value: round(value, 2))
AGES = st.dictionaries(st.sampled_from(NAMES), st.integers(0, 5))


def concluded(by: Rules, values: dict[str, Value], ages: dict[str, int]) -> Judgement:
    return judgement_of(assess(by, values, TODAY, ages=ages))


def judgement_of(whole: Assessment) -> Judgement:
    return Judgement(
        whole.health,
        whole.score,
        whole.profile,
        whole.account_model,
        whole.confidence,
        tuple((dimension.name, dimension.score) for dimension in whole.result.dimensions),
    )


@given(
    rules(),
    st.lists(st.tuples(st.dictionaries(st.sampled_from(NAMES), NUMBERS), AGES), min_size=1, max_size=5),
)
def test_it_concludes_what_is_concluded_with_all_reasons(
    by: Rules, accounts: list[tuple[dict[str, Value], dict[str, int]]]
) -> None:
    """HLT-01, HLT-02, HLT-04, HLT-09: the explanation is that of the score, not another one."""
    judge = Judge(by)
    for numbers, ages in accounts:
        values: dict[str, Value] = {"Status": "Paying", **numbers}
        assert judge.judge(values, TODAY, {}, ages) == concluded(by, values, ages)


@given(st.data())
def test_it_concludes_the_same_by_the_standard_playbook(data: st.DataObject) -> None:
    playbook = standard_playbook()
    values: dict[str, Value] = {}
    for attribute in playbook.catalogue:
        drawn = data.draw(
            st.none() | st.sampled_from(attribute.values)
            if attribute.values and attribute.name != "Segments"
            else st.none() | st.integers(0, 120)
            if attribute.kind == "number"
            else st.none() | DAYS
            if attribute.kind == "date"
            else st.none() | st.booleans()
            if attribute.kind == "yes/no"
            else st.none()
        )
        if drawn is not None:
            values[attribute.name] = drawn
    told = judgement_of(assess(playbook, values, TODAY))
    assert Judge(playbook).judge(values, TODAY, {}, {}) == told


def test_no_profile_at_all_is_a_configuration_error() -> None:
    """HLT-04."""
    only = replace(profile((100, [metric("Alpha")])), criteria=parse("Beta > 1", CATALOGUE))
    judge = Judge(Rules((only,), (metric("Alpha"),), Bands()))
    with pytest.raises(ConfigurationError, match="leave out the criteria of the last one"):
        judge.judge({"Status": "Paying", "Alpha": 50}, TODAY, {}, {})
