"""Plays, checked and in their compiled form."""

from typing import Any

from keepwell.playbook import kinds
from keepwell.playbook.checking import Checker, canonical
from keepwell.playbook.documents import Place
from keepwell.playbook.examples import exemplified
from keepwell.playbook.findings import nearest
from keepwell.playbook.loading import Source
from keepwell.playbook.playbook import EndpointKind
from keepwell.playbook.templates import check_templates

Part = dict[str, Any]


def compile_plays(check: Checker, owner: str) -> list[Part]:
    """The plays of plays/, in the order of their ids; `owner` answers for those that name nobody."""
    return [_play(source, owner, check) for _, source in sorted(check.sources.of(kinds.Play).items())]


def _play(source: Source[kinds.Play], owner: str, check: Checker) -> Part:
    says = source.says
    for key in ("tasks", "emails", "webhooks"):
        check_templates(check, source, (key,), says.model_dump(mode="json")[key])
    criteria = exemplified(check, source, ("trigger", "condition"), says.trigger.condition, says.examples)
    return {
        "id": source.id,
        "name": says.name,
        "state": says.state.value,
        "segment": _segment(source, says.trigger.segment, check) or f"play:{source.id}",
        "passage": says.trigger.passage.value,
        "criteria": canonical(criteria),
        "owner": says.owner or owner,
        "description": says.description,
        "tasks": [_task(source, task, number, check) for number, task in enumerate(says.tasks)],
        "emails": [compile_email(source, e, ("emails", n), check) for n, e in enumerate(says.emails)],
        "webhooks": [_webhook(source, w, ("webhooks", n), check) for n, w in enumerate(says.webhooks)],
    }


def compile_email(source: Source[Any], email: kinds.Email, place: Place, check: Checker) -> Part:
    return {**email.model_dump(), "to": check.role(source, (*place, "to"), email.to)}


def _segment(source: Source[kinds.Play], segment: str | None, check: Checker) -> str | None:
    """The segment a play is triggered by."""
    known = check.sources.ids(kinds.Segment)
    if segment is not None and segment not in known:
        message = f"no segment is called {segment!r}; the name of its file counts"
        check.note(source, ("trigger", "segment"), message, nearest(segment, known))
    return segment


def _webhook(source: Source[kinds.Play], webhook: kinds.Webhook, place: Place, check: Checker) -> Part:
    """An endpoint there is, with what its kind needs."""
    known = check.sources.ids(kinds.Endpoint)
    endpoint = check.sources.of(kinds.Endpoint).get(webhook.endpoint)
    if webhook.endpoint not in known:
        message = f"no endpoint is called {webhook.endpoint!r}"
        check.note(source, (*place, "endpoint"), message, nearest(webhook.endpoint, known))
    elif endpoint and endpoint.says.kind is EndpointKind.SLACK:
        if not (webhook.message or {}).get("text"):
            check.note(source, place, "a slack endpoint needs a message with a text")
        if webhook.event:
            message = "a slack endpoint is sent a message, no event: leave the event out"
            check.note(source, (*place, "event"), message, at_key=True)
    elif endpoint:
        if not webhook.event:
            check.note(source, place, "a signed endpoint needs an event, such as health.became_poor")
        if webhook.message is not None:
            message = "a signed endpoint is sent Keepwell's payload, no message: leave the message out"
            check.note(source, (*place, "message"), message, at_key=True)
    return webhook.model_dump()


def _task(source: Source[kinds.Play], task: kinds.Task, number: int, check: Checker) -> Part:
    place: Place = ("tasks", number)
    after = task.post_completion
    settings = check.facts(source, (*place, "post_completion", "set_attributes"), after.set_attributes)
    return {
        **task.model_dump(mode="json"),
        "assign_to": check.role(source, (*place, "assign_to"), task.assign_to),
        "post_completion": {
            "require_touchpoint": after.require_touchpoint,
            "set_attributes": [
                [attribute.name, after.set_attributes[given]] for given, (attribute, _) in settings.items()
            ],
            "follow_up": after.follow_up,
        },
    }
