"""The sample portfolio of the demo: the same for the same day, and as varied as the issue of a demo asks."""

import csv
import io
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from keepwell.attributes import standard_catalogue
from keepwell.evaluation import evaluate
from keepwell.standings import Band
from keepwell_cli.demo import offline
from keepwell_cli.sample import (
    HEADERS,
    PLAYBOOK,
    sample_accounts,
    sample_csv,
    sample_files,
    write_sample,
)
from keepwell_cli.sample.product import CORE_FEATURES, FIRST_VALUE, MODULES, NEW_FEATURES
from tests.domain.imports.importing import NOON, Stack
from tests.story import TODAY

MEASURED = {
    "Active Users",
    "Usage Frequency",
    "Engagement Score",
    "License Utilization",
    "Last Activity",
    "Feature Depth",
    "Core Feature Adoption",
    "New Feature Engagement",
    "Session Duration",
    "Features Used in 30 days",
}

DAYS = [TODAY, date(2028, 2, 29), date(2026, 12, 31)]


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode())))


def test_the_same_day_gives_the_same_files(tmp_path: Path) -> None:
    written = write_sample(tmp_path, TODAY)
    assert {path.stem: path.read_bytes() for path in written} == sample_files(TODAY)
    assert (tmp_path / "accounts.csv").read_bytes() == sample_csv(TODAY)
    assert sample_csv(TODAY) != sample_csv(TODAY + timedelta(days=1))


@pytest.mark.parametrize("on", DAYS)
def test_ninety_days_of_use_that_fit_the_accounts(on: date) -> None:
    """Nobody used anything before the account was there, or after yesterday; every feature has its users."""
    files = {name: rows_of(content) for name, content in sample_files(on).items()}
    created = {row["Account ID"]: date.fromisoformat(row["Create Date"]) for row in files["accounts"]}
    days = [(row["Account ID"], date.fromisoformat(row["Time"])) for row in files["usage"]]
    assert all(created[account_id] <= day < on for account_id, day in days)
    ages = {(on - day).days for _, day in days}
    assert min(ages) == 1
    assert max(ages) in (88, 89, 90), "a Sunday or two may come before the first"
    assert len(ages) > 75, "most days but Sundays"
    features = {f"{row['Module']}/{row['Action']}" for row in files["usage"]}
    assert features == {f"{module}/{action}" for module, actions in MODULES.items() for action in actions}
    assert features >= {*CORE_FEATURES, *NEW_FEATURES, FIRST_VALUE}
    assert 20_000 <= len(days) <= 60_000, "the demo has to stay quick"


@pytest.mark.parametrize("on", DAYS)
def test_every_account_has_one_key_contact_and_core_ones_were_spoken_with(on: date) -> None:
    files = {name: rows_of(content) for name, content in sample_files(on).items()}
    contacts = Counter(row["Account ID"] for row in files["users"] if row["Key Contact"] == "yes")
    assert contacts == {row["Account ID"]: 1 for row in files["accounts"]}
    assert len({row["Email"] for row in files["users"]}) == len(files["users"])
    core = {row["Account ID"] for row in files["accounts"] if row["Customer Tier"] == "Core"}
    assert {row["Account ID"] for row in files["touchpoints"]} <= core
    assert len({row["Touchpoint ID"] for row in files["touchpoints"]}) == len(files["touchpoints"])
    assert {"Internal Note", "Email"} <= {row["Type"] for row in files["touchpoints"]}


@pytest.mark.parametrize("on", DAYS)
def test_ninety_different_accounts_in_two_tiers_and_all_stages(on: date) -> None:
    rows = sample_accounts(on)
    assert len({row["Account ID"] for row in rows}) == len({row["Account Name"] for row in rows}) == 90
    assert Counter(row["Customer Tier"] for row in rows) == {"Core": 30, "Light": 60}
    assert {row["Customer Journey Stage"] for row in rows} == {
        "Onboarding",
        "Adoption",
        "Nurture",
        "Expansion",
    }
    assert {row["Status"] for row in rows} == {"Paying", "Trial", "Free", "Churned"}
    assert any(not row["NPS"] for row in rows)
    assert all(row["Success Manager"].endswith("@example.com") for row in rows)


def test_every_header_is_an_attribute_and_no_row_is_rejected() -> None:
    assert all(standard_catalogue().find(header) for header in HEADERS)
    report = Stack().drop(sample_csv(TODAY))
    assert (report["rows"], report["created"], report["ignored_columns"]) == (90, 90, [])


@pytest.mark.parametrize("on", DAYS)
def test_all_bands_are_there_and_good_and_poor_ones_renew_soon(on: date) -> None:
    """HLT-08, PLY-06, PLY-07, EWS-10: every play of the standard playbook has someone to fire for."""
    bands: Counter[Band] = Counter()
    renewing: Counter[Band] = Counter()
    for account in offline(datetime.combine(on, time(12), UTC)).accounts.scan(0, 1, limit=100).accounts:
        assert account.standing is not None
        band, renewal = account.standing.health, account.facts.values.get("Renewal Date")
        bands[band] += 1
        if isinstance(renewal, date) and renewal <= on + timedelta(days=90):
            renewing[band] += 1

    assert 10 <= bands[Band.POOR] <= 15
    assert bands[Band.AVERAGE] >= 8
    assert bands[Band.GOOD] > bands[Band.POOR]
    assert renewing[Band.GOOD] >= 5
    assert renewing[Band.POOR] >= 3


def test_what_is_measured_is_told_by_no_file_of_accounts() -> None:
    """Definitions 1.2: use and contacts are computed, for most accounts all of them."""
    rehearsal = offline(NOON)
    population, computed = rehearsal.populations.current(), Counter[str]()
    for account in rehearsal.accounts.scan(0, 1, limit=100).accounts:
        computed.update(evaluate(account, rehearsal.playbook, NOON, population=population).values.keys())
        assert not account.facts.values.keys() & MEASURED
    assert {name for name in MEASURED if computed[name] < 60} == set()


def test_the_playbook_of_the_sample_names_the_product_that_is_used() -> None:
    says = YAML(typ="safe").load(PLAYBOOK / "keepwell.yaml")["usage"]
    assert says == {
        "modules": list(MODULES),
        "core_features": list(CORE_FEATURES),
        "new_features": list(NEW_FEATURES),
        "first_value": FIRST_VALUE,
    }
