"""The operator is told once of an import that failed (INT-06, I1)."""

from datetime import timedelta
from typing import Any

import pytest

from keepwell.deliveries import Channel, wake_due
from keepwell.errors import TransientFailure
from keepwell.imports.failing import Notice, Operator, notice_of
from keepwell.in_memory import InMemoryDeliveries, InMemoryQueue
from tests.story import NOON

OWNER = "ops@example.com"
REPORT: dict[str, Any] = {
    "drop_id": "accounts-3fa92b10c4",
    "status": "done",
    "object": "accounts",
    "file": "accounts.csv",
    "rows": 2,
    "rejected": 2,
    "rejects_file": "rejects/accounts-3fa92b10c4.csv",
    "mapping": "telecom",
    "missing": None,
    "errors": [
        {"reason": "expected a number", "column": "NPS", "row": 2, "count": 2, "example": "high"},
    ],
}
UNREADABLE = REPORT | {
    "status": "failed",
    "rows": 0,
    "rejected": 0,
    "rejects_file": None,
    "mapping": None,
    "errors": [
        {
            "reason": "the file is empty; drop one with a header",
            "column": None,
            "row": None,
            "count": 1,
            "example": None,
        }
    ],
}


def operator() -> tuple[Operator, InMemoryDeliveries, InMemoryQueue]:
    deliveries, mails = InMemoryDeliveries(), InMemoryQueue()
    return Operator(deliveries, mails), deliveries, mails


def test_a_file_that_cannot_be_read_is_told_with_its_reason_and_drop() -> None:
    notice = notice_of(UNREADABLE)
    assert notice is not None
    assert notice.subject == "Import failed: accounts.csv"
    for told in ("could not be read", "the file is empty; drop one with a header", "accounts-3fa92b10c4"):
        assert told in notice.body


def test_a_file_whose_every_row_is_rejected_is_told_with_the_kinds_of_fault() -> None:
    notice = notice_of(REPORT)
    assert notice is not None
    for told in (
        "every row of it (2)",
        "2 rows: NPS: expected a number, for example high",
        "rejects/accounts-3fa92b10c4.csv",
        "mapping telecom",
    ):
        assert told in notice.body


def test_only_the_first_kinds_of_fault_are_listed() -> None:
    [error] = REPORT["errors"]
    notice = notice_of(REPORT | {"errors": [error | {"column": f"C{n}"} for n in range(12)]})
    assert notice is not None
    assert "C4: " in notice.body
    assert "C5: " not in notice.body
    assert "and 7 more kinds of fault" in notice.body


@pytest.mark.parametrize("rows", [{"rejected": 1}, {"rows": 0, "rejected": 0}, {"rejected": 0}])
def test_an_import_that_took_something_or_had_nothing_to_take_is_no_failure(rows: dict[str, int]) -> None:
    assert notice_of(REPORT | rows) is None


def test_the_mail_goes_to_the_owner_by_the_queue_of_mails() -> None:
    desk, deliveries, mails = operator()
    assert desk.tell(Notice("import/1", "Import failed", "why"), OWNER, NOON)
    [mail] = deliveries.all()
    assert (mail.to, mail.channel, mail.subject, mail.body) == (OWNER, Channel.EMAIL, "Import failed", "why")
    assert mails.messages == [{"delivery_id": mail.delivery_id}]


def test_what_was_told_is_not_told_again_however_late_or_otherwise_worded() -> None:
    desk, deliveries, mails = operator()
    desk.tell(Notice("import/1", "Import failed", "why"), OWNER, NOON)
    assert not desk.tell(Notice("import/1", "Failed", "else"), "new@example.com", NOON + timedelta(days=30))
    assert desk.tell(Notice("import/2", "Import failed", "why"), OWNER, NOON)
    assert len(deliveries.all()) == len(mails.messages) == 2


def test_interrupted_between_row_and_message_the_minute_tick_sends_it() -> None:
    class Broken(InMemoryQueue):
        def send(self, messages: object, after: object = None) -> None:
            raise TransientFailure("no answer")

    deliveries, mails = InMemoryDeliveries(), InMemoryQueue()
    with pytest.raises(TransientFailure):
        Operator(deliveries, Broken()).tell(Notice("import/1", "Import failed", "why"), OWNER, NOON)
    wake_due(deliveries, {Channel.EMAIL: mails}, NOON)
    assert len(mails.messages) == 1


def test_a_playbook_from_before_owners_were_told_has_nobody_to_tell() -> None:
    desk, deliveries, _ = operator()
    assert not desk.tell(Notice("import/1", "Import failed", "why"), "", NOON)
    assert deliveries.all() == []
