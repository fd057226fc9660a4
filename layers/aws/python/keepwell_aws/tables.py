"""What the DynamoDB adapters share: a class bound to its table, a document in an item, one way to write.

An item holds its content as one JSON `document`, beside the few attributes that a key, a condition or the
stream filter reads. Items are only ever updated, never put whole, so that what a newer version of the code
keeps beside the document survives (reliability R5).
"""

import json
import os
from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from types import new_class
from typing import Any, TypeVar, cast
from uuid import uuid4

import orjson
from pynamodb.attributes import UnicodeAttribute
from pynamodb.connection.base import Connection
from pynamodb.constants import GLOBAL_SECONDARY_INDEXES
from pynamodb.exceptions import DoesNotExist, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from keepwell.errors import Conflict, RejectedInput
from keepwell_aws.failures import cause_code

# DynamoDB takes items of up to 400 KB, with names and keys; what is left over is ample for those (I6).
LARGEST_DOCUMENT = 400 * 1024 - 4096


_SORTED = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME


class Item(Model):
    """`writer` is a token of the call that wrote the item last."""

    document = UnicodeAttribute()
    writer = UnicodeAttribute(null=True)


ItemType = TypeVar("ItemType", bound=Item)


def bound(item: type[ItemType], table: str) -> type[ItemType]:
    """The class of a table's items, for this table at the present endpoint."""
    model = _bound(item, table, os.environ.get("AWS_ENDPOINT_URL"))
    return cast("type[ItemType]", model)


@cache
def _bound(item: type[Item], table: str, endpoint: str | None) -> type[Item]:
    meta = type("Meta", (), {"table_name": table})
    model: type[Item] = new_class(item.__name__, (item,), exec_body=lambda names: names.update(Meta=meta))
    # PynamoDB gives each class a client of its own, at some 60 ms of CPU in a cold start; one is enough.
    own = model._get_connection()
    shared, described = _connection(endpoint), own.get_meta_table()
    if table not in shared._tables or described.data.get(GLOBAL_SECONDARY_INDEXES):
        shared._tables[table] = described  # of several classes one that knows of the index
    own.connection = shared
    return model


@cache
def _connection(endpoint: str | None) -> Connection:
    """One connection per endpoint, with timeouts below those of the functions."""
    return Connection(
        host=endpoint,
        connect_timeout_seconds=3,
        read_timeout_seconds=5,
        retry_configuration={"total_max_attempts": 5, "mode": "standard"},
    )


def write(item: ItemType, actions: Sequence[Action], condition: Condition) -> ItemType | None:
    """Update an item under a condition: None if it is written, else the item that is in the way.

    Where an answer is lost the SDK tries again by itself and then meets its own write; the token tells that
    from somebody else's (reliability 2.1).
    """
    token = uuid4().hex
    try:
        item.update([*actions, type(item).writer.set(token)], condition)
    except UpdateError as error:
        if cause_code(error) != "ConditionalCheckFailedException":
            raise
        stored = read(type(item), *_key(item))
        if stored is None:
            kind = type(item).__name__
            raise Conflict(f"the {kind} to change is not stored, so there is nothing to change") from error
        return None if stored.writer == token else stored
    return None


def read(model: type[ItemType], key: str, sort_key: str | None = None) -> ItemType | None:
    """An item, read consistently; None if there is none."""
    try:
        return model.get(key, sort_key, consistent_read=True)
    except DoesNotExist:
        return None


def _key(item: Item) -> tuple[str, str | None]:
    hash_name, range_name = item._hash_keyname, item._range_keyname
    return getattr(item, hash_name or ""), getattr(item, range_name) if range_name else None


def encoded(content: Any, what: str) -> str:
    """`content` as a JSON document, a date in it as {"date": "2026-01-12"}.

    Raises RejectedInput if DynamoDB could not store it (reliability I6).
    """
    document = _as_json(content, what)
    # A character takes four bytes at most.
    size = len(document) if 4 * len(document) <= LARGEST_DOCUMENT else len(document.encode())
    if size > LARGEST_DOCUMENT:
        raise RejectedInput(
            f"{what} takes {size:,} bytes; at most {LARGEST_DOCUMENT:,} can be stored. Shorten its texts"
        )
    return document


def _as_json(content: Any, what: str) -> str:
    try:
        document = orjson.dumps(content, _as_date, _SORTED).decode()
    except orjson.JSONEncodeError:
        document = None  # a whole number of more than 64 bits, or half a character
    if document is not None and "null" not in document:
        return document
    try:
        # Slower, but it has room for any whole number, and orjson writes null for a number that is none.
        text = json.dumps(
            content,
            allow_nan=False,
            default=_as_date,
            ensure_ascii=False,
            separators=(",", ":"),
            sort_keys=True,
        )
        text.encode()
    except UnicodeEncodeError as error:
        raise RejectedInput(f"{what} holds half a character (a surrogate); leave it out") from error
    except ValueError as error:
        raise RejectedInput(
            f"{what} holds a number that is none (NaN or infinite); leave the value out"
        ) from error
    return text if document is None else document


@lru_cache(maxsize=1 << 12)
def _as_date(value: Any) -> dict[str, str]:
    """Shared by all that hold the date: nobody changes it."""
    if isinstance(value, date):
        return {"date": value.isoformat()}
    raise TypeError(f"no JSON: {type(value).__name__}")


def stamp(moment: datetime) -> str:
    """A moment as text of fixed width, in UTC, so that texts sort as moments do."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
