"""Scoring a file block by block comes to what the import and the evaluation of a stack come to (issue 4)."""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from keepwell.errors import RejectedInput
from keepwell.evaluation import Evaluation, evaluate
from keepwell.imports.report import Reject
from keepwell.in_memory import FixedClock
from keepwell_aws.playbooks import default_bundle
from keepwell_cli.rehearsal import Rehearsal
from keepwell_cli.sample import HEADERS as SAMPLE_HEADERS
from keepwell_cli.sample import sample_csv, write_sample
from keepwell_cli.scoring.beside import told_beside
from keepwell_cli.scoring.blocks import Readable, as_utf8
from keepwell_cli.scoring.judging import ACCOUNTS, Judge
from keepwell_cli.scoring.results import Results
from keepwell_cli.scoring.running import Job, run
from keepwell_cli.scoring.survey import Survey, survey
from tests.story import NOON, TODAY, standard_playbook

HEADERS = "Account ID,Account Name,NPS,Customer Tier,Status\n"
CELLS = st.one_of(
    st.sampled_from(
        [
            "",
            " ",
            "A-1",
            "A-2",
            "7",
            "11",
            "Core",
            "Light",
            "Paying",
            "Free",
            '"',
            '"x',
            "=1+1",
            "'=1+1",
            "a,b",
        ]
    ),
    st.sampled_from(["\n", "\r", "x\r\ny", "2026-11-21", "é", "A-1\n", "'", "\ufeff"]),
    st.text(max_size=8),
)
ROWS = st.lists(st.lists(CELLS, min_size=1, max_size=6), max_size=12)
SIZES = st.sampled_from([1, 7, 40, 1_000])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scored")


def streamed(path: Path, size: int) -> tuple[Survey, list[Evaluation | Reject]]:
    with as_utf8(path) as readable:
        surveyed = survey(readable, ACCOUNTS, standard_playbook(), block_bytes=size)
        judge = Judge(surveyed, standard_playbook(), NOON)
        return surveyed, [outcome for block in surveyed.blocks for outcome in judge.outcomes(block)]


def check_alike(content: bytes, folder: Path, size: int) -> None:
    """The same accounts with the same standings, and the same rows rejected for the same reasons."""
    rehearsal = Rehearsal(standard_playbook(), FixedClock(NOON))
    report = rehearsal.drop("accounts.csv", content)
    path = folder / "accounts.csv"
    path.write_bytes(content)
    if report["status"] == "failed":
        with pytest.raises(RejectedInput) as refused:
            streamed(path, size)
        assert f"{path} cannot be read: {report['errors'][0]['reason']}" in str(refused.value)
        return
    surveyed, outcomes = streamed(path, size)
    assert surveyed.rows == len(outcomes) == report["rows"]
    plain = {
        account.account_id: evaluate(rehearsal.directory.with_people(account), rehearsal.playbook, NOON)
        for account in rehearsal.accounts.scan(0, 1, limit=1_000).accounts
    }
    evaluations = {o.account_id: o for o in outcomes if isinstance(o, Evaluation)}
    assert told(evaluations) == told(plain)
    rejects = [outcome for outcome in outcomes if isinstance(outcome, Reject)]
    if rejects:
        assert [shown(reject) for reject in rejects] == list(refused_rows(rehearsal, report["rejects_file"]))
    assert len(rejects) == report["rejected"]


def told(evaluations: dict[str, Evaluation]) -> dict[str, object]:
    return {
        account_id: (each.values, each.assessment.result, each.standing.memberships)
        for account_id, each in evaluations.items()
    }


def shown(reject: Reject) -> tuple[str, str]:
    return str(reject.line), "; ".join(fault.reason for fault in reject.faults)


def refused_rows(rehearsal: Rehearsal, key: str) -> Iterator[tuple[str, str]]:
    text = rehearsal.files.read(key).decode("utf-8-sig")
    for row in csv.DictReader(io.StringIO(text, newline="")):
        yield row["Row"], row["Reason"]


@given(ROWS, SIZES)
@example([["A-1", "x", "7"], ["A-1", "y", "7", "Core", "Paying"], ["A-1", "z", "ten", "Core", "Paying"]], 1)
@example([["A-1", "a\nb", "7", "Core", "Paying"], ["A-2", "c", "8", "Light", "Free"]], 1)
def test_well_formed_rows_in_blocks_of_any_size(folder: Path, rows: list[list[str]], size: int) -> None:
    """Reliability I1, I6: cells over several lines, ids that stand twice, wrong values, too few cells."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    check_alike((HEADERS + out.getvalue()).encode("utf-8", "replace"), folder, size)


@given(st.text(alphabet=st.sampled_from("A12,\"\n\r;'= é"), max_size=80), SIZES)
@example('A,"x\nB,"y\nC,"z\n', 1)
@example('A,"x\n\n\nB,y\nA,"z"\n', 1)
@example("\n\nA,b,7,Core,Free\n", 1)
def test_any_text_below_a_header_in_blocks_of_any_size(folder: Path, text: str, size: int) -> None:
    check_alike((HEADERS + text).encode(), folder, size)


@given(st.text(alphabet=st.sampled_from("Account ID,NPS\r\n;7\"'"), max_size=60), SIZES)
def test_any_text_at_all(folder: Path, text: str, size: int) -> None:
    """A header that cannot be read is refused in the words of the import."""
    check_alike(text.encode(), folder, size)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_sample_in_every_encoding(folder: Path, encoding: str) -> None:
    check_alike(sample_csv(TODAY).decode().encode(encoding), folder, 4_000)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04zip", b"%PDF-1.7", b"Account ID\n\xff\n", b"A\0B"])
def test_what_is_no_text_is_refused_as_by_the_import(folder: Path, content: bytes) -> None:
    check_alike(content, folder, 1_000)


def test_an_account_of_more_than_can_be_stored_is_rejected(folder: Path) -> None:
    """Reliability I6."""
    tags = ",".join(f"Tag {number} {'x' * 60}" for number in range(120))
    header = "Account ID,Risk Reason," + ",".join(("Account Name", "Renewal Type", "Success Manager"))
    content = f'{header}\nA-1,"{tags}","{"n" * 9_999}","{"r" * 9_999}","{"s" * 9_999}"\nA-2,,,,\n'
    check_alike(content.encode(), folder, 1_000)


def test_several_processes_come_to_the_same_in_the_same_order(folder: Path) -> None:
    path = folder / "portfolio.csv"
    again = "ACC-0001" + "," * (len(SAMPLE_HEADERS) - 1)
    path.write_bytes(sample_csv(TODAY) + f"{again}\nACC-0002,too short\n".encode())
    surveyed = survey(Readable(path), ACCOUNTS, standard_playbook(), block_bytes=2_000)
    job = Job(surveyed, default_bundle(), NOON, worst=5, documents=True, lines=True)
    assert len(surveyed.blocks) > 5

    def whole(processes: int) -> tuple[Results, str]:
        results, lines = Results(), ""
        for block in run(job, processes):
            results.add(block, 5)
            lines += block.lines
        return results, lines

    alone, together = whole(1), whole(2)
    assert together == alone
    assert alone[0].rejected == 2, "a row whose id stands again, and one that is too short"
    ids = [document["account_id"] for document in alone[0].documents]
    assert ids == [*(f"ACC-{number:04}" for number in range(2, 91)), "ACC-0001"]
    assert len(alone[1].splitlines()) == 90


def test_what_is_told_beside_the_accounts_counts_as_in_a_stack(folder: Path) -> None:
    """People, use and contacts: the same facts, use and population, account by account."""
    rehearsal = Rehearsal(standard_playbook(), FixedClock(NOON))
    files = {Path(path).stem: path for path in write_sample(folder, TODAY)}
    for name, path in files.items():
        assert rehearsal.drop(path.name, path.read_bytes(), object_name=name)["rejected"] == 0
    population = rehearsal.measure()

    judge = Judge(
        survey(Readable(files.pop("accounts")), ACCOUNTS, standard_playbook()), standard_playbook(), NOON
    )
    beside, reports = told_beside(judge, list(files.items()), {})
    assert [report["object"] for report in reports] == ["users", "usage", "touchpoints"]
    assert beside.population == population
    judge = replace(judge, beside=beside)
    evaluations = {
        o.account_id: o for o in judge.outcomes(judge.survey.blocks[0]) if isinstance(o, Evaluation)
    }
    plain = {
        account.account_id: evaluate(account, rehearsal.playbook, NOON, population=population)
        for account in map(
            rehearsal.directory.with_people, rehearsal.accounts.scan(0, 1, limit=1_000).accounts
        )
    }
    assert told(evaluations) == told(plain)
    assert "Last Touch" in evaluations["ACC-0001"].values


def test_accounts_that_no_other_file_tells_of_are_not_held(folder: Path) -> None:
    path, touches = folder / "some.csv", folder / "touches.csv"
    path.write_text("Account ID,Status\n" + "".join(f"A-{n},Paying\n" for n in range(50)) + "A-7,Free\n")
    touches.write_text(
        "Account ID,Touchpoint ID,Type,Date\nA-7,T-1,Call,2026-11-20\nB-1,T-2,Call,2026-11-20\n"
    )
    judge = Judge(
        survey(Readable(path), ACCOUNTS, standard_playbook(), block_bytes=40), standard_playbook(), NOON
    )
    beside, [report] = told_beside(judge, [("touchpoints", touches)], {})
    assert {id_: account.facts.values["Status"] for id_, account in beside.accounts.items()} == {
        "A-7": "Free"
    }
    assert (report["applied"], report["rejected"]) == (1, 1), "B-1 is no account of the file"


def test_nothing_of_a_row_is_kept_by_the_survey(folder: Path) -> None:
    """Only ids that stand twice are named: what is held does not grow with the names in the file."""
    path = folder / "many.csv"
    path.write_text("Account ID\n" + "".join(f"A-{number}\n" for number in range(5_000)) + "A-7\n")
    surveyed = survey(Readable(path), ACCOUNTS, standard_playbook(), block_bytes=1_000)
    assert surveyed.rows == 5_001
    assert dict(surveyed.later) == {("A-7",): 5_002}


def test_days_of_the_past(folder: Path) -> None:
    """S2: as of another day the same facts come to what that day came to."""
    path = folder / "accounts.csv"
    path.write_text("Account ID,Status,Customer Tier,Create Date\nA-1,Paying,Light,2026-10-21\n")
    book = standard_playbook()
    surveyed = survey(Readable(path), ACCOUNTS, book)
    profiles = {}
    for day in (date(2026, 11, 20), TODAY):
        [outcome] = Judge(surveyed, book, NOON - (TODAY - day)).outcomes(surveyed.blocks[0])
        assert isinstance(outcome, Evaluation)
        profiles[(TODAY - day) // timedelta(days=1)] = outcome.standing.profile
    assert profiles == {1: "onboarding", 0: "light"}
