"""Every condition of product 1.16 that looks at the present, with accounts that match and that do not.

An account is written as the facts it has, the day being TODAY; `unknown` ones lack what is asked.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from keepwell.attributes import Value

TODAY = date(2026, 11, 21)
Facts = dict[str, Value]


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def ahead(days: int) -> date:
    return TODAY + timedelta(days=days)


@dataclass(frozen=True)
class Case:
    text: str
    matching: tuple[Facts, ...]
    not_matching: tuple[Facts, ...]
    unknown: tuple[Facts, ...] = ({},)


def number(text: str, name: str, matching: list[float], not_matching: list[float]) -> Case:
    return Case(text, tuple({name: n} for n in matching), tuple({name: n} for n in not_matching))


RISK = "Risk Status"
CASES = (
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
)
