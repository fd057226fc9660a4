"""Signed messages carry a number by which a receiver drops what is older than it has (reliability T5)."""

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from keepwell.deliveries import Channel
from tests.domain.plays.entering import HOOK, Town, on_exit, play

BUSY = {"busy": "Licenses > 100"}


def numbers(town: Town) -> list[int]:
    """Those of the messages, in the order in which they were made."""
    ids = [message["delivery_id"] for message in town.queues[Channel.WEBHOOK].messages]
    found = [town.deliveries.get(delivery_id) for delivery_id in ids]
    return [json.loads(each.body)["data"]["account_sequence"] for each in found if each]


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
