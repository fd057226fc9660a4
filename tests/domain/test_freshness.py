"""How old what we know is: a feed that goes on telling the same keeps it fresh, a dead one does not.

Architecture: told again, a value is written anew only where it would otherwise grow stale (I3).
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.accounts import Account, Change, Facts, Freshness, merge
from keepwell.attributes import Value
from keepwell.criteria import parse
from keepwell.evaluation import evaluate
from keepwell.health import Metric, Profile
from keepwell.health.profiles import Dimension
from keepwell.health.replaying import replay
from keepwell.imports.changes import ChangeLog
from keepwell.in_memory import InMemoryFiles
from keepwell.playbook import Playbook
from keepwell.population import NO_POPULATION, Averages, Population, population_of
from keepwell.recalculating import as_of, read_logs
from keepwell.usage import UsageSummary
from keepwell.usage.summary import WINDOWS
from tests.domain.health.scorecards import profile
from tests.story import NOON, TODAY, account, standard_playbook

STANDARD = standard_playbook()
CATALOGUE = STANDARD.catalogue
NPS_COUNTS_10_DAYS = Freshness({"NPS": 10})


def metric(name: str, max_age_days: int | None = None) -> Metric:
    known = next(each for book in STANDARD.profiles for each in book.metrics if each.attribute == name)
    return replace(known, max_age_days=max_age_days)


def book(*metrics: Metric) -> Playbook:
    """One scorecard of these metrics, which weigh the same."""
    return replace(
        STANDARD,
        profiles=(Profile("all", "All", None, (Dimension("All", 100, metrics),)),),
        account_model=(metric("Open Ticket Count"),),
    )


FRESH_NPS = book(metric("NPS", 10), metric("Open Ticket Count"))


def after(days: float) -> datetime:
    return NOON + timedelta(days=days)


def telling(days: float, **values: Value) -> Change:
    names = {"nps": "NPS", "licenses": "Licenses"}
    named = {names[name]: value for name, value in values.items()}
    at = after(days)
    return Change("A-1", named, "csv:accounts", at, at.date(), f"drop-{days}")


def known(**values: Value) -> Facts:
    """As told this noon."""
    return account(known_since=NOON, **values).facts


def told(facts: Facts, *changes: Change, freshness: Freshness = NPS_COUNTS_10_DAYS) -> Facts:
    for change in changes:
        facts = merge(facts, change, CATALOGUE, freshness) or facts
    return facts


class TestMerging:
    @pytest.mark.parametrize(
        ("days", "confirmed"), [(0, False), (0.4, False), (5, False), (6, True), (40, True)]
    )
    def test_the_same_value_is_confirmed_once_more_than_half_of_its_days_are_over(
        self, days: float, confirmed: bool
    ) -> None:
        """I3: until then nothing is written."""
        before = known(nps=9)
        again = merge(before, telling(days, nps=9), CATALOGUE, NPS_COUNTS_10_DAYS)
        assert (again is not None) is confirmed
        if again:
            assert again == replace(before, confirmed={"NPS": after(days)})
            assert (again.observed("NPS"), again.last_told("NPS")) == (NOON, after(days))
            assert merge(again, telling(days, nps=9), CATALOGUE, NPS_COUNTS_10_DAYS) is None

    def test_what_counts_for_ever_is_never_confirmed(self) -> None:
        assert merge(known(licenses=100), telling(900, licenses=100), CATALOGUE, NPS_COUNTS_10_DAYS) is None

    def test_an_older_word_confirms_nothing(self) -> None:
        """I4."""
        confirmed = told(known(nps=9), telling(20, nps=9))
        assert merge(confirmed, telling(8, nps=9), CATALOGUE, NPS_COUNTS_10_DAYS) is None

    def test_a_late_file_does_not_overwrite_what_was_told_again_since(self) -> None:
        """I4: nothing newer is lost to something older."""
        confirmed = told(known(nps=9), telling(20, nps=9))
        assert merge(confirmed, telling(8, nps=1), CATALOGUE, NPS_COUNTS_10_DAYS) is None

    def test_another_value_begins_anew(self) -> None:
        changed = told(known(nps=9), telling(20, nps=9), telling(21, nps=3))
        assert (changed.values["NPS"], changed.confirmed, changed.last_told("NPS")) == (3, {}, after(21))

    def test_a_row_that_changes_one_value_confirms_another(self) -> None:
        changed = told(known(nps=9), telling(20, nps=9, licenses=7))
        assert (changed.values["Licenses"], changed.confirmed) == (7, {"NPS": after(20)})
        assert changed.changed_by == "drop-20"

    @given(st.data(), st.integers(0, 40))
    def test_a_feed_that_tells_often_enough_never_lets_it_grow_stale(
        self, data: st.DataObject, most: int
    ) -> None:
        """Regularly once in its days, or twice somehow; and confirmations are half of the days apart."""
        regular = st.integers(1, max(most, 1)).map(lambda gap: [gap] * 30)
        irregular = st.lists(st.integers(1, max(most // 2, 1)), max_size=30)
        facts, day, written = known(nps=9), 0, [0]
        for gap in data.draw(regular | irregular):
            # The evening before it is told again is when the value is oldest.
            assert (day + gap - 1) - (facts.last_told("NPS") - NOON).days <= most
            day += gap
            confirmed = told(facts, telling(day, nps=9), freshness=Freshness({"NPS": most}))
            written += [day] if confirmed is not facts else []
            facts = confirmed
        assert all(2 * (later - earlier) > most for earlier, later in pairwise(written))


class TestPlaybook:
    def test_it_knows_the_facts_that_have_to_be_fresh_by_the_strictest_metric(self) -> None:
        """What is computed of facts is as old as they are."""
        playbook = book(metric("License Utilization", 30), metric("NPS", 10), metric("Open Ticket Count"))
        strict = replace(playbook, account_model=(metric("NPS", 20), metric("License Utilization", 7)))
        days = strict.freshness.max_age_days
        assert (days["Licenses"], days["Active Users"], days["NPS"]) == (7, 7, 10)
        assert "Open Ticket Count" not in days
        assert strict.freshness.time_zone == STANDARD.time_zone

    def test_where_no_metric_asks_for_it_nothing_is_confirmed(self) -> None:
        assert not replace(STANDARD, profiles=(profile((100, [metric("NPS")])),)).freshness.max_age_days

    def test_a_confirmation_concerns_the_evaluation(self) -> None:
        before = known(nps=9)
        assert FRESH_NPS.concerned_by(before, told(before, telling(8, nps=9)), after(8))


def confidences(playbook: Playbook, told_on: Sequence[int], last: int) -> list[int | None]:
    """Of each day from noon's on: NPS 9 is told again on some of the days, the account is judged on all."""
    there = Account(known(nps=9))
    found = []
    for day in range(last + 1):
        if day in told_on:
            there = replace(there, facts=told(there.facts, telling(day, nps=9), freshness=playbook.freshness))
        evaluation = evaluate(there, playbook, after(day))
        if evaluation.changed:
            there = replace(there, standing=evaluation.standing)
        found.append(there.standing.confidence if there.standing else None)
    return found


class TestConfidence:
    def test_a_dead_feed_lowers_it_and_a_steady_one_does_not(self) -> None:
        """NPS is half of the scorecard, and counts for 10 days."""
        assert confidences(FRESH_NPS, range(41), 40) == [100] * 41
        assert confidences(FRESH_NPS, range(0, 41, 10), 40) == [100] * 41
        assert confidences(FRESH_NPS, [], 12) == [100] * 11 + [50] * 2

    def test_it_recovers_as_soon_as_the_feed_is_back(self) -> None:
        assert confidences(FRESH_NPS, [14], 15) == [100] * 11 + [50] * 3 + [100] * 2

    def test_looking_back_on_a_day_before_the_confirmation_changes_nothing(self) -> None:
        """S2."""
        there = Account(told(known(nps=9), telling(20, nps=9)))
        assert not evaluate(there, FRESH_NPS, after(15)).changed
        assert evaluate(there, FRESH_NPS, after(20)).changed


def used(told_days_ago: int, account_id: str = "A-1") -> Account:
    """Its use was last told of so many days ago."""
    at = NOON - timedelta(days=told_days_ago)
    active = dict.fromkeys(WINDOWS, (50,))
    usage = UsageSummary(
        account_id, at.date(), at.date(), told_at=at, actions=(5,), last_seen=(50,), active=active
    )
    return replace(account(account_id, active_users=None), usage=usage)


def heard(days_ago: int) -> Population:
    return population_of(Averages(use_told_at=NOON - timedelta(days=days_ago)), TODAY)


class TestUse:
    @pytest.mark.parametrize(
        ("population", "stale"),
        [(heard(0), False), (heard(7), False), (heard(8), True), (heard(60), True), (NO_POPULATION, True)],
        ids=[
            "told today",
            "as old as allowed",
            "a day too old",
            "dead as long as the account",
            "no night yet",
        ],
    )
    def test_nobody_using_the_product_is_news_as_long_as_files_come(
        self, population: Population, stale: bool
    ) -> None:
        """A file that tells of others tells that this one was not used."""
        evaluation = evaluate(used(60), use_book(7), NOON, population=population)
        [found] = [each for each in evaluation.assessment.result.metrics if each.name == "Last Activity"]
        assert (found.stale, evaluation.judgement.confidence) == (stale, 50 if stale else 100)
        rows = [row for row in evaluation.history() if row.kind == "score"]
        stored = replace(rows[0], detail=json.loads(json.dumps(rows[0].detail)))
        assert replay(stored, use_book(7)) == evaluation.assessment, "S3: the row holds the age that counted"

    def test_an_account_that_a_file_told_of_after_the_ranking_is_as_fresh_as_that(self) -> None:
        evaluation = evaluate(used(1), use_book(7), NOON, population=heard(30))
        assert evaluation.judgement.confidence == 100


def use_book(max_age_days: int) -> Playbook:
    idle = Metric(
        "Last Activity",
        "Last Activity",
        good=parse("Last Activity within last 30 days", CATALOGUE),
        poor=parse("Last Activity more than 45 days ago", CATALOGUE),
        max_age_days=max_age_days,
    )
    return book(idle, metric("NPS"))


class TestRecalculation:
    def test_a_past_day_knows_when_a_value_had_been_told_again(self) -> None:
        """The logs of imports keep it, so that days judged again are as sure as they were."""
        files, facts = InMemoryFiles(), known(nps=9)
        for day in (8, 16, 24):
            change = telling(day, nps=9)
            confirmed = told(facts, change)
            log = ChangeLog(
                files, f"changes/{change.observed_at.isoformat()}-drop/0000.jsonl", change.observed_at
            )
            log.note(("A-1",), facts, confirmed)
            log.write()
            facts = confirmed
        logs = read_logs(files, date(2026, 11, 1))["A-1"]
        found = {}
        for day in (5, 8, 15, 17, 23, 30):
            then = as_of(Account(facts), logs, after(day), CATALOGUE)
            assert then is not None
            assert (then.facts.values["NPS"], then.facts.observed("NPS")) == (9, NOON)
            found[day] = (then.facts.last_told("NPS") - NOON).days
        assert found == {5: 0, 8: 8, 15: 8, 17: 16, 23: 16, 30: 24}
