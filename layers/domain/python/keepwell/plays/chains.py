"""Chains of plays: those that answer a transition, and those that they start, each once (SEG-08)."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from keepwell.playbook import Playbook
from keepwell.plays.effects import Occasion
from keepwell.plays.play import Deeds
from keepwell.plays.steps import Agenda, begun, deeds_before_waiting
from keepwell.ports import Work
from keepwell.tasks import PlayRun, RunState

Act = Callable[[Occasion, PlayRun | None], PlayRun | None]
"""Lets a play act, given its run where an earlier launch was interrupted; its run, None if it is held."""


def each_once(occasions: Iterable[Occasion], work: Work, act: Act) -> bool:
    """Let plays act, then those they start, each once and unless it has its run; whether all have one. Live
    ones come first, so that what a live one starts is live."""
    agenda, met, settled = list(occasions), set[str](), True
    while agenda:
        agenda.sort(key=lambda each: each.play.is_shadow)
        occasion = agenda.pop(0)
        if occasion.play.id in met:
            continue
        met.add(occasion.play.id)
        run = work.run(occasion.account.account_id, occasion.run_id)
        if run is None or run.state is RunState.GOING:
            run = act(occasion, run)
        if run is None:
            settled = False
        elif run.fired:
            agenda += started(occasion, run.started)
    return settled


def started(occasion: Occasion, plays: Iterable[str]) -> list[Occasion]:
    """The same occasion for the plays with these ids that its play starts: the live and shadow ones, by a
    shadow all as shadows."""
    known = {each.id: each for each in occasion.playbook.plays}
    found = [known[name] for name in plays if name in known and known[name].state.answers]
    shadow = occasion.play.is_shadow
    return [replace(occasion, play=play.as_shadow() if shadow else play) for play in found]


def starts_of(occasion: Occasion, agenda: Agenda) -> set[str]:
    """The plays that steps may start before the next wait, whatever the conditions say, and those that they
    start in turn."""
    known = {each.id: each for each in occasion.playbook.plays}
    found, agendas = set[str](), [agenda]
    while agendas:
        names = {name for _, deeds in deeds_before_waiting(agendas.pop()) for name in deeds.starts}
        new = (names & known.keys()) - found
        found |= new
        agendas += [[("", known[name]), *begun(known[name].steps)] for name in sorted(new)]
    return found


def starts_in_words(deeds: Deeds, playbook: Playbook) -> tuple[list[str], list[str]]:
    """What becomes of the plays that deeds start, and which they cannot start."""
    known = {each.id: each.state for each in playbook.plays}
    outcomes, problems = [], []
    for name in deeds.starts:
        if name not in known:
            problems.append(f"start {name}: the playbook has no such play")
        elif known[name].answers:
            outcomes.append(f"play {name} started")
        else:
            outcomes.append(f"play {name} not started: it is {known[name]}")
    return outcomes, problems
