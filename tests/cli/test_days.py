"""The day a verb works for: what the night reports, what it skips, and a clock that goes backwards."""

import sys
from datetime import UTC, datetime
from typing import Any

import pytest

from infra.vocabulary import Lambda
from keepwell.in_memory import FixedClock, InMemoryControl
from keepwell_aws.clock import OFFSET
from keepwell_cli.clock import clock
from keepwell_cli.nightly import nightly
from keepwell_cli.stack import Stack
from tests.story import standard_playbook

EVENING = datetime(2026, 11, 21, 22, tzinfo=UTC)


class Practice(Stack):
    control = InMemoryControl()  # type: ignore[assignment]
    clock = FixedClock(EVENING)  # type: ignore[assignment]
    playbooks = type("Playbooks", (), {"get": staticmethod(standard_playbook)})  # type: ignore[assignment]


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> Stack:
    stack = Practice("practice", {"Practice": "yes"})
    monkeypatch.setattr(Stack, "configured", classmethod(lambda _, name=None: stack))
    return stack


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(("on", "day"), [(None, "2026-11-21"), (datetime(2026, 11, 2), "2026-11-02")])  # noqa: DTZ001
def test_the_night_is_for_a_day_and_tells_whom_it_skipped(
    monkeypatch: pytest.MonkeyPatch, on: datetime | None, day: str
) -> None:
    def end_of(on: str, _: Lambda) -> dict[str, Any]:
        counts = {"evaluated": 2, "changed": 0, "transitions": 0, "skipped": 3, "failed": 0}
        others = {name: {"failed": 0} for name in ("measure_accounts", "rank_engagement", "roll_up")}
        return {"status": "SUCCEEDED", "on": on, **counts, **others}

    module = sys.modules["keepwell_cli.nightly"]
    monkeypatch.setattr(module, "start_night", lambda _, on: on.isoformat())
    monkeypatch.setattr(module, "end_of", end_of)
    answer = nightly(on, wait=True)
    assert answer.document["on"] == day
    assert "evaluated 2, changed 0, transitions 0, skipped 3, failed 0." in str(answer.view)
    assert f"of a day after {day}" in str(answer.view)


def test_a_clock_that_goes_backwards_says_what_stays(here: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    progress = sys.modules["keepwell_cli.clock"].progress
    monkeypatch.setattr(progress, "print", lambda text, **_: said.append(text))
    for to in ("+30", "+1"):
        clock(to)
    assert not said
    clock("-5")
    assert "skipped until that day comes again" in said[0]
    assert here.control.get(OFFSET) == {"seconds": 26 * 86_400}
