"""People start plays that have no trigger (PLY-18)."""

from dataclasses import replace

from keepwell.attributes import standard_catalogue
from keepwell.criteria import parse
from keepwell.errors import TransientFailure
from keepwell.in_memory import InMemoryTouchpoints
from keepwell.plays import Play, PlayState
from keepwell.plays.play import Deeds, TouchpointAction
from keepwell.plays.starting import start_wake
from keepwell.plays.steps import Branch
from keepwell.plays.tracing import trace
from keepwell.tasks import RunState
from keepwell.touchpoints import Touchpoint
from keepwell.waking import MOST_ATTEMPTS
from tests.domain.plays.entering import Town, alone, tasks

CALL = alone("call", tasks=tasks("Call").tasks)
RETIRED = replace(CALL, state=PlayState.RETIRED)


def asked(*plays: Play, request: str = "r1") -> Town:
    """Ann asks for the first of these plays, for an account that is in no segment."""
    town = Town(*plays)
    town.tell(active_users=50)
    ask(town, plays[0].id, request)
    return town


def ask(town: Town, play: str, request: str) -> None:
    town.wakes.add(start_wake(play, "A-1", request, "ann@example.com", town.now))


def change(town: Town, *plays: Play) -> None:
    town.playbook = replace(town.playbook, plays=plays)


def test_the_brake_neither_holds_nor_counts_what_a_person_asked_for() -> None:
    """A person has decided, of what it starts as well."""
    town = asked(replace(CALL, limit=0, starts=("then",)), alone("then", limit=0, tasks=tasks("Then").tasks))
    assert town.launcher.held(town.known(), town.playbook, town.now) == []
    assert town.tick().carried_out == 1
    assert town.titles() == ["Call", "Then"]
    assert [town.launcher.control.get(f"brake#{each}#") for each in ("call", "then")] == [None, None]


def test_what_is_refused_begins_once_it_may_within_three_days() -> None:
    """As where the play is not live yet for the function that starts it."""
    town = asked(RETIRED)
    for _ in range(24):
        town.passes(hours=2)
    assert town.titles() == []
    change(town, CALL)
    town.passes(hours=12)
    assert town.titles() == ["Call"]
    assert town.wakes.all() == []


def test_what_was_refused_for_three_days_is_over() -> None:
    """Nobody expects weeks later what was to begin within a minute, due on a day that has long passed."""
    town = asked(RETIRED)
    told = [wake for _ in range(100) for wake in town.passes(hours=1).given_up]
    [given_up] = told
    assert given_up.attempts == MOST_ATTEMPTS
    assert "the play call is retired" in given_up.problem
    assert town.wakes.all() == [], "nothing is tried, or tells of an error, any more"
    [row] = town.history.of("A-1", "wake")
    assert "the play call is retired" in row.detail["problem"]
    change(town, CALL)
    town.passes(days=30)
    assert town.titles() == []
    ask(town, "call", "r1")
    town.tick()
    assert town.titles() == ["Call"], "the same request may be sent again"


def test_what_has_begun_is_brought_to_its_end_however_long_that_takes() -> None:
    """R1: its run says what it found, and is left by halves nowhere."""

    class Down(InMemoryTouchpoints):
        is_down = True

        def put(self, touchpoint: Touchpoint) -> Touchpoint:
            if self.is_down:
                raise TransientFailure("the table is down")
            return super().put(touchpoint)

    busy = parse("Active Users > 40", standard_catalogue())
    note = Deeds(tasks=CALL.tasks, touchpoints=(TouchpointAction("Call", "Called"),))
    town = asked(alone("call", steps=(Branch(busy, (note,)),)))
    touchpoints = Down()
    town.launcher = replace(town.launcher, touchpoints=touchpoints)
    for _ in range(200):
        town.passes(hours=1)
    assert town.wakes.count_given_up() == 1
    told = trace("call", town.known(), town.playbook, town.launcher, town.now)
    [given_up] = [line for line in told.because if line.outcome == "given up"]
    assert "the table is down; it is tried twice a day until that is mended" in given_up.detail
    touchpoints.is_down = False
    town.passes(hours=12)
    assert town.titles() == ["Call"]
    [run] = town.work.runs("A-1")
    assert run.state is RunState.DONE
    assert town.wakes.all() == []
