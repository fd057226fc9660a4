"""Team pools, checked and in their compiled form, and whom tasks and mails are for."""

from collections.abc import Collection
from typing import Any

from keepwell.assignment.pools import CHOSEN_BY, PREFIX
from keepwell.assignment.rules import MANAGER_OF
from keepwell.playbook import kinds
from keepwell.playbook.checking import Checker
from keepwell.playbook.documents import Place
from keepwell.playbook.findings import nearest
from keepwell.playbook.loading import Source
from keepwell.team import MEMBER_ATTRIBUTES

Part = dict[str, Any]


def compile_pools(check: Checker) -> list[Part]:
    """The pools of team/, in the order of their ids."""
    return [_pool(source, check) for _, source in sorted(check.sources.of(kinds.Pool).items())]


def compile_assignee(source: Source[Any], place: Place, text: str, check: Checker) -> str:
    """Whom a task is for: a pool there is, a role, who leads its holder, or an address."""
    if text.startswith(MANAGER_OF):
        return MANAGER_OF + _led_role(source, place, text.removeprefix(MANAGER_OF).strip(), check)
    if not text.startswith(PREFIX):
        return check.role(source, place, text)
    pool = text.removeprefix(PREFIX).strip()
    known = check.sources.ids(kinds.Pool)
    if pool not in known:
        message = f"no pool is called {pool!r}; the name of its file in team/ counts"
        check.note(source, place, message, nearest(pool, known))
    return PREFIX + pool


def compile_recipient(
    source: Source[Any], place: Place, text: str, tasks_for: Collection[str], check: Checker
) -> str:
    """Whom a mail is for, as for tasks; a pool only where a task of the same moment is for it, as
    `tasks_for` tells."""
    to = compile_assignee(source, place, text, check)
    if to.startswith(PREFIX) and to not in tasks_for:
        message = (
            f"a mail to {to} goes to who of the pool gets a task at the same moment, and none is for it: "
            f"add a task with `assign_to: {to}`, or name a role or an address"
        )
        check.note(source, place, message)
    return to


def _led_role(source: Source[Any], place: Place, role: str, check: Checker) -> str:
    if "@" in role:
        check.note(source, place, f"who leads {role} is looked up by role: name one after {MANAGER_OF}")
        return role
    return check.role(source, place, role)


def _pool(source: Source[kinds.Pool], check: Checker) -> Part:
    says = source.says
    members = {_own(source, ("members", name), name, check): each for name, each in says.members.items()}
    match = dict[str, str]()
    for own, theirs in says.match.items():
        found = check.attribute(source, ("match", own), theirs)
        match[_own(source, ("match", own), own, check)] = found.name if found else theirs
    for key, given, named in (("members", says.members, members), ("match", says.match, match)):
        if len(named) < len(given):
            check.note(source, (key,), "one attribute stands here twice")
    return {
        "id": source.id,
        "name": says.name,
        "logic": says.logic.value,
        "members": members,
        "match": match,
        "fallback": says.fallback or "",
    }


def _own(source: Source[kinds.Pool], place: Place, name: str, check: Checker) -> str:
    """The attribute of members that a key names."""
    found = MEMBER_ATTRIBUTES.find(name)
    if found is None or found.name not in CHOSEN_BY:
        message = f"members are not chosen by {name!r}, but by {', '.join(CHOSEN_BY)}"
        check.note(source, place, message, nearest(name, CHOSEN_BY), at_key=True)
        return name
    return found.name
