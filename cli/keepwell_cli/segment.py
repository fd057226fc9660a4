"""`keepwell segment`: what one segment asks and does, and who is in it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from keepwell.accounts import Account
from keepwell.errors import RejectedInput
from keepwell.playbook import Playbook
from keepwell.playbook.findings import nearest
from keepwell.segments import Segment, UserSegment
from keepwell.standings import Membership
from keepwell_cli.actions import actions_of, moment_of
from keepwell_cli.members import Portfolio, Tally, contract_value_of, left_lately
from keepwell_cli.output import Answer, plain
from keepwell_cli.segments import summary
from keepwell_cli.stack import Stack, StackName
from keepwell_cli.user_segments import user_segment


def segment(
    name: Annotated[str, typer.Argument(help="Its name or id, in any case.")],
    *,
    left: Annotated[
        bool, typer.Option("--left", help="List those who left in the last 7 days instead of its members.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="List so many accounts at most.")] = 50,
    stack: StackName = None,
) -> Answer:
    """Show a segment: what it asks, what it does, and who is in it, the newest first.

    Ends with 1 if what is stored of an account cannot be read.

    Example: `keepwell segment "At Risk"`
    """
    here = Stack.configured(stack)
    playbook = here.playbooks.get()
    asked = _find(name, (*playbook.segments, *playbook.user_segments))
    portfolio, tally = Portfolio(here, playbook), Tally()
    if isinstance(asked, UserSegment):
        return user_segment(asked, portfolio, left=left, limit=limit)
    found = []
    for account, segment_id, membership in portfolio.memberships():
        if segment_id == asked.id:
            tally.count(account, membership, portfolio.today)
            if left_lately(membership, portfolio.today) if left else membership.inside:
                found.append(_row(account, membership))
    found.sort(key=lambda row: row["contract_value"] or 0, reverse=True)
    found.sort(key=lambda row: str(row["left" if left else "since"]), reverse=True)
    document = {
        **portfolio.as_json(),
        **summary(asked, tally),
        **_described(asked, playbook),
        "listed": "left" if left else "members",
        "total": len(found),
        "shown": found[:limit],
    }
    view = Group(*_view(document), *portfolio.notes())
    return Answer(document, view, findings=bool(portfolio.unreadable))


def _find(name: str, known: Sequence[Segment]) -> Segment:
    """The segment of this id or name, in any case; an id wins over another's name."""
    spellings = {each.name.casefold(): each for each in known} | {each.id.casefold(): each for each in known}
    if found := spellings.get(" ".join(name.split()).casefold()):
        return found
    near = nearest(name, spellings)
    hint = f"did you mean {spellings[near].name}?" if near else "`keepwell segments` lists those there are"
    raise RejectedInput(f"there is no segment {name!r}; {hint}")


def _row(account: Account, membership: Membership) -> dict[str, Any]:
    standing = account.standing
    return {
        "account_id": account.account_id,
        "name": account.facts.values.get("Account Name"),
        "inside": membership.inside,
        "since": membership.since.isoformat() if membership.inside else None,
        "left": membership.left.isoformat() if membership.left else None,
        "quiet": membership.quiet,
        "health": standing.health.value if standing else None,
        "score": standing.score if standing else None,
        "contract_value": contract_value_of(account),
        "success_manager": account.facts.values.get("Success Manager"),
    }


def _described(segment: Segment, playbook: Playbook) -> dict[str, Any]:
    return {
        "description": segment.description,
        "criteria": str(segment.criteria),
        "leave": str(segment.leave) if segment.leave else None,
        "minimum_stay_days": segment.minimum_stay_days,
        "cool_down_days": segment.cool_down_days,
        "playbook": segment.playbook,
        "links": [{"title": link.title, "url": link.url} for link in segment.links],
        "actions": [
            {
                "play": play.id,
                "state": play.state.value,
                "passage": play.passage.value,
                "when": moment_of(play),
                "does": list(actions_of(play)),
            }
            for play in playbook.plays
            if play.segment == segment.id
        ],
    }


def _view(document: Mapping[str, Any]) -> Iterator[RenderableType]:
    yield Text.assemble((plain(document["name"]).plain, "bold"), plain(f"  {document['id']}"))
    yield from map(plain, _lines(document))
    yield ""
    if not document["shown"]:
        yield "Nobody left in the last 7 days." if document["listed"] == "left" else "Nobody is in it."
        return
    yield _accounts(document)
    if (shown := len(document["shown"])) < document["total"]:
        yield f"{shown:,} of {document['total']:,}; --limit N lists more."


def _lines(document: Mapping[str, Any]) -> Iterator[str]:
    """What it is for, how one gets in and out, what it does, and its numbers."""
    if document["description"]:
        yield document["description"]
    yield f"enters: {document['criteria']}"
    yield f"leaves: {_leaving(document)}"
    if days := document["cool_down_days"]:
        yield f"quiet: an entry within {_counted(days, 'day')} of the last exit; it acts when that is over"
    for action in document["actions"]:
        yield from (f"{action['when']}: {done}  (play {action['play']})" for done in action["does"])
    if document["playbook"]:
        yield f"what to do: {document['playbook'].strip()}"
    yield from (f"{link['title']}: {link['url']}" for link in document["links"])
    members, value = _counted(document["members"], "member"), f"{document['contract_value']:,.0f}"
    came, went = document["entered_last_7_days"], document["left_last_7_days"]
    yield f"{members} worth {value}; in the last 7 days {came:,} entered and {went:,} left"


def _leaving(document: Mapping[str, Any]) -> str:
    leave, days = document["leave"], document["minimum_stay_days"]
    when = f"{leave}, unless it would enter again" if leave else "when that does not hold any more"
    return f"{when}; after {_counted(days, 'day')} at the earliest" if days else when


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _accounts(document: Mapping[str, Any]) -> Table:
    left = document["listed"] == "left"
    table = Table(box=None, padding=(0, 2, 0, 0))
    for name in ("account", "name", "left" if left else "since", "health", "score"):
        table.add_column(name)
    table.add_column("contract value", justify="right")
    table.add_column("success manager")
    table.add_column("")
    for row in document["shown"]:
        value = row["contract_value"]
        table.add_row(
            plain(row["account_id"]),
            plain(row["name"] or ""),
            row["left"] if left else row["since"],
            row["health"],
            "" if row["score"] is None else str(row["score"]),
            "" if value is None else f"{value:,.0f}",
            plain(row["success_manager"] or ""),
            "back again" if left and row["inside"] else "quiet" if row["quiet"] else "",
        )
    return table
