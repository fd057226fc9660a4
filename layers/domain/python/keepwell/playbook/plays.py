"""Plays, checked and in their compiled form."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from keepwell.attributes import TAGS, Catalogue, Kind
from keepwell.criteria import Condition
from keepwell.imports.columns import ID
from keepwell.playbook import kinds
from keepwell.playbook.actions import Changes, Deeds, Email, FollowUp, Step, Tags, Task, Trigger, Webhook
from keepwell.playbook.checking import Checker, canonical
from keepwell.playbook.documents import Place
from keepwell.playbook.examples import exemplified
from keepwell.playbook.findings import nearest
from keepwell.playbook.loading import Source
from keepwell.playbook.play_steps import compile_steps, steps_within
from keepwell.playbook.playbook import EndpointKind
from keepwell.playbook.pools import compile_assignee, compile_recipient
from keepwell.playbook.slack import check_slack
from keepwell.playbook.templates import check_templates
from keepwell.plays import PlayState
from keepwell.plays.dates import window

Part = dict[str, Any]

_NO_TRIGGER = Trigger.model_construct()  # a trigger read from a file has something to begin with


def compile_plays(check: Checker, owner: str) -> list[Part]:
    """The plays of plays/, in the order of their ids; `owner` answers for those that name nobody."""
    _check_started(check)
    return [_play(source, owner, check) for _, source in sorted(check.sources.of(kinds.Play).items())]


def _play(source: Source[kinds.Play], owner: str, check: Checker) -> Part:
    says = source.says
    trigger = says.trigger or _NO_TRIGGER
    criteria = _criteria(source, trigger, check)
    own = f"play:{source.id}" if trigger.condition or trigger.date else ""
    return {
        "id": source.id,
        "name": says.name,
        "of": says.of,
        "state": says.state.value,
        "segment": _segment(source, trigger.segment, check) or own,
        "passage": trigger.passage.value,
        "criteria": canonical(criteria),
        "owner": says.owner or owner,
        "description": says.description,
        "existing": trigger.existing.value,
        "minimum_confidence": says.minimum_confidence,
        "cool_down_days": says.cool_down_days,
        "limit": says.limit,
        "dated_by": _dated_by(trigger, check),
        **_deeds(source, (), says, check),
        "steps": compile_steps(source, ("steps",), says.steps, _deeds, check),
    }


def _deeds(source: Source[kinds.Play], place: Place, says: Deeds | Step, check: Checker) -> Part:
    """What is done at one moment."""
    texts = says.model_dump(mode="json")
    for key in ("tasks", "emails", "webhooks", "touchpoints"):
        check_templates(check, source, (*place, key), texts[key], of_users=source.says.of == "users")
    tasks = [_task(source, task, (*place, "tasks", n), check) for n, task in enumerate(says.tasks)]
    tasks_for = {task["assign_to"] for task in tasks}
    return {
        "tasks": tasks,
        "emails": compile_emails(source, (*place, "emails"), says.emails, check, tasks_for),
        "webhooks": [
            _webhook(source, hook, (*place, "webhooks", n), check) for n, hook in enumerate(says.webhooks)
        ],
        "touchpoints": texts["touchpoints"],
        **_changes(source, place, says, check),
    }


def _changes(source: Source[kinds.Play], place: Place, says: Deeds | Step, check: Checker) -> Part:
    """What is done to the account; of a play of users, to the person."""
    if source.says.of == "accounts":
        return compile_changes(source, place, says, check)
    if more := [key for key in ("set", "start") if getattr(says, key)]:
        message = "a play of users changes the tags of the person, and starts no other play: take out "
        check.note(source, (*place, more[0]), message + ", ".join(more))
    tags = compile_tags(source, place, says, check, check.catalogue.users)
    return {**tags, "set_attributes": [], "starts": []}


def _criteria(source: Source[kinds.Play], trigger: Trigger, check: Checker) -> Condition | None:
    """The condition of the play's own, with its examples tried on it."""
    place, text = ("trigger", "condition"), trigger.condition
    if trigger.date is not None:
        place, text = ("trigger", "date"), None
        attribute = check.attribute(source, place, trigger.date)
        if attribute is not None and attribute.kind is not Kind.DATE:
            check.note(source, place, f"{attribute.name} is no date")
        elif attribute is not None:
            text = str(window(attribute, trigger.days_before, trigger.days_after, trigger.catch_up_days))
    return exemplified(check, source, place, text, source.says.examples)


def _dated_by(trigger: Trigger, check: Checker) -> str:
    attribute = check.catalogue.find(trigger.date) if trigger.date is not None else None
    return attribute.name if attribute else ""


def compile_changes(source: Source[Any], place: Place, says: Changes, check: Checker) -> Part:
    """What is done to the account itself, and which plays are started."""
    tags = compile_tags(source, place, says, check)
    for number, play in enumerate(says.start):
        _check_start(source, (*place, "start", number), play, check)
    settings = _settings(source, (*place, "set"), says.set, check)
    return {**tags, "set_attributes": settings, "starts": says.start}


def compile_tags(
    source: Source[Any], place: Place, says: Tags, check: Checker, catalogue: Catalogue | None = None
) -> Part:
    """The tags added and removed, of accounts or as `catalogue` has them."""
    tags = (catalogue or check.catalogue)[TAGS.name]
    for key, listed in (("add_tags", says.add_tags), ("remove_tags", says.remove_tags)):
        for number, tag in enumerate(listed):
            check.value(source, (*place, key, number), tags, tag)
    return {"add_tags": says.add_tags, "remove_tags": says.remove_tags}


def _check_start(source: Source[Any], place: Place, play: str, check: Checker) -> None:
    plays = check.sources.of(kinds.Play)
    if plays.get(play) is source:
        check.note(source, place, "a play does not start itself")
    elif play not in check.sources.ids(kinds.Play):
        message = f"no play is called {play!r}; the name of its file counts"
        check.note(source, place, message, nearest(play, check.sources.ids(kinds.Play)))
    elif play in plays and plays[play].says.state in (PlayState.DRAFT, PlayState.RETIRED):
        check.warn(source, place, f"{play} is {plays[play].says.state.value}: starting it does nothing")


def _check_started(check: Checker) -> None:
    """That what has no trigger is started by something."""
    plays, segments = check.sources.of(kinds.Play), check.sources.of(kinds.Segment)
    actions = [actions for each in segments.values() for actions in (each.says.on_entry, each.says.on_exit)]
    starting: list[Changes] = [each for each in actions if each]
    for source in plays.values():
        starting += [source.says, *steps_within(source.says.steps)]
    started = {play for says in starting for play in says.start}
    for id_, source in plays.items():
        if not (source.says.trigger or id_ in started or source.says.state is PlayState.RETIRED):
            message = (
                "nothing starts this play: give it a trigger (`by_hand: true` where people start it), or "
                "name it under `start` of another"
            )
            check.warn(source, (), message)


def _settings(
    source: Source[Any], place: Place, values: Mapping[str, str], check: Checker
) -> list[list[str]]:
    """Attributes and their texts; each can be set, to a value of its kind (a blank clears it)."""
    read = check.facts(source, place, values)
    for given, (attribute, _) in read.items():
        if attribute.computed or attribute.name == ID:
            message = f"{attribute.name} cannot be set: Keepwell fills it"
            check.note(source, (*place, given), message, at_key=True)
        if attribute.name == TAGS.name:
            message = "tags are not set as a whole: use add_tags and remove_tags"
            check.note(source, (*place, given), message, at_key=True)
    return [[attribute.name, values[given]] for given, (attribute, _) in read.items()]


def _follow_up(source: Source[Any], place: Place, says: FollowUp | None, check: Checker) -> Part | None:
    if says is None:
        return None
    there = (*place, "assign_to")
    assign_to = says.assign_to and compile_assignee(source, there, says.assign_to, check)
    return {**says.model_dump(mode="json"), "assign_to": assign_to or ""}


def compile_emails(
    source: Source[Any],
    place: Place,
    emails: Sequence[Email],
    check: Checker,
    tasks_for: Collection[str] = (),
) -> list[Part]:
    """Mails, each to somebody; `tasks_for` are whom the tasks of the same moment are for."""
    return [
        {
            **email.model_dump(),
            "to": compile_recipient(source, (*place, number, "to"), email.to, tasks_for, check),
        }
        for number, email in enumerate(emails)
    ]


def _segment(source: Source[kinds.Play], segment: str | None, check: Checker) -> str | None:
    """The segment a play is triggered by."""
    accounts, users = check.sources.ids(kinds.Segment), check.sources.ids(kinds.UserSegment)
    known, others = (users, accounts) if source.says.of == "users" else (accounts, users)
    if segment is None or segment in known:
        return segment
    meant = None
    if segment in others and others is users:
        message = f"{segment!r} is a segment of users: say `of: users` if the play is about people"
    elif segment in others:
        message = f"{segment!r} is a segment of accounts: leave `of: users` out"
    else:
        message = f"no segment is called {segment!r}; the name of its file counts"
        meant = nearest(segment, known)
    check.note(source, ("trigger", "segment"), message, meant)
    return segment


def _webhook(source: Source[kinds.Play], webhook: Webhook, place: Place, check: Checker) -> Part:
    """An endpoint there is, with what its kind needs."""
    known = check.sources.ids(kinds.Endpoint)
    endpoint = check.sources.of(kinds.Endpoint).get(webhook.endpoint)
    if webhook.endpoint not in known:
        message = f"no endpoint is called {webhook.endpoint!r}"
        check.note(source, (*place, "endpoint"), message, nearest(webhook.endpoint, known))
    elif endpoint and endpoint.says.kind is EndpointKind.SLACK:
        if not (webhook.message or {}).get("text"):
            check.note(source, place, "a slack endpoint needs a message with a text")
        else:
            check_slack(check, source, (*place, "message"), webhook.message or {})
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


def _task(source: Source[kinds.Play], task: Task, place: Place, check: Checker) -> Part:
    after = task.post_completion
    settings = (*place, "post_completion", "set_attributes")
    return {
        **task.model_dump(mode="json"),
        "assign_to": compile_assignee(source, (*place, "assign_to"), task.assign_to, check),
        "post_completion": {
            "require_touchpoint": after.require_touchpoint,
            "set_attributes": _settings(source, settings, after.set_attributes, check),
            "follow_up": _follow_up(source, (*place, "post_completion", "follow_up"), after.follow_up, check),
        },
    }
