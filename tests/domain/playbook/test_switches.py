"""The states of plays that ship, as keepwell.yaml says them (product PLY-14)."""

from pathlib import Path

import pytest

from keepwell.playbook import read_bundle
from keepwell.playbook.compiling import check_playbook, compile_playbook
from keepwell.plays import PlayState
from tests.domain.playbook.folders import BLOCS, write_folder

COMPANY = "owner: lead@acme.example\nblocs: [health, detect-risk, portfolio]\n"
OWN = "name: Mine\nstate: shadow\ntrigger: {segment: at-risk}\nadd_tags: [risky]\n"


def findings(folder: Path, switches: str, **files: str) -> list[tuple[int, int, str, str | None]]:
    folder = write_folder(folder, {"keepwell.yaml": f"{COMPANY}plays:\n{switches}", **files})
    return [(each.line, each.column, each.message, each.suggestion) for each in check_playbook(folder, BLOCS)]


def test_a_play_that_ships_has_the_state_that_is_said(tmp_path: Path) -> None:
    said = "plays: {champion-loss: shadow, identify-risk: draft}\n"
    folder = write_folder(tmp_path, {"keepwell.yaml": COMPANY + said})
    states = {play.id: play.state for play in read_bundle(compile_playbook(folder, BLOCS)).plays}
    assert states == {
        "champion-loss": PlayState.SHADOW,
        "health-drop-to-poor": PlayState.LIVE,
        "identify-risk": PlayState.DRAFT,
    }


@pytest.mark.parametrize(
    ("switch", "expected"),
    [
        (
            "champion-los: live",
            (3, "no play that ships is called 'champion-los'; docs/reference", "champion-loss"),
        ),
        (
            "login-silence: live",
            (3, "'login-silence' is a play of the bloc early-warning: add early-warning to blocs", None),
        ),
        ("champion-loss: alive", (18, "'alive' is not one of draft, shadow, live, retired", "live")),
    ],
)
def test_what_cannot_be_switched_is_told_where_it_stands(
    switch: str, expected: tuple[int, str, str | None], tmp_path: Path
) -> None:
    column, message, suggestion = expected
    [(line, *found)] = findings(tmp_path, f"  {switch}\n")
    assert (line, found[0], found[2]) == (4, column, suggestion)
    assert str(found[1]).startswith(message)


def test_a_play_of_ones_own_has_its_state_in_its_file(tmp_path: Path) -> None:
    """Also one that replaces a play that ships: there is one place to look at."""
    [(line, _, message, _)] = findings(
        tmp_path, "  champion-loss: live\n", **{"plays/champion-loss.yaml": OWN}
    )
    assert line == 4
    assert message.endswith("plays/champion-loss.yaml is your own: say its state there, and take it out here")


def test_a_play_that_cannot_be_read_is_there(tmp_path: Path) -> None:
    """One mistake is told once."""
    found = findings(tmp_path, "  champion-loss: live\n", **{"plays/champion-loss.yaml": "name: Mine\n"})
    assert [message for _, _, message, _ in found if "state" not in message] == []
