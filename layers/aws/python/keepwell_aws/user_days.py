"""The days of users in DynamoDB, beside the account's work (item_id `usage#<parts>#<part>`).

What is kept in one part stays as it was when an account's users move to many; it is not read any more.
"""

import json
from dataclasses import replace

from keepwell.usage.rolling import ActiveDays, DaysPart, users_document, users_from
from keepwell_aws.tables import bound
from keepwell_aws.told import ToldItem, of_account, put_told, readable


class DynamoUserDays:
    def __init__(self, table: str):
        self._item = bound(ToldItem, table)

    def of(self, account_id: str, parts: int) -> list[DaysPart]:
        found = {item.item_id: item for item in of_account(self._item, account_id, _prefix(parts))}
        empty = (DaysPart(account_id, parts, part, {}) for part in range(parts))
        return [_filled(part, found.get(_item_id(part))) for part in empty]

    def put(self, part: DaysPart) -> DaysPart:
        item = self._item(part.account_id, _item_id(part))
        return replace(part, revision=put_told(item, part.revision, users_document(part.users)))


def _prefix(parts: int) -> str:
    return f"usage#{parts:02}#"


def _item_id(part: DaysPart) -> str:
    return f"{_prefix(part.parts)}{part.part:02}"


def _filled(part: DaysPart, item: ToldItem | None) -> DaysPart:
    return replace(part, users=_users(item), revision=int(item.revision)) if item else part


def _users(item: ToldItem) -> dict[str, ActiveDays]:
    with readable(item):
        return users_from(json.loads(item.document))
