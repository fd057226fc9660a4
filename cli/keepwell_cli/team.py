"""`keepwell team`: our own people."""

from typing import Any

from rich.table import Table

from keepwell.team import Member
from keepwell_cli.output import Answer, plain
from keepwell_cli.stack import Stack, StackName


def team(stack: StackName = None) -> Answer:
    """List the members of the team.

    Example: `keepwell team`
    """
    members = list(Stack.configured(stack).team.members())
    columns = ("e-mail", "name", "role", "licence", "manager", "where", "hours a week")
    table = Table(*columns, box=None, padding=(0, 2, 0, 0))
    for member in members:
        where = ", ".join(filter(None, (member.region, member.timezone, member.language)))
        told = (member.email, member.name, member.role, member.licence or "", member.manager, where)
        hours = "" if member.availability is None else f"{member.availability:g}"
        table.add_row(*map(plain, told), hours)
    nobody = "The team is empty: drop a file of it, `keepwell drop team.csv --object team`."
    return Answer({"team": [_document(member) for member in members]}, table if members else nobody)


def _document(member: Member) -> dict[str, Any]:
    return {
        "email": member.email,
        "name": member.name,
        "role": member.role,
        "licence": member.licence.value if member.licence else None,
        "teams": list(member.teams),
        "manager": member.manager or None,
        "region": member.region,
        "timezone": member.timezone or None,
        "language": member.language,
        "availability": member.availability,
    }
