"""What an undo removes, each from its own store: the same terms for all (reliability S1, S5)."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from keepwell.accounts import Facts
from keepwell.errors import Conflict
from keepwell.in_memory import (
    InMemoryCollections,
    InMemoryPeople,
    InMemoryTeam,
    InMemoryTouchpoints,
    InMemoryWork,
)
from keepwell_aws.collections import DynamoCollections
from keepwell_aws.people import DynamoPeople
from keepwell_aws.team import DynamoTeam
from keepwell_aws.touchpoints import DynamoTouchpoints
from keepwell_aws.work import DynamoWork
from tests.adapters.test_people_contract import ANN, CALL
from tests.adapters.test_team_contract import ANN as MEMBER
from tests.adapters.test_team_contract import GOLD
from tests.adapters.test_work_contract import TASK
from tests.aws_tables import Names


@dataclass(frozen=True)
class Kept:
    """One kind of thing with facts, by the methods of its store."""

    twin: Callable[[], Any]
    adapter: Callable[[str], Any]
    item: Any
    all: Callable[[Any], Any]
    put: str = "put"
    remove: str = "remove"


KEPT = {
    "person": Kept(InMemoryPeople, DynamoPeople, ANN, lambda store: store.people("A1")),
    "touchpoint": Kept(InMemoryTouchpoints, DynamoTouchpoints, CALL, lambda store: store.touchpoints("A1")),
    "task": Kept(
        InMemoryWork, DynamoWork, TASK, lambda store: store.tasks("A1"), "change_task", "remove_task"
    ),
    "record": Kept(InMemoryCollections, DynamoCollections, GOLD, lambda store: store.records("A1")),
    "member": Kept(InMemoryTeam, DynamoTeam, MEMBER, lambda store: store.members()),
}


@pytest.mark.parametrize("kept", KEPT.values(), ids=KEPT)
def test_it_is_removed_unless_someone_wrote_first(kept: Kept, place: Names | None) -> None:
    store = kept.adapter(place.table("work")) if place else kept.twin()

    def put(item: Any) -> Any:
        return getattr(store, kept.put)(item)

    def remove(item: Any) -> None:
        getattr(store, kept.remove)(item)

    def changed(facts: Facts) -> Facts:
        return replace(facts, changed_by="someone")

    first = put(replace(kept.item, facts=replace(kept.item.facts, revision=0)))
    second = put(replace(first, facts=changed(first.facts)))
    with pytest.raises(Conflict):
        remove(first)
    assert list(kept.all(store)) == [second]

    remove(second)
    remove(second)  # what is gone is no conflict: the answer may have been lost
    assert list(kept.all(store)) == []
    again = put(replace(kept.item, facts=replace(kept.item.facts, revision=0)))
    assert list(kept.all(store)) == [again]
