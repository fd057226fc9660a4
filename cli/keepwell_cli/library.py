"""docs/reference/plays.md: its table of the plays that ship, made of the default playbook.

`python -m keepwell_cli.library` writes it between its marks, `--check` ends with 1 if it is out of date. What
stands around the table is written by hand.
"""

import re
import sys
from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path

from keepwell.assignment.rules import MANAGER_OF
from keepwell.criteria.analysis import segments_of
from keepwell.playbook import Playbook, read_bundle
from keepwell.playbook.loading import blocs_in, shipped_blocs
from keepwell.plays import Play
from keepwell.plays.play import Deeds, TaskAction
from keepwell.plays.steps import Branch, Step, Wait

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "plays.md"

_MARKED = re.compile(r"(<!-- plays -->\n).*?(<!-- end -->)", re.DOTALL)
_HEAD = "| play | state | begins when | does |\n| --- | --- | --- | --- |\n"


def with_table(page: str) -> str:
    """The page with the table as the default playbook has it now."""
    return _MARKED.sub(lambda found: f"{found[1]}{_tables()}{found[2]}", page)


def _tables() -> str:
    """A table for each bloc that has plays."""
    playbook = read_bundle(files("keepwell_blocs").joinpath("default.json").read_text("utf-8"))
    plays = {play.id: play for play in playbook.plays}
    folder = shipped_blocs()
    parts = []
    for bloc, says in blocs_in(folder).items():
        names = sorted(path.stem for path in (folder / bloc / "plays").glob("*.yaml"))
        rows = "".join(f"| {' | '.join(_row(plays[name], playbook))} |\n" for name in names)
        if rows:
            parts.append(f"\n**{says.name}** (`{bloc}`). {says.goal}\n\n{_HEAD}{rows}")
    return "".join(parts) + "\n"


def _row(play: Play, playbook: Playbook) -> tuple[str, ...]:
    return f"`{play.id}`", play.state.value, _begins(play, playbook), "; ".join(_does(play))


def _begins(play: Play, playbook: Playbook) -> str:
    """Its condition, or its segment's, and what each segment asks that this names."""
    rules = {rule.id: rule for rule in playbook.rules.memberships}
    criteria = rules[play.segment].criteria
    named = (playbook.rules.by_name[name.casefold()] for name in segments_of(criteria))
    return ", where ".join([f"`{criteria}`", *(f"*{each.name}* is `{each.criteria}`" for each in named)])


def _does(play: Play) -> Iterator[str]:
    yield from _deeds(play)
    yield from _steps(play.steps)


def _steps(steps: Sequence[Step]) -> Iterator[str]:
    """What steps do, in their order; the conditions of branches are left out."""
    for step in steps:
        if isinstance(step, Branch):
            yield from _steps((*step.then, *step.otherwise))
        elif isinstance(step, Wait):
            yield f"waits {_span(step)}"
        else:
            yield from _deeds(step)


def _deeds(deeds: Deeds) -> Iterator[str]:
    yield from map(_task, deeds.tasks)
    yield from (f"mail to the {_who(email.to)}" for email in deeds.emails)
    yield from (f"webhook to `{webhook.endpoint}`" for webhook in deeds.webhooks)
    yield from (f"sets {name} to {value}" for name, value in deeds.set_attributes)


def _task(task: TaskAction) -> str:
    """A task in one line, its templates as words."""
    title = task.title.replace("{{ account.name }}", "the account")
    title = re.sub(r"\{\{ account\.(\w+) \}\}", lambda found: f"the {found[1].replace('_', ' ')}", title)
    traits = [_who(task.assign_to), task.flow, task.priority.value, _due(task)]
    if task.sla_hours:
        traits.append(f"escalated after {task.sla_hours:g} hours")
    if task.sla_working_hours:
        traits.append(f"escalated after {task.sla_working_hours:g} working hours")
    return f"*{title}* ({', '.join(traits)})"


def _who(assign_to: str) -> str:
    leading = assign_to.startswith(MANAGER_OF)
    return f"manager of the {assign_to.removeprefix(MANAGER_OF)}" if leading else assign_to


def _due(task: TaskAction) -> str:
    working = task.due_in_working_days
    days = task.due_in_days if working is None else working
    kind = "" if working is None else "working "
    return f"due in {days} {kind}day{'' if days == 1 else 's'}" if days else "due the same day"


def _span(wait: Wait) -> str:
    numbers = {"hours": wait.hours, "days": wait.days, "working days": wait.working_days}
    return " ".join(f"{number} {unit}" for unit, number in numbers.items() if number)


def main() -> None:
    """Write the table, or with --check say whether it is out of date."""
    page = PAGE.read_text(encoding="utf-8")
    if "--check" in sys.argv[1:]:
        stale = page != with_table(page)
        raise SystemExit("docs/reference/plays.md is out of date: run make docs" if stale else 0)
    PAGE.write_text(with_table(page), encoding="utf-8")


if __name__ == "__main__":
    main()
