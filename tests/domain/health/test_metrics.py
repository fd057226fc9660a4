"""What is remembered of a metric is what it would say: no account gets the verdict of another."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import pytest

from keepwell.attributes import Value, standard_catalogue
from keepwell.criteria import parse
from keepwell.criteria.knowing import NO_TRAIL, Moment, Trail
from keepwell.health import Metric
from keepwell.standings import Band

TODAY = date(2026, 11, 21)


def metric(attribute: str, good: str, poor: str) -> Metric:
    catalogue = standard_catalogue()
    return Metric("Any", attribute, parse(good, catalogue), parse(poor, catalogue))


def moment(values: Mapping[str, Value], today: date = TODAY, trail: Trail = NO_TRAIL) -> Moment:
    return Moment(values, today, trail)


@pytest.mark.parametrize(
    "alike",
    [
        [{"NPS": 1}, {"NPS": True}, {"NPS": 1.0}, {}, {"NPS": "1"}, {"NPS": 9}],
        [{"NPS": 9, "CSAT": 1}, {"NPS": 9, "CSAT": 5}, {"CSAT": 5}, {"NPS": 5, "CSAT": 9}],
        [{"NPS": 9, "Contract Value": 1}, {"NPS": 9, "Contract Value": 2}],
    ],
)
def test_every_value_that_is_read_tells_accounts_apart(alike: list[dict[str, Value]]) -> None:
    asked = metric("Contract Value", "NPS >= 9 AND CSAT > 4", "NPS < 7")
    for values in (*alike, *alike):
        assert asked.judge(moment(values)) == replace(asked).judge(moment(values))
        assert asked.judge(moment(values)).value == values.get("Contract Value")


def test_what_goes_by_the_calendar_is_judged_anew_on_another_day() -> None:
    asked = metric("Last Activity", "Last Activity within last 7 days", "Last Activity > 14 days")
    seen = moment({"Last Activity": TODAY}), moment({"Last Activity": TODAY}, TODAY + timedelta(days=15))
    assert [asked.judge(each).band for each in (*seen, *seen)] == [Band.GOOD, Band.POOR] * 2


def test_what_looks_back_is_judged_by_each_accounts_own_past() -> None:
    asked = metric("NPS", "NPS increased in 7 days", "NPS dropped in 7 days")
    week_ago = TODAY - timedelta(days=7)
    pasts: list[Trail] = [{"NPS": ((week_ago, 3),)}, {"NPS": ((week_ago, 9),)}, {}]
    bands = [asked.judge(moment({"NPS": 6}, trail=past)).band for past in (*pasts, *pasts)]
    assert bands == [Band.GOOD, Band.POOR, Band.UNKNOWN] * 2
