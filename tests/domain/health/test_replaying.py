"""A stored score can be made again, bit for bit, of what is stored with it (S3)."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from keepwell.accounts import Account, Provenance
from keepwell.attributes import Attribute, Kind, Value
from keepwell.criteria import parse
from keepwell.evaluation import Evaluation, evaluate
from keepwell.health import Bands, Scoring
from keepwell.health.replaying import replay, replayed_health
from keepwell.history import HistoryRow
from keepwell.playbook import Playbook
from keepwell.standings import Band
from keepwell.trails import AccountTrail
from tests.story import NOON, TODAY, account, standard_playbook

STANDARD = standard_playbook()
DAYS = st.integers(-400, 400).map(lambda days: TODAY + timedelta(days=days))


def _aging() -> Playbook:
    """The standard playbook with lines, ages, a look-back, a dead band and days to settle."""
    first, *rest = STANDARD.profiles
    dropped = parse("Licenses dropped > 25% in 30 days", STANDARD.catalogue)
    core = next(profile for profile in rest if profile.id == "core")
    usage, *others = core.dimensions
    metrics = (
        replace(usage.metrics[0], scoring=Scoring.LINEAR, max_age_days=30),
        replace(usage.metrics[1], poor=dropped, max_age_days=90),
        *usage.metrics[2:],
    )
    changed = replace(core, dimensions=(replace(usage, metrics=metrics), *others))
    profiles = (first, *(changed if each is core else each for each in rest))
    return replace(STANDARD, profiles=profiles, bands=Bands(dead_band=4, settle_days=2))


AGING = _aging()


def values_of(attribute: Attribute) -> st.SearchStrategy[Value]:
    if attribute.values:
        return st.sampled_from(attribute.values)
    match attribute.kind:
        case Kind.NUMBER:
            return st.integers(0, 120) | st.floats(0, 120).map(lambda number: round(number, 2))
        case Kind.DATE:
            return DAYS
        case Kind.YES_NO:
            return st.booleans()
        case _:
            return st.text(max_size=5)


READ = [STANDARD.catalogue[name] for name in sorted(AGING.judge.reads)]
facts = st.fixed_dictionaries(
    {"Status": st.sampled_from(["Paying", "Trial", "Churned"])},
    optional={each.name: values_of(each) for each in READ if each.name != "Status"},
)
tiers = st.sampled_from([{"Customer Tier": "Core", "Contract Value": 90_000}, {"Customer Tier": "Light"}, {}])
exceptions = st.dictionaries(
    st.sampled_from([each.name for each in READ]),
    st.integers(0, 120).map(lambda days: Provenance("csv:accounts", NOON - timedelta(days=days))),
)
trails = st.lists(st.tuples(st.integers(1, 90), st.none() | st.integers(1, 200)), max_size=3).map(
    lambda past: {
        "Licenses": tuple(sorted({TODAY - timedelta(days=days): value for days, value in past}.items()))
    }
)


def stored(row: HistoryRow) -> HistoryRow:
    """As it comes back from the store."""
    return replace(row, detail=json.loads(json.dumps(row.detail, allow_nan=False)))


def score_row(evaluation: Evaluation) -> HistoryRow:
    [row] = [row for row in evaluation.history() if row.kind == "score"]
    return stored(row)


def looked_at(
    values: Mapping[str, Value],
    told: Mapping[str, Provenance],
    past: Mapping[str, tuple[tuple[date, Value | None], ...]],
) -> Account:
    plain = account()
    known = replace(plain.facts, values=values, exceptions=told)
    return Account(known, trail=AccountTrail(plain.account_id, past))


@given(facts, tiers, exceptions, trails, st.sampled_from([STANDARD, AGING]))
def test_a_stored_score_is_made_again_bit_for_bit(
    values: Mapping[str, Value],
    tier: Mapping[str, Value],
    told: Mapping[str, Provenance],
    past: Mapping[str, tuple[tuple[date, Value | None], ...]],
    playbook: Playbook,
) -> None:
    """S3, both models: score, bands, profile, confidence and every metric with its reasons."""
    evaluation = evaluate(looked_at({**values, **tier}, told, past), playbook, NOON)
    row = score_row(evaluation)
    again = replay(row, playbook)
    assert again == evaluation.assessment
    assert (again.score, again.health.value, again.profile) == (
        row.detail["score"],
        row.detail["band"],
        row.detail["profile"],
    )
    assert (again.account_model.value, again.confidence) == (
        row.detail["account_model"],
        row.detail["confidence"],
    )
    assert [each.points for each in again.result.metrics] == [
        each["points"] for each in row.detail["metrics"]
    ]


def test_the_health_that_counted_is_made_again_too() -> None:
    """S3: what was held in its band is held again."""
    first = evaluate(account(), AGING, NOON)
    worse = replace(account(nps=2, csm_sentiment=1, open_ticket_count=9), standing=first.standing)
    leaning = evaluate(worse, AGING, NOON + timedelta(days=1))
    assert (leaning.standing.health, leaning.standing.leaning) == (Band.GOOD, Band.AVERAGE)
    row = score_row(leaning)
    assert replayed_health(row, AGING) == leaning.health
    assert (row.detail["health"], row.detail["band"], row.detail["leaning"]) == ("good", "average", "average")


def at(days: float) -> datetime:
    return NOON + timedelta(days=days)


def test_a_row_holds_what_health_reads_and_nothing_else() -> None:
    """What others told us of an account is not copied into its history for nothing."""
    row = score_row(evaluate(account(account_name="Harbor Labs"), STANDARD, NOON))
    assert "Account Name" not in row.detail["inputs"]["values"]
    assert row.detail["inputs"]["values"]["Create Date"] == {"date": "2025-03-01"}


def test_a_confidence_that_moves_by_far_is_told_and_by_little_is_not() -> None:
    """I3: values get older every day, which alone writes nothing."""
    before = account()
    first = evaluate(before, STANDARD, NOON)
    # 25 x 3/4 + 20 + 20 x 2/3 + 15 x 1/2 + 10 x 1/2 + 10 = 74.58
    assert first.standing.confidence == 75
    for known, told in ((84, False), (85, True), (66, False), (65, True), (None, True)):
        standing = replace(first.standing, confidence=known)
        again = evaluate(replace(before, standing=standing, trail=first.trail), STANDARD, at(0.1))
        assert (again.changed, again.rescored) == (told, told)
