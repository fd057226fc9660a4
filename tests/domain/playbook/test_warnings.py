"""Warnings: what a playbook can be applied with, and is probably not meant."""

from pathlib import Path

import pytest

from keepwell.playbook.compiling import compile_playbook, compile_with_warnings
from keepwell.playbook.findings import FaultyPlaybook, Severity
from tests.domain.playbook.folders import BLOCS, write_folder
from tests.domain.playbook.test_findings import PLAY, found, only

ALPHA, BETA = "segments/alpha.yaml", "segments/beta.yaml"
ENGAGE = "name: Alpha\ncriteria: Risk Status = Identified\non_entry: {set: {Risk Status: Engaged}}\n"
IDENTIFY = "name: Beta\ncriteria: Risk Status = Engaged\non_entry: {set: {Risk Status: Identified}}\n"
STARTED = "name: P\nstate: live\nadd_tags: [a]\n"


def test_a_warning_says_that_it_is_one_and_keeps_nothing_back(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, {"plays/p.yaml": STARTED})
    bundle, (warning,) = compile_with_warnings(folder, BLOCS)
    assert warning.severity is Severity.WARNING
    assert str(warning).startswith(f"{folder / 'plays/p.yaml'}:1:1: warning: nothing starts this play")
    assert compile_playbook(folder, BLOCS) == bundle


def test_an_error_is_shown_with_the_warnings_beside_it(tmp_path: Path) -> None:
    files = {"plays/p.yaml": STARTED, ALPHA: "name: Alpha\ncriteria: Helth = Poor\n"}
    with pytest.raises(FaultyPlaybook) as caught:
        compile_playbook(write_folder(tmp_path, files), BLOCS)
    assert [f.severity.value for f in caught.value.findings] == ["warning", "error"]


@pytest.mark.parametrize(
    "start",
    [
        {"plays/q.yaml": f"{PLAY}start: [p]\n"},
        {ALPHA: "name: Alpha\ncriteria: NPS < 3\non_exit: {start: [p]}\n"},
    ],
)
def test_a_play_that_another_starts_needs_no_trigger(tmp_path: Path, start: dict[str, str]) -> None:
    assert found(tmp_path, {"plays/p.yaml": STARTED, **start}) == []


def test_a_retired_play_need_not_be_started(tmp_path: Path) -> None:
    assert found(tmp_path, {"plays/p.yaml": STARTED.replace("live", "retired")}) == []


def test_starting_a_draft_is_odd(tmp_path: Path) -> None:
    files = {"plays/p.yaml": STARTED.replace("live", "draft"), "plays/q.yaml": f"{PLAY}start: [p]\n"}
    assert "p is draft: starting it does nothing" in only(tmp_path, files).message


TAGGED = "name: Alpha\ncriteria: NPS < 3\non_entry: {add_tags: [gone-quiet]}\n"


def test_a_tag_that_is_nearly_one_is_odd(tmp_path: Path) -> None:
    asking = 'name: Beta\ncriteria: NPS > 8 OR has tag "goen-quiet"\n'
    warning = only(tmp_path, {ALPHA: TAGGED, BETA: asking})
    assert (warning.severity, warning.file.rsplit("/", 1)[-1]) == (Severity.WARNING, "beta.yaml")
    assert (warning.message, warning.suggestion) == ("no play adds the tag 'goen-quiet'", "gone-quiet")


@pytest.mark.parametrize("tag", ["Gone-Quiet", "vip"])
def test_a_tag_of_a_play_in_any_case_or_of_a_file_is_fine(tmp_path: Path, tag: str) -> None:
    asking = f'name: Beta\ncriteria: has tag "{tag}"\n'
    assert found(tmp_path, {ALPHA: TAGGED, BETA: asking}) == []


def test_a_circle_of_changes_is_shown(tmp_path: Path) -> None:
    """Architecture section 1: such a chain ends at the causation limit."""
    warning = only(tmp_path, {ALPHA: ENGAGE, BETA: IDENTIFY})
    assert (warning.severity, warning.line, warning.column) == (Severity.WARNING, 3, 11)
    assert (
        "alpha:on-entry sets Risk Status -> beta:on-entry sets Risk Status -> alpha:on-entry"
        in warning.message
    )
    assert "after 5 changes in a row it is cut (the causation limit)" in warning.message


@pytest.mark.parametrize(
    ("files", "circle"),
    [
        (
            {
                ALPHA: (
                    'name: Alpha\ncriteria: NPS < 3 AND NOT has tag "low"\n'
                    "on_entry: {add_tags: [Low]}\non_exit: {remove_tags: [low]}\n"
                )
            },
            "alpha:on-entry adds the tag Low -> alpha:on-exit removes the tag low -> alpha:on-entry",
        ),
        (
            {
                ALPHA: "name: Alpha\ncriteria: Open Ticket Count > 5\n",
                BETA: (
                    'name: Beta\ncriteria: in segment "Alpha"\n'
                    "on_entry: {set: {Open Ticket Count: 0}}\non_exit: {set: {Open Ticket Count: 6}}\n"
                ),
            },
            "beta:on-entry sets Open Ticket Count -> beta:on-exit sets Open Ticket Count -> beta:on-entry",
        ),
        (
            {
                ALPHA: (
                    "name: Alpha\ncriteria: Health = Poor\nleave: Health = Good\n"
                    "on_entry: {set: {NPS: 10}}\non_exit: {set: {NPS: 0}}\n"
                )
            },
            "alpha:on-entry sets NPS -> alpha:on-exit sets NPS -> alpha:on-entry",
        ),
        (
            {
                ALPHA: "name: Alpha\ncriteria: Days Since Last Touch > 9\non_entry: {start: [p]}\n",
                "plays/p.yaml": "name: P\nstate: live\nset: {Last Touch: 2026-01-01}\n",
            },
            "alpha:on-entry starts it -> p sets Last Touch -> alpha:on-entry",
        ),
        (
            {
                "plays/p.yaml": PLAY + "start: [q]\n",
                "plays/q.yaml": PLAY + "start: [p]\n",
            },
            "p starts it -> q starts it -> p",
        ),
    ],
    ids=["tags", "a segment between", "health between", "started", "starting alone"],
)
def test_a_circle_is_found_whatever_lies_between(tmp_path: Path, files: dict[str, str], circle: str) -> None:
    assert circle in only(tmp_path, files).message


@pytest.mark.parametrize(
    "files",
    [
        {ALPHA: "name: Alpha\ncriteria: Risk Status = Identified\non_entry: {set: {Risk Status: Engaged}}\n"},
        {ALPHA: ENGAGE, BETA: IDENTIFY.replace("Engaged", "Resolved")},
        {ALPHA: ENGAGE, BETA: IDENTIFY.replace("on_entry: {", "on_entry: {state: draft, ")},
        {
            ALPHA: (
                'name: Alpha\ncriteria: NPS < 3 AND NOT has tag "vip"\n'
                "on_entry: {add_tags: [low]}\non_exit: {remove_tags: [low]}\n"
            )
        },
        {
            ALPHA: (
                "name: Alpha\ncriteria: Open Ticket Count > 5\nleave: Open Ticket Count < 2\n"
                "on_entry: {set: {Open Ticket Count: 4}}\non_exit: {set: {Open Ticket Count: 9}}\n"
            )
        },
    ],
    ids=["leaves at once", "sets what nobody asks", "a draft", "another tag", "too little to leave"],
)
def test_what_can_lead_nowhere_is_no_circle(tmp_path: Path, files: dict[str, str]) -> None:
    assert found(tmp_path, files) == []


def test_every_circle_is_told_once(tmp_path: Path) -> None:
    more = {
        "segments/gamma.yaml": ENGAGE.replace("Alpha", "Gamma").replace("Risk Status", "CSM Sentiment"),
        "segments/delta.yaml": IDENTIFY.replace("Beta", "Delta").replace("Risk Status", "CSM Sentiment"),
    }
    more = {name: text.replace("Identified", "1").replace("Engaged", "2") for name, text in more.items()}
    warnings = found(tmp_path, {ALPHA: ENGAGE, BETA: IDENTIFY, **more})
    assert [Path(warning.file).stem for warning in warnings] == ["alpha", "delta"]
