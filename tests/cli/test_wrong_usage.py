"""Wrong usage, unreadable input and hostile names: exit codes, one document under --json, no traceback."""

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from infra import system
from keepwell.errors import RejectedInput
from keepwell.in_memory import FixedClock
from keepwell_cli import main
from keepwell_cli import stack as stack_module
from keepwell_cli.clock import moved
from keepwell_cli.local import emulator, pump
from keepwell_cli.local.cloud import STATE, LocalCloud
from keepwell_cli.output import NoCloudError, plain
from keepwell_cli.rehearsal import Rehearsal
from keepwell_cli.stack import Stack
from tests.story import NOON, standard_playbook

UNSET = dict.fromkeys(
    ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_ENDPOINT_URL", "AWS_REGION", "AWS_DEFAULT_REGION")
)
status_module = sys.modules["keepwell_cli.status"]
DIGITS = "1" * 5_000


@pytest.fixture
def keepwell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """The command in an empty folder, with no cloud in reach."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(stack_module, "KEPT", tmp_path / "cloud")
    nowhere = {**UNSET, "AWS_CONFIG_FILE": "/nowhere", "AWS_SHARED_CREDENTIALS_FILE": "/nowhere"}

    def run(*arguments: str) -> Result:
        return CliRunner(env={**nowhere, "AWS_EC2_METADATA_DISABLED": "true"}).invoke(main.build(), arguments)

    return run


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["nonsense"], 2, "nonsense"),
        (["version", "--nonsense"], 2, "--nonsense"),
        (["check"], 2, "expression"),
        (["check", ""], 2, "name of an attribute"),
        (["check", "Helth = Poor"], 2, "Helth"),
        (["check", "Health = Poor", "--facts", "{bad"], 2, "--facts is not JSON"),
        (["check", "Health = Poor", "--facts", "[]"], 2, "--facts takes an object"),
        (["check", "NPS = 1", "--facts", f'{{"NPS": {DIGITS}}}'], 2, "--facts"),
        (["check", "NPS = 1", "--facts", "[" * 100_000], 2, "--facts"),
        (["check", "NPS = 1", "--facts", '{"NPS": NaN}'], 2, "NPS: expected a plain number"),
        (["check", "NPS = 1", "--facts", '{"Nps Score": 1}'], 2, "Nps Score"),
        (["check", "NPS = 1", "--account-csv", "missing.csv", "--id", "A-1"], 2, "missing.csv"),
        (["check", "NPS = 1", "--account-csv", "missing.csv"], 2, "--id"),
        (["check", "NPS = 1", "--on", "2026-13-01"], 2, "2026-13-01"),
        (["check", "NPS = 1", "--playbook", "nowhere"], 2, "keepwell.yaml"),
        (["lint"], 2, "keepwell.yaml"),
        (["lint", "nowhere"], 2, "keepwell.yaml"),
        (["apply"], 2, "keepwell.yaml"),
        (["drop"], 2, "FILE"),
        (["drop", "missing.csv"], 2, "missing.csv"),
        (["drop", "missing.csv", "--object", "cats"], 2, "cats"),
        (["nightly", "--on", "2026-13-01"], 2, "'2026-13-01' is no day; write it like 2026-11-21"),
        (["imports", "--since", "tomorrow"], 2, "'tomorrow' is no day; write it like 2026-11-21"),
        (["task", "snooze", "T-1", "--reason", "x", "--until", "soon"], 2, "'soon' is no day"),
        (["clock", "banana"], 2, "banana"),
        (["clock", "9999-12-31"], 2, "hundred years"),
        (["account"], 2, "account_id"),
        (["account", ""], 2, "name an account"),
        (["tasks", "--account", " "], 2, "name an account"),
        (["tasks", "--assignee", ""], 2, "name an account, a person"),
        (["account", "A-1"], 3, "region"),
        (["tasks"], 3, "region"),
        (["clock"], 3, "region"),
        (["nightly"], 3, "region"),
    ],
)
def test_what_is_wrong_is_one_document_that_says_so(
    keepwell: Callable[..., Result], arguments: list[str], code: int, said: str
) -> None:
    run = keepwell(*arguments, "--json")
    assert run.exit_code == code, run.output
    assert said in json.loads(run.stdout)["error"]
    assert "Traceback" not in run.output
    people = keepwell(*arguments)
    assert people.exit_code == code
    assert people.stdout == ""


def test_a_byte_that_is_no_text_is_still_told(keepwell: Callable[..., Result]) -> None:
    run = keepwell("check", "NPS = \udcff", "--json")
    assert run.exit_code == 2
    assert "expected a number" in json.loads(run.stdout)["error"]


def test_a_rejected_row_says_why_its_account_is_not_there(
    keepwell: Callable[..., Result], tmp_path: Path
) -> None:
    (tmp_path / "accounts.csv").write_text("Account ID,NPS\nA-1,lots\n")
    run = keepwell("check", "NPS = 1", "--account-csv", "accounts.csv", "--id", "A-1", "--json")
    assert run.exit_code == 2
    assert "NPS: expected a plain number" in json.loads(run.stdout)["error"]


@pytest.mark.parametrize("name", ["[/]", "[bold]x", "[/red]", "a\\"])
def test_square_brackets_in_a_name_are_shown_as_they_are(keepwell: Callable[..., Result], name: str) -> None:
    """A name that rich would take for markup ended the command with a traceback."""
    facts = json.dumps({"Account Name": name})
    run = keepwell("check", "Account Name is not empty", "--facts", facts)
    assert run.exit_code == 0, run.output
    assert name in run.stdout


def test_control_characters_do_not_reach_the_terminal() -> None:
    console = Console(width=80)
    with console.capture() as shown:
        console.print(plain("\x1b[2J\x07Harbor\x9b31m Labs\nsecond line"))
    assert shown.get() == "�[2J�Harbor�31m Labs\nsecond line\n"


@pytest.mark.parametrize("verb", ["lint", "apply"])
def test_a_faulty_playbook_is_its_findings_whoever_finds_them(
    keepwell: Callable[..., Result], tmp_path: Path, verb: str
) -> None:
    (tmp_path / "keepwell.yaml").write_text("owner: [/]\n")
    run = keepwell(verb, ".", "--json")
    assert run.exit_code == 1, run.output
    assert json.loads(run.stdout)["findings"][0]["file"] == "keepwell.yaml"
    people = keepwell(verb, ".")
    assert people.exit_code == 1
    assert "keepwell.yaml:1:" in people.stdout


def test_a_cloud_of_which_a_part_has_died_ends_with_3(
    keepwell: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Dying(LocalCloud):
        is_up = True

    (tmp_path / "cloud").mkdir()
    for log in (emulator.LOG, pump.LOG):
        (tmp_path / "cloud" / log).write_text("last [/] words")
    (tmp_path / "cloud" / STATE).write_text(json.dumps({"endpoint": "http://x", "outputs": {"A": "b"}}))
    for module in (stack_module, status_module):
        monkeypatch.setattr(module, "LocalCloud", Dying)
    monkeypatch.setattr(status_module, "KEPT", tmp_path / "cloud")
    for verb in (["account", "A-1"], ["tasks"], ["nightly"], ["clock"]):
        assert keepwell(*verb).exit_code == 3
    told = keepwell("status")
    assert told.exit_code == 1
    assert "\nlast [/] words\n" in told.stdout


def test_a_stack_that_is_not_keepwells_is_named() -> None:
    foreign = Stack("keepwell", {"Bucket": "x"})
    with pytest.raises(NoCloudError, match="'keepwell' has no output"):
        foreign.named(system.ACCOUNTS)


def test_a_night_ahead_is_told_before_a_run_is_started(
    keepwell: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Known(Stack):
        clock = FixedClock(NOON)  # type: ignore[assignment]
        playbooks = type("Playbooks", (), {"get": staticmethod(standard_playbook)})  # type: ignore[assignment]

    monkeypatch.setattr(Stack, "configured", classmethod(lambda _, name=None: Known("keepwell", {})))
    run = keepwell("nightly", "--on", "2026-11-22", "--json")
    assert run.exit_code == 2
    assert "2026-11-22 is in the future" in json.loads(run.stdout)["error"]


def test_the_clock_stays_within_a_hundred_years() -> None:
    """A clock moved beyond the calendar would stop every function of the stack."""
    now = datetime(2026, 11, 21, tzinfo=UTC)
    ahead = moved("+20000", timedelta(0), now)
    with pytest.raises(RejectedInput, match="hundred years"):
        moved("+20000", ahead, now)


def test_two_previewed_files_of_one_name_are_two_files() -> None:
    rehearsal = Rehearsal(standard_playbook(), FixedClock(NOON))
    first = rehearsal.drop("x.csv", b"Account ID\nA-1\n")
    second = rehearsal.drop("x.csv", b"Account ID\nA-2\nA-3\n")
    assert (first["rows"], second["rows"]) == (1, 2)
    assert first["drop_id"] != second["drop_id"]
