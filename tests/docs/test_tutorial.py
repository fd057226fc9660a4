"""Pages that are followed from their first line to their last, each on a local cloud of its own."""

import os
import sys
from pathlib import Path

import pytest

from keepwell_cli.local.cloud import LocalCloud
from tests.docs.console import Reader, matches
from tests.docs.pages import ROOT

FOLLOWED = (
    "tutorial.md",
    "how-to/segments.md",
    "how-to/plays.md",
    "how-to/tasks.md",
    "how-to/team-and-assignment.md",
    "how-to/deliveries.md",
    "how-to/noise.md",
    "how-to/health.md",
    "how-to/import-csv.md",
)
ELSEWHERE = ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_ENDPOINT_URL", "KEEPWELL_STACK")


@pytest.mark.parametrize(
    "page", [pytest.param(page, marks=pytest.mark.xdist_group(page)) for page in FOLLOWED]
)
def test_a_page_does_what_it_says(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ELSEWHERE:
        monkeypatch.delenv(name, raising=False)
    run_folder = tmp_path / "cloud"
    environment = {
        "KEEPWELL_CLOUD": str(run_folder),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "100",
        "TERM": "dumb",
    }
    folder = tmp_path / "reader"
    folder.mkdir()
    try:
        Reader(folder, environment).follow(ROOT / "docs" / page)
        assert not run_folder.exists(), "it ends with the local cloud stopped"
    finally:
        LocalCloud(run_folder).stop()


@pytest.mark.parametrize("page", ["score-files.md", "import-a-foreign-file.md"])
def test_a_page_that_needs_no_cloud_does_what_it_says(page: str, tmp_path: Path) -> None:
    run_folder = tmp_path / "cloud"
    environment = {
        "KEEPWELL_CLOUD": str(run_folder),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "AWS_PROFILE": "nobody",
    }
    Reader(tmp_path, environment).follow(ROOT / "docs" / "how-to" / page)
    assert not run_folder.exists()


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        ("rows   4", "rows 4\n", True),
        ("rows 4", "rows 40", False),
        ("a … z", "a b\nc z", True),
        ("accounts-….csv", "accounts-3fa92b.csv", True),
        ("a … z", "a b", False),
        ("", "", True),
        ("", "surprise", False),
    ],
)
def test_what_is_shown_is_compared_with_what_is_printed(shown: str, printed: str, same: bool) -> None:
    assert matches(shown, printed) is same
