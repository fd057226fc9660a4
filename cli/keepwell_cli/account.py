"""`keepwell account`: the facts of one account, its standing and the reasons behind it."""

from typing import Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.table import Table

from keepwell.attributes import show_cell
from keepwell.errors import RejectedInput
from keepwell.evaluation import evaluate
from keepwell.health import HealthResult
from keepwell.playbook import Playbook
from keepwell.standings import Standing
from keepwell_cli.output import Answer, plain
from keepwell_cli.stack import Stack, StackName

COLOUR = {"good": "green", "average": "yellow", "poor": "red", "unknown": "dim"}


def account(
    account_id: Annotated[str, typer.Argument(help="The account's id.")], stack: StackName = None
) -> Answer:
    """Show the facts of one account, what was concluded, and why.

    Example: `keepwell account ACC-0003`
    """
    here = Stack.configured(stack)
    found = here.accounts.get(account_id)
    if found is None:
        raise RejectedInput(
            f"there is no account {account_id!r}; ids are written as in the file, case included"
        )
    playbook = here.playbooks.get()
    evaluation = evaluate(found, playbook, here.clock.now())
    tasks = list(here.work.tasks(account_id))
    standing = found.standing
    document = {
        "account_id": account_id,
        "facts": {name: show_cell(value) for name, value in sorted(found.facts.values.items())},
        "standing": None
        if standing is None
        else {
            "health": standing.health.value,
            "score": standing.score,
            "profile": standing.profile,
            "account_model": standing.account_model.value,
            "evaluated_at": standing.evaluated_at.isoformat(),
            "playbook": standing.playbook,
            "segments": _segments(standing, playbook),
            "pending": [transition.id for transition in standing.pending],
        },
        "metrics": _metrics(evaluation.assessment.result),
        "dimensions": [
            {"name": d.name, "score": d.score, "weight": d.weight}
            for d in evaluation.assessment.result.dimensions
        ],
        "why": evaluation.assessment.result.why,
        "chosen_by": [
            {"condition": r.condition, "value": r.value, "matches": r.matches}
            for r in evaluation.assessment.choice
        ],
        "tasks": [task.title for task in tasks],
        "history": [
            {"at": row.at.date().isoformat(), "kind": row.kind, **row.detail}
            for row in here.history.of(account_id)
        ],
    }
    return Answer(document, _view(document))


def _segments(standing: Standing, playbook: Playbook) -> list[dict[str, Any]]:
    names = {segment.id: segment.name for segment in playbook.segments}
    return [
        {"segment": names[rule], "since": membership.since.isoformat()}
        for rule, membership in standing.memberships.items()
        if membership.inside and rule in names
    ]


def _metrics(result: HealthResult) -> list[dict[str, Any]]:
    return [
        {
            "name": metric.name,
            "dimension": metric.dimension,
            "value": metric.value,
            "band": metric.band.value,
            "points": metric.points,
            "weight": metric.weight,
            "missing": metric.missing,
        }
        for metric in result.metrics
    ]


def _view(document: dict[str, Any]) -> RenderableType:
    facts = Table("fact", "value", box=None, padding=(0, 2, 0, 0))
    for name, value in document["facts"].items():
        facts.add_row(plain(name), plain(value))
    standing = document["standing"]
    if standing is None:
        return Group(facts, "", "[dim]not evaluated yet[/]")
    colour = COLOUR[standing["health"]]
    score = "" if standing["score"] is None else f" {standing['score']}"
    head = (
        f"[bold {colour}]{standing['health'].capitalize()}{score}[/]  profile {standing['profile'] or 'none'}"
    )
    why = Table("metric", "value", "band", "points", "weight", box=None, padding=(0, 2, 0, 0))
    for metric in document["metrics"]:
        shown = "[dim]missing, left out[/]" if metric["missing"] else plain(metric["value"])
        band = f"[{COLOUR[metric['band']]}]{metric['band']}[/]"
        why.add_row(plain(metric["name"]), shown, band, str(metric["points"] or 0), f"{metric['weight']:g}%")
    inside = ", ".join(f"{s['segment']} (since {s['since']})" for s in standing["segments"]) or "none"
    lines = [head, *([document["why"]] if document["why"] else []), plain(f"segments: {inside}")]
    return Group(*lines, *(plain(f"task: {title}") for title in document["tasks"]), "", why, "", facts)
