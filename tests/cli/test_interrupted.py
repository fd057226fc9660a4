"""Ctrl-C: no traceback, 130, and what goes on all the same."""

import json
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec

import pytest

from keepwell_cli import __main__ as script
from keepwell_cli.machines import NO_LONGER_WAITING
from keepwell_cli.nightly import nightly
from keepwell_cli.output import conclude
from tests.cli.in_memory_stack import InMemoryStack


def interrupted(*_: object) -> None:
    raise KeyboardInterrupt


class WhileLoading:
    """Finds no module: Ctrl-C comes first."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None, target: object = None) -> ModuleSpec | None:
        if name == "keepwell_cli.main":
            raise KeyboardInterrupt
        return None


def test_while_the_command_loads(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delitem(sys.modules, "keepwell_cli.main", raising=False)
    monkeypatch.setattr(sys, "meta_path", [WhileLoading, *sys.meta_path])
    with pytest.raises(SystemExit) as ended:
        script.run()
    assert ended.value.code == 130
    assert capsys.readouterr().err == "Interrupted.\n"


def test_while_a_verb_is_at_work(capsys: pytest.CaptureFixture[str]) -> None:
    verb: Callable[[], None] = interrupted
    assert conclude(verb, as_json=False) == 130  # type: ignore[arg-type]
    assert capsys.readouterr() == ("", "Interrupted.\n")
    assert conclude(verb, as_json=True) == 130  # type: ignore[arg-type]
    assert json.loads(capsys.readouterr().out) == {"error": "interrupted"}


def test_while_one_waits_for_a_night(monkeypatch: pytest.MonkeyPatch) -> None:
    InMemoryStack.installed(monkeypatch)
    module = sys.modules["keepwell_cli.nightly"]
    monkeypatch.setattr(module, "start_night", lambda *_: "the-run")
    monkeypatch.setattr(module, "end_of", interrupted)
    answer = nightly(wait=True)
    assert answer.interrupted
    assert answer.document == {"execution": "the-run", "status": "RUNNING"}
    assert answer.view == f"{NO_LONGER_WAITING}\nStarted the-run"
