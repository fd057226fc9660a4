"""What a stack costs in a month: quantities, from the page where it says them, times list prices.

`python -m infra.bill` writes the table into the README, `--check` ends with 1 if it is out of date. Prices
are list prices of us-east-1 in dollars; a quantity that does not follow from the page is an assumption.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from infra import system
from infra.vocabulary import OnSchedule, OnStep

README = Path(__file__).parents[1] / "README.md"
START, END = "<!-- bill:start -->", "<!-- bill:end -->"

HOURS, NIGHTS = 730, 365 / 12
MINUTES = HOURS * 60
MILLION = 1_000_000


@dataclass(frozen=True)
class Item:
    """`quantity` units at `price` dollars each; `free` of them are free every month, for good."""

    service: str
    what: str
    quantity: float
    price: float
    free: float = 0

    @property
    def listed(self) -> float:
        return self.quantity * self.price

    @property
    def charged(self) -> float:
        """What is left of it if nothing else in the AWS account uses the free allowance."""
        return max(0.0, self.quantity - self.free) * self.price


# Assumptions for 90 accounts. None of them was measured on AWS.
TICK_SECONDS = 0.1  # a warm run of a function that finds nothing to do
EVENTS = 2_000  # messages, stream batches and imports that wake a function
EVENT_SECONDS = 1
NIGHT_SECONDS = 5  # a segment of the nightly run, cold start included
LOG_BYTES = 600  # of Lambda's own lines and ours, a run
WRITES = 10_000  # facts, standings, history, tasks, deliveries
MAILS = 300
INDEX_SHARDS = 9  # of the index of what is due, deliveries and wakes, each looked at every minute


def items() -> Iterator[Item]:
    """The bill, item by item."""
    queues, segments = len(system.QUEUES), system_segments()
    # Lambda polls a queue with five long polls of 20 seconds, whether there is anything in it or not.
    polls = queues * 5 * 3 * MINUTES
    yield Item("SQS", f"{queues} queues, polled by Lambda {polls:,.0f} times", polls, 0.40 / MILLION, MILLION)
    yield Item("CloudWatch alarms", f"3 alarms on {alarm_metrics()} metrics", alarm_metrics(), 0.10, 10)
    runs = ticks() + segments * NIGHTS + EVENTS
    yield Item("X-Ray", f"{runs:,.0f} traces, one a run", runs, 5.00 / MILLION, 100_000)
    yield Item("Lambda requests", f"{runs:,.0f} runs", runs, 0.20 / MILLION, MILLION)
    seconds = ticks() * TICK_SECONDS + segments * NIGHTS * NIGHT_SECONDS + EVENTS * EVENT_SECONDS
    yield Item("Lambda time", f"{seconds / 2:,.0f} GB-seconds on arm64", seconds / 2, 0.0000133334, 400_000)
    starts = ticks() + NIGHTS
    yield Item("EventBridge Scheduler", f"{starts:,.0f} starts", starts, 1.00 / MILLION, 14 * MILLION)
    reads = ticks() * INDEX_SHARDS * 0.5 + 40_000
    yield Item("DynamoDB reads", f"{reads:,.0f} units, most by the tick", reads, 0.125 / MILLION)
    yield Item("DynamoDB writes", f"{WRITES:,} units", WRITES, 0.625 / MILLION)
    yield Item("SES", f"{MAILS} mails", MAILS, 0.10 / 1_000)
    logged = runs * LOG_BYTES / 1e9
    yield Item("CloudWatch logs", f"{logged * 1_000:.0f} MB", logged, 0.50, 5)
    # A start, a map for each step, and a task, a choice and an end for each of its segments.
    steps = NIGHTS * (1 + system_steps() + 3 * segments)
    yield Item("Step Functions", f"{steps:,.0f} transitions", steps, 25.00 / MILLION, 4_000)
    yield Item("S3", "2,000 writes, 0.2 GB with the code", 1, 2_000 * 0.005 / 1_000 + 0.2 * 0.023)


def ticks() -> float:
    """Runs that a schedule starts."""
    wakes = [function.wakes for function in system.FUNCTIONS if isinstance(function.wakes, OnSchedule)]
    return sum(_starts(wake.expression) for wake in wakes)


def _starts(expression: str) -> float:
    """How often a schedule starts a function: every so many minutes, or each night."""
    rate = re.fullmatch(r"rate\((\d+) minutes?\)", expression)
    return MINUTES / int(rate[1]) if rate else NIGHTS


def system_segments() -> int:
    """The runs of a night."""
    return sum(wake.segments for wake in night())


def system_steps() -> int:
    return len(night())


def night() -> list[OnStep]:
    """The steps of each night; a recalculation happens when a person asks for it."""
    wakes = [function.wakes for function in system.FUNCTIONS if isinstance(function.wakes, OnStep)]
    return [wake for wake in wakes if wake.machine == system.NIGHTLY]


def alarm_metrics() -> int:
    """Errors, the nightly run, and one for each queue of dead letters: an alarm is paid by the metric."""
    return 2 + len(system.QUEUES) + 1


def table() -> str:
    """The bill in Markdown."""
    rows = ["| part | a month | list price | after free allowances |", "| --- | --- | ---: | ---: |"]
    bill = list(items())
    rows += [f"| {i.service} | {i.what} | ${i.listed:.2f} | ${i.charged:.2f} |" for i in bill]
    listed, charged = sum(i.listed for i in bill), sum(i.charged for i in bill)
    return "\n".join([*rows, f"| **together** | | **${listed:.2f}** | **${charged:.2f}** |"])


def readme() -> str:
    """The README as it should be."""
    before, start, rest = README.read_text(encoding="utf-8").partition(START)
    _, end, after = rest.partition(END)
    if not start or not end:
        raise SystemExit(f"README.md has no {START} and {END} to put the bill between")
    return f"{before}{START}\n{table()}\n{END}{after}"


def main() -> None:
    """Write the bill, or with --check say whether it is out of date."""
    stale = README.read_text(encoding="utf-8") != readme()
    if "--check" in sys.argv[1:]:
        raise SystemExit("the bill in README.md is out of date: run make docs" if stale else 0)
    README.write_text(readme(), encoding="utf-8")


if __name__ == "__main__":
    main()
