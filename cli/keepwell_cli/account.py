"""`keepwell account`: the facts of one account, its standing and the reasons behind it."""

from collections.abc import Iterable
from typing import Annotated, Any

import typer

from keepwell.accounts import Account
from keepwell.attributes import TAGS, show_cell
from keepwell.deliveries import Delivery
from keepwell.errors import RejectedInput
from keepwell.evaluation import Evaluation, evaluate
from keepwell.health.explaining import explain
from keepwell.health.replaying import SCORE, dimensions_document, metric_document
from keepwell.looking import CONCLUDED
from keepwell.playbook import Playbook
from keepwell.ports import Deliveries
from keepwell.standings import Passage, Standing
from keepwell.tasks import PlayRun, StepTaken
from keepwell_cli import relations
from keepwell_cli.account_view import view
from keepwell_cli.chronicle import chronicle
from keepwell_cli.explanation import explanation_document
from keepwell_cli.ids import read_id
from keepwell_cli.output import Answer
from keepwell_cli.stack import Stack, StackName

LATEST_RUNS = 50


def account(
    account_id: Annotated[str, typer.Argument(help="The account's id.")], stack: StackName = None
) -> Answer:
    """Show the facts of one account, what was concluded and why, and what its plays did.

    Example: `keepwell account ACC-0003`
    """
    read_id(account_id, "account")
    here = Stack.configured(stack)
    found = here.accounts.get(account_id)
    if found is None:
        raise RejectedInput(
            f"there is no account {account_id!r}; ids are written as in the file, case included"
        )
    playbook = here.playbooks.get()
    if playbook.reads_people:
        found = here.directory.with_people(found)
    evaluation = evaluate(found, playbook, here.clock.now(), population=here.populations.current())
    tasks = list(here.work.tasks(account_id))
    runs = sorted(here.work.runs(account_id), key=lambda run: (run.at, run.run_id), reverse=True)[
        :LATEST_RUNS
    ]
    history = chronicle(here.history.of(account_id), playbook)
    explanation = explain(evaluation, here.history.of(account_id, SCORE))
    standing = found.standing
    document = {
        "account_id": account_id,
        "facts": {name: show_cell(value) for name, value in sorted(found.facts.values.items())},
        "computed": _computed(evaluation, playbook),
        "standing": None
        if standing is None
        else {
            "health": standing.health.value,
            "score": standing.score,
            "profile": standing.profile,
            "account_model": standing.account_model.value,
            "confidence": standing.confidence,
            "evaluated_at": standing.evaluated_at.isoformat(),
            "playbook": standing.playbook,
            "segments": _segments(standing, playbook, history),
            "memberships": _memberships(standing, playbook),
            "pending": [transition.id for transition in standing.pending],
        },
        "tags": list(_tags(found)),
        "explanation": explanation_document(explanation, playbook.bands),
        "metrics": [metric_document(metric) for metric in evaluation.assessment.result.metrics],
        "beside": [metric_document(metric) for metric in evaluation.assessment.beside.metrics],
        "dimensions": dimensions_document(evaluation.assessment.result),
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
                "shadow": run.shadow,
                "fired": run.fired,
                "outcomes": list(run.outcomes),
                "problems": list(run.problems),
                "state": run.state.value,
                "waits_until": run.until.isoformat() if run.until and not run.is_over else None,
                "steps": [_step(step) for step in run.steps],
            }
            for run in runs
        ],
        "deliveries": [_delivery(delivery) for delivery in _deliveries(runs, here.deliveries)],
        "assignments": relations.assignments(found.facts, playbook.catalogue, here.team),
        "people": [relations.person(person) for person in here.people.people(account_id)],
        "touchpoints": relations.latest(here.touchpoints.touchpoints(account_id)),
        "collections": [relations.record(record) for record in here.collections.records(account_id)],
        "history": history,
    }
    return Answer(document, view(document))


def _step(step: StepTaken) -> dict[str, Any]:
    return {"step": step.step, "outcome": step.outcome, "detail": step.detail, "at": step.at.isoformat()}


def _computed(evaluation: Evaluation, playbook: Playbook) -> dict[str, str]:
    """What was computed of the facts, the use and the population, in the order of the names."""
    facts = evaluation.account.facts.values
    return {
        attribute.name: show_cell(value)
        for attribute in sorted(playbook.catalogue, key=lambda each: each.name)
        if attribute.name not in CONCLUDED
        and (value := evaluation.values.get(attribute.name)) is not None
        and value != facts.get(attribute.name)
    }


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
            "quiet": membership.quiet,
            "reasons": [reason for reason in entered.get(rule, ()) if reason["matches"]],
        }
        for rule, membership in standing.memberships.items()
        if membership.inside and rule in names
    ]


def _memberships(standing: Standing, playbook: Playbook) -> list[dict[str, Any]]:
    """The segments it is or was inside, as long as the playbook has them."""
    return [
        {
            "id": segment.id,
            "segment": segment.name,
            "inside": kept.inside,
            "sequence": kept.sequence,
            "since": kept.since.isoformat(),
            "left": kept.left.isoformat() if kept.left else None,
            "quiet": kept.quiet,
        }
        for segment in playbook.segments
        if (kept := standing.memberships.get(segment.id))
    ]


def _tags(account: Account) -> tuple[str, ...]:
    tags = account.facts.values.get(TAGS.name)
    return tags if isinstance(tags, tuple) else ()


def _deliveries(runs: Iterable[PlayRun], deliveries: Deliveries) -> list[Delivery]:
    """The messages that the runs put on their way."""
    found = [deliveries.get(delivery_id) for run in runs for delivery_id in run.deliveries]
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
