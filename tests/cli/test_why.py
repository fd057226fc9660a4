"""`keepwell why`: why a play fired for an account, or why not (D5)."""

import pytest

from keepwell.errors import RejectedInput
from keepwell.population import NO_POPULATION, Population
from keepwell_cli.reference import ANSWERS
from keepwell_cli.stack import Stack
from keepwell_cli.why import why
from tests.cli.in_memory_stack import InMemoryStack, shown
from tests.domain.plays.entering import MAIL, Town, play, tasks


class NoPopulations:
    """Nothing to compare with."""

    def current(self) -> Population:
        return NO_POPULATION


@pytest.fixture
def town(monkeypatch: pytest.MonkeyPatch) -> Town:
    """A town as a stack: what happens in it is stored there."""
    town = Town(
        play("call", tasks=tasks("Call").tasks),
        play("late", emails=(MAIL,), limit=0),
    )
    stack = InMemoryStack("keepwell", {})
    stack.playbooks.active = town.playbook
    for name in ("accounts", "work", "deliveries", "history", "control", "wakes", "touchpoints", "team"):
        stack.__dict__[name] = getattr(town, name)
    stack.__dict__["populations"] = NoPopulations()
    monkeypatch.setattr(Stack, "configured", classmethod(lambda *_: stack))
    return town


def test_it_answers_what_happened_first_and_every_stage_below(town: Town) -> None:
    town.enters()
    fired, held = why("call", "A-1"), why("late", "A-1")
    assert shown(fired).startswith("call for A-1: it fired.")
    assert shown(held).startswith("late for A-1: it did not fire. Brake: held; it waits for a person")
    assert not fired.findings
    assert not held.findings
    assert "Active Users < 10 (it is 5)" in shown(held)
    assert f"(playbook {town.playbook.version})" in shown(fired)
    assert shown(fired).rstrip().endswith(f"Times are of {town.playbook.time_zone.key}.")


def test_it_answers_as_documented(town: Town) -> None:
    town.enters()
    documented, told = ANSWERS["why"]["document"], why("call", "A-1").document
    assert told.keys() == documented.keys()
    assert told["because"][0].keys() == documented["because"][0].keys()


def test_it_answers_of_an_earlier_day(town: Town) -> None:
    town.enters()
    assert why("call", "A-1", on="2026-11-21").document["fired"]
    assert not why("call", "A-1", on="2026-11-20").document["fired"]


@pytest.mark.parametrize(
    ("asked", "mend"),
    [
        ({"play": "cal"}, "did you mean call?"),
        ({"account": "a-1"}, "case included"),
        ({"account": " "}, "name an account"),
        ({"on": "yesterday"}, "--on takes a day such as"),
    ],
)
def test_what_is_not_there_is_refused_with_the_mend(town: Town, asked: dict[str, str], mend: str) -> None:
    town.enters()
    with pytest.raises(RejectedInput, match=mend.replace("?", r"\?")):
        why(**{"play": "call", "account": "A-1", **asked})
