"""Many items at once: read a hundred to a request, written under conditions twenty-five to a request.
Decision 19 says what this saves, and why it is PartiQL.

The client validates no parameters and makes up no user agent for each request. Its hooks take requests and
answers past botocore's serializer and parser, for they are JSON as they stand, and send them the short way of
`sending`. All else (the endpoint, the signature, retries of a whole request) stays botocore's.
"""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from random import uniform
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast
from uuid import uuid4

import orjson
from botocore.config import Config

from keepwell.errors import Conflict, RejectedInput, TransientFailure
from keepwell_aws.clients import session
from keepwell_aws.failures import statement_failure, translated
from keepwell_aws.sending import CONNECT_TIMEOUT, READ_TIMEOUT, ask
from keepwell_aws.tables import Item, encoded

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

READ_AT_ONCE, WRITTEN_AT_ONCE = 100, 25
"""What DynamoDB takes in one request."""

ROUNDS = 8
"""How often what DynamoDB did not take is asked again."""

_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 2.0  # seconds
_SET_ASIDE = "keepwell request"

# Somebody wrote first; what it is called depends on the statement.
_REFUSED = {"ConditionalCheckFailed", "DuplicateItem"}

_CONTENT = ("document", "revision", "writer")

Key = tuple[str, str]
Names = tuple[str, ...]
Todo = TypeVar("Todo")


class Stored(NamedTuple):
    """An item as it is stored; `writer` is the token of the call that wrote it last."""

    key: Key
    revision: int
    document: str
    writer: str | None


class Draft(NamedTuple):
    """What is to be stored under a key if the stored revision is still `revision` (0: none stored).

    `what` is how an error calls it, as in `the facts of account 'A1'`. `beside` are texts that the item has
    besides its document, by name, None for one that it is not to have.
    """

    key: Key
    revision: int
    content: Any
    what: str
    beside: Mapping[str, str | None] = MappingProxyType({})


class _Statement(NamedTuple):
    """A draft on its way: its place among the drafts, and the document it has become."""

    place: int
    draft: Draft
    document: str


class BulkTable:
    """A table whose items have a key of two texts, a document and a revision; `pause` waits, in seconds."""

    def __init__(self, model: type[Item], pause: Callable[[float], None] = time.sleep):
        self._pause = pause
        self._table = model.Meta.table_name
        self._key_names = (model._hash_keyname or "", model._range_keyname or "")

    def read(self, keys: Sequence[Key], what: str) -> dict[Key, Stored]:
        """Those of the items that exist, read consistently.

        Raises TransientFailure if DynamoDB does not hand them all out in a while.
        """
        found: dict[Key, Stored] = {}
        distinct = list(dict.fromkeys(keys))
        with translated(f"reading {what}"):
            for start in range(0, len(distinct), READ_AT_ONCE):
                asked = [self._key(key) for key in distinct[start : start + READ_AT_ONCE]]
                self._until_done(asked, lambda todo: self._read(todo, found), f"reading {what}")
        return found

    def write(self, drafts: Sequence[Draft]) -> list[int | Conflict | RejectedInput]:
        """Store each draft on its own, in order; of each the revision after, or why it is not stored.

        A conflict means that someone wrote first and the content differs; a rejected one cannot be stored by
        anybody. Raises TransientFailure if DynamoDB does not take them all in a while: some are stored then.
        """
        outcomes: dict[int, int | Conflict | RejectedInput] = {}
        statements = []
        for place, draft in enumerate(drafts):
            try:
                statements.append(_Statement(place, draft, encoded(draft.content, draft.what)))
            except RejectedInput as error:
                outcomes[place] = error
        for batch in _batches(statements):
            outcomes |= self._write(batch)
        return [outcomes[place] for place in range(len(drafts))]

    def _read(self, keys: Sequence[Mapping[str, Any]], found: dict[Key, Stored]) -> list[Any]:
        """Read some keys; those that DynamoDB put off."""
        request: Any = {self._table: {"Keys": keys, "ConsistentRead": True}}
        answer: Mapping[str, Any] = client().batch_get_item(RequestItems=request)
        if _is_cut_short(answer):
            return list(keys)
        for item in answer["Responses"].get(self._table, ()):
            stored = self._stored(item)
            found[stored.key] = stored
        return list(answer.get("UnprocessedKeys", {}).get(self._table, {}).get("Keys", ()))

    def _write(self, batch: Sequence[_Statement]) -> dict[int, int | Conflict | RejectedInput]:
        """Write a batch of different items; the outcomes by place."""
        outcomes: dict[int, int | Conflict | RejectedInput] = {}
        refused = list[_Statement]()
        token = uuid4().hex

        def send(todo: Sequence[_Statement]) -> list[_Statement]:
            """Send statements; those that DynamoDB could not take now."""
            request: Any = [self._request(draft, document, token) for _, draft, document in todo]
            answer: Mapping[str, Any] = client().batch_execute_statement(Statements=request)
            if _is_cut_short(answer):
                return list(todo)
            put_off = []
            for statement, response in zip(todo, answer["Responses"], strict=True):
                if "Error" not in response:
                    outcomes[statement.place] = statement.draft.revision + 1
                elif (error := response["Error"])["Code"] in _REFUSED:
                    refused.append(statement)
                else:
                    failure = statement_failure(error, statement.draft.what)
                    if isinstance(failure, RejectedInput):
                        outcomes[statement.place] = failure
                    elif isinstance(failure, TransientFailure):
                        put_off.append(statement)
                    else:
                        raise failure
            return put_off

        doing = f"writing {batch[0].draft.what} and {len(batch) - 1} more"
        with translated(doing):
            self._until_done(batch, send, doing)
        if refused:
            there = self.read([statement.draft.key for statement in refused], "what was written first")
            outcomes |= {each.place: _settled(each, there.get(each.draft.key), token) for each in refused}
        return outcomes

    def _until_done(
        self, todo: Sequence[Todo], ask: Callable[[Sequence[Todo]], list[Todo]], doing: str
    ) -> None:
        """Ask again for what is put off, after a pause that grows and is never the same for two callers."""
        for number in range(ROUNDS):
            if number:
                self._pause(uniform(0, min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**number)))  # noqa: S311
            todo = ask(todo)
            if not todo:
                return
        raise TransientFailure(
            f"{doing}: DynamoDB put {len(todo)} of them off {ROUNDS} times; "
            "the message can be delivered again"
        )

    def _request(self, draft: Draft, document: str, token: str) -> dict[str, Any]:
        (hash_key, range_key), revision = draft.key, draft.revision
        key = ({"S": hash_key}, {"S": range_key})
        content = ({"S": document}, {"N": str(revision + 1)}, {"S": token})
        names, texts, gone = _beside(draft.beside) if draft.beside else ((), (), ())
        if not revision:
            statement = _insert(self._table, self._key_names, names)
            return {"Statement": statement, "Parameters": (*key, *content, *texts)}
        statement = _update(self._table, self._key_names, names, gone)
        return {"Statement": statement, "Parameters": (*content, *texts, *key, {"N": str(revision)})}

    def _key(self, key: Key) -> dict[str, dict[str, str]]:
        hash_key, range_key = self._key_names
        return {hash_key: {"S": key[0]}, range_key: {"S": key[1]}}

    def _stored(self, item: Mapping[str, Any]) -> Stored:
        hash_key, range_key = self._key_names
        writer = item.get("writer")
        return Stored(
            key=(item[hash_key]["S"], item[range_key]["S"]),
            revision=int(item["revision"]["N"]),
            document=item["document"]["S"],
            writer=writer["S"] if writer else None,
        )


def _beside(texts: Mapping[str, str | None]) -> tuple[Names, tuple[dict[str, str], ...], Names]:
    """The names of the texts that an item is to have, the texts, and the names of what it is not to have."""
    kept = [(name, {"S": text}) for name, text in texts.items() if text is not None]
    gone = tuple([name for name, text in texts.items() if text is None])
    return tuple([name for name, _ in kept]), tuple([text for _, text in kept]), gone


@cache
def _insert(table: str, key: Names, beside: Names) -> str:
    names = ", ".join([f"'{name}': ?" for name in (*key, *_CONTENT, *beside)])
    return f'INSERT INTO "{table}" VALUE {{{names}}}'


@cache
def _update(table: str, key: Names, beside: Names, gone: Names) -> str:
    changes = [f'SET "{name}"=?' for name in (*_CONTENT, *beside)] + [f'REMOVE "{name}"' for name in gone]
    asked = " AND ".join([f'"{name}"=?' for name in (*key, "revision")])
    return f'UPDATE "{table}" {" ".join(changes)} WHERE {asked}'


def client() -> "DynamoDBClient":
    """The client for the present endpoint."""
    return _client(os.environ.get("AWS_ENDPOINT_URL"))


@cache
def _client(endpoint: str | None) -> "DynamoDBClient":
    config = Config(
        parameter_validation=False,
        user_agent="keepwell",
        connect_timeout=CONNECT_TIMEOUT,
        read_timeout=READ_TIMEOUT,
        retries={"total_max_attempts": 4, "mode": "standard"},  # after that of `sending`
    )
    made: Any = session(endpoint).create_client("dynamodb", endpoint_url=endpoint, config=config)
    for event, hook in _HOOKS.items():
        made.meta.events.register(f"{event}.dynamodb", hook)
    return cast("DynamoDBClient", made)


def _batches(statements: Sequence[_Statement]) -> Iterator[list[_Statement]]:
    """In order, as many as one request takes; DynamoDB takes no item twice in one."""
    batch, keys = list[_Statement](), set[Key]()
    for statement in statements:
        if len(batch) == WRITTEN_AT_ONCE or statement.draft.key in keys:
            yield batch
            batch, keys = [], set()
        batch.append(statement)
        keys.add(statement.draft.key)
    if batch:
        yield batch


def _settled(statement: _Statement, stored: Stored | None, token: str) -> int | Conflict:
    """What a refusal means: a lost answer to our own write, an equal one of somebody else, or a conflict."""
    draft, after = statement.draft, statement.draft.revision + 1
    if stored is None:
        return Conflict(f"{draft.what} were at revision {draft.revision} and are not stored now")
    if stored.writer == token or (stored.revision, stored.document) == (after, statement.document):
        return after
    return Conflict(f"{draft.what} were at revision {draft.revision} and are at {stored.revision} now")


def _is_cut_short(answer: Mapping[str, Any]) -> bool:
    """Whether it was lost on its way. Asked again, a write meets itself and knows it by its token."""
    return "Responses" not in answer


def _set_aside(params: dict[str, Any], context: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Before botocore's serializer: leave it nothing to do. Its search for the endpoint wants the names."""
    context[_SET_ASIDE] = params
    return {name: type(value)() for name, value in params.items()}


def _send_as_json(params: dict[str, Any], context: dict[str, Any], **given: Any) -> Any:
    """After botocore's serializer, instead of its call."""
    params["body"] = orjson.dumps(context.pop(_SET_ASIDE))
    return ask(params, **given)


_HOOKS: Mapping[str, Callable[..., Any]] = {
    "provide-client-params": _set_aside,
    "before-call": _send_as_json,
}
