"""`keepwell status`: whether the local cloud is alive, and what was given up."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from keepwell.deliveries import Attempt, Channel, Delivery, DeliveryState
from keepwell.wakes import Purpose, Wake
from keepwell_cli.output import NoCloudError
from keepwell_cli.stack import Stack
from keepwell_cli.status import status
from tests.cli.in_memory_stack import InMemoryStack, shown
from tests.story import NOON


@dataclass
class Cloud:
    """One that is up, and well unless a test says what is wrong."""

    outputs: dict[str, str] = field(default_factory=lambda: {"AccountsTable": "accounts"})
    trouble: str = ""
    is_up, is_stale, endpoint, stack = True, False, "http://x", "keepwell"
    environment: dict[str, str] = field(default_factory=dict)

    def check(self) -> None:
        if self.trouble:
            raise NoCloudError(self.trouble)


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> InMemoryStack:
    here = InMemoryStack("practice", {})
    monkeypatch.setattr(Stack, "practised", classmethod(lambda _, cloud: here))
    return here


def runs(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("keepwell_cli.status.LocalCloud", lambda _: cloud)


def give_up(stack: InMemoryStack, number: int) -> None:
    end = Attempt(NOON - timedelta(days=300), "answered 400")
    mail = Delivery(f"email_{number}", "A-1", Channel.EMAIL, "x", "", "", "", "", NOON, NOON)
    stack.deliveries.add(Delivery(**{**vars(mail), "state": DeliveryState.FAILED, "attempts": (end,)}))


def test_it_tells_how_many_messages_were_given_up_however_long_ago(
    stack: InMemoryStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs(Cloud(), monkeypatch)
    assert status().document["failed_deliveries"] == 0
    assert "given up" not in shown(status())
    give_up(stack, 1)
    assert "1 message was given up: keepwell deliveries --failed" in shown(status())
    give_up(stack, 2)
    answer = status()
    assert (answer.document["failed_deliveries"], answer.findings) == (2, False)


def test_it_tells_what_could_not_be_carried_out_for_days_and_why(
    stack: InMemoryStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R6."""
    runs(Cloud(), monkeypatch)
    assert status().document["given_up_wakes"] == 0
    assert "wake" not in shown(status())
    for number in range(7):
        step = Wake(f"step/A-{number}/chase", Purpose.STEP, NOON, f"A-{number}", problem="the bundle is gone")
        stack.wakes.add(replace(step, attempts=number, given_up=number > 0))
    answer = status()
    assert (answer.document["given_up_wakes"], answer.findings) == (6, False)
    said = shown(answer)
    assert "6 wakes of plays and tasks failed for days" in said
    assert [f"step/A-{number}/chase: the bundle is gone" in said for number in range(7)] == [
        False,
        *[True] * 5,
        False,
    ]
    assert "and 1 more" in said


@pytest.mark.parametrize("cloud", [Cloud(outputs={}), Cloud(trouble="the emulator has died")])
@pytest.mark.usefixtures("stack")
def test_where_there_is_nothing_to_ask_it_does_not_say(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    runs(cloud, monkeypatch)
    document = status().document
    assert (document["failed_deliveries"], document["given_up_wakes"]) == (None, None)
