"""Control rows in DynamoDB (table key: key).

A row's fields are one document. A set that is added to, a text that is raised or settled and a number that is
counted are kept beside it, each in an attribute of its own, because DynamoDB changes only those atomically;
reading joins them with the document.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from pynamodb.attributes import UnicodeAttribute
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action

from keepwell.errors import Conflict
from keepwell_aws.failures import cause_code, translated
from keepwell_aws.tables import Item, bound, encoded, write

_SET, _TEXT, _COUNT = "set:", "text:", "count:"


class Row(Item):
    key = UnicodeAttribute(hash_key=True)
    document = UnicodeAttribute(default="{}")


class DynamoControl:
    def __init__(self, table: str):
        self._row = bound(Row, table)
        self._table = self._row._get_connection()

    def get(self, key: str) -> dict[str, Any] | None:
        with translated(f"reading control row {key!r}"):
            item = self._table.get_item(key, consistent_read=True).get("Item")
        return _fields(item) if item else None

    def create(self, key: str, fields: Mapping[str, Any]) -> bool:
        document = encoded(fields, f"control row {key!r}")
        with translated(f"creating control row {key!r}"):
            return (
                write(self._row(key), [self._row.document.set(document)], self._row.key.does_not_exist())
                is None
            )

    def put(self, key: str, fields: Mapping[str, Any]) -> None:
        with translated(f"writing control row {key!r}"):
            self._row(key, document=encoded(fields, f"control row {key!r}")).save()

    def swap(self, key: str, before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> bool:
        what = f"control row {key!r}"
        document = self._row.document
        unchanged = document.does_not_exist() if before is None else document == encoded(before, what)
        with translated(f"changing {what}"):
            try:
                return write(self._row(key), [document.set(encoded(after, what))], unchanged) is None
            except Conflict:  # the row is gone
                return False

    def add_to_set(self, key: str, name: str, member: int) -> frozenset[int]:
        action = Path([_SET + name]).add({"NS": [str(member)]})
        try:
            row = self._update(key, action, self._row.key.exists())
        except _NotAsExpectedError:
            raise KeyError(key) from None
        return frozenset(row[name])

    def raise_to(self, key: str, name: str, value: str) -> str:
        attribute = Path([_TEXT + name])
        try:
            row = self._update(key, attribute.set(value), attribute.does_not_exist() | (attribute < value))
        except _NotAsExpectedError:
            row = self.get(key) or {}
        return str(row[name])

    def settle(self, key: str, name: str, value: str) -> str:
        row = self.get(key)
        if row is None or name not in row:
            attribute = Path([_TEXT + name])
            with suppress(_NotAsExpectedError):
                return str(self._update(key, attribute.set(value), attribute.does_not_exist())[name])
            row = self.get(key) or {}
        return str(row[name])

    def count(self, key: str, name: str) -> int:
        return int(self._update(key, Path([_COUNT + name]).add({"N": "1"}), None)[name])

    def _update(self, key: str, action: Action, condition: Any) -> dict[str, Any]:
        with translated(f"changing control row {key!r}"):
            try:
                answer = self._table.update_item(
                    key, actions=[action], condition=condition, return_values="ALL_NEW"
                )
            except UpdateError as error:
                if cause_code(error) == "ConditionalCheckFailedException":
                    raise _NotAsExpectedError from error
                raise
        return _fields(answer["Attributes"])


class _NotAsExpectedError(Exception):
    pass


def _fields(item: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads(item["document"]["S"]) if "document" in item else {}
    for attribute, value in item.items():
        kind, _, name = attribute.partition(":")
        if f"{kind}:" == _SET:
            fields[name] = sorted({*fields.get(name, ()), *map(int, value["NS"])})
        elif f"{kind}:" == _TEXT:
            fields[name] = max(fields.get(name, ""), value["S"])
        elif f"{kind}:" == _COUNT:
            fields[name] = int(fields.get(name, 0)) + int(value["N"])
    return fields
