"""The sample portfolio of the demo: the same for the same day, and as varied as the issue of a demo asks."""

import csv
import io
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest

from keepwell.attributes import standard_catalogue
from keepwell.evaluation import evaluate
from keepwell.standings import Band
from keepwell_cli.sample import HEADERS, sample_accounts, sample_csv, write_sample
from tests.domain.imports.importing import NOON, Stack
from tests.story import TODAY, standard_playbook

DAYS = [TODAY, date(2028, 2, 29), date(2026, 12, 31)]


def test_the_same_day_gives_the_same_file(tmp_path: Path) -> None:
    write_sample(tmp_path / "accounts.csv", TODAY)
    assert (tmp_path / "accounts.csv").read_bytes() == sample_csv(TODAY)
    assert sample_csv(TODAY) != sample_csv(TODAY + timedelta(days=1))


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
    at = NOON.replace(year=on.year, month=on.month, day=on.day)
    stack = Stack(playbook=standard_playbook())
    stack.drop(sample_csv(on), at=at)

    bands: Counter[Band] = Counter()
    renewing: Counter[Band] = Counter()
    for row in csv.DictReader(io.StringIO(sample_csv(on).decode())):
        account = stack.accounts.get(row["Account ID"])
        assert account is not None
        band = evaluate(account, stack.playbook, at).standing.health
        bands[band] += 1
        if row["Renewal Date"] and date.fromisoformat(row["Renewal Date"]) <= on + timedelta(days=90):
            renewing[band] += 1

    assert 10 <= bands[Band.POOR] <= 15
    assert bands[Band.AVERAGE] >= 8
    assert bands[Band.GOOD] > bands[Band.POOR]
    assert renewing[Band.GOOD] >= 5
    assert renewing[Band.POOR] >= 3
