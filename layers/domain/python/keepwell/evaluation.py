"""The one decision function: facts and the present standing in, the next standing and its reasons out.

The stream calls it for one changed account, the nightly run for all of them, a laptop for a file. There is no
second place where health or membership is decided (architecture section 1).
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from keepwell.accounts import Account, Facts
from keepwell.attributes import SEGMENTS, Value
from keepwell.attributes.computed import with_computed
from keepwell.criteria.knowing import Moment, Trail
from keepwell.health.assessing import assess
from keepwell.health.results import Assessment
from keepwell.history import HistoryRow, start_of, transition_row
from keepwell.playbook import Playbook
from keepwell.population import NO_POPULATION, Population
from keepwell.segments.membership import Crossing, decide_all
from keepwell.segments.rules import Rule
from keepwell.standings import Band, Passage, Reason, Silence, Standing, Transition
from keepwell.trails import AccountTrail, extended, recalled

LONGEST_REASON = 200

CONCLUDED = ("Health", "Health Score", SEGMENTS.name)
"""What is decided here and nowhere else, whatever a file may say of it."""


@dataclass(frozen=True)
class Evaluation:
    """What was decided of one account, and why.

    `standing` is the next one, to be stored if `changed`; `trail` is to be stored before it, None if it has
    nothing to add. `transitions` are this evaluation's own, silent ones included, whether or not a play
    answers them (`standing.pending` holds those that have effects, and older ones still waiting).
    `crossings` tells of each membership why it is as it is. `values` is what the decision read: facts,
    computed attributes, health, segments. `rescored` says whether health, score or profile differ from
    before, `looks_back` that the day is past for this account, so that nothing may change.
    """

    account_id: str
    day: date
    standing: Standing
    assessment: Assessment
    transitions: tuple[Transition, ...]
    crossings: Mapping[str, Crossing]
    values: Mapping[str, Value]
    trail: AccountTrail | None
    changed: bool
    rescored: bool
    looks_back: bool

    def history(self) -> list[HistoryRow]:
        """The rows that tell what changed, under keys that are the same on every repetition."""
        rows = [transition_row(transition) for transition in self.transitions]
        score_id = f"{self.standing.revision + 1:06d}-{self.standing.inputs}"
        if self.rescored:
            rows.insert(
                0, HistoryRow(self.account_id, start_of(self.day), "score", score_id, self._score_row())
            )
        return rows

    def _score_row(self) -> dict[str, Any]:
        return {
            "evaluated_at": self.standing.evaluated_at.isoformat(),
            "health": self.standing.health.value,
            "score": self.standing.score,
            "profile": self.standing.profile,
            "account_model": self.standing.account_model.value,
            "playbook": self.standing.playbook,
            "drivers": list(self.assessment.drivers),
        }


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
    As of a day before the present standing's, or before
    what is known was told, nothing changes: the present only moves forward (S2).
    """
    look = _look_at(account, playbook, now, population)
    transitions = tuple(look.transitions(cause))
    present, assessment = account.standing, look.assessment
    standing = Standing(
        account_id=account.account_id,
        evaluated_at=now,
        day=look.today,
        health=assessment.health,
        score=assessment.score,
        profile=assessment.profile,
        account_model=assessment.account_model,
        playbook=playbook.version,
        inputs=_hash_of(look.values, playbook.version),
        activated=_newest_activation(present, playbook, now),
        memberships={
            **(present.memberships if present else {}),
            **{rule: each.membership for rule, each in look.crossings.items() if each.membership},
        },
        pending=_pending(present, transitions, playbook),
        revision=present.revision if present else 0,
    )
    looks_back = _looks_back(account, look.today, playbook.time_zone)
    return Evaluation(
        account_id=account.account_id,
        day=look.today,
        standing=standing,
        assessment=assessment,
        transitions=transitions,
        crossings=look.crossings,
        values=look.values,
        trail=None if looks_back else look.trail,
        changed=(
            present is None
            or _conclusions(present) != _conclusions(standing)
            or bool(_newly_activated(present, playbook, now))
        )
        and not looks_back,
        rescored=present is None or _score(present) != _score(standing),
        looks_back=looks_back,
    )


@dataclass(frozen=True)
class _Look:
    """An account as it is seen on one day. `past` is the trail its conditions read, `trail` what of it is new
    (None: nothing)."""

    account: Account
    playbook: Playbook
    now: datetime
    today: date
    values: Mapping[str, Value]
    past: Trail
    assessment: Assessment
    crossings: Mapping[str, Crossing]
    trail: AccountTrail | None

    def transitions(self, cause: str | None) -> Iterator[Transition]:
        """Those of every border crossed, and again the entry of who is inside already for a play that was
        activated since and acts on existing members."""
        new = _newly_activated(self.account.standing, self.playbook, self.now)
        for rule in self.playbook.rules.memberships:
            crossing = self.crossings.get(rule.id)
            if crossing and crossing.passage:
                yield self._transition(rule, crossing.passage, crossing.silence, cause)
            elif new and crossing and crossing.settled:
                entry = self._transition(rule, Passage.ENTERED, Silence.BASELINE, cause)
                if any(f"play:{play.id}" in new for play in self.playbook.answers(entry)):
                    yield entry

    def _transition(
        self, rule: Rule, passage: Passage, silence: Silence | None, cause: str | None
    ) -> Transition:
        membership = self.crossings[rule.id].membership
        facts = self.account.facts
        return Transition(
            account_id=self.account.account_id,
            segment=rule.id,
            passage=passage,
            sequence=membership.sequence if membership else 0,
            at=self.now,
            day=self.today,
            health=self.assessment.health,
            score=self.assessment.score,
            reasons=_shortened(rule.explained[passage](Moment(self.values, self.today, self.past))),
            drivers=self.assessment.drivers,
            playbook=self.playbook.version,
            depth=facts.depth if cause is None else 0,
            cause=facts.changed_by if cause is None else cause,
            silence=silence,
        )


def _look_at(account: Account, playbook: Playbook, now: datetime, population: Population) -> _Look:  # noqa: ARG001
    """Health comes first, then memberships: a condition may ask for the health and the segments of today, and
    for what the facts tell of days gone by."""
    today = now.astimezone(playbook.time_zone).date()
    values = with_computed(account.facts.values, account.facts.since, today)
    for name in CONCLUDED:
        values.pop(name, None)
    lookbacks = playbook.rules.lookbacks
    told = _told(account.facts, values, today, playbook)
    before = account.trail or AccountTrail(account.account_id)
    past = recalled(before.values, values, told, today, lookbacks) if told else before.values
    assessment = assess(playbook, values, today, past)
    values |= _concluded(assessment)
    crossings, segments = decide_all(playbook, account, values, past, now)
    if segments:
        values[SEGMENTS.name] = segments
    after = extended(before, values, told, today, lookbacks)
    return _Look(
        account=account,
        playbook=playbook,
        now=now,
        today=today,
        values=values,
        past=past,
        assessment=assessment,
        crossings=crossings,
        trail=None if after is before else after,
    )


def _told(facts: Facts, values: Mapping[str, Value], today: date, playbook: Playbook) -> dict[str, date]:
    """The tenant's day since which each fact that is looked back on has been so, its absence included."""
    return {
        name: min(facts.observed(name).astimezone(playbook.time_zone).date(), today)
        for name in playbook.rules.lookbacks
        if name not in CONCLUDED
        and (name in facts.values or (name in facts.exceptions and name not in values))
    }


def _pending(
    present: Standing | None, transitions: tuple[Transition, ...], playbook: Playbook
) -> tuple[Transition, ...]:
    """What waits, and what of the new has effects: an entry that never fired has left nothing to end."""
    waiting = present.pending if present else ()
    ids = {transition.id for transition in waiting}
    return waiting + tuple(
        transition
        for transition in transitions
        if transition.id not in ids
        and transition.silence is not Silence.COOL_DOWN
        and playbook.concerns(transition)
    )


def _shortened(reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
    """The reasons with long texts cut: a standing has to stay small, whatever a file holds."""
    return tuple(
        replace(reason, value=f"{reason.value[:LONGEST_REASON]}…")
        if isinstance(reason.value, str) and len(reason.value) > LONGEST_REASON
        else reason
        for reason in reasons
    )


def _concluded(assessment: Assessment) -> dict[str, Value]:
    concluded: dict[str, Value] = {}
    if assessment.health is not Band.UNKNOWN:
        concluded["Health"] = assessment.health.value.capitalize()
    if assessment.score is not None:
        concluded["Health Score"] = assessment.score
    return concluded


_ANY_TIME = datetime(1970, 1, 1, tzinfo=UTC)


def _conclusions(standing: Standing) -> Standing:
    """The part of a standing whose change is worth a write (architecture: unchanged means untouched)."""
    return replace(
        standing, evaluated_at=_ANY_TIME, day=_ANY_TIME.date(), playbook="", inputs="", activated=None
    )


def _newly_activated(present: Standing | None, playbook: Playbook, now: datetime) -> frozenset[str]:
    """What was activated since the account was last judged. There being any, the standing is stored though it
    concludes the same, or the account's next entry would pass for one from before the activation."""
    if present is None:
        return frozenset()
    return frozenset(name for name, at in playbook.activated.items() if at <= now and not present.knows(at))


def _newest_activation(present: Standing | None, playbook: Playbook, now: datetime) -> datetime:
    """The newest activation the account was judged by. It stays known where one comes late who has read the
    playbook from before, or its members would be taken in, and acted on, a second time."""
    known = (present.activated if present else None) or _ANY_TIME
    return max([known, *(at for at in playbook.activated.values() if at <= now)])


def _looks_back(account: Account, today: date, time_zone: ZoneInfo) -> bool:
    """Whether `today` is past for this account: judged later already, told of later, or noted in its trail,
    which forgets and cannot be told again what it was on an earlier day."""
    if account.standing and today < account.standing.day:
        return True
    if account.trail and any(today < past[-1][0] for past in account.trail.values.values()):
        return True
    told = (account.facts.provenance, *account.facts.exceptions.values())
    return today < max(each.observed_at for each in told).astimezone(time_zone).date()


def _score(standing: Standing) -> tuple[Band, int | None, str | None, Band]:
    return standing.health, standing.score, standing.profile, standing.account_model


def _hash_of(values: Mapping[str, Value], playbook: str) -> str:
    document = json.dumps([playbook, values], sort_keys=True, default=str)
    return hashlib.sha256(document.encode()).hexdigest()[:12]
