"""`keepwell account`: the account, why it stands so, and what its plays could not do."""

import re
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from keepwell.accounts import Facts, Provenance
from keepwell.attributes import Value, standard_catalogue
from keepwell.conclude import conclude, conclude_by_id
from keepwell.criteria import parse
from keepwell.deliveries import Channel, Delivery, cancelled, retried
from keepwell.errors import RejectedInput
from keepwell.health import MetricResult
from keepwell.health.replaying import metric_document
from keepwell.people import Person
from keepwell.plays import PlayState
from keepwell.population import NO_POPULATION
from keepwell.recalculating import recalculated
from keepwell.segments import Segment
from keepwell.standings import Band
from keepwell.tasks import PlayRun, RunState
from keepwell.touchpoints import Touchpoint
from keepwell_cli.account import account
from keepwell_cli.explanation import metric_table
from keepwell_cli.output import Answer
from tests.cli.in_memory_stack import InMemoryStack, shown
from tests.story import NOON, poor_account, standard_playbook
from tests.story import account as good_account

ID = "A-1"


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> InMemoryStack:
    """One account, that fell to poor this noon."""
    stack = InMemoryStack.installed(monkeypatch)
    for revision, (known, at) in enumerate(
        ((good_account(ID), NOON - timedelta(days=1)), (poor_account(ID), NOON))
    ):
        stack.accounts.put_facts(replace(known.facts, revision=revision))
        conclude_by_id(ID, stack.accounts, stack.history, standard_playbook(), at)
    return stack


def delivery(delivery_id: str, to: str) -> Delivery:
    return Delivery(
        delivery_id=delivery_id,
        account_id=ID,
        channel=Channel.WEBHOOK,
        to=to,
        subject="",
        body="{}",
        play="health-drop",
        transition_id="t",
        created_at=NOON,
        due_at=NOON,
    )


def test_what_a_play_could_not_do_and_what_has_not_arrived_is_told(here: InMemoryStack) -> None:
    here.deliveries.add(retried(delivery("d1", "chat"), NOON, "endpoint 'chat' is not set up"))
    here.work.put_run(
        PlayRun(
            run_id="r",
            account_id=ID,
            play="health-drop",
            transition_id="t",
            shadow=False,
            at=NOON,
            playbook="p",
            outcomes=("task t1 for ann: Call", "webhook d1 to chat", "webhook never-made to chat"),
            problems=("email 1: [no] contact",),
            deliveries=("d1", "never-made"),
        )
    )
    answer = account(ID)
    [play] = answer.document["plays"]
    assert (play["play"], play["problems"]) == ("health-drop", ["email 1: [no] contact"])
    assert answer.document["deliveries"] == [
        {
            "delivery_id": "d1",
            "channel": "webhook",
            "to": "chat",
            "state": "waiting",
            "attempts": 1,
            "last": "endpoint 'chat' is not set up",
        }
    ]
    said = shown(answer)
    assert "not done by the play health-drop on 2026-11-21: email 1: [no] contact" in said
    assert "webhook to chat is waiting after 1 attempts: endpoint 'chat' is not set up" in said


def test_what_plays_did_is_told_the_newest_first(here: InMemoryStack) -> None:
    """As `keepwell play run` promises."""
    run = PlayRun(
        run_id="r0",
        account_id=ID,
        play="win-back",
        transition_id="t",
        shadow=False,
        at=NOON - timedelta(days=20),
        playbook="p",
        outcomes=("task t1 for ann: Call",),
    )
    for days in range(1, 12):
        here.work.put_run(replace(run, run_id=f"r{days}", at=NOON - timedelta(days=days)))
    here.work.put_run(replace(run, run_id="ghost", shadow=True, at=NOON))
    here.work.put_run(replace(run, run_id="waits", play="chase", state=RunState.GOING))
    lines = shown(account(ID)).splitlines()
    told = [line for line in lines if line.startswith(("the play", "and "))]
    assert told[0] == "the play win-back of 2026-11-21 would have done: task t1 for ann: Call"
    assert told[1] == "the play win-back of 2026-11-20 did: task t1 for ann: Call"
    assert len(told) == 11
    assert told[-1] == "and 2 older runs of plays: --json has them"


def test_what_an_exit_called_off_and_what_did_not_fire_is_told(here: InMemoryStack) -> None:
    """T3."""
    note = "cancelled: the account left at-risk on 2026-11-21"
    here.deliveries.add(cancelled(delivery("d1", "chat"), NOON, note))
    run = PlayRun(
        run_id="r1",
        account_id=ID,
        play="health-drop",
        transition_id="t",
        shadow=False,
        at=NOON,
        playbook="p",
        outcomes=("webhook d1 to chat",),
        deliveries=("d1",),
    )
    here.work.put_run(run)
    here.work.put_run(replace(run, run_id="r2", outcomes=("discarded by hand",), deliveries=(), fired=False))
    said = shown(account(ID))
    assert "webhook to chat was cancelled: the account left at-risk on 2026-11-21" in said
    assert "not fired on 2026-11-21, the play health-drop: discarded by hand" in said


def test_the_sum_of_the_score_and_the_reasons_of_a_segment_can_be_followed(here: InMemoryStack) -> None:
    answer = account(ID)
    said = shown(answer)
    for dimension in answer.document["dimensions"]:
        assert dimension["name"] in said
    assert said.index("dimension") < said.index("metric")
    [at_risk] = [s for s in answer.document["standing"]["segments"] if s["segment"] == "At Risk"]
    assert at_risk["reasons"]
    assert f"At Risk: {at_risk['reasons'][0]['condition']} (it was " in said


@pytest.mark.parametrize(("points", "told"), [(None, "missing, left out"), (60, "missing, neutral")])
def test_a_metric_without_a_value_says_what_it_counts(points: int | None, told: str) -> None:
    """HLT-09."""
    missing = MetricResult("NPS", "D", None, Band.UNKNOWN, points, 0, missing=True, reasons=())
    table = metric_table([metric_document(missing)])
    assert told in shown(Answer({}, table))


def test_a_score_that_was_judged_afterwards_says_so(here: InMemoryStack) -> None:
    playbook = standard_playbook()
    day = (NOON - timedelta(days=30)).date()
    rows = list(recalculated(good_account(ID), {}, playbook, {day: NO_POPULATION}))
    here.history.append(rows)
    answer = account(ID)
    words = f"Good 100, judged afterwards (recalculated) by the playbook {playbook.version}"
    assert [row["in_words"] for row in answer.document["history"] if row.get("recalculated")] == [words]
    assert f"{day}  {words}" in shown(answer)


@pytest.mark.parametrize(("state", "times"), [(PlayState.DRAFT, 1), (PlayState.LIVE, 2)])
def test_the_trigger_of_a_draft_says_nothing_to_people(
    here: InMemoryStack, state: PlayState, times: int
) -> None:
    """Else each early warning would be told twice before anybody has switched it on."""
    active = here.playbooks.active
    plays = (replace(play, state=state) if play.id == "support-escalation" else play for play in active.plays)
    here.playbooks.active = replace(active, plays=tuple(plays))
    told = [row for row in account(ID).document["history"] if "support-escalation" in row.get("segment", "")]
    assert [row["segment"] for row in told].count("play:support-escalation") == 1
    assert sum("in_words" in row for row in told) == times


CHURN_RISK = Segment(
    "churn-risk", "Churn Risk", parse("Open Ticket Count > 5", standard_catalogue()), cool_down_days=14
)


def test_what_it_entered_and_left_is_told_with_reasons_causes_and_why_no_play_fired(
    here: InMemoryStack,
) -> None:
    """A baseline (1.14 row 23), an exit, an entry in the cool-down (T4), which fires when that is over."""
    here.playbooks.active = replace(
        standard_playbook({"churn-risk": NOON + timedelta(hours=1)}), segments=(CHURN_RISK,), plays=()
    )
    for days, tickets in ((1, 9), (2, 2), (5, 8), (16, 8)):
        know_tickets(here, tickets, NOON + timedelta(days=days))

    answer = account(ID)
    told = [row["in_words"] for row in answer.document["history"] if row["kind"] == "transition"]
    assert told[:4] == [
        "entered Churn Risk: Open Ticket Count > 5 (it was 8); by the night of 2026-12-07",
        (
            "entered Churn Risk: Open Ticket Count > 5 (it was 8); by the night of 2026-11-26; "
            "no play fired: in its cool-down until 2026-12-07"
        ),
        "left Churn Risk; by the night of 2026-11-23",
        (
            "entered Churn Risk: Open Ticket Count > 5 (it was 9); by the night of 2026-11-22; "
            "it was inside already: only plays with `existing: act` fire"
        ),
    ]
    [kept] = answer.document["standing"]["memberships"]
    assert kept == {
        "id": "churn-risk",
        "segment": "Churn Risk",
        "inside": True,
        "sequence": 2,
        "since": "2026-11-26",
        "left": "2026-11-23",
        "quiet": False,
    }
    assert "2026-11-23  left Churn Risk; by the night of 2026-11-23" in shown(answer)


def know_tickets(here: InMemoryStack, tickets: int, at: datetime) -> None:
    """A file told of the tickets, and the night looked at it."""
    facts = here.accounts.facts_of([ID])[ID]
    here.accounts.put_facts(replace(facts, values={**facts.values, "Open Ticket Count": tickets}))
    known = here.accounts.get(ID)
    assert known
    conclude(known, here.accounts, here.history, here.playbooks.active, at, f"night:{at.date()}")


def test_a_quiet_entry_and_tags_are_told(here: InMemoryStack) -> None:
    here.playbooks.active = replace(standard_playbook(), segments=(CHURN_RISK,), plays=())
    for days, tickets in ((1, 9), (2, 2), (5, 8)):
        know_tickets(here, tickets, NOON + timedelta(days=days))
    facts = here.accounts.facts_of([ID])[ID]
    here.accounts.put_facts(replace(facts, values={**facts.values, "Tags": ("at-risk", "vip")}))
    answer = account(ID)
    assert answer.document["tags"] == ["at-risk", "vip"]
    said = shown(answer)
    assert "segments: Churn Risk (since 2026-11-26, quiet: in its cool-down)" in said
    assert "tags: at-risk, vip" in said


@pytest.mark.parametrize("blank", ["", "  "])
def test_a_blank_id_is_no_account(blank: str) -> None:
    with pytest.raises(RejectedInput, match="name an account"):
        account(blank)


def test_the_people_and_the_latest_contacts_are_told(here: InMemoryStack) -> None:
    told = Provenance("csv:users", NOON)

    def facts(**values: Value) -> Facts:
        named = {name.replace("_", " "): value for name, value in values.items()}
        return Facts(ID, named, told, NOON, "drop-1", "drop-1")

    ann = facts(
        First_Name="Ann", Last_Name="[Lee]", Key_Contact=True, Tags=("champion",), Email="a@b.example"
    )
    here.people.put(Person("ann", ann))
    here.people.put(Person("bo", facts()))
    for day in range(1, 13):
        contact = facts(Type="Call", Date=f"2026-11-{day:02}", Subject=f"Call {day}")
        here.touchpoints.put(Touchpoint(f"T-{day}", contact))

    answer = account(ID)
    assert answer.document["people"] == [
        {
            "user_id": "ann",
            "name": "Ann [Lee]",
            "email": "a@b.example",
            "key_contact": True,
            "tags": ["champion"],
        },
        {"user_id": "bo", "name": "", "email": None, "key_contact": None, "tags": []},
    ]
    dates = [touchpoint["date"] for touchpoint in answer.document["touchpoints"]]
    assert dates == [f"2026-11-{day:02}" for day in range(12, 2, -1)]
    assert "people: 2, key contacts: Ann [Lee]" in shown(answer)
    assert "2026-11-12  Call  Call 12" in shown(answer)


def test_what_is_computed_stands_beside_the_facts_and_not_among_them(here: InMemoryStack) -> None:
    known = here.accounts.get(ID)
    assert known
    touched = {**known.facts.values, "Last Touch": (NOON - timedelta(days=12)).date()}
    here.accounts.put_facts(replace(known.facts, values=touched))
    answer = account(ID)
    assert answer.document["computed"]["Days Since Last Touch"] == "12"
    assert "Days Since Last Touch" not in answer.document["facts"]
    assert not {"Health", "Health Score"} & answer.document["computed"].keys()
    assert re.search(r"Days Since Last Touch +12", shown(answer))
