"""Use of the product as values of an account (HLT-12, definitions 1.2, 1.14 row 17)."""

from datetime import timedelta

import pytest

from keepwell.metrics.usage import USAGE_METRICS, Product, average_actions, past_values
from keepwell.population import population_of
from tests.domain.metrics.using import CATALOGUE, computed, event, summary, users, using
from tests.story import TODAY

PRODUCT = Product(
    modules=("Reports", "Invoices", "Time Tracking"),
    core_features=("Invoices/Send", "reports/view"),
    new_features=("Reports/Forecast",),
    first_value="Invoices/Send",
)


class TestActiveUsers:
    def test_windows_are_of_full_days(self) -> None:
        """Yesterday counts, today does not, and each window ends so many days ago."""
        about = using(*(event(back, f"u{back}") for back in (0, 1, 2, 7, 8, 14, 15, 30, 31)))
        values = computed(about)
        assert values["Daily Active Users"] == 1
        assert values["Weekly Active Users"] == 3
        assert values["Active Users"] == 5
        assert values["Monthly Active Users"] == 7

    def test_a_user_counts_once_however_often(self) -> None:
        assert computed(using(*(event(back, "u1") for back in range(1, 8))))["Weekly Active Users"] == 1

    def test_days_go_by_and_the_windows_with_them(self) -> None:
        about = using(*users([1], 4))
        seen = [computed(about, days=days)["Weekly Active Users"] for days in (0, 6, 7)]
        assert seen == [4, 4, 0]

    def test_without_any_use_told_nothing_is_known(self) -> None:
        """Missing is not 0: HLT-09 leaves out what is missing."""
        values = computed(using())
        assert [metric.name for metric in USAGE_METRICS if metric.name in values] == []
        assert "License Utilization" not in values

    def test_use_that_ended_is_0(self) -> None:
        values = computed(using(event(60)))
        assert (values["Monthly Active Users"], values["License Utilization"]) == (0, 0)

    def test_before_the_first_event_nothing_is_known(self) -> None:
        assert "Active Users" not in computed(using(event(0)), days=-1)


@pytest.mark.parametrize(
    ("days", "band"),
    [
        (0, "Inactive"),
        (1, "Inactive"),
        (2, "Occasionally"),
        (4, "Occasionally"),
        (5, "Weekly"),
        (8, "Weekly"),
        (9, "Daily"),
        (14, "Daily"),
    ],
)
def test_usage_frequency_by_active_days_of_a_fortnight(days: int, band: str) -> None:
    """1.14 row 17: Inactive 0-1, Occasionally 2-4, Weekly 5-8, Daily 9 or more."""
    values = computed(using(event(0), event(15), *(event(back) for back in range(1, days + 1))))
    assert (values["Active Days"], values["Usage Frequency"]) == (days, band)


class TestFeatures:
    ABOUT = using(
        event(3, action="Invoices/Send", count=5),
        event(29, action="Invoices/Open"),
        event(31, action="Reports/View"),
        event(0, action="Time Tracking/Start"),
        create_date=TODAY - timedelta(days=40),
    )

    def test_breadth_and_adoption_of_what_the_playbook_names(self) -> None:
        """One of three modules, one of two core features, no new one: 30 full days."""
        values = computed(self.ABOUT, product=PRODUCT)
        assert values["Feature Depth"] == 33.33
        assert values["Core Feature Adoption"] == 50
        assert values["New Feature Engagement"] == 0
        assert values["Features Used in 30 days"] == 2

    def test_what_the_playbook_does_not_name_is_not_measured(self) -> None:
        values = computed(self.ABOUT)
        unknown = ("Feature Depth", "Core Feature Adoption", "New Feature Engagement", "Days to First Value")
        assert [name for name in unknown if name in values] == []

    def test_days_to_first_value_from_creation(self) -> None:
        assert computed(self.ABOUT, product=PRODUCT)["Days to First Value"] == 37

    def test_no_first_value_yet(self) -> None:
        assert "Days to First Value" not in computed(using(event(3)), product=PRODUCT)
        no_date = using(event(3, action="Invoices/Send"), create_date=None)
        assert "Days to First Value" not in computed(no_date, product=PRODUCT)


def test_session_duration_is_the_mean_of_the_events_that_tell_it() -> None:
    about = using(event(1, minutes=10), event(2, minutes=5.5), event(3), event(0, minutes=90))
    assert computed(about)["Session Duration"] == 7.75
    assert "Session Duration" not in computed(using(event(1)))


def test_last_activity_counts_today() -> None:
    assert computed(using(event(5), event(0)))["Last Activity"] == TODAY
    assert computed(using(event(5)))["Last Activity"] == TODAY - timedelta(days=5)


class TestEngagement:
    def test_the_average_of_a_fortnight_to_two_decimals(self) -> None:
        """29 actions on 14 full days: 2.07; today's thousand do not count."""
        told = summary([event(0, count=1000), event(1, count=20), event(14, count=9), event(15, count=500)])
        assert average_actions(told, None, TODAY) == 2.07

    @pytest.mark.parametrize(("age", "average"), [(0, 6.0), (1, 6.0), (2, 4.5), (3, 3.0), (100, 0.64)])
    def test_a_young_account_has_the_days_it_has(self, age: int, average: float) -> None:
        told = summary([event(1, count=6), event(2, count=3)])
        assert average_actions(told, TODAY - timedelta(days=age), TODAY) == average

    def test_without_a_create_date_its_first_use_is_its_birth(self) -> None:
        assert average_actions(summary([event(2, count=9)]), None, TODAY) == 4.5

    def test_the_score_is_that_among_accounts_of_the_same_status(self) -> None:
        """HLT-12 (1)."""
        population = population_of(
            [*(("Paying", each) for each in (1.0, 2.0, 3.0, 4.0, 5.0)), ("Trial", 50.0)], TODAY
        )
        about = using(*(event(back, count=4) for back in range(1, 15)))
        assert computed(about, population=population)["Engagement Score"] == 75

    def test_it_is_unknown_without_a_contract_a_population_or_use(self) -> None:
        population = population_of([("Paying", 2.0)], TODAY)
        events = [event(back, count=4) for back in range(1, 15)]
        for about, among in (
            (using(*events), population_of([], TODAY)),
            (using(), population),
            (using(*events, status="Churned"), population),
            (using(*events, status=None), population),
        ):
            assert "Engagement Score" not in computed(about, population=among)


class TestThePast:
    def test_a_past_day_is_as_it_would_have_been_measured_then(self) -> None:
        told = using(*users(range(8, 15), 4), *users(range(1, 8), 1)).usage
        assert told
        days = [TODAY - timedelta(days=back) for back in (40, 14, 7, 1)]
        past = past_values("Weekly Active Users", told, Product(), days)
        assert past == [(days[1], 0), (days[2], 4), (days[3], 4)]

    def test_days_that_are_not_kept_are_unknown(self) -> None:
        told = using(event(0), event(200)).usage
        assert told
        days = [TODAY - timedelta(days=back) for back in (60, 57, 56)]
        assert past_values("Weekly Active Users", told, Product(), days) == [(days[2], 0)]


def test_shares_are_rounded_half_up() -> None:
    """1.14 row 13: one of 32 modules is 3.125 percent."""
    product = Product(modules=("Reports", *(f"M{number}" for number in range(31))))
    values = computed(using(event(1)), product=product)
    assert values["Feature Depth"] == 3.13


def test_what_is_told_wins_unless_the_playbook_prefers_what_is_computed() -> None:
    supplied = using(*users([1], 3), **{"Weekly Active Users": 50})
    assert computed(supplied)["Weekly Active Users"] == 50
    assert computed(supplied, preferred=["Weekly Active Users"])["Weekly Active Users"] == 3
    unmeasured = using(**{"Weekly Active Users": 50})
    assert computed(unmeasured, preferred=["Weekly Active Users"])["Weekly Active Users"] == 50


@pytest.mark.parametrize("name", [metric.name for metric in USAGE_METRICS])
def test_every_metric_of_use_is_an_attribute_that_says_so(name: str) -> None:
    assert (CATALOGUE[name].computed, CATALOGUE[name].daily) == (True, True)
