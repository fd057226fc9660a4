"""A bad file on the deployed template, and the way back: facts, health, the list of imports (decision 20)."""

import pytest

from keepwell_cli.imports import imports
from keepwell_cli.undo import undo
from tests.scenarios.conftest import Practice

pytestmark = pytest.mark.xdist_group("cloud")


def test_a_bad_file_is_undone_and_the_accounts_are_as_before(practice: Practice) -> None:
    practice.drop(practice.row("UN-1", "Fjord Timber"), file="undo-good.csv")
    before = practice.standing("UN-1")
    facts = practice.account("UN-1").facts
    assert before.health.value == "good"

    rows = (practice.poor_row("UN-1", "Fjrd Tmbr"), practice.row("UN-2", "Nobody"))
    bad = practice.drop(*rows, file="undo-bad.csv")
    assert (bad["updated"], bad["created"]) == (1, 1)
    practice.eventually("UN-1 is poor", lambda: practice.standing("UN-1").health.value == "poor")
    practice.standing("UN-2")

    undone = undo(bad["drop_id"], wait=True)
    assert (undone.document["restored"], undone.document["removed"], undone.document["kept"]) == (1, 1, 0)
    now = practice.account("UN-1").facts
    told = {name: (now.values[name], now.observed(name)) for name in facts.values}
    assert told == {name: (value, facts.observed(name)) for name, value in facts.values.items()}
    assert practice.stack.accounts.get("UN-2") is None
    practice.eventually("UN-1 is good again", lambda: practice.standing("UN-1").health.value == "good")

    listed = {each["drop_id"]: each["undo"] for each in imports().document["imports"]}
    assert listed[bad["drop_id"]] == "done"
    assert undo(bad["drop_id"], wait=True).document == undone.document, "it is done once"


def test_the_mended_file_is_taken_whole(practice: Practice) -> None:
    """Though most of its rows are those of the bad one, which the feed has just seen."""
    mended = practice.drop(
        practice.row("UN-2", "Nobody Else"), practice.row("UN-3", "Elm"), file="undo-a.csv"
    )
    undo(mended["drop_id"], wait=True)
    again = practice.drop(practice.row("UN-2", "Nobody Else"), practice.row("UN-3", "Elm"), file="undo-b.csv")
    assert (again["created"], again["unchanged"]) == (2, 0)
