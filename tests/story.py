"""What a test needs to tell a story: a day, the standard playbook, an account as its CSM knows it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib.resources import files

from keepwell.accounts import Account, Facts, Provenance
from keepwell.attributes import Value
from keepwell.playbook import Playbook, read_bundle

TODAY = date(2026, 11, 21)
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)

# A Core customer in good health: every metric of the Core scorecard that the sample file has is good.
GOOD_CORE: Mapping[str, Value] = {
    "Account Name": "Harbor Labs",
    "Status": "Paying",
    "Contract Value": 80_000,
    "Customer Tier": "Core",
    "Create Date": date(2025, 3, 1),
    "Renewal Date": date(2027, 9, 1),
    "Success Manager": "csm.core@example.com",
    "Licenses": 100,
    "Active Users": 80,
    "Usage Frequency": "Daily",
    "CSM Sentiment": 4,
    "CSM Risk": "0 - NO RISK",
    "Last Touch": date(2026, 11, 16),
    "Success Plan": True,
    "Open Ticket Count": 1,
    "Goal Achievement": 90,
    "NPS": 10,
    "Risk Status": "Not At Risk",
}

# What turns it poor: most of the weight of the scorecard. Somebody looks after the risk already.
POOR: Mapping[str, Value] = {
    "Active Users": 5,
    "Usage Frequency": "Inactive",
    "CSM Sentiment": 1,
    "CSM Risk": "3 - CRITICAL",
    "Last Touch": date(2026, 8, 1),
    "Success Plan": False,
    "Open Ticket Count": 9,
    "Goal Achievement": 10,
    "NPS": 2,
    "Risk Status": "Engaged",
}


def standard_playbook(activated: Mapping[str, datetime] | None = None) -> Playbook:
    """The playbook a fresh stack has."""
    return replace(_standard_playbook(), activated=activated) if activated else _standard_playbook()


@cache
def _standard_playbook() -> Playbook:
    return read_bundle(files("keepwell_blocs").joinpath("default.json").read_text(encoding="utf-8"))


def account(
    account_id: str = "A-1", /, *, known_since: datetime | None = None, **values: Value | None
) -> Account:
    """A good Core account with these differences: `renewal_date=date(...)`; None takes a value away."""
    names = {name.replace(" ", "_").casefold(): name for name in GOOD_CORE}
    facts = {**GOOD_CORE, **{names.get(key, key): value for key, value in values.items()}}
    at = known_since or NOON - timedelta(days=400)
    return Account(
        Facts(
            account_id=account_id,
            values={name: value for name, value in facts.items() if value is not None},
            provenance=Provenance("csv:accounts", at),
            created_at=at,
            created_by="drop-1",
            changed_by="drop-1",
            revision=1,
        )
    )


def poor_account(
    account_id: str = "A-1", /, *, known_since: datetime | None = None, **values: Value | None
) -> Account:
    """The same account in poor health."""
    poor = {name.replace(" ", "_").casefold(): value for name, value in POOR.items()}
    return account(account_id, known_since=known_since, **{**poor, **values})
