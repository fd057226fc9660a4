"""Plays that go in and out of service, for whoever is inside by then (SEG-08, product 1.14 row 23): the whole
flow in memory, from the files of a playbook."""

from datetime import timedelta
from pathlib import Path

import pytest

from keepwell.in_memory import FixedClock
from keepwell.playbook import read_bundle
from keepwell.playbook.compiling import compile_playbook
from keepwell.playbook.loading import shipped_blocs
from keepwell_aws.playbooks import default_bundle
from keepwell_cli.rehearsal import Rehearsal
from tests.story import NOON

OWN = "condition: Open Ticket Count > 5"
DATED = "date: Renewal Date\n  days_before: 90"
TRIGGERS = pytest.mark.parametrize("trigger", [OWN, DATED], ids=["condition", "date"])


class Company:
    """One account, which is inside of what triggers the play."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.clock = folder, FixedClock(NOON)
        (folder / "plays").mkdir()
        (folder / "keepwell.yaml").write_text("owner: lead@acme.example\nblocs: [health]\n", "utf-8")
        self.stack = Rehearsal(read_bundle(default_bundle()), self.clock)

    def applies(self, trigger: str, state: str, existing: str = "baseline") -> None:
        """The playbook with its one play in another state; the night that follows looks at everybody."""
        (self.folder / "plays" / "own.yaml").write_text(
            f"""name: Own
state: {state}
trigger:
  {trigger}
  existing: {existing}
steps:
  - tasks: [{{title: first, description: Call, flow: Adoption}}]
  - wait_days: 3
  - tasks: [{{title: second, description: Write, flow: Adoption}}]
""",
            "utf-8",
        )
        self.stack.apply(compile_playbook(self.folder, shipped_blocs()))
        self.passes(hours=1)

    def tells(self, tickets: int) -> None:
        told = f"Account Id,Account Name,Open Ticket Count,Renewal Date\nA-1,Acorn,{tickets},2027-02-17\n"
        self.stack.drop(f"{self.clock.now():%d%H%M}.csv", told.encode())
        self.stack.settle()

    def passes(self, **time: int) -> None:
        self.clock.set(self.clock.now() + timedelta(**time))
        self.stack.night()
        self.stack.tick()

    @property
    def titles(self) -> list[str]:
        tasks = sorted(self.stack.work.tasks("A-1"), key=lambda task: (task.created_at, task.title))
        return [task.title for task in tasks]


@pytest.fixture
def company(tmp_path: Path) -> Company:
    return Company(tmp_path)


@TRIGGERS
def test_what_a_shadow_did_for_members_it_does_for_real_once_it_is_live(
    company: Company, trigger: str
) -> None:
    company.applies(trigger, "draft", "act")
    company.tells(9)
    company.applies(trigger, "shadow", "act")
    assert company.titles == []
    company.applies(trigger, "live", "act")
    assert company.titles == ["first"]
    company.passes(days=3)
    assert company.titles == ["first", "second"]


@TRIGGERS
def test_a_play_that_comes_to_act_on_members_does_so_once(company: Company, trigger: str) -> None:
    company.applies(trigger, "draft")
    company.tells(9)
    company.applies(trigger, "live")
    assert company.titles == []
    for existing in ("act", "baseline", "act"):
        company.applies(trigger, "live", existing)
        assert company.titles == ["first"]


@TRIGGERS
@pytest.mark.parametrize("existing", ["baseline", "act"])
def test_a_play_that_was_a_draft_for_a_moment_goes_on_with_what_it_had_begun(
    company: Company, trigger: str, existing: str
) -> None:
    company.applies(trigger, "live", existing)
    company.tells(9)
    assert company.titles == ["first"]
    company.applies(trigger, "draft", existing)
    company.applies(trigger, "live", existing)
    company.passes(days=3)
    assert company.titles == ["first", "second"]


def test_who_left_while_it_was_a_draft_has_left(company: Company) -> None:
    company.applies(OWN, "live")
    company.tells(9)
    company.applies(OWN, "draft")
    company.tells(1)
    company.applies(OWN, "live")
    company.passes(days=3)
    assert company.titles == ["first"]
    company.tells(9)
    company.passes(days=3)
    assert company.titles == ["first", "second"], "the task is open, hence brought up to date"


def test_a_play_whose_trigger_becomes_its_own_condition_does_not_act_again(company: Company) -> None:
    """Row 23, R5: the account was inside of the one, is inside of the other, and has its task."""
    segments = company.folder / "segments"
    segments.mkdir()
    (segments / "many.yaml").write_text("name: Many\ncriteria: Open Ticket Count > 5\n", "utf-8")
    company.applies("segment: many", "live")
    company.tells(9)
    company.passes(days=1)
    assert company.titles == ["first"]
    company.applies('condition: in segment "Many" AND Open Ticket Count > 7', "live")
    company.passes(days=1)
    assert company.titles == ["first"]
    company.tells(1)
    company.passes(days=1)
    company.tells(9)
    company.passes(days=1)
    assert company.titles == ["first", "first"]
