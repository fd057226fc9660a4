"""Crossing the border of a segment: when membership changes, and whether that is an event (product SEG-08).

An entry has a sequence number, counted per account and segment, so that a re-entry is a new transition with
effects of its own (reliability T1, T3).
"""

from datetime import date, datetime

from keepwell.accounts import Account
from keepwell.standings import Membership, Passage


def cross(
    present: Membership | None, inside: bool, today: date
) -> tuple[Membership | None, Passage | None]:  # None, None: never been inside
    """The membership after this evaluation, and the passage if the border was crossed."""
    if present is None:
        return (Membership(inside=True, sequence=1, since=today), Passage.ENTERED) if inside else (None, None)
    if present.inside == inside:
        return present, None
    sequence = present.sequence + 1 if inside else present.sequence
    return Membership(inside, sequence, today), Passage.ENTERED if inside else Passage.EXITED


def is_baseline(account: Account, activated: datetime | None) -> bool:
    """Whether an entry only marks who was there already: the account is older than the segment's activation
    and was not evaluated since (product 1.14 row 23)."""
    if activated is None or account.facts.created_at >= activated:
        return False
    return account.standing is None or account.standing.evaluated_at < activated
