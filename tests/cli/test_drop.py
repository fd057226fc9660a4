"""`keepwell drop`: what it puts where, what it previews and how it ends (interfaces, exit codes)."""

import functools
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from rich.console import Console
from typer.testing import CliRunner

from infra import system
from keepwell.errors import RejectedInput
from keepwell.imports.drops import drop_id
from keepwell.imports.job import control_key
from keepwell.imports.mapping import Complete, ImportMapping, Source
from keepwell.imports.objects import OBJECTS
from keepwell.in_memory import FixedClock
from keepwell.playbook.kinds import Mapping
from keepwell_cli import drop as drop_module
from keepwell_cli import preview as preview_module
from keepwell_cli.drop import answer_of, drop, how_far, put, wait_for_report
from keepwell_cli.output import Answer, NoCloudError, conclude
from keepwell_cli.rehearsal import Rehearsal
from keepwell_cli.stack import Stack
from tests.domain.imports.importing import Stack as ImportStack
from tests.story import NOON, standard_playbook

DROPS = Path(__file__).parents[2] / "events" / "drops"
GOOD = "Account ID,Account Name\nA-1,Harbor Labs\n"


def test_the_id_is_that_of_the_stored_version(stack: Stack) -> None:
    first = put(stack, "accounts.csv", GOOD.encode(), mapping="telecom")
    second = put(stack, "accounts.csv", GOOD.encode(), mapping="telecom")

    bucket, key = stack.named(system.FILES), "drops/accounts/mapping=telecom/accounts.csv"
    versions = boto3.client("s3").list_object_versions(Bucket=bucket, Prefix=key)["Versions"]
    assert {first, second} == {drop_id(bucket, key, version["VersionId"]) for version in versions}


def test_without_waiting_it_says_where_the_report_will_be(stack: Stack, tmp_path: Path) -> None:
    (tmp_path / "accounts.csv").write_text(GOOD)
    answer = drop([tmp_path / "accounts.csv"])
    assert answer.document["report"] == f"reports/{answer.document['drop_id']}.json"


def test_it_waits_for_the_very_report(stack: Stack) -> None:
    this = put(stack, "accounts.csv", GOOD.encode())
    stack.files.write(f"reports/{this}.json", json.dumps({"drop_id": this}).encode(), "application/json")
    assert wait_for_report(stack, this) == {"drop_id": this}


REJECTING = "Account ID,NPS\nA-1,9\nA-2,lots\n"


def shown(answer: Answer) -> str:
    console = Console(width=300, file=io.StringIO())
    console.print(answer.view)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.usefixtures("no_cloud")
def test_a_preview_tells_the_first_row_and_names_no_file_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "accounts.csv").write_text(REJECTING)
    answer = drop([tmp_path / "accounts.csv"], preview_only=True)
    assert answer.document["rejects_file"] is None
    assert answer.document["errors"][0]["row"] == 3
    assert "First row" in shown(answer)
    assert "--rejects FILE" in shown(answer)


@pytest.mark.usefixtures("no_cloud")
def test_a_preview_saves_the_rejected_rows_if_asked(tmp_path: Path) -> None:
    (tmp_path / "accounts.csv").write_text(REJECTING)
    saved = tmp_path / "rejects.csv"
    answer = drop([tmp_path / "accounts.csv"], preview_only=True, rejects=saved)
    assert answer.document["rejects_saved"] == str(saved)
    assert '"A-2","lots","3","NPS"' in saved.read_text(encoding="utf-8-sig")
    assert str(saved) in shown(answer)


def test_the_rejected_rows_of_an_import_are_saved(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "accounts.csv").write_text(REJECTING)
    report = ImportStack().drop(REJECTING)
    stack.files.write(report["rejects_file"], b"the rejected rows", "text/csv")
    monkeypatch.setattr(drop_module, "wait_for_report", lambda *_: report)

    answer = drop([tmp_path / "accounts.csv"], rejects=tmp_path / "rejects.csv")
    assert answer.document["rejects_file"] == report["rejects_file"]
    assert (tmp_path / "rejects.csv").read_bytes() == b"the rejected rows"


@pytest.mark.parametrize(("path", "why"), [("accounts.csv", "overwrite"), ("nowhere/r.csv", "no folder")])
def test_where_rejects_cannot_be_saved_nothing_is_dropped(
    stack: Stack, tmp_path: Path, path: str, why: str
) -> None:
    (tmp_path / "accounts.csv").write_text(GOOD)
    with pytest.raises(RejectedInput, match=why):
        drop([tmp_path / "accounts.csv"], rejects=tmp_path / path)
    assert "Contents" not in boto3.client("s3").list_objects_v2(Bucket=stack.named(system.FILES))


@pytest.mark.parametrize("name", ["", "a/b", "../x", "telecom.yaml", "a b"])
def test_a_mapping_that_is_no_name_gets_into_no_key(stack: Stack, tmp_path: Path, name: str) -> None:
    (tmp_path / "accounts.csv").write_text(GOOD)
    with pytest.raises(RejectedInput, match="no mapping's name"):
        drop([tmp_path / "accounts.csv"], mapping=name)
    assert "Contents" not in boto3.client("s3").list_objects_v2(Bucket=stack.named(system.FILES))


def test_what_a_report_warns_of_is_shown_and_is_no_finding() -> None:
    known = ImportStack()
    known.drop("Email\nann@example.com\n", "drops/team/team.csv")
    report = known.drop("Account ID,CSM\nA-1,zoe@elsewhere.example\n")
    answer = answer_of([report])
    assert not answer.findings
    told = shown(answer)
    assert "To look at, in rows that were taken:" in told
    assert "nobody of the team has this address; mend it, or drop a file of the team" in told
    assert "zoe@elsewhere.example" in told
    assert "rejected rows" not in told
    del report["warnings"]
    assert "To look at" not in shown(answer_of([report])), "a report of an older version"


@pytest.mark.usefixtures("no_cloud")
def test_a_header_alone_and_columns_left_out_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"Account ID,{','.join(f'X{n}' for n in range(12))},Acount Name\n")
    told = shown(drop([tmp_path / "a.csv"], preview_only=True))
    assert "no rows below it" in told
    assert "left out: Acount Name (did you mean Account Name?), X0," in told
    assert "X8, and 3 more" in told


@pytest.mark.usefixtures("no_cloud")
def test_of_many_lines_above_the_header_it_tells_how_many_there_are(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("".join(f"# {n}\n" for n in range(25)) + GOOD)
    told = shown(drop([tmp_path / "a.csv"], preview_only=True))
    assert "# 0; # 1;" in told
    assert "# 19; and 5 more lines." in told


@pytest.mark.usefixtures("stack")
def test_an_interrupted_wait_tells_the_drop_and_that_it_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(drop_module, "wait_for_report", interrupted)
    (tmp_path / "accounts.csv").write_text(GOOD)
    verb = functools.partial(drop, [tmp_path / "accounts.csv"], wait=True)
    assert conclude(verb, as_json=True) == 130
    document = json.loads(capsys.readouterr().out)
    assert document["report"] == f"reports/{document['drop_id']}.json"
    assert conclude(verb, as_json=False) == 130
    assert "imported all the same" in capsys.readouterr().out


def test_it_does_not_wait_for_ever(stack: Stack) -> None:
    with pytest.raises(NoCloudError, match=r"no function has looked.*: keepwell imports a-0123456789$"):
        wait_for_report(stack, "a-0123456789", patience=0)


def test_how_far_an_import_is_is_told_in_words() -> None:
    known = ImportStack(chunk_bytes=20)
    dropped = known.put("drops/accounts/a.csv", b"Account ID,NPS\nA-1,7\nA-2,7\nA-3,7\nA-4,7\n")

    def told() -> str:
        return how_far(known.control.get(control_key(dropped.id)) or {})

    assert told() == "no function has looked at the file yet"
    known.plan(dropped, out_of_time=lambda: True)
    assert told() == "the file is being split, 3 rows by now"
    known.plan(dropped)
    assert told() == "0 of 1 shards are done"


def test_a_wait_in_vain_tells_the_drop_and_ends_as_documented(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As one whose rows function was killed: its shard comes again after half an hour."""
    monkeypatch.setattr(drop_module, "wait_for_report", functools.partial(wait_for_report, patience=0))
    (tmp_path / "accounts.csv").write_text(GOOD)
    verb = functools.partial(drop, [tmp_path / "accounts.csv"], wait=True)
    assert conclude(verb, as_json=True) == 3
    document = json.loads(capsys.readouterr().out)
    assert document["report"] == f"reports/{document['drop_id']}.json"
    assert not stack.files.exists(document["report"])
    assert conclude(verb, as_json=False) == 3
    assert "See later: keepwell imports accounts-" in capsys.readouterr().out


def previewed(name: str) -> Any:
    return drop([DROPS / name], preview_only=True)


@pytest.mark.usefixtures("no_cloud")
@pytest.mark.parametrize(
    ("name", "findings", "unreadable"),
    [("utf16.csv", False, False), ("bad_rows.csv", True, False), ("empty.csv", False, True)],
)
def test_a_preview_needs_no_cloud_and_says_so(name: str, findings: bool, unreadable: bool) -> None:
    answer = previewed(name)
    assert answer.document["compared_with"] == "nothing"
    assert (answer.findings, answer.unreadable) == (findings, unreadable)


@pytest.mark.usefixtures("no_cloud")
def test_a_stack_that_was_named_must_be_there() -> None:
    with pytest.raises(NoCloudError):
        preview_module.preview([DROPS / "utf16.csv"], "accounts", None, "production")


def test_a_preview_compares_with_the_stack_and_writes_nothing(stack: Stack, tmp_path: Path) -> None:
    known = ImportStack(accounts=stack.accounts)
    known.drop(GOOD)
    (tmp_path / "accounts.csv").write_text(f"{GOOD}A-2,Cedar Foods\n")

    report = drop([tmp_path / "accounts.csv"], preview_only=True).document
    assert (report["created"], report["unchanged"], report["compared_with"]) == (1, 1, "stack test")
    assert stack.accounts.get("A-2") is None
    assert "Contents" not in boto3.client("s3").list_objects_v2(Bucket=stack.named(system.FILES))


def test_what_a_mapping_and_the_pages_name_is_what_is_imported() -> None:
    assert Mapping.model_json_schema()["properties"]["object"]["enum"] == [*OBJECTS]
    page = (DROPS.parents[1] / "docs/reference/csv.md").read_text(encoding="utf-8")
    for name, about in OBJECTS.items():
        must_have = ", ".join(f"`{column}`" for column in (*about.layout.keys, *about.layout.required))
        assert f"| `{name}` | {must_have} |" in page


OF_ACCOUNTS = {
    "users": "Account ID,User ID,Email\nA-1,ann,ann@example.com\n",
    "touchpoints": "Account ID,Touchpoint ID,Date\nA-1,T-1,2026-01-12\n",
    "usage": "Account ID,User ID,Module,Action,Time\nA-1,ann,Reports,Export,2026-01-12\n",
}


@pytest.mark.parametrize("about", OF_ACCOUNTS)
def test_a_preview_of_what_belongs_to_accounts_compares_with_the_stack(
    stack: Stack, tmp_path: Path, about: str
) -> None:
    known = ImportStack(
        accounts=stack.accounts, people=stack.people, touchpoints=stack.touchpoints, control=stack.control
    )
    known.drop(GOOD, "drops/accounts/a.csv")
    known.drop(OF_ACCOUNTS[about], f"drops/{about}/a.csv")
    file, more = tmp_path / "same.csv", tmp_path / "more.csv"
    file.write_text(OF_ACCOUNTS[about])
    row = OF_ACCOUNTS[about].splitlines()[1]
    more.write_text(f"{OF_ACCOUNTS[about]}{row.replace('ann', 'bo').replace('T-1', 'T-2')}\n")

    same = drop([file], object_name=about, preview_only=True).document
    assert (same["created"], same["unchanged"], same["compared_with"]) == (0, 1, "stack test")
    assert drop([more], object_name=about, preview_only=True).document["created"] >= 1
    assert len(list(stack.people.people("A-1"))) <= 1
    assert len(list(stack.touchpoints.touchpoints("A-1"))) <= 1


@pytest.mark.usefixtures("no_cloud")
@pytest.mark.parametrize("about", OF_ACCOUNTS)
def test_a_preview_of_what_belongs_to_accounts_needs_no_cloud(tmp_path: Path, about: str) -> None:
    (tmp_path / "file.csv").write_text(OF_ACCOUNTS[about])
    report = drop([tmp_path / "file.csv"], object_name=about, preview_only=True).document
    assert (report["created"], report["rejected"], report["compared_with"]) == (1, 0, "nothing")


@pytest.mark.usefixtures("no_cloud")
def test_of_several_files_each_has_its_report() -> None:
    reports = [previewed(name).document for name in ("utf16.csv", "bad_rows.csv")]
    assert [report["file"] for report in answer_of(reports).document["drops"]] == [
        "utf16.csv",
        "bad_rows.csv",
    ]


@pytest.mark.usefixtures("no_cloud")
@pytest.mark.parametrize(
    ("name", "code"), [("utf16.csv", 0), ("formulas.csv", 1), ("binary.csv", 2), ("not.csv", 2)]
)
def test_the_exit_codes_of_the_verb(name: str, code: int) -> None:
    import typer

    from keepwell_cli.main import command

    app = typer.Typer()
    app.callback()(lambda: None)
    app.command("drop")(command(drop))
    result = CliRunner().invoke(app, ["drop", str(DROPS / name), "--preview", "--json"])
    assert result.exit_code == code
    if name != "not.csv":
        assert json.loads(result.stdout)["file"] == name


def test_what_a_complete_file_lacks_is_shown_and_is_a_finding_where_it_is_left_alone() -> None:
    """INT-06: nobody would look at it otherwise."""
    columns = {"Account ID": Source("Id")}
    mapping = ImportMapping("crm", "accounts", columns, complete=Complete("not-in-crm"))
    rehearsal = Rehearsal(replace(standard_playbook(), mappings={"crm": mapping}), FixedClock(NOON))

    def dropped(*numbers: int) -> Answer:
        content = "Id\n" + "".join(f"A-{number:02}\n" for number in numbers)
        return answer_of([rehearsal.drop("crm.csv", content.encode(), mapping="crm")])

    assert "Missing" not in shown(dropped(*range(20)))
    flagged = dropped(*range(2, 20))
    assert not flagged.findings
    told = " ".join(shown(flagged).split())
    assert "Missing: 2 of the 20 that crm-" in told
    assert "(A-00, A-01). 2 have the tag not-in-crm now." in told
    left_alone = dropped(*range(2, 10))
    assert left_alone.findings
    assert "10 of 18 are more than the 10% that may be missing" in " ".join(shown(left_alone).split())
