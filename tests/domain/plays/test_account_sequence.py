"""Signed messages carry a number by which a receiver drops what is older than it has (reliability T5)."""

import json
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from keepwell.deliveries import Channel
from keepwell.plays.play import Deeds
from keepwell.plays.starting import start_wake
from keepwell.plays.steps import Wait
from keepwell.standings import Passage
from tests.domain.plays.entering import HOOK, Town, alone, on_exit, play
from tests.domain.plays.test_of_people import House, welcome

BUSY = {"busy": "Licenses > 100"}


def bodies(town: Town) -> list[str]:
    """Those of the messages, in the order in which they were made."""
    ids = [message["delivery_id"] for message in town.queues[Channel.WEBHOOK].messages]
    return [each.body for each in map(town.deliveries.get, ids) if each]


def numbers(town: Town) -> list[int]:
    return [json.loads(body)["data"]["account_sequence"] for body in bodies(town)]


def test_a_message_on_a_later_passage_has_a_greater_number() -> None:
    town = Town(play("in", webhooks=(HOOK,)), on_exit("out", webhooks=(HOOK,)))
    town.enters()
    town.leaves()
    town.enters(drop="drop-3")
    assert numbers(town) == [1, 2, 3]


def test_a_message_that_waited_for_a_person_keeps_its_number() -> None:
    """It tells of what was then, so a receiver that has taken a later one drops it."""
    town = Town(play("in", webhooks=(HOOK,), limit=1), on_exit("out", webhooks=(HOOK,)))
    town.enters("A-1")
    town.enters("A-2")
    assert len(numbers(town)) == 1
    town.playbook = replace(
        town.playbook, plays=tuple(replace(each, limit=9) for each in town.playbook.plays)
    )
    town.launch("A-2")
    assert numbers(town) == [1, 1]
    town.leaves("A-2")
    assert numbers(town)[-1] == 2


def test_a_message_of_a_later_step_is_of_its_own_moment() -> None:
    """So a receiver that took one of a border crossed meanwhile does not drop it, and learns what holds."""
    late = play("late", steps=(Wait(days=3), Deeds(webhooks=(HOOK,))))
    busy = play("busy", segment="busy", webhooks=(HOOK,))
    town = Town(late, busy, segments=BUSY)
    town.enters()
    entered = town.now
    town.tell(drop="drop-2", active_users=5, licenses=500)
    town.launch()
    assert numbers(town) == [2]
    town.passes(days=3)
    assert numbers(town) == [2, 2]
    message = json.loads(bodies(town)[-1])
    assert message["timestamp"] == (entered + timedelta(days=3)).isoformat()
    assert message["data"]["health"] == town.standing().health


def test_each_passage_of_a_person_has_a_number_of_its_own() -> None:
    house = House(
        welcome(tasks=(), webhooks=(HOOK,)),
        replace(welcome(tasks=(), webhooks=(HOOK,)), id="bye", passage=Passage.EXITED),
    )
    for key_contact in (True, False, True):
        house.person("ann", key_contact=key_contact)
        house.tick()
    assert numbers(house) == [1, 2, 3]


def test_a_message_of_a_play_by_hand_has_the_number_of_its_moment() -> None:
    town = Town(alone("by-hand", webhooks=(HOOK,)))
    town.enters()
    town.leaves()
    town.wakes.add(start_wake("by-hand", "A-1", "r-1", "bo", town.now))
    town.passes(minutes=1)
    assert numbers(town) == [2]


@given(st.lists(st.tuples(st.sampled_from([5, 50]), st.sampled_from([50, 500])), max_size=8))
def test_numbers_never_fall_whatever_happens(told: list[tuple[int, int]]) -> None:
    plays = [play("in", webhooks=(HOOK,)), on_exit("out", webhooks=(HOOK,))]
    plays += [replace(each, id=f"{each.id}-busy", segment="busy") for each in plays]
    town = Town(*plays, segments=BUSY)
    for number, (active, licenses) in enumerate(told):
        before = len(numbers(town))
        town.tell(drop=f"drop-{number}", active_users=active, licenses=licenses)
        town.launch()
        made = numbers(town)
        assert made == sorted(made)
        if before and len(made) > before:
            assert made[before] > made[before - 1]
