"""What has to be so before a play is up for firing: the play is in service, and the account passes."""

from collections.abc import Iterator, Mapping

from keepwell.criteria import Condition
from keepwell.criteria.belonging import InSegment
from keepwell.criteria.knowing import Moment
from keepwell.criteria.matching import reasons
from keepwell.criteria.tree import And, Not, Or
from keepwell.errors import ConfigurationError
from keepwell.plays.context import because
from keepwell.plays.play import PlayState
from keepwell.plays.tracing.case import Case, Line
from keepwell.plays.triggers import starts_of
from keepwell.segments.rules import Rule, Rules
from keepwell.standings import Membership, Passage, Reason, Silence, Transition

_STATES: Mapping[PlayState, str] = {
    PlayState.DRAFT: "a draft does nothing; say `state: live` and run `keepwell apply`",
    PlayState.SHADOW: "a shadow tells what it would do and does nothing; say `state: live` to have it act",
    PlayState.LIVE: "in service",
    PlayState.RETIRED: "a retired play does nothing; say `state: live` and run `keepwell apply`",
}
_SILENCES: Mapping[Silence, str] = {
    Silence.BASELINE: "it marks that the account was inside when that was activated",
    Silence.COOL_DOWN: "it came within the cool-down of the segment, in which no entry fires",
}
_ANSWERS: Mapping[bool | None, str] = {True: "true", False: "false", None: "unknown"}


def play(case: Case) -> Iterator[Line]:
    """Whether it is in service, and what starts it."""
    found, version = case.play, case.playbook.version
    told = f"{found.name}, of {found.owner}; it starts: {starts_of(found, case.playbook)}"
    if all(each.id != found.id for each in case.playbook.plays):
        yield Line("gone", f"{told}; the playbook does not have it any more", None, version, stops=True)
        return
    stops = found.state is not PlayState.LIVE
    yield Line(found.state.value, f"{told}; {_STATES[found.state]}", None, version, stops=stops)


def activation(case: Case) -> Iterator[Line]:
    """Since when it, or the segment, is there, and what that means for who was inside before."""
    activated = case.playbook.activated
    names = {case.play.segment: case.trigger, f"play:{case.play.id}": "the play"}
    for id_, name in names.items():
        if (at := activated.get(id_)) is None:
            continue
        said = f"{name} was activated on {case.day_of(at)}"
        if at > case.now:
            yield Line("not yet", said, at, stops=True)
        elif case.is_baseline:
            mend = "`existing: act` in the trigger has it act on those"
            yield Line("baseline", f"{said}; the account was inside before that: {mend}", at, stops=True)
        else:
            yield Line("activated", said, at)


def condition(case: Case) -> Iterator[Line]:
    """What the condition asks, the value each part of it meets, and what would have to be otherwise."""
    rule, passed = case.rule, case.passed
    if rule is None:
        return
    moment = case.moment
    if moment is None:
        for reason in passed.reasons if passed else ():
            at, playbook = (passed.at, passed.playbook) if passed else (None, None)
            yield Line(_ANSWERS[reason.matches], _met(reason), at, playbook)
        return
    exits = case.play.passage is Passage.EXITED
    yield from _asked(case, "to be inside", rule, Passage.ENTERED, moment)
    if exits and rule.leave is None and rule.criteria.answer(moment):
        yield Line("matches", "it leaves once that does not match any more", case.now, stops=True)
    elif rule.leave is not None:
        yield from _asked(case, "to leave", rule, Passage.EXITED, moment)


def membership(case: Case) -> Iterator[Line]:
    """Whether the account is inside, since when, and what keeps it there or out."""
    if case.rule is None:
        return
    exits, standing = case.play.passage is Passage.EXITED, case.account.standing
    if case.evaluation is None:
        yield from _inside_then(case)
        return
    if standing is None:
        yield Line("never evaluated", "nobody has looked at the account yet", case.now, stops=True)
        return
    crossing, kept = case.crossing, case.kept
    why = f"; {crossing.why.partition(': ')[2]}" if crossing and not crossing.passage else ""
    stops = kept is None or kept.inside is exits or kept.quiet
    yield Line(_place(kept), f"{_since(kept)}{why}", standing.evaluated_at, standing.playbook, stops=stops)
    if crossing and crossing.passage:
        told = f"the next look at it finds: {crossing.why}"
        yield Line("changes", told, case.now, case.playbook.version, stops=True)


def transition(case: Case) -> Iterator[Line]:
    """The passage that the play answers: when, why, by what cause, and whether it may fire anything."""
    passed = case.passed
    if passed is None:
        if case.rule is not None:
            who = "person" if case.person else "account"
            told = f"the {who} has not {case.play.passage} it, as far as its history tells"
            yield Line("none", told, None, stops=True)
        return
    silent = passed.silence is Silence.COOL_DOWN or case.is_baseline
    told = f"{passed.id}, on {passed.day}, by {passed.cause or 'a change'}: {because(passed)}"
    yield Line(passed.passage.value, told, passed.at, passed.playbook, stops=False)
    if passed.silence is not None:
        yield Line(passed.silence.value, _SILENCES[passed.silence], passed.at, passed.playbook, stops=silent)
    elif case.run is None and not case.is_pending:
        yield from _unanswered(case, passed)


def lacking(asked: Condition, moment: Moment, rules: Rules) -> str:
    """The parts of a condition that would have to be otherwise for it to match; empty where it does. Of a
    segment that is asked for, the parts of what that asks."""
    if asked.answer(moment) is True:
        return ""
    if isinstance(asked, InSegment) and (behind := rules.by_name.get(asked.segment.casefold())):
        return lacking(behind.criteria, moment, rules) or str(asked)
    if isinstance(asked, And | Or):
        parts = [part for term in asked.terms if (part := lacking(term, moment, rules))]
        word = " AND " if isinstance(asked, And) else " OR "
        return word.join(f"({part})" if word not in part and _joined(part) else part for part in parts)
    return str(asked) if isinstance(asked, Not) else ", ".join(map(_met, reasons(asked, moment)))


def _joined(part: str) -> bool:
    return " AND " in part or " OR " in part


def _asked(case: Case, what: str, rule: Rule, passage: Passage, moment: Moment) -> Iterator[Line]:
    asked, rules, version = rule.deciding[passage], case.playbook.rules, case.playbook.version
    answer = asked.answer(moment)
    outcome = {True: "matches", False: "does not match", None: "unknown"}[answer]
    mend = "" if answer is True else f"; it lacks: {lacking(asked, moment, rules)}"
    stops = case.play.passage is passage and answer is not True
    yield Line(outcome, f"{what}: {asked}{mend}", case.now, version, stops=stops)
    for reason in rules.reasons_for(rule, passage, moment):
        yield Line(_ANSWERS[reason.matches], _met(reason), case.now, version)


def _met(reason: Reason) -> str:
    return f"{reason.condition} (it is {reason.met or 'unknown'})"


def _inside_then(case: Case) -> Iterator[Line]:
    """As the history tells of a day that is past."""
    mine = [each for each in case.passages if each.segment == case.play.segment]
    last = max(mine, key=lambda each: (each.day, each.sequence, each.passage), default=None)
    inside = last is not None and last.passage is Passage.ENTERED
    stops = last is None or last.passage is not case.play.passage
    told = f"since {last.day}, entry {last.sequence}" if last else "it had never entered"
    at, playbook = (last.at, last.playbook) if last else (None, None)
    yield Line("inside" if inside else "outside", told, at, playbook, stops=stops)


def _place(kept: Membership | None) -> str:
    return "outside" if kept is None or not kept.inside else "inside"


def _since(kept: Membership | None) -> str:
    if kept is None:
        return "it has never entered"
    quiet = ", which has not fired: it came within the cool-down" if kept.quiet else ""
    return f"since {kept.since}, entry {kept.sequence}{quiet}"


def _unanswered(case: Case, passed: Transition) -> Iterator[Line]:
    """What the play was in the playbook that decided the passage."""
    try:
        then = case.play_then
    except ConfigurationError:
        told = f"no run tells of it, and the playbook {passed.playbook} is gone"
    else:
        told = f"the play was {then.state if then else 'not there'} in the playbook {passed.playbook}"
    yield Line("unanswered", told, passed.at, passed.playbook, stops=True)
