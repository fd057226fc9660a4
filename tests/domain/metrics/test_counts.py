"""Counts of days, and what follows from facts alone (DAT-02, 1.14 rows 21 and 22)."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from keepwell.accounts import Account, Change, Facts, merge
from keepwell.attributes import Attribute, Kind, Value
from tests.domain.metrics.using import CATALOGUE, computed
from tests.story import NOON, TODAY, account


def known(facts: dict[str, Value], since: dict[str, date] | None = None) -> Account:
    about = account("A-1").facts
    return Account(replace(about, values=facts, since=since or {}))


def test_days_count_from_facts() -> None:
    facts: dict[str, Value] = {
        "Last Touch": TODAY - timedelta(days=46),
        "Last QBR": TODAY,
        "Active Users": 45,
        "Licenses": 60,
    }
    since = {"Customer Journey Stage": TODAY - timedelta(days=9), "Onboarding Stage": TODAY}
    assert computed(known(facts, since)) == {
        **facts,
        "Days Since Last Touch": 46,
        "Days Since Last QBR": 0,
        "Days in Customer Journey Stage": 9,
        "Days in Current Stage": 9,
        "Days in Onboarding Stage": 0,
        "License Utilization": 75,
    }


def test_what_the_facts_supply_wins() -> None:
    """1.14 row 22."""
    facts: dict[str, Value] = {
        "Last Touch": TODAY,
        "Days Since Last Touch": 5,
        "Days in Current Stage": 40,
        "Days in Onboarding Stage": 3,
        "License Utilization": 12,
        "Active Users": 1,
        "Licenses": 1,
    }
    since = dict.fromkeys(("Customer Journey Stage", "Onboarding Stage", "Risk Status"), TODAY)
    assert computed(known(facts, since)) == {
        **facts,
        "Days in Customer Journey Stage": 40,
        "Days in Risk Status": 40,
    }


def test_the_days_are_counted_where_the_playbook_prefers_that() -> None:
    """Those of every lifecycle: it is they that `Days in Current Stage` asks for beside its lifecycle."""
    since = {"Customer Journey Stage": TODAY - timedelta(days=9), "Onboarding Stage": TODAY}
    assert computed(known({"Days in Current Stage": 40}, since), preferred=["Days in Current Stage"]) == {
        "Days in Customer Journey Stage": 9,
        "Days in Current Stage": 9,
        "Days in Onboarding Stage": 0,
    }


def test_nothing_is_made_of_nothing() -> None:
    """HLT-12 (3): without licences there is no License Utilization, and Active Users is the metric."""
    for facts in ({}, {"Active Users": 5}, {"Active Users": 5, "Licenses": 0}, {"Licenses": 5}):
        told: dict[str, Value] = {**facts}
        assert computed(known(told)) == told


def test_utilization_reads_well() -> None:
    assert computed(known({"Active Users": 2, "Licenses": 3}))["License Utilization"] == 66.67


def test_a_day_ahead_counts_as_today() -> None:
    assert computed(known({"Last Touch": TODAY + timedelta(days=3)}))["Days Since Last Touch"] == 0


class TestEndStages:
    """Definitions 1.7: counting stops at an end stage, and starts anew when the account leaves it."""

    @pytest.mark.parametrize(
        ("lifecycle", "stage", "days"),
        [
            ("Onboarding Stage", "Go Live", 9),
            ("Onboarding Stage", "Completed", None),
            ("Risk Status", "Engaged", 9),
            ("Risk Status", "Resolved", None),
            ("Risk Status", "Not At Risk", None),
            ("Customer Journey Stage", "Expansion", 9),
        ],
    )
    def test_of_the_standard_lifecycles(self, lifecycle: str, stage: str, days: int | None) -> None:
        about = known({lifecycle: stage}, {lifecycle: TODAY - timedelta(days=9)})
        assert computed(about).get(f"Days in {lifecycle}") == days

    def test_a_life_of_stages(self) -> None:
        """Completed on the fifth day, and back to Enablement on the eighth: that day is the first."""
        facts, counted = told_stage(None, "Kickoff", 0), []
        for day in range(12):
            stage = {5: "Completed", 8: "Enablement"}.get(day)
            facts = told_stage(facts, stage, day) if stage else facts
            counted.append(computed(Account(facts), days=day).get("Days in Onboarding Stage"))
        assert counted == [0, 1, 2, 3, 4, None, None, None, 0, 1, 2, 3]

    def test_of_a_lifecycle_of_the_playbook(self) -> None:
        step = Attribute("Step", Kind.ORDERED, values=("A", "B"), lifecycle=True, end_stages=("B",))
        catalogue = CATALOGUE.extended([step])
        since = {"Step": TODAY - timedelta(days=2)}
        assert computed(known({"Step": "A"}, since), catalogue=catalogue)["Days in Step"] == 2
        assert "Days in Step" not in computed(known({"Step": "B"}, since), catalogue=catalogue)

    def test_current_stage_ends_with_the_main_lifecycle(self) -> None:
        journey = CATALOGUE["Customer Journey Stage"].but(end_stages=("Expansion",))
        since = {"Customer Journey Stage": TODAY}
        about = known({"Customer Journey Stage": "Expansion"}, since)
        assert "Days in Current Stage" not in computed(about, catalogue=CATALOGUE.extended([journey]))


def told_stage(facts: Facts | None, stage: str, day: int) -> Facts:
    at = NOON + timedelta(days=day)
    change = Change("A-1", {"Onboarding Stage": stage}, "hubspot", at, at.date(), f"drop-{day}")
    changed = merge(facts, change, CATALOGUE)
    assert changed
    return changed
