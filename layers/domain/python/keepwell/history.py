"""History: what happened to an account, append-only; repeating a write is harmless (reliability S2)."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from keepwell.standings import Standing, Transition


@dataclass(frozen=True)
class HistoryRow:
    """One thing that happened.

    `kind` is `score`, `stage`, `transition` or `user-transition` (of a person at the account); `row_id` is
    derived from what happened (for a score: the standing's revision and a hash of the inputs; for a silent
    transition its id and the silence), so that the key account, `at`#kind#id is the same on every repetition.
    `detail` is JSON; a transition's `silence` says why it started no play, or is null.
    """

    account_id: str
    at: datetime
    kind: str
    row_id: str
    detail: dict[str, Any]


def start_of(day: date) -> datetime:
    """The `at` of what was decided on a tenant's day: the same however often it is decided."""
    return datetime.combine(day, time(), UTC)


def stage_row(
    standing: Standing, attribute: str, before: str | None, after: str | None, *, source: str, cause: str
) -> HistoryRow:
    """The row that tells of a lifecycle's change of stage (None: there is none): who told it, and by what it
    was found (HLT-23)."""
    return HistoryRow(
        account_id=standing.account_id,
        at=start_of(standing.day),
        kind="stage",
        row_id=f"{standing.revision + 1:06d}-{attribute}-{after or ''}",
        detail={
            "attribute": attribute,
            "from": before,
            "to": after,
            "source": source,
            "cause": cause,
            "health": standing.health.value,
            "score": standing.score,
        },
    )


def transition_row(transition: Transition) -> HistoryRow:
    """The row that tells of a transition. A silent entry and the same entry when it fires are two rows, also
    on one day."""
    silence = transition.silence.value if transition.silence else None
    return HistoryRow(
        account_id=transition.account_id,
        at=start_of(transition.day),
        kind="transition",
        row_id=f"{transition.id}/{silence}" if silence else transition.id,
        detail={
            "segment": transition.segment,
            "passage": transition.passage.value,
            "sequence": transition.sequence,
            "health": transition.health.value,
            "score": transition.score,
            "confidence": transition.confidence,
            "reasons": [
                {"condition": r.condition, "value": r.value, "matches": r.matches} for r in transition.reasons
            ],
            "drivers": list(transition.drivers),
            "playbook": transition.playbook,
            "cause": transition.cause,
            "silence": silence,
        },
    )
