"""The steps of a play, checked and in their compiled form."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from keepwell.playbook import kinds
from keepwell.playbook.actions import Deeds, Step
from keepwell.playbook.checking import Checker, canonical
from keepwell.playbook.documents import Place
from keepwell.playbook.loading import Source

Part = dict[str, Any]
CompileDeeds = Callable[[Source[kinds.Play], Place, Deeds | Step, Checker], Part]

DEEPEST = 5
"""So many branches may stand inside one another."""

MOST = 100
"""So many steps a play may have, those inside branches included: one launch may have to take them all."""


def compile_steps(
    source: Source[kinds.Play],
    place: Place,
    steps: Sequence[Step],
    compile_deeds: CompileDeeds,
    check: Checker,
    depth: int = 0,
) -> list[Part]:
    """Each step as what it `does`, what it `waits` for, or what it asks (`if`)."""
    if not depth and (count := sum(1 for _ in steps_within(steps))) > MOST:
        check.note(
            source, place, f"{count} steps are too many: at most {MOST}, those inside branches included"
        )
    if steps and depth > DEEPEST:
        check.note(
            source, place, f"at most {DEEPEST} branches stand inside one another: start a play instead"
        )
        return []
    if steps and steps[-1].waits and not depth:
        check.warn(source, (*place, len(steps) - 1), "nothing follows this wait")

    def within(number: int, key: str, inner: Sequence[Step]) -> list[Part]:
        return compile_steps(source, (*place, number, key), inner, compile_deeds, check, depth + 1)

    compiled: list[Part] = []
    for number, step in enumerate(steps):
        here = (*place, number)
        if step.condition is not None:
            asked_of = check.catalogue.users if source.says.of == "users" else None
            condition = check.condition(source, (*here, "if"), step.condition, asked_of)
            compiled.append(
                {
                    "if": canonical(condition),
                    "then": within(number, "then", step.then),
                    "else": within(number, "else", step.otherwise),
                }
            )
        elif step.waits:
            compiled.append({"waits": _wait(step)})
        else:
            compiled.append({"does": compile_deeds(source, here, step, check)})
    return compiled


def steps_within(steps: Sequence[Step]) -> Iterator[Step]:
    """All steps, also those inside branches."""
    for step in steps:
        yield step
        yield from steps_within(step.then)
        yield from steps_within(step.otherwise)


def _wait(step: Step) -> Part:
    return {
        "days": step.wait_days or 0,
        "hours": step.wait_hours or 0,
        "working_days": step.wait_working_days or 0,
        "unless_left": step.unless_left,
    }
