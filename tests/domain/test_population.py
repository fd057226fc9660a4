"""The Engagement Score is a percentile among the accounts of the same Status (HLT-12, definitions 1.2)."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.errors import ConfigurationError
from keepwell.population import (
    NO_POPULATION,
    Averages,
    engagement_score,
    population_of,
    read_population,
    write_population,
)

DAY = date(2026, 11, 21)
averages = st.integers(0, 3_000).map(lambda hundredths: hundredths / 100)
statuses = st.sampled_from(["Free", "Trial", "Paying"])
accounts = st.lists(st.tuples(statuses, averages), max_size=60)


def score(others: list[float], average: float) -> int | None:
    """That of a paying account among these, itself included."""
    return engagement_score(population_of((("Paying", each) for each in others), DAY), "Paying", average)


class TestExamplesByHand:
    def test_the_percentile_counts_those_below(self) -> None:
        five = [1.0, 2.0, 3.0, 4.0, 5.0]
        assert [score(five, average) for average in five] == [0, 25, 50, 75, 100]

    def test_ties_are_equal(self) -> None:
        """Two of four are below 3.00, whichever of the two that have it is asked."""
        assert score([1.0, 2.0, 3.0, 3.0], 3.0) == 67

    def test_halves_are_rounded_up(self) -> None:
        """1 of 8 others is 12.5."""
        nine = [float(each) for each in range(1, 10)]
        assert score(nine, 2.0) == 13

    def test_below_one_action_a_day_is_0_though_nobody_is_lower(self) -> None:
        assert score([0.1, 0.5, 0.99], 0.99) == 0
        assert score([0.1, 0.5, 1.0], 1.0) == 100

    def test_the_only_one_is_at_the_top(self) -> None:
        assert score([7.5], 7.5) == 100
        assert score([0.5], 0.5) == 0

    def test_each_status_is_compared_with_its_own(self) -> None:
        population = population_of([("Paying", 9.0), ("Paying", 8.0), ("Free", 2.0), ("Free", 1.0)], DAY)
        assert engagement_score(population, "Free", 2.0) == 100
        assert engagement_score(population, "Paying", 8.0) == 0

    def test_an_account_that_came_after_the_ranking_is_placed_among_those_there(self) -> None:
        three = [2.0, 4.0, 6.0]
        assert [score(three, average) for average in (1.5, 3.0, 5.0, 99.0)] == [0, 50, 100, 100]

    def test_without_anybody_to_compare_with_it_is_unknown(self) -> None:
        assert engagement_score(NO_POPULATION, "Paying", 5.0) is None
        assert engagement_score(population_of([("Free", 1.0)], DAY), "Paying", 5.0) is None


class TestLaws:
    @given(st.lists(averages, min_size=1, max_size=40), averages, averages)
    def test_who_does_more_never_scores_less(self, others: list[float], one: float, other: float) -> None:
        low, high = (score([*others, one, other], each) for each in sorted((one, other)))
        assert low is not None
        assert high is not None
        assert 0 <= low <= high <= 100

    @given(st.lists(averages, min_size=2, max_size=40))
    def test_the_ends(self, everyone: list[float]) -> None:
        assert score(everyone, min(everyone)) == 0
        if max(everyone) >= 1 and everyone.count(max(everyone)) == 1:
            assert score(everyone, max(everyone)) == 100

    @given(accounts, st.integers(1, 5))
    def test_neither_order_nor_parts_matter(self, each: list[tuple[str, float]], of: int) -> None:
        """S2: four segments rank side by side, and the last one adds up."""
        whole = population_of(each, DAY)
        parts = [Averages(each[number::of]) for number in range(of)]
        added = Averages()
        for part in reversed(parts):
            added.include(Averages.from_json(json.loads(json.dumps(part.to_json()))))
        assert population_of(added, DAY) == whole
        assert population_of(each[::-1], DAY).version == whole.version

    @given(accounts)
    def test_what_is_written_is_read_back(self, each: list[tuple[str, float]]) -> None:
        """S3: a stored score can be computed again from the table its version names."""
        population = population_of(each, DAY)
        text = write_population(population)
        assert read_population(text) == population
        assert write_population(read_population(text)) == text


class TestVersions:
    def test_a_version_names_the_content_and_the_day(self) -> None:
        each = [("Paying", 2.0)]
        assert population_of(each, DAY).version == population_of(each, DAY).version
        assert population_of(each, DAY).version != population_of(each, date(2026, 11, 22)).version
        assert population_of(each, DAY).version != population_of([("Paying", 2.01)], DAY).version

    def test_a_changed_table_is_refused(self) -> None:
        text = write_population(population_of([("Paying", 2.0), ("Paying", 3.0)], DAY))
        with pytest.raises(ConfigurationError, match="its content is"):
            read_population(text.replace("3.0", "4.0"))

    @pytest.mark.parametrize("text", ["", "[]", "{}", '{"day":"2026-11-21"}', "null"])
    def test_what_is_no_table_is_refused(self, text: str) -> None:
        with pytest.raises(ConfigurationError, match="no population table"):
            read_population(text)
