"""`keepwell account`: the facts of one account, its standing and the reasons behind it."""

from collections.abc import Iterable
from typing import Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from keepwell.attributes import show_cell
from keepwell.deliveries import Channel, Delivery, DeliveryState
from keepwell.errors import RejectedInput
from keepwell.evaluation import evaluate
from keepwell.health import HealthResult
from keepwell.playbook import Playbook
from keepwell.ports import Deliveries
from keepwell.standings import Passage, Standing
from keepwell.tasks import PlayRun
from keepwell_cli.output import Answer, plain
from keepwell_cli.stack import Stack, StackName

COLOUR = {"good": "green", "average": "yellow", "poor": "red", "unknown": "dim"}
LATEST_RUNS = 50


def account(
    account_id: Annotated[str, typer.Argument(help="The account's id.")], stack: StackName = None
) -> Answer:
    """Show the facts of one account, what was concluded and why, and what its plays did.

    Example: `keepwell account ACC-0003`
    """
    if not account_id.strip():
        raise RejectedInput("name an account: its id, as it is written in the file")
    here = Stack.configured(stack)
    found = here.accounts.get(account_id)
    if found is None:
        raise RejectedInput(
            f"there is no account {account_id!r}; ids are written as in the file, case included"
        )
    playbook = here.playbooks.get()
    evaluation = evaluate(found, playbook, here.clock.now())
    tasks = list(here.work.tasks(account_id))
    runs = sorted(here.work.runs(account_id), key=lambda run: (run.at, run.run_id), reverse=True)[
        :LATEST_RUNS
    ]
    history = [
        {"at": row.at.date().isoformat(), "kind": row.kind, **row.detail}
        for row in here.history.of(account_id)
    ]
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
            "segments": _segments(standing, playbook, history),
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
        "plays": [
            {
                "play": run.play,
                "at": run.at.isoformat(),
                "outcomes": list(run.outcomes),
                "problems": list(run.problems),
            }
            for run in runs
        ],
        "deliveries": [_delivery(delivery) for delivery in _deliveries(runs, here.deliveries)],
        "history": history,
    }
    return Answer(document, _view(document))


def _segments(standing: Standing, playbook: Playbook, history: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The segments the account is in, each with what matched when it entered (none if taken in silently)."""
    names = {segment.id: segment.name for segment in playbook.segments}
    entered: dict[str, list[dict[str, Any]]] = {}
    for row in history:  # newest first
        if row["kind"] == "transition" and row["passage"] == Passage.ENTERED.value:
            entered.setdefault(row["segment"], row["reasons"])
    return [
        {
            "segment": names[rule],
            "since": membership.since.isoformat(),
            "reasons": [reason for reason in entered.get(rule, ()) if reason["matches"]],
        }
        for rule, membership in standing.memberships.items()
        if membership.inside and rule in names
    ]


def _deliveries(runs: Iterable[PlayRun], deliveries: Deliveries) -> list[Delivery]:
    """What the runs sent: their outcomes name each delivery; those of a shadow play were never made."""
    channels = {channel.value for channel in Channel}
    words = [outcome.split(" ", 2) for run in runs for outcome in run.outcomes]
    found = [deliveries.get(word[1]) for word in words if word[0] in channels]
    return [delivery for delivery in found if delivery is not None]


def _delivery(delivery: Delivery) -> dict[str, Any]:
    return {
        "delivery_id": delivery.delivery_id,
        "channel": delivery.channel.value,
        "to": delivery.to,
        "state": delivery.state.value,
        "attempts": len(delivery.attempts),
        "last": delivery.attempts[-1].outcome if delivery.attempts else None,
    }


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
    profile = plain(f"  profile {standing['profile'] or 'none'}")
    head = Text.assemble((f"{standing['health'].capitalize()}{score}", f"bold {colour}"), profile)
    inside = ", ".join(f"{s['segment']} (since {s['since']})" for s in standing["segments"]) or "none"
    lines = [head, *([plain(document["why"])] if document["why"] else []), plain(f"segments: {inside}")]
    lines += map(plain, _reasons(standing["segments"]))
    lines += [plain(f"task: {title}") for title in document["tasks"]]
    lines += map(plain, _troubles(document))
    return Group(*lines, "", _sum(document["dimensions"]), "", _why(document["metrics"]), "", facts)


def _reasons(segments: list[dict[str, Any]]) -> Iterable[str]:
    for segment in segments:
        for reason in segment["reasons"]:
            yield f"  {segment['segment']}: {reason['condition']} (it was {reason['value']})"


def _troubles(document: dict[str, Any]) -> Iterable[str]:
    """What could not be carried out, and the deliveries that have not arrived."""
    for run in document["plays"]:
        for problem in run["problems"]:
            yield f"not done by the play {run['play']} on {run['at'][:10]}: {problem}"
    for delivery in document["deliveries"]:
        if delivery["state"] != DeliveryState.SENT.value:
            tried = f" after {delivery['attempts']} attempts: {delivery['last']}" if delivery["last"] else ""
            yield f"{delivery['channel']} to {delivery['to']} is {delivery['state']}{tried}"


def _sum(dimensions: list[dict[str, Any]]) -> Table:
    """The dimensions, whose weighted mean is the score."""
    table = Table("dimension", "score", "weight", box=None, padding=(0, 2, 0, 0))
    for dimension in dimensions:
        score = "left out" if dimension["score"] is None else f"{dimension['score']:g}"
        table.add_row(plain(dimension["name"]), score, f"{dimension['weight']:g}%")
    return table


def _why(metrics: list[dict[str, Any]]) -> Table:
    table = Table("metric", "value", "band", "points", "weight", box=None, padding=(0, 2, 0, 0))
    for metric in metrics:
        shown = "[dim]missing, left out[/]" if metric["missing"] else plain(metric["value"])
        band = f"[{COLOUR[metric['band']]}]{metric['band']}[/]"
        table.add_row(
            plain(metric["name"]), shown, band, str(metric["points"] or 0), f"{metric['weight']:g}%"
        )
    return table
