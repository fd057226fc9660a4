"""Reading plays back from a bundle."""

from collections.abc import Mapping, Sequence
from typing import Any

from keepwell.attributes import Catalogue
from keepwell.criteria import parse
from keepwell.plays import EmailAction, Existing, Play, PlayState, TaskAction, WebhookAction
from keepwell.plays.play import Deeds, TouchpointAction
from keepwell.plays.steps import Branch, Step, Wait
from keepwell.standings import Passage
from keepwell.tasks import FollowUp, PostCompletion, Priority

Part = Mapping[str, Any]


def read_play(part: Part, catalogue: Catalogue) -> Play:
    """A play of a bundle. One of before plays had steps has none."""
    criteria, of_users = part["criteria"], part.get("of") == "users"
    asked_of = catalogue.users if of_users and catalogue.users else catalogue
    return Play(
        id=part["id"],
        name=part["name"],
        state=PlayState(part["state"]),
        segment=part["segment"],
        owner=part["owner"],
        passage=Passage(part["passage"]),
        criteria=None if criteria is None else parse(criteria, catalogue),
        description=part["description"],
        steps=_steps(part.get("steps", ()), asked_of),
        existing=Existing(part.get("existing", Existing.BASELINE)),
        limit=part.get("limit"),
        minimum_confidence=part.get("minimum_confidence"),
        cool_down_days=part.get("cool_down_days"),
        of_users=of_users,
        dated_by=part.get("dated_by", ""),
        **_deeds(part),
    )


def _deeds(part: Part) -> dict[str, Any]:
    return {
        "tasks": tuple(_task(task) for task in part["tasks"]),
        "emails": tuple(EmailAction(**email) for email in part["emails"]),
        "webhooks": tuple(WebhookAction(**webhook) for webhook in part["webhooks"]),
        "touchpoints": tuple(_touchpoint(each) for each in part.get("touchpoints", ())),
        "add_tags": tuple(part.get("add_tags", ())),
        "remove_tags": tuple(part.get("remove_tags", ())),
        "set_attributes": _settings(part.get("set_attributes", ())),
        "starts": tuple(part.get("starts", ())),
    }


def _touchpoint(part: Part) -> TouchpointAction:
    lists = {name: tuple(part.get(name, ())) for name in ("participants", "reasons")}
    return TouchpointAction(**{**part, **lists})


def _steps(parts: Sequence[Part], catalogue: Catalogue) -> tuple[Step, ...]:
    return tuple(_step(part, catalogue) for part in parts)


def _step(part: Part, catalogue: Catalogue) -> Step:
    if "waits" in part:
        return Wait(**part["waits"])
    if "if" in part:
        then, otherwise = (_steps(part[side], catalogue) for side in ("then", "else"))
        return Branch(parse(part["if"], catalogue), then, otherwise)
    return Deeds(**_deeds(part["does"]))


def _task(part: Part) -> TaskAction:
    after = part["post_completion"]
    return TaskAction(
        **{
            **part,
            "priority": Priority(part["priority"]),
            "post_completion": PostCompletion(
                require_touchpoint=after["require_touchpoint"],
                set_attributes=_settings(after["set_attributes"]),
                follow_up=_follow_up(after["follow_up"]),
            ),
        }
    )


def _follow_up(part: Part | str | None) -> FollowUp | None:
    """In a bundle of before it could say more, its title."""
    if part is None or isinstance(part, str):
        return FollowUp(part) if part else None
    return FollowUp(**{**part, "priority": Priority(part["priority"])})


def _settings(pairs: Sequence[Sequence[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in pairs)
