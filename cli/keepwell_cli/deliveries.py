"""`keepwell deliveries`, `deliver again` and `endpoints`: what is on its way to the outside, what was given
up, and how the receivers of webhooks are."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.table import Table

from infra import system
from keepwell.deliveries import Channel, Delivery, DeliveryState, send_again
from keepwell.deliveries.delivery import MAIL
from keepwell.deliveries.endpoints import Circuit, Condition
from keepwell.deliveries.posts import Endpoints
from keepwell.errors import RejectedInput
from keepwell_aws.queues import SqsQueue
from keepwell_cli.acting import By, acting
from keepwell_cli.ids import read_id
from keepwell_cli.output import Answer, plain
from keepwell_cli.stack import Stack, StackName

QUEUES = {Channel.EMAIL: system.EMAIL_DELIVERIES, Channel.WEBHOOK: system.WEBHOOK_DELIVERIES}

Ids = Annotated[
    list[str], typer.Argument(metavar="ID...", help="Deliveries, as `keepwell deliveries` shows them.")
]
OnlyFailed = Annotated[bool, typer.Option("--failed", help="Only what was given up.")]
OfEndpoint = Annotated[
    str | None, typer.Option(metavar="ID", help="Only to this endpoint, or `mail` for mails.")
]
Enable = Annotated[str | None, typer.Option(metavar="ID", help="Send to this endpoint again, at once.")]


def deliveries(failed: OnlyFailed = False, endpoint: OfEndpoint = None, stack: StackName = None) -> Answer:
    """Show the messages that are on their way to the outside, and those that were given up.

    What arrived is not shown; `keepwell account` tells of it. Ends with 1 if something was given up.

    Example: `keepwell deliveries --failed --endpoint slack`
    """
    target = Stack.configured(stack)
    found = [*target.deliveries.all_failed(), *(() if failed else target.deliveries.all_open())]
    if endpoint is not None:
        _require_known(
            endpoint, {MAIL, *target.playbooks.get().endpoints, *(each.endpoint for each in found)}
        )
    documents = [_document(each) for each in found if endpoint in (None, each.endpoint)]
    return Answer({"deliveries": documents}, _view(documents), findings=_any_failed(documents))


def deliver_again(ids: Ids, by: By = None, stack: StackName = None) -> Answer:
    """Send messages again that were given up, or that arrived and are wanted once more.

    Each has all its attempts anew and keeps its id, by which a receiver knows a message that it has already.
    Its attempts tell who sent it again. Ends with 1 if one could not be.

    Example: `keepwell deliver again webhook_0a1b2c3d4e5f60718293`
    """
    target = Stack.configured(stack)
    word, again, problems = acting(target, by), list[Delivery](), list[dict[str, str]]()
    for delivery_id in dict.fromkeys(ids):
        try:
            queue = SqsQueue(target.named(_queue_of(read_id(delivery_id, "delivery"), target)))
            again.append(send_again(delivery_id, target.deliveries, queue, target.clock.now(), word))
        except RejectedInput as problem:
            problems.append({"delivery_id": delivery_id, "reason": str(problem)})
    document = {"again": [_document(each) for each in again], "problems": problems}
    lines = [f"{each.delivery_id}: on its way to {each.endpoint} again" for each in again]
    lines += [problem["reason"] for problem in problems]
    return Answer(document, plain("\n".join(lines)), findings=bool(problems))


def endpoints(enable: Enable = None, by: By = None, stack: StackName = None) -> Answer:
    """Show how the endpoints of webhooks are: `fine`, `failing`, `resting` after failures in a row,
    `disabled` (it is gone, or failed for days) or `unused`.

    While one rests, messages to it wait; to one that is disabled they fail. Ends with 1 if one is disabled.

    Example: `keepwell endpoints --enable slack`
    """
    target = Stack.configured(stack)
    known, playbook, now = Endpoints(target.control), target.playbooks.get(), target.clock.now()
    if enable is not None:
        _require_known(enable, playbook.endpoints)
        known.enable(enable, f"{acting(target, by)} at {now.isoformat(timespec='seconds')}")
    documents = [_told(name, known.get(name), now) for name in sorted(playbook.endpoints)]
    disabled = any(each["condition"] == Condition.DISABLED for each in documents)
    return Answer({"endpoints": documents}, _endpoints_view(documents), findings=disabled)


def _queue_of(delivery_id: str, stack: Stack) -> Any:
    found = stack.deliveries.get(delivery_id)
    return QUEUES[found.channel if found else Channel.EMAIL]


def _require_known(endpoint: str, known: Collection[str]) -> None:
    if endpoint not in known:
        there = ", ".join(sorted(known)) or "none"
        raise RejectedInput(f"there is no endpoint {endpoint!r}; known: {there}")


def _document(delivery: Delivery) -> dict[str, Any]:
    return {
        "delivery_id": delivery.delivery_id,
        "account_id": delivery.account_id,
        "channel": delivery.channel.value,
        "to": delivery.to,
        "subject": delivery.subject,
        "play": delivery.play,
        "state": delivery.state.value,
        "created_at": delivery.created_at.isoformat(),
        "due_at": delivery.due_at.isoformat() if delivery.open else None,
        "put_off": delivery.put_off or None,
        "attempts": [
            {"at": attempt.at.isoformat(), "outcome": attempt.outcome} for attempt in delivery.attempts
        ],
    }


def _view(documents: Sequence[Mapping[str, Any]]) -> RenderableType:
    if not documents:
        return "Nothing is on its way, nothing was given up."
    table = Table("state", "id", "account", "to", "tried", "", box=None, padding=(0, 2, 0, 0))
    for each in documents:
        last = each["attempts"][-1]["outcome"] if each["attempts"] else ""
        texts = (each["state"], each["delivery_id"], each["account_id"], each["to"])
        table.add_row(*map(plain, texts), str(len(each["attempts"])), plain(each["put_off"] or last))
    hint = "`keepwell deliver again ID` sends one again that was given up."
    return Group(table, "", hint) if _any_failed(documents) else table


def _any_failed(documents: Iterable[Mapping[str, Any]]) -> bool:
    return any(each["state"] == DeliveryState.FAILED for each in documents)


def _told(endpoint: str, known: Circuit, now: datetime) -> dict[str, Any]:
    return {
        "endpoint": endpoint,
        "condition": known.condition(now).value,
        "failures": known.failures,
        "failing_since": _moment(known.failing_since),
        "rests_until": _moment(known.rests_until),
        "problem": known.disabled or known.problem or None,
        "succeeded_at": _moment(known.succeeded_at),
        "under_way": sum(until > now for until in known.under_way.values()),
        "enabled": known.enabled or None,
    }


def _moment(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None


def _endpoints_view(documents: Sequence[Mapping[str, Any]]) -> RenderableType:
    if not documents:
        return "The playbook has no endpoints."
    table = Table("endpoint", "condition", "failures", "last success", "", box=None, padding=(0, 2, 0, 0))
    for each in documents:
        success = each["succeeded_at"] or "none yet"
        table.add_row(
            plain(each["endpoint"]),
            each["condition"],
            str(each["failures"]),
            success,
            plain(each["problem"] or ""),
        )
    return table
