"""`keepwell held`, `release` and `discard`: the plays that the mass-entry brake holds, and what becomes of
them."""

from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.table import Table

from infra import system
from keepwell.deliveries import Channel
from keepwell.errors import Conflict, RejectedInput
from keepwell.plays.braking import Decision, Held
from keepwell.plays.finding import find_play, play_called
from keepwell.plays.launching import Launcher
from keepwell.sweeping import find_held
from keepwell_aws.queues import SqsQueue
from keepwell_cli.acting import By, acting
from keepwell_cli.launching import launcher_of
from keepwell_cli.output import Answer, plain, step
from keepwell_cli.stack import Stack, StackName

PlayId = Annotated[str, typer.Argument(metavar="PLAY", help="The play's id, as `keepwell held` shows it.")]
Cause = Annotated[str | None, typer.Option(help="Only for this import or night. Default: for each.")]


def held(stack: StackName = None) -> Answer:
    """Show the plays that wait because they would fire for too many accounts of one import or night.

    `fired` is for how many accounts the play has fired, `waiting` for how many it waits. Plays begin some
    seconds after an import has ended, also where `drop --wait` waited: what they are held for comes then.

    Example: `keepwell held`
    """
    waiting = _waiting(Stack.configured(stack))
    documents = [_document(play, cause, group) for (play, cause), group in sorted(_grouped(waiting).items())]
    return Answer({"held": documents}, _view(documents))


def release(play: PlayId, cause: Cause = None, by: By = None, stack: StackName = None) -> Answer:
    """Let a held play fire for the accounts it waits with, and for any that follow of the same cause.

    Ends with 1 if it could not be launched for some of them.

    Example: `keepwell release at-risk:on-entry --cause night:2026-11-21`
    """
    return _decide(Stack.configured(stack), Decision.RELEASED, play, cause, by)


def discard(play: PlayId, cause: Cause = None, by: By = None, stack: StackName = None) -> Answer:
    """Drop what a held play waits with, and what follows of the same cause: it does nothing for them.

    Ends with 1 if some of them could not be taken off the list.

    Example: `keepwell discard at-risk:on-entry`
    """
    return _decide(Stack.configured(stack), Decision.DISCARDED, play, cause, by)


def _decide(stack: Stack, decision: Decision, play: str, cause: str | None, by: str | None) -> Answer:
    """Record the decision, then act on it at once. What is interrupted here, the same command or the daily
    sweep ends."""
    launcher, who, plays = _launcher(stack), acting(stack, by), stack.playbooks.get().plays
    if named := play_called(play, plays):
        play = named.id
    found = [each for each in _waiting(stack) if each.play == play and cause in (None, each.cause)]
    if not found:
        find_play(play, plays)
        of = f" of {cause}" if cause else ""
        raise RejectedInput(f"the play {play!r} waits for nothing{of}; `keepwell held` lists what waits")
    for each in sorted({each.cause for each in found}):
        stands = launcher.brake.decide(play, each, decision, who)
        if not stands.startswith(decision):
            raise RejectedInput(f"{play} for {each} was {stands}, and the first decision stands")
    problems = []
    with step(f"{play}: {len(found)} accounts"):
        for account_id in sorted({each.account_id for each in found}):
            try:
                launcher.launch_pending(account_id, stack.playbooks.get(), stack.clock.now())
            except (RejectedInput, Conflict) as problem:
                problems.append({"account_id": account_id, "reason": str(problem)})
    by_cause = Counter(each.cause for each in found)
    document = {
        "play": play,
        "decision": decision.value,
        "causes": [{"cause": name, "accounts": number} for name, number in sorted(by_cause.items())],
        "problems": problems,
    }
    lines = [
        f"{decision}: {play} for {number} accounts of {name}" for name, number in sorted(by_cause.items())
    ]
    lines += [f"{problem['account_id']}: {problem['reason']}" for problem in problems]
    return Answer(document, plain("\n".join(lines)), findings=bool(problems))


def _waiting(stack: Stack) -> list[Held]:
    with step("Looking at every account"):
        playbook, now = stack.playbooks.get(), stack.clock.now()
        return list(find_held(stack.accounts, stack.people, _launcher(stack), playbook, now))


def _launcher(stack: Stack) -> Launcher:
    queues = {
        Channel.EMAIL: SqsQueue(stack.named(system.EMAIL_DELIVERIES)),
        Channel.WEBHOOK: SqsQueue(stack.named(system.WEBHOOK_DELIVERIES)),
    }
    return launcher_of(stack, queues)


def _grouped(waiting: Sequence[Held]) -> dict[tuple[str, str], list[Held]]:
    groups: dict[tuple[str, str], list[Held]] = {}
    for each in waiting:
        groups.setdefault((each.play, each.cause), []).append(each)
    return groups


def _document(play: str, cause: str, group: Sequence[Held]) -> dict[str, Any]:
    ruling = group[0].ruling
    return {
        "play": play,
        "cause": cause,
        "fired": min(ruling.fired, ruling.limit.accounts),
        "waiting": len(group),
        "limit": ruling.limit.accounts,
        "why": ruling.limit.reason,
        "decision": ruling.decision or None,
    }


def _view(documents: Sequence[dict[str, Any]]) -> RenderableType:
    if not documents:
        return "Nothing is held."
    table = Table("play", "cause", "fired", "waiting", "limit", "", box=None, padding=(0, 2, 0, 0))
    for each in documents:
        numbers = (str(each[name]) for name in ("fired", "waiting", "limit"))
        table.add_row(
            plain(each["play"]), plain(each["cause"]), *numbers, plain(each["decision"] or each["why"])
        )
    hint = "`keepwell release PLAY` lets it fire for them, `keepwell discard PLAY` drops them."
    return Group(table, "", hint)
