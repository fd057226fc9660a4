"""A stack of in-memory twins, for verbs that read one; and what their answers look like to people."""

from functools import cached_property

import pytest
from rich.console import Console

from keepwell.in_memory import (
    FixedClock,
    InMemoryAccounts,
    InMemoryCollections,
    InMemoryControl,
    InMemoryDeliveries,
    InMemoryFiles,
    InMemoryHistory,
    InMemoryPeople,
    InMemorySuppressions,
    InMemoryTeam,
    InMemoryTouchpoints,
    InMemoryUserDays,
    InMemoryWakes,
    InMemoryWork,
)
from keepwell.playbook import Playbook
from keepwell.playbook.bundle import FORMAT
from keepwell_cli.output import Answer
from keepwell_cli.stack import Stack
from tests.story import NOON, standard_playbook


class Playbooks:
    """The active playbook: the standard one until a test sets another."""

    def __init__(self) -> None:
        self.active = standard_playbook()

    def get(self) -> Playbook:
        return self.active

    def of(self, _version: str) -> Playbook:
        return self.active


class InMemoryStack(Stack):
    """It is NOON of TODAY, and nothing is there."""

    @cached_property
    def accounts(self) -> InMemoryAccounts:  # type: ignore[override]
        return InMemoryAccounts()

    @cached_property
    def work(self) -> InMemoryWork:  # type: ignore[override]
        return InMemoryWork()

    @cached_property
    def people(self) -> InMemoryPeople:  # type: ignore[override]
        return InMemoryPeople()

    @cached_property
    def user_days(self) -> InMemoryUserDays:  # type: ignore[override]
        return InMemoryUserDays()

    @cached_property
    def wakes(self) -> InMemoryWakes:  # type: ignore[override]
        return InMemoryWakes()

    @cached_property
    def touchpoints(self) -> InMemoryTouchpoints:  # type: ignore[override]
        return InMemoryTouchpoints()

    @cached_property
    def team(self) -> InMemoryTeam:  # type: ignore[override]
        return InMemoryTeam()

    @cached_property
    def collections(self) -> InMemoryCollections:  # type: ignore[override]
        return InMemoryCollections()

    @cached_property
    def suppressions(self) -> InMemorySuppressions:  # type: ignore[override]
        return InMemorySuppressions()

    @cached_property
    def deliveries(self) -> InMemoryDeliveries:  # type: ignore[override]
        return InMemoryDeliveries()

    @cached_property
    def history(self) -> InMemoryHistory:  # type: ignore[override]
        return InMemoryHistory()

    @cached_property
    def control(self) -> InMemoryControl:  # type: ignore[override]
        return InMemoryControl()

    @cached_property
    def files(self) -> InMemoryFiles:  # type: ignore[override]
        return InMemoryFiles()

    @cached_property
    def playbooks(self) -> Playbooks:  # type: ignore[override]
        return Playbooks()

    @cached_property
    def clock(self) -> FixedClock:  # type: ignore[override]
        return FixedClock(NOON)

    @classmethod
    def installed(cls, monkeypatch: pytest.MonkeyPatch) -> "InMemoryStack":
        """The stack that verbs find."""
        stack = cls("practice", {"PlaybookFormat": str(FORMAT)})
        monkeypatch.setattr(Stack, "configured", classmethod(lambda _, name=None: stack))
        return stack


def shown(answer: Answer) -> str:
    """What people see."""
    console = Console(width=200)
    with console.capture() as printed:
        console.print(answer.view)
    return printed.get()
