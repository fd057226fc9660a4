"""The team in DynamoDB: in the work table under one key, so that it can be read as a whole.

An account may be called like that key: it has no item whose item_id begins with `member#`.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace

from keepwell.team import Member
from keepwell_aws.accounts import facts_document, facts_from
from keepwell_aws.tables import bound
from keepwell_aws.told import ToldItem, of_account, of_ids, put_told, readable, remove_told

_TEAM, _MEMBER = "team", "member#"


class DynamoTeam:
    def __init__(self, table: str):
        self._item = bound(ToldItem, table)

    def members(self) -> Iterator[Member]:
        return map(_member, of_account(self._item, _TEAM, _MEMBER))

    def members_of(self, emails: Sequence[str]) -> dict[str, Member]:
        found = map(_member, of_ids(self._item, _TEAM, _MEMBER, emails))
        return {member.email: member for member in found}

    def put(self, member: Member) -> Member:
        item = self._item(_TEAM, _MEMBER + member.email)
        revision = put_told(item, member.facts.revision, facts_document(member.facts))
        return replace(member, facts=replace(member.facts, revision=revision))

    def remove(self, member: Member) -> None:
        remove_told(self._item(_TEAM, _MEMBER + member.email), member.facts.revision)


def _member(item: ToldItem) -> Member:
    with readable(item):
        email = item.item_id.removeprefix(_MEMBER)
        return Member(facts_from(json.loads(item.document), email, int(item.revision)))
