"""The kinds of YAML file a playbook is made of; docs/reference/playbook.md shows one of each.

A file's name without `.yaml` is the id of what it describes. A key that is not listed here is an error.
"""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from keepwell.assignment.pools import Logic
from keepwell.assignment.rules import OwnerChange, TaskMail
from keepwell.attributes import Kind as AttributeKind
from keepwell.health import MissingPolicy, Scoring
from keepwell.playbook.actions import Deeds, EntryActions, EntryTags, ExitActions, ExitTags, Trigger
from keepwell.playbook.fields import (
    STRICT,
    WEEKDAYS,
    Address,
    Cell,
    Cells,
    Days,
    Encoding,
    Facts,
    Feature,
    Group,
    Hours,
    Name,
    Text,
    TimeZone,
    WebAddress,
    Weekday,
    WorkingHours,
)
from keepwell.playbook.playbook import EndpointKind
from keepwell.playbook.sources import Complete, Delimiter, ObjectName, Pull, Quote, Source
from keepwell.plays import PlayState


class _Kind(BaseModel):
    model_config = STRICT


class Bands(_Kind):
    """The lowest scores of Good and Average (product HLT-08), and what keeps health from flapping."""

    good: int = Field(75, ge=1, le=100)
    average: int = Field(50, ge=0, le=99)
    dead_band: int = Field(0, ge=0, le=50)
    settle_days: int = Field(0, ge=0, le=90)

    @model_validator(mode="after")
    def _in_order(self) -> "Bands":
        if self.average >= self.good:
            raise ValueError(f"average ({self.average}) must be below good ({self.good})")
        return self

    @model_validator(mode="after")
    def _every_band_can_be_reached(self) -> "Bands":
        if self.dead_band and self.good + self.dead_band > 100:
            raise ValueError(
                f"with a dead_band of {self.dead_band} no score would lead back to Good: good + dead_band is "
                f"{self.good + self.dead_band}, and may be 100 at most"
            )
        if self.dead_band and 0 < self.average <= self.dead_band:
            raise ValueError(
                f"with a dead_band of {self.dead_band} no score would lead down to Poor: it must be below "
                f"average ({self.average})"
            )
        return self


class Usage(_Kind):
    """What the product is made of, as usage events call it: what is not said is not measured."""

    modules: list[Text] = []
    core_features: list[Feature] = []
    new_features: list[Feature] = []
    first_value: Feature | None = None


class Calendar(_Kind):
    """On which days the company works, and from when to when; due dates and service levels may count these.
    Between `quiet_hours`, and on days on which nobody works, mails to members wait, those that are tried
    again as well; urgent ones do not (D6)."""

    working_days: Annotated[list[Weekday], Field(min_length=1)] = list(WEEKDAYS[:5])
    holidays: list[date] = []
    working_hours: WorkingHours = "09:00 to 17:00"
    quiet_hours: Hours | None = None


class Noise(_Kind):
    """How often members are interrupted: what is over the `daily_cap` of a day is told in one digest (D6)."""

    daily_cap: int | None = Field(None, ge=0, le=1000)


class Tasks(_Kind):
    """What holds for all tasks: `outcomes` of the company's own, beside the standard ones (D10), what becomes
    of open ones where a role changes hands (TSK-09), how members hear of new ones (TSK-10)."""

    outcomes: list[Name] = []
    on_owner_change: OwnerChange = OwnerChange.KEEP
    mail: TaskMail = TaskMail.EACH


class Company(_Kind):
    """keepwell.yaml: which blocs are installed and what holds for everything. Of the attributes in
    `prefer_computed` what Keepwell computes wins over what it is told; of those in `systems_of_record` what
    one source tells wins over what any other does. `plays` are the states of plays that ship, by id."""

    owner: Address
    blocs: list[Text] = []
    time_zone: TimeZone = "UTC"
    bands: Bands = Bands()
    usage: Usage = Usage()
    prefer_computed: list[Text] = []
    systems_of_record: dict[str, Text] = {}
    calendar: Calendar = Calendar()
    tasks: Tasks = Tasks()
    plays: dict[str, PlayState] = {}
    noise: Noise = Noise()


class Bloc(_Kind):
    """bloc.yaml: what a bloc is for. `requires` names the blocs whose parts it refers to."""

    name: Text
    goal: Text
    requires: list[Text] = []


class Case(BaseModel):
    """The facts of one example, by attribute. `history` has values of earlier days, each until the next,
    `people` the facts of each person, `usage` how often an action was done on which days."""

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, Cell]

    history: dict[str, dict[date, Cell]] = {}
    people: list[dict[str, Cell]] = []
    usage: dict[str, dict[date, Annotated[int, Field(ge=1)]]] = {}

    @property
    def facts(self) -> Facts:
        return self.__pydantic_extra__

    def as_json(self) -> dict[str, Any]:
        """As `keepwell check --facts` takes it."""
        history = {
            name: {day.isoformat(): text for day, text in past.items()} for name, past in self.history.items()
        }
        usage = {
            action: {day.isoformat(): times for day, times in days.items()}
            for action, days in self.usage.items()
        }
        return {**self.facts, "history": history, "people": self.people, "usage": usage}


class Examples(_Kind):
    """Facts that must match a condition and facts that must not, as of the day `on`."""

    on: date = date(2026, 1, 1)
    match: Annotated[list[Case], Field(min_length=1)]
    no_match: Annotated[list[Case], Field(min_length=1)]


class _AttributeShape(_Kind):
    kind: AttributeKind
    values: list[Cell] = []
    aliases: list[Text] = []
    value_aliases: dict[str, Cell] = {}
    lifecycle: bool = False
    end_stages: list[Cell] = []
    description: str = ""


class Attribute(_AttributeShape):
    """attributes/<id>.yaml. A `role` holds who of the team has it at the account, by e-mail address."""

    name: Name
    formula: str = ""
    role: bool = False
    of: Literal["account", "user", "collection"] = "account"


class AccountMetric(_Kind):
    """A metric of the account model. `attribute` is the one whose value is shown: the one called `name`
    unless it says otherwise. What is older than `max_age_days` counts as missing."""

    name: Text
    attribute: Text | None = None
    good: Text
    poor: Text
    max_age_days: int | None = Field(None, ge=0, le=3650)


class Metric(AccountMetric):
    """A metric of a profile, where it has a weight and gives points."""

    weight: float = Field(1.0, gt=0, allow_inf_nan=False)
    scoring: Scoring = Scoring.BANDS
    missing: MissingPolicy | None = None


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

    metrics: Annotated[list[AccountMetric], Field(min_length=1)]


class Link(_Kind):
    """A page that helps (SEG-15)."""

    title: Name
    url: WebAddress


class _Segment(_Kind):
    name: Name
    criteria: Text
    description: str = ""
    owner: Address | None = None
    leave: Text | None = None
    minimum_stay_days: Days = 0
    cool_down_days: Days = 0
    playbook: str = ""
    links: list[Link] = []
    group: Group = ""
    examples: Examples | None = None


class Segment(_Segment):
    """segments/<id>.yaml"""

    of: Literal["accounts", "users"] = "accounts"
    on_entry: EntryActions | None = None
    on_exit: ExitActions | None = None


class UserSegment(_Segment):
    """segments/<id>.yaml with `of: users`: a segment of people. Its triggers set tags and nothing else."""

    of: Literal["users"]
    on_entry: EntryTags | None = None
    on_exit: ExitTags | None = None


class Play(Deeds):
    """plays/<id>.yaml. `owner` gets what no role holds: keepwell.yaml's unless the play names its own.
    Without a trigger it acts when another play starts it. With `of: users` it is about people, and answers
    passages of a segment of users, or is started by hand."""

    name: Text
    of: Literal["accounts", "users"] = "accounts"
    trigger: Trigger | None = None
    state: PlayState
    owner: Address | None = None
    description: str = ""
    minimum_confidence: int | None = Field(None, ge=1, le=100)
    cool_down_days: int | None = Field(None, ge=1, le=3650)
    examples: Examples | None = None

    @model_validator(mode="after")
    def _about_people(self) -> "Play":
        if self.of == "users":
            if self.trigger is None or not (self.trigger.segment or self.trigger.by_hand):
                raise ValueError(
                    "a play of users is triggered by a segment of users, or by hand: name it under trigger"
                )
            if self.minimum_confidence is not None:
                raise ValueError("minimum_confidence is about accounts: take it out of a play of users")
        return self


class Endpoint(_Kind):
    """endpoints/<id>.yaml. The address and the secret are set on the stack, never here."""

    kind: EndpointKind
    description: str = ""
    timeout_seconds: int = Field(15, ge=1, le=30)


class Pool(_Kind):
    """team/<id>.yaml: members of the team, of whom one gets each task for `pool:<id>` (TSK-04). `members` are
    the values that a member has one of, `match` what member and account have in common, each by the member's
    attribute. The `fallback` gets what nobody of the pool can have, else the play's owner."""

    name: Name
    logic: Logic
    members: dict[Text, Cells] = {}
    match: dict[Text, Text] = {}
    fallback: Address | None = None


class Created(_AttributeShape):
    """An attribute that a mapping declares, of its object; its key is the name."""


class Mapping(_Kind):
    """mappings/<id>.yaml: how a foreign file's columns become attributes (INT-05)."""

    object: ObjectName
    columns: Annotated[dict[str, Source], Field(min_length=1)]
    files: list[Text] = []
    headers: list[Text] = []
    encoding: Encoding | None = None
    delimiter: Delimiter | None = None
    quote: Quote | None = None
    header_row: int | None = Field(None, ge=1, le=1000)
    trailing_rows: int | None = Field(None, ge=0, le=1000)
    sheet: Text | None = None
    blank: Literal["keep", "clear"] = "keep"
    observed_at: Source | None = None
    complete: Complete | None = None
    pull: Pull | None = None
    creates: dict[Name, Created] = {}
    tables: dict[Text, dict[Cell, Cell]] = {}
