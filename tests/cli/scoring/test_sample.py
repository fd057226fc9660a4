"""The sample's 90 accounts with 90 days of use: `keepwell score` says what a stack comes to.

The demo holds a deployed stack against the same rehearsal, account by account (tests/scenarios/test_demo.py).
"""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from keepwell.accounts import Account
from keepwell_cli import main
from keepwell_cli.demo import offline
from keepwell_cli.sample import PLAYBOOK, sample_files

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_files_scored_offline_are_what_the_night_makes_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    command = ["score", "--playbook", str(PLAYBOOK), "--on", f"{NOON.date()}", "--json"]
    for about, content in sample_files(NOON.date()).items():
        Path(f"{about}.csv").write_bytes(content)
        command += [f"--{about}", f"{about}.csv"]
    run = CliRunner().invoke(main.build(), command)
    assert run.exit_code == 0, run.stderr
    told = {
        each["account_id"]: (each["health"], each["score"], each["profile"], each["confidence"])
        for each in json.loads(run.stdout)["accounts"]
    }
    stack = offline(NOON).accounts.scan(0, 1, limit=1_000).accounts
    assert len(stack) == 90
    assert told == {account.account_id: concluded(account) for account in stack}


def concluded(account: Account) -> tuple[str, int | None, str | None, int | None]:
    standing = account.standing
    assert standing is not None
    return standing.health.value, standing.score, standing.profile, standing.confidence
