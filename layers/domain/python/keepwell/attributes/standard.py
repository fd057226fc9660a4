"""The attributes every playbook starts with (interfaces, "Standard attributes"; product 1.15)."""

from collections.abc import Iterator
from functools import cache

from keepwell.attributes.catalogue import Attribute, Catalogue, Kind

CSM_RISK = Attribute(
    "CSM Risk",
    Kind.ORDERED,
    values=("0 - NO RISK", "1 - MINOR", "2 - MAJOR", "3 - CRITICAL"),
    value_aliases={
        "0": "0 - NO RISK",
        "1": "1 - MINOR",
        "2": "2 - MAJOR",
        "3": "3 - CRITICAL",
        "no risk": "0 - NO RISK",
        "minor": "1 - MINOR",
        "major": "2 - MAJOR",
        "critical": "3 - CRITICAL",
        "high": "3 - CRITICAL",
        "3 - high": "3 - CRITICAL",
        "4 - critical": "3 - CRITICAL",
    },
    description="Risk as the success manager sees it: 0 none, 3 about to cancel (HLT-16, 1.14 rows 1, 15)",
)


TAGS = Attribute(
    "Tags", Kind.CHOICES, description="Labels that segments and plays set, or a file: any texts (SEG-08)"
)
SEGMENTS = Attribute(
    "Segments",
    Kind.CHOICES,
    computed=True,
    daily=True,
    description="The segments the account is in, by name; a condition asks in segment",
)


def _text() -> Iterator[Attribute]:
    yield Attribute("Account ID", Kind.TEXT, description="The key of the account")
    yield Attribute("Account Name", Kind.TEXT)
    yield Attribute("Renewal Type", Kind.TEXT, description="Such as Negotiated or Auto (BLC-05)")
    yield Attribute(
        "Success Manager",
        Kind.TEXT,
        aliases=("CSM", "Owner"),
        description="A team member's e-mail address",
        role=True,
    )


def _lists() -> Iterator[Attribute]:
    yield Attribute(
        "Status",
        Kind.CHOICE,
        values=("Free", "Trial", "Paying", "Churned"),
        aliases=("Contract Status",),
        description="Commercial state (DAT-03)",
    )
    yield Attribute("Customer Tier", Kind.CHOICE, values=("Core", "Light"), aliases=("Tier",))
    yield Attribute(
        "Customer Journey Stage",
        Kind.ORDERED,
        values=("Onboarding", "Adoption", "Nurture", "Expansion"),
        lifecycle=True,
        description="The main lifecycle (DAT-01)",
    )
    yield Attribute(
        "Onboarding Stage",
        Kind.ORDERED,
        values=("Kickoff", "Configuration", "Enablement", "Go Live", "Completed"),
        lifecycle=True,
        end_stages=("Completed",),
        description="Stages of onboarding (BLC-02)",
    )
    yield Attribute(
        "Risk Status",
        Kind.CHOICE,
        values=("Not At Risk", "Identified", "Engaged", "Resolved"),
        lifecycle=True,
        end_stages=("Not At Risk", "Resolved"),
        description="Stages of a risk case (BLC-04)",
    )
    yield TAGS
    yield SEGMENTS
    yield Attribute("Risk Reason", Kind.CHOICES, description="Causes of a risk case, any texts (BLC-04)")
    yield CSM_RISK
    yield Attribute(
        "Usage Frequency",
        Kind.ORDERED,
        values=("Inactive", "Occasionally", "Weekly", "Daily"),
        computed=True,
        daily=True,
        description="Active days of the last 14, as a band (1.14 row 17)",
    )
    yield Attribute("SLA Status", Kind.CHOICE, values=("Met", "Breached"))
    yield Attribute("Success Plan", Kind.YES_NO, description="Whether a success plan exists")
    yield Attribute("ROI Confirmed", Kind.YES_NO)
    yield Attribute(
        "Health",
        Kind.ORDERED,
        values=("Poor", "Average", "Good"),
        computed=True,
        daily=True,
        description="The traffic light (HLT-08); empty while it is unknown",
    )


def _dates() -> Iterator[Attribute]:
    yield Attribute("Contract Start Date", Kind.DATE, aliases=("Plan Start",))
    yield Attribute("Renewal Date", Kind.DATE, aliases=("Renewal",))
    yield Attribute("Create Date", Kind.DATE, aliases=("Created",))
    yield Attribute(
        "Last Activity",
        Kind.DATE,
        computed=True,
        daily=True,
        description="The last day anyone used the product",
    )
    yield Attribute("Last Touch", Kind.DATE, description="The last day of contact with the customer")
    yield Attribute("Last QBR", Kind.DATE, description="The last quarterly business review")


def _numbers() -> Iterator[Attribute]:
    def number(
        name: str,
        description: str = "",
        *,
        aliases: tuple[str, ...] = (),
        scale: tuple[int, int] | None = None,
    ) -> Attribute:
        return Attribute(name, Kind.NUMBER, aliases=aliases, description=description, scale=scale)

    def computed(
        name: str, description: str = "", *, aliases: tuple[str, ...] = (), formula: str = ""
    ) -> Attribute:
        return Attribute(
            name,
            Kind.NUMBER,
            aliases=aliases,
            computed=True,
            daily=True,
            formula=formula,
            description=description,
        )

    yield number("Contract Value", "Money a year", aliases=("ARR", "MRR", "ACV"))
    yield number("Licenses", "Seats bought", aliases=("Seats",))
    yield number("CSM Sentiment", "1 to 4, 4 best (1.14 row 15)", scale=(1, 4))
    yield number("NPS", "The latest survey answer, 0 to 10 (1.14 row 15)", scale=(0, 10))
    yield computed("NPS Change 180 Days", "Points up or down in 180 days", formula="difference(NPS, 180)")
    yield number("CSAT", "1 to 5, 5 best", scale=(1, 5))
    yield number("Open Ticket Count")
    yield computed(
        "Open Ticket Count Change 30 Days",
        "Tickets more or fewer than 30 days ago",
        formula="difference(Open Ticket Count, 30)",
    )
    yield number("Escalations in 90 days")
    yield number("Goal Achievement", "0 to 100", scale=(0, 100))
    yield computed("Health Score", "0 to 100")
    yield computed(
        "Engagement Score", "Percentile 0 to 100 among accounts of the same status", aliases=("Engagement",)
    )
    yield computed(
        "License Utilization",
        "Active users in percent of licenses",
        formula="round(100 * Active Users / Licenses, 2)",
    )
    yield computed("Active Users", "Users active in the last 14 full days")
    yield computed(
        "Active Users Change 30 Days", "Percent up or down in 30 days", formula="change(Active Users, 30)"
    )
    yield computed("Daily Active Users", "Users active on the newest full day", aliases=("DAU",))
    yield computed("Weekly Active Users", "Users active in the last 7 full days", aliases=("WAU",))
    yield computed("Monthly Active Users", "Users active in the last 30 full days", aliases=("MAU",))
    yield computed("Active Days", "Days of the last 14 full days with any use")
    yield computed("Feature Depth", "Percent of modules used in the last 30 full days")
    yield computed("Core Feature Adoption", "Percent of the core features used in the last 30 full days")
    yield computed("New Feature Engagement", "Percent of the new features used in the last 30 full days")
    yield computed("Features Used in 30 days", "Different actions used in the last 30 full days")
    yield computed("Session Duration", "Mean minutes of a session in the last 14 full days")
    yield number("Active Clients")
    yield number("Invoices/Month")
    yield computed("Days to First Value", "Days from creation to the first real benefit")
    yield computed("Days Since Last Touch", "Whole days")
    yield computed("Days Since Last QBR", "Whole days")
    yield computed("Days in Current Stage", "Whole days in the lifecycle's present stage (1.14 row 22)")
    yield computed("Days in Onboarding Stage", "Whole days")


STANDARD_ATTRIBUTES: tuple[Attribute, ...] = (*_text(), *_lists(), *_dates(), *_numbers())


@cache
def standard_catalogue() -> Catalogue:
    """The catalogue of the standard attributes alone."""
    return Catalogue(STANDARD_ATTRIBUTES)


def declared(attribute: Attribute) -> Attribute:
    """A playbook's own attribute: what Keepwell computes under a standard name it goes on computing, and a
    standard role stays one."""
    standard = next((each for each in STANDARD_ATTRIBUTES if each.name == attribute.name), None)
    if standard and standard.role:
        return attribute.but(role=True)
    if attribute.formula:
        return attribute.but(computed=True, daily=True)
    if standard and standard.computed and standard.kind is attribute.kind:
        return attribute.but(computed=True, daily=True, formula=standard.formula)
    return attribute
