"""The mass-entry brake: the first accounts of an import or night are let through, the others wait for a
person (architecture section 4)."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from keepwell.attributes import standard_catalogue
from keepwell.criteria import parse
from keepwell.imports.job import control_key
from keepwell.in_memory import InMemoryPeople, InMemoryWork
from keepwell.plays import Existing, PlayState
from keepwell.plays.braking import LEAST_LIMIT, Decision, Verdict, limit_of, population_key, rule
from keepwell.plays.launching import OVERDUE
from keepwell.plays.play import Deeds
from keepwell.plays.steps import Branch
from keepwell.sweeping import find_held, relaunch_missed
from keepwell.tasks import PlayRun
from tests.domain.plays.entering import MAIL, Town, on_exit, play, task
from tests.story import TODAY

TAG = play("tag", add_tags=("quiet",))
CROWD = [f"A-{number:03}" for number in range(200)]


def crowded(*plays: object, drop: str = "drop-1", crowd: list[str] = CROWD, **fields: object) -> Town:
    """A town in which a crowd entered by one import, and every launch was tried twice."""
    town = Town(*(plays or (replace(TAG, **fields),)))  # type: ignore[arg-type]
    enter(town, crowd, drop)
    return town


def enter(town: Town, crowd: list[str], drop: str) -> None:
    for account_id in crowd:
        town.enters(account_id, drop)
        town.launch(account_id)


def fired(town: Town, play_id: str = "tag") -> int:
    return sum(run.fired and run.play == play_id for run in town.work._runs.values())


def waiting(town: Town) -> Counter[tuple[str, str, str]]:
    found = find_held(town.accounts, InMemoryPeople(), town.launcher, town.playbook, town.now)
    return Counter((held.play, held.cause, held.ruling.verdict.value) for held in found)


def decide(town: Town, decision: Decision, cause: str = "drop-1") -> str:
    return town.launcher.brake.decide("tag", cause, decision, "ann")


def test_a_task_that_was_held_is_not_due_before_it_is_made() -> None:
    """Nobody could have done it before; its service level counts from then as well."""
    town = Town(play("call", tasks=(task("call", due_in_days=2),), limit=0))
    town.enters()
    town.launcher.brake.decide("call", "drop-1", Decision.RELEASED, "ann")
    town.now += timedelta(days=10)
    town.launch()
    assert town.task("call").due_date == TODAY + timedelta(days=10)


def test_the_first_25_of_200_fire_and_the_others_wait() -> None:
    town = crowded()
    assert fired(town) == LEAST_LIMIT
    assert waiting(town) == {("tag", "drop-1", "held"): 175}
    assert sum(town.tags(account_id) == ("quiet",) for account_id in CROWD) == LEAST_LIMIT


def test_who_the_conditions_of_its_steps_leave_out_is_neither_counted_nor_held() -> None:
    asks = Branch(parse("NPS < 5", standard_catalogue()), (Deeds(add_tags=("quiet",)),))
    town = Town(play("tag", steps=(asks,), limit=2))
    for number, account_id in enumerate(CROWD[:8]):
        town.tell(account_id, active_users=5, nps=9 if number < 5 else 3)
        town.launch(account_id)
    assert fired(town) == 2
    assert waiting(town) == {("tag", "drop-1", "held"): 1}
    assert [town.run("tag", each).fired for each in CROWD[:5]] == [False] * 5


def test_released_the_others_fire_once() -> None:
    town = crowded()
    assert decide(town, Decision.RELEASED) == "released by ann"
    for account_id in CROWD * 2:
        town.launch(account_id)
    assert fired(town) == len(CROWD)
    assert waiting(town) == {}
    assert all(town.tags(account_id) == ("quiet",) for account_id in CROWD)
    enter(town, ["B-1"], "drop-1")
    assert town.tags("B-1") == ("quiet",), "and so do those that follow of the same cause"


def test_discarded_the_others_do_nothing_and_their_runs_say_so() -> None:
    town = crowded()
    decide(town, Decision.DISCARDED)
    for account_id in CROWD:
        town.launch(account_id)
    assert fired(town) == LEAST_LIMIT
    assert waiting(town) == {}
    assert town.run("tag", CROWD[-1]).outcomes == ("discarded by hand",)
    assert town.tags(CROWD[-1]) == ()


def test_the_next_import_counts_anew() -> None:
    town = crowded()
    decide(town, Decision.DISCARDED)
    enter(town, [f"B-{number}" for number in range(30)], "drop-2")
    assert fired(town) == 2 * LEAST_LIMIT
    assert waiting(town)["tag", "drop-2", "held"] == 5


def test_the_first_decision_stands() -> None:
    town = crowded(crowd=CROWD[:30])
    decide(town, Decision.DISCARDED)
    assert decide(town, Decision.RELEASED) == "discarded by ann"
    assert waiting(town) == {("tag", "drop-1", "discarded"): 5}


@pytest.mark.parametrize(
    ("limit", "population", "accounts", "reason"),
    [
        (None, 0, 25, "at least 25, whatever 20% of 0 accounts are"),
        (None, 129, 25, "at least 25, whatever 20% of 129 accounts are"),
        (None, 130, 26, "20% of 130 accounts"),
        (None, 100_000, 20_000, "20% of 100,000 accounts"),
        (3, 100_000, 3, "the play's own limit"),
        (0, 100_000, 0, "the play's own limit"),
    ],
)
def test_the_limit(limit: int | None, population: int, accounts: int, reason: str) -> None:
    found = limit_of(replace(TAG, limit=limit), population)
    assert (found.accounts, found.reason) == (accounts, reason)


def test_one_below_the_limit_fires_and_at_the_limit_it_is_held() -> None:
    limit = limit_of(TAG, 0)
    assert rule(24, limit).verdict is Verdict.FIRE
    assert rule(25, limit).verdict is Verdict.HELD
    assert rule(99, limit, "released by ann").verdict is Verdict.RELEASED
    assert rule(1, limit, "discarded by ann").verdict is Verdict.DISCARDED


@pytest.mark.parametrize("known_by", ["the night", "the import"])
def test_a_fifth_of_the_accounts_there_are_may_enter_at_once(known_by: str) -> None:
    town = Town(TAG)
    if known_by == "the night":
        for segment in range(4):
            town.control.put(population_key(segment), {"accounts": 45, "of": 4})
        town.control.put(control_key("drop-1"), {"rows": 60})
    else:
        town.control.put(population_key(0), {"accounts": 100, "of": 1})
        town.control.put(control_key("drop-1"), {"rows": 180})
    enter(town, CROWD[:40], "drop-1")
    assert fired(town) == 36


def test_a_play_may_have_a_limit_of_its_own() -> None:
    assert fired(crowded(limit=3, crowd=CROWD[:10])) == 3


def test_a_held_play_keeps_no_other_back() -> None:
    town = crowded(replace(TAG, limit=2), play("free", limit=100, emails=(MAIL,)), crowd=CROWD[:10])
    assert (fired(town), fired(town, "free")) == (2, 10)
    assert len(town.standing(CROWD[9]).pending) == 1


@pytest.mark.parametrize(("existing", "fires"), [(Existing.BASELINE, False), (Existing.ACT, True)])
def test_a_play_activated_while_another_is_held_meets_those_inside_as_it_says(
    existing: Existing, *, fires: bool
) -> None:
    """1.14 row 23: that their entry still waits for a person makes them no newcomers."""
    town = crowded(limit=1, crowd=CROWD[:2])
    late = play("late", existing=existing, add_tags=("late",))
    activated = town.now + timedelta(minutes=1)
    town.now += timedelta(minutes=2)
    town.playbook = replace(
        town.playbook, plays=(*town.playbook.plays, late), activated={"play:late": activated}
    )
    town.launch(CROWD[1])
    assert (town.tags(CROWD[1]) == ("late",)) is fires
    enter(town, ["B-1"], "drop-2")
    assert town.tags("B-1") == ("quiet", "late")


def test_what_a_held_play_would_start_waits_with_it() -> None:
    follower = play("follower", segment="", limit=100)
    town = crowded(replace(TAG, limit=2, starts=("follower",)), follower, crowd=CROWD[:5])
    assert fired(town, "follower") == 2
    assert waiting(town) == {("tag", "drop-1", "held"): 3}
    decide(town, Decision.DISCARDED)
    for account_id in CROWD[:5]:
        town.launch(account_id)
    assert fired(town, "follower") == 2, "a discarded play starts none"


def test_a_started_play_has_its_own_brake() -> None:
    follower = play("follower", segment="", limit=1)
    town = crowded(replace(TAG, starts=("follower",)), follower, crowd=CROWD[:5])
    assert (fired(town), fired(town, "follower")) == (5, 1)
    assert waiting(town) == {("follower", "drop-1", "held"): 4}


def test_a_chain_of_plays_is_counted_by_what_began_it() -> None:
    """Else one play's tags would set off another account after account, month after month, as one cause."""
    town = Town(TAG, play("next", segment="tagged", limit=1), segments={"tagged": 'has tag "quiet"'})
    for account_id, drop in (("A-1", "drop-1"), ("A-2", "drop-2"), ("A-3", "drop-2")):
        town.enters(account_id, drop)
        town.evaluate(account_id)
        town.launch(account_id)
    assert fired(town, "next") == 2
    assert waiting(town) == {("next", "drop-2", "held"): 1}


def test_shadows_and_transitions_without_a_cause_are_not_held() -> None:
    assert fired(crowded(state=PlayState.SHADOW, limit=1, crowd=CROWD[:5])) == 5
    assert fired(crowded(limit=1, crowd=CROWD[:5], drop="")) == 5


def test_a_repeated_launch_is_counted_once_and_one_that_died_at_most_twice() -> None:
    class Dying(InMemoryWork):
        deaths = 3

        def put_run(self, run: PlayRun) -> bool:
            if self.deaths:
                self.deaths -= 1
                raise KeyboardInterrupt
            return super().put_run(run)

    town = Town(TAG)
    town.work = Dying()
    town.launcher = replace(town.launcher, work=town.work)
    for account_id in CROWD[:3]:
        with pytest.raises(KeyboardInterrupt):
            town.enters(account_id)
    enter(town, CROWD[:30], "drop-1")
    assert fired(town) == LEAST_LIMIT - 3, "held early rather than late"


def test_held_entries_that_are_left_are_over() -> None:
    """T3."""
    town = crowded(TAG, on_exit("bye"), crowd=CROWD[:30])
    last = CROWD[29]
    town.leaves(last)
    assert town.run("tag", last).outcomes == ("nothing: the account had left again",)
    assert town.standing(last).pending == ()
    assert waiting(town) == {("tag", "drop-1", "held"): 4}
    decide(town, Decision.RELEASED)
    town.launch(last)
    assert town.tags(last) == ()


def test_exits_are_held_too_but_not_what_they_cancel() -> None:
    town = crowded(
        play("tell", limit=100, emails=(MAIL,)), on_exit("tag", add_tags=("left",)), crowd=CROWD[:30]
    )
    for account_id in CROWD[:30]:
        town.leaves(account_id)
    assert fired(town) == LEAST_LIMIT
    assert {delivery.state.value for delivery in town.deliveries.all()} == {"cancelled"}
    assert waiting(town) == {("tag", "drop-2", "held"): 5}


def test_a_held_exit_does_nothing_once_the_account_is_back() -> None:
    """Else releasing it would take away the tag that the next entry has set."""
    town = Town(play("in", add_tags=("in",)), on_exit("tag", limit=0, remove_tags=("in",)))
    town.enters()
    town.leaves(drop="drop-2")
    town.enters(drop="drop-3")
    decide(town, Decision.RELEASED, "drop-2")
    town.launch()
    assert town.tags() == ("in",)
    assert town.run("tag", passage="exited/1").outcomes == ("nothing: the account was back again",)


def test_the_sweep_counts_neither_what_is_held_nor_what_was_released_as_missed() -> None:
    """R6."""
    town = crowded(crowd=CROWD[:30])
    later = town.now + OVERDUE + timedelta(hours=1)
    repairs = relaunch_missed(town.accounts, town.launcher, town.playbook, later, None)
    assert (repairs.relaunched, repairs.decided, repairs.held) == (0, 0, 5)
    decide(town, Decision.RELEASED)
    repairs = relaunch_missed(town.accounts, town.launcher, town.playbook, later, None)
    assert (repairs.relaunched, repairs.decided, repairs.held) == (0, 5, 0)
    assert fired(town) == 30
