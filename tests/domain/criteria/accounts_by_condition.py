"""Every condition of product 1.16, with accounts that match and that do not.

An account is written as the facts it has, the day being TODAY, and what they were, under "history": values by
how many days ago; `unknown` ones lack what is asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from keepwell.attributes import Value
from keepwell.criteria.knowing import Moment

TODAY = date(2026, 11, 21)
Facts = Mapping[str, Any]


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def ahead(days: int) -> date:
    return TODAY + timedelta(days=days)


def moment_of(facts: Facts) -> Moment:
    """The account of these facts on TODAY; the latest past value is today's unless there is another."""
    past: Mapping[str, Mapping[int, Value | None]] = facts.get("history", {})
    trail = {
        name: [(ago(back), values[back]) for back in sorted(values, reverse=True)]
        for name, values in past.items()
    }
    latest = {name: days[-1][1] for name, days in trail.items() if days[-1][1] is not None}
    return Moment(latest | {name: facts[name] for name in facts if name != "history"}, TODAY, trail)


def was(name: str, values: Mapping[int, Value | None], **facts: Value) -> Facts:
    """An account whose attribute had these values so many days ago."""
    return {"history": {name: values}, **facts}


@dataclass(frozen=True)
class Case:
    text: str
    matching: tuple[Facts, ...]
    not_matching: tuple[Facts, ...]
    unknown: tuple[Facts, ...] = ({},)


def number(text: str, name: str, matching: list[float], not_matching: list[float]) -> Case:
    return Case(text, tuple({name: n} for n in matching), tuple({name: n} for n in not_matching))


RISK = "Risk Status"
CASES: tuple[Case, ...] = (
    Case(
        'Contract Value >= $50,000 AND Customer Tier = "Core"',
        ({"Contract Value": 50_000, "Customer Tier": "Core"},),
        (
            {"Contract Value": 49_999.99, "Customer Tier": "Core"},
            {"Customer Tier": "Light"},
            {"Contract Value": 0},
        ),
        ({"Contract Value": 50_000}, {"Customer Tier": "Core"}, {}),
    ),
    Case(
        "Create Date within last 30 days",
        ({"Create Date": TODAY}, {"Create Date": ago(30)}),
        ({"Create Date": ago(31)}, {"Create Date": ahead(1)}),
    ),
    Case(
        "Usage Frequency at least Weekly",
        ({"Usage Frequency": "Weekly"}, {"Usage Frequency": "Daily"}),
        ({"Usage Frequency": "Occasionally"}, {"Usage Frequency": "Inactive"}),
        ({}, {"Usage Frequency": "Hourly"}),
    ),
    number("Engagement >= 60", "Engagement Score", [60, 60.5], [59.99, 0]),
    number("Engagement > 60", "Engagement Score", [60.01, 100], [60, 0]),
    number("License Utilization >= 50", "License Utilization", [50, 120], [49.9]),
    number("Active Clients >= 3", "Active Clients", [3], [2]),
    number("Invoices/Month >= 15", "Invoices/Month", [15], [14]),
    Case(
        "Usage Frequency is inactive",
        ({"Usage Frequency": "Inactive"},),
        ({"Usage Frequency": "Occasionally"},),
    ),
    number("Engagement < 10", "Engagement Score", [9.9, 0], [10]),
    number("License Utilization < 20", "License Utilization", [19.9], [20]),
    number("Active Clients <= 1", "Active Clients", [1, 0], [2]),
    number("Invoices/Month <= 3", "Invoices/Month", [3], [4]),
    Case(
        'CSM Risk is "0 - NO RISK" OR CSM Risk is empty',
        ({"CSM Risk": "0 - NO RISK"}, {}),
        ({"CSM Risk": "1 - MINOR"}, {"CSM Risk": "3 - CRITICAL"}),
        (),
    ),
    Case(
        'CSM Risk in ("3 - HIGH", "4 - CRITICAL")',
        ({"CSM Risk": "3 - CRITICAL"}, {"CSM Risk": "3 - HIGH"}),
        ({"CSM Risk": "2 - MAJOR"},),
    ),
    Case(
        "Last Activity > 30 days",
        ({"Last Activity": ago(31)},),
        ({"Last Activity": ago(30)}, {"Last Activity": TODAY}, {"Last Activity": ahead(40)}),
    ),
    number("Days Since Last Touch > 45", "Days Since Last Touch", [46], [45]),
    number("Open Ticket Count > 5", "Open Ticket Count", [6], [5]),
    Case(
        "Onboarding Stage = Configuration AND Days in Current Stage > 14",
        (
            {"Onboarding Stage": "Configuration", "Days in Onboarding Stage": 15},
            {"Onboarding Stage": "Configuration", "Days in Onboarding Stage": 15, "Days in Current Stage": 3},
        ),
        (
            {"Onboarding Stage": "Configuration", "Days in Onboarding Stage": 14},
            {"Onboarding Stage": "Kickoff", "Days in Onboarding Stage": 15},
        ),
        ({"Onboarding Stage": "Configuration"}, {"Days in Onboarding Stage": 15}, {}),
    ),
    Case(
        "Customer Journey Stage = Onboarding",
        ({"Customer Journey Stage": "Onboarding"},),
        ({"Customer Journey Stage": "Adoption"},),
    ),
    Case(
        "Onboarding Stage = Completed",
        ({"Onboarding Stage": "Completed"},),
        ({"Onboarding Stage": "Go Live"},),
    ),
    Case(
        "Renewal Date within next 90 days AND Health = Good",
        ({"Renewal Date": ahead(90), "Health": "Good"}, {"Renewal Date": TODAY, "Health": "good"}),
        ({"Renewal Date": ahead(91), "Health": "Good"}, {"Renewal Date": ago(1)}, {"Health": "Average"}),
        ({"Renewal Date": ahead(9)}, {"Health": "Good"}, {}),
    ),
    Case(
        "Renewal Date within next 90 days AND Health = Poor",
        ({"Renewal Date": ahead(1), "Health": "Poor"},),
        ({"Renewal Date": ahead(1), "Health": "Good"},),
    ),
    Case("Contract Status = Churned", ({"Status": "Churned"},), ({"Status": "Paying"},)),
    Case("Health = Poor", ({"Health": "Poor"},), ({"Health": "Average"},), ({}, {"Health": "Unknown"})),
    Case(
        '(Risk Status = Identified OR Risk Status = Engaged) AND Risk Reason contains "Product Issues"',
        (
            {RISK: "Identified", "Risk Reason": ("Price", "product issues")},
            {RISK: "Engaged", "Risk Reason": ("Product Issues",)},
        ),
        (
            {RISK: "Resolved", "Risk Reason": ("Product Issues",)},
            {RISK: "Engaged", "Risk Reason": ("Product Issues in the past",)},
        ),
        ({RISK: "Engaged"}, {"Risk Reason": ("Product Issues",)}, {}),
    ),
    Case(
        "Health Score >= 70 AND Risk Status = Not At Risk",
        ({"Health Score": 70, RISK: "Not At Risk"},),
        ({"Health Score": 69, RISK: "Not At Risk"}, {"Health Score": 70, RISK: "Identified"}),
    ),
    Case(
        "Health Score between 50-69 AND Days Since Last Touch > 21",
        (
            {"Health Score": 50, "Days Since Last Touch": 22},
            {"Health Score": 69, "Days Since Last Touch": 99},
        ),
        (
            {"Health Score": 49, "Days Since Last Touch": 22},
            {"Health Score": 70, "Days Since Last Touch": 22},
            {"Health Score": 50, "Days Since Last Touch": 21},
        ),
    ),
    Case(
        "(Health = Poor OR Risk Status = Identified) AND Contract Value > $25,000"
        " AND Renewal Date within 90 days",
        (
            {"Health": "Poor", "Contract Value": 25_001, "Renewal Date": ahead(90)},
            {RISK: "Identified", "Contract Value": 25_001, "Renewal Date": TODAY},
        ),
        (
            {"Health": "Poor", "Contract Value": 25_000, "Renewal Date": ahead(90)},
            {"Health": "Poor", "Contract Value": 25_001, "Renewal Date": ago(1)},
            {"Health": "Good", RISK: "Engaged"},
        ),
        ({"Health": "Poor", "Contract Value": 25_001}, {"Health": "Good"}, {}),
    ),
    Case(
        "Create Date more than 30 days ago AND Create Date within last 37 days",
        ({"Create Date": ago(31)}, {"Create Date": ago(37)}),
        ({"Create Date": ago(30)}, {"Create Date": ago(38)}),
    ),
    Case(
        "Engagement Score dropped 50%+ in 14 days",
        (
            was("Engagement Score", {14: 80, 0: 40}),
            was("Engagement Score", {14: 80, 0: 0}),
            was("Engagement Score", {90: 80, 13: 41, 0: 40}),
        ),
        (
            was("Engagement Score", {14: 80, 0: 40.5}),
            was("Engagement Score", {14: 40, 13: 80, 0: 40}),
            was("Engagement Score", {14: 40, 0: 80}),
            was("Engagement Score", {15: 80, 14: 40}),
        ),
        (
            {},
            {"Engagement Score": 40},
            was("Engagement Score", {13: 80, 0: 40}),
            was("Engagement Score", {14: 0, 0: 0}),
            was("Engagement Score", {20: 80, 14: None, 13: 80, 0: 40}),
            was("Engagement Score", {14: 80, 0: None}),
        ),
    ),
    Case(
        "License Utilization decreased 90% in 7 days",
        (was("License Utilization", {7: 50, 0: 5}),),
        (was("License Utilization", {7: 50, 0: 5.01}), was("License Utilization", {8: 50, 7: 5})),
        ({}, was("License Utilization", {6: 50, 0: 5})),
    ),
    Case(
        "Weekly Active Users dropped > 25%",
        (was("Weekly Active Users", {7: 100, 0: 74}),),
        (was("Weekly Active Users", {7: 100, 0: 75}), was("Weekly Active Users", {8: 100, 7: 74})),
        ({}, was("Weekly Active Users", {6: 100, 0: 1}), was("Weekly Active Users", {7: 0, 0: 1})),
    ),
    Case(
        "License Utilization < 50% for 14+ days",
        (was("License Utilization", {14: 49.9}), was("License Utilization", {15: 80, 14: 49, 3: 0})),
        (
            was("License Utilization", {15: 49, 14: 50, 13: 49}),
            was("License Utilization", {30: 49, 0: 50}),
            was("License Utilization", {3: 60, 2: 49}),
        ),
        (
            {},
            {"License Utilization": 49},
            was("License Utilization", {13: 49}),
            was("License Utilization", {14: 49, 8: None, 7: 49}),
        ),
    ),
    Case(
        "Renewal Date this quarter",
        ({"Renewal Date": date(2026, 10, 1)}, {"Renewal Date": TODAY}, {"Renewal Date": date(2026, 12, 31)}),
        (
            {"Renewal Date": date(2026, 9, 30)},
            {"Renewal Date": date(2027, 1, 1)},
            {"Renewal Date": date(2025, 11, 21)},
        ),
    ),
    Case(
        "Contract Start Date anniversary every 3 months within 7 days",
        (
            {"Contract Start Date": date(2026, 8, 21)},
            {"Contract Start Date": date(2026, 8, 28)},
            {"Contract Start Date": date(2023, 2, 25)},
        ),
        (
            {"Contract Start Date": date(2026, 8, 20)},
            {"Contract Start Date": date(2026, 8, 29)},
            {"Contract Start Date": date(2026, 9, 25)},
            {"Contract Start Date": TODAY},
            {"Contract Start Date": ahead(3)},
        ),
    ),
    Case(
        'has tag "at-risk"',
        ({"Tags": ("at-risk",)}, {"Tags": ("VIP", "At-Risk")}),
        ({"Tags": ("at-risk later",)}, {}),
        (),
    ),
    Case(
        'in segment "Watch List"',
        ({"Segments": ("Watch List",)}, {"Segments": ("Healthy Customer", "watch list")}),
        ({"Segments": ("Healthy Customer",)}, {}),
        (),
    ),
)

LETTER_FOR_LETTER = """
`Contract Value >= $50,000 AND Customer Tier = "Core"` · `Create Date within last 30 days` · `Usage Frequency at least Weekly` · `Engagement >= 60` · `Engagement > 60` ·
`License Utilization >= 50` · `Active Clients >= 3` · `Invoices/Month >= 15` · `Usage Frequency is inactive` · `Engagement < 10` · `License Utilization < 20` · `Active Clients <= 1` ·
`Invoices/Month <= 3` · `CSM Risk is "0 - NO RISK" OR CSM Risk is empty` · `CSM Risk in ("3 - HIGH", "4 - CRITICAL")` · `Last Activity > 30 days` · `Engagement Score dropped 50%+ in 14 days` ·
`License Utilization decreased 90% in 7 days` · `Days Since Last Touch > 45` · `Open Ticket Count > 5` · `Weekly Active Users dropped > 25%` · `License Utilization < 50% for 14+ days` ·
`Onboarding Stage = Configuration AND Days in Current Stage > 14` · `Customer Journey Stage = Onboarding` · `Onboarding Stage = Completed` ·
`Renewal Date within next 90 days AND Health = Good` · `Renewal Date within next 90 days AND Health = Poor` · `Contract Status = Churned` · `Renewal Date this quarter` · `Health = Poor` ·
`(Risk Status = Identified OR Risk Status = Engaged) AND Risk Reason contains "Product Issues"` · `Health Score >= 70 AND Risk Status = Not At Risk` ·
`Health Score between 50-69 AND Days Since Last Touch > 21` · `(Health = Poor OR Risk Status = Identified) AND Contract Value > $25,000 AND Renewal Date within 90 days` ·
`Contract Start Date anniversary every 3 months within 7 days` · `Create Date more than 30 days ago AND Create Date within last 37 days` · `has tag "at-risk"` · `in segment "Watch List"`
"""  # noqa: E501  product 1.16 as it stands there
