"""The one decision function: facts and the present standing in, the next standing and its reasons out.

The stream calls it for one changed account, the nightly run for all of them, a laptop for a file. There is no
second place where health or membership is decided (architecture section 1).

Most looks find an account as it was. So what is to be decided is decided first, the fast way; what tells of
it (the reasons, the next standing, the rows of the History) is made once somebody asks.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from keepwell.accounts import Account
from keepwell.activations import newest_activation, newly_activated
from keepwell.attributes import SEGMENTS, Value
from keepwell.criteria.beside import Beside, found_beside
from keepwell.criteria.knowing import Trail
from keepwell.health.ages import ages_of
from keepwell.health.judging import Judgement
from keepwell.health.replaying import SCORE, Inputs, assessed, inputs_document, score_detail
from keepwell.health.results import Assessment
from keepwell.health.scoring import NO_AGES
from keepwell.health.settling import Settled, settled
from keepwell.history import HistoryRow, stage_row, start_of, transition_row
from keepwell.looking import CONCLUDED, Look, concluded, look_at
from keepwell.people import values_of
from keepwell.playbook import Playbook
from keepwell.population import NO_POPULATION, Population
from keepwell.segments.membership import Crossing, Decided, decide_all, decide_segments
from keepwell.segments.users import PersonDecision, decide_people
from keepwell.standings import Holder, Membership, Standing, Transition
from keepwell.trails import AccountTrail
from keepwell.transitions import handovers_of, holders_after, pending_after, transitions_of

WORTH_TELLING = 10
"""So many points of confidence more or less are a change of their own: values get older every day."""


@dataclass(frozen=True)
class Evaluation:
    """What was decided of one account, and why.

    `look` is what was seen of it. `judgement` is what the health rules say on `day`, `health` what of that
    counts. `values` is what the decision read: facts, computed attributes, health, segments. `decided` tells
    what becomes of its memberships; `people` is what segments of users make of each person, if any were read.
    """

    account: Account
    playbook: Playbook
    now: datetime
    look: Look
    values: Mapping[str, Value]
    judgement: Judgement
    health: Settled
    decided: Decided
    cause: str | None
    population: Population
    people: tuple[PersonDecision, ...] = ()

    @property
    def account_id(self) -> str:
        return self.account.account_id

    @property
    def day(self) -> date:
        """The tenant's day."""
        return self.look.day

    @property
    def past(self) -> Trail:
        """What the values were on the days before, as far as that is known."""
        return self.look.past

    @cached_property
    def inputs(self) -> Inputs:
        """All that health was judged by."""
        told = {name: value for name, value in self.values.items() if name not in CONCLUDED}
        playbook = self.playbook
        ages = ages_of(
            self.account,
            playbook.recipe,
            playbook.judge.reads,
            self.day,
            playbook.time_zone,
            self.population,
        )
        return Inputs(self.day, told, self.past, ages, _health_of(self.account.standing))

    @cached_property
    def assessment(self) -> Assessment:
        """The health with all its reasons."""
        return assessed(self.playbook, self.inputs)

    @cached_property
    def crossings(self) -> Mapping[str, Crossing]:
        """Every membership by the rule's id, and why it is as it is."""
        if self.decided.crossings is not None:
            return self.decided.crossings
        values = {name: value for name, value in self.values.items() if name != SEGMENTS.name}
        return decide_all(self.playbook, self.account, values, self.past, self.now)[0]

    @cached_property
    def transitions(self) -> tuple[Transition, ...]:
        """This evaluation's own, silent ones included, whether or not a play answers them (`standing.pending`
        holds those that have effects, and older ones still waiting)."""
        new = self._newly_activated
        return () if self.decided.stay and not new else tuple(transitions_of(self, new))

    @cached_property
    def changed(self) -> bool:
        """Whether the next standing is to be stored: it concludes something else than the present one."""
        present = self.account.standing
        concludes_the_same = (
            present is not None
            and not self.rescored
            and self.health.leaning_since == present.leaning_since
            and self._stages == present.stages
            and self.holders == present.holders
            and not self._newly_activated
            and (self.decided.stay or (self.memberships == present.memberships and not self.transitions))
        )
        return not concludes_the_same and not self.looks_back

    @property
    def rescored(self) -> bool:
        """Whether health, score or profile differ from before, or the confidence does by far."""
        present, judged = self.account.standing, self.judgement
        return (
            present is None
            or (present.health, present.leaning) != (self.health.health, self.health.leaning)
            or (present.score, present.profile) != (judged.score, judged.profile)
            or present.account_model is not judged.account_model
            or _far_apart(present.confidence, judged.confidence)
        )

    @cached_property
    def looks_back(self) -> bool:
        """Whether the day is past for this account, so that nothing may change."""
        return self.look.looks_back

    @cached_property
    def trail(self) -> AccountTrail | None:
        """The trail to be stored before the standing; None if it has nothing to add."""
        trail = self.look.extended_trail(self.values)
        return None if trail is self.look.trail or self.looks_back else trail

    @cached_property
    def standing(self) -> Standing:
        """The next one, to be stored if `changed`."""
        present, judged = self.account.standing, self.judgement
        return Standing(
            account_id=self.account_id,
            evaluated_at=self.now,
            day=self.day,
            health=self.health.health,
            score=judged.score,
            profile=judged.profile,
            account_model=judged.account_model,
            playbook=self.playbook.version,
            inputs=_hash_of(self.values, self.playbook.version, self.population.version),
            activated=newest_activation(present, self.playbook, self.now),
            memberships=self.memberships,
            pending=pending_after(present, (*self.transitions, *handovers_of(self)), self.playbook),
            revision=present.revision if present else 0,
            confidence=judged.confidence,
            leaning=self.health.leaning,
            leaning_since=self.health.leaning_since,
            stages=self._stages,
            population=self.population.version,
            holders=self.holders,
        )

    def history(self) -> list[HistoryRow]:
        """The rows that tell what changed, under keys that are the same on every repetition."""
        scored = [self._score_row()] if self.rescored else []
        passed = [transition_row(transition) for transition in self.transitions]
        return [*scored, *self._stage_rows(), *passed]

    @cached_property
    def people_changed(self) -> tuple[PersonDecision, ...]:
        """Of whom something else is to be stored."""
        return () if self.looks_back else tuple(each for each in self.people if each.changed)

    @property
    def memberships(self) -> Mapping[str, Membership]:
        """Those that the account has from now on, by the rule's id."""
        present = self.account.standing
        before = present.memberships if present else {}
        if self.decided.stay:
            return before
        after = {rule: each.membership for rule, each in self.crossings.items() if each.membership}
        return {**before, **after}

    @cached_property
    def holders(self) -> Mapping[str, Holder]:
        """Who has the roles that are watched, and how often each changed hands."""
        present = self.account.standing.holders if self.account.standing else {}
        return holders_after(present, self.account.facts, self.playbook.watched_roles)

    @property
    def _stages(self) -> Mapping[str, str]:
        """Of every lifecycle the stage that was told."""
        told = ((name, self.account.facts.values.get(name)) for name in self.playbook.lifecycles)
        return {name: stage for name, stage in told if isinstance(stage, str)}

    @property
    def _newly_activated(self) -> frozenset[str]:
        return newly_activated(self.account.standing, self.playbook, self.now)

    def _score_row(self) -> HistoryRow:
        """What the score was, and all it was made of (S3)."""
        standing = self.standing
        detail = {
            "evaluated_at": standing.evaluated_at.isoformat(),
            "playbook": standing.playbook,
            "population": standing.population,
            **score_detail(self.assessment, self.health),
            "inputs": inputs_document(self.inputs, self.playbook.judge),
        }
        row_id = f"{standing.revision + 1:06d}-{standing.inputs}"
        return HistoryRow(self.account_id, start_of(self.day), SCORE, row_id, detail)

    def _stage_rows(self) -> Iterator[HistoryRow]:
        """The stages that changed since the last look (HLT-23, BLC-04); the first look tells of none."""
        present, facts = self.account.standing, self.account.facts
        for name in self.playbook.lifecycles if present else ():
            before, after = present.stages.get(name) if present else None, self._stages.get(name)
            if before != after:
                told_by = facts.exceptions.get(name, facts.provenance).source
                yield stage_row(
                    self.standing, name, before, after, source=told_by, cause=self.cause or facts.changed_by
                )


def evaluate(
    account: Account,
    playbook: Playbook,
    now: datetime,
    cause: str | None = None,
    population: Population = NO_POPULATION,
) -> Evaluation:
    """Decide the standing of `account` as of `now` (aware). Pure: the same inputs give the same answer (S3).

    `cause` names what made one look, such as `night:2026-11-21`; by default it is the change that wrote the
    facts, and the transitions carry its causation depth. `population` is what the account is compared with.
    As of a day before the present standing's, or before what is known was told, nothing changes: the present
    only moves forward (S2). Health comes first, then memberships: a condition may ask for the health and the
    segments of today. People come before all, where they were read: a condition may ask for their tags.
    """
    look, judge = look_at(account, playbook, now, population), playbook.judge
    people = decide_people(account.people, playbook, now) if account.people else ()
    values = {**look.values, **_beside(account, playbook, people, look.day)}
    ages = NO_AGES
    if judge.aging:
        ages = ages_of(account, playbook.recipe, judge.aging, look.day, playbook.time_zone, population)
    judgement = judge.judge(values, look.day, look.before, ages)
    before = _health_of(account.standing)
    health = settled(before, judgement.health, judgement.score, playbook.bands, look.day)
    values |= concluded(health.health, judgement.score)
    decided = decide_segments(playbook, account, values, look.before, now)
    if decided.segments:
        values[SEGMENTS.name] = decided.segments
    return Evaluation(
        account=account,
        playbook=playbook,
        now=now,
        look=look,
        values=values,
        judgement=judgement,
        health=health,
        decided=decided,
        cause=cause,
        population=population,
        people=people,
    )


def _beside(
    account: Account, playbook: Playbook, people: Sequence[PersonDecision], today: date
) -> dict[str, Value]:
    """What conditions seek of people, with the tags they have from now on, and of use."""
    if not playbook.rules.sought:
        return {}
    known = None if account.people is None else [values_of(each.after, today) for each in people]
    return found_beside(playbook.rules.sought, Beside(known, account.usage), today)


def _health_of(standing: Standing | None) -> Settled | None:
    return Settled(standing.health, standing.leaning, standing.leaning_since) if standing else None


def _far_apart(before: int | None, after: int | None) -> bool:
    if before is None or after is None:
        return before is not after
    return abs(after - before) >= WORTH_TELLING


def _hash_of(values: Mapping[str, Value], playbook: str, population: str) -> str:
    document = json.dumps([playbook, population, values], sort_keys=True, default=str)
    return hashlib.sha256(document.encode()).hexdigest()[:12]
