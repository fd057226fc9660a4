"""Calls recorded against the page (architecture section 9)."""

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws
from pynamodb.attributes import UnicodeAttribute
from pynamodb.models import Model

from infra import system
from infra.grants import grants
from infra.permissions import Call, record, undeclared, unused


class History(Model):
    class Meta:
        table_name = "stack-history"
        region = "eu-central-1"

    account_id = UnicodeAttribute(hash_key=True)
    entry = UnicodeAttribute(range_key=True)


@pytest.fixture(autouse=True)
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "HISTORY_TABLE": "stack-history",
        "DELIVERIES_TABLE": "stack-deliveries",
        "FILES_BUCKET": "stack-files",
        "ENDPOINTS_PARAMETERS": "/keepwell/stack/endpoints",
    }.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        History.create_table(billing_mode="PAY_PER_REQUEST")
        boto3.client("s3").create_bucket(
            Bucket="stack-files", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
        yield


def test_calls_of_boto3_and_pynamodb_are_recorded_under_their_settings() -> None:
    s3 = boto3.client("s3")
    with record("evaluate_changes") as calls:
        s3.put_object(Bucket="stack-files", Key="playbooks/a.json", Body=b"{}")
        s3.head_object(Bucket="stack-files", Key="playbooks/a.json")
        History("a", "b").save()
    s3.put_object(Bucket="stack-files", Key="playbooks/after.json", Body=b"{}")
    assert calls == [
        Call("s3:PutObject", "FILES_BUCKET", "/playbooks/a.json"),
        Call("s3:GetObject", "FILES_BUCKET", "/playbooks/a.json"),
        Call("dynamodb:PutItem", "HISTORY_TABLE"),
    ]
    assert undeclared("evaluate_changes", calls) == calls[:1]


def test_a_call_that_is_refused_counts_too() -> None:
    with record("sweep") as calls, pytest.raises(Exception, match="ResourceNotFound"):
        boto3.client("dynamodb").delete_item(TableName="stack-work", Key={"account_id": {"S": "a"}})
    assert undeclared("sweep", calls) == [Call("dynamodb:DeleteItem", "stack-work")]


def test_secrets_are_known_by_their_prefix_and_an_index_by_its_name() -> None:
    ssm = boto3.client("ssm")
    ssm.put_parameter(Name="/keepwell/stack/endpoints/slack", Value="x", Type="SecureString")
    with record("deliver_webhook") as calls:
        ssm.get_parameter(Name="/keepwell/stack/endpoints/slack")
    assert calls == [Call("ssm:GetParameter", "ENDPOINTS_PARAMETERS", "/slack")]
    assert undeclared("deliver_webhook", calls) == []
    due = Call("dynamodb:Query", "DELIVERIES_TABLE", "/index/due")
    assert undeclared("wake_due", [due]) == []
    agenda = Call("dynamodb:Query", "WORK_TABLE", "/index/agenda")
    assert undeclared("launch_plays", [agenda]) == []
    assert undeclared("launch_plays", [agenda._replace(part="/index/due")]) == [
        agenda._replace(part="/index/due")
    ]
    assert undeclared("deliver_email", [due]) == [due]


def test_what_no_call_needed_is_listed() -> None:
    left = unused("evaluate_changes", [Call("dynamodb:PutItem", "HISTORY_TABLE")])
    assert {(grant.resource.name, grant.part) for grant in left} == {
        ("accounts", ""),
        ("control", ""),
        ("deliveries", ""),
        ("files", "/playbooks/*"),
        ("files", "/populations/*"),
        ("work", ""),
    }


def test_a_transaction_needs_the_action_of_each_item() -> None:
    client = boto3.client("dynamodb")
    with record("sweep") as calls, pytest.raises(Exception, match=r"."):
        client.transact_write_items(
            TransactItems=[
                {"Put": {"TableName": "stack-deliveries", "Item": {"delivery_id": {"S": "a"}}}},
                {"Delete": {"TableName": "stack-history", "Key": {"account_id": {"S": "a"}}}},
            ]
        )
    assert calls == [
        Call("dynamodb:PutItem", "DELIVERIES_TABLE"),
        Call("dynamodb:DeleteItem", "HISTORY_TABLE"),
    ]


def test_an_unknown_function_is_refused() -> None:
    with pytest.raises(KeyError, match="no_such"), record("no_such"):
        pass


def test_nothing_may_do_everything_and_only_an_undo_may_delete_what_was_told() -> None:
    """Decision 20: accounts and what is beside them go by an undo alone; wakes go once they were carried out
    or called off."""
    deleting = set()
    for entry in system.FUNCTIONS:
        actions = {(action, grant.resource) for grant in grants(entry) for action in grant.actions}
        assert not any("*" in action for action, _ in actions)
        found = {(entry.name, action, thing.name) for action, thing in actions if "Delete" in action}
        deleting |= {each for each in found if each[1] != "sqs:DeleteMessage"}
    waking = {(each, "dynamodb:DeleteItem", "deliveries") for each in ("launch_plays", "wake_due", "sweep")}
    undoing = {("undo_imports", "dynamodb:DeleteItem", table) for table in ("accounts", "work")}
    assert deleting == waking | undoing


def test_only_the_rows_that_a_function_needs_are_granted(monkeypatch: pytest.MonkeyPatch) -> None:
    """What reads the answers of strangers cannot put another playbook in force, or move the clock."""
    monkeypatch.setenv("CONTROL_TABLE", "stack-control")
    client = boto3.client("dynamodb")
    with record("deliver_webhook") as calls, pytest.raises(Exception, match="ResourceNotFound"):
        client.update_item(TableName="stack-control", Key={"key": {"S": "endpoint#slack"}})
    assert undeclared("deliver_webhook", calls) == []
    with record("deliver_webhook") as calls, pytest.raises(Exception, match="ResourceNotFound"):
        client.put_item(TableName="stack-control", Item={"key": {"S": "playbook#active"}})
    assert undeclared("deliver_webhook", calls) == [
        Call("dynamodb:PutItem", "CONTROL_TABLE", leading="playbook#active")
    ]


@pytest.mark.parametrize("key", ["playbook#active", "clock#offset"])
def test_no_function_may_write_what_is_the_commands_alone(key: str) -> None:
    written = [
        Call(f"dynamodb:{action}", "CONTROL_TABLE", leading=key) for action in ("PutItem", "UpdateItem")
    ]
    for entry in system.FUNCTIONS:
        assert undeclared(entry.name, written) == written
