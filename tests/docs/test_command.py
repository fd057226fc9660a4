"""docs/reference/command.md is in step with the command, and its JSON is what the verbs answer."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from keepwell.nightly import Night
from keepwell.rollups import Rollups
from keepwell_cli.local.cloud import LocalCloud
from keepwell_cli.main import VERBS, build, words_of
from keepwell_cli.reference import ANSWERS, PAGE, reference
from keepwell_cli.rehearsal import Rehearsal
from keepwell_cli.stack import Stack
from tests.docs.pages import blocks, pages, prose
from tests.mocked_stack import mocked_stack

NAMES = [" ".join(words_of(verb)) for verb in VERBS]
ACCOUNT = (
    "Account ID,Account Name,Status,Customer Tier,Usage Frequency\nA-1,Harbor Labs,Paying,Light,Inactive\n"
)


def test_the_page_is_in_step() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference(), "run make docs"


def test_every_verb_is_documented() -> None:
    assert list(ANSWERS) == NAMES
    for name in NAMES:
        assert f"\n## keepwell {name}\n" in PAGE.read_text(encoding="utf-8")


def typed_in_docs() -> Iterator[str]:
    """Every `keepwell …` line of a block without output or of a console, and every one in backticks."""
    for page in pages():
        lines = [line for block in blocks(page) if block.language == "" for line in block.text.splitlines()]
        lines += [
            line.removeprefix("$ ")
            for block in blocks(page)
            if block.language == "console"
            for line in block.text.splitlines()
            if line.startswith("$ ")
        ]
        lines += prose(page).replace("\n", " ").split("`")[1::2]
        yield from (line for line in lines if line.startswith("keepwell ") and "[" not in line)


@pytest.mark.parametrize("line", sorted(set(typed_in_docs())))
def test_every_command_in_the_docs_is_one(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A verb there is, with options it has, and files where it wants files."""
    import typer

    monkeypatch.chdir(tmp_path)
    words = takewhile(lambda word: word != ">", shlex.split(line.replace("…", "x"), comments=True))
    _, verb, *arguments = words
    for argument in arguments:
        if argument.endswith(".csv") or argument == "FILE":
            (tmp_path / argument).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / argument).touch()
    command: Any = typer.main.get_command(build()).commands[verb]  # type: ignore[attr-defined]
    while arguments and hasattr(command, "commands"):
        command = command.commands[arguments.pop(0)]
    if arguments:
        command.make_context(verb, arguments)


def same_shape(shown: Any, said: Any, path: str = "$") -> None:
    """The same keys and kinds of values; what is empty or null says nothing about its kind."""
    if shown in (None, [], {}) or said in (None, [], {}):
        return
    if isinstance(shown, dict) and isinstance(said, dict):
        if path.rsplit(".", 1)[-1] in OPEN:
            return
        assert shown.keys() == said.keys(), path
        for key in shown:
            same_shape(shown[key], said[key], f"{path}.{key}")
        return
    if isinstance(shown, list):
        same_shape(shown[0], said[0], f"{path}[]")
        return
    kinds = [int | float if isinstance(value, int | float) else type(value) for value in (shown, said)]
    assert kinds[0] == kinds[1], path


# Whose keys depend on what they tell of.
OPEN = {"facts", "computed", "outputs", "environment", "segments", "ast", "history[]", "dimensions"}
OPEN |= {"source", "choices[]"}


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    """A stack of tables and buckets only, that holds what a rehearsal came to."""
    with mocked_stack(monkeypatch, Practice="yes") as deployed:
        rehearsal = Rehearsal(deployed.playbooks.get(), deployed.clock)
        rehearsal.drop("accounts.csv", ACCOUNT.encode())
        rehearsal.settle()
        keep(rehearsal, deployed)
        roll_up(deployed)
        monkeypatch.setattr(sys.modules["keepwell_cli.playbooks"], "start_night", lambda _: "a run")
        yield deployed


def keep(rehearsal: Rehearsal, stack: Stack) -> None:
    """Store what a rehearsal came to."""
    [account] = rehearsal.accounts.scan(0, 1).accounts
    stack.accounts.put_facts(replace(account.facts, revision=0))
    assert account.standing
    stack.accounts.put_standing(replace(account.standing, revision=0))
    for task in rehearsal.work.tasks():
        stack.work.put_task(task)
    for run in rehearsal.work.runs():
        stack.work.put_run(run)
    stack.history.append(rehearsal.history.of(account.account_id, limit=1_000))


def roll_up(stack: Stack) -> None:
    """What a nightly run leaves of the portfolio."""
    playbook, now = stack.playbooks.get(), stack.clock.now()
    night = Night(stack.accounts, stack.history, stack.control, stack.files, playbook, now)
    night.go_on()
    Rollups(stack.files).make(night.parts, playbook, now.date())


@pytest.mark.usefixtures("stack")
@pytest.mark.parametrize(
    "line",
    [
        "account A-1",
        "portfolio --by owner",
        "segments",
        "segment 'at risk'",
        "tasks",
        "touches",
        "pulls",
        "clock +30",
        "init new",
        "apply playbook",
        "lint faulty",
        "check 'health = poor' --facts '{\"Health\": \"Poor\"}'",
        "template usage",
        "map export.csv",
        "version",
    ],
)
def test_a_verb_answers_as_documented(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "export.csv").write_text("Firma;Vertragsende\nHafen GmbH;15.06.2027\n")
    for folder, criteria in (("playbook", "Health = Poor"), ("faulty", "Helth = Poor")):
        (tmp_path / folder / "segments").mkdir(parents=True)
        (tmp_path / folder / "keepwell.yaml").write_text("owner: kim@example.com\nblocs: [health]\n")
        segment = f"name: A\ndescription: B.\ncriteria: {criteria}\nexamples:\n"
        segment += "  match:\n    - Health: Poor\n  no_match:\n    - Health: Good\n"
        (tmp_path / folder / "segments" / "a.yaml").write_text(segment)
    run = CliRunner().invoke(build(), [*shlex.split(line), "--json"])
    assert run.exit_code in (0, 1), run.output
    said = json.loads(run.stdout)
    verb = line.partition(" ")[0]
    if verb == "version":
        assert ANSWERS[verb]["document"].keys() <= said.keys()
    else:
        same_shape(ANSWERS[verb]["document"], said)


@pytest.mark.xdist_group("own cloud")
def test_the_verbs_of_the_local_cloud_answer_as_documented(tmp_path: Path) -> None:
    """On a cloud of its own. `demo` is held to interfaces.md by the scenario that runs it."""
    run_folder = tmp_path / "cloud"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    (tmp_path / "accounts.csv").write_text(ACCOUNT)
    try:
        for line in ("up", "status", "drop accounts.csv --wait", "nightly --wait", "down"):
            done = subprocess.run(
                [str(Path(sys.executable).with_name("keepwell")), *line.split(), "--json"],
                env={**environment, "KEEPWELL_CLOUD": str(run_folder)},
                cwd=tmp_path,
                capture_output=True,
                text=True,
                check=True,
            )
            same_shape(ANSWERS[line.split()[0]]["document"], json.loads(done.stdout))
    finally:
        LocalCloud(run_folder).stop()
