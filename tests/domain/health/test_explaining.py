"""Why health is what it is, what changed, and the cheapest way up: as values and in words (EWS-10)."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.accounts import Account
from keepwell.attributes import standard_catalogue
from keepwell.criteria import parse
from keepwell.evaluation import Evaluation, evaluate
from keepwell.health import Bands, Metric, account_health, score_profile
from keepwell.health.explaining import Explanation, MetricChange, explain
from keepwell.health.improving import cheapest, cheapest_beside
from keepwell.health.wanting import unwanted, wanted
from keepwell.history import HistoryRow
from keepwell.population import NO_POPULATION
from keepwell.recalculating import recalculated
from keepwell.standings import Band
from tests.domain.health.scorecards import AVERAGE, CATALOGUE, GOOD, NAMES, POOR, metric, profile
from tests.story import NOON, account, poor_account, standard_playbook

PLAYBOOK = standard_playbook()
TODAY = date(2026, 11, 21)


def lived(*lives: Account) -> tuple[Evaluation, list[HistoryRow]]:
    """The last of some looks, a week apart, the last one this noon; and the score rows, newest first."""
    rows: list[HistoryRow] = []
    standing = None
    for number, life in enumerate(lives):
        at = NOON - timedelta(days=7 * (len(lives) - number - 1))
        found = evaluate(replace(life, standing=standing), PLAYBOOK, at)
        rows = [*(row for row in found.history() if row.kind == "score"), *rows]
        standing = found.standing
    return found, rows


def explained(*lives: Account) -> Explanation:
    return explain(*lived(*lives))


def test_one_sentence_says_why_it_is_poor_and_what_changed() -> None:
    """Open Ticket Count has all of the 15 of Support Health, CSM Sentiment and CSM Risk a half of 20 each."""
    found = explained(
        account(),
        account(open_ticket_count=3),
        account(active_users=12, open_ticket_count=9, csm_sentiment=1, csm_risk="3 - CRITICAL"),
    )
    assert found.in_words == (
        "Average 57: Open Ticket Count 9 (poor), CSM Sentiment 1 (poor) and CSM Risk 3 - CRITICAL (poor) "
        "cost 35 of 100 points; since 2026-11-14 (Good 94) CSM Sentiment went from 4 to 1, CSM Risk went "
        "from 0 - NO RISK to 3 - CRITICAL and Open Ticket Count went from 3 to 9."
    )


def test_what_changed_is_told_since_the_last_score_and_since_it_was_good() -> None:
    found = explained(
        account(), account(open_ticket_count=9, csm_sentiment=1, nps=2), account(nps=2, csm_sentiment=1)
    )
    assert found.since_last is not None
    assert (found.since_last.day, found.since_last.score) == (date(2026, 11, 14), 70)
    assert [(c.name, c.before, c.after, c.points) for c in found.since_last.changes if c.counts] == [
        ("Open Ticket Count", 9, 1, 15.0)
    ]
    assert found.health.health is Band.GOOD  # 85 again
    assert found.since_good is None
    worse = explained(
        account(),
        account(open_ticket_count=9, csm_sentiment=1, nps=2),
        account(nps=2, csm_sentiment=1, open_ticket_count=9, goal_achievement=60),
    )
    assert worse.since_good is not None
    assert (worse.since_good.day, worse.since_good.score) == (date(2026, 11, 7), 100)


def test_what_changed_is_told_of_the_score_though_health_waited_to_settle() -> None:
    """Health was Good, and held so, on the day of the change: what was before that day is what differs."""
    slow = replace(PLAYBOOK, bands=Bands(settle_days=3))
    rows: list[HistoryRow] = []
    standing = None
    for days, life in ((0, account()), (7, poor_account()), (10, poor_account())):
        found = evaluate(replace(life, standing=standing), slow, NOON + timedelta(days=days))
        rows = [*(row for row in found.history() if row.kind == "score"), *rows]
        standing = found.standing
    assert [row.detail["health"] for row in rows] == ["poor", "good", "good"]
    told = explain(found, rows)
    assert told.since_good is not None
    assert (told.since_good.day, told.since_last) == (TODAY, told.since_good)
    assert "since 2026-11-21 (Good 100) " in told.in_words


def afterwards(life: Account, days_ago: int) -> HistoryRow:
    """The score row of a past day that was judged afterwards."""
    day = (NOON - timedelta(days=days_ago)).date()
    [row] = recalculated(life, {}, PLAYBOOK, {day: NO_POPULATION})
    return row


class TestRecalculatedDays:
    """What was judged afterwards nobody saw then: it is told only where nothing else is there to tell."""

    def test_what_was_seen_then_comes_first_though_a_recalculated_day_is_later(self) -> None:
        found, rows = lived(account(nps=6), poor_account())
        told = explain(found, [rows[0], afterwards(account(), 3), *rows[1:]])
        assert told == explain(found, rows)
        assert told.since_good is not None
        assert (told.since_good.day, told.since_good.recalculated) == (date(2026, 11, 14), False)

    def test_without_any_other_it_is_told_and_said_to_be_so(self) -> None:
        found, rows = lived(poor_account())
        told = explain(found, [*rows, afterwards(account(), 3)])
        assert told.since_good is not None
        assert (told.since_good, told.since_good.recalculated) == (told.since_last, True)
        assert "; since 2026-11-18 (Good 100, judged afterwards) " in told.in_words


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (MetricChange("NPS", 7, 9, Band.AVERAGE, Band.GOOD, 5.0), "NPS went from 7 to 9"),
        (MetricChange("NPS", 7, 7, Band.AVERAGE, Band.UNKNOWN, 0.0), "NPS counts no more"),
        (MetricChange("NPS", 7, 7, Band.UNKNOWN, Band.AVERAGE, 0.0), "NPS counts again"),
        (MetricChange("NPS", 7, 7, Band.AVERAGE, Band.POOR, -5.0), "NPS went from average to poor at 7"),
        (MetricChange("NPS", None, 7, Band.UNKNOWN, Band.AVERAGE, 5.0), "NPS went from none to 7"),
    ],
)
def test_a_change_is_told_in_words(change: MetricChange, words: str) -> None:
    assert change.in_words == words


def test_the_first_look_tells_no_change() -> None:
    found = explained(account())
    assert (found.since_last, found.since_good, found.next_band) == (None, None, None)
    assert found.in_words == "Good 100: every metric that has a value is good."


def test_without_a_contract_it_says_so() -> None:
    """1.14 row 14."""
    found = explained(account(status="Churned"))
    assert found.in_words == "Unknown: no active contract."
    assert (found.next_band, found.beside_next_band) == (None, None)


def test_a_change_of_profile_is_told_first() -> None:
    """HLT-04: what was good by one scorecard may be poor by another."""
    found = explained(account(), account(customer_tier="Light", usage_frequency="Inactive", nps=2))
    assert "since 2026-11-14 (Good 100) its profile went from core to light" in found.in_words


@pytest.mark.parametrize(
    ("values", "words"),
    [
        # 0 of 100; Alpha alone weighs 60, Beta 40: Alpha at Good gives 60 and at Average 36; Beta 40 at most.
        ({"Alpha": POOR, "Beta": POOR}, "Alpha to 50 or more (now 19) makes it Average 60"),
        # 36 + 0: Alpha to Good gives 60, Beta to Average 60 as well: the earlier of equals.
        ({"Alpha": AVERAGE, "Beta": POOR}, "Alpha to 50 or more (now 20) makes it Average 60"),
        # 36 + 24 = 60: Alpha to Good gives 84, Beta to Good 76: the smaller gain.
        ({"Alpha": AVERAGE, "Beta": AVERAGE}, "Beta to 50 or more (now 20) makes it Good 76"),
        # 24 alone of Beta: Alpha to Average gives 60, less than to Good.
        ({"Alpha": POOR, "Beta": AVERAGE}, "Alpha to 20 or more (now 19) makes it Average 60"),
    ],
)
def test_the_cheapest_way_up_is_the_fewest_metrics_and_then_the_smallest_gain(
    values: dict[str, int], words: str
) -> None:
    scorecard = profile((60, [metric("Alpha")]), (40, [metric("Beta")]))
    result = score_profile(scorecard, values, TODAY)
    found = cheapest(scorecard, result, result.band, Bands())
    assert found is not None
    assert found.in_words == words


def test_the_way_up_goes_beyond_the_dead_band() -> None:
    """75 + 2: Beta to Good gives 76 only."""
    scorecard = profile((60, [metric("Alpha")]), (40, [metric("Beta")]))
    result = score_profile(scorecard, {"Alpha": AVERAGE, "Beta": AVERAGE}, TODAY)
    found = cheapest(scorecard, result, Band.AVERAGE, Bands(dead_band=2))
    assert found is not None
    assert found.in_words == "Alpha to 50 or more (now 20) makes it Good 84"


def test_what_makes_a_metric_good_does_not_leave_it_poor() -> None:
    two = Metric("Support", "Alpha", parse("Alpha <= 2", CATALOGUE), parse("Beta >= 3", CATALOGUE))
    scorecard = profile((100, [two]))
    result = score_profile(scorecard, {"Alpha": 5, "Beta": 4}, TODAY)
    found = cheapest(scorecard, result, Band.POOR, Bands(average=70))
    assert found is not None
    assert found.in_words == "Alpha to 2 or less with Beta to less than 3 (now 5) makes it Good 100"


def test_a_value_just_below_what_is_wanted_is_not_shown_as_if_it_were_there() -> None:
    scorecard = profile((100, [metric("Alpha")]))
    result = score_profile(scorecard, {"Alpha": 49.96}, TODAY)
    found = cheapest(scorecard, result, Band.AVERAGE, Bands())
    assert found is not None
    assert found.in_words == "Alpha to 50 or more (now 49.96) makes it Good 100"


def settling(*lives: Account, days: int) -> Explanation:
    """Of daily looks, the last one explained, where a change counts after so many days."""
    slow = replace(PLAYBOOK, bands=Bands(settle_days=days))
    rows: list[HistoryRow] = []
    standing = None
    for number, life in enumerate(lives):
        found = evaluate(replace(life, standing=standing), slow, NOON + timedelta(days=number))
        rows = [*(row for row in found.history() if row.kind == "score"), *rows]
        standing = found.standing
    return explain(found, rows)


def test_the_way_up_leads_on_from_where_health_leans_to() -> None:
    """What it takes to be Average it has done; what is left is to hold."""
    risen = settling(poor_account(), account(nps=0, csm_sentiment=1, open_ticket_count=9), days=3)
    assert (risen.health.health, risen.health.leaning) == (Band.POOR, Band.AVERAGE)
    assert risen.next_band is not None
    assert risen.next_band.band is Band.GOOD
    fallen = settling(account(), poor_account(), days=3)
    assert (fallen.health.health, fallen.health.leaning) == (Band.GOOD, Band.POOR)
    assert fallen.next_band is not None
    assert fallen.next_band.band is Band.AVERAGE


def test_a_score_that_is_good_again_is_not_compared_with_itself() -> None:
    assert settling(poor_account(), account(), days=3).since_good is None
    fallen = settling(account(), poor_account(), days=3).since_good
    assert fallen is not None
    assert (fallen.health, fallen.score) == (Band.GOOD, 100)


@given(st.fixed_dictionaries(dict.fromkeys(NAMES, st.sampled_from([GOOD, AVERAGE, POOR]))))
def test_who_does_what_is_advised_reaches_the_band(values: dict[str, int]) -> None:
    scorecard = profile(
        (70, [metric(name) for name in NAMES[:4]]), (30, [metric(name) for name in NAMES[4:]])
    )
    result = score_profile(scorecard, values, TODAY)
    found = cheapest(scorecard, result, result.band, Bands())
    assert (found is None) is (result.band is Band.GOOD)
    if found:
        mended = values | {step.metric: GOOD if step.to is Band.GOOD else AVERAGE for step in found.steps}
        after = score_profile(scorecard, mended, TODAY)
        assert (after.band, after.score) == (found.band, found.score)


def test_the_account_model_asks_for_every_poor_metric_and_then_for_every_average_one() -> None:
    """HLT-01."""
    metrics = [metric(name) for name in ("Alpha", "Beta", "Gamma")]
    poor = account_health(metrics, {"Alpha": POOR, "Beta": AVERAGE, "Gamma": POOR}, TODAY)
    up = cheapest_beside(metrics, poor)
    assert up is not None
    assert up.in_words == "Alpha to 20 or more (now 19) and Gamma to 20 or more (now 19) make it Average"
    average = account_health(metrics, {"Alpha": GOOD, "Beta": AVERAGE}, TODAY)
    up = cheapest_beside(metrics, average)
    assert up is not None
    assert up.in_words == "Beta to 50 or more (now 20) makes it Good"
    assert cheapest_beside(metrics, account_health(metrics, {"Alpha": GOOD}, TODAY)) is None


@pytest.mark.parametrize(
    ("condition", "to_hold", "not_to_hold"),
    [
        ("NPS >= 9", "NPS to 9 or more", "NPS to less than 9"),
        ("Open Ticket Count > 5", "Open Ticket Count to more than 5", "Open Ticket Count to 5 or less"),
        ("NPS <= 6", "NPS to 6 or less", "NPS to more than 6"),
        ("NPS < 6", "NPS to less than 6", "NPS to 6 or more"),
        (
            "Usage Frequency at least Weekly",
            "Usage Frequency to Weekly or more",
            "Usage Frequency to less than Weekly",
        ),
        (
            "Usage Frequency is Inactive",
            "Usage Frequency to Inactive",
            "Usage Frequency to anything but Inactive",
        ),
        ("Success Plan = no", "Success Plan to no", "Success Plan to yes"),
        (
            'CSM Risk in ("3 - HIGH", "2 - MAJOR")',
            "CSM Risk to 3 - CRITICAL or 2 - MAJOR",
            "CSM Risk to anything but 3 - CRITICAL or 2 - MAJOR",
        ),
        (
            'CSM Risk is "0 - NO RISK" OR CSM Risk is empty',
            "CSM Risk to 0 - NO RISK",
            'so that NOT (CSM Risk = "0 - NO RISK" OR CSM Risk is empty)',
        ),
        (
            "Last Activity within last 7 days",
            "so that Last Activity within last 7 days",
            "so that NOT Last Activity within last 7 days",
        ),
    ],
)
def test_conditions_say_what_they_want(condition: str, to_hold: str, not_to_hold: str) -> None:
    parsed = parse(condition, standard_catalogue())
    assert (wanted(parsed), unwanted(parsed)) == (to_hold, not_to_hold)
