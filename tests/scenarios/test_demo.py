"""`keepwell demo`: what a stranger sees first must be true (interfaces.md, "JSON shapes")."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from keepwell_cli.demo import offline, rehearsed

pytestmark = pytest.mark.xdist_group("own cloud")


def test_the_demo_does_what_the_playbook_implies_and_a_second_run_nothing() -> None:
    """Every row accounted for, all bands present, effects equal to those recomputed offline."""
    begun = datetime.now(UTC)
    ran = subprocess.run(
        [Path(sys.executable).with_name("keepwell"), "demo", "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    shown: dict[str, Any] = json.loads(ran.stdout)

    imported = shown["imported"]
    assert shown["accounts"] == imported["rows"] == 90
    assert imported["rows"] == imported["applied"] + imported["unchanged"] + imported["rejected"]
    assert all(shown["health"][band] > 0 for band in ("good", "average", "poor"))
    assert shown["second_run"] == {"writes": 0, "tasks": 0, "emails": 0, "webhooks": 0}
    assert [report["object"] for report in shown["imported_beside"]] == ["users", "usage", "touchpoints"]
    assert all(report["rows"] == report["applied"] > 0 for report in shown["imported_beside"])
    assert shown["next_night"]["evaluated"] == 90
    assert 0 < shown["next_night"]["changed"] < 90, "only accounts whose standing changed"
    assert set(shown["seconds"]) == {"setup", "deploy", "import", "nightly", "deliver"}
    effects = {name: shown[name] for name in ("tasks", "emails", "webhooks")}
    assert effects in [implied_on(begun + timedelta(days=later)) for later in (0, 1)], "midnight may pass"
    assert min(effects.values()) > 0


def implied_on(now: datetime) -> dict[str, int]:
    return vars(rehearsed(offline(now)))
