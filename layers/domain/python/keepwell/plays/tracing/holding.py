"""What holds a play back that is up for firing: the brake, the confidence in the health, the noise budget."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from keepwell.noise.reasons import Reason, reason_of
from keepwell.noise.repeating import AGAIN
from keepwell.plays.braking import Ruling, Verdict
from keepwell.plays.passing_over import is_cooling, is_unsure
from keepwell.plays.tracing.case import Case, Line

_VERDICTS: Mapping[Verdict, str] = {
    Verdict.FIRE: "not held",
    Verdict.HELD: "it waits for a person: `keepwell release` or `keepwell discard`",
    Verdict.RELEASED: "a person let it fire",
    Verdict.DISCARDED: "a person dropped it",
}
_DROPPED = "it waited for a person until the play was taken out of service"


def brake(case: Case) -> Iterator[Line]:
    """Whether it was about to fire for too many accounts of one import or night, and what a person said."""
    for each in case.held:
        waits = "; it is to be carried out yet" if each.ruling.verdict is not Verdict.HELD else ""
        yield _ruled(case, each.ruling, each.cause, waits)
    run, passed, play = case.run, case.passed, case.play
    if case.held or passed is None or not passed.cause or play.is_shadow:
        return
    ruling = case.launcher.brake.look(play, passed)
    if run is None:
        if ruling.verdict is Verdict.HELD and case.is_dropped:
            yield _ruled(case, ruling, passed.cause, said=_DROPPED)
        return
    if ruling.verdict is Verdict.HELD or (run.fired and ruling.verdict is Verdict.DISCARDED):
        ruling = replace(ruling, verdict=Verdict.FIRE)  # it had passed before
    yield _ruled(case, ruling, passed.cause)


def confidence(case: Case) -> Iterator[Line]:
    """Whether enough was known of the health for a play that asks for a minimum."""
    asked = case.play.minimum_confidence
    if asked is None or case.occasion is None:
        return
    at, playbook = case.occasion.transition.at, case.occasion.transition.playbook
    if why := is_unsure(case.occasion):
        yield Line("too low", why, at, playbook, stops=True)
    else:
        told = f"the confidence is {case.occasion.transition.confidence}%, and the play asks for {asked}%"
        yield Line("enough", told, at, playbook)


def noise(case: Case) -> Iterator[Line]:
    """What keeps the same from being asked twice, and what keeps members from being interrupted: the play's
    cool-down, tasks that are open still, the daily cap and quiet hours."""
    run, occasion = case.run, case.occasion
    version = run.playbook if run else None
    if case.play.cool_down_days is not None and occasion is not None:
        at = run.at if run else case.now
        if why := is_cooling(replace(occasion, now=at)):
            yield Line("cool-down", why, at, version, stops=True)
        else:
            days = case.play.cool_down_days
            yield Line("free", f"it had not fired here in the {days} days before", at, version)
    for step in run.steps if run else ():
        if step.outcome == AGAIN:
            yield Line(AGAIN, step.detail, step.at, version)
    for outcome in run.outcomes if run else ():
        if (reason := reason_of(outcome)) in (Reason.CAP, Reason.QUIET_HOURS):
            yield Line(reason.value, outcome, run.at if run else None, version)


def _ruled(case: Case, ruling: Ruling, cause: str, more: str = "", said: str = "") -> Line:
    decision = f" ({ruling.decision})" if ruling.decision else ""
    limit = f", and the limit is {ruling.limit.accounts} ({ruling.limit.reason})"
    fired = f"it fired for {ruling.fired} of {cause}{limit if ruling.verdict is Verdict.HELD else ''}"
    told = f"{said or _VERDICTS[ruling.verdict]}{decision}{more}; {fired}"
    return Line(ruling.verdict.value, told, case.now, stops=ruling.verdict is not Verdict.FIRE)
