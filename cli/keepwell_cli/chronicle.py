"""What happened to an account, in words: what it entered and left, why, by what, and what kept plays still.

A row of the history tells a transition with its reasons; the sentence says the same to people.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from keepwell.health.replaying import RECALCULATED
from keepwell.history import HistoryRow
from keepwell.playbook import Playbook
from keepwell.segments.users import KIND as USER_TRANSITION
from keepwell.standings import Passage, Silence
from keepwell.tasks.changing import KIND as TASK_CHANGE
from keepwell_cli.task_view import change_in_words


def chronicle(rows: Sequence[HistoryRow], playbook: Playbook) -> list[dict[str, Any]]:
    """The rows, newest first, as documents; those of transitions, stages, tasks and scores that were
    recalculated have a sentence, `in_words`. What passes the trigger of a draft has none: it means nothing
    yet, and most of it would say again what a segment says."""
    names = names_of(playbook)
    told = [{"at": row.at.date().isoformat(), "kind": row.kind, **row.detail} for row in rows]
    for row in told:
        if row["kind"] == "transition" and row["segment"] not in playbook.drafted:
            row["in_words"] = "; ".join(_sentence(row, told, playbook, names))
        elif row["kind"] == USER_TRANSITION:
            crossing = next(_sentence(row, told, playbook, names))
            row["in_words"] = f"{row['user_id']} {crossing}"
        elif row["kind"] == "stage":
            cause = cause_in_words(row["cause"])
            row["in_words"] = (
                f"{row['attribute']}: {row['from'] or 'none'} > {row['to'] or 'none'}; by {cause}"
            )
        elif row["kind"] == TASK_CHANGE:
            row["in_words"] = f"task {row['task_id']} {change_in_words(row)}"
        elif row.get(RECALCULATED):
            score = "" if row["score"] is None else f" {row['score']}"
            verdict = f"{row['band'].capitalize()}{score}"
            row["in_words"] = f"{verdict}, judged afterwards (recalculated) by the playbook {row['playbook']}"
    return told


def names_of(playbook: Playbook) -> dict[str, str]:
    """What people call a segment, and a play's own trigger, by its id."""
    every = (*playbook.segments, *playbook.user_segments)
    segments = {segment.id: segment.name for segment in every}
    return segments | {
        play.segment: f"the trigger of {play.name}" for play in playbook.plays if play.criteria
    }


def cause_in_words(cause: str) -> str:
    """`night:2027-03-31`, `play:rescue`, `task:T-1`, or the id of a drop, for people."""
    kind, _, name = cause.partition(":")
    known = {"night": f"the night of {name}", "play": f"the play {name}", "task": f"the task {name}"}
    return known.get(kind, f"the drop {cause}")


def _sentence(
    row: Mapping[str, Any], told: Sequence[Mapping[str, Any]], playbook: Playbook, names: Mapping[str, str]
) -> Iterator[str]:
    matched = [f"{r['condition']} (it was {was(r)})" for r in row["reasons"] if r["matches"]]
    because = f": {', '.join(matched)}" if matched and row["passage"] == Passage.ENTERED else ""
    crossed = "entered" if row["passage"] == Passage.ENTERED else "left"
    yield f"{crossed} {names.get(row['segment'], row['segment'])}{because}"
    if row.get("cause"):
        yield f"by {cause_in_words(row['cause'])}"
    if row.get("silence") == Silence.BASELINE:
        yield "it was inside already: only plays with `existing: act` fire"
    if row.get("silence") == Silence.COOL_DOWN:
        yield f"no play fired: {_cooling(row, told, playbook)}"


def _cooling(row: Mapping[str, Any], told: Sequence[Mapping[str, Any]], playbook: Playbook) -> str:
    """Until when an entry was quiet: what the segment asks for now, after the exit before it."""
    if row["passage"] == Passage.EXITED:
        return "its entry was in the cool-down and had fired none either"
    days = next((s.cool_down_days for s in playbook.segments if s.id == row["segment"]), None)
    before = (row["segment"], row["sequence"] - 1, Passage.EXITED)
    exits = [
        each["at"]
        for each in told
        if each["kind"] == "transition" and (each["segment"], each["sequence"], each["passage"]) == before
    ]
    if days is None or not exits:
        return "it was in its cool-down"
    return f"in its cool-down until {date.fromisoformat(exits[0]) + timedelta(days=days)}"


def was(reason: Mapping[str, Any]) -> str:
    """The value that a condition met, in words."""
    return "empty" if reason["value"] is None else str(reason["value"])
