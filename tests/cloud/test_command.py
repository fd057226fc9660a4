"""The frame of the `keepwell` command: --json, exit codes, errors (interfaces.md)."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import botocore.exceptions
import pytest
from rich.console import Console, Group
from rich.table import Table
from typer.testing import CliRunner

from keepwell.errors import ConfigurationError, FaultyCondition, KeepwellError, TransientFailure
from keepwell_cli import main
from keepwell_cli.clock import moved
from keepwell_cli.output import Answer, Exit, NoCloudError, conclude, whole

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
UNREACHABLE = botocore.exceptions.EndpointConnectionError(endpoint_url="http://127.0.0.1:1")


def raising(error: Exception) -> Callable[[], Answer]:
    def verb() -> Answer:
        raise error

    return verb


def adapter_error() -> ConfigurationError:
    error = ConfigurationError("reading x: no credentials")
    error.__cause__ = botocore.exceptions.NoCredentialsError()
    return error


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigurationError("the setting X is wrong"), Exit.USAGE),
        (KeepwellError("no such file"), Exit.USAGE),
        (NoCloudError("no stack"), Exit.NO_CLOUD),
        (TransientFailure("throttled"), Exit.NO_CLOUD),
        (adapter_error(), Exit.NO_CLOUD),
        (UNREACHABLE, Exit.NO_CLOUD),
        (botocore.exceptions.NoCredentialsError(), Exit.NO_CLOUD),
        (botocore.exceptions.ClientError({"Error": {"Code": "AccessDenied"}}, "GetItem"), Exit.NO_CLOUD),
    ],
)
def test_an_error_is_its_text_and_its_exit_code(
    error: Exception, code: Exit, capsys: pytest.CaptureFixture[str]
) -> None:
    assert conclude(raising(error), as_json=False) is code
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "Error:" in printed.err
    assert "Traceback" not in printed.err


def test_an_error_under_json_is_a_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert conclude(raising(ConfigurationError("wrong [x]")), as_json=True) is Exit.USAGE
    assert json.loads(capsys.readouterr().out) == {"error": "wrong [x]"}


def test_a_faulty_condition_says_where(capsys: pytest.CaptureFixture[str]) -> None:
    error = FaultyCondition("unknown name", text="Helth = poor", line=1, column=1, suggestion="Health")
    assert conclude(raising(error), as_json=True) is Exit.USAGE
    printed = capsys.readouterr()
    assert json.loads(printed.out) == {
        "error": "unknown name",
        "line": 1,
        "column": 1,
        "suggestion": "Health",
    }
    assert "Did you mean Health?" in printed.err


@pytest.mark.parametrize(("findings", "code"), [(False, Exit.DONE), (True, Exit.FINDINGS)])
def test_an_answer_is_one_document_or_one_view(
    findings: bool, code: Exit, capsys: pytest.CaptureFixture[str]
) -> None:
    def verb() -> Answer:
        return Answer({"day": NOW.date()}, "ünïcode", findings=findings)

    assert conclude(verb, as_json=True) is code
    assert json.loads(capsys.readouterr().out) == {"day": "2026-11-21"}
    assert conclude(verb, as_json=False) is code
    assert capsys.readouterr().out == "ünïcode\n"


def test_into_a_pipe_nothing_is_wrapped(capsys: pytest.CaptureFixture[str]) -> None:
    """A place or an ARN that is broken over two lines is found by no grep."""
    long = "arn:aws:states:us-east-1:000000000000:stateMachine:" + "x" * 300
    table = Table("output", "value")
    table.add_row("name", long)
    for view in (f"Started {long} and more words", table, whole({"Nightly": long})):
        assert conclude(lambda view=view: Answer({}, view), as_json=False) is Exit.DONE  # type: ignore[misc]
        assert long in capsys.readouterr().out


def test_an_output_is_never_cut_however_narrow_the_terminal() -> None:
    url = "https://example.com/" + "x" * 200
    console = Console(width=40)
    with console.capture() as shown:
        console.print(Group("title", whole({"Url": url, "Name": "[/]"})), crop=False)
    assert shown.get() == f"title\nUrl   {url}\nName  [/]\n"


def test_without_any_cloud_the_first_words_say_how_to_get_one(capsys: pytest.CaptureFixture[str]) -> None:
    conclude(raising(botocore.exceptions.NoRegionError()), as_json=True)
    first, then = json.loads(capsys.readouterr().out)["error"].split("\n")
    assert "keepwell up" in first
    assert "region" in then


@pytest.mark.parametrize("verb", main.VERBS, ids=lambda verb: verb.__name__)
def test_every_verb_takes_json_and_shows_an_example(verb: Callable[..., Answer]) -> None:
    assert "Example: `keepwell" in (verb.__doc__ or "")
    shown = CliRunner(env={"TERMINAL_WIDTH": "200"}).invoke(main.build(), [*main.words_of(verb), "--help"])
    assert shown.exit_code == 0
    assert "--json" in shown.output


def test_the_command_ends_with_the_outcome_of_its_verb() -> None:
    run = CliRunner().invoke(main.build(), ["version", "--json"])
    assert run.exit_code == 0
    assert json.loads(run.stdout)["keepwell"]


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["version", "--nonsense"], ["nightly", "--on", "tomorrow"]]
)
def test_wrong_usage_ends_with_2(arguments: list[str]) -> None:
    assert CliRunner().invoke(main.build(), arguments).exit_code == 2


@pytest.mark.parametrize(
    ("to", "days"), [("+30", 33), ("-1", 2), ("reset", 0), ("2026-12-01", 10), ("2026-11-21", 0)]
)
def test_the_clock_moves_to_a_date_by_days_or_back(to: str, days: int) -> None:
    assert moved(to, timedelta(days=3), NOW) == timedelta(days=days)


@pytest.mark.parametrize("to", ["tomorrow", "30", "2026-13-01", ""])
def test_the_clock_refuses_what_it_cannot_read(to: str) -> None:
    with pytest.raises(KeepwellError, match="reset"):
        moved(to, timedelta(0), NOW)
