"""Use of the product: a file of events, planned, read, and folded into summaries ready to be stored; and the
obvious way.

The obvious way: `csv.DictReader` into a dict of sets and sums for each account. It asks for one day alone,
takes no event that comes late, adds nothing to what was known, refuses nothing and keeps no users' days: what
it finds is checked to be what the summaries say of that day. Ours is shown in two parts: the fold of what was
told, which a night does, and the whole way from the file.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from random import Random

from keepwell.imports.drops import Drop, drop_key
from keepwell.imports.objects import Stores
from keepwell.imports.planning import plan_drop
from keepwell.imports.shards import import_shard
from keepwell.in_memory import (
    FixedClock,
    InMemoryAccounts,
    InMemoryCollections,
    InMemoryControl,
    InMemoryFiles,
    InMemoryPeople,
    InMemoryQueue,
    InMemoryTeam,
    InMemoryTouchpoints,
    InMemoryUserDays,
    InMemoryWork,
)
from keepwell.playbook import Playbook
from keepwell.usage import UsageSummary
from keepwell.usage.measuring import Measuring
from keepwell.usage.rolling import DaysPart, users_document
from keepwell_aws.accounts import usage_document
from keepwell_aws.tables import encoded
from tests.bench.measuring import Budget, Contestant, measure, ratio, show
from tests.story import NOON, TODAY, standard_playbook

EVENTS = 100_000
ACCOUNTS = 100
USERS = 20
DAYS = 60
ACTIONS = tuple((module, action) for module in "ABCDE" for action in ("View", "Export", "Share"))
HEADERS = ("Account ID", "User ID", "Module", "Action", "Time", "Count")


@dataclass
class Found:
    """What both find of an account as of today: of the last 30 full days, of the last 7; the last day."""

    users: set[str] = field(default_factory=set)
    features: set[tuple[str, str]] = field(default_factory=set)
    week: int = 0
    month: int = 0
    last: date = date.min


class Summaries(InMemoryAccounts):
    """Makes what the adapter would send, and keeps the last summaries to be looked at."""

    def __init__(self) -> None:
        super().__init__()
        self.summaries: dict[str, UsageSummary] = {}

    def usage_of(self, account_ids: Sequence[str]) -> dict[str, UsageSummary]:
        return {}

    def put_usage(self, usage: UsageSummary) -> UsageSummary:
        encoded(usage_document(usage), "the use")
        self.summaries[usage.account_id] = usage
        return usage


class Days(InMemoryUserDays):
    """Makes what the adapter would send."""

    def put(self, part: DaysPart) -> DaysPart:
        encoded(users_document(part.users), "the days")
        return replace(part, revision=1)


def csv_file() -> bytes:
    """Events of the last days up to now, each at a second of its own, in no order."""
    out, random = io.StringIO(newline=""), Random(7)
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADERS)
    for _ in range(EVENTS):
        account = random.randrange(ACCOUNTS)
        user = f"user{random.randrange(USERS)}@customer{account}.example.com"
        at = NOON - timedelta(seconds=random.randrange(DAYS * 86_400))
        count = random.choice((1, 1, 1, 2, 5))
        writer.writerow(
            (f"ACC-{account:06}", user, *random.choice(ACTIONS), f"{at:%Y-%m-%dT%H:%M:%SZ}", count)
        )
    return out.getvalue().encode()


def told(content: bytes, playbook: Playbook) -> InMemoryFiles:
    """The deltas that an import of the file leaves."""
    files, control, queue = InMemoryFiles(), InMemoryControl(), InMemoryQueue()
    key = drop_key("usage", None, "usage.csv")
    files.write(key, content, "text/csv")
    drop = Drop("bench", key, "1", len(content), NOON)
    plan_drop(drop, playbook=playbook, files=files, control=control, queue=queue, now=NOON)
    stores = Stores(
        accounts=InMemoryAccounts(),
        people=InMemoryPeople(),
        touchpoints=InMemoryTouchpoints(),
        work=InMemoryWork(),
        team=InMemoryTeam(),
        collections=InMemoryCollections(),
    )
    for message in queue.messages:
        import_shard(
            message["drop_id"],
            message["shard"],
            playbook=playbook,
            stores=stores,
            files=files,
            control=control,
            queue=queue,
            clock=FixedClock(NOON),
        )
    return files


def folded(files: InMemoryFiles) -> dict[str, UsageSummary]:
    """The summaries after a night that finds these deltas."""
    accounts = Summaries()
    measuring = Measuring(files, accounts, Days(), InMemoryControl(), NOON)
    measuring.go_on()
    assert not measuring.problems
    return accounts.summaries


def theirs(content: bytes) -> dict[str, Found]:
    found = defaultdict[str, Found](Found)
    for row in csv.DictReader(io.StringIO(content.decode())):
        account, day = found[row["Account ID"]], datetime.fromisoformat(row["Time"]).date()
        ago, count = (TODAY - day).days, int(row["Count"] or 1)
        if 1 <= ago <= 30:
            account.users.add(row["User ID"])
            account.features.add((row["Module"], row["Action"]))
            account.month += count
            if ago <= 7:
                account.week += count
        account.last = max(account.last, day)
    return found


def said(summaries: dict[str, UsageSummary]) -> Iterator[tuple[str, object]]:
    for account_id, summary in summaries.items():
        used = summary.used_in(30, TODAY) or ()
        month, week = summary.actions_in(30, TODAY), summary.actions_in(7, TODAY)
        yield (
            account_id,
            (summary.active_users(30, TODAY), len(used), month, week, summary.last_activity(TODAY)),
        )


def bench() -> None:
    playbook, content = standard_playbook(), csv_file()
    files = told(content, playbook)
    plain = {
        account_id: (len(each.users), len(each.features), each.month, each.week, each.last)
        for account_id, each in theirs(content).items()
    }
    assert dict(said(folded(files))) == plain, "the same is found"
    peer = Contestant("DictReader into sets, for one day", EVENTS, lambda: theirs(content))
    fold, whole = (
        Contestant("keepwell: deltas to documents", EVENTS, lambda: folded(files)),
        Contestant(
            "keepwell: plan, rows, deltas, documents", EVENTS, lambda: folded(told(content, playbook))
        ),
    )
    measured = measure([fold, peer])
    show(
        f"Folding {EVENTS:,} events, about one a day for each of {ACCOUNTS * USERS:,} users",
        "events",
        measured,
        Budget("at least 3 times the obvious way, which parses besides", ratio(measured) >= 3),
    )
    measured = measure([whole, peer])
    show(
        f"From a file of {EVENTS:,} events to summaries, parsed, judged and with a report",
        "events",
        measured,
        Budget("100,000 events a second, on a slow core", measured[0].seconds <= 1 / 100_000),
    )
