"""The playbook as the decision function reads it: compiled, immutable, named by its hash."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from zoneinfo import ZoneInfo

from keepwell.accounts import LASTING, Facts, Freshness, told_anew
from keepwell.addresses import is_address
from keepwell.assignment.pools import Pool
from keepwell.assignment.rules import OwnerChange, TaskMail
from keepwell.attributes import SEGMENTS, Catalogue
from keepwell.attributes.people import standard_user_catalogue
from keepwell.attributes.standard import declared
from keepwell.collections import standard_record_catalogue
from keepwell.criteria.users import UsersWhere
from keepwell.health import STANDARD_BANDS, Bands, Metric, Profile
from keepwell.health.judging import Judge
from keepwell.imports.mapping import ImportMapping
from keepwell.metrics.recipe import Recipe
from keepwell.metrics.usage import NO_PRODUCT, Product
from keepwell.noise.manners import Manners
from keepwell.plays import Existing, Play, PlayState
from keepwell.plays.steps import deeds_of
from keepwell.segments import Segment, UserSegment
from keepwell.segments.rules import Rules, rules_of
from keepwell.standings import Passage, Silence, Transition
from keepwell.tasks.outcomes import OUTCOMES
from keepwell.working_time import PLAIN_CALENDAR, Calendar

GROUPS = (
    "Periodic check-ins",
    "Health alerts",
    "Milestone events",
    "At-risk accounts",
    "Renewals upcoming",
)
"""The standard groups of My Command Center, in order (SEG-17); a segment may name another."""


SETTLING = timedelta(days=2)
"""After so long a night has looked at every account."""


class EndpointKind(StrEnum):
    SLACK = "slack"
    SIGNED = "signed"


@dataclass(frozen=True)
class Endpoint:
    """Where webhooks go. Its address (and the signing secret of a signed one) are secrets of the stack, never
    part of the playbook."""

    id: str
    kind: EndpointKind
    description: str = ""
    timeout_seconds: int = 15


@dataclass(frozen=True)
class Playbook:
    """Everything configured. `version` is the hash of the canonical bundle; `profiles` are in order, first
    match wins (HLT-04); `account_model` is the scorecard of the Account Health Model (HLT-14, HLT-15).
    `catalogue` has the attributes of accounts, `user_catalogue` those of people at the customer, whom
    `user_segments` are about, `record_catalogue` those of the records of collections. Of the attributes in
    `prefer_computed` what is computed wins over what is told.

    `activated` gives the moment a segment (by its id) or a play (as `play:<id>`) was activated; one that is
    absent was there from the start (1.14 row 23). `owner` is whom the operator's mail goes to; a bundle from
    before it was told has none. `pools` are those of the team, by id; `outcomes` are what can
    come of a task, `on_owner_change` is what becomes of open ones where a role changes hands, `task_mail` how
    members hear of new ones who say nothing else, `daily_cap` how often one is interrupted on a day.
    """

    version: str
    time_zone: ZoneInfo
    catalogue: Catalogue
    profiles: tuple[Profile, ...]
    account_model: tuple[Metric, ...]
    segments: tuple[Segment, ...]
    plays: tuple[Play, ...]
    bands: Bands = STANDARD_BANDS
    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)
    mappings: Mapping[str, ImportMapping] = field(default_factory=dict)
    user_catalogue: Catalogue = field(default_factory=standard_user_catalogue)
    record_catalogue: Catalogue = field(default_factory=standard_record_catalogue)
    user_segments: tuple[UserSegment, ...] = ()
    product: Product = NO_PRODUCT
    prefer_computed: frozenset[str] = frozenset()
    activated: Mapping[str, datetime] = field(default_factory=dict)
    owner: str = ""
    calendar: Calendar = PLAIN_CALENDAR
    outcomes: tuple[str, ...] = OUTCOMES
    pools: Mapping[str, Pool] = field(default_factory=dict)
    on_owner_change: OwnerChange = OwnerChange.KEEP
    task_mail: TaskMail = TaskMail.EACH
    daily_cap: int | None = None

    @cached_property
    def manners(self) -> Manners:
        """How members are told of something."""
        return Manners(self.task_mail, self.calendar, self.time_zone, self.daily_cap)

    def including(self, mapping: ImportMapping) -> "Playbook":
        """The same with a mapping, and the attributes that it creates."""
        book = replace(self, mappings={**self.mappings, mapping.id: mapping})
        if mapping.object == "accounts":
            return replace(book, catalogue=self.catalogue.extended(map(declared, mapping.creates)))
        if mapping.object == "users":
            users = self.user_catalogue.extended(mapping.creates)
            return replace(book, user_catalogue=users, catalogue=self.catalogue.with_users(users))
        if mapping.object == "collections":
            return replace(book, record_catalogue=self.record_catalogue.extended(mapping.creates))
        return book

    def owner_of(self, play_id: str) -> str:
        """Who answers for a play; the playbook's owner where there is no such play."""
        return next((play.owner for play in self.plays if play.id == play_id), "") or self.owner

    @cached_property
    def owners(self) -> frozenset[str]:
        """Who answers for it, or for one of its plays, in small letters; they need not be of the team."""
        return _addresses(self.owner, *(play.owner for play in self.plays))

    @cached_property
    def assignees(self) -> frozenset[str]:
        """Whom it gives tasks by name, in small letters: its owners, the fallbacks of its pools, and who
        stands in a play."""
        tasks = [task for play in self.plays for _, deeds in deeds_of(play) for task in deeds.tasks]
        follow_ups = [task.post_completion.follow_up for task in tasks]
        told = [task.assign_to for task in tasks] + [each.assign_to for each in follow_ups if each]
        fallbacks = (pool.fallback for pool in self.pools.values())
        return self.owners | _addresses(*told, *fallbacks)

    @cached_property
    def recipe(self) -> Recipe:
        """How values are computed; made once."""
        return Recipe(self.catalogue, self.product, self.prefer_computed)

    @cached_property
    def rules(self) -> Rules:
        """What memberships are decided by, in their order, and how far conditions look back; made once."""
        return rules_of(self.recipe, self.segments, self.plays, self.profiles, self.account_model)

    @cached_property
    def reads_people(self) -> bool:
        """Whether anything is decided by the people of an account; else they are not even read."""
        return bool(self.user_segments) or any(isinstance(each, UsersWhere) for each in self.rules.sought)

    def concerned_by(self, before: Facts, after: Facts, now: datetime) -> bool:
        """Whether anything may be decided otherwise because an account's facts changed so.

        Where it says no, `evaluate` concludes the same of both, whatever else it reads. Within SETTLING of an
        activation every change concerns: the account's first look has to come before its first entry, or that
        would pass for one from before (1.14 row 23).
        """
        if any(now - at < SETTLING for at in self.activated.values()):
            return True
        if (before.provenance, before.created_at) != (after.provenance, after.created_at):
            return True
        anew = told_anew(before, after)
        seen = (self.rules.read, self.lifecycles, self.watched_roles)
        return not all(anew.isdisjoint(each) for each in seen)

    @cached_property
    def judge(self) -> Judge:
        """What health is judged by, made once."""
        return Judge(self)

    @cached_property
    def freshness(self) -> Freshness:
        """For how many days what is told of a fact counts: as many as the strictest metric allows that reads
        it, or reads what is computed of it."""
        metrics = (*self.account_model, *(metric for profile in self.profiles for metric in profile.metrics))
        days: dict[str, int] = {}
        for metric in metrics:
            if metric.max_age_days is not None:
                for name in frozenset(metric.reads).union(*map(self.recipe.sources_of, metric.reads)):
                    days[name] = min(metric.max_age_days, days.get(name, metric.max_age_days))
        return Freshness(dict(sorted(days.items())), self.time_zone) if days else LASTING

    @cached_property
    def lifecycles(self) -> tuple[str, ...]:
        """The names of the attributes whose changes are told as stages (HLT-23)."""
        return tuple(attribute.name for attribute in self.catalogue if attribute.lifecycle)

    @cached_property
    def watched_roles(self) -> tuple[str, ...]:
        """The roles that hand tasks over where they change hands (TSK-09)."""
        if self.on_owner_change is OwnerChange.KEEP:
            return ()
        return tuple(attribute.name for attribute in self.catalogue if attribute.role)

    @cached_property
    def newest_activation(self) -> datetime:
        """The start of time where nothing was activated."""
        return max(self.activated.values(), default=datetime(1970, 1, 1, tzinfo=UTC))

    def answers(self, transition: Transition) -> tuple[Play, ...]:
        """The live and shadow plays that a transition triggers, in order. Of one in the cool-down none; of
        one that marks who was there already, or that is older than the play's activation (it may have waited
        for a person), only those that act on existing members."""
        if transition.silence is Silence.COOL_DOWN:
            return ()
        return tuple(
            play
            for play in self._acting(transition.segment, transition.passage)
            if play.existing is Existing.ACT
            or (transition.silence is None and not self._precedes(transition, play))
        )

    def _precedes(self, transition: Transition, play: Play) -> bool:
        activated = self.activated.get(f"play:{play.id}")
        return activated is not None and transition.at < activated

    @cached_property
    def drafted(self) -> frozenset[str]:
        """What triggers drafts that have a condition of their own: it is known who is inside, and nobody acts
        on it."""
        drafts = (play for play in self.plays if play.state is PlayState.DRAFT)
        return frozenset(play.segment for play in drafts if play.criteria is not None)

    def concerns(self, transition: Transition) -> bool:
        """Whether a transition has effects: a play answers it, it is an exit that ends what a play does on
        entry (reliability T3), or did before it was retired, or a role that hands tasks over."""
        if transition.role:
            return transition.role in self.watched_roles
        ends = transition.passage is Passage.EXITED and any(
            (play.segment, play.passage) == (transition.segment, Passage.ENTERED)
            for play in self.plays
            if play.state is not PlayState.DRAFT
        )
        return ends or bool(self.answers(transition))

    def _acting(self, segment: str, passage: Passage) -> tuple[Play, ...]:
        return tuple(
            play
            for play in self.plays
            if play.state.answers and (play.segment, play.passage) == (segment, passage)
        )


def _addresses(*told: str) -> frozenset[str]:
    return frozenset(each.lower() for each in told if is_address(each))


def naming_segments(catalogue: Catalogue, names: Mapping[str, str]) -> Catalogue:
    """The catalogue in which a condition finds these segments, by name or by id, and no others.

    `names` are by id.
    """
    aliases = {id_.casefold(): name for id_, name in names.items()}
    segments = catalogue[SEGMENTS.name].but(values=tuple(names.values()), value_aliases=aliases)
    return catalogue.extended([segments])
