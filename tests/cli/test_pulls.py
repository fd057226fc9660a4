"""`keepwell pulls` and `keepwell pull`: what is fetched from others, by hand too (INT-06)."""

import io
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import boto3
import pytest

from keepwell.errors import RejectedInput
from keepwell.imports.mapping import ImportMapping, Pull, Source
from keepwell.imports.pulling import Came, PullRun, pull_key
from keepwell_cli.output import NoCloudError
from keepwell_cli.pulls import pull, pulls
from keepwell_cli.reference import ANSWERS
from tests.cli.in_memory_stack import InMemoryStack, shown
from tests.story import NOON

CAME = PullRun(NOON, NOON, 1, 2, came=(Came("accounts.csv", "accounts-3fa92b10c4"),), came_at=NOON)


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> InMemoryStack:
    stack = InMemoryStack.installed(monkeypatch)
    columns = {"Account ID": Source("Id")}
    mappings = {
        name: ImportMapping(name, "accounts", columns, pull=Pull("exports", f"{name}/", every))
        for name, every in (("sfdc", "hourly"), ("billing", "daily"))
    }
    other = {"by-hand": ImportMapping("by-hand", "accounts", columns)}
    stack.playbooks.active = replace(stack.playbooks.active, mappings=mappings | other)
    return stack


class Functions:
    """The functions of the stack: what was sent to them, and what they answer."""

    def __init__(self, answer: dict[str, Any], error: str | None = None):
        self.sent: list[tuple[str, Any]] = []
        self.answer, self.error = answer, error

    def invoke(self, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803
        self.sent.append((FunctionName, json.loads(Payload)))
        told = {"FunctionError": self.error} if self.error else {}
        return {"Payload": io.BytesIO(json.dumps(self.answer).encode()), **told}


def test_each_pull_is_shown_with_its_runs_and_what_came(stack: InMemoryStack) -> None:
    stack.control.put(pull_key("sfdc"), CAME.to_row())
    answer = pulls()
    [billing, sfdc] = answer.document["pulls"]
    assert sfdc.keys() == ANSWERS["pulls"]["document"]["pulls"][0].keys()
    assert (sfdc["from"], sfdc["every"]) == ("s3://exports/sfdc/", "hourly")
    assert (sfdc["last_run"], sfdc["next_run"]) == ("2026-11-21T12:00:00+00:00", "2026-11-21T13:00:00+00:00")
    assert sfdc["came"] == [{"file": "accounts.csv", "drop_id": "accounts-3fa92b10c4"}]
    assert (billing["last_run"], billing["next_run"]) == (None, "2026-11-21T12:00:00+00:00"), "due at once"
    assert not answer.findings
    for told in ("s3://exports/sfdc/", "accounts.csv", "never", "nothing yet"):
        assert told in shown(answer)


def test_a_pull_whose_last_run_failed_is_a_finding_with_its_reason(stack: InMemoryStack) -> None:
    stack.control.put(pull_key("sfdc"), PullRun(NOON, NOON, problem="there is no bucket exports").to_row())
    answer = pulls()
    assert answer.findings
    assert "sfdc: there is no bucket exports" in shown(answer)


def test_a_playbook_without_pulls_says_so(stack: InMemoryStack) -> None:
    stack.playbooks.active = replace(stack.playbooks.active, mappings={})
    assert pulls().document == {"pulls": []}
    assert "no mapping of the playbook has `pull:`" in shown(pulls())


def test_by_hand_the_function_runs_it_and_its_files_are_shown(
    stack: InMemoryStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    functions = Functions({"pulls": {"sfdc": CAME.to_row()}})
    monkeypatch.setattr(boto3, "client", lambda service, config: functions)
    answer = pull("sfdc")
    assert functions.sent == [("practice-pull_imports", {"pull": "sfdc"})]
    assert answer.document.keys() == ANSWERS["pull"]["document"].keys()
    assert not answer.findings
    text = shown(answer)
    assert "1 new files from s3://exports/sfdc/; 2 other objects were left" in text
    assert "accounts.csv  accounts-3fa92b10c4" in text


def test_what_came_before_is_not_told_of_a_run_that_took_nothing(
    stack: InMemoryStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = replace(CAME, ran_at=NOON + timedelta(hours=1), took=0, left=0)
    monkeypatch.setattr(
        boto3, "client", lambda service, config: Functions({"pulls": {"sfdc": later.to_row()}})
    )
    assert shown(pull("sfdc")).strip() == "0 new files from s3://exports/sfdc/"


def test_a_run_that_failed_is_a_finding(stack: InMemoryStack, monkeypatch: pytest.MonkeyPatch) -> None:
    failed = PullRun(NOON, NOON, problem="this stack may not pull from s3://exports/sfdc/")
    monkeypatch.setattr(
        boto3, "client", lambda service, config: Functions({"pulls": {"sfdc": failed.to_row()}})
    )
    answer = pull("sfdc")
    assert answer.findings
    assert "may not pull from s3://exports/sfdc/" in shown(answer)


def test_a_function_that_broke_is_told(stack: InMemoryStack, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Functions({"errorMessage": "Task timed out"}, "Unhandled")
    monkeypatch.setattr(boto3, "client", lambda service, config: broken)
    with pytest.raises(NoCloudError, match="Task timed out"):
        pull("sfdc")


def test_a_pull_there_is_not_is_told_before_anything_runs(stack: InMemoryStack) -> None:
    with pytest.raises(RejectedInput, match=r"no pull 'by-hand'; .* are: billing, sfdc"):
        pull("by-hand")
