"""Accounts that enter and leave segments on the deployed template, by files and by time: each action once."""

import os
import signal
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from keepwell.deliveries import DeliveryState
from keepwell.playbook.compiling import compile_playbook
from keepwell.playbook.loading import shipped_blocs
from keepwell.standings import Membership
from keepwell_cli.account import account
from keepwell_cli.held import held, release
from keepwell_cli.nightly import run_night
from keepwell_cli.segment import segment
from keepwell_cli.segments import segments
from tests.scenarios.conftest import Practice
from tests.scenarios.test_faults import workers

pytestmark = pytest.mark.xdist_group("cloud")

PLAYBOOK = {
    "keepwell.yaml": "owner: lead@example.com\nblocs: [health]\n",
    "endpoints/events.yaml": "kind: signed\ntimeout_seconds: 2\n",
    "attributes/pulse.yaml": "name: Pulse\nkind: number\n",
    "attributes/load.yaml": "name: Load\nkind: number\n",
    "attributes/heat.yaml": "name: Heat\nkind: number\n",
    "attributes/crowd.yaml": "name: Crowd\nkind: number\n",
    "attributes/ring.yaml": "name: Ring\nkind: choice\nvalues: [red, blue]\n",
    "segments/weak.yaml": """
name: Weak Pulse
criteria: Pulse < 50
on_entry:
  add_tags: [weak]
  set: {Risk Status: Identified}
  notify:
    - {to: lead@example.com, subject: "{{ account.name }} weakens", body: "{{ transition.because }}"}
  start: [call]
on_exit:
  remove_tags: [weak]
  set: {Risk Status: Resolved}
""",
    "segments/weak-and-large.yaml": """
name: Weak and Large
criteria: in segment "Weak Pulse" AND Licenses >= 100
on_entry: {add_tags: [weak-and-large]}
on_exit: {remove_tags: [weak-and-large]}
""",
    "plays/call.yaml": """
name: Call
state: live
tasks:
  - {title: "Call {{ account.name }}", description: "{{ transition.because }}", flow: Risk}
webhooks:
  - {endpoint: events, event: account.weak}
""",
    "segments/soon.yaml": """
name: Renews Soon
criteria: Renewal Date within next 3 days
on_entry: {add_tags: [soon]}
on_exit: {remove_tags: [soon]}
""",
    "segments/birthday.yaml": """
name: Birthday
criteria: Contract Start Date anniversary every 12 months within next 2 days
on_entry: {start: [greet]}
""",
    "segments/long-low.yaml": """
name: Long Low
criteria: Load < 30 for 3+ days
on_entry: {start: [greet]}
""",
    "segments/sticky.yaml": """
name: Sticky
criteria: Load > 90
minimum_stay_days: 2
on_entry: {add_tags: [sticky]}
on_exit: {remove_tags: [sticky]}
""",
    "segments/hot.yaml": """
name: Hot
criteria: Heat > 50
leave: Heat < 40
cool_down_days: 3
on_entry: {start: [greet]}
""",
    "plays/greet.yaml": """
name: Greet
state: live
tasks:
  - {title: "Greet {{ account.name }}", description: "{{ transition.because }}", flow: Adoption}
""",
    "segments/red.yaml": "name: Red\ncriteria: Ring = red\non_entry: {set: {Ring: blue}}\n",
    "segments/blue.yaml": "name: Blue\ncriteria: Ring = blue\non_entry: {set: {Ring: red}}\n",
    "segments/unhappy.yaml": "name: Unhappy\ncriteria: NPS <= 2\non_entry: {add_tags: [unhappy]}\n",
    "segments/furious.yaml": """
name: Furious
criteria: NPS <= 1
on_entry: {add_tags: [furious], existing: act}
""",
    "segments/crowd.yaml": """
name: Crowd
criteria: Crowd > 0
on_entry:
  add_tags: [crowded]
  limit: 3
  notify: [{to: lead@example.com, subject: "{{ account.name }} is in the crowd", body: "{{ account.id }}"}]
""",
}

COLUMNS = (
    "Account Name",
    "Pulse",
    "Licenses",
    "Load",
    "Heat",
    "Crowd",
    "NPS",
    "Ring",
    "Renewal Date",
    "Contract Start Date",
)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder: Path = tmp_path_factory.mktemp("segments")
    for name, text in PLAYBOOK.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    return compile_playbook(folder, shipped_blocs())


@pytest.fixture
def segmented(practice: Practice, bundle: str) -> Practice:
    """The stack with the playbook of these stories."""
    practice.stack.playbooks.activate(bundle, practice.stack.clock.now())
    return practice


def row(account_id: str, **cells: object) -> dict[str, str]:
    """A row that says no more than these cells: `contract_start_date=...`."""
    said = {name.replace("_", " ").casefold(): str(value) for name, value in cells.items()}
    return {"Account ID": account_id} | {name: said.get(name.casefold(), "") for name in COLUMNS}


def membership(practice: Practice, account_id: str, segment_id: str) -> Membership | None:
    standing = practice.account(account_id).standing
    return standing.memberships.get(segment_id) if standing else None


def at_rest(practice: Practice, account_id: str, segment_id: str, *, inside: bool) -> None:
    """Wait until the account is inside (or outside), and nothing of it waits for a play."""

    def resting() -> bool:
        standing = practice.account(account_id).standing
        kept = standing.memberships.get(segment_id) if standing else None
        return bool(standing and kept and kept.inside is inside and not standing.pending)

    practice.eventually(f"{account_id} {'inside' if inside else 'outside'} {segment_id}", resting)


def tags(practice: Practice, account_id: str) -> object:
    return practice.account(account_id).facts.values.get("Tags", ())


def tagged(practice: Practice, account_id: str, *expected: str) -> None:
    practice.eventually(
        f"{account_id} tagged {expected}", lambda: tags(practice, account_id) == tuple(expected)
    )


def everything(practice: Practice, account_id: str, name: str) -> tuple[Any, ...]:
    """All that is stored of an account, and all that was sent."""
    return (
        practice.account(account_id),
        practice.tasks(account_id),
        practice.deliveries(account_id),
        practice.stack.history.of(account_id),
        len(practice.mails(name)),
        len(practice.webhooks(name)),
    )


def was_asked_again(practice: Practice, account_id: str) -> bool:
    """Whether a run found the task of the one before still open, and brought it up to date."""
    runs = practice.stack.work.runs(account_id)
    return any(" updated: " in line for run in runs for line in run.outcomes)


def test_files_move_an_account_in_and_out_and_each_action_happens_once(segmented: Practice) -> None:
    """SEG-01, SEG-08: tags, attributes, a mail and a play's task; the same file and the night add nothing."""
    practice = segmented
    practice.drop(row("PULSE-1", account_name="Weir Works", pulse=80, licenses=100))
    assert practice.standing("PULSE-1").memberships == {}

    weak = row("PULSE-1", account_name="Weir Works", pulse=40, licenses=100)
    practice.drop(weak)
    tagged(practice, "PULSE-1", "weak", "weak-and-large")
    at_rest(practice, "PULSE-1", "weak-and-large", inside=True)
    practice.eventually("the mail", lambda: practice.mails("Weir Works weakens"))
    practice.eventually("the webhook", lambda: practice.webhooks("PULSE-1"))
    practice.eventually(
        "all sent", lambda: all(d.state is DeliveryState.SENT for d in practice.deliveries("PULSE-1"))
    )
    assert practice.account("PULSE-1").facts.values["Risk Status"] == "Identified"

    before = everything(practice, "PULSE-1", "Weir Works")
    assert practice.drop(weak)["unchanged"] == 1
    assert run_night(practice.stack)["failed"] == 0
    assert everything(practice, "PULSE-1", "Weir Works") == before
    assert [task.title for task in practice.tasks("PULSE-1")] == ["Call Weir Works"]
    assert (len(practice.mails("Weir Works")), len(practice.webhooks("PULSE-1"))) == (1, 1)

    shown = segment("weak pulse", stack=practice.stack.name).document
    assert "PULSE-1" in {each["account_id"] for each in shown["shown"]}
    [told] = [s for s in segments(stack=practice.stack.name).document["segments"] if s["id"] == "weak"]
    assert told["entered_last_7_days"] >= 1

    practice.drop(row("PULSE-1", pulse=60))
    tagged(practice, "PULSE-1")
    assert practice.account("PULSE-1").facts.values["Risk Status"] == "Resolved"
    practice.drop(row("PULSE-1", pulse=30))
    practice.eventually("the task, asked for again", lambda: was_asked_again(practice, "PULSE-1"))
    assert len(practice.tasks("PULSE-1")) == 1, "it is open still (D6)"
    tagged(practice, "PULSE-1", "weak", "weak-and-large")


def test_an_exit_cancels_what_waits_for_its_next_attempt(segmented: Practice) -> None:
    """T3: the receiver fails, the account recovers, and nobody is told of its trouble any more."""
    practice = segmented
    practice.receiver.answer(500)
    practice.drop(row("PULSE-2", account_name="Tarn Tools", pulse=40))
    [waiting] = practice.eventually(
        "a failed attempt",
        lambda: [d for d in practice.deliveries("PULSE-2") if d.to == "events" and d.attempts],
    )
    assert waiting.state is DeliveryState.WAITING

    practice.drop(row("PULSE-2", pulse=60))
    tagged(practice, "PULSE-2")
    at_rest(practice, "PULSE-2", "weak", inside=False)
    practice.advance(waiting.due_at - practice.stack.clock.now())
    practice.tick()

    [cancelled] = [d for d in practice.deliveries("PULSE-2") if d.to == "events"]
    assert cancelled.state is DeliveryState.CANCELLED
    assert [request.answered for request in practice.webhooks("PULSE-2")] == [500]
    [told] = [
        d for d in account("PULSE-2", stack=practice.stack.name).document["deliveries"] if d["to"] == "events"
    ]
    assert (told["state"], "left" in told["last"]) == ("cancelled", True)


def test_plays_that_set_each_other_off_come_to_an_end_that_is_told(segmented: Practice) -> None:
    """The causation limit: the ring turns five times, then a play says that it left the account as it is."""
    practice = segmented
    practice.drop(row("RING-1", account_name="Round Robin", ring="red"))

    def problems() -> list[str]:
        document = account("RING-1", stack=practice.stack.name).document
        return [problem for run in document["plays"] for problem in run["problems"]]

    [problem] = practice.eventually("the end of the chain", problems)
    assert "Ring" in problem
    assert practice.account("RING-1").facts.depth == 5
    practice.eventually("nothing waits", lambda: not practice.standing("RING-1").pending)


def test_time_moves_accounts_in_and_out_each_action_once(segmented: Practice) -> None:
    """PLY-06, SEG-13, T4: a window, an anniversary, a dwell, a minimum stay, a cool-down, by the nights."""
    practice = segmented
    to_noon_tomorrow(practice)
    start = practice.today
    practice.drop(
        row("T-SOON", account_name="Soon", renewal_date=start + timedelta(days=4)),
        row(
            "T-BIRTHDAY",
            account_name="Birthday",
            contract_start_date=four_years_before(start + timedelta(days=3)),
        ),
        row("T-LOW", account_name="Low", load=10),
        row("T-STICKY", account_name="Sticky", load=95),
        row("T-HOT", account_name="Hot", heat=60),
    )
    tagged(practice, "T-STICKY", "sticky")
    practice.eventually("a task", lambda: practice.tasks("T-HOT"))
    practice.drop(row("T-STICKY", load=50), row("T-HOT", heat=30))
    at_rest(practice, "T-HOT", "hot", inside=False)
    assert counts(practice) == {"T-SOON": 0, "T-BIRTHDAY": 0, "T-LOW": 0, "T-HOT": 1}

    practice.advance(timedelta(days=1))
    practice.drop(row("T-HOT", heat=70))
    practice.eventually(
        "a quiet entry", lambda: (kept := membership(practice, "T-HOT", "hot")) and kept.inside and kept.quiet
    )
    night(practice)
    tagged(practice, "T-SOON", "soon")
    practice.eventually("a greeting", lambda: practice.tasks("T-BIRTHDAY"))
    tagged(practice, "T-STICKY", "sticky")
    assert counts(practice) == {"T-SOON": 0, "T-BIRTHDAY": 1, "T-LOW": 0, "T-HOT": 1}

    practice.advance(timedelta(days=1))
    night(practice)
    tagged(practice, "T-STICKY")
    assert counts(practice)["T-LOW"] == 0

    practice.advance(timedelta(days=1))
    night(practice)
    practice.eventually("three low days", lambda: practice.tasks("T-LOW"))
    practice.eventually("the end of the cool-down", lambda: was_asked_again(practice, "T-HOT"))
    names = ("T-SOON", "T-BIRTHDAY", "T-LOW", "T-STICKY", "T-HOT")
    practice.eventually("nothing waits", lambda: not any(practice.standing(name).pending for name in names))
    before = [everything(practice, name, name) for name in names]
    night(practice)
    assert [everything(practice, name, name) for name in names] == before

    practice.advance(timedelta(days=2))
    night(practice)
    tagged(practice, "T-SOON")
    assert counts(practice) == {"T-SOON": 0, "T-BIRTHDAY": 1, "T-LOW": 1, "T-HOT": 1}
    told = [
        r["in_words"]
        for r in account("T-HOT", stack=practice.stack.name).document["history"]
        if "in_words" in r
    ]
    assert [line for line in told if f"in its cool-down until {start + timedelta(days=3)}" in line]


def to_noon_tomorrow(practice: Practice) -> None:
    """So that no midnight falls into the story."""
    now = practice.stack.clock.now()
    practice.advance(datetime.combine(now.date() + timedelta(days=1), time(12), now.tzinfo) - now)


def four_years_before(day: date) -> date:
    """The same day of the calendar, 29 February included."""
    return day.replace(year=day.year - 4)


def night(practice: Practice) -> None:
    counted = run_night(practice.stack)
    assert (counted["status"], counted["failed"]) == ("SUCCEEDED", 0)


def counts(practice: Practice) -> Mapping[str, int]:
    return {name: len(practice.tasks(name)) for name in ("T-SOON", "T-BIRTHDAY", "T-LOW", "T-HOT")}


def test_activating_acts_on_those_inside_only_where_it_is_told_to(practice: Practice, bundle: str) -> None:
    """SEG-08, 1.14 row 23: the others are taken in silently, and the account shows why."""
    practice.drop(row("ACT-1", account_name="Angry Ants", nps=1))
    practice.standing("ACT-1")
    practice.stack.playbooks.activate(bundle, practice.stack.clock.now())
    night(practice)

    tagged(practice, "ACT-1", "furious")
    at_rest(practice, "ACT-1", "unhappy", inside=True)
    told = [row["in_words"] for row in account("ACT-1", stack=practice.stack.name).document["history"][:2]]
    assert ["it was inside already" in sentence for sentence in told] == [True, True]


def test_a_crowd_is_held_until_a_person_releases_it(segmented: Practice) -> None:
    """The mass-entry brake: three fire, the others wait and are shown; released, each fires once."""
    practice, stack = segmented, segmented.stack.name
    ids = [f"CROWD-{number:02}" for number in range(12)]
    crowd = [row(account_id, account_name=f"Crowd of {account_id}", crowd=1) for account_id in ids]
    drop_id = practice.drop(*crowd)["drop_id"]

    def waiting() -> list[dict[str, Any]]:
        shown = [each for each in held(stack=stack).document["held"] if each["play"] == "crowd:on-entry"]
        return [each for each in shown if each["waiting"] == 9]

    [shown] = practice.eventually("nine that wait", waiting)
    assert (shown["cause"], shown["fired"], shown["limit"]) == (drop_id, 3, 3)
    practice.eventually("three mails", lambda: len(practice.mails("Crowd of")) == 3)
    assert sum(tags(practice, account_id) == ("crowded",) for account_id in ids) == 3
    told = next(each for each in ids if not tags(practice, each))
    assert account(told, stack=stack).document["standing"]["pending"] == [f"{told}/crowd/1/entered"]

    release("crowd:on-entry", stack=stack)
    assert held(stack=stack).document["held"] == []
    for account_id in ids:
        tagged(practice, account_id, "crowded")
    practice.eventually("twelve mails", lambda: len(practice.mails("Crowd of")) == 12)
    assert practice.drop(*crowd)["unchanged"] == 12
    assert sorted(mail.text.strip() for mail in practice.mails("Crowd of")) == ids


def test_functions_killed_midway_do_nothing_twice(segmented: Practice) -> None:
    """T1, T2: evaluating and launching die while accounts enter; every action is there once."""
    practice = segmented
    ids = [f"DIE-{number:02}" for number in range(12)]
    practice.drop(*(row(account_id, account_name=f"Dying {account_id}", pulse=10) for account_id in ids))
    practice.eventually("a first standing", lambda: practice.account(ids[0]).standing)
    killed = [*workers(practice, "evaluate_changes"), *workers(practice, "launch_plays")]
    assert killed
    for pid in killed:
        os.kill(pid, signal.SIGKILL)

    for account_id in ids:
        at_rest(practice, account_id, "weak", inside=True)
        tagged(practice, account_id, "weak")
    practice.eventually("all mails", lambda: len(practice.mails("Dying")) >= len(ids))
    assert [len(practice.tasks(account_id)) for account_id in ids] == [1] * len(ids)
    assert sorted(mail.subject for mail in practice.mails("Dying")) == [
        f"Dying {each} weakens" for each in ids
    ]
