"""The steps of a play and its date, as they are written: what is compiled, and what lint says."""

from datetime import timedelta
from pathlib import Path

import pytest

from keepwell.attributes import standard_catalogue
from keepwell.criteria import parse
from keepwell.criteria.knowing import NO_TRAIL, Moment
from keepwell.playbook import Playbook, read_bundle
from keepwell.playbook.compiling import check_playbook, compile_playbook
from keepwell.playbook.findings import Finding
from keepwell.plays import Play
from keepwell.plays.dates import window
from keepwell.plays.play import Deeds
from keepwell.plays.steps import Branch, Wait
from tests.domain.playbook.folders import BLOCS, documented_company, write_folder
from tests.story import TODAY

PLAY = "name: P\nstate: live\ntrigger: {segment: at-risk}\nsteps:\n"


def found(folder: Path, text: str) -> list[Finding]:
    return check_playbook(write_folder(folder, {"plays/p.yaml": text}), BLOCS)


def compiled(folder: Path, text: str) -> Playbook:
    return read_bundle(compile_playbook(write_folder(folder, {"plays/p.yaml": text}), BLOCS))


def play(playbook: Playbook, play_id: str = "p") -> Play:
    return next(play for play in playbook.plays if play.id == play_id)


def test_the_documented_steps_come_back_as_they_were_written(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, documented_company())
    call = play(read_bundle(compile_playbook(folder, BLOCS)), "renewal-call")
    assert (call.segment, call.dated_by) == ("play:renewal-call", "Renewal Date")
    assert str(call.criteria) == "Renewal Date within next 90 days AND Renewal Date in more than 82 days"
    [note] = call.touchpoints
    assert (note.type, note.reasons) == ("Internal Note", ("Renewal",))
    assert note.participants == ("{{ account.success_manager }}",)
    first, wait, branch = call.steps
    assert isinstance(first, Deeds)
    assert first.tasks[0].title == "Call {{ account.name }} about the renewal"
    assert wait == Wait(working_days=5)
    assert isinstance(branch, Branch)
    assert str(branch.condition) == "Days Since Last Touch > 5"
    assert branch.then[1] == Wait(hours=24)
    assert branch.then[2] == Deeds(add_tags=("renewal-late",))
    assert branch.otherwise == (Deeds(set_attributes=(("Risk Status", "Not At Risk"),)),)


@pytest.mark.parametrize(
    ("steps", "line", "column", "message", "suggestion"),
    [
        ("  - {}\n", 5, 5, "a step does one thing", None),
        ("  - {wait_days: 1, add_tags: [a]}\n", 5, 5, "a step does one thing", None),
        ("  - {wait_days: 1, wait_hours: 1}\n", 5, 5, "a step waits for one of", None),
        ("  - {wait_days: 0}\n", 5, 17, "expected at least 1 (it is 0)", None),
        ("  - {wait_dys: 1}\n", 5, 6, "'wait_dys' is not known", "wait_days"),
        ("  - {add_tags: [a], unless_left: false}\n", 5, 5, "unless_left is about a wait", None),
        ("  - {then: [{add_tags: [a]}]}\n", 5, 5, "name it under `if`", None),
        ("  - {if: NPS > 1}\n", 5, 5, "a condition needs steps under then or else", None),
        ("  - if: NPSS > 1\n    then: [{add_tags: [a]}]\n", 5, 9, "no attribute", "NPS"),
        ("  - if: NPS > 1\n    then:\n    - {limit: 3}\n", 7, 8, "'limit' is not known here", None),
        (
            (
                "  - if: NPS > 1\n    then:\n    - tasks:\n"
                "      - {title: '{{ acount.id }}', description: D, flow: F}\n"
            ),
            8,
            21,
            "a template knows no acount.id",
            "account.id",
        ),
        ("  - touchpoints:\n    - {type: Call, subject: '{{ x }}'}\n", 6, 33, "knows no x", None),
        ("  - wait_days: 1\n  - start: [q]\n", 6, 13, "no play is called 'q'", None),
        ("  - wait_days: 1\n  - start: [p]\n", 6, 13, "a play does not start itself", None),
        ("  - wait_days: 1\n  - set: {Health: Good}\n", 6, 11, "Health cannot be set", None),
        ("  - emails:\n    - {to: Nobody, subject: S, body: B}\n", 6, 12, "is no role", None),
        ("  - add_tags: [a]\n  - wait_days: 1\n", 6, 5, "nothing follows this wait", None),
    ],
)
def test_each_mistake_in_a_step_is_named_with_its_place_and_mend(
    tmp_path: Path, steps: str, line: int, column: int, message: str, suggestion: str | None
) -> None:
    findings = found(tmp_path, PLAY + steps)
    matching = [finding for finding in findings if message in finding.message]
    assert matching, [str(finding) for finding in findings]
    assert (matching[0].line, matching[0].column, matching[0].suggestion) == (line, column, suggestion)


def test_branches_nest_five_deep_and_no_deeper(tmp_path: Path) -> None:
    def nested(depth: int) -> str:
        inner = "{add_tags: [a]}"
        for _ in range(depth):
            inner = f"{{if: NPS > 1, then: [{inner}]}}"
        return f"{PLAY}  - {inner}\n"

    assert found(tmp_path / "five", nested(5)) == []
    [finding] = found(tmp_path / "six", nested(6))
    assert "at most 5 branches stand inside one another" in finding.message


def test_a_play_has_a_hundred_steps_at_most_wherever_they_stand(tmp_path: Path) -> None:
    def branch(steps: int) -> str:
        return f"{PLAY}  - {{if: NPS > 1, then: [{', '.join(['{add_tags: [a]}'] * steps)}]}}\n"

    assert found(tmp_path / "hundred", branch(99)) == []
    [finding] = found(tmp_path / "more", branch(100))
    assert "101 steps are too many" in finding.message


@pytest.mark.parametrize("text", ["'now' | date: '%Y'", '\\"today\\" | date: \\"%A\\"'])
def test_a_text_does_not_ask_the_machine_what_time_it_is(tmp_path: Path, text: str) -> None:
    """T1: made once more, it is the same."""
    step = f'  - touchpoints: [{{type: Call, subject: "On {{{{ {text} }}}}"}}]\n'
    [finding] = found(tmp_path, PLAY + step)
    assert "transition.day is the tenant's day" in finding.message


@pytest.mark.parametrize(
    ("trigger", "message"),
    [
        ("{date: Renewal Date}", "either days_before or days_after"),
        ("{date: Renewal Date, days_before: 1, days_after: 1}", "either days_before or days_after"),
        ("{date: Renewal Date, segment: at-risk, days_after: 1}", "either a segment, a condition or a date"),
        ("{segment: at-risk, days_after: 1}", "are about a date: name it"),
        ("{date: Renewal Date, days_after: 1, passage: exited}", "take the passage out"),
        ("{by_hand: true, segment: at-risk}", "or is by_hand"),
        ("{by_hand: false}", "or is by_hand"),
        ("{date: NPS, days_after: 1}", "NPS is no date"),
        ("{date: Renewal Dat, days_after: 1}", "no attribute is called 'Renewal Dat'"),
    ],
)
def test_a_date_that_cannot_trigger_is_a_finding(tmp_path: Path, trigger: str, message: str) -> None:
    findings = found(tmp_path, f"name: P\nstate: live\ntrigger: {trigger}\nadd_tags: [a]\n")
    assert any(message in finding.message for finding in findings), [str(each) for each in findings]


def test_a_play_that_people_start_needs_nothing_else_that_does(tmp_path: Path) -> None:
    text = "name: P\nstate: live\ntrigger: {by_hand: true}\nadd_tags: [a]\n"
    assert found(tmp_path, text) == []
    assert play(compiled(tmp_path / "compiled", text)).segment == ""


def test_a_date_may_have_examples(tmp_path: Path) -> None:
    text = (
        "name: P\nstate: live\ntrigger: {date: Renewal Date, days_before: 30}\nadd_tags: [a]\n"
        "examples:\n  on: 2026-01-01\n"
        "  match: [{Renewal Date: 2026-01-31}]\n  no_match: [{Renewal Date: DAY}]\n"
    )
    assert found(tmp_path / "right", text.replace("DAY", "2026-02-01")) == []
    [finding] = found(tmp_path / "wrong", text.replace("DAY", "2026-01-24"))
    assert "this example should not match and does" in finding.message


def triggered(before: int | None, after: int | None, catch_up: int) -> list[int]:
    """On which days, counted from the date, it is triggered; days before it are negative."""
    attribute = standard_catalogue()["Renewal Date"]
    condition = window(attribute, before, after, catch_up)
    return [
        day
        for day in range(-400, 400)
        if condition.answer(Moment({attribute.name: TODAY - timedelta(days=day)}, TODAY, NO_TRAIL))
    ]


@pytest.mark.parametrize(
    ("before", "after", "catch_up", "days"),
    [
        (90, None, 7, range(-90, -82)),
        (90, None, 0, range(-90, -89)),
        (7, None, 7, range(-7, 1)),
        (8, None, 7, range(-8, 0)),
        (3, None, 7, range(-3, 1)),
        (0, None, 7, range(1)),
        (1, None, 0, range(-1, 0)),
        (None, 0, 7, range(8)),
        (None, 1, 7, range(1, 9)),
        (None, 30, 0, range(30, 31)),
    ],
)
def test_a_date_triggers_on_its_day_and_while_it_can_be_caught_up_with(
    before: int | None, after: int | None, catch_up: int, days: range
) -> None:
    """Product 1.14 row 19; what is to come before a date never comes after it."""
    assert triggered(before, after, catch_up) == list(days)


SEGMENTS = {
    "segments/keys.yaml": "name: Keys\nof: users\ncriteria: Key Contact = yes\n",
    "segments/all.yaml": "name: All\ncriteria: NPS > 1\n",
}
OF_USERS = "name: P\nstate: live\nof: users\ntrigger: {segment: keys}\n"


def test_a_play_of_users_may_tell_of_the_person(tmp_path: Path) -> None:
    text = OF_USERS + "emails: [{subject: '{{ user.name }}', body: '{{ user.email }} {{ account.name }}'}]\n"
    folder = write_folder(tmp_path, {**SEGMENTS, "plays/p.yaml": text})
    assert check_playbook(folder, BLOCS) == []
    assert play(read_bundle(compile_playbook(folder, BLOCS))).segment == "keys"


def test_the_steps_of_a_play_of_users_ask_of_the_person_and_set_tags_there(tmp_path: Path) -> None:
    """PLY-01: object user."""
    text = (
        OF_USERS + "cool_down_days: 30\nadd_tags: [met]\nsteps: [{wait_days: 1}, "
        "{if: Key Contact = yes, then: [{remove_tags: [met]}]}]\n"
    )
    folder = write_folder(tmp_path, {**SEGMENTS, "plays/p.yaml": text})
    assert check_playbook(folder, BLOCS) == []
    book = read_bundle(compile_playbook(folder, BLOCS))
    found = play(book)
    assert (found.of_users, found.cool_down_days, found.add_tags) == (True, 30, ("met",))
    branch = found.steps[1]
    assert isinstance(branch, Branch)
    assert branch.condition == parse("Key Contact = yes", book.user_catalogue)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            OF_USERS + "set: {NPS: 3}\n",
            "changes the tags of the person, and starts no other play: take out set",
        ),
        (OF_USERS + "steps: [{wait_days: 1}, {start: [p], add_tags: [a]}]\n", "take out start"),
        (OF_USERS + "steps: [{if: NPS > 3, then: [{add_tags: [a]}]}]\n", "NPS is an attribute of accounts"),
        (OF_USERS + "minimum_confidence: 60\nadd_tags: [a]\n", "minimum_confidence is about accounts"),
        (OF_USERS.replace("keys", "all") + "emails: [{subject: S, body: B}]\n", "leave `of: users` out"),
        (
            OF_USERS.replace("of: users\n", "") + "add_tags: [a]\n",
            "say `of: users` if the play is about people",
        ),
        (
            OF_USERS.replace("segment: keys", "condition: NPS > 3") + "emails: [{subject: S, body: B}]\n",
            "name it under",
        ),
        (OF_USERS + "emails: [{subject: '{{ user.emial }}', body: B}]\n", "a template knows no user.emial"),
        (PLAY + "  - emails: [{subject: '{{ user.email }}', body: B}]\n", "a template knows no user.email"),
    ],
)
def test_what_a_play_of_users_cannot_do_is_a_finding(tmp_path: Path, text: str, message: str) -> None:
    findings = check_playbook(write_folder(tmp_path, {**SEGMENTS, "plays/p.yaml": text}), BLOCS)
    assert any(message in finding.message for finding in findings), [str(each) for each in findings]


def test_what_branches_look_back_on_is_remembered(tmp_path: Path) -> None:
    text = PLAY + "  - if: NPS dropped by 3 in 21 days\n    then: [{add_tags: [a]}]\n"
    assert compiled(tmp_path, text).rules.lookbacks["NPS"] >= 21


def test_a_play_that_only_a_step_starts_is_started_by_something(tmp_path: Path) -> None:
    files = {
        "plays/p.yaml": PLAY + "  - {start: [q]}\n",
        "plays/q.yaml": "name: Q\nstate: live\nadd_tags: [a]\n",
    }
    assert check_playbook(write_folder(tmp_path, files), BLOCS) == []


def test_steps_that_set_each_other_off_in_a_circle_are_warned_of(tmp_path: Path) -> None:
    trigger = "name: P\nstate: live\ntrigger: {condition: 'has tag \"%s\"'}\nsteps:\n"
    files = {
        "plays/p.yaml": trigger % "a" + "  - wait_days: 1\n  - {add_tags: [b], remove_tags: [a]}\n",
        "plays/q.yaml": trigger % "b" + "  - {add_tags: [a], remove_tags: [b]}\n",
    }
    [finding] = check_playbook(write_folder(tmp_path, files), BLOCS)
    assert "may set one another off in a circle" in finding.message
