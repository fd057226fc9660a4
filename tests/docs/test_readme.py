"""The README's excerpt of the demo is true: recomputed offline from the sample."""

import json
import re
from datetime import UTC, datetime

from keepwell.deliveries import Channel
from keepwell.in_memory import FixedClock
from keepwell.tasks import Task
from keepwell_cli.demo import A_DAY, grouped, offline, rehearsed
from keepwell_cli.rehearsal import Rehearsal
from keepwell_cli.sample import sample_files
from tests.docs.pages import ROOT

DAY = datetime(2026, 11, 21, 12, tzinfo=UTC)
README = (ROOT / "README.md").read_text(encoding="utf-8")


def excerpt() -> str:
    """What the README shows of the demo, without boxes and with single spaces."""
    shown = README.partition("<!-- demo:start -->")[2].partition("<!-- demo:end -->")[0]
    return squeezed(re.sub(r"[╭╮╰╯│─]", " ", shown))


def squeezed(text: str) -> str:
    return " ".join(text.split())


def rehearsal() -> Rehearsal:
    return offline(DAY)


def test_the_excerpt_of_the_demo_is_what_the_sample_comes_to() -> None:
    sample = rehearsal()
    text, effects = excerpt(), rehearsed(sample)
    standings = [a.standing for a in sample.accounts.scan(0, 1, limit=1_000).accounts if a.standing]
    bands = {
        band: sum(s.health == band for s in standings) for band in ("good", "average", "poor", "unknown")
    }
    imported = {about: content.count(b"\n") - 1 for about, content in sample_files(DAY.date()).items()}
    sample.clock = FixedClock(DAY + A_DAY)
    changed = sample.night()["changed"]
    lines = [
        "imported " + ", ".join(f"{rows:,} {about}" for about, rows in imported.items()),
        "health " + ", ".join(f"{number} {band}" for band, number in bands.items()),
        f"tasks {effects.tasks} mails {effects.emails} webhooks {effects.webhooks}, every signature verified",
        "again 0 writes, 0 tasks, 0 emails, 0 webhooks",
        f"next night {changed} of {len(standings)} standings written",
    ]
    inside = {
        segment.name: sum(segment.id in s.memberships and s.memberships[segment.id].inside for s in standings)
        for segment in sample.playbook.segments
    }
    lines += [f"{group} {names}" for group, names in grouped(inside, sample.playbook).items()]
    assert [line for line in lines if line not in text] == []


def test_the_task_and_the_message_of_the_excerpt_are_real() -> None:
    sample, text = rehearsal(), excerpt()

    def shown(task: Task) -> str:
        return squeezed(f"{task.title} {task.assignee}, due {task.due_date} {task.description}")

    assert sum(shown(task) in text for task in sample.work.tasks()) == 1
    [message] = re.findall(r"a Slack message (.*?) imported", text)
    webhooks = (d for d in sample.deliveries.all() if d.channel is Channel.WEBHOOK)
    assert message in {json.loads(webhook.body).get("text") for webhook in webhooks}
