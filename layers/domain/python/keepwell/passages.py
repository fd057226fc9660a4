"""Passages of people: a person at an account entering or leaving a segment of users, for the plays about
people. Each is a wake: an account may have more people than its standing could hold transitions of.
"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from keepwell.standings import Band, Passage, Reason, Silence, Transition
from keepwell.wakes import Purpose, Wake

PASSAGE = "passage"
"""The key of the wake's content that holds the transition."""


def passage_wake(transition: Transition) -> Wake:
    """What has the plays about people answer a passage, as soon as it is stored with the person."""
    document = asdict(transition) | {"at": transition.at.isoformat(), "day": transition.day.isoformat()}
    return Wake(
        wake_id=f"start/{transition.id}",
        purpose=Purpose.START,
        due_at=transition.at,
        account_id=transition.account_id,
        content={PASSAGE: document},
    )


def passage_of(wake: Wake) -> Transition:
    """The transition of a wake that `passage_wake` made."""
    told: Mapping[str, Any] = wake.content[PASSAGE]
    return Transition(
        **{
            **told,
            "at": datetime.fromisoformat(told["at"]),
            "day": date.fromisoformat(told["day"]),
            "passage": Passage(told["passage"]),
            "health": Band(told["health"]),
            "silence": Silence(told["silence"]) if told["silence"] else None,
            "reasons": tuple(Reason(**each) for each in told["reasons"]),
            "drivers": tuple(told["drivers"]),
        }
    )
