"""Health that falls to Poor opens a risk case, as an effect; its stages are kept (HLT-23, BLC-04)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from keepwell.accounts import Facts
from keepwell.conclude import conclude_by_id
from keepwell.deliveries import Channel
from keepwell.in_memory import (
    InMemoryAccounts,
    InMemoryControl,
    InMemoryDeliveries,
    InMemoryHistory,
    InMemoryQueue,
    InMemoryTeam,
    InMemoryTouchpoints,
    InMemoryWakes,
    InMemoryWork,
)
from keepwell.plays.launching import Launcher
from keepwell.plays.rendering import render
from tests.story import NOON, account, poor_account, standard_playbook

PLAYBOOK = standard_playbook()


class Case:
    """One account under the standard playbook."""

    def __init__(self) -> None:
        self.accounts, self.history = InMemoryAccounts(), InMemoryHistory()
        queues = {channel: InMemoryQueue() for channel in Channel}
        self.launcher = Launcher(
            self.accounts,
            InMemoryWork(),
            InMemoryDeliveries(),
            queues,
            render,
            InMemoryControl(),
            InMemoryWakes(),
            InMemoryTouchpoints(),
            InMemoryTeam(),
            self.history,
            lambda _: PLAYBOOK,
        )
        self.now = NOON

    @property
    def facts(self) -> Facts:
        found = self.accounts.get("A-1")
        assert found
        return found.facts

    def told(self, facts: Facts) -> None:
        """New facts, an evaluation, its plays, and the evaluation of what they changed."""
        known = self.accounts.get("A-1")
        self.accounts.put_facts(replace(facts, revision=known.facts.revision if known else 0))
        self.look()

    def look(self) -> None:
        for _ in range(2):
            self.now += timedelta(minutes=1)
            conclude_by_id("A-1", self.accounts, self.history, PLAYBOOK, self.now)
            self.launcher.launch_pending("A-1", PLAYBOOK, self.now)

    def stages(self) -> list[tuple[Any, ...]]:
        rows = [row.detail for row in self.history.of("A-1", "stage")]
        return [(row["attribute"], row["from"], row["to"], row["source"], row["health"]) for row in rows]


def in_stage(stage: str, risk: str | None) -> Facts:
    told = account(risk_status=risk).facts
    return replace(told, values={**told.values, "Customer Journey Stage": stage})


@pytest.mark.parametrize("before", ["Not At Risk", None])
def test_a_fall_to_poor_identifies_a_risk_once(before: str | None) -> None:
    """HLT-23, BLC-04, EWS-10; an effect, seen by the next evaluation (1.14 row 24)."""
    case = Case()
    case.told(account(risk_status=before).facts)
    case.told(poor_account(risk_status=before).facts)
    assert case.facts.values["Risk Status"] == "Identified"
    assert case.stages() == [("Risk Status", before, "Identified", "play:identify-risk", "poor")]
    case.look()
    assert len(case.stages()) == 1


@pytest.mark.parametrize("stage", ["Engaged", "Resolved", "Identified"])
def test_a_case_that_is_open_or_was_resolved_is_left_to_people(stage: str) -> None:
    """BLC-04: nothing is set back."""
    case = Case()
    case.told(account(risk_status=stage).facts)
    case.told(poor_account(risk_status=stage).facts)
    assert case.facts.values["Risk Status"] == stage
    assert case.stages() == []


def test_getting_well_closes_no_case() -> None:
    """BLC-04: only people resolve a risk."""
    case = Case()
    case.told(poor_account(risk_status="Not At Risk").facts)
    case.told(account(risk_status="Identified").facts)
    assert case.facts.values["Risk Status"] == "Identified"


def test_every_stage_leaves_a_row_with_who_told_it() -> None:
    """HLT-23: the audit trail of the risk's progression; what is blank is a stage, too."""
    case = Case()
    case.told(in_stage("Adoption", "Identified"))
    case.told(in_stage("Adoption", "Engaged"))
    case.told(in_stage("Nurture", None))
    assert sorted(case.stages(), key=str) == [
        ("Customer Journey Stage", "Adoption", "Nurture", "csv:accounts", "good"),
        ("Risk Status", "Engaged", None, "csv:accounts", "good"),
        ("Risk Status", "Identified", "Engaged", "csv:accounts", "good"),
    ]
