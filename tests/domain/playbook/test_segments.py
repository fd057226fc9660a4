"""Segments as configuration: what their keys must be, and what their conditions may ask of one another."""

from pathlib import Path

import pytest

from keepwell.playbook import read_bundle
from keepwell.playbook.compiling import check_playbook, compile_playbook
from tests.domain.playbook.folders import BLOCS, write_folder
from tests.domain.playbook.test_findings import PLAY, SEGMENT, found, only

ALPHA, BETA = "segments/alpha.yaml", "segments/beta.yaml"
METRIC = "metrics:\n  - name: NPS\n    good: NPS > 8\n    poor: {poor}\n"


@pytest.mark.parametrize(
    ("keys", "line", "column", "message", "suggestion"),
    [
        ("leave: Helth = Good", 3, 8, 'no attribute is called "Helth"', "Health"),
        ("minimum_stay_days: -1", 3, 20, "expected at least 0 (it is -1)", None),
        ("group:\nowner: a@b.example", 3, 1, "expected a text", None),
        ("cool_down_days: soon", 3, 17, "expected a whole number", None),
        ("group: |\n  two\n  lines", 3, 8, "a name is one line", None),
        ("links: [{title: T, url: ftp://x.example}]", 3, 25, "no web address", None),
        ("links: [{title: T, url: 'javascript:alert(1)'}]", 3, 25, "no web address", None),
        ("links: [{url: https://x.example}]", 3, 9, "the key 'title' is missing", None),
        ("on_entry: {}", 3, 11, "there is nothing to do", None),
        ("on_entry: {add_tag: [a]}", 3, 12, "the key 'add_tag' is not known here", "add_tags"),
        ("on_entry: {add_tags: ['a, b']}", 3, 23, "a tag is one line of 1 to 50 characters", None),
        (f"on_entry: {{add_tags: [{'a' * 51}]}}", 3, 23, "a tag is one line of 1 to 50 characters", None),
        ("on_entry: {add_tags: [a], remove_tags: [A]}", 3, 11, "'A' is both added and removed", None),
        ("on_entry: {add_tags: [a], limit: 0}", 3, 34, "expected at least 1 (it is 0)", None),
        ("on_entry: {add_tags: [a], state: retired}", 3, 34, "not one of draft, shadow, live", None),
        ("on_exit: {add_tags: [a], existing: act}", 3, 26, "the key 'existing' is not known here", None),
        ("on_entry: {set: {Risk Stat: Engaged}}", 3, 18, "no attribute is called", "Risk Status"),
        ("on_entry: {set: {Risk Status: Engagd}}", 3, 31, "did you mean Engaged?", None),
        ("on_entry: {set: {NPS: 11}}", 3, 23, "NPS goes from 0 to 10", None),
        ("on_entry: {set: {Health: Good}}", 3, 18, "Health cannot be set: Keepwell fills it", None),
        ("on_entry: {set: {License Utilization: 3}}", 3, 18, "cannot be set", None),
        ("on_entry: {set: {Account ID: B-1}}", 3, 18, "cannot be set", None),
        ("on_entry: {set: {Tags: a}}", 3, 18, "use add_tags and remove_tags", None),
        ("on_entry: {start: [pre-renewal-god]}", 3, 20, "no play is called", "pre-renewal-good"),
        ("on_entry: {notify: [{subject: S, body: B, to: Sponsor}]}", 3, 47, "'Sponsor' is no role", None),
        (
            "on_exit: {notify: [{subject: '{{ account.nme }}', body: B}]}",
            3,
            34,
            "a template knows no account.nme",
            "account.name",
        ),
    ],
)
def test_each_mistake_is_named_with_its_place_and_mend(
    tmp_path: Path, keys: str, line: int, column: int, message: str, suggestion: str | None
) -> None:
    finding = only(tmp_path, {ALPHA: f"{SEGMENT}{keys}\n"})
    assert message in finding.message
    assert (finding.line, finding.column, finding.suggestion) == (line, column, suggestion)


@pytest.mark.parametrize(
    ("keys", "column", "message", "suggestion"),
    [
        ("start: [call]", 9, "a play does not start itself", None),
        ("start: [pre-renewal-god]", 9, "no play is called 'pre-renewal-god'", "pre-renewal-good"),
        ("set: {Health: Good}", 7, "Health cannot be set", None),
        ("add_tags: ['']", 12, "a tag is one line", None),
    ],
)
def test_a_play_is_held_to_the_same(
    tmp_path: Path, keys: str, column: int, message: str, suggestion: str | None
) -> None:
    finding = only(tmp_path, {"plays/call.yaml": f"{PLAY}{keys}\n"})
    assert message in finding.message
    assert (finding.line, finding.column, finding.suggestion) == (6, column, suggestion)


def test_closing_a_task_sets_no_computed_attribute(tmp_path: Path) -> None:
    """PLY-11."""
    play = PLAY.replace("flow: Renewal", "flow: Renewal, post_completion: {set_attributes: {Health: Good}}")
    assert "Health cannot be set" in only(tmp_path, {"plays/call.yaml": play}).message


def test_a_trigger_acts_on_those_inside_only_as_they_enter(tmp_path: Path) -> None:
    play = PLAY.replace("{segment: at-risk}", "{segment: at-risk, passage: exited, existing: act}")
    assert "the passage is entered" in only(tmp_path, {"plays/call.yaml": play}).message


@pytest.mark.parametrize("name", ["At Risk", "at risk", "AT-RISK"])
def test_a_name_means_one_segment(tmp_path: Path, name: str) -> None:
    finding = only(tmp_path, {ALPHA: SEGMENT.replace("name: S", f"name: {name}")})
    assert (finding.file, finding.line) == (str(tmp_path / ALPHA), 1)
    assert f"{name!r} is also a name of the segment at-risk" in finding.message


def test_a_segment_may_be_called_as_its_own_id(tmp_path: Path) -> None:
    assert found(tmp_path, {ALPHA: SEGMENT.replace("name: S", "name: Alpha")}) == []


def test_segments_ask_for_segments_in_any_order_of_files(tmp_path: Path) -> None:
    files = {
        ALPHA: 'name: Alpha\ncriteria: in segment "Beta"\n',
        BETA: 'name: Beta\ncriteria: in segment "at risk"\n',
    }
    bundle = compile_playbook(write_folder(tmp_path, files), BLOCS)
    alpha = next(s for s in read_bundle(bundle).segments if s.id == "alpha")
    assert str(alpha.criteria) == 'in segment "Beta"'


def test_a_circle_of_segments_is_shown(tmp_path: Path) -> None:
    files = {
        ALPHA: 'name: Alpha\ncriteria: in segment "Beta"\n',
        BETA: 'name: Beta\ncriteria: NPS < 3\nleave: in segment "Gamma"\n',
        "segments/gamma.yaml": 'name: Gamma\ncriteria: NOT in segment "Alpha"\n',
    }
    finding = only(tmp_path, files)
    assert (finding.file, finding.line, finding.column) == (str(tmp_path / ALPHA), 2, 11)
    assert "in a circle: alpha -> beta -> gamma -> alpha" in finding.message


def test_a_segment_that_asks_for_itself_is_a_circle(tmp_path: Path) -> None:
    finding = only(tmp_path, {ALPHA: 'name: Alpha\ncriteria: NPS < 3\nleave: NOT in segment "Alpha"\n'})
    assert (finding.line, "alpha -> alpha" in finding.message) == (3, True)


def test_a_circle_is_shown_where_the_company_closed_it(tmp_path: Path) -> None:
    files = {
        "segments/watch-list.yaml": 'name: Watch List\ncriteria: in segment "At Risk"\n',
        "segments/at-risk.yaml": 'name: At Risk\ncriteria: in segment "Watch List"\n',
    }
    bloc = (BLOCS / "detect-risk/segments/at-risk.yaml").read_text(encoding="utf-8")
    assert "at-risk -> watch-list -> at-risk" in only(tmp_path / "own", files).message
    blocs = write_folder(tmp_path / "blocs", {})
    for path in BLOCS.rglob("*.yaml"):
        copy = blocs / path.relative_to(BLOCS)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    asking = bloc.partition("criteria:")[0] + 'criteria: in segment "Watch List"\n'
    (blocs / "detect-risk/segments/at-risk.yaml").write_text(asking, encoding="utf-8")
    own = {name: text for name, text in files.items() if "watch-list" in name}
    (finding,) = check_playbook(write_folder(tmp_path / "company", own), blocs)
    assert finding.file == str(tmp_path / "company/segments/watch-list.yaml")
    assert "watch-list -> at-risk -> watch-list" in finding.message


def test_an_unknown_segment_is_named_with_what_was_meant(tmp_path: Path) -> None:
    finding = only(tmp_path, {ALPHA: 'name: Alpha\ncriteria: in segment "Watchlist"\n'})
    assert (finding.line, finding.column, finding.suggestion) == (2, 22, "Watch List")


def test_a_segment_whose_file_is_faulty_is_not_also_unknown(tmp_path: Path) -> None:
    files = {ALPHA: 'name: Alpha\ncriteria: in segment "Beta"\n', BETA: "name: Beta\n"}
    assert only(tmp_path, files).file == str(tmp_path / BETA)


def test_segments_are_asked_for_by_name_alone(tmp_path: Path) -> None:
    """`Segments is empty` would ask for all, the segment itself among them."""
    assert (
        "ask for one segment" in only(tmp_path, {ALPHA: "name: Alpha\ncriteria: Segments is empty\n"}).message
    )


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("health/account-model.yaml", METRIC.format(poor='in segment "Watch List"')),
        ("health/own.yaml", 'name: Own\norder: 5\ncriteria: NOT in segment "Watch List"\n'),
    ],
)
def test_health_asks_for_no_segment(tmp_path: Path, file: str, text: str) -> None:
    assert "health is judged before segments" in only(tmp_path, {file: text}).message


@pytest.mark.parametrize(
    ("example", "said"),
    [
        ("{NPS: 4, history: {NPS: {2026-11-14: 9}}}", "should not match and does"),
        ("{NPS: 4, history: {NPS: {2026-11-22: 9}}}", "2026-11-22 is after 2026-11-21"),
        ("{NPS: 4, history: {NPS: {2026-11-01: lots}}}", "NPS: expected a plain number"),
        ("{NPS: 4, history: {Nps Score: {2026-11-01: 9}}}", "no attribute is called 'Nps Score'"),
        ("{NPS: 4, history: {NPS: {soon: 9}}}", "expected a day such as 2026-11-21"),
    ],
)
def test_an_example_may_say_what_was_before(tmp_path: Path, example: str, said: str) -> None:
    text = (
        "name: Alpha\ncriteria: NPS dropped by 3 points\nexamples:\n  on: 2026-11-21\n"
        "  match:\n    - {NPS: 4, history: {NPS: {2026-11-01: 9, 2026-11-20: 3}}}\n"
        f"  no_match:\n    - {example}\n"
    )
    finding = only(tmp_path, {ALPHA: text})
    assert (finding.line, said in finding.message) == (8, True), finding.message


def test_an_example_has_tags_and_segments(tmp_path: Path) -> None:
    text = (
        'name: Alpha\ncriteria: has tag "vip" AND NOT in segment "Watch List"\nexamples:\n'
        "  match:\n    - Tags: [new, VIP]\n"
        "  no_match:\n    - {Tags: vip, Segments: Watch List}\n    - Tags: new\n"
    )
    assert found(tmp_path, {ALPHA: text}) == []


def test_a_standard_group_has_one_spelling(tmp_path: Path) -> None:
    """SEG-17."""
    folder = write_folder(tmp_path, {ALPHA: f"{SEGMENT}group: health ALERTS\n"})
    segments = {s.id: s for s in read_bundle(compile_playbook(folder, BLOCS)).segments}
    assert segments["alpha"].group == "Health alerts"
