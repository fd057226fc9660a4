"""What a segment or a play does, and what triggers it: the parts of their files."""

from typing import Any, Literal

from pydantic import BaseModel, Field, model_validator

from keepwell.playbook.fields import STRICT, Facts, Tag, Text
from keepwell.plays import Existing, PlayState
from keepwell.standings import Passage
from keepwell.tasks import Priority


class _Part(BaseModel):
    model_config = STRICT


class Trigger(_Part):
    """What starts a play: entering (or leaving) a segment, or a condition of the play's own."""

    segment: Text | None = None
    condition: Text | None = None
    passage: Passage = Passage.ENTERED
    existing: Existing = Existing.BASELINE

    @model_validator(mode="after")
    def _one_of_two(self) -> "Trigger":
        if (self.segment is None) == (self.condition is None):
            raise ValueError("a trigger has either a segment or a condition")
        if self.existing is Existing.ACT and self.passage is Passage.EXITED:
            raise ValueError("`existing: act` is about accounts inside: the passage is entered")
        return self


class _Due(_Part):
    """When a task is due, in days or in working days."""

    due_in_days: int = Field(0, ge=0, le=3650)
    due_in_working_days: int | None = Field(None, ge=0, le=1000)

    @model_validator(mode="after")
    def _one_of_two_counts(self) -> "_Due":
        if self.due_in_working_days is not None and "due_in_days" in self.model_fields_set:
            raise ValueError("a task has either due_in_days or due_in_working_days")
        return self


class FollowUp(_Due):
    """The task that closing another one creates; a text alone is its title. Without `assign_to` it goes to
    who has the task that is closed."""

    title: Text
    description: str = ""
    assign_to: Text | None = None
    priority: Priority = Priority.NORMAL
    effort: float = Field(1.0, ge=0, le=1000)

    @model_validator(mode="before")
    @classmethod
    def _of_a_title(cls, given: Any) -> Any:
        return {"title": given} if isinstance(given, str) else given


class PostCompletion(_Part):
    """What closing a task asks for or does (PLY-11)."""

    require_touchpoint: bool = False
    set_attributes: Facts = {}
    follow_up: FollowUp | None = None


class Task(_Due):
    """A task to create (TSK-01). `assign_to` is a role (an attribute that holds an address), an address, or
    `pool:<id>`."""

    title: Text
    description: Text
    assign_to: Text = "Success Manager"
    sla_hours: float | None = Field(None, gt=0, le=8760)
    priority: Priority = Priority.NORMAL
    flow: Text
    effort: float = Field(1.0, ge=0, le=1000)
    post_completion: PostCompletion = PostCompletion()


class Email(_Part):
    """A mail to send; `to` as for tasks."""

    to: Text = "Success Manager"
    subject: Text
    body: Text


class Webhook(_Part):
    """A POST to an endpoint: `message` for a slack one, `event` for a signed one."""

    endpoint: Text
    event: str = ""
    message: dict[str, Any] | None = None


class Tags(_Part):
    """The tags that are added and removed."""

    add_tags: list[Tag] = []
    remove_tags: list[Tag] = []

    @model_validator(mode="after")
    def _no_tag_twice(self) -> "Tags":
        added = {tag.casefold() for tag in self.add_tags}
        for tag in self.remove_tags:
            if tag.casefold() in added:
                raise ValueError(f"the tag {tag!r} is both added and removed")
        return self


class ExitTags(Tags):
    """What a segment of users does about a person who leaves it: tags, and nothing else."""

    @model_validator(mode="before")
    @classmethod
    def _tags_only(cls, given: Any) -> Any:
        known = EntryActions.model_fields.keys() - cls.model_fields.keys()
        if isinstance(given, dict) and (others := given.keys() & known):
            raise ValueError(
                f"triggers of a segment of users set tags only: take out {', '.join(sorted(others))}"
            )
        return given

    @model_validator(mode="after")
    def _does_something(self) -> "ExitTags":
        if not (self.add_tags or self.remove_tags):
            raise ValueError("there is nothing to do: name add_tags or remove_tags")
        return self


class EntryTags(ExitTags):
    """The same of a person who enters, and of those inside already (`existing`)."""

    existing: Existing = Existing.BASELINE


class Actions(Tags):
    """What is done to the account itself and which plays are started; `set` has values by attribute.

    For more than `limit` accounts of one import or night the play is held (default: the larger of 25 and 20%
    of all).
    """

    set: Facts = {}
    start: list[Text] = []
    limit: int | None = Field(None, ge=1)


class ExitActions(Actions):
    """What a segment does about an account that leaves it (SEG-08)."""

    notify: list[Email] = []
    state: Literal[PlayState.DRAFT, PlayState.SHADOW, PlayState.LIVE] = PlayState.LIVE

    @model_validator(mode="after")
    def _does_something(self) -> "ExitActions":
        if not (self.add_tags or self.remove_tags or self.set or self.notify or self.start):
            raise ValueError("there is nothing to do: name add_tags, remove_tags, set, notify or start")
        return self


class EntryActions(ExitActions):
    """What a segment does about an account that enters it, and about those inside already (`existing`)."""

    existing: Existing = Existing.BASELINE


class Deeds(Actions):
    """What a play does, which is something."""

    tasks: list[Task] = []
    emails: list[Email] = []
    webhooks: list[Webhook] = []

    @model_validator(mode="after")
    def _does_something(self) -> "Deeds":
        possible = ("tasks", "emails", "webhooks", "add_tags", "remove_tags", "set", "start")
        if not any(getattr(self, key) for key in possible):
            raise ValueError(f"a play needs at least one of {', '.join(possible)}")
        return self
