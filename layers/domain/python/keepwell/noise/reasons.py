"""What holds plays and their messages back, as the outcomes of runs tell it (D6)."""

from enum import StrEnum


class Reason(StrEnum):
    """Why something was not done, or not at once."""

    BRAKE = "brake"
    """It fired for too many accounts at once, and a person discarded it, or has not decided yet."""
    COOL_DOWN = "cool-down"
    DEDUPE = "asked already"
    """A task of before is open still: it was updated, and messages to people were held back."""
    CAP = "daily cap"
    """It was told in a digest."""
    QUIET_HOURS = "quiet hours"
    CONFIDENCE = "confidence"
    """Too little was known of the health."""
    SHADOW = "shadow"
    LEFT = "left"
    """The account had passed on."""


BY_HAND = "discarded by hand"
"""All that the run of a play tells that a person discarded."""

_NOTHING = {
    BY_HAND: Reason.BRAKE,
    "nothing: cool-down until ": Reason.COOL_DOWN,
    "nothing: the confidence ": Reason.CONFIDENCE,
    "nothing: ": Reason.LEFT,
}
_MESSAGES = {
    "over the daily cap of ": Reason.CAP,
    ": quiet hours": Reason.QUIET_HOURS,
    "of before is still open": Reason.DEDUPE,
}


def reason_of(outcome: str) -> Reason | None:
    """Why what an outcome of a run tells was held back; None where it was not."""
    if outcome.startswith("task "):
        return Reason.DEDUPE if outcome.partition(": ")[0].endswith(" updated") else None
    if outcome.startswith(("email ", "webhook ", "notice ")):
        return next((reason for words, reason in _MESSAGES.items() if words in outcome), None)
    return next((reason for words, reason in _NOTHING.items() if outcome.startswith(words)), None)
