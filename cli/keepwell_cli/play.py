"""`keepwell play run`: a play that has no trigger, for accounts that a person names (product PLY-18)."""

from collections.abc import Sequence
from typing import Annotated

import typer

from keepwell.errors import RejectedInput
from keepwell.plays.starting import run_id_of, start_wake, startable
from keepwell_cli.acting import By, acting
from keepwell_cli.ids import read_id
from keepwell_cli.output import Answer, plain
from keepwell_cli.request import Request, read_request
from keepwell_cli.stack import Stack, StackName


def play_run(
    play: Annotated[str, typer.Argument(metavar="PLAY", help="The play's id or name.")],
    accounts: Annotated[list[str], typer.Argument(metavar="ACCOUNT...", help="The ids of the accounts.")],
    request: Request = None,
    users: Annotated[
        list[str] | None,
        typer.Option("--user", metavar="ID", help="Of a play about people, who of the account; repeatable."),
    ] = None,
    by: By = None,
    stack: StackName = None,
) -> Answer:
    """Run a play for these accounts, or for users of one. It begins within a minute; `keepwell account ID`
    shows its run.

    The play has to be live, and must have no trigger: one with a trigger decides itself whom it is for. No
    brake holds what you ask for. If it cannot begin for three days, it never does. It ends with 1 if there is
    no account, or no user, of one of the ids.

    Example: `keepwell play run win-back A-001 A-002`
    """
    request = read_request(request)
    here = Stack.configured(stack)
    who = acting(here, by)
    asked = startable(play, here.playbooks.get(), for_users=bool(users))
    for each in accounts:
        read_id(each, "account")
    for each in users or ():
        read_id(each, "user")
    if users and len(set(accounts)) != 1:
        raise RejectedInput("--user names users of one account: name that account alone")
    wanted = [(accounts[0], each) for each in users] if users else [(each, "") for each in accounts]
    wanted = list(dict.fromkeys(wanted))
    known, now = _known(here, wanted), here.clock.now()
    had = [each for each in known if here.work.run(each[0], run_id_of(asked.id, request, each[1]))]
    for account_id, user_id in known:
        if (account_id, user_id) not in had:
            here.wakes.add(start_wake(asked.id, account_id, request, who, now, user_id))
    unknown = [each for each in wanted if each not in known]
    document = {
        "play": asked.id,
        "request": request,
        "by": who,
        "started": [
            {
                "account_id": account_id,
                **({"user_id": user_id} if user_id else {}),
                "run": run_id_of(asked.id, request, user_id),
            }
            for account_id, user_id in known
        ],
        "unknown": [user_id or account_id for account_id, user_id in unknown],
    }
    begins = [each for each in known if each not in had]
    lines = [f"{asked.name} begins within a minute for {', '.join(map(_last, begins))}."] if begins else []
    lines += [f"This request has begun before for {', '.join(map(_last, had))}."] if had else []
    lines += [f"There is no {'user' if each[1] else 'account'} {_last(each)!r}." for each in unknown]
    return Answer(document, plain("\n".join(lines)), findings=bool(unknown))


def _known(here: Stack, wanted: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The accounts, each alone or with a user, that there are."""
    facts = here.accounts.facts_of([account_id for account_id, _ in wanted])
    there = [each for each in wanted if each[0] in facts]
    users = [user_id for _, user_id in there if user_id]
    people = here.people.people_of(there[0][0], users) if users else {}
    return [each for each in there if not each[1] or each[1] in people]


def _last(each: tuple[str, str]) -> str:
    account_id, user_id = each
    return user_id or account_id
