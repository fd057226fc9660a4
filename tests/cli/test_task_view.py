"""What is shown of one task."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from keepwell_cli.output import Answer
from keepwell_cli.task_view import task_view
from tests.cli.in_memory_stack import shown
from tests.domain.tasks.office import ANN, Office, a_playbook
from tests.story import NOON, TODAY


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin"])
def test_a_cancelled_task_says_why_whatever_the_time_zone(zone: str) -> None:
    """The moment of closing is told in the tenant's zone, to the second."""
    office = Office()
    office.asks()
    office.playbook = a_playbook(time_zone=ZoneInfo(zone))
    now = NOON + timedelta(microseconds=123_456)
    task = office.closer.cancel(office.task(), "They left", ANN, now, office.playbook)
    assert f"Cancelled: They left, by {ANN} on 2026-11-21" in shown(Answer({}, task_view(task, (), TODAY)))
