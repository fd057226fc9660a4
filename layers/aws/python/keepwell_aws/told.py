"""What tasks, people, touchpoints and whatever else is told have in common: items with a revision, beside an
account's work.

An error names the account of an item, but not who or what it is about: the id of a user may be an address.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import DeleteError
from pynamodb.expressions.update import Action

from keepwell.collections import ChildRecord
from keepwell.errors import Conflict, RejectedInput
from keepwell.people import Person
from keepwell.tasks import Task
from keepwell.touchpoints import Touchpoint
from keepwell_aws.bulk import BulkTable, Draft
from keepwell_aws.failures import cause_code, translated
from keepwell_aws.tables import Item, encoded, write

Told = TypeVar("Told", Person, Touchpoint, Task, ChildRecord)


class ToldItem(Item):
    account_id = UnicodeAttribute(hash_key=True)
    item_id = UnicodeAttribute(range_key=True)
    revision = NumberAttribute()


Kept = TypeVar("Kept", bound=ToldItem)


def of_account(model: type[Kept], account_id: str, prefix: str) -> Iterator[Kept]:
    """The items of one kind of an account."""
    with translated(f"reading {prefix} of account {account_id!r}"):
        yield from model.query(account_id, model.item_id.startswith(prefix), consistent_read=True)


def of_ids(model: type[Kept], account_id: str, prefix: str, ids: Sequence[str]) -> list[Kept]:
    """Those of the items of one kind that exist."""
    with translated(f"reading {len(ids)} {prefix} of account {account_id!r}"):
        keys = [(account_id, prefix + each) for each in ids]
        return list(model.batch_get(keys, consistent_read=True)) if keys else []


def put_told(item: ToldItem, revision: int, content: Mapping[str, Any], beside: Sequence[Action] = ()) -> int:
    """Store an item if its stored revision is still `revision` (0: none stored); the revision after.

    `beside` sets what it has besides its content, for an index.

    Raises Conflict if someone wrote first and the content differs, RejectedInput if it cannot be stored.
    """
    model = type(item)
    what = _named(item)
    document = encoded(content, what)
    actions = [model.document.set(document), model.revision.set(revision + 1), *beside]
    unchanged = model.revision == revision if revision else model.revision.does_not_exist()
    with translated(f"writing {what}"):
        stored = write(item, actions, unchanged)
    if stored and (stored.revision, stored.document) != (revision + 1, document):
        raise Conflict(f"{what} was at revision {revision} and is at {stored.revision} now")
    return revision + 1


def remove_told(item: ToldItem, revision: int) -> None:
    """Take an item away if its stored revision still is `revision` or nothing is stored. Raises Conflict."""
    model, what = type(item), _named(item)
    with translated(f"removing {what}"):
        try:
            item.delete((model.revision == revision) | model.revision.does_not_exist())
        except DeleteError as error:
            if cause_code(error) != "ConditionalCheckFailedException":
                raise
            raise Conflict(f"{what} was at revision {revision} and is at another now") from error


def put_many_told(
    model: type[ToldItem],
    items: Sequence[Told],
    stored_as: Callable[[Told], tuple[str, Mapping[str, Any]]],
    beside: Callable[[Told], Mapping[str, str | None]] = lambda _: {},
) -> list[Told | Conflict | RejectedInput]:
    """Store what has facts of its own, each as `put_told` does; of each what was stored, or why it was not.

    `stored_as` gives the item_id and the content; `beside` what it has besides, by name (None: it goes).
    """
    drafts = []
    for item in items:
        item_id, content = stored_as(item)
        named = _named(model(item.facts.account_id, item_id))
        key = (item.facts.account_id, item_id)
        drafts.append(Draft(key, item.facts.revision, content, named, beside(item)))
    return [
        replace(item, facts=replace(item.facts, revision=outcome)) if isinstance(outcome, int) else outcome
        for item, outcome in zip(items, BulkTable(model).write(drafts), strict=True)
    ]


@contextmanager
def readable(item: ToldItem) -> Iterator[None]:
    """RejectedInput for a broken document; what it holds is left out, for it may be personal."""
    try:
        yield
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise RejectedInput(
            f"{_named(item)} cannot be read ({type(error).__name__}); restore the item in the work table "
            "from a point-in-time recovery"
        ) from None


def _named(item: ToldItem) -> str:
    kind, _, number = item.item_id.partition("#")
    shown = number if kind == "usage" else "…"
    return f"'{kind}#{shown}' of account {item.account_id!r}"
