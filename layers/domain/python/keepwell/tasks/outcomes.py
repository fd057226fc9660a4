"""What can come of a task: the outcome that is told on closing it (definitions, D10)."""

from difflib import get_close_matches

from keepwell.errors import RejectedInput

OUTCOMES = (
    "Done",
    "Reached",
    "No Answer",
    "Resolved",
    "Opportunity",
    "Not Needed",
    "False Alarm",
)
"""The standard ones; a company adds its own in keepwell.yaml."""


def read_outcome(text: str, outcomes: tuple[str, ...]) -> str:
    """The outcome that `text` spells in any case. Raises RejectedInput, saying which there are."""
    by_key = {outcome.casefold(): outcome for outcome in outcomes}
    wanted = " ".join(text.split()).casefold()
    if wanted in by_key:
        return by_key[wanted]
    near = get_close_matches(wanted[:60], by_key, n=1, cutoff=0.7)
    meant = f"; did you mean {by_key[near[0]]}?" if near else ""
    raise RejectedInput(f"{text!r} is no outcome: there are {', '.join(outcomes)}{meant}")
