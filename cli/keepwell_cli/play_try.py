"""`keepwell play try`: whom a play would act on now, and what that comes to, before it acts (D3)."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.table import Table

from keepwell.accounts import Account, Change
from keepwell.deliveries import Channel, Delivery
from keepwell.errors import RejectedInput
from keepwell.noise.reasons import Reason
from keepwell.playbook import Playbook
from keepwell.plays import Play, PlayState
from keepwell.plays.asking import Asking
from keepwell.plays.finding import find_play
from keepwell.plays.launching import Launcher
from keepwell.plays.play import Existing
from keepwell.plays.triggers import starts_of
from keepwell.plays.trying import Tried, try_play, who_is_outside
from keepwell.population import Population
from keepwell.standings import Passage
from keepwell.tasks import Task
from keepwell.touchpoints import Touchpoint
from keepwell_cli.known import KnownControl, KnownRuns, KnownTeam
from keepwell_cli.launching import launcher_of
from keepwell_cli.members import pages
from keepwell_cli.output import Answer, plain
from keepwell_cli.playbooks import local_playbook
from keepwell_cli.stack import Stack, StackName


def play_try(
    play: Annotated[str, typer.Argument(metavar="PLAY", help="The play's id or name.")],
    accounts: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ACCOUNT...", help="Only for these accounts; one without a trigger needs them."
        ),
    ] = None,
    playbook: Annotated[
        Path | None,
        typer.Option("--playbook", help="As this directory has the play (default: the stack's playbook)."),
    ] = None,
    *,
    limit: Annotated[int, typer.Option(min=1, help="List so many accounts at most.")] = 10,
    stack: StackName = None,
) -> Answer:
    """Tell whom a play would act on now, and what it would do, up to its first wait. It writes and sends
    nothing.

    The play is taken as live, be it a draft or a shadow, and who is inside its trigger as passing it now.
    It ends with 1 if something could not be done, such as a text that cannot be filled in, or if what is
    stored of an account cannot be read.

    Example: `keepwell play try win-back --playbook my-playbook`
    """
    here = Stack.configured(stack)
    book = local_playbook(playbook) if playbook else here.playbooks.get()
    found = find_play(play, book.plays)
    if not found.segment and not accounts:
        raise RejectedInput(
            f"the play {found.id} has no trigger that says whom it is for: name accounts, as in "
            f"`keepwell play try {found.id} ACC-0001`"
        )
    population, unreadable = here.populations.current(), list[str]()
    launcher = _launcher(here, population)
    known = list(_named(here, accounts) if accounts else _all(here, unreadable))
    if book.reads_people or found.of_users:
        known = [here.directory.with_people(account) for account in known]
    now = here.clock.now()
    tried = try_play(found.id, known, book, launcher, now, population)
    inside = {each.account.account_id for each in tried}
    left_out = [each for each in known if accounts and each.account_id not in inside]
    outside = [why for each in left_out for why in who_is_outside(found, each, book, now, population)]
    document = {
        "play": found.id,
        "name": found.name,
        "state": found.state.value,
        "playbook": book.version,
        "starts": starts_of(found, book),
        "existing": found.existing.value,
        "looked_at": len(known),
        **_counts(tried, found),
        **_comes_to(tried, book, launcher),
        "held": {reason.value: sum(reason in each.held for each in tried) for reason in Reason},
        "braked": [{"play": name, "times": number} for name, number in _most_first(_braked(tried))],
        "problems": _problems(tried),
        "outside": [{**vars(each), "user_id": each.user_id or None} for each in outside[:limit]],
        "unreadable": unreadable,
        "shown": [_row(each) for each in tried[:limit]],
    }
    active = (each.id for each in here.playbooks.get().plays if each.state is PlayState.LIVE)
    view = _view(document, found, is_live=found.id in active)
    return Answer(document, view, findings=bool(document["problems"] or unreadable))


def _launcher(here: Stack, population: Population) -> Launcher:
    """It reads what the stack holds; what it notes stays here."""
    return replace(
        launcher_of(here, {}),
        work=KnownRuns(here.work),
        control=KnownControl(here.control),
        team=KnownTeam(here.team),
        asking=Asking(lambda: population, here.directory),
    )


def _named(here: Stack, ids: Sequence[str]) -> Iterator[Account]:
    for account_id in dict.fromkeys(ids):
        account = here.accounts.get(account_id)
        if account is None:
            raise RejectedInput(
                f"there is no account {account_id!r}; ids are written as in the file, case included"
            )
        yield account


def _all(here: Stack, unreadable: list[str]) -> Iterator[Account]:
    for page in pages(here):
        unreadable += [account_id for account_id, _ in page.unreadable]
        yield from page.accounts


def _counts(tried: Sequence[Tried], play: Play) -> dict[str, Any]:
    """How many are inside, and are acted on: accounts, and where a play is about people those, too."""
    acting = [each for each in tried if each.acts]
    return {
        "inside": len({each.account.account_id for each in tried}),
        "accounts": len({each.account.account_id for each in acting}),
        "people": len(acting) if play.of_users else None,
        "already": sum(each.already for each in tried),
    }


def _comes_to(tried: Sequence[Tried], playbook: Playbook, launcher: Launcher) -> dict[str, Any]:
    """What would be made, counted; what is held back for good is not among it."""
    effects = [effect for each in tried for effect in each.effects]
    tasks = Counter(effect.assignee for effect in effects if isinstance(effect, Task))
    sent = [effect for effect in effects if isinstance(effect, Delivery) and effect.open]
    members = {member.email.casefold() for member in launcher.team.members()}
    mails = Counter(each.to.casefold() in members for each in sent if each.channel is Channel.EMAIL)
    hooks = Counter(
        playbook.endpoints[each.to].kind.value for each in sent if each.channel is Channel.WEBHOOK
    )
    return {
        "tasks": tasks.total(),
        "assignees": [{"email": email or None, "tasks": number} for email, number in _most_first(tasks)],
        "mails": {"members": mails[True], "others": mails[False]},
        "slack": hooks["slack"],
        "webhooks": hooks["signed"],
        "touchpoints": sum(isinstance(effect, Touchpoint) for effect in effects),
        "changes": sum(isinstance(effect, Change) for effect in effects),
        "waiting": sum(bool(launch.wake) for each in tried for launch in each.launches),
    }


def _problems(tried: Sequence[Tried]) -> list[dict[str, Any]]:
    found = Counter(problem for each in tried for problem in dict.fromkeys(each.problems))
    return [{"problem": problem, "times": number} for problem, number in _most_first(found)]


def _braked(tried: Sequence[Tried]) -> Counter[str]:
    """How often each play would wait for a person."""
    return Counter(play for each in tried for play in each.braked)


def _most_first(counted: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counted.items(), key=lambda each: (-each[1], each[0]))


def _row(tried: Tried) -> dict[str, Any]:
    return {
        "account_id": tried.account.account_id,
        "name": tried.account.facts.values.get("Account Name"),
        "user_id": tried.user_id or None,
        "does": list(tried.in_words()),
        "held": sorted(reason.value for reason in tried.held),
        "braked": list(tried.braked),
        "problems": list(tried.problems),
    }


def _view(document: Mapping[str, Any], play: Play, *, is_live: bool) -> RenderableType:
    lines = [*_headline(document), _activated(play, is_live=is_live), *_totals(document)]
    lines += [f"Cannot be done ({each['times']:,}): {each['problem']}" for each in document["problems"]]
    for each in document["outside"]:
        lines.append(f"{_who(each)} is outside: {each['why']}")
    if document["unreadable"]:
        lines.append(f"What is stored of these cannot be read: {', '.join(document['unreadable'])}.")
    table = Table("account", "name", "would do", box=None, padding=(0, 2, 0, 0))
    for row in document["shown"]:
        waits = [f"the brake holds {', '.join(row['braked'])}"] if row["braked"] else []
        table.add_row(plain(_who(row)), plain(row["name"] or ""), plain("; ".join([*row["does"], *waits])))
    return Group(*map(plain, lines), *(("", table) if document["shown"] else ()))


def _who(row: Mapping[str, Any]) -> str:
    return f"{row['user_id']} of {row['account_id']}" if row["user_id"] else str(row["account_id"])


def _headline(document: Mapping[str, Any]) -> Iterator[str]:
    people = "" if document["people"] is None else f" ({_counted(document['people'], 'person', 'people')})"
    assignees = sum(each["email"] is not None for each in document["assignees"])
    yield (
        f"{document['name']} ({document['state']}) would act on {_counted(document['accounts'], 'account')}"
        f"{people}, with tasks for {_counted(assignees, 'assignee')}. Nothing was done."
    )
    yield (
        f"It starts: {document['starts']}. Of {_counted(document['looked_at'], 'account')}, "
        f"{document['inside']:,} would pass that now."
    )


def _activated(play: Play, *, is_live: bool) -> str:
    if not play.segment:
        return "It acts on whom it is started for."
    if play.passage is Passage.EXITED:
        return "It acts on each of them once it leaves."
    if is_live:
        return (
            "It is live: who is inside already is left alone, but for those with whom it waits "
            "(`keepwell held`); it acts on those who enter from now on."
        )
    if play.existing is Existing.ACT:
        return "Once it is live it acts on all of them, as `existing: act` says."
    return "Who is inside when it becomes live is left alone; it acts on those who enter from then on."


def _totals(document: Mapping[str, Any]) -> Iterator[str]:
    mails = document["mails"]
    numbers = {
        "tasks": document["tasks"],
        "mails to members": mails["members"],
        "mails to others": mails["others"],
        "Slack messages": document["slack"],
        "webhooks": document["webhooks"],
        "touchpoints": document["touchpoints"],
        "changed accounts": document["changes"],
        "waits": document["waiting"],
    }
    yield ", ".join(f"{name} {number:,}" for name, number in numbers.items() if number) or "It does nothing."
    if document["assignees"]:
        had = (f"{each['email'] or 'nobody'} {each['tasks']:,}" for each in document["assignees"])
        yield f"Tasks: {', '.join(had)}"
    held = ", ".join(f"{reason} {number:,}" for reason, number in document["held"].items() if number)
    if held:
        yield f"Held back: {held}"
    if document["braked"]:
        braked = ", ".join(f"{each['play']} {each['times']:,}" for each in document["braked"])
        yield f"Held by the brake until a person decides: {braked}"
    if document["already"]:
        yield f"Done already: {document['already']:,}"


def _counted(number: int, noun: str, plural: str = "") -> str:
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"
