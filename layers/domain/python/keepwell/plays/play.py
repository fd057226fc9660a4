"""Plays: what happens when an account enters or leaves a segment (product PLY-01).

Texts are Liquid templates over `account`, `transition` and `play` (see `keepwell.plays.rendering`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from keepwell.criteria import Condition
from keepwell.standings import Passage
from keepwell.tasks import NOTHING_MORE, PostCompletion, Priority

if TYPE_CHECKING:
    from keepwell.plays.steps import Step


class PlayState(StrEnum):
    """The life of a play (architecture section 5): a live one acts, a shadow records what it would do."""

    DRAFT = "draft"
    SHADOW = "shadow"
    LIVE = "live"
    RETIRED = "retired"

    @property
    def answers(self) -> bool:
        """Whether a play in this state answers passages, be it as a shadow."""
        return self in (PlayState.LIVE, PlayState.SHADOW)


class Existing(StrEnum):
    """What activating a play does about the accounts that are inside already: nothing, or act (SEG-08)."""

    BASELINE = "baseline"
    ACT = "act"


@dataclass(frozen=True)
class TaskAction:
    """Create a task. `assign_to` is a role, that is an attribute holding an e-mail (PLY-10), `manager:<role>`
    (USR-02), an address, or `pool:<id>` (TSK-04); an empty role falls to the play's owner. `due_in_days`
    counts from the transition's day; a task is not due before the day on which it is made."""

    title: str
    description: str
    assign_to: str
    due_in_days: int
    priority: Priority
    flow: str
    effort: float
    post_completion: PostCompletion = NOTHING_MORE
    due_in_working_days: int | None = None
    sla_hours: float | None = None
    sla_working_hours: float | None = None


@dataclass(frozen=True)
class EmailAction:
    """Send a mail to a role or an address, as for tasks. An `urgent` one waits for no quiet hours, and is in
    no digest."""

    to: str
    subject: str
    body: str
    urgent: bool = False


@dataclass(frozen=True)
class WebhookAction:
    """POST to an endpoint of the playbook.

    For a `slack` endpoint, `message` is a Block Kit message (`text` and `blocks`) whose strings are
    templates; for a `signed` one, `event` is the type of a Standard Webhooks payload.
    """

    endpoint: str
    event: str = ""
    message: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class TouchpointAction:
    """Log a touchpoint of the day; an internal note does not move Last Touch. A participant or a reason that
    comes to nothing is left out."""

    type: str
    subject: str
    content: str = ""
    flow: str = ""
    participants: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Deeds:
    """What is done at one moment. `set_attributes` are names and values as a CSV cell would hold them,
    `starts` are ids of other plays."""

    tasks: tuple[TaskAction, ...] = ()
    emails: tuple[EmailAction, ...] = ()
    webhooks: tuple[WebhookAction, ...] = ()
    touchpoints: tuple[TouchpointAction, ...] = ()
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    set_attributes: tuple[tuple[str, str], ...] = ()
    starts: tuple[str, ...] = ()

    @property
    def anything(self) -> bool:
        """Whether anything is done at all."""
        changed = self.add_tags or self.remove_tags or self.set_attributes or self.starts
        return bool(self.tasks or self.emails or self.webhooks or self.touchpoints or changed)


@dataclass(frozen=True)
class Play(Deeds):
    """A play: what it does at once, and the `steps` that follow.

    It is triggered by a passage of `segment`: a segment's id, its own `play:<id>` where it has a condition of
    its own (`criteria`), or nothing (empty) where only others, or people, start it.

    One that is `dated_by` a date attribute has a condition for the days on which it is triggered; it fires
    once for each value of the date, and is over when the account has another.

    What a segment does on entry or on exit is a play as well, with the id `<segment>:on-entry` or
    `<segment>:on-exit` (SEG-08). `limit` is how many accounts it may fire for in one import or night before
    it is held (None: the larger of 25 and 20% of all). Where health is known with less confidence than
    `minimum_confidence` percent, it does nothing; nor, for `cool_down_days` from the day on which it fired,
    for the same account. One `of_users` is about people: its conditions ask of the person, whose tags it
    sets.
    """

    id: str
    name: str
    state: PlayState
    segment: str
    owner: str
    passage: Passage = Passage.ENTERED
    criteria: Condition | None = None
    description: str = ""
    steps: tuple["Step", ...] = ()
    existing: Existing = Existing.BASELINE
    limit: int | None = None
    minimum_confidence: int | None = None
    cool_down_days: int | None = None
    dated_by: str = ""
    of_users: bool = False

    @property
    def is_shadow(self) -> bool:
        return self.state is PlayState.SHADOW

    def as_shadow(self) -> "Play":
        return replace(self, state=PlayState.SHADOW)
