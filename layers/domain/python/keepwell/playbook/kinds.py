"""The kinds of YAML file a playbook is made of; docs/reference/playbook.md shows one of each.

A file's name without `.yaml` is the id of what it describes. A key that is not listed here is an error.
"""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from keepwell.attributes import Kind as AttributeKind
from keepwell.health import MissingPolicy
from keepwell.playbook.fields import (
    Address,
    Cell,
    Days,
    Encoding,
    Facts,
    Group,
    Name,
    Tag,
    Text,
    TimeZone,
    WebAddress,
)
from keepwell.playbook.playbook import EndpointKind
from keepwell.plays import Existing, PlayState
from keepwell.standings import Passage
from keepwell.tasks import Priority


class _Kind(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Bands(_Kind):
    """The lowest scores of Good and Average (product HLT-08)."""

    good: int = Field(75, ge=1, le=100)
    average: int = Field(50, ge=0, le=99)

    @model_validator(mode="after")
    def _in_order(self) -> "Bands":
        if self.average >= self.good:
            raise ValueError(f"average ({self.average}) must be below good ({self.good})")
        return self


class Company(_Kind):
    """keepwell.yaml: which blocs are installed and what holds for everything."""

    owner: Address
    blocs: list[Text] = []
    time_zone: TimeZone = "UTC"
    bands: Bands = Bands()


class Bloc(_Kind):
    """bloc.yaml: what a bloc is for. `requires` names the blocs whose parts it refers to."""

    name: Text
    goal: Text
    requires: list[Text] = []


class Case(BaseModel):
    """The facts of one example, by attribute; `history` has values of earlier days, each until the next."""

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, Cell]

    history: dict[str, dict[date, Cell]] = {}

    @property
    def facts(self) -> Facts:
        return self.__pydantic_extra__

    def as_json(self) -> dict[str, Any]:
        """As `keepwell check --facts` takes it."""
        history = {
            name: {day.isoformat(): text for day, text in past.items()} for name, past in self.history.items()
        }
        return {**self.facts, "history": history}


class Examples(_Kind):
    """Facts that must match a condition and facts that must not, as of the day `on`."""

    on: date = date(2026, 1, 1)
    match: Annotated[list[Case], Field(min_length=1)]
    no_match: Annotated[list[Case], Field(min_length=1)]


class Attribute(_Kind):
    """attributes/<id>.yaml"""

    name: Name
    kind: AttributeKind
    values: list[Cell] = []
    aliases: list[Text] = []
    value_aliases: dict[str, Cell] = {}
    lifecycle: bool = False
    description: str = ""


class Metric(_Kind):
    """`attribute` is the one whose value is shown: the one called `name` unless it says otherwise."""

    name: Text
    attribute: Text | None = None
    good: Text
    poor: Text
    weight: float = Field(1.0, gt=0, allow_inf_nan=False)


class Dimension(_Kind):
    name: Text
    weight: float = Field(gt=0, le=100)
    metrics: Annotated[list[Metric], Field(min_length=1)]


class Profile(_Kind):
    """health/<id>.yaml; the lowest `order` is tried first (HLT-04). Without criteria it takes every account;
    without dimensions it uses the Account Health Model."""

    name: Text
    order: int
    criteria: Text | None = None
    missing: MissingPolicy = MissingPolicy.EXCLUDE
    dimensions: list[Dimension] = []
    examples: Examples | None = None


class AccountModel(_Kind):
    """health/account-model.yaml: the scorecard of the Account Health Model (HLT-01)."""

    metrics: Annotated[list[Metric], Field(min_length=1)]


class Trigger(_Kind):
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


class PostCompletion(_Kind):
    """What closing a task asks for or does (PLY-11)."""

    require_touchpoint: bool = False
    set_attributes: Facts = {}
    follow_up: Text | None = None


class Task(_Kind):
    """A task to create (TSK-01). `assign_to` is a role (an attribute that holds an address) or an address."""

    title: Text
    description: Text
    assign_to: Text = "Success Manager"
    due_in_days: int = Field(0, ge=0, le=3650)
    priority: Priority = Priority.NORMAL
    flow: Text
    effort: float = Field(1.0, ge=0, le=1000)
    post_completion: PostCompletion = PostCompletion()


class Email(_Kind):
    """A mail to send; `to` as for tasks."""

    to: Text = "Success Manager"
    subject: Text
    body: Text


class Webhook(_Kind):
    """A POST to an endpoint: `message` for a slack one, `event` for a signed one."""

    endpoint: Text
    event: str = ""
    message: dict[str, Any] | None = None


class Actions(_Kind):
    """What is done to the account itself and which plays are started; `set` has values by attribute.

    For more than `limit` accounts of one import or night the play is held (default: the larger of 25 and 20%
    of all).
    """

    add_tags: list[Tag] = []
    remove_tags: list[Tag] = []
    set: Facts = {}
    start: list[Text] = []
    limit: int | None = Field(None, ge=1)

    @model_validator(mode="after")
    def _no_tag_twice(self) -> "Actions":
        added = {tag.casefold() for tag in self.add_tags}
        for tag in self.remove_tags:
            if tag.casefold() in added:
                raise ValueError(f"the tag {tag!r} is both added and removed")
        return self


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


class Link(_Kind):
    """A page that helps (SEG-15)."""

    title: Name
    url: WebAddress


class Segment(_Kind):
    """segments/<id>.yaml"""

    name: Name
    criteria: Text
    description: str = ""
    owner: Address | None = None
    leave: Text | None = None
    minimum_stay_days: Days = 0
    cool_down_days: Days = 0
    on_entry: EntryActions | None = None
    on_exit: ExitActions | None = None
    playbook: str = ""
    links: list[Link] = []
    group: Group = ""
    examples: Examples | None = None


DEEDS = ("tasks", "emails", "webhooks", "add_tags", "remove_tags", "set", "start")


class Play(Actions):
    """plays/<id>.yaml. `owner` gets what no role holds: keepwell.yaml's unless the play names its own.
    Without a trigger it acts when another play starts it."""

    name: Text
    trigger: Trigger | None = None
    state: PlayState
    owner: Address | None = None
    description: str = ""
    tasks: list[Task] = []
    emails: list[Email] = []
    webhooks: list[Webhook] = []
    examples: Examples | None = None

    @model_validator(mode="after")
    def _does_something(self) -> "Play":
        if not any(getattr(self, key) for key in DEEDS):
            raise ValueError(f"a play needs at least one of {', '.join(DEEDS)}")
        return self


class Endpoint(_Kind):
    """endpoints/<id>.yaml. The address and the secret are set on the stack, never here."""

    kind: EndpointKind
    description: str = ""
    timeout_seconds: int = Field(15, ge=1, le=30)


class Source(_Kind):
    """Where one attribute's text comes from: a column (bare text means its header), a constant or the row's
    number."""

    column: Text | None = None
    constant: Cell | None = None
    row_number: Text | None = None
    values: dict[str, Cell] = {}

    @model_validator(mode="before")
    @classmethod
    def _bare_text_is_a_column(cls, value: object) -> object:
        return {"column": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _exactly_one(self) -> "Source":
        if sum(part is not None for part in (self.column, self.constant, self.row_number)) != 1:
            raise ValueError("a source has exactly one of column, constant and row_number")
        if self.row_number is not None and "{row}" not in self.row_number:
            raise ValueError(
                f"row_number needs {{row}} in its text, as in tel-{{row}}, not {self.row_number!r}"
            )
        if self.values and self.column is None:
            raise ValueError("values translate the texts of a column; a constant or row_number has none")
        return self


class Mapping(_Kind):
    """mappings/<id>.yaml: how a foreign file's columns become attributes (INT-05)."""

    object: Literal["accounts"]
    columns: Annotated[dict[str, Source], Field(min_length=1)]
    encoding: Encoding | None = None
    blank: Literal["keep", "clear"] = "keep"
