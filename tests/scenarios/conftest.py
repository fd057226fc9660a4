"""The deployed template on a local cloud, and words to tell stories with on it.

All scenarios share one stack, whose clock only moves forward; each has accounts of its own.
"""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil
from pathlib import Path
from typing import Any, TypeVar

import boto3
import pytest

from infra import system
from keepwell.accounts import Account
from keepwell.attributes import Value, show_cell
from keepwell.deliveries import Delivery
from keepwell.playbook.compiling import compile_playbook
from keepwell.playbook.loading import shipped_blocs
from keepwell.standings import Standing
from keepwell.tasks import Task
from keepwell_aws.clock import OFFSET
from keepwell_cli.drop import put, wait_for_report
from keepwell_cli.local.cloud import LocalCloud
from keepwell_cli.local.emulator import Mail
from keepwell_cli.local.receiver import Received, Receiver
from keepwell_cli.stack import Stack
from keepwell_cli.waiting import wait_for
from tests.cloud_fixture import cloud_environment, local_cloud
from tests.story import GOOD_CORE, POOR

__all__ = ["cloud_environment", "local_cloud"]

Found = TypeVar("Found")

# A receiver that never answers should not cost a test fifteen seconds.
IMPATIENT = {
    "keepwell.yaml": "owner: owner@example.com\nblocs: [health, detect-risk, renewals]\n",
    "endpoints/events.yaml": "kind: signed\ndescription: The tests' receiver.\ntimeout_seconds: 2\n",
}


@dataclass(frozen=True)
class Practice:
    """The stack, what it sends to, and the few things people do with it."""

    stack: Stack
    cloud: LocalCloud
    receiver: Receiver

    @property
    def today(self) -> date:
        return self.stack.clock.now().date()

    def row(self, account_id: str, name: str, **differences: Value | None) -> dict[str, str]:
        """One row of a file: a Core customer in good health, with these differences (`renewal_date=...`)."""
        days = (self.today - date(2026, 11, 21)).days
        names = {known.replace(" ", "_").casefold(): known for known in GOOD_CORE}
        values: dict[str, Value | None] = {
            known: value + timedelta(days=days) if isinstance(value, date) else value
            for known, value in {**GOOD_CORE, "Account Name": name}.items()
        }
        values |= {names[key]: value for key, value in differences.items()}
        cells = {known: "" if value is None else show_cell(value) for known, value in values.items()}
        return {"Account ID": account_id, **cells}

    def poor_row(self, account_id: str, name: str, **differences: Value | None) -> dict[str, str]:
        poor = {known.replace(" ", "_").casefold(): value for known, value in POOR.items()}
        return self.row(account_id, name, **{**poor, **differences})

    def drop(self, *rows: Mapping[str, str], file: str = "accounts.csv") -> dict[str, Any]:
        """Drop a file of these rows and wait for its report."""
        return self.drop_bytes(as_csv(*rows), file)

    def drop_bytes(self, content: bytes, file: str = "accounts.csv") -> dict[str, Any]:
        return wait_for_report(self.stack, put(self.stack, file, content), patience=120)

    def eventually(self, what: str, find: Callable[[], Found | None]) -> Found:
        """What `find` returns once it is something; fails loudly if a part of the cloud has died."""

        def look() -> Found | None:
            self.cloud.check()
            return find() or None

        return wait_for(what, look, patience=90)

    def account(self, account_id: str) -> Account:
        found = self.stack.accounts.get(account_id)
        assert found, f"{account_id} is not there"
        return found

    def standing(self, account_id: str) -> Standing:
        """The account's standing, once there is one."""
        return self.eventually(f"a standing of {account_id}", lambda: self.account(account_id).standing)

    def tasks(self, account_id: str) -> list[Task]:
        return list(self.stack.work.tasks(account_id))

    def mails(self, name: str) -> list[Mail]:
        return [mail for mail in self.cloud.mails() if name in mail.subject]

    def webhooks(self, name: str) -> list[Received]:
        return [request for request in self.receiver.received if name.encode() in request.body]

    def deliveries(self, account_id: str) -> list[Delivery]:
        """Every delivery about an account, by id."""
        scan = boto3.client("dynamodb").get_paginator("scan")
        ids = [
            item["delivery_id"]["S"]
            for page in scan.paginate(TableName=self.stack.named(system.DELIVERIES))
            for item in page["Items"]
            if "#" not in item["delivery_id"]["S"]  # wakes and suppressed addresses
        ]
        found = [self.stack.deliveries.get(delivery_id) for delivery_id in sorted(ids)]
        return [delivery for delivery in found if delivery and delivery.account_id == account_id]

    def advance(self, by: timedelta) -> None:
        """Move the clock forward, by whole seconds and not less than asked."""
        row = self.stack.control.get(OFFSET) or {"seconds": 0}
        self.stack.control.put(OFFSET, {"seconds": row["seconds"] + ceil(by.total_seconds())})

    def tick(self) -> None:
        """What the schedule does each minute."""
        self.invoke("wake_due")

    def invoke(self, function: str, event: Any = None) -> Any:
        answer = boto3.client("lambda").invoke(
            FunctionName=f"{self.stack.name}-{function}", Payload=json.dumps(event or {}).encode()
        )
        assert "FunctionError" not in answer, answer["Payload"].read()
        return json.loads(answer["Payload"].read())

    def failures(self) -> Iterator[dict[str, Any]]:
        """The stream records that could not be handled, whole."""
        s3, bucket = boto3.client("s3"), self.stack.named(system.FAILURES)
        for stored in s3.list_objects_v2(Bucket=bucket).get("Contents", []):
            yield json.loads(s3.get_object(Bucket=bucket, Key=stored["Key"])["Body"].read())


def as_csv(*rows: Mapping[str, str]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


@pytest.fixture(scope="session")
def receiver() -> Iterator[Receiver]:
    with Receiver() as listening:
        yield listening


@pytest.fixture(scope="session")
def impatient_playbook(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The standard playbook, whose signed endpoint is given two seconds to answer."""
    folder: Path = tmp_path_factory.mktemp("playbook")
    for name, text in IMPATIENT.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    return compile_playbook(folder, shipped_blocs())


@pytest.fixture
def practice(cloud_environment: LocalCloud, receiver: Receiver, impatient_playbook: str) -> Practice:
    """The stack with its endpoints pointed at the receiver."""
    stack = Stack(cloud_environment.stack, cloud_environment.outputs)
    prefix = stack.named(system.ENDPOINTS)
    addresses = {
        "slack": {"url": receiver.url("/services/T0/B0/tests")},
        "events": {"url": receiver.url("/keepwell"), "secret": receiver.secret},
    }
    for endpoint, address in addresses.items():
        boto3.client("ssm").put_parameter(
            Name=f"{prefix}/{endpoint}", Value=json.dumps(address), Type="SecureString", Overwrite=True
        )
    stack.playbooks.activate(impatient_playbook, stack.clock.now())
    return Practice(stack, cloud_environment, receiver)
