"""`keepwell demo`: the main job end to end, on a local cloud of its own, with 90 invented accounts."""

import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from http import HTTPStatus
from typing import Any

import boto3
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from infra import system
from keepwell.accounts import Account
from keepwell.errors import KeepwellError
from keepwell.in_memory import FixedClock
from keepwell.playbook import Playbook, read_bundle
from keepwell.standings import Standing
from keepwell_aws.clock import OFFSET
from keepwell_cli.drop import put, wait_for_report
from keepwell_cli.local.cloud import LocalCloud
from keepwell_cli.local.receiver import Received, Receiver
from keepwell_cli.nightly import run_night
from keepwell_cli.output import Answer, plain, step
from keepwell_cli.rehearsal import Rehearsal
from keepwell_cli.sample import sample_bundle, sample_files
from keepwell_cli.segments import NO_GROUP, place
from keepwell_cli.stack import Stack
from keepwell_cli.waiting import wait_for

A_DAY = timedelta(days=1)
STAGES = (("accounts",), ("users", "usage", "touchpoints"))
"""What is dropped first, and what once that has taken effect: people and contacts belong to accounts."""


class DemoFailed(KeepwellError):
    """The stack did not come to what the rehearsal says it must."""


@dataclass
class Seconds:
    """How long each step took."""

    taken: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def measure(self, name: str, text: str) -> Iterator[None]:
        begun = time.monotonic()
        with step(text):
            yield
        self.taken[name] = round(time.monotonic() - begun, 1)


@dataclass(frozen=True)
class Effects:
    """What reached people: tasks in the stack, mails and webhooks outside."""

    tasks: int
    emails: int
    webhooks: int


def demo() -> Answer:
    """Show the main job on a local cloud: CSVs of 90 accounts become scores, tasks, mails and webhooks.

    Then the same day is run once more, to show that nothing is written or sent twice, and the next night, to
    show that only what changed is written.

    Example: `keepwell demo --json`
    """
    seconds = Seconds()
    cloud, receiver = LocalCloud(), Receiver()
    with receiver:
        try:
            with seconds.measure("setup", "Starting the local cloud"):
                cloud.start()
            with seconds.measure("deploy", "Deploying the stack (the template AWS would get)"):
                cloud.deploy()
            return _show(Stack.practised(cloud), cloud, receiver, seconds)
        finally:
            with step("Stopping the local cloud"):
                cloud.stop()


def _show(stack: Stack, cloud: LocalCloud, receiver: Receiver, seconds: Seconds) -> Answer:
    _point_endpoints(stack, receiver)
    clock = FixedClock(stack.clock.now())
    playbook = stack.playbooks.activate(sample_bundle(), clock.now())
    files = sample_files(clock.now().astimezone(playbook.time_zone).date())
    rehearsal = Rehearsal(playbook, clock)
    with seconds.measure("import", "Dropping accounts, their people, use and contacts into the bucket"):
        report, *others = _import(stack, rehearsal, files)
    rehearsal.night()
    with seconds.measure("nightly", "Running the night: use is measured, every account is evaluated"):
        run_night(stack)
    expected = rehearsed(rehearsal)
    with seconds.measure("deliver", f"Waiting for {expected.tasks} tasks, mails and webhooks to arrive"):
        effects = _arrival(stack, cloud, receiver, expected)
    accounts = accounts_of(stack)
    _compare(rehearsal, accounts)
    document = {
        "accounts": len(accounts),
        "imported": report,
        "imported_beside": others,
        "health": _health(_standings(accounts)),
        "segments": _segments(_standings(accounts), stack),
        **vars(effects),
        "seconds": seconds.taken,
    }
    with step("Running the same day again: nothing may be written or sent"):
        document["second_run"] = again = _second_run(stack, cloud, receiver, files)
    shown = _shown(stack, cloud, receiver)
    with step("Running the next night: only what changed with the day may be written"):
        document["next_night"] = _next_night(stack, cloud, receiver, rehearsal)
    return Answer(document, Group(*shown, _counts(document, playbook)), findings=any(again.values()))


def _import(stack: Stack, rehearsal: Rehearsal, files: Mapping[str, bytes]) -> list[dict[str, Any]]:
    """Drop the files, the accounts first, and wait until the stack comes to what the rehearsal comes to."""
    reports = []
    for stage in STAGES:
        drops = [put(stack, f"{about}.csv", files[about], about) for about in stage]
        _rehearse(rehearsal, files, stage)
        reports += [wait_for_report(stack, drop_id) for drop_id in drops]
        _wait_until_alike(stack, outcomes(rehearsal))
    return reports


def _wait_until_alike(stack: Stack, planned: Mapping[str, object]) -> None:
    wait_for(
        "every account to be evaluated",
        lambda: not differing(planned, accounts_of(stack)) or None,
        patience=120,
    )


def offline(now: datetime) -> Rehearsal:
    """What the sample comes to on a day and after its night, without a cloud."""
    playbook = read_bundle(sample_bundle())
    rehearsal = Rehearsal(playbook, FixedClock(now))
    files = sample_files(now.astimezone(playbook.time_zone).date())
    for stage in STAGES:
        _rehearse(rehearsal, files, stage)
    rehearsal.night()
    return rehearsal


def _rehearse(rehearsal: Rehearsal, files: Mapping[str, bytes], stage: Sequence[str]) -> None:
    for about in stage:
        rehearsal.drop(f"{about}.csv", files[about], object_name=about)
    rehearsal.settle()


def _next_night(stack: Stack, cloud: LocalCloud, receiver: Receiver, rehearsal: Rehearsal) -> dict[str, int]:
    """The night after, on a clock moved by a day: how many accounts were evaluated, and how many standings
    were written."""
    stack.control.put(OFFSET, {"seconds": int(A_DAY.total_seconds())})
    rehearsal.clock = FixedClock(rehearsal.clock.now() + A_DAY)
    planned = rehearsal.night()
    counts = run_night(stack)
    _arrival(stack, cloud, receiver, rehearsed(rehearsal))
    _compare(rehearsal, accounts_of(stack))
    found = {name: int(counts[name]) for name in ("evaluated", "changed")}
    if any(number != planned[name] for name, number in found.items()):
        raise DemoFailed(f"the next night counted {found}, offline {planned}")
    return found


def _point_endpoints(stack: Stack, receiver: Receiver) -> None:
    """Put the receiver's addresses where a person would put Slack's and their own (product PLY-13)."""
    prefix, ssm = stack.named(system.ENDPOINTS), boto3.client("ssm")
    addresses = {
        "slack": {"url": receiver.url("/services/T0/B0/demo")},
        "events": {"url": receiver.url("/keepwell"), "secret": receiver.secret},
    }
    for endpoint, address in addresses.items():
        ssm.put_parameter(
            Name=f"{prefix}/{endpoint}", Value=json.dumps(address), Type="SecureString", Overwrite=True
        )


def _accepted(receiver: Receiver) -> list[Received]:
    """What Slack and the signed endpoint took; a wrong signature is answered with 401."""
    return [request for request in receiver.received if request.answered == HTTPStatus.OK]


def rehearsed(rehearsal: Rehearsal) -> Effects:
    """What the playbook implies for the sample, computed without a cloud."""
    channels = Counter(message.channel.value for message in rehearsal.sent)
    return Effects(len(list(rehearsal.work.tasks())), channels["email"], channels["webhook"])


def _effects(stack: Stack, cloud: LocalCloud, receiver: Receiver) -> Effects:
    return Effects(len(list(stack.work.tasks())), len(cloud.mails()), len(_accepted(receiver)))


def _arrival(stack: Stack, cloud: LocalCloud, receiver: Receiver, expected: Effects) -> Effects:
    return wait_for(f"{expected} to arrive", lambda: _arrived(stack, cloud, receiver, expected), patience=120)


def _arrived(stack: Stack, cloud: LocalCloud, receiver: Receiver, expected: Effects) -> Effects | None:
    """What arrived, once it is as much as expected and nothing waits any more."""
    cloud.check()
    found = _effects(stack, cloud, receiver)
    if found != expected or any(standing.pending for standing in _standings(accounts_of(stack))):
        return None
    return found


def accounts_of(stack: Stack) -> dict[str, Account]:
    """All that there are, by id."""
    found: dict[str, Account] = {}
    cursor = None
    while True:
        page = stack.accounts.scan(0, 1, cursor)
        found |= {account.account_id: account for account in page.accounts}
        if (cursor := page.cursor) is None:
            return found


def _standings(accounts: Mapping[str, Account]) -> list[Standing]:
    return [account.standing for account in accounts.values() if account.standing]


def _compare(rehearsal: Rehearsal, deployed: Mapping[str, Account]) -> None:
    """The deployed stack and the laptop must have decided alike: there is one decision function."""
    if otherwise := differing(outcomes(rehearsal), deployed):
        raise DemoFailed(f"decided otherwise than offline: {', '.join(otherwise)}")


def outcomes(rehearsal: Rehearsal) -> dict[str, object]:
    """What the rehearsal came to, account by account."""
    return {a.account_id: outcome(a) for a in rehearsal.accounts.scan(0, 1, limit=1_000).accounts}


def differing(planned: Mapping[str, object], deployed: Mapping[str, Account]) -> list[str]:
    """The accounts of which the stack knows or concludes something else than planned."""
    return sorted(
        account_id
        for account_id in planned.keys() | deployed.keys()
        if planned.get(account_id) != outcome(deployed.get(account_id))
    )


def outcome(account: Account | None) -> object:
    """What is known and was concluded of an account in the end, however often it was written on the way."""
    if account is None or account.standing is None:
        return None
    standing, trail = account.standing, account.trail
    concluded = standing.health, standing.score, standing.profile, dict(standing.memberships)
    waiting = len(standing.pending)
    return dict(account.facts.values), concluded, dict(trail.values) if trail else {}, waiting


def _second_run(
    stack: Stack, cloud: LocalCloud, receiver: Receiver, files: Mapping[str, bytes]
) -> dict[str, int]:
    before, effects = _items(stack), _effects(stack, cloud, receiver)
    for drop_id in [put(stack, f"{about}.csv", content, about) for about, content in files.items()]:
        wait_for_report(stack, drop_id)
    run_night(stack)
    after, effects_after = _items(stack), _effects(stack, cloud, receiver)
    return {
        "writes": len(before ^ after),
        "tasks": effects_after.tasks - effects.tasks,
        "emails": effects_after.emails - effects.emails,
        "webhooks": effects_after.webhooks - effects.webhooks,
    }


def _items(stack: Stack) -> set[str]:
    """Every item of every table but Control, whose rows keep the book of imports."""
    dynamodb = boto3.client("dynamodb")
    return {
        json.dumps([table.name, item], sort_keys=True, default=str)
        for table in system.TABLES
        if table is not system.CONTROL
        for page in dynamodb.get_paginator("scan").paginate(TableName=stack.named(table))
        for item in page["Items"]
    }


def _health(standings: Sequence[Standing]) -> dict[str, int]:
    counted = Counter(standing.health.value for standing in standings)
    return {band: counted[band] for band in ("good", "average", "poor", "unknown")}


def _segments(standings: Sequence[Standing], stack: Stack) -> dict[str, int]:
    return {
        segment.name: sum(
            segment.id in standing.memberships and standing.memberships[segment.id].inside
            for standing in standings
        )
        for segment in stack.playbooks.get().segments
    }


def _shown(stack: Stack, cloud: LocalCloud, receiver: Receiver) -> tuple[RenderableType, ...]:
    """One of each: a task, a mail, a message."""
    task = min(stack.work.tasks(), key=lambda t: (t.due_date or date.max, t.title))
    mail = cloud.mails()[0]
    return (
        _panel("a task", task.title, f"{task.assignee}, due {task.due_date}\n\n{task.description}"),
        _panel("a mail", mail.subject, f"To {', '.join(mail.to)}\n\n{mail.text}"),
        _panel("a Slack message", "", _slack_text(receiver)),
    )


def _counts(document: dict[str, Any], playbook: Playbook) -> RenderableType:
    counts = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    reports = [document["imported"], *document["imported_beside"]]
    counts.add_row("imported", ", ".join(f"{each['applied']:,} {each['object']}" for each in reports))
    counts.add_row("health", ", ".join(f"{number} {band}" for band, number in document["health"].items()))
    for group, inside in grouped(document["segments"], playbook).items():
        counts.add_row(plain(group), plain(inside))
    counts.add_row("tasks", str(document["tasks"]))
    counts.add_row("mails", str(document["emails"]))
    counts.add_row("webhooks", f"{document['webhooks']}, every signature verified")
    again, following = document["second_run"], document["next_night"]
    counts.add_row("again", ", ".join(f"{number} {name}" for name, number in again.items()))
    counts.add_row("next night", f"{following['changed']} of {following['evaluated']} standings written")
    counts.add_row("seconds", ", ".join(f"{name} {s}" for name, s in document["seconds"].items()))
    return counts


def grouped(members: Mapping[str, int], playbook: Playbook) -> dict[str, str]:
    """Who is in which segment, a line for each group, without the segments nobody is in."""
    lines: dict[str, str] = {}
    for segment in sorted(playbook.segments, key=place):
        if number := members[segment.name]:
            group = segment.group or NO_GROUP
            lines[group] = ", ".join(filter(None, (lines.get(group), f"{segment.name} {number}")))
    return lines


def _panel(title: str, head: str, text: str) -> Panel:
    """A box no wider than what is in it, in which nothing passes for markup."""
    shown = Text("\n").join([*([Text(plain(head).plain, "bold")] if head else []), plain(text)])
    return Panel(shown, title=title, expand=False)


def _slack_text(receiver: Receiver) -> str:
    message = next(r.json() for r in _accepted(receiver) if r.path.startswith("/services/"))
    return str(message["text"])
