"""The sample portfolio: 90 invented accounts, the same for the same day, with dates relative to it.

60 Light and 30 Core, as an ops team would export them: every journey stage, good, middling and poor ones,
some that renew soon, some on trial, free or gone, and here and there a value nobody filled in.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from keepwell_cli.sample.moods import GOOD, MIDDLING, POOR, Mood

CORE, LIGHT = 30, 60

HEADERS = (
    "Account ID",
    "Account Name",
    "Status",
    "Contract Value",
    "Contract Start Date",
    "Renewal Date",
    "Renewal Type",
    "Create Date",
    "Licenses",
    "Customer Tier",
    "Customer Journey Stage",
    "Onboarding Stage",
    "Success Manager",
    "CSM Sentiment",
    "CSM Risk",
    "Risk Status",
    "Risk Reason",
    "Open Ticket Count",
    "SLA Status",
    "NPS",
    "CSAT",
    "Last QBR",
    "Success Plan",
    "Goal Achievement",
)


def words(text: str) -> tuple[str, ...]:
    """The words of a text, for long lists of names."""
    return tuple(text.split())


_FIRST = words(
    "Alder Birch Cedar Clover Copper Coral Delta Ember Fjord Granite Harbor Hazel Iris Juniper Kestrel "
    "Lantern Linden Maple Meridian Mosaic North Oak Orchid Pelican Quarry Raven Sable Summit Tidal Willow"
)
_SECOND = words(
    "Analytics Biotech Bikes Books Clinics Energy Foods Freight Insurance Labs Learning Logistics Media "
    "Optics Payments Robotics Software Studios Systems Textiles Travel Ventures Water Works"
)
_LEGAL = ("Inc.", "GmbH", "Ltd", "S.A.", "B.V.", "AB", "LLC", "")
_MANAGERS = ("csm.north@example.com", "csm.south@example.com", "csm.pool@example.com")
_ONBOARDING = ("Kickoff", "Configuration", "Enablement", "Go Live")
_REASONS = ("Product Issues", "Champion Left", "Budget", "Low Adoption", "Support")


@dataclass(frozen=True)
class Invented:
    """One account: its row, by header, each cell as a CSV holds it, and how it is doing."""

    row: dict[str, str]
    mood: Mood

    @property
    def id(self) -> str:
        return self.row["Account ID"]

    @property
    def name(self) -> str:
        return self.row["Account Name"]

    @property
    def tier(self) -> str:
        return self.row["Customer Tier"]

    @property
    def stage(self) -> str:
        return self.row["Customer Journey Stage"]

    @property
    def manager(self) -> str:
        return self.row["Success Manager"]

    @property
    def licenses(self) -> int:
        return int(self.row["Licenses"])

    @property
    def created(self) -> date:
        return date.fromisoformat(self.row["Create Date"])


def invented(on: date, seed: int) -> list[Invented]:
    """The 90 accounts as of a day."""
    random = Random(seed)  # noqa: S311 - invented companies, no secrets
    names = _names(random)
    accounts = []
    for number in range(1, CORE + LIGHT + 1):
        tier = "Core" if number <= CORE else "Light"
        place = number if number <= CORE else number - CORE
        accounts.append(_account(random, f"ACC-{number:04}", next(names), tier, place, on))
    return accounts


def _names(random: Random) -> Iterator[str]:
    pairs = [f"{first} {second}" for first in _FIRST for second in _SECOND]
    for pair in random.sample(pairs, CORE + LIGHT):
        yield f"{pair} {random.choice(_LEGAL)}".strip()


def _account(random: Random, account_id: str, name: str, tier: str, place: int, on: date) -> Invented:
    mood = POOR if place % 6 == 3 else MIDDLING if place % 5 in (1, 2) else GOOD
    stage = _stage(place)
    age = {"Onboarding": (3, 28), "Adoption": (61, 364), "Nurture": (370, 900), "Expansion": (500, 1500)}[
        stage
    ]
    created = on - timedelta(days=random.randint(*age))
    row = {
        "Account ID": account_id,
        "Account Name": name,
        "Customer Tier": tier,
        "Customer Journey Stage": stage,
        "Create Date": created.isoformat(),
        "Success Manager": _MANAGERS[place % 2] if tier == "Core" else _MANAGERS[2],
    }
    row |= _contract(random, tier, place, created, on)
    row |= _condition(random, mood, tier, on, created)
    row["Onboarding Stage"] = random.choice(_ONBOARDING) if stage == "Onboarding" else "Completed"
    return Invented(_forgetful(random, row), mood)


def _stage(place: int) -> str:
    """Two of ten onboard, the others are spread over the life after it."""
    return ("Nurture", "Adoption", "Onboarding", "Adoption", "Nurture", "Expansion", "Adoption", "Onboarding",
            "Nurture", "Expansion")[place % 10]  # fmt: skip


def _contract(random: Random, tier: str, place: int, created: date, on: date) -> dict[str, str]:
    status = {17: "Free", 22: "Trial", 26: "Churned"}.get(place, "Paying")
    if status == "Paying" and tier == "Light" and place in (36, 48):
        status = "Trial" if place == 36 else "Churned"
    soon = place % 4 == 3
    days = random.randint(5, 88) if soon else random.randint(95, 360)
    value = {"Core": random.randrange(50_000, 240_000, 500), "Light": random.randrange(2_400, 24_000, 100)}[
        tier
    ]
    seats = {"Core": random.randrange(30, 240, 10), "Light": random.randrange(5, 40, 5)}[tier]
    return {
        "Status": status,
        "Contract Value": str(0 if status in {"Free", "Trial"} else value),
        "Contract Start Date": created.isoformat(),
        "Renewal Date": (on + timedelta(days=days)).isoformat() if status in {"Paying", "Trial"} else "",
        "Renewal Type": "Negotiated" if tier == "Core" else "Auto",
        "Licenses": str(seats),
    }


def _condition(random: Random, mood: Mood, tier: str, on: date, created: date) -> dict[str, str]:
    def ago(days: tuple[int, int]) -> str:
        return max(created, on - timedelta(days=random.randint(*days))).isoformat()

    def within(ends: tuple[int, int]) -> str:
        return str(random.randint(*ends))

    core = tier == "Core"
    poor = mood is POOR
    return {
        "CSM Sentiment": within(mood.sentiment) if core else "",
        "CSM Risk": random.choice(mood.risk) if core else "",
        "Risk Status": _risk_status(random, mood, tier),
        "Risk Reason": ", ".join(random.sample(_REASONS, random.randint(1, 2))) if poor and core else "",
        "Open Ticket Count": within(mood.tickets),
        "SLA Status": random.choice(mood.sla),
        "NPS": within(mood.nps),
        "CSAT": within(mood.csat),
        "Last QBR": ago((20, 90) if mood is GOOD else (120, 240)) if core else "",
        "Success Plan": ("no" if poor else "yes") if core else "",
        "Goal Achievement": within(mood.goals) if core else "",
    }


def _risk_status(random: Random, mood: Mood, tier: str) -> str:
    """Told where somebody looked; what a play finds out later must not be taken back by the next file."""
    if mood is GOOD:
        return "Not At Risk"
    return random.choice(("Identified", "Engaged")) if mood is POOR and tier == "Core" else ""


def _forgetful(random: Random, row: dict[str, str]) -> dict[str, str]:
    """The row with a value or two that nobody filled in, as real exports have."""
    optional = ("NPS", "CSAT", "CSM Sentiment", "Goal Achievement", "Last QBR", "SLA Status")
    missing = random.sample(optional, random.choice((0, 0, 1, 2)))
    return {header: "" if header in missing else row[header] for header in HEADERS}
