"""What a playbook says of tasks: when they are due, service levels, what follows, outcomes (TSK-01, PLY-11,
D10)."""

import json
from datetime import date, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from keepwell.assignment.rules import TaskMail
from keepwell.noise.manners import Manners
from keepwell.playbook import Playbook, read_bundle
from keepwell.playbook.bundle import write_bundle
from keepwell.playbook.compiling import check_playbook, compile_playbook
from keepwell.plays import TaskAction
from keepwell.tasks import FollowUp, Priority
from keepwell.tasks.outcomes import OUTCOMES
from keepwell.working_time import PLAIN_CALENDAR, Calendar
from tests.domain.playbook.folders import BLOCS, COMPANY, write_folder

HEAD = "name: Call\nstate: live\ntrigger: {segment: at-risk}\n"


def task(more: str, title: str = "Call", description: str = "Now") -> dict[str, str]:
    says = f"  - title: {title}\n    description: {description}\n    flow: Risk\n"
    return {"plays/call.yaml": f"{HEAD}tasks:\n{says}{more}"}


def compiled(folder: Path, files: dict[str, str]) -> Playbook:
    return read_bundle(compile_playbook(write_folder(folder, files), BLOCS))


def only_task(playbook: Playbook) -> TaskAction:
    [action] = next(play for play in playbook.plays if play.id == "call").tasks
    return action


def messages(folder: Path, files: dict[str, str]) -> list[str]:
    return [finding.message for finding in check_playbook(write_folder(folder, files), BLOCS)]


def test_a_title_is_one_line_that_can_be_shown(tmp_path: Path) -> None:
    """Of a long one the finding shows a part, too."""
    [finding] = check_playbook(write_folder(tmp_path, task("", title="x" * 501)), BLOCS)
    assert finding.message == f"expected a text of at most 500 characters (it is '{'x' * 59}…')"
    assert max(map(len, str(finding).splitlines())) < 250


def test_a_text_that_comes_to_too_much_is_told_with_the_limit(tmp_path: Path) -> None:
    [finding] = check_playbook(write_folder(tmp_path, task("", description="x" * 20_001)), BLOCS)
    assert "it comes to more than 20,000 characters; shorten it" in finding.message
    assert max(map(len, str(finding).splitlines())) < 250


def test_a_task_may_count_working_days_and_have_a_service_level(tmp_path: Path) -> None:
    action = only_task(compiled(tmp_path, task("    due_in_working_days: 3\n    sla_hours: 24\n")))
    assert (action.due_in_working_days, action.sla_hours) == (3, 24)


def test_a_service_level_may_count_working_hours(tmp_path: Path) -> None:
    """D10: of the company's own day."""
    company = f"{COMPANY}calendar: {{working_hours: 8:30 to 16:30}}\n"
    files = {"keepwell.yaml": company, **task("    sla_working_hours: 12\n")}
    playbook = compiled(tmp_path / "hours", files)
    assert (only_task(playbook).sla_hours, only_task(playbook).sla_working_hours) == (None, 12)
    assert playbook.calendar == Calendar(works_from=time(8, 30), works_to=time(16, 30))
    assert messages(tmp_path / "zero", task("    sla_hours: 0\n")) == ["expected more than 0 (it is 0)"]
    both = task("    sla_hours: 24\n    sla_working_hours: 8\n")
    assert messages(tmp_path / "both", both) == ["a task has either sla_hours or sla_working_hours"]
    files["keepwell.yaml"] = company.replace("8:30 to 16:30", "22:00 to 06:00")
    [message] = messages(tmp_path / "night", files)
    assert message == "working hours end on the day on which they begin, not as '22:00 to 06:00'"


def test_days_and_working_days_are_not_both_counted(tmp_path: Path) -> None:
    more = "    due_in_days: 3\n    due_in_working_days: 3\n"
    assert messages(tmp_path, task(more)) == ["a task has either due_in_days or due_in_working_days"]


def test_a_follow_up_is_a_task_and_a_text_alone_is_its_title(tmp_path: Path) -> None:
    """PLY-11."""
    short = task("    post_completion: {follow_up: Call again}\n")
    assert only_task(compiled(tmp_path / "short", short)).post_completion.follow_up == FollowUp("Call again")
    more = (
        "    post_completion:\n      follow_up:\n        title: Call {{ account.name }}\n"
        "        assign_to: success manager\n        due_in_working_days: 2\n        priority: High\n"
    )
    assert only_task(compiled(tmp_path / "long", task(more))).post_completion.follow_up == FollowUp(
        "Call {{ account.name }}",
        assign_to="Success Manager",
        due_in_working_days=2,
        priority=Priority.HIGH,
    )


@pytest.mark.parametrize(
    ("follow_up", "message"),
    [
        ("Call {{ account.nmae }}", "a template knows no account.nmae"),
        ("{title: Call, assign_to: Nobody}", "'Nobody' is no role: name an attribute that holds an"),
        ("{title: Call, assign_to: 'pool:x'}", "no pool is called 'x'"),
        ("{titel: Call}", "the key 'title' is missing"),
        ("{title: Call, due_in_days: 1, due_in_working_days: 1}", "a task has either due_in_days or"),
    ],
)
def test_what_is_wrong_in_a_follow_up_is_found(tmp_path: Path, follow_up: str, message: str) -> None:
    found = messages(tmp_path, task(f"    post_completion:\n      follow_up: {follow_up}\n"))
    assert any(each.startswith(message) for each in found)


def test_a_company_has_days_off_and_outcomes_of_its_own(tmp_path: Path) -> None:
    more = (
        "calendar: {working_days: [sun, Monday, tues], holidays: [2027-01-01]}\n"
        "tasks: {outcomes: [Sold, done, no answer]}\n"
    )
    playbook = compiled(tmp_path, {"keepwell.yaml": COMPANY + more})
    assert playbook.calendar == Calendar(frozenset({0, 1, 6}), frozenset({date(2027, 1, 1)}))
    assert playbook.outcomes == (*OUTCOMES, "Sold")


@pytest.mark.parametrize(
    ("calendar", "message"),
    [
        ("{working_days: [Mo]}", "'Mo' is no day of the week; write one such as Monday or Mon"),
        ("{working_days: []}", "expected at least one of them"),
        ("{quiet_hours: evening}", "'evening' are no hours of a day; write them such as 19:00 to 08:00"),
        (
            "{quiet_hours: 19:00 to 24:30}",
            "'19:00 to 24:30' are no hours of a day; write them such as 19:00 to 08:00",
        ),
        (
            "{quiet_hours: 8:00 to 08:00}",
            "'8:00 to 08:00' are no hours of a day; write them such as 19:00 to 08:00",
        ),
        ("{holidays: [christmas]}", "expected a day such as 2026-11-21 (it is 'christmas')"),
    ],
)
def test_a_calendar_has_days(tmp_path: Path, calendar: str, message: str) -> None:
    assert messages(tmp_path, {"keepwell.yaml": f"{COMPANY}calendar: {calendar}\n"}) == [message]


@pytest.mark.parametrize("hours", ["19:30 to 8:00", "19:30-08:00"])
def test_a_company_says_how_its_members_are_told(tmp_path: Path, hours: str) -> None:
    """D6."""
    more = f"calendar: {{quiet_hours: {hours}}}\nnoise: {{daily_cap: 10}}\ntime_zone: Asia/Tokyo\n"
    urgent = f"{HEAD}emails:\n  - {{subject: Fire, body: Now, urgent: true}}\n  - {{subject: A, body: B}}\n"
    playbook = compiled(tmp_path, {"keepwell.yaml": COMPANY + more, "plays/call.yaml": urgent})
    nights = Calendar(quiet_from=time(19, 30), quiet_to=time(8))
    assert playbook.manners == Manners(TaskMail.EACH, nights, ZoneInfo("Asia/Tokyo"), 10)
    [emails] = [play.emails for play in playbook.plays if play.id == "call"]
    assert [email.urgent for email in emails] == [True, False]


def test_a_bundle_of_before_is_read(tmp_path: Path) -> None:
    """R5: it had no calendar and no outcomes, and of a follow-up the title alone."""
    folder = write_folder(tmp_path, task("    post_completion: {follow_up: Call again}\n"))
    body = json.loads(compile_playbook(folder, BLOCS))
    for name in ("calendar", "noise", "tasks", "version"):
        del body[name]
    [play] = [each for each in body["plays"] if each["id"] == "call"]
    for name in ("due_in_working_days", "sla_hours"):
        del play["tasks"][0][name]
    play["tasks"][0]["post_completion"]["follow_up"] = "Call again"
    before = read_bundle(write_bundle(body))
    assert (before.calendar, before.outcomes) == (PLAIN_CALENDAR, OUTCOMES)
    assert only_task(before).post_completion.follow_up == FollowUp("Call again")
    assert only_task(before).sla_hours is None
