"""`keepwell touches`: which accounts were touched lately, and who of us touches them (TCH-05, DSH-07)."""

from collections.abc import Iterator
from typing import Annotated, Any

import typer
from rich.console import Group
from rich.table import Table
from rich.text import Text

from keepwell.accounts import Facts
from keepwell.coverage import Coverage, Lately, touches_of
from keepwell.errors import RejectedInput
from keepwell.playbook import Playbook
from keepwell.touchpoints import Touchpoint
from keepwell_cli.members import pages
from keepwell_cli.output import Answer, plain, step
from keepwell_cli.stack import Stack, StackName

NAMED = 10
"""So many of the accounts that were never touched are named."""


def touches(
    days: Annotated[int, typer.Option(help="Of so many days up to today.", min=1, max=3650)] = 30,
    role: Annotated[str, typer.Option(help="Whose accounts they are.")] = "Success Manager",
    flow: Annotated[str, typer.Option(help="Only touchpoints of this stage of the journey.")] = "",
    stack: StackName = None,
) -> Answer:
    """Show which share of their accounts each success manager touched, and who logs how much.

    An account is touched by a touchpoint of these days that is no internal note, whoever logged it. The least
    covered come first. Never touched is an account of which nobody ever logged more than internal notes, and
    no Last Touch is known.

    Example: `keepwell touches --days 90`
    """
    here = Stack.configured(stack)
    playbook = here.playbooks.get()
    today = here.clock.now().astimezone(playbook.time_zone).date()
    name, unreadable = _role(role, playbook), list[str]()
    members = [member.email for member in here.team.members() if member.active]
    told = touches_of(
        _accounts(here, unreadable), _touchpoints(here), members, name, Lately(today, days), flow
    )
    document = {
        "on": today.isoformat(),
        "days": days,
        "role": name,
        "flow": flow or None,
        "total": _numbers(told.total),
        "owners": [{"owner": each.owner or None, **_numbers(each)} for each in told.owners],
        "types": [{"type": type_ or None, "touchpoints": count} for type_, count in told.types.items()],
        "flows": [{"flow": name or None, "touchpoints": count} for name, count in told.flows.items()],
        "members": [{**vars(each), "email": each.email or None} for each in told.members],
        "never_touched": list(told.never[:NAMED]),
        "unreadable": unreadable,
    }
    return Answer(document, Group(*_view(document)), findings=bool(unreadable))


def _accounts(here: Stack, unreadable: list[str]) -> Iterator[Facts]:
    """The facts of every account; the ids of those that cannot be read are added to `unreadable`."""
    for page in pages(here):
        unreadable += [account_id for account_id, _ in page.unreadable]
        yield from (account.facts for account in page.accounts)


def _touchpoints(here: Stack) -> Iterator[Touchpoint]:
    with step("Looking at every touchpoint"):
        yield from here.touchpoints.touchpoints()


def _role(name: str, playbook: Playbook) -> str:
    attribute = playbook.catalogue.find(name)
    if attribute is None or not attribute.role:
        roles = ", ".join(each.name for each in playbook.catalogue if each.role)
        raise RejectedInput(f"{name!r} is no role at an account; the roles are: {roles}")
    return attribute.name


def _numbers(coverage: Coverage) -> dict[str, Any]:
    return {
        "accounts": coverage.accounts,
        "touched": coverage.touched,
        "coverage": coverage.percent,
        "never_touched": coverage.never,
    }


def _view(document: dict[str, Any]) -> Iterator[Table | Text]:
    total = document["total"]
    yield plain(
        f"{total['touched']:,} of {total['accounts']:,} accounts touched in the last {document['days']} days"
        + (f" by the flow {document['flow']}" if document["flow"] else "")
        + (f": {total['coverage']:g}%" if total["accounts"] else "")
    )
    owners = _table(document["role"].lower(), "accounts", "touched", "coverage", "never touched")
    for each in document["owners"]:
        numbers = (f"{each[name]:,}" for name in ("accounts", "touched"))
        owner = plain(each["owner"] or "nobody")
        owners.add_row(owner, *numbers, f"{each['coverage']:g}%", f"{each['never_touched']:,}")
    types = _table("type", "touchpoints")
    for each in document["types"]:
        types.add_row(plain(each["type"] or "(none)"), f"{each['touchpoints']:,}")
    flows = _table("flow", "touchpoints")
    for each in document["flows"]:
        flows.add_row(plain(each["flow"] or "(none)"), f"{each['touchpoints']:,}")
    members = _table("logged by", "touchpoints", "internal notes", "a week")
    for each in document["members"]:
        numbers = (f"{each[name]:,}" for name in ("touchpoints", "internal_notes"))
        members.add_row(plain(each["email"] or "nobody"), *numbers, f"{each['touchpoints_per_week']:g}")
    for table in (owners, types, flows, members):
        if table.row_count:
            yield plain("")
            yield table
    if named := document["never_touched"]:
        more = total["never_touched"] - len(named)
        yield plain("")
        yield plain(f"Never touched: {', '.join(named)}" + (f" and {more:,} more" if more else ""))
    if document["unreadable"]:
        yield plain(f"What is stored of these cannot be read: {', '.join(document['unreadable'])}.")


def _table(what: str, *numbers: str) -> Table:
    table = Table(what, box=None, padding=(0, 2, 0, 0))
    for number in numbers:
        table.add_column(number, justify="right")
    return table
