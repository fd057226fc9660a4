"""What memberships are decided by, in the order in which they are, made once per playbook."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from graphlib import CycleError, TopologicalSorter

from keepwell.attributes import SEGMENTS
from keepwell.criteria import Condition
from keepwell.criteria.analysis import furthest_lookbacks, segments_of
from keepwell.criteria.belonging import InSegment
from keepwell.criteria.beside import Sought, sought_by
from keepwell.criteria.compiling import CompiledConditions
from keepwell.criteria.knowing import Moment, name_read
from keepwell.criteria.matching import reasons
from keepwell.criteria.remembering import MOST_COMBINATIONS, remembered
from keepwell.errors import ConfigurationError
from keepwell.health import Metric, Profile
from keepwell.metrics.formulas import Formula
from keepwell.metrics.recipe import Recipe
from keepwell.plays import Play
from keepwell.plays.steps import conditions_of
from keepwell.segments.segment import Segment
from keepwell.standings import Passage, Reason


@dataclass(frozen=True)
class Rule:
    """One membership's rule: a segment's, or that of a play with a condition of its own, which has no `name`.

    `id` is what transitions and memberships call it; the rest is as in `Segment`.
    """

    id: str
    criteria: Condition
    name: str | None = None
    leave: Condition | None = None
    minimum_stay_days: int = 0
    cool_down_days: int = 0

    @property
    def in_words(self) -> tuple[str | int, ...]:
        """All that it says, to be held against what it said before."""
        leave = "" if self.leave is None else str(self.leave)
        return str(self.criteria), leave, self.minimum_stay_days, self.cool_down_days

    @cached_property
    def deciding(self) -> Mapping[Passage, Condition]:
        """What an entry and an exit are decided by."""
        return {Passage.ENTERED: self.criteria, Passage.EXITED: self.leave or self.criteria}

    @cached_property
    def explained(self) -> Mapping[Passage, Callable[[Moment], tuple[Reason, ...]]]:
        """The leaves of that."""
        deciding = self.deciding.items()
        return {passage: remembered(partial(reasons, each), [each]) for passage, each in deciding}


@dataclass(frozen=True)
class Rules:
    """`memberships` come after those of the segments they ask for; `lookbacks` gives how many days back some
    condition of the playbook, or a formula it needs, looks, by the attribute's name. `read` names the facts
    that anything is decided by: another one may change as it likes. `formulas` are those to be computed, in
    order: what is decided needs them, or they cost next to nothing. `sought` is what conditions ask for of
    people and of use. What the steps of plays ask for is known as well, though it decides nothing here."""

    memberships: tuple[Rule, ...]
    lookbacks: Mapping[str, int]
    read: frozenset[str]
    formulas: tuple[Formula, ...] = ()
    sought: tuple[Sought, ...] = ()

    @cached_property
    def compiled(self) -> CompiledConditions:
        """Every rule's criteria, each followed by what the rule leaves by, if it says so."""
        return CompiledConditions([condition for rule in self.memberships for condition in _conditions(rule)])

    @cached_property
    def formulas_of_today(self) -> tuple[Formula, ...]:
        """Of the formulas those that may have a value where nothing is known of any day before."""
        return tuple(each for each in self.formulas if not each.lookbacks)

    @cached_property
    def formulas_of_nothing(self) -> bool:
        """Whether one that is looked back on reads no attribute, so that its past is known of any account."""
        return any(not each.reads for each in self.formulas if each.name in self.lookbacks)

    @cached_property
    def by_name(self) -> Mapping[str, Rule]:
        """The rules of segments, by the segment's name in lower case."""
        return {rule.name.casefold(): rule for rule in self.memberships if rule.name}

    def reasons_for(self, rule: Rule, passage: Passage, moment: Moment) -> tuple[Reason, ...]:
        """What a passage is decided by. Where an entry asks for a segment that matches, what that is decided
        by comes first, in its place: whoever is to act has to read more than that the account is inside."""
        told, behind = rule.explained[passage](moment), dict[Reason, None]()
        for name in segments_of(rule.criteria) if passage is Passage.ENTERED else ():
            leaf, segment = InSegment(SEGMENTS, name), self.by_name.get(name.casefold())
            if segment and leaf.answer(moment) and segment.criteria.answer(moment):
                behind |= dict.fromkeys(self.reasons_for(segment, passage, moment))
                told = tuple(reason for reason in told if reason.condition != leaf.canonical)
        return tuple(dict.fromkeys((*behind, *told)))

    @cached_property
    def entrances(self) -> Mapping[str, int]:
        """By the rule's id, the bit of its criteria among the compiled answers."""
        return {rule.id: own[0] for rule, own in zip(self.memberships, self._bits, strict=True)}

    @cached_property
    def every_entrance(self) -> int:
        """The bits of all criteria."""
        return sum(self.entrances.values())

    @cached_property
    def exits(self) -> Sequence[tuple[int, int]]:
        """Of the rules that say what they leave by, the bits of the criteria and of that."""
        return [(own[0], own[1]) for own in self._bits if own[1:]]

    @cached_property
    def _bits(self) -> Sequence[Sequence[int]]:
        """Of each rule the bits of its conditions."""
        places = iter(self.compiled.places)
        return [[1 << next(places) for _ in _conditions(rule)] for rule in self.memberships]

    @cached_property
    def names(self) -> Callable[[int], tuple[str, ...]]:
        """The names of the segments whose entrances are among some bits, sorted; remembered."""

        @lru_cache(MOST_COMBINATIONS)
        def named(inside: int) -> tuple[str, ...]:
            found = (rule.name for rule in self.memberships if inside & self.entrances[rule.id])
            return tuple(sorted(name for name in found if name))

        return named


def rules_of(
    recipe: Recipe,
    segments: Sequence[Segment],
    plays: Sequence[Play],
    profiles: Sequence[Profile] = (),
    account_model: Sequence[Metric] = (),
) -> Rules:
    """The rules of a playbook's parts. Raises ConfigurationError, naming the way round, if segments ask for
    one another in a circle."""
    memberships = (
        *_in_order([rule_of(segment) for segment in segments]),
        *(Rule(play.segment, play.criteria) for play in plays if play.criteria is not None),
    )
    metrics = _metrics(profiles, account_model)
    conditions = (
        *(condition for rule in memberships for condition in _conditions(rule)),
        *(profile.criteria for profile in profiles if profile.criteria is not None),
        *(condition for metric in metrics for condition in (metric.good, metric.poor)),
    )
    read = _read(conditions, metrics)
    accounts = [play for play in plays if not play.of_users]
    asked = (*conditions, *(condition for play in accounts for condition in conditions_of(play)))
    needed = recipe.needed(_read(asked, metrics))
    return Rules(
        memberships,
        lookbacks=recipe.looked_back_on(furthest_lookbacks(asked), needed),
        read=read.union(*map(recipe.sources_of, read)),
        formulas=tuple(each for each in recipe.formulas if each in needed or each in recipe.cheap),
        sought=sought_by(asked),
    )


def rule_of(segment: Segment) -> Rule:
    """What a segment's membership is decided by."""
    return Rule(
        id=segment.id,
        criteria=segment.criteria,
        name=segment.name,
        leave=segment.leave,
        minimum_stay_days=segment.minimum_stay_days,
        cool_down_days=segment.cool_down_days,
    )


def _in_order(rules: Sequence[Rule]) -> list[Rule]:
    by_id = {rule.id: rule for rule in rules}
    ids = {spelling.casefold(): rule.id for rule in rules for spelling in (rule.id, rule.name or rule.id)}
    asked = {
        rule.id: [
            ids[name.casefold()]
            for condition in _conditions(rule)
            for name in segments_of(condition)
            if name.casefold() in ids
        ]
        for rule in rules
    }
    try:
        return [by_id[each] for each in TopologicalSorter(asked).static_order()]
    except CycleError as circle:
        way = " asks for ".join(repr(by_id[each].name) for each in reversed(circle.args[1]))
        raise ConfigurationError(
            f"Segments ask for one another in a circle: {way}. Take one `in segment` out."
        ) from None


def _conditions(rule: Rule) -> tuple[Condition, ...]:
    return (rule.criteria,) if rule.leave is None else (rule.criteria, rule.leave)


def _metrics(profiles: Sequence[Profile], account_model: Sequence[Metric]) -> list[Metric]:
    dimensions = [dimension for profile in profiles for dimension in profile.dimensions]
    return [*account_model, *(metric for dimension in dimensions for metric in dimension.metrics)]


def _read(conditions: Iterable[Condition], metrics: Iterable[Metric]) -> frozenset[str]:
    """What `evaluate` reads by its name (Status says whether there is a contract)."""
    asked = {name_read(leaf.attribute) for condition in conditions for leaf in condition.leaves()}
    return frozenset(asked | {metric.attribute for metric in metrics} | {"Status"})
