"""How the twins keep things: as the adapters would, no newer write lost, and nothing that is no JSON."""

import json
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any, TypeVar

from keepwell.accounts import Facts
from keepwell.collections import ChildRecord
from keepwell.errors import Conflict, RejectedInput
from keepwell.people import Person
from keepwell.tasks import Task
from keepwell.team import Member
from keepwell.touchpoints import Touchpoint

Key = TypeVar("Key")
Item = TypeVar("Item")
Told = TypeVar("Told", Person, Touchpoint, Task, ChildRecord, Member)


def add(shelf: dict[Key, Item], key: Key, item: Item) -> bool:
    """Put `item` on the shelf unless its place is taken; whether it was free."""
    if key in shelf:
        return False
    shelf[key] = item
    return True


def put_told(shelf: dict[tuple[str, str], Told], key: tuple[str, str], item: Told) -> Told:
    """Store what has facts of its own, if their revision is still the stored one."""
    require_json_number(item.facts)
    stored = shelf.get(key)
    written = replace(item, facts=replace(item.facts, revision=item.facts.revision + 1))
    if stored == written:
        return written
    if (stored.facts.revision if stored else 0) != item.facts.revision:
        raise Conflict(f"{key[1]!r} of account {key[0]!r} was changed since revision {item.facts.revision}")
    shelf[key] = deepcopy(written)
    return written


def remove_told(shelf: dict[tuple[str, str], Told], key: tuple[str, str], item: Told) -> None:
    """Take it away, if its revision is still the stored one or nothing is stored."""
    stored = shelf.get(key)
    if stored and stored.facts.revision != item.facts.revision:
        raise Conflict(f"{key[1]!r} of account {key[0]!r} was changed since revision {item.facts.revision}")
    shelf.pop(key, None)


def one_by_one(put: Callable[[Item], Item], items: Iterable[Item]) -> list[Item | Conflict | RejectedInput]:
    """Of each item what `put` stored, or why it did not."""
    outcomes: list[Item | Conflict | RejectedInput] = []
    for item in items:
        try:
            outcomes.append(put(item))
        except (Conflict, RejectedInput) as error:
            outcomes.append(error)
    return outcomes


def require_json_number(facts: Facts) -> None:
    for name, value in facts.values.items():
        if isinstance(value, float) and not -float("inf") < value < float("inf"):
            raise RejectedInput(f"account {facts.account_id!r}: {name} is {value}, which cannot be stored")


def json_copy(fields: Mapping[str, Any]) -> dict[str, Any]:
    """A deep copy that fails, as the adapters do, on anything that is no JSON."""
    copy: dict[str, Any] = json.loads(json.dumps(fields, allow_nan=False))
    return copy
