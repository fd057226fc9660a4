"""The sweep: what should never need repair is repaired and counted (reliability R6)."""

from dataclasses import dataclass
from datetime import datetime

from keepwell.errors import Conflict, RejectedInput
from keepwell.playbook import Playbook
from keepwell.plays.launching import OVERDUE, Launcher
from keepwell.ports import Accounts


@dataclass(frozen=True)
class Repairs:
    """What a sweep mended; a healthy system shows zeros. `cursor` is where to go on, None at the end.

    `problems` are the accounts that it could not look at or mend, with the reason.
    """

    looked_at: int
    relaunched: int
    cursor: str | None
    problems: tuple[tuple[str, str], ...] = ()


def relaunch_missed(
    accounts: Accounts, launcher: Launcher, playbook: Playbook, now: datetime, cursor: str | None
) -> Repairs:
    """Launch the overdue pending transitions of one page of accounts; one that fails stops no other."""
    page = accounts.scan(0, 1, cursor)
    relaunched, problems = 0, list(page.unreadable)
    for account in page.accounts:
        pending = account.standing.pending if account.standing else ()
        if any(transition.at <= now - OVERDUE for transition in pending):
            try:
                relaunched += len(launcher.launch_pending(account.account_id, playbook, now))
            except (RejectedInput, Conflict) as problem:
                problems.append((account.account_id, str(problem)))
    return Repairs(len(page.accounts), relaunched, page.cursor, tuple(problems))
