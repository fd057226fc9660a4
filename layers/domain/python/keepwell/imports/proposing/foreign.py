"""What other systems call what Keepwell knows, as far as it is plain.

A name that ends in `?` is weak: it may as well mean something else.

Left out on purpose are names that mislead: `Annual Revenue` of Salesforce and HubSpot is what the customer
itself earns, and their `Last Activity Date` is the last thing anyone entered, not a use of the product.
"""

from collections.abc import Mapping

ABBREVIATIONS: Mapping[str, str] = {
    "accnt": "account",
    "acct": "account",
    "cnt": "count",
    "cust": "customer",
    "dt": "date",
    "kd": "kunden",
    "licence": "license",
    "mgr": "manager",
    "nbr": "number",
    "no": "number",
    "nr": "number",
    "num": "number",
    "nummer": "number",
    "org": "organization",
    "organisation": "organization",
    "stat": "status",
    "tkt": "ticket",
    "val": "value",
}

NOISE = frozenset(
    {
        *("account", "client", "company", "customer", "kunde", "kunden"),
        *("aktuell", "aktuelle", "current", "latest", "total"),
        *("chf", "eur", "euro", "gbp", "usd"),
        *("de", "der", "des", "for", "hs", "in", "is", "of", "our", "sfdc", "the"),
    }
)
"""Words that tell nothing beside others."""

TOLD_AS_COUNT = frozenset({"number", "count", "anzahl", "of"})
"""What a count may begin with; at the end `number` makes it an id."""

ANY_ID = ("id", "record id", "object id", "uuid", "guid", "external id?", "key?")
"""What the rows' own id may be called, whatever they are about."""

FOREIGN_NAMES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "accounts": {
        "Account ID": (
            "customer id",
            "client id",
            "company id",
            "organization id",
            "tenant id",
            "account number",
            "customer number",
            "customer code",
            "account code",
            "associated company id",
            "primary associated company id",
            "kunden id",
            "kundennummer",
            "kundennr",
            "kunden nummer",
            "debitorennummer",
        ),
        "Account Name": (
            "name",
            "company",
            "company name",
            "customer name",
            "client name",
            "organization",
            "organization name",
            "business name",
            "legal name",
            "firma",
            "firmenname",
            "unternehmen",
            "kundenname",
            "kunden name",
            "account?",
            "customer?",
            "client?",
            "kunde?",
        ),
        "Status": (
            "customer status",
            "account status",
            "subscription status",
            "kundenstatus",
            "vertragsstatus",
            "churn?",
            "churned?",
            "has churned?",
        ),
        "Contract Value": (
            "annual recurring revenue",
            "annual contract value",
            "annual value",
            "contract amount",
            "subscription value",
            "vertragswert",
            "vertragsvolumen",
            "amount?",
            "deal amount?",
            "monthly recurring revenue?",
            "total contract value?",
            "tcv?",
        ),
        "Contract Start Date": (
            "contract start",
            "subscription start",
            "subscription start date",
            "contract begin",
            "vertragsbeginn",
            "vertragsstart",
            "start date?",
            "kunde seit?",
            "customer since?",
        ),
        "Renewal Date": (
            "next renewal",
            "next renewal date",
            "renewal due",
            "contract renewal date",
            "contract end",
            "contract end date",
            "subscription end",
            "subscription end date",
            "verlaengerung",
            "verlaengerungsdatum",
            "vertragsverlaengerung",
            "vertragsende",
            "expiry date?",
            "expiration date?",
            "end date?",
        ),
        "Create Date": (
            "created date",
            "date created",
            "created at",
            "created on",
            "creation date",
            "angelegt am",
            "erstellt am",
            "erstelldatum",
            "sign up date?",
            "signup date?",
        ),
        "Licenses": (
            "seats purchased",
            "licenses purchased",
            "purchased licenses",
            "purchased seats",
            "seat count",
            "license count",
            "user licenses",
            "lizenzen",
            "lizenz anzahl",
        ),
        "Customer Tier": ("account tier", "service tier", "support tier?", "kundenstufe"),
        "Customer Journey Stage": ("journey stage", "customer stage?", "lifecycle stage?", "lifecycle?"),
        "Onboarding Stage": ("onboarding status", "onboarding phase", "implementation stage?"),
        "Success Manager": (
            "customer success manager",
            "csm email",
            "csm owner",
            "csm name",
            "account owner",
            "company owner",
            "owner email",
            "kundenbetreuer",
            "betreuer",
            "account manager?",
            "owner name",
        ),
        "CSM Risk": ("risk level?", "risk rating?", "churn risk?"),
        "CSM Sentiment": ("csm pulse?", "sentiment?"),
        "Risk Reason": ("reason for risk", "churn reason?"),
        "Open Ticket Count": (
            "open tickets",
            "open cases",
            "open case count",
            "open support tickets",
            "offene tickets",
            "offene faelle",
            "tickets?",
            "ticket count?",
            "support tickets?",
            "support cases?",
            "customer service calls?",
        ),
        "NPS": ("nps score", "last nps", "last nps score", "net promoter score"),
        "CSAT": ("csat score", "customer satisfaction", "customer satisfaction score", "kundenzufriedenheit"),
        "Last Touch": (
            "last contact",
            "last contacted",
            "last contact date",
            "last contacted date",
            "last touch date",
            "last touchpoint",
            "letzter kontakt",
        ),
        "Last QBR": ("last qbr date", "last business review", "last quarterly business review"),
        "SLA Status": ("sla", "sla state"),
        "Success Plan": ("has success plan", "success plan in place"),
        "Tags": ("labels", "schlagworte", "schlagwoerter"),
        "Invoices/Month": ("invoices per month", "monthly invoices"),
    },
    "users": {
        "User ID": ("contact id", "person id", "member id", "username", "user name", "login", "benutzer id"),
        "Email": ("e mail", "mail", "email address", "mail address", "e mail adresse", "mailadresse"),
        "First Name": ("given name", "forename", "vorname"),
        "Last Name": ("family name", "nachname"),
        "Key Contact": ("primary contact", "is primary contact", "decision maker", "main contact?"),
        "Title": ("position", "job role", "funktion"),
    },
    "usage": {
        "User ID": ("user", "username", "user name", "login", "user email", "email?", "member id"),
        "Module": ("feature area", "area", "product module", "app?", "product?", "category?"),
        "Action": ("event", "event name", "event type", "action name", "activity", "feature?"),
        "Time": (
            "timestamp",
            "event time",
            "event date",
            "event timestamp",
            "occurred at",
            "date time",
            "date",
            "logged in at",
            "created at?",
            "zeitpunkt",
            "datum",
        ),
        "Count": ("event count", "events", "times", "anzahl"),
        "Minutes": ("duration minutes", "duration in minutes", "duration?"),
    },
    "touchpoints": {
        "Touchpoint ID": ("activity id", "engagement id", "meeting id", "call id", "note id", "event id"),
        "Type": ("activity type", "engagement type", "touchpoint type", "art?"),
        "Subject": ("title", "headline", "betreff"),
        "Content": ("description", "notes", "note", "body", "comments", "details", "inhalt"),
        "Date": ("activity date", "meeting date", "call date", "start date", "datum", "created at?"),
        "Created By": ("author", "owner", "assigned to?", "ersteller", "erstellt von"),
        "Participants": ("attendees", "invitees", "teilnehmer"),
    },
    "tasks": {
        "Task ID": ("activity id", "ticket id?"),
        "Title": ("subject", "task", "name", "betreff"),
        "Description": ("details", "notes", "body", "comments", "beschreibung"),
        "Assignee": ("owner", "assigned to", "task owner", "bearbeiter"),
        "Due Date": ("due", "deadline", "due on", "faellig am"),
        "Priority": ("prioritaet",),
        "Status": ("state", "task status"),
    },
    "team": {
        "Email": ("e mail", "mail", "email address", "work email", "e mail adresse"),
        "Name": ("full name", "display name"),
        "Role": ("job title", "title", "position", "funktion"),
        "Licence": ("license type", "seat type?"),
        "Manager": ("reports to", "manager email", "vorgesetzter"),
        "Timezone": ("tz", "zeitzone"),
        "Language": ("locale?", "sprache"),
        "Availability": ("hours per week", "weekly hours", "hours a week"),
    },
    "assignments": {
        "Role": ("assignment role", "team role", "rolle"),
        "Email": ("e mail", "member", "member email", "assignee", "owner", "team member"),
    },
    "collections": {"Collection ID": ("item id", "child id")},
}

CAUTIONS: Mapping[str, Mapping[str, str]] = {
    "Contract Value": {
        "mrr": "this is money a month, and Contract Value is money a year",
        "monthly": "this is money a month, and Contract Value is money a year",
        "tcv": "this is money over the whole term, and Contract Value is money a year",
    },
}
"""What is to be looked at where a word stands in the header of an attribute."""

FOREIGN_VALUES: Mapping[str, Mapping[str, str]] = {
    "Status": {
        "active": "Paying",
        "customer": "Paying",
        "paid": "Paying",
        "subscribed": "Paying",
        "aktiv": "Paying",
        "trialing": "Trial",
        "trial period": "Trial",
        "test": "Trial",
        "freemium": "Free",
        "kostenlos": "Free",
        "churn": "Churned",
        "cancelled": "Churned",
        "canceled": "Churned",
        "lost": "Churned",
        "former customer": "Churned",
        "gekuendigt": "Churned",
    },
}
"""What other systems' values of a list probably mean; a person has to say so."""

CHURNED: Mapping[bool, str] = {True: "Churned", False: "Paying"}
"""What a column that says yes or no to churn tells of the Status."""

SAY_YES = frozenset({"yes", "y", "true", "t", "1", "x", "on", "ja", "j", "wahr", "oui", "si", "sí", "✓"})
SAY_NO = frozenset({"no", "n", "false", "f", "0", "off", "nein", "falsch", "non"})
SAY_NOTHING = frozenset({"n/a", "#n/a", "null", "(null)", "nil", "nan", "-", "--", "(blank)", "k.a."})
"""What stands for a blank cell; told as nothing only where it is no value."""
