"""The contacts with an invented account of the Core tier. Light ones have no success manager of their own."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from keepwell_cli.sample.accounts import Invented

HEADERS = ("Account ID", "Touchpoint ID", "Type", "Subject", "Date", "Flow", "Created By")
PAST_DAYS = 180

_TYPES = ("Web Meeting", "Phone", "Email", "Email", "In-Person Meeting")
_SUBJECTS = ("Weekly call", "Roll-out plan", "Open questions", "Review of goals", "Training")


def touched(account: Invented, on: date, seed: int) -> Iterator[dict[str, str]]:
    """A row for each contact, the latest first. One in three has an internal note of yesterday, too, which is
    no contact (definitions 1.5)."""
    if account.tier != "Core":
        return
    random = Random(f"{seed}/touches/{account.id}")  # noqa: S311 - invented companies, no secrets
    number = 0
    ago = random.randint(*account.mood.untouched)
    if random.randrange(3) == 0:
        number += 1
        yield _row(account, number, "Internal Note", "Handed over notes", on - timedelta(days=1))
    while ago <= PAST_DAYS and (day := on - timedelta(days=ago)) >= account.created:
        number += 1
        yield _row(account, number, random.choice(_TYPES), random.choice(_SUBJECTS), day)
        ago += random.randint(14, 40)


def _row(account: Invented, number: int, kind: str, subject: str, day: date) -> dict[str, str]:
    cells = (
        account.id,
        f"{account.id}-T{number:02}",
        kind,
        subject,
        day.isoformat(),
        account.stage,
        account.manager,
    )
    return dict(zip(HEADERS, cells, strict=True))
