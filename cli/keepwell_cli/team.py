"""`keepwell team`: our own people, what they have to do, and the pools they are of."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer
from rich.console import Group
from rich.table import Table

from keepwell.assignment.choosing import Workload, workload_of
from keepwell.assignment.pools import Pool
from keepwell.assignment.rules import OwnerChange
from keepwell.playbook import Playbook
from keepwell.team import Member
from keepwell_cli.output import Answer, plain
from keepwell_cli.stack import Stack, StackName

NOBODY = "The team is empty: drop a file of it, `keepwell drop team.csv --object team`."


def team(
    pools: Annotated[bool, typer.Option("--pools", help="The pools, and who is of each.")] = False,
    stack: StackName = None,
) -> Answer:
    """List the members of the team, with the hours a week they have for tasks, those that their open tasks
    take (allocated) and those that remain.

    With `--pools` it lists the playbook's pools instead, and ends with 1 if one of them has nobody.

    Example: `keepwell team --pools`
    """
    found = Stack.configured(stack)
    members = list(found.team.members())
    if pools:
        return _pools(sorted(found.playbooks.get().pools.values(), key=lambda pool: pool.id), members)
    loads = [workload_of(member, list(found.work.agenda(member.email))) for member in members]
    documents = [_document(member, load) for member, load in zip(members, loads, strict=True)]
    if not members:
        return Answer({"team": documents}, NOBODY)
    notes = list(_of_who_has_left(members, loads, found.playbooks.get()))
    return Answer({"team": documents}, Group(_view(members, documents), *map(plain, notes)))


def _of_who_has_left(
    members: Sequence[Member], loads: Sequence[Workload], playbook: Playbook
) -> Iterator[str]:
    """What they leave to be done, and what still names them."""
    for member, load in zip(members, loads, strict=True):
        if member.active:
            continue
        if number := len(load.efforts):
            becomes = "the next daily sweep hands over what somebody else may have."
            if playbook.on_owner_change is OwnerChange.KEEP:
                becomes = (
                    "on_owner_change is keep, so give away what is to be done: "
                    "keepwell task assign ID --to EMAIL"
                )
            tasks = f"{number} open task{'s' if number > 1 else ''}"
            yield f"{member.email} is active no more and has {tasks}: {becomes}"
        if names := ", ".join(_named_as(member.email, playbook)):
            yield f"{member.email} is active no more and is still {names}: name somebody else."


def _named_as(email: str, playbook: Playbook) -> Iterator[str]:
    """What the playbook names somebody as; a play that names nobody has the playbook's owner."""
    if playbook.owner.casefold() == email:
        yield "the owner of the playbook"
    else:
        yield from (
            f"the owner of the play {play.id}" for play in playbook.plays if play.owner.casefold() == email
        )
    pools = (pool for pool in playbook.pools.values() if pool.fallback.casefold() == email)
    yield from (f"the fallback of the pool {pool.id}" for pool in pools)


def _document(member: Member, load: Workload) -> dict[str, Any]:
    return {
        "email": member.email,
        "name": member.name,
        "role": member.role,
        "licence": member.licence.value if member.licence else None,
        "active": member.active,
        "teams": list(member.teams),
        "manager": member.manager or None,
        "region": member.region,
        "timezone": member.timezone or None,
        "language": member.language,
        "availability": member.availability,
        "open_tasks": len(load.efforts),
        "allocated": load.allocated,
        "remaining": None if member.availability is None else load.remaining,
    }


def _view(members: Sequence[Member], documents: Sequence[dict[str, Any]]) -> Table:
    columns = ("e-mail", "name", "role", "licence", "manager", "where")
    numbers = ("hours a week", "open tasks", "allocated", "remaining")
    table = Table(*columns, *numbers, box=None, padding=(0, 2, 0, 0))
    for member, told in zip(members, documents, strict=True):
        where = ", ".join(filter(None, (member.region, member.timezone, member.language)))
        licence = (member.licence or "") if member.active else "active no more"
        texts = (member.email, member.name, member.role, licence, member.manager, where)
        shown = (told[name] for name in ("availability", "open_tasks", "allocated", "remaining"))
        table.add_row(*map(plain, texts), *("" if each is None else f"{each:g}" for each in shown))
    return table


def _pools(pools: Sequence[Pool], members: Sequence[Member]) -> Answer:
    if not pools:
        return Answer({"pools": []}, "The playbook has no pools; they stand in its folder team/.")
    table = Table("pool", "logic", "members", "like the account", "fallback", box=None, padding=(0, 2, 0, 0))
    documents, notes = [], []
    for pool in pools:
        emails = [member.email for member in pool.members_in(members)]
        match = ", ".join(f"{own} = {theirs}" for own, theirs in pool.match.items())
        texts = (pool.id, pool.logic.value, ", ".join(emails) or "nobody", match, pool.fallback)
        table.add_row(*map(plain, texts))
        documents.append(_pool_document(pool, emails))
        if not emails:
            notes.append(
                f"Nobody of the team is of the pool {pool.id}: its tasks go to its fallback, else to the "
                f"owner of the play. Mend team/{pool.id}.yaml, or what is told of the team."
            )
    return Answer({"pools": documents}, Group(table, *map(plain, notes)), findings=bool(notes))


def _pool_document(pool: Pool, emails: Sequence[str]) -> dict[str, Any]:
    return {
        "pool": pool.id,
        "name": pool.name,
        "logic": pool.logic.value,
        "members": list(emails),
        "match": dict(pool.match),
        "fallback": pool.fallback or None,
    }
