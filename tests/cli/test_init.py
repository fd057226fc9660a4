"""`keepwell init`, and what `lint` and `apply` say of what it wrote."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from keepwell.playbook import read_bundle
from keepwell.playbook.compiling import compile_playbook
from keepwell.playbook.loading import shipped_blocs
from keepwell_aws.playbooks import ActivePlaybook
from keepwell_cli import main
from tests.cli.in_memory_stack import InMemoryStack

WARNED = "name: P\nstate: live\nadd_tags: [a]\n"
MAILS = """name: {name}
state: {state}
trigger:
  condition: NPS < 3
steps:
  - wait_days: 1
  - emails:
      - to: Success Manager
        subject: Hello
        body: Hello
"""


@pytest.fixture
def keepwell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """The command in an empty folder, on a stack in memory."""
    monkeypatch.chdir(tmp_path)
    stack = InMemoryStack.installed(monkeypatch)
    vars(stack)["playbooks"] = ActivePlaybook(stack.control, stack.files)
    monkeypatch.setattr(sys.modules["keepwell_cli.playbooks"], "start_night", lambda _stack: "a run")

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main.build(), arguments)

    return run


def test_what_is_written_can_be_applied(keepwell: Callable[..., Result], tmp_path: Path) -> None:
    assert keepwell("init", "mine").exit_code == 0
    lint = keepwell("lint", "mine")
    assert (lint.exit_code, lint.stdout) == (0, "Nothing to mend.\n")
    playbook = read_bundle(compile_playbook(tmp_path / "mine", shipped_blocs()))
    assert {play.owner for play in playbook.plays} == {"owner@keepwell.invalid"}
    entry, left = (p for p in playbook.plays if p.segment == "quiet-key-accounts")
    assert entry.add_tags == left.remove_tags == ("gone-quiet",)
    assert len(playbook.profiles) == 4


def test_it_begins_in_the_current_folder(keepwell: Callable[..., Result], tmp_path: Path) -> None:
    run = keepwell("init", "--owner", "cs@acme.example", "--json")
    files = ["keepwell.yaml", "segments/quiet-key-accounts.yaml", "README.md"]
    assert json.loads(run.stdout) == {"directory": ".", "files": files}
    assert all((tmp_path / name).is_file() for name in files)
    playbook = read_bundle(compile_playbook(tmp_path, shipped_blocs()))
    assert {play.owner for play in playbook.plays} == {"cs@acme.example"}
    assert len((tmp_path / "README.md").read_text().splitlines()) <= 10


@pytest.mark.parametrize("there", ["keepwell.yaml", "README.md", "segments/quiet-key-accounts.yaml"])
def test_nothing_is_replaced(keepwell: Callable[..., Result], tmp_path: Path, there: str) -> None:
    (tmp_path / there).parent.mkdir(exist_ok=True)
    (tmp_path / there).write_text("mine")
    run = keepwell("init", "--json")
    assert run.exit_code == 2
    assert f"{there} is there already" in json.loads(run.stdout)["error"]
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [tmp_path / there]
    assert (tmp_path / there).read_text() == "mine"


@pytest.mark.parametrize(
    ("arguments", "said"), [(["--owner", "nobody"], "no e-mail address"), (["taken"], "cannot be written")]
)
def test_what_cannot_be_done_says_why(
    keepwell: Callable[..., Result], tmp_path: Path, arguments: list[str], said: str
) -> None:
    (tmp_path / "taken").write_text("a file")
    run = keepwell("init", *arguments, "--json")
    assert run.exit_code == 2
    assert said in json.loads(run.stdout)["error"]


def test_a_warning_ends_with_0(keepwell: Callable[..., Result], tmp_path: Path) -> None:
    keepwell("init")
    (tmp_path / "plays").mkdir()
    (tmp_path / "plays/p.yaml").write_text(WARNED)
    run = keepwell("lint")
    assert run.exit_code == 0
    assert "p.yaml:1:1: warning: nothing starts this play" in run.stdout
    assert run.stdout.endswith("Nothing to mend. 1 warning.\n")
    (finding,) = json.loads(keepwell("lint", "--json").stdout)["findings"]
    assert finding["severity"] == "warning"
    (tmp_path / "plays/p.yaml").write_text(WARNED.replace("[a]", "[]"))
    assert json.loads(keepwell("lint", "--json").stdout)["findings"][0]["severity"] == "error"


def test_apply_says_what_it_activates_and_what_is_odd(
    keepwell: Callable[..., Result], tmp_path: Path
) -> None:
    keepwell("init")
    (tmp_path / "plays").mkdir()
    (tmp_path / "plays/p.yaml").write_text(WARNED)
    document = json.loads(keepwell("apply", "--json").stdout)
    assert document["changed"] is True
    assert document["activated"] == {
        "segments": ["Quiet Key Accounts"],
        "plays": ["Quiet Key Accounts: on entry", "Quiet Key Accounts: on exit", "P"],
    }
    assert [warning["severity"] for warning in document["warnings"]] == ["warning"]
    again = keepwell("apply")
    assert again.exit_code == 0
    assert "already active" in again.stdout
    assert "activated:" not in again.stdout
    (tmp_path / "plays/p.yaml").unlink()
    (tmp_path / "segments/new.yaml").write_text("name: New\ncriteria: NPS < 3\n")
    assert keepwell("apply").stdout.splitlines()[1] == "activated: segment New"


def test_apply_names_the_plays_that_send_mail_untried(
    keepwell: Callable[..., Result], tmp_path: Path
) -> None:
    """D3: a play that writes to people is to be seen first, as a shadow or by `keepwell play try`."""
    keepwell("init")
    (tmp_path / "plays").mkdir()
    (tmp_path / "plays/silent.yaml").write_text(WARNED)
    for name, state in (("bold", "live"), ("careful", "shadow")):
        (tmp_path / f"plays/{name}.yaml").write_text(MAILS.format(name=name, state=state))
    told = keepwell("apply").stdout
    assert "bold sends mail now and was no shadow before: `keepwell play try bold` tells to whom" in told
    assert "play try" not in keepwell("apply").stdout, "it is told once"
    (tmp_path / "plays/careful.yaml").write_text(MAILS.format(name="careful", state="live"))
    assert json.loads(keepwell("apply", "--json").stdout)["untried"] == []
    (tmp_path / "plays/careful.yaml").write_text(MAILS.format(name="careful", state="draft"))
    assert json.loads(keepwell("apply", "--json").stdout)["untried"] == []
    (tmp_path / "plays/careful.yaml").write_text(MAILS.format(name="careful", state="live"))
    assert json.loads(keepwell("apply", "--json").stdout)["untried"] == ["careful"]
