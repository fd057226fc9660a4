"""Segments of users in `keepwell segments` and `keepwell segment`: how many are in each, and who."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from keepwell.accounts import Account
from keepwell.criteria.users import name_of
from keepwell.people import Person, values_of
from keepwell.segments import Tagging, UserSegment
from keepwell.standings import Membership
from keepwell_cli.members import Portfolio, Tally, left_lately
from keepwell_cli.output import Answer, plain


def user_summaries(portfolio: Portfolio) -> list[dict[str, Any]]:
    """The segments of users with their numbers, by name."""
    found = sorted(portfolio.playbook.user_segments, key=lambda segment: segment.name.casefold())
    tallies = {segment.id: Tally() for segment in found}
    for _, _, segment_id, membership in portfolio.users():
        tallies[segment_id].count_user(membership, portfolio.today)
    return [_summary(segment, tallies[segment.id]) for segment in found]


def _summary(segment: UserSegment, tally: Tally) -> dict[str, Any]:
    numbers = tally.as_json()
    del numbers["contract_value"]
    return {
        "id": segment.id,
        "name": segment.name,
        "group": segment.group,
        "owner": segment.owner,
        **numbers,
    }


def user_table(listed: Sequence[Mapping[str, Any]]) -> Table:
    """What `user_summaries` gives, for people."""
    table = Table("segment of users", box=None, padding=(0, 2, 0, 0))
    for number in ("users", "entered", "left"):
        table.add_column(number, justify="right")
    table.add_column("owner")
    for each in listed:
        numbers = (each["members"], each["entered_last_7_days"], each["left_last_7_days"])
        table.add_row(plain(each["name"]), *(f"{number:,}" for number in numbers), plain(each["owner"]))
    return table


def user_segment(asked: UserSegment, portfolio: Portfolio, *, left: bool, limit: int) -> Answer:
    """One segment of users and who is in it, or who left it lately, the newest first."""
    tally, found = Tally(), []
    for account, person, segment_id, membership in portfolio.users():
        if segment_id == asked.id:
            tally.count_user(membership, portfolio.today)
            if left_lately(membership, portfolio.today) if left else membership.inside:
                found.append(_row(account, person, membership, portfolio))
    found.sort(key=lambda row: (row["account_id"], row["user_id"]))
    found.sort(key=lambda row: str(row["left" if left else "since"]), reverse=True)
    document = {
        "on": portfolio.today.isoformat(),
        "of": "users",
        **_summary(asked, tally),
        "description": asked.description,
        "criteria": str(asked.criteria),
        "leave": str(asked.leave) if asked.leave else None,
        "minimum_stay_days": asked.minimum_stay_days,
        "cool_down_days": asked.cool_down_days,
        "playbook": asked.playbook,
        "links": [{"title": link.title, "url": link.url} for link in asked.links],
        "on_entry": _tags(asked.on_entry),
        "on_exit": _tags(asked.on_exit),
        "listed": "left" if left else "members",
        "total": len(found),
        "shown": found[:limit],
    }
    return Answer(document, Group(*_view(document)))


def _row(account: Account, person: Person, membership: Membership, portfolio: Portfolio) -> dict[str, Any]:
    return {
        "account_id": account.account_id,
        "account": account.facts.values.get("Account Name"),
        "user_id": person.user_id,
        "name": name_of(values_of(person, portfolio.today)),
        "inside": membership.inside,
        "since": membership.since.isoformat() if membership.inside else None,
        "left": membership.left.isoformat() if membership.left else None,
        "quiet": membership.quiet,
    }


def _tags(tagging: Tagging) -> dict[str, list[str]]:
    return {"add_tags": list(tagging.add), "remove_tags": list(tagging.remove)}


def _view(document: Mapping[str, Any]) -> Iterator[RenderableType]:
    yield Text.assemble((plain(document["name"]).plain, "bold"), plain(f"  {document['id']}  of users"))
    yield from map(plain, _lines(document))
    yield ""
    if not document["shown"]:
        yield "Nobody left in the last 7 days." if document["listed"] == "left" else "Nobody is in it."
        return
    yield _people(document)
    if (shown := len(document["shown"])) < document["total"]:
        yield f"{shown:,} of {document['total']:,}; --limit N lists more."


def _lines(document: Mapping[str, Any]) -> Iterator[str]:
    if document["description"]:
        yield document["description"]
    yield f"enters: {document['criteria']}"
    yield f"leaves: {document['leave'] or 'when that does not hold any more'}"
    for passage, when in (("on_entry", "on entry"), ("on_exit", "on exit")):
        for doing, words in (("add_tags", "adds the tag"), ("remove_tags", "takes off the tag")):
            yield from (f"{when}: {words} {tag}" for tag in document[passage][doing])
    if document["playbook"]:
        yield f"what to do: {document['playbook'].strip()}"
    came, went = document["entered_last_7_days"], document["left_last_7_days"]
    yield f"users: {document['members']:,}; in the last 7 days {came:,} entered and {went:,} left"


def _people(document: Mapping[str, Any]) -> Table:
    left = document["listed"] == "left"
    table = Table("account", "name", "user", "called", "left" if left else "since", box=None)
    table.padding = (0, 2, 0, 0)
    for row in document["shown"]:
        names = (row["account_id"], row["account"] or "", row["user_id"], row["name"])
        table.add_row(*map(plain, names), row["left"] if left else row["since"])
    return table
