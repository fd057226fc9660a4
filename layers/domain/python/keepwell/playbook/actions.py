"""What a segment or a play does, and what triggers it: the parts of their files."""

from typing import Any, Literal

from pydantic import BaseModel, Field, model_validator

from keepwell.playbook.fields import STRICT, Facts, Line, Tag, Text
from keepwell.plays import Existing, PlayState
from keepwell.standings import Passage
from keepwell.tasks import Priority


class _Part(BaseModel):
    model_config = STRICT


class Trigger(_Part):
    """What starts a play: entering (or leaving) a segment, a condition of the play's own, a day that is so
    many days before or after a date (what is missed on that day is caught up with for some days more), or
    people and other plays alone."""

    segment: Text | None = None
    condition: Text | None = None
    date: Text | None = None
    days_before: int | None = Field(None, ge=0, le=3650)
    days_after: int | None = Field(None, ge=0, le=3650)
    catch_up_days: int = Field(7, ge=0, le=365)
    by_hand: bool = False
    passage: Passage = Passage.ENTERED
    existing: Existing = Existing.BASELINE

    @model_validator(mode="after")
    def _one_of_four(self) -> "Trigger":
        if [self.segment, self.condition, self.date, self.by_hand or None].count(None) != 3:
            raise ValueError("a trigger has either a segment, a condition or a date, or is by_hand")
        if self.date is None and {"days_before", "days_after", "catch_up_days"} & self.model_fields_set:
            raise ValueError("days_before, days_after and catch_up_days are about a date: name it")
        if self.date is not None and (self.days_before is None) == (self.days_after is None):
            raise ValueError("a date has either days_before or days_after")
        if self.date is not None and self.passage is Passage.EXITED:
            raise ValueError("a date comes, and is not left: take the passage out")
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

    title: Line
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
    """A task to create (TSK-01). `assign_to` is a role (an attribute that holds an address), `manager:` and a
    role (who leads its holder), an address, or `pool:<id>`."""

    title: Line
    description: Text
    assign_to: Text = "Success Manager"
    sla_hours: float | None = Field(None, gt=0, le=8760)
    sla_working_hours: float | None = Field(None, gt=0, le=2000)
    priority: Priority = Priority.NORMAL
    flow: Text
    effort: float = Field(1.0, ge=0, le=1000)
    post_completion: PostCompletion = PostCompletion()

    @model_validator(mode="after")
    def _one_service_level(self) -> "Task":
        if self.sla_hours is not None and self.sla_working_hours is not None:
            raise ValueError("a task has either sla_hours or sla_working_hours")
        return self


class Email(_Part):
    """A mail to send; `to` as for tasks. `pool:<id>` is who of it has the task of the same moment. One that
    is `urgent` is sent at once, whatever the noise budget says."""

    to: Text = "Success Manager"
    subject: Line
    body: Text
    urgent: bool = False


class Webhook(_Part):
    """A POST to an endpoint: `message` for a slack one, `event` for a signed one."""

    endpoint: Text
    event: str = ""
    message: dict[str, Any] | None = None


class Touchpoint(_Part):
    """A touchpoint to log (TCH-04); an internal note does not move Last Touch."""

    type: Text
    subject: Line
    content: str = ""
    flow: str = ""
    participants: list[Text] = []
    reasons: list[Text] = []


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


class Changes(Tags):
    """What is done to the account itself and which plays are started; `set` has values by attribute."""

    set: Facts = {}
    start: list[Text] = []


class Actions(Changes):
    """The same of an import or a night: for more than `limit` accounts of one the play is held (default: the
    larger of 25 and 20% of all)."""

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


DEEDS = ("tasks", "emails", "webhooks", "touchpoints", "add_tags", "remove_tags", "set", "start")
"""The keys of what is done at one moment."""

WAITS = ("wait_days", "wait_hours", "wait_working_days")


class Step(Changes):
    """One thing that a play does after another: it acts, waits, or goes one of two ways.

    A wait ends the run where the account has left the trigger by then, unless `unless_left` is false.
    """

    tasks: list[Task] = []
    emails: list[Email] = []
    webhooks: list[Webhook] = []
    touchpoints: list[Touchpoint] = []
    wait_days: int | None = Field(None, ge=1, le=3650)
    wait_hours: int | None = Field(None, ge=1, le=87600)
    wait_working_days: int | None = Field(None, ge=1, le=1000)
    unless_left: bool = True
    condition: Text | None = Field(None, alias="if")
    then: list["Step"] = []
    otherwise: list["Step"] = Field([], alias="else")

    @property
    def waits(self) -> bool:
        return any(getattr(self, key) is not None for key in WAITS)

    @model_validator(mode="after")
    def _one_thing(self) -> "Step":
        acts = any(getattr(self, key) for key in DEEDS)
        branches = self.condition is not None or bool(self.then or self.otherwise)
        if [acts, self.waits, branches].count(True) != 1:
            raise ValueError(
                f"a step does one thing: it acts ({', '.join(DEEDS)}), waits ({', '.join(WAITS)}), or "
                "branches (if, then, else)"
            )
        return self

    @model_validator(mode="after")
    def _whole(self) -> "Step":
        if self.waits and [getattr(self, key) for key in WAITS].count(None) != 2:
            raise ValueError(f"a step waits for one of {', '.join(WAITS)}")
        if "unless_left" in self.model_fields_set and not self.waits:
            raise ValueError("unless_left is about a wait")
        if self.condition is None and (self.then or self.otherwise):
            raise ValueError("then and else are about a condition: name it under `if`")
        if self.condition is not None and not (self.then or self.otherwise):
            raise ValueError("a condition needs steps under then or else")
        return self


class Deeds(Actions):
    """What a play does at once, and the steps that follow: something."""

    tasks: list[Task] = []
    emails: list[Email] = []
    webhooks: list[Webhook] = []
    touchpoints: list[Touchpoint] = []
    steps: list[Step] = []

    @model_validator(mode="after")
    def _does_something(self) -> "Deeds":
        possible = (*DEEDS, "steps")
        if not any(getattr(self, key) for key in possible):
            raise ValueError(f"a play needs at least one of {', '.join(possible)}")
        return self
