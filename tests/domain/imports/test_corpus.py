"""Files as they come: odd, broken or hostile. Each row becomes what the corpus says, or a reject with its
reason (reliability I1); nothing is changed in silence.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from keepwell.attributes import Value
from tests.domain.imports.corpus import cells, encodings, framing, kinds, workbooks, writing
from tests.domain.imports.corpus.case import USUAL, Case
from tests.domain.imports.importing import NOON, Stack, adds_up, playbook

CASES = [case for part in (encodings, writing, framing, cells, kinds, workbooks) for case in part.CASES]
LATER = NOON + timedelta(hours=1)


def stack_for(case: Case, chunk_bytes: int | None = None) -> Stack:
    stack = Stack(playbook=playbook(case.mapping)) if case.mapping else Stack()
    return replace(stack, chunk_bytes=chunk_bytes) if chunk_bytes else stack


def table_of(stack: Stack) -> dict[str, dict[str, Value]]:
    """Every account there is, and its values."""
    accounts = stack.accounts.scan(0, 1, limit=10_000).accounts
    return {account.account_id: dict(account.facts.values) for account in accounts}


def told(stack: Stack, report: dict[str, object]) -> list[tuple[int, str]]:
    """The rejects: their lines and reasons."""
    if not report["rejected"]:
        return []
    return [(int(reject["Row"]), reject["Reason"]) for reject in stack.rejects(report)]


def test_the_corpus_is_large_and_names_each_file_once() -> None:
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names) >= 60


@pytest.mark.parametrize("chunk_bytes", [None, 64], ids=["whole", "in chunks"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_file_becomes_what_the_corpus_says(case: Case, chunk_bytes: int | None) -> None:
    stack = stack_for(case, chunk_bytes)
    report = stack.drop(case.content, case.key)

    if case.fails:
        assert report["status"] == "failed"
        assert case.fails in report["errors"][0]["reason"]
        assert table_of(stack) == {}
        return
    assert report["status"] == "done", report["errors"]
    assert table_of(stack) == case.table
    rejects = told(stack, report)
    assert [line for line, _ in rejects] == [line for line, _ in case.rejects], rejects
    for (_, reason), (_, part) in zip(rejects, case.rejects, strict=True):
        assert part in reason
    dialect = {**USUAL, **case.dialect}
    lines = {f"{where}_lines": len(dialect[where]) for where in ("preamble", "trailing")}
    assert report["dialect"] == {**lines, **dialect}
    assert report["ignored_columns"] == list(case.ignored)
    assert adds_up(report)
    assert report["rows"] == len(case.table) + len(case.rejects)


@pytest.mark.parametrize("case", [case for case in CASES if not case.fails], ids=lambda case: case.name)
def test_again_it_changes_nothing_and_its_rejects_stay_rejects(case: Case) -> None:
    """I3; and the rejects file, unmended, is read whatever the mapping says of the file that it came from."""
    stack = stack_for(case)
    first = stack.drop(case.content, case.key)
    before = table_of(stack)
    again = stack.drop(case.content, case.key, LATER)

    assert (again["applied"], again["unchanged"], again["rejected"]) == (
        0,
        first["applied"],
        first["rejected"],
    )
    if first["rejected"]:
        rejects = stack.files.read(first["rejects_file"])
        folder = case.key.rpartition("/")[0]
        report = stack.drop(rejects, f"{folder}/rejects.csv", LATER)
        assert (report["status"], report["rows"], report["rejected"]) == (
            "done",
            first["rejected"],
            first["rejected"],
        )
    assert table_of(stack) == before
