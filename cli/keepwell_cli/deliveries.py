"""`keepwell deliveries`, `deliver again` and `endpoints`: what is on its way to the outside, what was given
up, and how the receivers of webhooks are."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
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
from keepwell_cli.output import Answer, plain, step
from keepwell_cli.stack import Stack, StackName

QUEUES = {Channel.EMAIL: system.EMAIL_DELIVERIES, Channel.WEBHOOK: system.WEBHOOK_DELIVERIES}

Ids = Annotated[
    list[str] | None,
    typer.Argument(metavar="[ID...]", help="Deliveries, as `keepwell deliveries` shows them."),
]
AllFailed = Annotated[bool, typer.Option("--failed", help="All that were given up, instead of some by id.")]
OnlyFailed = Annotated[bool, typer.Option("--failed", help="Only what was given up.")]
OfEndpoint = Annotated[
    str | None, typer.Option(metavar="ID", help="Only to this endpoint, or `mail` for mails.")
]
Enable = Annotated[str | None, typer.Option(metavar="ID", help="Send to this endpoint again, at once.")]


def deliveries(failed: OnlyFailed = False, endpoint: OfEndpoint = None, stack: StackName = None) -> Answer:
    """Show the messages that are on their way to the outside, and those that were given up, by
    where they go and by what became of them. Times are in UTC.

    What arrived is not shown; `keepwell account` tells of it. Ends with 1 if something was given up.

    Example: `keepwell deliveries --failed --endpoint slack`
    """
    target = Stack.configured(stack)
    found = [*target.deliveries.all_failed(), *(() if failed else target.deliveries.all_open())]
    documents = [_document(each) for each in _sent_to(endpoint, found, target)]
    return Answer({"deliveries": documents}, _view(documents), findings=_any_failed(documents))


def deliver_again(
    ids: Ids = None,
    failed: AllFailed = False,
    endpoint: OfEndpoint = None,
    by: By = None,
    stack: StackName = None,
) -> Answer:
    """Send messages now that were given up, wait to be tried again, or arrived and are wanted once more.

    Each has all its attempts anew and keeps its id, by which a receiver knows a message that it has already.
    Its attempts tell who sent it again. Ends with 1 if one could not be.

    Example: `keepwell deliver again --failed --endpoint slack`
    """
    if bool(ids) == failed:
        raise RejectedInput("name messages by their ids, or say --failed for all that were given up")
    if endpoint is not None and not failed:
        raise RejectedInput("--endpoint goes with --failed: ids say themselves which messages are meant")
    target = Stack.configured(stack)
    word, again, problems = acting(target, by), list[Delivery](), list[dict[str, str]]()
    if failed:
        ids = [each.delivery_id for each in _sent_to(endpoint, [*target.deliveries.all_failed()], target)]
    for delivery_id in dict.fromkeys(ids or ()):
        try:
            queue = SqsQueue(target.named(_queue_of(read_id(delivery_id, "delivery"), target)))
            again.append(send_again(delivery_id, target.deliveries, queue, target.clock.now(), word))
        except RejectedInput as problem:
            problems.append({"delivery_id": delivery_id, "reason": str(problem)})
    document = {"again": [_document(each) for each in again], "problems": problems}
    lines = [
        f"{each.delivery_id}: {each.put_off or f'on its way to {each.endpoint} again'}" for each in again
    ]
    if failed:
        lines = [f"{_counted(again)} sent again."]
        if waiting := sum(bool(each.put_off) for each in again):
            lines.append(f"{waiting:,} of them wait{'s' if waiting == 1 else ''} for quiet hours to end.")
    lines += [problem["reason"] for problem in problems]
    return Answer(document, plain("\n".join(lines)), findings=bool(problems))


def endpoints(enable: Enable = None, by: By = None, stack: StackName = None) -> Answer:
    """Show how the endpoints of webhooks are: `fine`, `failing`, `resting` after failures in a row,
    `disabled` (it is gone, or failed for days) or `unused`.

    While one rests, messages to it wait; to one that is disabled they fail. `--enable` sends those that wait
    now, with all their attempts anew. Ends with 1 if one is disabled.

    Example: `keepwell endpoints --enable slack`
    """
    target = Stack.configured(stack)
    known, playbook, now = Endpoints(target.control), target.playbooks.get(), target.clock.now()
    again = list[str]()
    if enable is not None:
        _require_known(enable, playbook.endpoints)
        word = acting(target, by)
        known.enable(enable, f"{word} at {now.isoformat(timespec='seconds')}")
        again = _send_waiting(enable, target, word)
    documents = [_told(name, known.get(name), now) for name in sorted(playbook.endpoints)]
    disabled = any(each["condition"] == Condition.DISABLED for each in documents)
    view = _endpoints_view(documents)
    if again:
        view = Group(view, "", f"{_counted(again)} that waited {'goes' if len(again) == 1 else 'go'} now.")
    return Answer({"endpoints": documents, "again": again}, view, findings=disabled)


def _send_waiting(endpoint: str, stack: Stack, by: str) -> list[str]:
    """Send what waits for an endpoint; the ids. What is on its way by itself meanwhile is left to that."""
    queue, sent = SqsQueue(stack.named(system.WEBHOOK_DELIVERIES)), []
    waiting = [each for each in stack.deliveries.all_open() if each.endpoint == endpoint]
    with step(f"{endpoint}: {_counted(waiting)}"):
        for each in waiting:
            with suppress(RejectedInput):
                send_again(each.delivery_id, stack.deliveries, queue, stack.clock.now(), by)
                sent.append(each.delivery_id)
    return sent


def _counted(messages: Sequence[object]) -> str:
    return "1 message" if len(messages) == 1 else f"{len(messages):,} messages"


def _sent_to(endpoint: str | None, found: list[Delivery], stack: Stack) -> list[Delivery]:
    """Those of the messages that go to an endpoint; all of them where none is named."""
    if endpoint is None:
        return found
    _require_known(endpoint, {MAIL, *stack.playbooks.get().endpoints, *(each.endpoint for each in found)})
    return [each for each in found if each.endpoint == endpoint]


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
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for each in documents:
        last = each["attempts"][-1]["outcome"] if each["attempts"] else ""
        endpoint = MAIL if each["channel"] == Channel.EMAIL else each["to"]
        groups.setdefault((endpoint, each["put_off"] or last), []).append(each)
    shown: list[RenderableType] = []
    for (endpoint, why), those in groups.items():
        shown += [plain(f"{endpoint}: {why}" if why else endpoint), _table(those), ""]
    hint = (
        "`keepwell deliver again ID` sends one again that was given up, "
        "`keepwell deliver again --failed` all of them."
    )
    return Group(*shown, hint) if _any_failed(documents) else Group(*shown[:-1])


def _table(documents: Sequence[Mapping[str, Any]]) -> Table:
    """Messages to one endpoint, of which the same is to be told."""
    columns = ("state", "id", "account", "to", "play", "created", "next try", "tried")
    table = Table(*columns, box=None, padding=(0, 2, 0, 0))
    for each in documents:
        texts = (each[name] for name in ("state", "delivery_id", "account_id", "to", "play"))
        moments = (_shown(each[name]) for name in ("created_at", "due_at"))
        table.add_row(*map(plain, texts), *moments, str(len(each["attempts"])))
    return table


def _shown(moment: str | None) -> str:
    """A moment of a document, to the minute; it is in UTC."""
    return moment[:16].replace("T", " ") if moment else ""


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
        success = _shown(each["succeeded_at"]) or "none yet"
        table.add_row(
            plain(each["endpoint"]),
            each["condition"],
            str(each["failures"]),
            success,
            plain(each["problem"] or ""),
        )
    return table
