"""What goes wrong in practice, on the deployed template: nothing is lost, nothing is sent twice."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest

from infra import system
from keepwell.attributes import Value
from keepwell.deliveries import Delivery, DeliveryState, wait_after
from keepwell.imports.job import report_file
from keepwell.imports.splitting import CHUNK_BYTES
from keepwell.standings import Band
from keepwell_cli.drop import put, wait_for_report
from keepwell_cli.local.receiver import HANG
from tests.scenarios.conftest import Practice, as_csv

if TYPE_CHECKING:
    from mypy_boto3_sqs.literals import QueueAttributeNameType

pytestmark = pytest.mark.xdist_group("cloud")

DROPS = Path(__file__).parents[2] / "events" / "drops"


def test_a_large_file_arrives_whole_while_its_functions_are_killed(practice: Practice) -> None:
    """I1, I5, R1: the report is that of an import that nothing happened to, and so are the accounts."""
    ids = [f"KILL-{number:04}" for number in range(1500)]
    rows = [practice.row(each, f'"{each}", Inc.', licenses=number) for number, each in enumerate(ids)]
    overtaken = [{**row, "Licenses": "7"} for row in rows[50::100]]
    for row in rows[::100]:
        row["Renewal Date"] = "soon"
    content = as_csv(*overtaken, *rows)

    def stored(some: list[str]) -> dict[str, Value]:
        found = practice.stack.accounts.facts_of(some)
        return {account_id: facts.values["Licenses"] for account_id, facts in found.items()}

    def has_stored(least: int) -> bool:
        return len(stored(ids[1::15])) >= least

    kill(practice, "import_csv_drop")  # so that its next worker has yet to start
    with redelivery_after_seconds(practice, 5), removed_afterwards(practice, ids):
        drop_id = put(practice.stack, "killed.csv", content)
        practice.eventually("the drop's function", lambda: kill(practice, "import_csv_drop"))
        for least in (1, 20, 40):
            practice.eventually(f"{least} of 100 rows", partial(has_stored, least))
            practice.eventually("the rows' function", lambda: kill(practice, "import_csv_rows"))
            assert not practice.stack.files.exists(report_file(drop_id))
        report = wait_for_report(practice.stack, drop_id, patience=120)

        assert (report["rows"], report["created"], report["rejected"]) == (1515, 1485, 30)
        assert stored(ids) == {each: number for number, each in enumerate(ids) if number % 100}


def test_a_file_that_takes_longer_than_a_run_is_split_by_several(practice: Practice) -> None:
    """I5: each run has time for one of the three chunks, and an event of its own (decision 17)."""
    ids = [f"RUNS-{number:03}" for number in range(150)]
    wide = {f"Notes {column}": "n" * 30_000 for column in range(4)}
    content = as_csv(*(practice.row(each, each) | wide for each in ids))
    with seconds_of_a_run(practice, "import_csv_drop", 50), removed_afterwards(practice, ids):
        drop_id = put(practice.stack, "wide.csv", content)
        report = wait_for_report(practice.stack, drop_id, patience=120)
    assert (report["rows"], report["created"]) == (150, 150)
    runs = list(practice.stack.files.keys(f"unsplit/{drop_id}/"))
    assert len(runs) == len(content) // CHUNK_BYTES == 2


def test_a_poison_record_among_ten_does_not_stop_the_nine(practice: Practice) -> None:
    """R2: it ends in the failure store, with its key, after bounded retries."""
    ids = [f"POISON-{number}" for number in range(10)]
    broken = ids[4]
    sound = [account_id for account_id in ids if account_id != broken]
    with unreadable_facts(practice, broken):
        practice.drop(*(practice.row(account_id, f"Neighbour of {account_id}") for account_id in sound))

        for account_id in sound:
            assert practice.standing(account_id).health is Band.GOOD
        kept = practice.eventually(
            "the poison in the failure store",
            lambda: [failure for failure in practice.failures() if broken in str(failure["payload"])],
        )
        assert all("evaluate_changes" in failure["requestContext"]["functionArn"] for failure in kept)


def test_a_receiver_that_answers_500_twice_gets_the_message_once(practice: Practice) -> None:
    """T2, T6: three attempts under one id, the last one taken."""
    practice.receiver.answer(500, 500)
    soon = practice.today + timedelta(days=30)
    practice.drop(practice.row("RETRY-1", "Acorn Analytics", renewal_date=soon))
    for attempts in (1, 2):
        delivery = after_attempts(practice, "RETRY-1", attempts)
        assert delivery.state is DeliveryState.WAITING
        assert "500" in delivery.attempts[-1].outcome
        practice.advance(delivery.due_at - practice.stack.clock.now())
        practice.tick()

    delivery = after_attempts(practice, "RETRY-1", 3)
    assert delivery.state is DeliveryState.SENT
    assert [request.answered for request in practice.webhooks("Acorn Analytics")] == [500, 500, 200]
    assert len({request.body for request in practice.webhooks("Acorn Analytics")}) == 1


def test_a_receiver_that_never_answers_delays_nobody_and_is_tried_again(practice: Practice) -> None:
    """T6, T7: the mail and the task do not wait for it, and its next attempt is on schedule."""
    practice.receiver.answer(HANG, HANG)
    practice.drop(practice.poor_row("HANG-1", "Summit Cloud"))
    practice.eventually("the mail", lambda: practice.mails("Summit Cloud"))

    def timed_out() -> list[Delivery]:
        return [d for d in practice.deliveries("HANG-1") if d.to == "events" and d.attempts]

    [delivery] = practice.eventually("the time-out", timed_out)
    assert delivery.state is DeliveryState.WAITING
    assert "2 s" in delivery.attempts[0].outcome
    wait = wait_after(delivery.delivery_id, 1)
    assert delivery.due_at - delivery.attempts[0].at == wait

    practice.advance(wait)
    practice.tick()
    practice.eventually(
        "the second attempt",
        lambda: [d for d in practice.deliveries("HANG-1") if d.to == "events" and d.state == "sent"],
    )


def test_mail_that_ses_refuses_is_failed_with_what_to_do(practice: Practice) -> None:
    """T2: refused is final and visible; the task does not depend on it."""
    with unverified_sender():
        practice.drop(practice.poor_row("REFUSE-1", "Ember Foods"))
        [refused] = practice.eventually(
            "the refusal",
            lambda: [d for d in practice.deliveries("REFUSE-1") if d.state is DeliveryState.FAILED],
        )
    assert refused.channel == "email"
    assert "verif" in refused.attempts[-1].outcome
    assert len(practice.tasks("REFUSE-1")) == 1
    assert practice.mails("Ember Foods") == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "text"),
        (b"Name,Tier\nAcorn,Core\n", "Account ID"),
        (b"Account ID,Customer Tier,Customer Tier\nA-1,Core,Light\n", "Customer Tier"),
    ],
    ids=["empty", "binary", "no id column", "two equal headers"],
)
def test_a_file_that_cannot_be_read_fails_once_and_says_why(
    practice: Practice, content: bytes, says: str
) -> None:
    """I1: a header-level failure rejects the file, no rows."""
    report = practice.drop_bytes(content, "unreadable.csv")
    assert (report["status"], report["rows"], report["rejects_file"]) == ("failed", 0, None)
    [error] = report["errors"]
    assert says in error["reason"]


@contextmanager
def unreadable_facts(practice: Practice, account_id: str) -> Iterator[None]:
    """An account whose facts are no JSON; gone afterwards, for each night would meet it again."""
    items, table = boto3.client("dynamodb"), practice.stack.named(system.ACCOUNTS)
    key = {"account_id": {"S": account_id}, "part": {"S": "facts"}}
    items.put_item(TableName=table, Item={**key, "document": {"S": "{not json"}, "revision": {"N": "1"}})
    try:
        yield
    finally:
        items.delete_item(TableName=table, Key=key)


@contextmanager
def removed_afterwards(practice: Practice, account_ids: list[str]) -> Iterator[None]:
    """Accounts that are too many to be evaluated with those of other scenarios each night."""
    try:
        yield
    finally:
        table = boto3.resource("dynamodb").Table(practice.stack.named(system.ACCOUNTS))
        with table.batch_writer() as items:
            for account_id in account_ids:
                for part in ("facts", "standing"):
                    items.delete_item(Key={"account_id": account_id, "part": part})


@contextmanager
def redelivery_after_seconds(practice: Practice, seconds: int) -> Iterator[None]:
    """Let the shards' queue hide a message for this long only, and give up none that is slower."""
    sqs, url = boto3.client("sqs"), practice.stack.named(system.IMPORT_SHARDS)
    names: list[QueueAttributeNameType] = ["VisibilityTimeout", "RedrivePolicy"]
    usual = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    patient = json.dumps(json.loads(usual["RedrivePolicy"]) | {"maxReceiveCount": 1000})
    sqs.set_queue_attributes(
        QueueUrl=url, Attributes={"VisibilityTimeout": str(seconds), "RedrivePolicy": patient}
    )
    try:
        yield
    finally:
        sqs.set_queue_attributes(QueueUrl=url, Attributes=usual)


@contextmanager
def seconds_of_a_run(practice: Practice, function: str, seconds: int) -> Iterator[None]:
    """Let a function run for this long only."""
    client, name = boto3.client("lambda"), f"{practice.stack.name}-{function}"
    usual = client.get_function_configuration(FunctionName=name)["Timeout"]
    client.update_function_configuration(FunctionName=name, Timeout=seconds)
    try:
        yield
    finally:
        client.update_function_configuration(FunctionName=name, Timeout=usual)


@contextmanager
def unverified_sender() -> Iterator[None]:
    """SES knows nothing of the stack's sender."""
    sender = boto3.client("ses").list_identities()["Identities"][0]
    boto3.client("ses").delete_identity(Identity=sender)
    boto3.client("sesv2").delete_email_identity(EmailIdentity=sender)
    try:
        yield
    finally:
        boto3.client("ses").verify_email_identity(EmailAddress=sender)


def kill(practice: Practice, function: str) -> list[int]:
    """Kill the processes that run a function; which those were."""
    running = workers(practice, function)
    for pid in running:
        os.kill(pid, signal.SIGKILL)
    return running


def workers(practice: Practice, function: str) -> list[int]:
    """The processes that run a function on the local cloud."""
    listed = subprocess.run(
        ["ps", "-axww", "-o", "pid=,command="], capture_output=True, text=True, check=True
    )
    folder = str(practice.cloud.folder)
    return [
        int(line.split()[0])
        for line in listed.stdout.splitlines()
        if folder in line and f"-{function}-" in line
    ]


def after_attempts(practice: Practice, account_id: str, attempts: int) -> Delivery:
    """The account's one webhook, once it was tried so often."""

    def tried() -> list[Delivery]:
        webhooks = [d for d in practice.deliveries(account_id) if d.channel == "webhook"]
        settled = [d for d in webhooks if d.state is not DeliveryState.SENDING]
        return [d for d in settled if len(d.attempts) == attempts]

    [delivery] = practice.eventually(f"attempt {attempts} for {account_id}", tried)
    return delivery
