"""Accounts like those of the sample, as many as a bench wants: files, facts, and values to judge."""

import csv
import io
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from random import Random

from keepwell.accounts import Account, Facts, Provenance
from keepwell.attributes import Value, standard_catalogue
from keepwell.attributes.cells import read_cell
from keepwell.evaluation import evaluate
from keepwell.metrics.measuring import values_of
from keepwell.metrics.recipe import recipe_of
from keepwell.playbook import Playbook
from keepwell_cli.sample import HEADERS as SAMPLE_HEADERS
from keepwell_cli.sample import sample_accounts
from tests.story import NOON, TODAY

TOLD = (
    "Active Users",
    "Usage Frequency",
    "Engagement Score",
    "Last Activity",
    "Last Touch",
    "Feature Depth",
    "Core Feature Adoption",
    "Session Duration",
    "Features Used in 30 days",
)
"""Use and contact, here told with the account, as a data warehouse would."""

HEADERS = (*SAMPLE_HEADERS, *TOLD)


def rows(number: int) -> list[dict[str, str]]:
    """Rows of the sample under ever new seeds, each with an id of its own."""
    endless = (row for seed in count(1) for row in sample_accounts(TODAY, seed))
    return [
        {**row, **_told(row, Random(n)), "Account ID": f"ACC-{n:06}"}
        for n, row in enumerate(islice(endless, number))
    ]


def _told(row: Mapping[str, str], random: Random) -> dict[str, str]:
    """Use that fits how the account is doing by its tickets."""
    tickets = int(row["Open Ticket Count"])
    share = max(0, 90 - 10 * tickets + random.randint(-10, 10))
    days = tickets * 5 + random.randint(0, 5)
    cells = (
        round(int(row["Licenses"]) * share / 100),
        "Daily" if share > 70 else "Weekly" if share > 45 else "Occasionally" if share > 20 else "Inactive",
        share,
        TODAY - timedelta(days=days),
        TODAY - timedelta(days=days + 5) if row["Customer Tier"] == "Core" else "",
        share,
        share,
        share // 4,
        share // 9,
    )
    return dict(zip(TOLD, map(str, cells), strict=True))


def csv_file(number: int) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, HEADERS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows(number))
    return out.getvalue().encode()


def accounts(number: int, playbook: Playbook) -> list[Account]:
    """Accounts with facts and no standing, as a first import leaves them."""
    told = Provenance("csv:accounts", datetime(2026, 11, 1, tzinfo=UTC))
    return [
        Account(
            Facts(
                account_id=row["Account ID"],
                values=_values(row, playbook),
                provenance=told,
                created_at=told.observed_at,
                created_by="bench",
                changed_by="bench",
                since={"Customer Journey Stage": TODAY},
                revision=1,
            )
        )
        for row in rows(number)
    ]


def _values(row: Mapping[str, str], playbook: Playbook) -> dict[str, Value]:
    cells = {name: read_cell(playbook.catalogue[name], text) for name, text in row.items()}
    return {name: value for name, value in cells.items() if value is not None and name != "Account ID"}


def judged_values(account: Account, playbook: Playbook) -> Mapping[str, Value]:
    """What conditions are asked of: facts, computed attributes, health and score."""
    return evaluate(account, playbook, NOON).values


def computed_values(account: Account) -> Mapping[str, Value]:
    """What the scorecards are asked of."""
    return values_of(account, recipe_of(standard_catalogue()), TODAY)
