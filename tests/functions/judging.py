"""A small playbook whose transitions a test can count: standard plays, and few segments."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from keepwell.accounts import Facts, Provenance
from keepwell.attributes import Value
from keepwell.in_memory import FixedClock
from keepwell.people import Person
from keepwell.playbook.bundle import version_of
from keepwell.standings import Membership
from keepwell.trails import AccountTrail
from keepwell_aws.accounts import DynamoAccounts
from keepwell_aws.control import DynamoControl
from keepwell_aws.files import S3Files
from keepwell_aws.history import DynamoHistory
from keepwell_aws.people import DynamoPeople
from keepwell_aws.playbooks import ACTIVE, bundle_key, default_bundle
from tests.aws_tables import Names
from tests.story import NOON, TODAY

KEPT = ("at-risk", "renewals-next-90-days")


def use_few_segments(stack: Names) -> None:
    """Make it the active playbook, as if it had always been: standard segments, and one that looks back.
    Plays that ask for further segments are left out."""
    body: dict[str, Any] = json.loads(default_bundle())
    parts = {part["id"]: part for part in body["segments"]}
    falling = parts["at-risk"] | {
        "id": "falling",
        "name": "Falling",
        "criteria": "NPS dropped by at least 3 in 7 days",
    }
    body["segments"] = [*(parts[each] for each in KEPT), falling]
    body["plays"] = [play for play in body["plays"] if "in segment" not in (play["criteria"] or "")]
    body["version"] = version_of(body)
    text = json.dumps(body, sort_keys=True, ensure_ascii=False)
    S3Files(stack.bucket("files")).write(bundle_key(body["version"]), text.encode(), "application/json")
    DynamoControl(stack.table("control")).put(ACTIVE, {"version": body["version"], "activated": {}})


SILENT = {
    "id": "silent",
    "name": "Silent",
    "criteria": "Key Contact = yes AND Last Activity > 30 days",
    "leave": None,
    "on_entry": [["silent"], []],
    "on_exit": [[], ["silent"]],
}


def use_a_segment_of_users(stack: Names) -> None:
    """Add it to the active playbook, with a play about who enters it, as if they had always been."""
    control, files = DynamoControl(stack.table("control")), S3Files(stack.bucket("files"))
    row = control.get(ACTIVE)
    text = files.read(bundle_key(row["version"])).decode() if row else default_bundle()
    body: dict[str, Any] = {**json.loads(text), "user_segments": [SILENT]}
    some = next(play for play in body["plays"] if play["id"] == "health-drop-to-poor")
    task = some["tasks"][0] | {"title": "Call {{ user.id }}"}
    about = {"id": "call-silent", "segment": SILENT["id"], "tasks": [task], "emails": [], "webhooks": []}
    body["plays"].append(some | about)
    body["version"] = version_of(body)
    text = json.dumps(body, sort_keys=True, ensure_ascii=False)
    files.write(bundle_key(body["version"]), text.encode(), "application/json")
    control.put(ACTIVE, {"version": body["version"], "activated": row["activated"] if row else {}})


def meet(stack: Names, account_id: str, user_id: str = "ann") -> None:
    """A key contact of the account, silent for 40 days."""
    told = Provenance("csv:users", NOON - timedelta(days=40))
    values: dict[str, Value] = {"Key Contact": True, "Last Activity": TODAY - timedelta(days=40)}
    facts = Facts(account_id, values, told, told.observed_at, "drop-1", "drop-1")
    DynamoPeople(stack.table("work")).put(Person(user_id, facts))


def person_of(stack: Names, account_id: str, user_id: str = "ann") -> Person:
    return DynamoPeople(stack.table("work")).people_of(account_id, [user_id])[user_id]


def check_silent(stack: Names, account_id: str) -> None:
    """Whom `meet` told of has entered the segment of users once, and has its tag."""
    person = person_of(stack, account_id)
    assert person.memberships == {"silent": Membership(inside=True, sequence=1, since=TODAY)}
    assert person.facts.values["Tags"] == ("silent",)
    assert person.facts.revision == 2, "told once, decided once"


def activate(segment: str, at: datetime, stack: Names) -> None:
    """Let the active playbook have had a segment only since then."""
    control = DynamoControl(stack.table("control"))
    row = control.get(ACTIVE)
    assert row is not None
    control.put(ACTIVE, {**row, "activated": {segment: at.isoformat()}})


def tell(stack: Names, clock: FixedClock, account_id: str, **values: Value) -> None:
    """Facts change, as of now."""
    accounts = DynamoAccounts(stack.table("accounts"))
    facts = accounts.facts_of([account_id])[account_id]
    told = dict.fromkeys(values, Provenance("csv:accounts", clock.now()))
    accounts.put_facts(
        replace(
            facts,
            values={**facts.values, **values},
            exceptions={**facts.exceptions, **told},
            changed_by="drop-2",
        )
    )


def trail_of(stack: Names, account_id: str) -> AccountTrail:
    account = DynamoAccounts(stack.table("accounts")).get(account_id)
    assert account is not None
    assert account.trail is not None, f"{account_id} has no trail"
    return account.trail


def rows_of(stack: Names, account_id: str) -> list[str]:
    """The kinds of an account's history rows, transitions by their ids."""
    rows = DynamoHistory(stack.table("history")).of(account_id)
    return sorted(row.kind if row.kind == "score" else row.row_id for row in rows)
