"""What a play did: its run, the messages it sent, the tasks it made."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from keepwell.history import HistoryRow
from keepwell.plays.planning import step_wake
from keepwell.plays.play import Play
from keepwell.plays.starting import start_id
from keepwell.plays.steps import deeds_of
from keepwell.plays.tracing.case import Case, Line
from keepwell.standings import HAND
from keepwell.tasks import PlayRun, RunState, Task
from keepwell.wakes import Purpose, Wake
from keepwell.waking import LONGEST_PAUSE

MOST_GIVEN_UP = 200
_RUNS: Mapping[RunState, str] = {
    RunState.GOING: "it has begun, and was interrupted; the next launch ends it",
    RunState.WAITING: "a step waits",
    RunState.DONE: "it is done",
    RunState.ENDED: "it was called off while it waited",
}


def run(case: Case) -> Iterator[Line]:
    """The run, each of its steps, and what it could not do."""
    found = case.run
    if found is None:
        yield from _not_begun(case)
        return
    version = found.playbook
    outcome, told = _summary(found, case)
    yield Line(outcome, told, found.at, version, stops=not found.fired or found.shadow)
    for step in found.steps:
        if step.detail not in told or found.fired:
            place = f"step {step.step}: " if step.step else ""
            yield Line(step.outcome, f"{place}{step.detail}", step.at, version)
    for problem in found.problems:
        yield Line("problem", problem, found.at, version)
    if found.state is RunState.WAITING:
        yield from _given_up(case, step_wake(found).wake_id)
    if found.state is RunState.GOING and found.transition and found.transition.by_hand:
        request = found.transition.segment.removeprefix(HAND)
        begun_by = start_id(found.play, found.account_id, request, found.transition.user_id)
        yield from _given_up(case, begun_by)


def delivery(case: Case) -> Iterator[Line]:
    """Each message of the run: how far it is, and what came of the tries."""
    for delivery_id in case.run.deliveries if case.run else ():
        found = case.launcher.deliveries.get(delivery_id)
        if found is None:
            yield Line("gone", f"{delivery_id} is not kept any more")
            continue
        tried = f"{found.tried} attempts" if found.tried != 1 else "1 attempt"
        last = f"; last: {found.attempts[-1].outcome}" if found.attempts else ""
        due = f"; due at {case.told(found.due_at)}" if found.open else ""
        off = f"; put off: {found.put_off}" if found.put_off and found.open else ""
        told = f"{found.channel} {delivery_id} to {found.to}: {tried}{last}{due}{off}"
        yield Line(found.state.value, told, found.ended_at)


def task(case: Case) -> Iterator[Line]:
    """Each task of the run: whose it is and why, and what became of it."""
    if case.run is None:
        return
    passage, play = case.run.transition_id, case.play.id
    made = (each for each in case.launcher.work.tasks(case.account.account_id) if _is_of(each, play, passage))
    for each in sorted(made, key=lambda task: (task.created_at, task.task_id)):
        why = f" ({each.why_assigned})" if each.why_assigned else ""
        due = f", due {each.due_date}" if each.due_date else ""
        came = f": {each.outcome}" if each.outcome else ""
        told = f"{each.task_id} for {each.assignee or 'nobody'}{why}{due}: {each.title}"
        yield Line(each.status.value, f"{told}{came}", each.created_at, case.run.playbook)


def _summary(found: PlayRun, case: Case) -> tuple[str, str]:
    if not found.fired:
        return "nothing", "; ".join(found.outcomes)
    steps = "; ".join(step.detail for step in found.steps)
    done = "; ".join(each for each in found.outcomes if each not in steps)
    until = f" until {case.told(found.until)}" if found.until else ""
    how_far = f"{_RUNS[found.state]}{until if found.state is RunState.WAITING else ''}"
    if found.shadow:
        return "shadow", f"it did nothing; what follows is what it would have done. {how_far}"
    return found.state.value, f"{how_far}: {done}" if done else how_far


def _not_begun(case: Case) -> Iterator[Line]:
    """Why there is no run, as far as that is to be told here."""
    for wake in _asked_for(case):
        problem = f"; it could not: {wake.problem}" if wake.problem else ""
        told = f"{wake.content['by']} asked for it, and it begins within a minute{problem}"
        yield Line("asked", told, wake.due_at, stops=True)
        return
    yield from _never_begun(case)
    if case.is_pending and not case.held:
        told = "its launch is under way; what was interrupted the daily sweep repeats"
        yield Line("pending", told, case.now, stops=True)
    elif case.play.segment:
        yield Line("none", "the play has no run for this", stops=True)
    else:
        starters = ", ".join(p.id for p in case.playbook.plays if _starts(p, case.play.id))
        others = f"of the plays that start it ({starters}) none did, and " if starters else ""
        yield Line("none", f"{others}nobody asked for it", stops=True)


def _given_up(case: Case, wake_id: str) -> Iterator[Line]:
    """What was to go on, could not for days, and still cannot."""
    wake = case.launcher.wakes.get(wake_id)
    if wake is None or not wake.given_up:
        return
    for row in _failures(case, wake_id):
        told = f"after {wake.attempts} attempts: {wake.why}; it is tried twice a day until that is mended"
        yield Line("given up", told, row.at, stops=True)
        return


def _never_begun(case: Case) -> Iterator[Line]:
    """What was asked for last, if it is over since it could not begin for days."""
    user = f"/{case.person.user_id}" if case.person else ""
    for row in _failures(case, start_id(case.play.id, case.account.account_id)):
        if row.row_id.endswith(user):
            told = f"after {row.detail['attempts']} attempts: {row.detail['problem']}; it is over, ask again"
            yield Line("given up", told, row.at, stops=True)
            return


def _failures(case: Case, wakes: str) -> Iterator[HistoryRow]:
    """What could not be done here for days, newest first, of the wakes whose ids begin with `wakes`."""
    rows = case.launcher.history.of(case.account.account_id, "wake", MOST_GIVEN_UP)
    return (row for row in rows if row.row_id.startswith(wakes) and row.at <= case.now)


def _asked_for(case: Case) -> Iterator[Wake]:
    """What is to start it, as a person asked."""
    if case.play.segment or case.day != case.today:
        return
    for wake in case.launcher.wakes.due(case.now + LONGEST_PAUSE + timedelta(minutes=1)):
        mine = (wake.purpose, wake.account_id) == (Purpose.START, case.account.account_id)
        user_id = case.person.user_id if case.person else ""
        asked = (wake.content.get("play"), wake.content.get("user", ""))
        if mine and asked == (case.play.id, user_id) and not wake.given_up:
            yield wake


def _starts(play: Play, other: str) -> bool:
    return any(other in deeds.starts for _, deeds in deeds_of(play))


def _is_of(task: Task, play: str, passage: str) -> bool:
    return task.play == play and task.facts.created_by == passage
