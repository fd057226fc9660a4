"""`keepwell apply` has every account judged by a changed playbook, and past days if asked to."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from infra import system
from infra.vocabulary import Lambda, StateMachine
from keepwell_aws.playbooks import ACTIVE, ActivePlaybook
from keepwell_cli import main
from keepwell_cli.stack import Stack
from tests.cli.in_memory_stack import InMemoryStack

COUNTED: dict[str, dict[str, Any]] = {
    "nightly": {"evaluated": 2, "changed": 1, "transitions": 0, "skipped": 0, "failed": 0},
    "recalculation": {"accounts": 2, "rows": 9, "failed": 0},
}


class Machines:
    """The state machines: what was started, and how it ends."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch):
        self.begun: list[tuple[str, str | None]] = []
        self.ends: dict[str, dict[str, Any]] = {
            name: {"status": "SUCCEEDED", "on": "2026-11-21", **counts} for name, counts in COUNTED.items()
        }
        playbooks = sys.modules["keepwell_cli.playbooks"]
        monkeypatch.setattr(playbooks, "start", self.start)
        monkeypatch.setattr(playbooks, "start_night", lambda stack: self.start(stack, system.NIGHTLY))
        monkeypatch.setattr(playbooks, "end_of", self.end_of)

    def start(self, _: Any, machine: StateMachine, on: str | None = None) -> str:
        self.begun.append((machine.name, on))
        return machine.name

    def end_of(self, run: str, main: Lambda) -> dict[str, Any]:
        assert main.name in ("evaluate_accounts", "recalculate_accounts")
        return {"execution": run, **self.ends[run]}


@pytest.fixture
def machines(monkeypatch: pytest.MonkeyPatch) -> Machines:
    return Machines(monkeypatch)


@pytest.fixture
def apply(machines: Machines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    stack = InMemoryStack.installed(monkeypatch)
    vars(stack)["playbooks"] = ActivePlaybook(stack.control, stack.files)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main.build(), ["apply", "mine", *arguments])

    CliRunner().invoke(main.build(), ["init", "mine"])
    return run


def test_a_changed_playbook_is_followed_by_a_night(apply: Callable[..., Result], machines: Machines) -> None:
    document = json.loads(apply("--json").stdout)
    assert document["night"] == {"execution": "nightly", "status": "RUNNING"}
    assert document["recalculation"] is None
    assert machines.begun == [("nightly", None)]
    assert json.loads(apply("--json").stdout)["night"] is None, "nothing changed"
    assert machines.begun == [("nightly", None)]


@pytest.mark.parametrize("outputs", [{}, {"PlaybookFormat": "0"}])
def test_a_stack_of_an_older_version_is_left_as_it_is(
    apply: Callable[..., Result], machines: Machines, outputs: dict[str, str]
) -> None:
    """Its functions would not understand what this command writes."""
    stack = Stack.configured()
    vars(stack)["outputs"] = outputs
    run = apply()
    assert run.exit_code == 3
    assert "reads playbooks up to format 0" in run.stderr
    assert "Deploy this version first" in run.stderr
    assert stack.control.get(ACTIVE) is None
    assert machines.begun == []


def test_it_can_be_left_to_the_night(apply: Callable[..., Result], machines: Machines) -> None:
    assert json.loads(apply("--no-recalculate", "--json").stdout)["night"] is None
    assert machines.begun == []


def test_past_days_are_the_days_before_today(apply: Callable[..., Result], machines: Machines) -> None:
    run = apply("--recalculate", "7")
    assert machines.begun == [("nightly", None), ("recalculation", "2026-11-14/2026-11-20")]
    assert "Every account is judged by it now." in run.stdout
    assert "Past days: judged by it, too." in run.stdout


def test_waiting_shows_the_counts(apply: Callable[..., Result], machines: Machines) -> None:
    run = apply("--recalculate", "7", "--wait")
    assert run.exit_code == 0
    assert "Nightly run: evaluated 2, changed 1, transitions 0, failed 0." in run.stdout
    assert "Past days: accounts 2, rows 9, failed 0." in run.stdout


@pytest.mark.parametrize(
    ("name", "end", "said"),
    [
        ("nightly", {"status": "FAILED", "cause": "it broke"}, "The nightly run failed. it broke"),
        ("recalculation", {"status": "FAILED", "cause": "it broke"}, "the run failed, it broke"),
        ("recalculation", {**COUNTED["recalculation"], "status": "SUCCEEDED", "failed": 1}, "failed 1"),
    ],
)
def test_a_run_that_fails_is_a_finding(
    apply: Callable[..., Result], machines: Machines, name: str, end: dict[str, Any], said: str
) -> None:
    machines.ends[name] = end
    run = apply("--recalculate", "7", "--wait")
    assert run.exit_code == 1
    assert said in run.stdout


@pytest.mark.parametrize("days", ["0", "181", "many"])
def test_at_most_180_days(apply: Callable[..., Result], machines: Machines, days: str) -> None:
    assert apply("--recalculate", days).exit_code == 2
    assert machines.begun == []


def test_a_play_that_changes_its_state_is_named(apply: Callable[..., Result], tmp_path: Path) -> None:
    """D3: that a shadow acts from now on is not to be overlooked."""
    file = tmp_path / "mine" / "plays" / "call.yaml"

    def applied(state: str) -> Result:
        file.write_text(f"name: Call\nstate: {state}\nowner: ann@example.com\nadd_tags: [called]\n")
        return apply()

    file.parent.mkdir(exist_ok=True)
    assert "activated: play Call" in applied("shadow").stdout
    assert "call: shadow, now live" in applied("live").stdout
    assert "call: live, now retired" in applied("retired").stdout
    document = json.loads(apply("--json").stdout)
    assert document["states"] == []


def test_an_interrupted_wait_tells_what_was_applied(
    apply: Callable[..., Result], machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sys.modules["keepwell_cli.playbooks"], "end_of", interrupted)
    run = apply("--recalculate", "7", "--wait")
    assert run.exit_code == 130
    assert "active: " in run.stdout
    assert "No longer waiting; what was started goes on all the same." in run.stdout
    assert [name for name, _ in machines.begun] == ["nightly", "recalculation"]
