"""E-mail addresses: what passes for one, and that logs hold none (reliability, Privacy)."""

import pytest

from keepwell.addresses import without_addresses


@pytest.mark.parametrize(
    ("text", "logged"),
    [
        (
            "summary/tasks/ann@example.com/2027-03-01T12:00:00+00:00",
            "summary/tasks/…@…/2027-03-01T12:00:00+00:00",
        ),
        ("task 1: 'ann@example.com' is no one; <bo.lind+x@example.co.uk>", "task 1: '…@…' is no one; <…@…>"),
        ("start/A-1/ü@bücher.example", "start/A-1/…@…"),
        ("step/A-1/chase/quiet/1/entered/2", "step/A-1/chase/quiet/1/entered/2"),
    ],
)
def test_a_log_tells_of_nobody(text: str, logged: str) -> None:
    assert without_addresses(text) == logged
