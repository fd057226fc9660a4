"""The one decision function: facts and the present standing in, the next standing and its reasons out.

The stream calls it for one changed account, the nightly run for all of them, a laptop for a file. There is no
second place where health or membership is decided (architecture section 1).
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from keepwell.accounts import Account
from keepwell.attributes import Value
from keepwell.attributes.computed import with_computed
from keepwell.criteria import Condition, explain, match
from keepwell.health.assessing import assess
from keepwell.health.results import Assessment
from keepwell.history import HistoryRow
from keepwell.playbook import Playbook
from keepwell.segments.membership import cross, is_baseline
from keepwell.standings import Band, Membership, Passage, Reason, Standing, Transition

LONGEST_REASON = 200


@dataclass(frozen=True)
class Evaluation:
    """What was decided of one account, and why.

    `standing` is the next one, to be stored if `changed`; `transitions` are this evaluation's own, whether
    or not a play answers them (`standing.pending` holds those that one does, and older ones still waiting).
    `looks_back` says that the day is past for this account, so that nothing may change.
    `values` is what the decision read: facts, computed attributes, health. `rescored` says whether health,
    score or profile differ from before.
    """

    account_id: str
    day: date
    standing: Standing
    assessment: Assessment
    transitions: tuple[Transition, ...]
    values: Mapping[str, Value]
    changed: bool
    rescored: bool
    looks_back: bool

    def history(self) -> list[HistoryRow]:
        """The rows that tell what changed, under keys that are the same on every repetition."""
        at = datetime.combine(self.day, time(), UTC)
        rows = [
            HistoryRow(self.account_id, at, "transition", transition.id, _as_row(transition))
            for transition in self.transitions
        ]
        score_id = f"{self.standing.revision + 1:06d}-{self.standing.inputs}"
        if self.rescored:
            rows.insert(0, HistoryRow(self.account_id, at, "score", score_id, self._score_row()))
        return rows

    def _score_row(self) -> dict[str, Any]:
        return {
            "evaluated_at": self.standing.evaluated_at.isoformat(),
            "health": self.standing.health.value,
            "score": self.standing.score,
            "profile": self.standing.profile,
            "account_model": self.standing.account_model.value,
            "playbook": self.standing.playbook,
            "drivers": list(self.assessment.drivers()),
        }


def evaluate(account: Account, playbook: Playbook, now: datetime) -> Evaluation:
    """Decide the standing of `account` as of `now` (aware). Pure: the same inputs give the same answer (S3).

    As of a day before the present standing's, or before what is known was told, nothing changes: the present
    only moves forward (S2).
    """
    today = now.astimezone(playbook.time_zone).date()
    present = account.standing
    values = with_computed(account.facts.values, account.facts.since, today)
    for name in CONCLUDED:  # health is decided here and nowhere else, whatever a file may say of it
        values.pop(name, None)
    assessment = assess(playbook, values, today)
    values = {**values, **_concluded(assessment)}
    memberships, crossed = _memberships(playbook, present, values, today)
    transitions = tuple(
        Transition(
            account_id=account.account_id,
            segment=rule,
            passage=passage,
            sequence=memberships[rule].sequence,
            at=now,
            day=today,
            health=assessment.health,
            score=assessment.score,
            reasons=_shortened(explain(criteria, values, today)),
            drivers=assessment.drivers(),
            playbook=playbook.version,
            depth=account.facts.depth,
        )
        for rule, criteria, passage in crossed
        if passage is Passage.EXITED or not is_baseline(account, playbook.activated.get(rule))
    )
    answered = tuple(t for t in transitions if playbook.answers(t))
    looks_back = _looks_back(account, today, playbook.time_zone)
    standing = Standing(
        account_id=account.account_id,
        evaluated_at=now,
        day=today,
        health=assessment.health,
        score=assessment.score,
        profile=assessment.profile,
        account_model=assessment.account_model,
        playbook=playbook.version,
        inputs=_hash_of(values, playbook.version),
        memberships=memberships,
        pending=(*(present.pending if present else ()), *answered),
        revision=present.revision if present else 0,
    )
    return Evaluation(
        account_id=account.account_id,
        day=today,
        standing=standing,
        assessment=assessment,
        transitions=transitions,
        values=values,
        changed=(
            present is None
            or _conclusions(present) != _conclusions(standing)
            or _first_look(present, playbook, now)
        )
        and not looks_back,
        rescored=present is None or _score(present) != _score(standing),
        looks_back=looks_back,
    )


def _memberships(
    playbook: Playbook, present: Standing | None, values: Mapping[str, Value], today: date
) -> tuple[dict[str, Membership], list[tuple[str, Condition, Passage]]]:
    """The memberships after today, and which rules' borders were crossed on the way."""
    memberships = dict(present.memberships) if present else {}
    crossed = []
    for rule, criteria in _rules(playbook):
        after, passage = cross(memberships.get(rule), match(criteria, values, today) is True, today)
        if after is not None:
            memberships[rule] = after
        if passage is not None:
            crossed.append((rule, criteria, passage))
    return memberships, crossed


def _shortened(reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
    """The reasons with long texts cut: a standing has to stay small, whatever a file holds."""
    return tuple(
        replace(reason, value=f"{reason.value[:LONGEST_REASON]}…")
        if isinstance(reason.value, str) and len(reason.value) > LONGEST_REASON
        else reason
        for reason in reasons
    )


def _rules(playbook: Playbook) -> list[tuple[str, Condition]]:
    segments = [(segment.id, segment.criteria) for segment in playbook.segments]
    return segments + [(play.segment, play.criteria) for play in playbook.plays if play.criteria is not None]


CONCLUDED = ("Health", "Health Score")


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
    return replace(standing, evaluated_at=_ANY_TIME, day=_ANY_TIME.date(), playbook="", inputs="")


def _first_look(present: Standing, playbook: Playbook, now: datetime) -> bool:
    """Whether something was activated since the account was last judged: the standing is stored though it
    concludes the same, or the account's next entry would pass for one from before the activation."""
    return any(present.evaluated_at < moment <= now for moment in playbook.activated.values())


def _looks_back(account: Account, today: date, time_zone: ZoneInfo) -> bool:
    """Whether `today` is past for this account: judged later already, or told of later."""
    if account.standing and today < account.standing.day:
        return True
    told = (account.facts.provenance, *account.facts.exceptions.values())
    return today < max(each.observed_at for each in told).astimezone(time_zone).date()


def _score(standing: Standing) -> tuple[Band, int | None, str | None, Band]:
    return standing.health, standing.score, standing.profile, standing.account_model


def _hash_of(values: Mapping[str, Value], playbook: str) -> str:
    document = json.dumps([playbook, values], sort_keys=True, default=str)
    return hashlib.sha256(document.encode()).hexdigest()[:12]


def _as_row(transition: Transition) -> dict[str, Any]:
    return {
        "segment": transition.segment,
        "passage": transition.passage.value,
        "sequence": transition.sequence,
        "health": transition.health.value,
        "score": transition.score,
        "reasons": [
            {"condition": r.condition, "value": r.value, "matches": r.matches} for r in transition.reasons
        ],
        "drivers": list(transition.drivers),
        "playbook": transition.playbook,
    }
