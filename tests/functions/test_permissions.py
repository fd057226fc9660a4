"""What the page lets each function touch, its sample events need (architecture section 9)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import boto3
import pytest

from infra.permissions import Call, unused
from infra.system import FUNCTIONS
from keepwell.deliveries import Channel
from keepwell.usage.deltas import shard_of, write_deltas
from keepwell.usage.events import UsageEvent
from keepwell_aws.files import S3Files
from tests.aws_tables import Names
from tests.functions.delivering import impatient_playbook, set_up, store
from tests.functions.invoking import cases, forget_builds, invoke, judge, know, sample_event
from tests.functions.judging import meet, use_a_segment_of_users
from tests.functions.stepping import waiting
from tests.functions.test_import_csv_drop import FILE, dropped, split_in_part
from tests.functions.test_import_csv_rows import FILES, batch, lacking, planned
from tests.functions.test_pull_imports import offer, pulling_playbook
from tests.functions.test_undo_imports import undo_events
from tests.story import NOON, TODAY, poor_account

# Grants that no sample event needs, as (the thing, its part): what needs them all the same.
REPETITION = "what is repeated after a crash reads the delivery, or the wake, that is there already"
CUT = "an account that the end of a page cuts is read by its key"
TOLD = "what the operator was told already is read, not told again"
ASKED = "a condition of a step asks for what the account is compared with"
POOL = "a task for a pool counts what its members have open, and reserves"
HANDED = "tasks that go along with a role are told in the history"
GIVEN_UP = "a wake that failed too often is told in the history"
SHORT = "a mail that SES did not take now is queued for when it is tried again"
LARGE = "a file that is not split in time is stored for the next run, before this one"
NOT_NEEDED: dict[str, dict[tuple[str, str], str]] = {
    "import_csv_drop": {("files", "/unsplit/*"): LARGE, ("deliveries", ""): TOLD},
    "import_csv_rows": {("deliveries", ""): TOLD},
    "pull_imports": {("deliveries", ""): TOLD},
    "rank_engagement": {("accounts", ""): CUT},
    "recalculate_accounts": {("accounts", ""): CUT},
    "evaluate_changes": {("deliveries", ""): REPETITION},
    "evaluate_accounts": {("deliveries", ""): REPETITION},
    "launch_plays": {
        ("deliveries", ""): REPETITION,
        ("files", "/populations/*"): ASKED,
        ("work", "/index/agenda"): POOL,
        ("history", ""): HANDED,
    },
    "sweep": {
        ("deliveries", ""): REPETITION,
        ("files", "/populations/*"): ASKED,
        ("history", ""): HANDED,
    },
    "deliver_email": {("email_deliveries", ""): SHORT},
    "wake_due": {
        ("history", ""): GIVEN_UP,
        ("files", "/populations/*"): ASKED,
        ("work", "/index/agenda"): POOL,
        ("control", ""): POOL,
    },
}


def events_of(function: str, stack: Names) -> list[Any]:
    """The function's sample events, about things that the stack has."""
    if function in PREPARE:
        PREPARE[function](stack)
    events = [sample_event(function, case) for case in cases(function)]
    if function == "import_csv_drop":
        keys = [event["detail"]["object"]["key"] for event in events]
        drops = [dropped(stack, FILE, key) for key in keys if key.startswith("drops/")]
        return [*drops, *drops, split_in_part(stack)]
    if function == "import_csv_rows":
        files = [*FILES.items(), ("accounts", b"Account ID,NPS\nA-1,all of it is wrong\n")]
        batches = [batch({"drop_id": planned(stack, content, about), "shard": 0}) for about, content in files]
        batches.append(lacking(stack)[1])
        forget_builds()  # so that the playbook is read anew
        return batches
    if function == "undo_imports":
        return undo_events(stack)
    return events


def know_one(stack: Names) -> None:
    know(stack, poor_account("A-001", known_since=NOON - timedelta(days=30)))


def rank_one(stack: Names) -> None:
    """Before the evaluation comes the ranking, over as many segments as there are. Somebody enters a segment
    of users."""
    know_one(stack)
    use_a_segment_of_users(stack)
    meet(stack, "A-001")
    invoke("rank_engagement", sample_event("rank_engagement", "one_segment"))


def judge_all(stack: Names) -> None:
    """What the roll-up's runs left for it."""
    know_one(stack)
    for case in cases("roll_up"):
        told = sample_event("roll_up", case)
        night = sample_event("evaluate_accounts", "past_day") | {"run": told["run"], "on": told["on"]}
        invoke("evaluate_accounts", night)


def use_one(stack: Names) -> None:
    """Of an account in a shard that the first segment takes."""
    account_id = next(f"A-{n}" for n in range(1_000) if shard_of(f"A-{n}") == 0)
    event = UsageEvent(account_id, "ann", "Reports", "View", TODAY)
    write_deltas(S3Files(stack.bucket("files")), NOON, "drop-1", [event])


def change_one(stack: Names) -> None:
    """Known for long, changed in the week that is judged again, and that week has a population."""
    know(stack, poor_account("A-001", known_since=NOON - timedelta(days=30)))
    files = S3Files(stack.bucket("files"))
    files.write("changes/2026-11-18T12:00:00.000000+00:00-drop/0000.jsonl", b"", "application/x-ndjson")
    rank = sample_event("rank_engagement", "one_segment")
    invoke("rank_engagement", rank | {"on": "2026-11-18", "run": "past"})


def judge_one(stack: Names) -> None:
    judge(stack, poor_account("A-001"), NOON - timedelta(hours=3))


def mail_one(stack: Names) -> None:
    boto3.client("sesv2").create_email_identity(EmailIdentity="success@example.com")
    store(stack, "email_0a1b2c3d4e5f60718293", Channel.EMAIL, "a@example.com")


def return_one(stack: Names) -> None:
    """It was sent before it came back."""
    mail_one(stack)
    invoke("deliver_email", sample_event("deliver_email", "one_delivery"))


def post_one(stack: Names) -> None:
    store(stack, "webhook_0a1b2c3d4e5f60718293", Channel.WEBHOOK, "slack", body='{"text":"hello"}')
    set_up("slack", "http://127.0.0.1:1/")


def owe_two(stack: Names) -> None:
    """And a run of a play waits."""
    store(stack, "email_1", Channel.EMAIL, "a@example.com")
    store(stack, "webhook_1", Channel.WEBHOOK, "slack")
    waiting(stack)


def offer_one(stack: Names) -> None:
    """And one of the pulls may not read what it is to."""
    pulling_playbook(stack, sfdc="keepwell-exports", hr="payroll")
    offer(stack, "sfdc/accounts.csv", FILE)


PREPARE: dict[str, Callable[[Names], None]] = {
    "pull_imports": offer_one,
    "evaluate_changes": rank_one,
    "measure_accounts": use_one,
    "rank_engagement": know_one,
    "evaluate_accounts": rank_one,
    "roll_up": judge_all,
    "recalculate_accounts": change_one,
    "launch_plays": judge_one,
    "sweep": judge_one,
    "deliver_email": mail_one,
    "deliver_webhook": post_one,
    "record_mail_events": return_one,
    "wake_due": owe_two,
}


@pytest.mark.parametrize("function", [function.name for function in FUNCTIONS])
def test_a_functions_sample_events_need_all_it_may_do(function: str, stack: Names) -> None:
    """`invoke` refuses what the page does not grant; this lists what it grants beyond need."""
    impatient_playbook(stack)
    calls = list[Call]()
    for event in events_of(function, stack):
        invoke(function, event, calls=calls)
    left = {(grant.resource.name, grant.part) for grant in unused(function, calls)}
    assert left == set(NOT_NEEDED.get(function, {}))
