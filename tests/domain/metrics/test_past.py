"""What was on the days before: conditions that look back on use decide at once, and late events count (EWS-02
to EWS-07, 1.14 row 21)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from keepwell.accounts import Account, Change, merge
from keepwell.attributes import Attribute, Kind
from keepwell.criteria import parse
from keepwell.evaluation import Evaluation, evaluate
from keepwell.metrics.recipe import computable
from keepwell.playbook import Playbook
from keepwell.population import population_of
from keepwell.segments import Segment
from tests.domain.metrics.using import CATALOGUE, event, summary, users, using
from tests.story import NOON, TODAY, account, standard_playbook

STANDARD = replace(standard_playbook(), segments=(), plays=(), profiles=standard_playbook().profiles[-1:])
DROPPED = "Weekly Active Users dropped > 25%"


def asking(text: str, *attributes: Attribute, **changes: Any) -> Playbook:
    """A playbook with one segment, and these attributes."""
    catalogue = computable(CATALOGUE.extended(attributes))
    asked = Segment("asked", "Asked", parse(text, catalogue))
    return replace(STANDARD, catalogue=catalogue, segments=(asked,), **changes)


def inside(found: Evaluation) -> bool:
    return "Asked" in found.values.get("Segments", ())  # type: ignore[operator]


def looked(about: Account, book: Playbook, day: int = 0, **rest: Any) -> tuple[Evaluation, Account]:
    """The look at noon, so many days after today, and the account as it is stored after it."""
    found = evaluate(about, book, NOON + timedelta(days=day), **rest)
    return found, replace(about, standing=found.standing, trail=found.trail or about.trail)


class TestAFirstImport:
    """Ninety days of use come in one file, and no condition has to wait for days to pass."""

    @pytest.mark.parametrize(("now", "expected"), [(7, True), (8, False), (11, False)])
    def test_a_drop_is_found_at_once(self, now: int, expected: bool) -> None:
        """EWS-06: 10 users in the 7 full days before 14 November. A drop of 30% counts, 20% does not."""
        about = using(*users(range(8, 90), 10), *users(range(1, 8), now))
        assert inside(looked(about, asking(DROPPED))[0]) is expected

    def test_a_quarter_less_is_not_more_than_a_quarter(self) -> None:
        about = using(*users(range(8, 90), 4), *users(range(1, 8), 3))
        assert not inside(looked(about, asking(DROPPED))[0])
        assert inside(looked(about, asking("Weekly Active Users dropped at least 25%"))[0])

    def test_nothing_of_it_is_remembered(self) -> None:
        found, _ = looked(using(*users(range(1, 90), 4)), asking(DROPPED))
        assert found.trail is None or "Weekly Active Users" not in found.trail.values

    def test_utilization_follows_from_licences_as_they_were(self) -> None:
        """EWS-03: 80 of 100 seats were in use a week ago, 5 are: 93.75% less. Active Users are those of 14
        days, so that nobody has come since the 7th of November."""
        about = using(*users(range(15, 30), 80), *users(range(1, 8), 5))
        found, _ = looked(about, asking("License Utilization decreased 90% in 7 days"))
        assert found.values["License Utilization"] == 5
        assert inside(found)
        assert found.past["License Utilization"][0] == (TODAY - timedelta(days=7), 80)

    def test_dwell_over_utilization(self) -> None:
        """EWS-07: below half on each of 15 days, or on all but one of them."""
        book = asking("License Utilization < 50% for 14+ days")
        low = users(range(1, 60), 40)
        assert inside(looked(using(*low), book)[0])
        assert not inside(looked(using(*low, *users([28], 60)), book)[0])
        assert inside(looked(using(*low, *users([29], 60)), book)[0])

    def test_before_the_licences_were_told_utilization_is_unknown(self) -> None:
        """1.14 row 21."""
        about = using(*users(range(1, 60), 40))
        facts = replace(
            about.facts, exceptions={"Licenses": replace(about.facts.provenance, observed_at=NOON)}
        )
        book = asking("License Utilization < 50% for 14+ days")
        assert not inside(looked(replace(about, facts=facts), book)[0])

    def test_silence(self) -> None:
        """EWS-01: 30 days ago is not yet silence, 31 are."""
        book = asking("Last Activity > 30 days")
        assert [inside(looked(using(event(back)), book)[0]) for back in (30, 31)] == [False, True]


class TestLateEvents:
    def test_what_comes_late_counts_on_its_day_and_repairs_the_answer(self) -> None:
        """The feed broke for three days: a drop that was none. The late file takes it back."""
        week = users(range(8, 30), 10)
        book = asking(DROPPED)
        found, stored = looked(using(*week, *users([7, 6], 5)), book)
        assert inside(found)
        late = replace(stored, usage=summary([*week, *users(range(1, 8), 10)]))
        again, _ = looked(late, book, day=0)
        assert not inside(again)
        assert [passage.passage for passage in again.transitions] == ["exited"]

    def test_the_same_of_a_past_that_was_looked_at_before(self) -> None:
        """What is measured of last week does not depend on what was known of it last week."""
        before, after = users([14], 10), users([14, 8], 10)
        book = asking("Active Users increased 50% in 7 days")
        _, stored = looked(using(*before, *users([1], 12)), book, day=-7)
        found, _ = looked(replace(stored, usage=summary([*after, *users([1], 12)])), book)
        fresh, _ = looked(using(*after, *users([1], 12)), book)
        assert inside(found) is inside(fresh)
        assert found.past["Active Users"] == fresh.past["Active Users"]


class TestWhatIsRemembered:
    def test_engagement_is_remembered_by_day(self) -> None:
        """EWS-02: half of what it was 14 days ago; nobody can measure again where it stood among others."""
        book = asking("Engagement Score dropped 50%+ in 14 days")
        steady = [event(back, count=40) for back in range(-14, 30)]
        ranked = population_of([("Paying", float(each)) for each in range(1, 102)], TODAY)
        first, stored = looked(using(*steady), book, population=ranked)
        assert first.values["Engagement Score"] == 39
        kept = stored.trail
        assert kept
        assert kept.values["Engagement Score"] == ((TODAY, 39),)
        later = replace(stored, usage=summary([event(back, count=19) for back in range(-14, 30)]))
        found, _ = looked(later, book, day=14, population=ranked)
        assert found.values["Engagement Score"] == 18
        assert inside(found)

    def test_what_a_file_tells_of_active_users_is_remembered(self) -> None:
        book = asking("Active Users dropped 50% in 7 days")
        _, stored = looked(account(), book)
        assert stored.trail
        assert stored.trail.values["Active Users"][-1][1] == 80
        at = NOON + timedelta(days=3)
        change = Change("A-1", {"Active Users": 40}, "csv:accounts", at, at.date(), "drop-2")
        facts = merge(stored.facts, change, CATALOGUE)
        assert facts
        found, _ = looked(replace(stored, facts=facts), book, day=7)
        assert inside(found)

    def test_a_longer_look_back_than_use_is_kept_for_is_remembered(self) -> None:
        book = asking("Weekly Active Users dropped 50% in 80 days")
        _, stored = looked(using(*users(range(1, 60), 10)), book)
        assert stored.trail
        assert stored.trail.values["Weekly Active Users"] == ((TODAY, 10),)
        later = replace(stored, usage=summary([*users(range(1, 60), 10), *users(range(-79, -70), 3)]))
        found, _ = looked(later, book, day=80)
        assert found.values["Weekly Active Users"] == 3
        assert inside(found)


class TestFormulas:
    RATE = Attribute(
        "Rate", Kind.NUMBER, computed=True, daily=True, formula="Weekly Active Users / Monthly Active Users"
    )

    def test_the_past_of_a_formula_is_that_of_what_it_reads(self) -> None:
        """A formula that is changed has the past of the new one."""
        about = using(*users(range(1, 60), 10))
        book = asking("Rate < 0.6 for 5 days", self.RATE)
        assert not inside(looked(about, book)[0])
        found, stored = looked(about, asking("Rate < 0.6 for 5 days", self.RATE.but(formula="0.5")))
        assert inside(found)
        assert found.past["Rate"] == ((TODAY - timedelta(days=5), 0.5),)
        assert stored.trail is None or "Rate" not in stored.trail.values

    def test_a_formula_that_looks_back_has_a_past_too(self) -> None:
        """Daily users over ten days: 10 and 10 as of ten days ago, 10 and 12 as of any day since."""
        growth = self.RATE.but(name="Growth", formula="change(Daily Active Users, 10)")
        about = using(*users(range(11, 40), 10), *users(range(1, 11), 12))
        found, _ = looked(about, asking("Growth increased by 20 in 10 days", growth))
        assert inside(found)
        days = [TODAY - timedelta(days=back) for back in (10, 9)]
        assert found.past["Growth"] == ((days[0], 0), (days[1], 20))
        nine, _ = looked(about, asking("Growth increased in 9 days", growth))
        assert not inside(nine)

    def test_what_nobody_reads_is_not_computed_and_not_remembered(self) -> None:
        """Temporal conditions pay their own way."""
        found, stored = looked(account(), asking("Licenses > 1"))
        assert "NPS Change 180 Days" not in found.values
        assert stored.trail is None or "NPS" not in stored.trail.values
        found, stored = looked(account(), asking("NPS Change 180 Days < 0"))
        assert found.values["NPS Change 180 Days"] == 0
        assert stored.trail
        assert "NPS" in stored.trail.values

    def test_a_formula_that_was_told_stays_as_told(self) -> None:
        told: dict[str, Any] = {"License Utilization": 3}
        about = account(**told)
        assert looked(about, asking("Licenses > 1"))[0].values["License Utilization"] == 3
        preferring = asking("Licenses > 1", prefer_computed=frozenset({"License Utilization"}))
        assert looked(about, preferring)[0].values["License Utilization"] == 80


class TestInputs:
    def test_the_hash_covers_use_and_population(self) -> None:
        """S3: what was read is named by the standing."""
        book = asking("Licenses > 1")
        about, more = using(*users([1], 4)), using(*users([1], 5))
        among = [population_of([("Paying", each)], TODAY) for each in (1.0, 2.0)]
        hashes = {
            looked(each, book, population=population)[0].standing.inputs
            for each in (about, more)
            for population in among
        }
        assert len(hashes) == 4

    def test_what_is_computed_is_as_old_as_the_oldest_it_is_made_of(self) -> None:
        about = using(*users([1], 4), contract_value=5)
        recipe = standard_playbook().recipe
        assert about.usage
        assert recipe.told_at(about, "Weekly Active Users") == NOON
        assert recipe.told_at(about, "Engagement Score") == NOON
        assert recipe.told_at(about, "License Utilization") == about.facts.observed("Licenses")
        assert recipe.told_at(about, "Days Since Last Touch") == about.facts.observed("Last Touch")
        assert recipe.told_at(about, "NPS Change 180 Days") == about.facts.observed("NPS")
        assert recipe.told_at(account(active_users=None), "Weekly Active Users") is None
