"""The transitions of an evaluation, with their reasons, and those that wait for their effects (SEG-08)."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from keepwell.accounts import Facts
from keepwell.criteria.knowing import Moment
from keepwell.people import Person
from keepwell.playbook import Playbook
from keepwell.segments import UserSegment
from keepwell.segments.membership import Crossing
from keepwell.segments.rules import Rule
from keepwell.segments.users import PersonDecision
from keepwell.standings import ROLE, Holder, Passage, Reason, Silence, Standing, Transition, crossed

if TYPE_CHECKING:
    from keepwell.evaluation import Evaluation

LONGEST_REASON = 200


def transitions_of(found: "Evaluation", new: frozenset[str]) -> Iterator[Transition]:
    """Those of every border crossed, and again the entry of who is inside already for a play that is `new`,
    activated since, and acts on existing members."""
    for rule in found.playbook.rules.memberships:
        crossing = found.crossings.get(rule.id)
        if crossing and crossing.passage:
            yield transition_of(found, rule, crossing.passage, crossing.silence)
        elif new and crossing and crossing.settled:
            entry = transition_of(found, rule, Passage.ENTERED, Silence.BASELINE)
            if any(f"play:{play.id}" in new for play in found.playbook.answers(entry)):
                yield entry


def transition_of(
    found: "Evaluation", rule: Rule, passage: Passage, silence: Silence | None = None
) -> Transition:
    """The transition that an account makes which passes the border of a rule as of this evaluation."""
    membership = found.crossings[rule.id].membership
    moment = Moment(found.values, found.day, found.past)
    return _made(
        found,
        rule.id,
        passage,
        membership.sequence if membership else 0,
        reasons=_deciding(
            found.playbook.rules.reasons_for(rule, passage, moment),
            passage is Passage.EXITED and rule.leave is not None,
        ),
        drivers=found.assessment.drivers,
        silence=silence,
    )


def _made(
    found: "Evaluation",
    segment: str,
    passage: Passage,
    sequence: int,
    *,
    reasons: tuple[Reason, ...] = (),
    drivers: tuple[str, ...] = (),
    silence: Silence | None = None,
    before: str = "",
    person: Person | None = None,
) -> Transition:
    facts = found.account.facts
    return Transition(
        account_id=found.account_id,
        segment=segment,
        passage=passage,
        sequence=sequence,
        at=found.now,
        day=found.day,
        health=found.health.health,
        score=found.judgement.score,
        confidence=found.judgement.confidence,
        reasons=reasons,
        drivers=drivers,
        playbook=found.playbook.version,
        depth=facts.depth if found.cause is None else 0,
        cause=facts.changed_by if found.cause is None else found.cause,
        silence=silence,
        before=before,
        account_sequence=crossed(found.memberships) + (crossed(person.memberships) if person else 0),
        user_id=person.user_id if person else "",
    )


def holders_after(
    present: Mapping[str, Holder], facts: Facts, roles: tuple[str, ...]
) -> Mapping[str, Holder]:
    """Who has these roles now. The first look only remembers; an address in other letters is the same."""
    after = dict[str, Holder]()
    for role in roles:
        email, before = str(facts.values.get(role) or ""), present.get(role)
        if before is None:
            after[role] = Holder(email)
        elif before.email.casefold() == email.casefold():
            after[role] = before
        else:
            after[role] = Holder(email, before.sequence + 1)
    return after


def handovers_of(found: "Evaluation") -> Iterator[Transition]:
    """A transition of every role that somebody had before, and somebody else has now (TSK-09)."""
    present = found.account.standing
    for role, holder in found.holders.items():
        before = present.holders.get(role) if present else None
        if before and before.email and before != holder:
            yield _made(found, ROLE + role, Passage.ENTERED, holder.sequence, before=before.email)


def passages_of_people(found: "Evaluation") -> Iterator[Transition]:
    """The passages of people that a play answers, or that end what one did."""
    for decision in found.people_changed:
        for segment, crossing in decision.crossings:
            if crossing.membership and crossing.passage:
                passage = transition_of_person(found, decision, segment, crossing)
                if passage.silence is not Silence.COOL_DOWN and found.playbook.concerns(passage):
                    yield passage


def transition_of_person(
    found: "Evaluation", decision: PersonDecision, segment: UserSegment, crossing: Crossing
) -> Transition:
    """The same of a person who passes the border of a segment of users."""
    assert crossing.membership is not None
    assert crossing.passage is not None
    return _made(
        found,
        segment.id,
        crossing.passage,
        crossing.membership.sequence,
        reasons=_deciding(
            decision.reasons(segment, crossing),
            crossing.passage is Passage.EXITED and segment.leave is not None,
        ),
        silence=crossing.silence,
        person=decision.after,
    )


def pending_after(
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


def _deciding(reasons: tuple[Reason, ...], by_leave: bool) -> tuple[Reason, ...]:
    """The reasons with long texts cut: a standing has to stay small, whatever a file holds. Of a condition
    to leave by it is what matches, so that it is told from what the account no longer is."""
    if by_leave:
        reasons = tuple(reason for reason in reasons if reason.matches) or reasons
    return tuple(
        replace(reason, value=f"{reason.value[:LONGEST_REASON]}…")
        if isinstance(reason.value, str) and len(reason.value) > LONGEST_REASON
        else reason
        for reason in reasons
    )
