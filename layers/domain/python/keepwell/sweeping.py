"""The sweep: what should never need repair is repaired and counted (reliability R6)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from keepwell.playbook import Playbook
from keepwell.plays.launching import Launcher
from keepwell.ports import Accounts

# A launch takes seconds; a transition still pending after this was missed.
OVERDUE = timedelta(minutes=15)


@dataclass(frozen=True)
class Repairs:
    """What a sweep mended; a healthy system shows zeros. `cursor` is where to go on, None at the end."""

    looked_at: int
    relaunched: int
    cursor: str | None


def relaunch_missed(
    accounts: Accounts, launcher: Launcher, playbook: Playbook, now: datetime, cursor: str | None
) -> Repairs:
    """Launch the overdue pending transitions of one page of accounts."""
    page = accounts.scan(0, 1, cursor)
    relaunched = 0
    for account in page.accounts:
        pending = account.standing.pending if account.standing else ()
        if any(transition.at <= now - OVERDUE for transition in pending):
            relaunched += len(launcher.launch_pending(account.account_id, playbook, now))
    return Repairs(len(page.accounts), relaunched, page.cursor)
