"""The kinds of YAML file a playbook is made of; docs/reference/playbook.md shows one of each.

A file's name without `.yaml` is the id of what it describes. A key that is not listed here is an error.
"""

import codecs
from datetime import date, datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from keepwell.attributes import Kind as AttributeKind
from keepwell.health import MissingPolicy
from keepwell.playbook.playbook import EndpointKind
from keepwell.plays import PlayState
from keepwell.standings import Passage
from keepwell.tasks import Priority


def _as_cell(value: object) -> object:
    """A YAML scalar or list as the text a CSV cell would hold, so that both are read in one way."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list):
        return ", ".join(str(_as_cell(item)) for item in value)
    return str(value) if isinstance(value, int | float) else value


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"{name!r} is no time zone; write one such as Europe/Berlin")
    return str(ZoneInfo(name))


def _known_encoding(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError:
        raise ValueError(f"{name!r} is no text encoding; write one such as cp1252") from None


def _address(text: str) -> str:
    local, at, domain = text.rpartition("@")
    if not (local and at and "." in domain) or any(character.isspace() for character in text):
        raise ValueError(f"{text!r} is no e-mail address")
    return text


def _name(text: str) -> str:
    if text != " ".join(text.split()) or not 1 <= len(text) <= 100:
        raise ValueError("a name is one line of 1 to 100 characters, with no blanks around it or doubled")
    return text


Cell = Annotated[str, BeforeValidator(_as_cell)]
Address = Annotated[str, AfterValidator(_address)]
Text = Annotated[str, Field(min_length=1)]
Name = Annotated[str, AfterValidator(_name)]
Facts = dict[str, Cell]


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
    time_zone: Annotated[str, AfterValidator(_known_zone)] = "UTC"
    bands: Bands = Bands()


class Bloc(_Kind):
    """bloc.yaml: what a bloc is for. `requires` names the blocs whose parts it refers to."""

    name: Text
    goal: Text
    requires: list[Text] = []


class Case(BaseModel):
    """The facts of one example, by attribute; `history` has values of days before, each until the next."""

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, Cell]

    history: dict[str, dict[date, Cell]] = {}

    @property
    def facts(self) -> Facts:
        return self.__pydantic_extra__


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


class Segment(_Kind):
    """segments/<id>.yaml"""

    name: Text
    criteria: Text
    description: str = ""
    owner: Address | None = None
    examples: Examples | None = None


class Trigger(_Kind):
    """What starts a play: entering (or leaving) a segment, or a condition of the play's own."""

    segment: Text | None = None
    condition: Text | None = None
    passage: Passage = Passage.ENTERED

    @model_validator(mode="after")
    def _one_of_two(self) -> "Trigger":
        if (self.segment is None) == (self.condition is None):
            raise ValueError("a trigger has either a segment or a condition")
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


class Play(_Kind):
    """plays/<id>.yaml. `owner` gets what no role holds: keepwell.yaml's unless the play names its own."""

    name: Text
    trigger: Trigger
    state: PlayState
    owner: Address | None = None
    description: str = ""
    tasks: list[Task] = []
    emails: list[Email] = []
    webhooks: list[Webhook] = []
    examples: Examples | None = None

    @model_validator(mode="after")
    def _does_something(self) -> "Play":
        if not (self.tasks or self.emails or self.webhooks):
            raise ValueError("a play needs at least one of tasks, emails and webhooks")
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
    encoding: Annotated[str, AfterValidator(_known_encoding)] | None = None
    blank: Literal["keep", "clear"] = "keep"
