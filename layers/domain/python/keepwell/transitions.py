"""The transitions of an evaluation, with their reasons, and those that wait for their effects (SEG-08)."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from keepwell.criteria.knowing import Moment
from keepwell.playbook import Playbook
from keepwell.segments.rules import Rule
from keepwell.standings import Passage, Reason, Silence, Standing, Transition

if TYPE_CHECKING:
    from keepwell.evaluation import Evaluation

LONGEST_REASON = 200


def transitions_of(found: "Evaluation", new: frozenset[str]) -> Iterator[Transition]:
    """Those of every border crossed, and again the entry of who is inside already for a play that is `new`,
    activated since, and acts on existing members."""
    for rule in found.playbook.rules.memberships:
        crossing = found.crossings.get(rule.id)
        if crossing and crossing.passage:
            yield _transition(found, rule, crossing.passage, crossing.silence)
        elif new and crossing and crossing.settled:
            entry = _transition(found, rule, Passage.ENTERED, Silence.BASELINE)
            if any(f"play:{play.id}" in new for play in found.playbook.answers(entry)):
                yield entry


def _transition(found: "Evaluation", rule: Rule, passage: Passage, silence: Silence | None) -> Transition:
    membership = found.crossings[rule.id].membership
    facts = found.account.facts
    return Transition(
        account_id=found.account_id,
        segment=rule.id,
        passage=passage,
        sequence=membership.sequence if membership else 0,
        at=found.now,
        day=found.day,
        health=found.health.health,
        score=found.judgement.score,
        confidence=found.judgement.confidence,
        reasons=_shortened(rule.explained[passage](Moment(found.values, found.day, found.past))),
        drivers=found.assessment.drivers,
        playbook=found.playbook.version,
        depth=facts.depth if found.cause is None else 0,
        cause=facts.changed_by if found.cause is None else found.cause,
        silence=silence,
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


def _shortened(reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
    """The reasons with long texts cut: a standing has to stay small, whatever a file holds."""
    return tuple(
        replace(reason, value=f"{reason.value[:LONGEST_REASON]}…")
        if isinstance(reason.value, str) and len(reason.value) > LONGEST_REASON
        else reason
        for reason in reasons
    )
