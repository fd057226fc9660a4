"""`keepwell segments`: the segments of the playbook, in the order of My Command Center (product SEG-17)."""

from collections.abc import Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from keepwell.playbook.playbook import GROUPS
from keepwell.segments import Segment
from keepwell_cli.members import Portfolio, Tally
from keepwell_cli.output import Answer, plain
from keepwell_cli.stack import Stack, StackName
from keepwell_cli.user_segments import user_summaries, user_table

NO_GROUP = "Other segments"


def segments(stack: StackName = None) -> Answer:
    """List the segments: how many are in each, what they are worth, who came and who left in 7 days.

    The groups of My Command Center come first. Ends with 1 if what is stored of an account cannot be read.

    Example: `keepwell segments`
    """
    here = Stack.configured(stack)
    playbook = here.playbooks.get()
    portfolio = Portfolio(here, playbook)
    tallies = {segment.id: Tally() for segment in playbook.segments}
    for account, segment_id, membership in portfolio.memberships():
        tallies[segment_id].count(account, membership, portfolio.today)
    listed = [summary(segment, tallies[segment.id]) for segment in sorted(playbook.segments, key=place)]
    of_users = user_summaries(portfolio)
    tables: list[RenderableType] = [_table(listed) if listed else "The playbook has no segments."]
    tables += ["", user_table(of_users)] if of_users else []
    document = {**portfolio.as_json(), "segments": listed, "user_segments": of_users}
    return Answer(document, Group(*tables, *portfolio.notes()), findings=bool(portfolio.unreadable))


def summary(segment: Segment, tally: Tally) -> dict[str, Any]:
    return {
        "id": segment.id,
        "name": segment.name,
        "group": segment.group,
        "owner": segment.owner,
        **tally.as_json(),
    }


def place(segment: Segment) -> tuple[int, str, str]:
    """My Command Center, then a playbook's own groups, then those in no group."""
    if segment.group in GROUPS:
        return GROUPS.index(segment.group), "", segment.name.casefold()
    after = len(GROUPS) + (not segment.group)
    return after, segment.group.casefold(), segment.name.casefold()


def _table(listed: Sequence[dict[str, Any]]) -> Table:
    table = Table("segment", box=None, padding=(0, 2, 0, 0))
    for number in ("members", "contract value", "entered", "left"):
        table.add_column(number, justify="right")
    table.add_column("owner")
    grouped, above = any(each["group"] for each in listed), None
    for each in listed:
        if grouped and each["group"] != above:
            above = each["group"]
            table.add_row(Text(plain(above or NO_GROUP).plain, "bold"))
        table.add_row(
            plain(f"  {each['name']}" if grouped else each["name"]),
            f"{each['members']:,}",
            f"{each['contract_value']:,.0f}",
            f"{each['entered_last_7_days']:,}",
            f"{each['left_last_7_days']:,}",
            plain(each["owner"]),
        )
    return table
