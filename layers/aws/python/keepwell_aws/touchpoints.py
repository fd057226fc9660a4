"""Touchpoints in DynamoDB, beside the account's work (item_id `touchpoint#<touchpoint id>`)."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from keepwell.errors import Conflict, RejectedInput
from keepwell.touchpoints import Touchpoint
from keepwell_aws.accounts import facts_document, facts_from
from keepwell_aws.failures import translated
from keepwell_aws.tables import bound
from keepwell_aws.told import ToldItem, of_account, of_ids, put_many_told, put_told, readable, remove_told

_TOUCHPOINT = "touchpoint#"


class DynamoTouchpoints:
    def __init__(self, table: str):
        self._item = bound(ToldItem, table)

    def touchpoints(self, account_id: str | None = None) -> Iterator[Touchpoint]:
        if account_id is not None:
            return map(_touchpoint, of_account(self._item, account_id, _TOUCHPOINT))
        return self._all_touchpoints()

    def _all_touchpoints(self) -> Iterator[Touchpoint]:
        model = self._item
        with translated("reading touchpoints"):
            yield from map(
                _touchpoint, model.scan(model.item_id.startswith(_TOUCHPOINT), consistent_read=True)
            )

    def touchpoints_of(self, account_id: str, touchpoint_ids: Sequence[str]) -> dict[str, Touchpoint]:
        found = map(_touchpoint, of_ids(self._item, account_id, _TOUCHPOINT, touchpoint_ids))
        return {touchpoint.touchpoint_id: touchpoint for touchpoint in found}

    def put(self, touchpoint: Touchpoint) -> Touchpoint:
        item_id, content = _stored_as(touchpoint)
        revision = put_told(self._item(touchpoint.account_id, item_id), touchpoint.facts.revision, content)
        return replace(touchpoint, facts=replace(touchpoint.facts, revision=revision))

    def remove(self, touchpoint: Touchpoint) -> None:
        item = self._item(touchpoint.account_id, _TOUCHPOINT + touchpoint.touchpoint_id)
        remove_told(item, touchpoint.facts.revision)

    def put_many(self, touchpoints: Sequence[Touchpoint]) -> list[Touchpoint | Conflict | RejectedInput]:
        return put_many_told(self._item, touchpoints, _stored_as)


def _stored_as(touchpoint: Touchpoint) -> tuple[str, dict[str, Any]]:
    return _TOUCHPOINT + touchpoint.touchpoint_id, facts_document(touchpoint.facts)


def _touchpoint(item: ToldItem) -> Touchpoint:
    with readable(item):
        facts = facts_from(json.loads(item.document), item.account_id, int(item.revision))
        return Touchpoint(item.item_id.removeprefix(_TOUCHPOINT), facts)
