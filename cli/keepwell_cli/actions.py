"""What a play does, in words."""

from collections.abc import Iterator

from keepwell.plays import Existing, Play, PlayState
from keepwell.plays.play import Deeds
from keepwell.plays.steps import deeds_of
from keepwell.standings import Passage


def moment_of(play: Play) -> str:
    """When it acts: `on entry`, `on exit`, and what is special about it."""
    when = "on entry" if play.passage is Passage.ENTERED else "on exit"
    if play.existing is Existing.ACT:
        when += ", and for those inside at its activation"
    return when if play.state is PlayState.LIVE else f"{when}, {_NOT_LIVE[play.state]}"


_NOT_LIVE = {
    PlayState.DRAFT: "once it is more than a draft",
    PlayState.SHADOW: "in shadow: noted, not done",
    PlayState.RETIRED: "no more: it is retired",
}


def actions_of(play: Play) -> Iterator[str]:
    """Its actions, one by one; the texts of tasks and mails are templates still. A step's say which."""
    for place, deeds in deeds_of(play):
        before = f"step {place}: " if place else ""
        yield from (f"{before}{action}" for action in _actions(deeds))


def _actions(deeds: Deeds) -> Iterator[str]:
    yield from (f"add the tag {tag}" for tag in deeds.add_tags)
    yield from (f"remove the tag {tag}" for tag in deeds.remove_tags)
    yield from (f"set {name} to {value}" for name, value in deeds.set_attributes)
    yield from (f"task for {task.assign_to}: {task.title}" for task in deeds.tasks)
    yield from (f"mail to {email.to}: {email.subject}" for email in deeds.emails)
    yield from (f"webhook to {webhook.endpoint}" for webhook in deeds.webhooks)
    yield from (f"touchpoint ({each.type}): {each.subject}" for each in deeds.touchpoints)
    yield from (f"start the play {started}" for started in deeds.starts)
