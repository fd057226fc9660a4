"""The README's bill is in step with the page, and counts what the template has."""

from typing import Any

from infra import bill, system
from infra.vocabulary import OnSchedule
from tests.infra.conftest import Stack


def test_the_bill_is_in_step() -> None:
    assert bill.README.read_text(encoding="utf-8") == bill.readme(), "run make docs"


def test_the_bill_says_about_what_the_opening_says() -> None:
    listed = sum(item.listed for item in bill.items())
    charged = sum(item.charged for item in bill.items())
    assert "between 45 cents and 1.90 dollars a month" in bill.README.read_text(encoding="utf-8")
    assert 0.40 <= charged < 0.50
    assert 1.80 < listed < 1.90


def test_the_bill_counts_what_the_template_has(aws: Stack) -> None:
    alarms = aws.of_type("AWS::CloudWatch::Alarm").values()
    assert sum(map(metrics, alarms)) == bill.alarm_metrics()
    assert len(alarms) == 3
    schedules = [s["ScheduleExpression"] for s in aws.of_type("AWS::Scheduler::Schedule").values()]
    assert schedules.count("rate(1 minute)") == 1
    wakes = [f.wakes for f in system.FUNCTIONS if isinstance(f.wakes, OnSchedule)]
    assert len(schedules) == len(wakes) + sum(bool(machine.cron) for machine in system.STATE_MACHINES)
    assert all(f["TracingConfig"] == {"Mode": "Active"} for f in aws.functions().values())


def metrics(alarm: dict[str, Any]) -> int:
    """How many metrics an alarm reads; one that it computes is not paid."""
    return sum("MetricStat" in metric for metric in alarm["Metrics"]) if "Metrics" in alarm else 1
