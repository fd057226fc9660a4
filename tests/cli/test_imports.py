"""`keepwell imports` and `keepwell undo`: what was dropped, what became of it, and how to take it back."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from infra import system
from infra.vocabulary import Lambda, Resource, StateMachine
from keepwell.errors import RejectedInput
from keepwell_cli import undo as undo_module
from keepwell_cli.imports import imports
from keepwell_cli.output import conclude
from keepwell_cli.reference import ANSWERS
from keepwell_cli.stack import Stack
from keepwell_cli.undo import undo
from tests.cli.in_memory_stack import InMemoryStack, shown
from tests.domain.imports.test_undoing import BAD, GOOD, LATER, SEGMENTS, Undoing
from tests.story import NOON


class Deployed(InMemoryStack):
    """The stack, and what its functions do with what is dropped."""

    def named(self, resource: Resource) -> str:
        return resource.name

    @property
    def importing(self) -> Undoing:
        return Undoing(
            playbook=self.playbooks.active,
            accounts=self.accounts,
            people=self.people,
            touchpoints=self.touchpoints,
            work=self.work,
            files=self.files,
            control=self.control,
            clock=self.clock,
        )


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Deployed:
    deployed = Deployed.installed(monkeypatch)
    assert isinstance(deployed, Deployed)
    return deployed


@pytest.fixture(autouse=True)
def runs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The drops whose undo was started; it is under way until somebody waits for its end."""
    started: list[str] = []

    def start(_stack: Stack, machine: StateMachine, on: str) -> str:
        assert machine == system.UNDO
        started.append(on)
        return f"run-{len(started)}"

    def end_of(run: str, _main: Lambda) -> dict[str, Any]:
        stack = Stack.configured()
        assert isinstance(stack, Deployed)
        for segment in range(SEGMENTS):
            stack.importing.undo_segment(started[-1], segment)
        return {"execution": run, "status": "SUCCEEDED"}

    monkeypatch.setattr(undo_module, "start", start)
    monkeypatch.setattr(undo_module, "end_of", end_of)
    return started


def day(text: str) -> datetime:
    return datetime.fromisoformat(text)


def two_drops(stack: Deployed) -> tuple[str, str]:
    """The ids of a good file, and of a bad one after it."""
    good = stack.importing.drop(GOOD, "drops/accounts/good.csv")
    bad = stack.importing.drop(BAD, "drops/accounts/bad.csv", at=LATER)
    return good["drop_id"], bad["drop_id"]


class TestImports:
    def test_they_are_listed_the_newest_first(self, stack: Deployed) -> None:
        good, bad = two_drops(stack)
        answer = imports()
        listed = answer.document["imports"]
        assert [each["drop_id"] for each in listed] == [bad, good]
        assert listed[0].keys() == ANSWERS["imports"]["document"]["imports"][0].keys()
        assert [(each["created"], each["updated"]) for each in listed] == [(1, 2), (2, 0)]
        assert not answer.findings
        assert "bad.csv" in shown(answer)
        assert bad in shown(answer)

    def test_a_failed_one_is_a_finding(self, stack: Deployed) -> None:
        two_drops(stack)
        stack.importing.drop("", "drops/users/empty.csv", at=LATER)
        assert conclude(imports, as_json=True) == 1
        [failed] = imports(failed=True).document["imports"]
        assert (failed["file"], failed["status"]) == ("empty.csv", "failed")
        assert "empty" in failed["reason"]

    def test_of_one_object_or_since_a_day(self, stack: Deployed) -> None:
        two_drops(stack)
        stack.importing.drop(
            "Account ID,User ID\nA-1,ann\n", "drops/users/u.csv", at=NOON - timedelta(days=20)
        )
        assert [each["file"] for each in imports(object_name="users").document["imports"]] == ["u.csv"]
        assert len(imports(since=day("2026-11-20")).document["imports"]) == 2
        assert imports(since=day("2026-11-22")).document == {"imports": []}
        assert shown(imports(since=day("2026-11-22"))).strip() == "There is no such import."
        stack.clock.advance(timedelta(days=25))
        assert len(imports().document["imports"]) == 2, "those of 30 days"

    def test_one_under_way_says_how_far_it_is(self, stack: Deployed) -> None:
        at = stack.importing
        drop_id = at.plan(at.put("drops/accounts/a.csv", GOOD.encode()))
        assert "importing 0/1" in shown(imports())
        with pytest.raises(RejectedInput, match="still at work: 0 of 1 shards are done"):
            imports(drop_id)

    def test_the_report_of_one_again(self, stack: Deployed) -> None:
        """It ends as the drop did."""
        good, _ = two_drops(stack)
        answer = imports(good)
        assert answer.document == stack.importing.report(good)
        rejecting = stack.importing.drop("Account ID,NPS\nA-1,high\n", "drops/accounts/r.csv", at=LATER)
        assert conclude(lambda: imports(rejecting["drop_id"]), as_json=True) == 1
        empty = stack.importing.drop("", "drops/accounts/empty.csv", at=LATER)
        assert conclude(lambda: imports(empty["drop_id"]), as_json=True) == 2

    @pytest.mark.usefixtures("stack")
    def test_one_that_never_was(self) -> None:
        with pytest.raises(RejectedInput, match="there is no import 'x'"):
            imports("x")


class TestUndo:
    def test_it_is_asked_for_and_shown_in_the_list(self, stack: Deployed) -> None:
        _, bad = two_drops(stack)
        stack.clock.advance(timedelta(hours=2))
        answer = undo(bad)
        assert answer.document == {
            "drop_id": bad,
            "object": "accounts",
            "file": "bad.csv",
            "report": f"reports/{bad}.undo.json",
            "execution": "run-1",
        }
        assert imports().document["imports"][0]["undo"] == "under way"
        undo(bad, wait=True)
        assert imports().document["imports"][0]["undo"] == "done"
        assert "undone" in shown(imports())

    def test_with_wait_it_shows_what_went_back(self, stack: Deployed, runs: list[str]) -> None:
        _, bad = two_drops(stack)
        answer = undo(bad, wait=True)
        assert answer.document.keys() == ANSWERS["undo"]["document"].keys()
        assert (answer.document["restored"], answer.document["removed"]) == (2, 1)
        assert not answer.findings
        assert "bad.csv is undone" in shown(answer)
        assert undo(bad, wait=True).document == answer.document
        assert runs == [bad], "what is undone is not undone again"

    def test_what_stays_is_a_finding_and_says_who_told_it(self, stack: Deployed) -> None:
        _, bad = two_drops(stack)
        stack.importing.drop("Account ID,NPS\nA-1,7\n", "drops/accounts/newer.csv", at=LATER + timedelta(1))
        answer = undo(bad, wait=True)
        assert answer.findings
        assert answer.document["stays"][0].keys() == ANSWERS["undo"]["document"]["stays"][0].keys()
        text = shown(answer)
        assert "Values that stay, since somebody told them later: 1" in text
        assert "csv:accounts" in text
        assert "A newer file of the same feed came before the undo" in text

    def test_use_cannot_be_undone(self, stack: Deployed) -> None:
        content = "Account ID,User ID,Module,Action,Time\nA-1,ann,Reports,View,2026-11-20\n"
        report = stack.importing.drop(content, "drops/usage/u.csv")
        assert conclude(lambda: undo(report["drop_id"]), as_json=True) == 2

    def test_a_run_that_failed_is_told(self, stack: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
        _, bad = two_drops(stack)
        failed = {"execution": "run-1", "status": "FAILED", "cause": "Lambda: out of memory"}
        monkeypatch.setattr(undo_module, "end_of", lambda *_: failed)
        answer = undo(bad, wait=True)
        assert answer.findings
        assert "The undo failed. Lambda: out of memory" in shown(answer)
        assert "keepwell undo" in shown(answer)
