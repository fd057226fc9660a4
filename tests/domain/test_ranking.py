"""The step that ranks, and the populations it makes (reliability S2, S3; definitions 1.2)."""

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from keepwell.accounts import Account
from keepwell.attributes import Value
from keepwell.errors import ConfigurationError
from keepwell.in_memory import InMemoryAccounts, InMemoryControl, InMemoryFiles
from keepwell.metrics.engagement import activity_of
from keepwell.nightly import run_key
from keepwell.population import NO_POPULATION, Averages, population_of
from keepwell.ports import Page
from keepwell.ranking import Populations, Ranking, population_file
from keepwell.usage import UsageSummary
from tests.story import NOON, TODAY, account

YESTERDAY = TODAY - timedelta(days=1)


def using(account_id: str, actions_a_day: int, **facts: Value | None) -> Account:
    """An account with so many actions on each of the last 20 days."""
    usage = UsageSummary(
        account_id=account_id,
        first=TODAY - timedelta(days=20),
        through=YESTERDAY,
        told_at=NOON,
        actions=(actions_a_day,) * 20,
    )
    return replace(account(account_id, known_since=None, **facts), usage=usage)


class Portfolio(InMemoryAccounts):
    """Accounts as they are; their first numbers are their segments."""

    def __init__(self, *accounts: Account):
        super().__init__()
        self.accounts = accounts

    def scan(self, segment: int, of: int, start: str | None = None, limit: int = 200) -> Page:
        mine = [each for number, each in enumerate(self.accounts) if number % of == segment]
        place = int(start or 0)
        return Page(tuple(mine[place : place + 2]), str(place + 2) if place + 2 < len(mine) else None)


def rank(
    accounts: InMemoryAccounts, control: InMemoryControl, files: InMemoryFiles, run: str = "r", of: int = 3
) -> list[Ranking]:
    control.settle(run_key(run), "day", str(TODAY))
    steps = [Ranking(accounts, control, files, TODAY, NOON) for _ in range(of)]
    for segment, step in enumerate(steps):
        step.resume({"segment": segment, "of": of, "run": run, "cursor": None, "counts": {"ranked": 0}})
        step.go_on()
    return steps


def test_the_last_segment_makes_the_population_of_all() -> None:
    accounts = Portfolio(*(using(f"A-{number}", number) for number in range(10)))
    control, files = InMemoryControl(), InMemoryFiles()
    steps = rank(accounts, control, files)
    assert sum(step.counts["ranked"] for step in steps) == 10
    made = Populations(control, files).of(TODAY)
    assert made == Populations(control, files).current()
    averages = Averages((("Paying", float(number)) for number in range(10)), use_told_at=NOON)
    assert made == population_of(averages, TODAY)
    assert made.sizes == {"Paying": 10}
    assert made.lower("Paying", 7.0) == 7


def test_before_the_last_segment_there_is_none() -> None:
    accounts, control, files = Portfolio(using("A-1", 3)), InMemoryControl(), InMemoryFiles()
    control.settle(run_key("r"), "day", str(TODAY))
    step = Ranking(accounts, control, files, TODAY, NOON)
    step.resume({"segment": 0, "of": 2, "run": "r", "counts": {}})
    step.go_on()
    assert Populations(control, files).current() == NO_POPULATION


def test_a_company_without_any_use_has_an_empty_population() -> None:
    control, files = InMemoryControl(), InMemoryFiles()
    rank(Portfolio(account("A-1")), control, files)
    made = Populations(control, files).current()
    assert (made.day, made.sizes) == (TODAY, {})


def test_who_is_not_ranked() -> None:
    """Without a contract, without use, or as of a day before the first use."""
    assert activity_of(using("A-1", 3), TODAY) == ("Paying", 3.0)
    assert activity_of(using("A-1", 3, status="Churned"), TODAY) is None
    assert activity_of(using("A-1", 3, status=None), TODAY) is None
    assert activity_of(account("A-1"), TODAY) is None
    assert activity_of(using("A-1", 3), TODAY - timedelta(days=30)) is None


def test_a_young_account_is_ranked_by_the_days_it_has() -> None:
    """Definitions 1.2: created two days ago, six actions in all on its two full days."""
    young = using("A-1", 3, create_date=TODAY - timedelta(days=2))
    assert activity_of(young, TODAY) == ("Paying", 3.0)


def test_ranked_again_after_more_was_told_the_day_has_the_newer_population() -> None:
    control, files = InMemoryControl(), InMemoryFiles()
    rank(Portfolio(), control, files, "before")
    populations = Populations(control, files)
    before = populations.of(TODAY)
    later = population_of([("Paying", 3.0)], TODAY)
    populations.put(later, NOON + timedelta(hours=1))
    populations.put(before, NOON)
    assert populations.of(TODAY) == populations.current() == later


def test_the_current_population_only_moves_forward_by_day() -> None:
    """S2."""
    populations = Populations(InMemoryControl(), InMemoryFiles())
    today, before = (population_of([("Paying", 2.0)], day) for day in (TODAY, YESTERDAY))
    populations.put(today, NOON)
    populations.put(before, NOON + timedelta(hours=5))
    assert populations.current() == today
    assert populations.of(YESTERDAY) == before
    assert populations.of(TODAY - timedelta(days=9)) == NO_POPULATION


def test_a_population_that_is_gone_says_how_to_make_it_again() -> None:
    control = InMemoryControl()
    made = population_of([("Paying", 2.0)], TODAY)
    Populations(control, InMemoryFiles()).put(made, NOON)
    with pytest.raises(
        ConfigurationError, match=f"{population_file(made.version)} is gone.*keepwell nightly"
    ):
        Populations(control, InMemoryFiles()).current()


def test_a_table_is_read_once() -> None:
    """Its name is its content's hash; the row is looked at each time."""

    class Counting(InMemoryFiles):
        reads = 0

        def read(self, key: str, version: str | None = None) -> bytes:
            self.reads += 1
            return super().read(key, version)

    control, files = InMemoryControl(), Counting()
    Populations(control, files).put(population_of([("Paying", 2.0)], TODAY), NOON)
    populations = Populations(control, files)
    assert populations.current() is populations.current()
    assert files.reads == 1


def test_two_runs_side_by_side_make_the_same_population() -> None:
    accounts = Portfolio(*(using(f"A-{number}", number) for number in range(9)))
    made = []
    for order in (["a", "b"], ["b", "a"]):
        control, files, steps = InMemoryControl(), InMemoryFiles(), list[Ranking]()
        for segment, run in product((0, 1), order):
            control.settle(run_key(run), "day", str(TODAY))
            steps.append(Ranking(accounts, control, files, TODAY, NOON))
            steps[-1].resume({"segment": segment, "of": 2, "run": run, "counts": {}})
        for step in steps:
            step.go_on(iter([False, True]).__next__)
        for step in steps:
            step.go_on()
        made.append(Populations(control, files).current())
    assert made[0] == made[1]
    assert made[0].sizes == {"Paying": 9}
