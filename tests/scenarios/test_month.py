"""A month of the sample tenant on the deployed template comes to the ledger that the pure core predicts."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from math import ceil

import boto3
import pytest

from infra import system
from keepwell.plays.starting import start_wake
from keepwell_aws.clock import OFFSET
from keepwell_cli.demo import accounts_of, differing, outcome, outcomes
from keepwell_cli.drop import put, wait_for_report
from keepwell_cli.local.cloud import LocalCloud
from keepwell_cli.local.receiver import Receiver
from keepwell_cli.nightly import run_night
from keepwell_cli.output import NoCloudError
from keepwell_cli.stack import Stack
from keepwell_cli.waiting import wait_for
from tests.month.ledger import Ledger, mail_line, task_lines, webhook_line
from tests.month.passing import LAG, PATHS, REQUEST, InMemory, let_a_month_pass
from tests.month.telling import LEAD, Files

pytestmark = pytest.mark.xdist_group("own cloud")


class OnCloud:
    """The deployed template. What is done here was done in memory before: it waits until both are alike."""

    def __init__(self, stack: Stack, cloud: LocalCloud, receiver: Receiver, core: InMemory):
        self.stack, self.cloud, self.receiver, self.core = stack, cloud, receiver, core

    def move_to(self, now: datetime) -> None:
        """Forward alone, and by whole seconds."""
        row = self.stack.control.get(OFFSET) or {"seconds": 0}
        assert self.stack.clock.now() - now < LAG, "a step took longer than the ticks leave time for"
        ahead = ceil((now - datetime.now(UTC)).total_seconds())
        self.stack.control.put(OFFSET, {"seconds": max(row["seconds"], ahead)})

    def apply(self, bundle: str) -> None:
        self.stack.playbooks.activate(bundle, self.stack.clock.now())

    def drop(self, told: Files) -> None:
        drops = [put(self.stack, f"{about}.csv", content, about) for about, content in told.items()]
        for drop_id in drops:
            report = wait_for_report(self.stack, drop_id, patience=120)
            assert (report["status"], report["rejected"]) == ("done", 0), report
        self._wait_until_alike()

    def night(self) -> None:
        document = run_night(self.stack)
        assert document["status"] == "SUCCEEDED", document
        self._wait_until_alike()

    def start(self, play: str, account_id: str) -> None:
        self.stack.wakes.add(start_wake(play, account_id, REQUEST, LEAD, self.stack.clock.now()))

    def tick(self) -> None:
        answer = boto3.client("lambda").invoke(FunctionName=f"{self.stack.name}-wake_due", Payload=b"{}")
        assert "FunctionError" not in answer, answer["Payload"].read()
        self._wait_until_alike()

    def _wait_until_alike(self) -> None:
        planned, expected = outcomes(self.core.rehearsal), self.core.ledger

        def alike() -> bool | None:
            """What is looked up soonest first."""
            self.cloud.check()
            return (
                self.webhooks == expected.webhooks
                and self.mails == expected.mails
                and not differing(planned, accounts_of(self.stack))
                and task_lines(self.stack.work.tasks()) == expected.tasks
            ) or None

        try:
            wait_for("the month to be alike", alike, patience=120)
        except NoCloudError:
            now = self.core.clock.now()
            unlike = self.ledger.unlike(expected, "on the cloud", "in memory")
            found = accounts_of(self.stack)
            accounts = "\n".join(
                f"{name}: {outcome(found.get(name))}\nin memory: {planned.get(name)}"
                for name in differing(planned, found)
            )
            pytest.fail(f"{now:%Y-%m-%d %H:%M} ended otherwise.\n{unlike}\n{accounts}")

    @property
    def ledger(self) -> Ledger:
        return Ledger(task_lines(self.stack.work.tasks()), self.mails, self.webhooks)

    @property
    def mails(self) -> Counter[str]:
        return Counter(mail_line(", ".join(mail.to), mail.subject) for mail in self.cloud.mails())

    @property
    def webhooks(self) -> Counter[str]:
        """Those that were taken; a wrong signature is answered with 401."""
        return Counter(
            webhook_line(request.path, request.body)
            for request in self.receiver.received
            if request.answered == HTTPStatus.OK
        )


def stop_schedules() -> None:
    """Ticks and nights come when the month says so, and not between two of its steps."""
    scheduler = boto3.client("scheduler")
    for page in scheduler.get_paginator("list_schedules").paginate():
        for listed in page["Schedules"]:
            schedule = scheduler.get_schedule(Name=listed["Name"])
            scheduler.update_schedule(
                Name=listed["Name"],
                State="DISABLED",
                ScheduleExpression=schedule["ScheduleExpression"],
                FlexibleTimeWindow=schedule["FlexibleTimeWindow"],
                Target=schedule["Target"],
            )


@contextmanager
def own_cloud(monkeypatch: pytest.MonkeyPatch, core: InMemory) -> Iterator[OnCloud]:
    """A stack of its own: who else is there counts, where accounts are compared with each other."""
    with LocalCloud() as cloud, Receiver() as receiver:
        outputs = cloud.deploy()
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "KEEPWELL_STACK"):
            monkeypatch.delenv(name, raising=False)
        for name, value in cloud.environment.items():
            monkeypatch.setenv(name, value)
        stop_schedules()
        stack = Stack(cloud.stack, outputs)
        secrets = {"slack": {}, "events": {"secret": receiver.secret}}
        for endpoint, path in PATHS.items():
            boto3.client("ssm").put_parameter(
                Name=f"{stack.named(system.ENDPOINTS)}/{endpoint}",
                Value=json.dumps({"url": receiver.url(path), **secrets[endpoint]}),
                Type="SecureString",
                Overwrite=True,
            )
        yield OnCloud(stack, cloud, receiver, core)


def test_the_ledger_of_a_month_is_the_one_predicted(monkeypatch: pytest.MonkeyPatch) -> None:
    """T1, T2, S3: every task, mail and webhook of 31 days, one to one, and every account in between."""
    core = InMemory()
    with own_cloud(monkeypatch, core) as cloud:
        let_a_month_pass(core, beside=cloud)
        assert cloud.ledger.unlike(core.ledger, "on the cloud", "in memory") == ""
        assert cloud.ledger == core.ledger
    assert min(map(len, (core.ledger.tasks, core.ledger.mails, core.ledger.webhooks))) > 30
