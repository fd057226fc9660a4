"""The main job on the deployed template: a file becomes scores, tasks, mails and webhooks."""

import csv
import io
from datetime import timedelta

import pytest

from keepwell.deliveries import DeliveryState
from keepwell.standings import Band
from keepwell_cli.nightly import run_night
from tests.scenarios.conftest import Practice

pytestmark = pytest.mark.xdist_group("cloud")


def test_a_change_of_one_attribute_reaches_people_without_a_night(practice: Practice) -> None:
    """EWS-10, PLY-13, D7: a second, small file is enough."""
    practice.drop(practice.row("CHG-1", "Quarry Media"))
    assert practice.standing("CHG-1").health is Band.GOOD

    report = practice.drop(practice.poor_row("CHG-1", "Quarry Media"))

    assert (report["updated"], report["created"]) == (1, 0)
    [task] = practice.eventually("a task for Quarry Media", lambda: practice.tasks("CHG-1"))
    assert "Quarry Media" in task.title
    assert task.assignee == "csm.core@example.com"
    [mail] = practice.eventually("a mail about Quarry Media", lambda: practice.mails("Quarry Media"))
    assert "Open Ticket Count 9 (poor)" in mail.text
    practice.receiver.wait_for(lambda _: len(practice.webhooks("Quarry Media")) == 2)
    assert {request.answered for request in practice.webhooks("Quarry Media")} == {200}, "signature verified"


def test_the_same_file_twice_changes_and_sends_nothing(practice: Practice) -> None:
    """I3."""
    rows = practice.poor_row("TWICE-1", "Lumen Works"), practice.row("TWICE-2", "Delta Bio")
    practice.drop(*rows)
    practice.eventually("both webhooks", lambda: len(practice.webhooks("Lumen Works")) == 2)
    practice.eventually(
        "everything sent",
        lambda: all(d.state is DeliveryState.SENT for d in practice.deliveries("TWICE-1")),
    )
    before = practice.account("TWICE-1"), practice.account("TWICE-2")

    report = practice.drop(*rows)
    run_night(practice.stack)

    assert (report["applied"], report["unchanged"], report["rejected"]) == (0, 2, 0)
    assert (practice.account("TWICE-1"), practice.account("TWICE-2")) == before
    assert len(practice.tasks("TWICE-1")) == 1
    assert len(practice.mails("Lumen Works")) == 1
    assert len(practice.webhooks("Lumen Works")) == 2


def test_the_night_finds_what_time_alone_has_changed(practice: Practice) -> None:
    """PLY-06: nobody wrote anything, but the renewal has come within 90 days."""
    practice.drop(practice.row("TIME-1", "Tidal Networks", renewal_date=practice.today + timedelta(days=92)))
    assert not practice.standing("TIME-1").memberships.get("play:pre-renewal-good")

    practice.advance(timedelta(days=2))
    counts = run_night(practice.stack)

    assert counts["status"] == "SUCCEEDED"
    assert counts["failed"] == 0
    [task] = practice.eventually("a task for Tidal Networks", lambda: practice.tasks("TIME-1"))
    assert (task.play, task.flow) == ("pre-renewal-good", "Renewal")


def test_a_rerun_of_a_past_day_does_not_become_the_present(practice: Practice) -> None:
    """S2."""
    practice.drop(practice.row("PAST-1", "Vertex Works"))
    standing = practice.standing("PAST-1")

    counts = run_night(practice.stack, on=practice.today - timedelta(days=30))

    assert counts["status"] == "SUCCEEDED"
    assert practice.standing("PAST-1") == standing


def test_bad_rows_are_told_apart_and_the_good_ones_count(practice: Practice) -> None:
    """I1: rows = applied + unchanged + rejected, each reject with its place and reason."""
    bad = practice.row("BAD-2", "Ridge Bio") | {"Renewal Date": "03/04/25", "Customer Tier": "Lihgt"}
    report = practice.drop(practice.row("BAD-1", "Umber Cloud"), bad, file="some-bad.csv")

    assert (report["rows"], report["applied"], report["rejected"]) == (2, 1, 1)
    rejects = practice.stack.files.read(report["rejects_file"]).decode("utf-8-sig")
    [reject] = csv.DictReader(io.StringIO(rejects))
    assert (reject["Account ID"], reject["Renewal Date"], reject["Row"]) == ("BAD-2", "03/04/25", "3")
    assert reject["Column"] == "Customer Tier; Renewal Date"
    assert all(value in reject["Reason"] for value in ("Lihgt", "03/04/25"))
    assert practice.standing("BAD-1").health is Band.GOOD
