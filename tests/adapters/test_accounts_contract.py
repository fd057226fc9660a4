"""The contract of Accounts (reliability 2.1, I6, R5, S1)."""

import json
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import boto3
import pytest

from keepwell.accounts import Account, Facts, Provenance
from keepwell.errors import ConfigurationError, Conflict, RejectedInput
from keepwell.in_memory import InMemoryAccounts
from keepwell.ports import Accounts
from keepwell.standings import Band, Membership, Passage, Reason, Silence, Standing, Transition
from keepwell.trails import AccountTrail
from keepwell.usage import ActionUse, UsageSummary
from keepwell_aws.accounts import DynamoAccounts, facts_document
from tests.adapters.conftest import LoseAnswer
from tests.aws_tables import Names

NOON = datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC)
CSV = Provenance("csv:accounts", NOON)


def facts(account_id: str = "A1", **values: object) -> Facts:
    known = {
        "Account Name": "Harbor Labs",
        "Renewal Date": date(2026, 12, 1),
        "Risk Reason": ("Price", "Adoption"),
        "Contract Value": 80_000,
        "Goal Achievement": 90.0,
        "Success Plan": True,
        "NPS": -5,
        "A text that looks like a date": "2026-12-01",
        **values,
    }
    return Facts(
        account_id=account_id,
        values=known,  # type: ignore[arg-type]
        provenance=CSV,
        created_at=NOON,
        created_by="drop-1",
        changed_by="drop-1",
        exceptions={"NPS": Provenance("play:ask", NOON)},
        confirmed={"Licenses": NOON + timedelta(days=45)},
        heard={"csv:accounts": NOON + timedelta(days=45)},
        since={"Customer Journey Stage": date(2026, 11, 1)},
        depth=1,
    )


def transition(account_id: str = "A1") -> Transition:
    return Transition(
        account_id=account_id,
        segment="at-risk",
        passage=Passage.ENTERED,
        sequence=2,
        at=NOON,
        day=date(2026, 11, 21),
        health=Band.POOR,
        score=31,
        reasons=(Reason("Health = Poor", "poor", matches=True), Reason("NPS < 0", None, matches=None)),
        drivers=("NPS is -5",),
        playbook="abc",
        depth=2,
        cause="night:2026-11-21",
        silence=Silence.BASELINE,
        account_sequence=7,
    )


def trail(account_id: str = "A1", **values: object) -> AccountTrail:
    entries = {
        "NPS": ((date(2026, 11, 1), 9), (date(2026, 11, 20), None), (date(2026, 11, 21), -5)),
        "Renewal Date": ((date(2026, 11, 1), date(2026, 12, 1)),),
        "Risk Reason": ((date(2026, 11, 1), ("Price", "Adoption")),),
        **{name: ((date(2026, 11, 21), value),) for name, value in values.items()},
    }
    return AccountTrail(account_id, entries)  # type: ignore[arg-type]


def usage(account_id: str = "A1", **differences: Any) -> UsageSummary:
    view = ActionUse("Reports", "View", (0, 12, 3), date(2026, 9, 1), date(2026, 11, 20))
    known = UsageSummary(
        account_id=account_id,
        first=date(2026, 9, 1),
        through=date(2026, 11, 21),
        told_at=NOON,
        last_seen=(3, 0, 1),
        active={1: (3, 2), 7: (4,), 14: (4, 4), 30: (4,)},
        actions=(1, 15, 3),
        sessions=(0, 2),
        seconds=(0, 750),
        uses=(ActionUse("Admin", "Invite", (1,), date(2026, 11, 21), date(2026, 11, 21)), view),
        parts=32,
        batch=7,
    )
    return replace(known, **differences)


def standing(account_id: str = "A1", *pending: Transition) -> Standing:
    return Standing(
        account_id=account_id,
        evaluated_at=NOON,
        day=date(2026, 11, 21),
        health=Band.POOR,
        score=31,
        profile="core",
        account_model=Band.UNKNOWN,
        playbook="abc",
        inputs="0f",
        memberships={
            "at-risk": Membership(
                inside=True, sequence=2, since=date(2026, 11, 20), left=date(2026, 11, 18), quiet=True
            ),
            "watch-list": Membership(inside=False, sequence=1, since=date(2026, 11, 20)),
        },
        pending=pending,
    )


@pytest.fixture
def accounts(place: Names | None) -> Accounts:
    return DynamoAccounts(place.table("accounts")) if place else InMemoryAccounts()


def test_what_is_stored_comes_back_value_for_value(accounts: Accounts) -> None:
    assert accounts.get("A1") is None

    stored = accounts.put_facts(facts())
    judged = accounts.put_standing(standing("A1", transition()))
    followed = accounts.put_trail(trail())
    measured = accounts.put_usage(usage())

    assert stored == replace(facts(), revision=1)
    assert (judged.revision, followed) == (1, replace(trail(), revision=1))
    assert measured == replace(usage(), revision=1)
    account = accounts.get("A1")
    assert account
    assert account.facts == stored
    assert account.standing == judged
    assert account.trail == followed
    assert account.usage == measured
    assert {name: type(value) for name, value in account.facts.values.items()} == {
        name: type(value) for name, value in facts().values.items()
    }


def test_what_is_not_facts_is_no_account(accounts: Accounts) -> None:
    accounts.put_standing(standing())
    accounts.put_trail(trail())
    accounts.put_usage(usage())
    assert accounts.get("A1") is None


def test_use_is_known_of_accounts_without_facts_too(accounts: Accounts) -> None:
    """Usage files and account files come in any order."""
    accounts.put_facts(facts("A2"))
    told = [accounts.put_usage(usage(account_id)) for account_id in ("A1", "A2")]
    assert accounts.usage_of(["A1", "A2", "nobody"]) == {each.account_id: each for each in told}
    assert accounts.usage_of([]) == {}


def test_facts_of_more_accounts_than_one_request_takes(accounts: Accounts) -> None:
    ids = [f"A{number}" for number in range(120)]
    for account_id in ids:
        accounts.put_facts(facts(account_id))
    accounts.put_standing(standing("A7"))

    found = accounts.facts_of([*ids, "A7", "nobody"])

    assert found == {account_id: replace(facts(account_id), revision=1) for account_id in ids}
    assert accounts.facts_of([]) == {}


@pytest.mark.parametrize("stored", [0, 1, 2])
def test_only_the_next_revision_is_taken(accounts: Accounts, stored: int) -> None:
    """S1: no lost update."""
    for revision in range(stored):
        accounts.put_facts(replace(facts(NPS=revision), revision=revision))
    for revision in {0, 1, 2, 3} - {stored}:
        with pytest.raises(Conflict):
            accounts.put_facts(replace(facts(NPS=99), revision=revision))

    assert accounts.put_facts(replace(facts(NPS=100), revision=stored)).revision == stored + 1


def test_equal_facts_that_someone_else_wrote_first_are_no_conflict(accounts: Accounts) -> None:
    accounts.put_facts(facts())
    assert accounts.put_facts(facts()).revision == 1
    account = accounts.get("A1")
    assert account
    assert account.facts.revision == 1


def test_many_at_once_are_stored_on_the_terms_of_one(accounts: Accounts) -> None:
    """Each has its own outcome, in order; S1, I6."""
    assert accounts.put_many([]) == []
    accounts.put_facts(facts("A1", NPS=1))
    accounts.put_facts(facts("A2"))
    told = [
        facts("A0"),
        facts("A1"),
        replace(facts("A2", NPS=2), revision=1),
        facts("A3", NPS=float("nan")),
        replace(facts("A4"), revision=1),
        facts("A5", Notes="🙂", **{"Open Ticket Count": 10**37}),
    ]
    stored = accounts.put_many(told)

    assert stored[0] == replace(told[0], revision=1)
    assert isinstance(stored[1], Conflict)
    assert stored[2] == replace(told[2], revision=2)
    assert isinstance(stored[3], RejectedInput)
    assert isinstance(stored[4], Conflict)
    assert stored[5] == replace(told[5], revision=1)
    found = accounts.facts_of([each.account_id for each in told])
    assert found == {
        "A0": stored[0],
        "A1": replace(facts("A1", NPS=1), revision=1),
        "A2": stored[2],
        "A5": stored[5],
    }


def test_many_that_stand_already_are_no_conflict(accounts: Accounts) -> None:
    told = [facts(f"A{number}") for number in range(60)]
    assert accounts.put_many(told) == accounts.put_many(told) == [replace(each, revision=1) for each in told]


def test_the_same_account_twice_is_stored_one_after_the_other(accounts: Accounts) -> None:
    first, second = facts(NPS=1), replace(facts(NPS=2), revision=1)
    assert accounts.put_many([first, second]) == [replace(first, revision=1), replace(second, revision=2)]
    assert isinstance(accounts.put_many([first])[0], Conflict)


def test_facts_and_what_is_concluded_have_revisions_of_their_own(accounts: Accounts) -> None:
    accounts.put_facts(facts())
    accounts.put_facts(replace(facts(NPS=1), revision=1))
    assert accounts.put_standing(standing()).revision == 1
    with pytest.raises(Conflict):
        accounts.put_standing(replace(standing(), score=1))
    assert accounts.put_trail(trail()).revision == 1
    assert accounts.put_trail(trail()).revision == 1, "an equal one is no conflict"
    with pytest.raises(Conflict):
        accounts.put_trail(trail(NPS=1))
    assert accounts.put_trail(replace(trail(NPS=1), revision=1)).revision == 2
    assert accounts.put_usage(usage()).revision == 1
    assert accounts.put_usage(usage()).revision == 1
    with pytest.raises(Conflict):
        accounts.put_usage(usage(batch=8))
    assert accounts.put_usage(usage(batch=8, revision=1)).revision == 2


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 50])
@pytest.mark.parametrize("segments", [1, 3])
def test_a_scan_meets_every_account_once_with_all_its_parts(
    accounts: Accounts, limit: int, segments: int
) -> None:
    """Also where a page ends between an account's facts, its standing, its trail and its use."""
    expected = {}
    for number in range(23):
        account_id = f"A{number}"
        accounts.put_facts(facts(account_id))
        if number % 4:
            accounts.put_standing(standing(account_id))
        if number % 3:
            accounts.put_trail(trail(account_id, NPS=number))
        if number % 5:
            accounts.put_usage(usage(account_id, batch=number))
        expected[account_id] = accounts.get(account_id)
    accounts.put_standing(standing("no facts"))
    accounts.put_trail(trail("no facts"))
    accounts.put_usage(usage("no facts"))

    seen: list[Account] = []
    for segment in range(segments):
        cursor: str | None = None
        while True:
            page = accounts.scan(segment, segments, cursor, limit)
            assert len(page.accounts) <= limit
            seen += page.accounts
            cursor = page.cursor
            if cursor is None:
                break

    assert sorted(account.account_id for account in seen) == sorted(expected)
    assert {account.account_id: account for account in seen} == expected


def test_a_number_that_is_none_is_rejected(accounts: Accounts) -> None:
    """I6: never a retry loop."""
    with pytest.raises(RejectedInput, match="A1"):
        accounts.put_facts(facts(NPS=float("nan")))


def test_a_lost_answer_is_no_conflict(stack: Names, lose_answer: LoseAnswer) -> None:
    """Reliability 2.1: the SDK's second try meets the first."""
    accounts = DynamoAccounts(stack.table("accounts"))
    with lose_answer("UpdateItem"):
        assert accounts.put_facts(facts()).revision == 1
    with lose_answer("UpdateItem"):
        assert accounts.put_standing(standing()).revision == 1
    with lose_answer("UpdateItem"):
        assert accounts.put_trail(trail()).revision == 1
    with lose_answer("UpdateItem"):
        assert accounts.put_usage(usage()).revision == 1


def test_an_account_too_large_to_store_is_rejected_with_its_size(stack: Names) -> None:
    """I6."""
    accounts = DynamoAccounts(stack.table("accounts"))
    with pytest.raises(RejectedInput, match=r"'A1' takes 4\d\d,\d{3} bytes"):
        accounts.put_facts(facts(Notes="x" * 409_000))
    accounts.put_facts(facts(Notes="x" * 400_000))


def test_the_use_of_a_thousand_actions_each_day_can_be_stored(stack: Names) -> None:
    """I6: no account is known to have so many."""
    day, counts = date(2026, 11, 21), (100,) * 64
    names = [f"A module of the product {number:04}" for number in range(1_000)]
    uses = tuple(ActionUse(name, "Some action or other", counts, day, day) for name in names)
    accounts = DynamoAccounts(stack.table("accounts"))
    stored = accounts.put_usage(usage(uses=uses))
    assert accounts.usage_of(["A1"]) == {"A1": stored}


def test_what_a_newer_version_keeps_beside_the_document_survives(stack: Names) -> None:
    """R5: two versions of the code side by side."""
    table = stack.table("accounts")
    accounts = DynamoAccounts(table)
    accounts.put_facts(facts())
    key = {"account_id": {"S": "A1"}, "part": {"S": "facts"}}
    dynamodb = boto3.client("dynamodb")
    dynamodb.update_item(
        TableName=table,
        Key=key,
        UpdateExpression="SET newer = :n",
        ExpressionAttributeValues={":n": {"S": "kept"}},
    )
    dynamodb.put_item(TableName=table, Item={"account_id": {"S": "A1"}, "part": {"S": "weather"}})

    accounts.put_facts(replace(facts(NPS=7), revision=1))

    item = dynamodb.get_item(TableName=table, Key=key)["Item"]
    assert item["newer"] == {"S": "kept"}
    account = accounts.get("A1")
    assert account
    assert account.facts.values["NPS"] == 7
    assert [found.account_id for found in accounts.scan(0, 1).accounts] == ["A1"]


def test_pending_is_there_only_while_something_is_pending(stack: Names) -> None:
    """The stream filter of launch_plays looks for the attribute."""
    table = stack.table("accounts")
    accounts = DynamoAccounts(table)

    def item() -> dict[str, object]:
        key = {"account_id": {"S": "A1"}, "part": {"S": "standing"}}
        return dict(boto3.client("dynamodb").get_item(TableName=table, Key=key)["Item"])

    accounts.put_standing(standing())
    assert "pending" not in item()
    accounts.put_standing(replace(standing("A1", transition()), revision=1))
    assert item()["pending"] == {"N": "1"}
    accounts.put_standing(replace(standing(), revision=2))
    assert "pending" not in item()


def test_a_table_that_is_not_there_says_what_to_check(stack: Names) -> None:
    with pytest.raises(ConfigurationError, match=r"reading account 'A1'.*Check the stack's name"):
        DynamoAccounts(stack.table("nowhere")).get("A1")


def test_the_document_holds_all_that_facts_are() -> None:
    """It is made by hand: a new field must not be forgotten."""
    beside = {"account_id", "revision"}
    assert facts_document(facts()).keys() | beside == {field.name for field in fields(Facts)}


def test_dates_are_marked_in_the_document(stack: Names) -> None:
    table = stack.table("accounts")
    DynamoAccounts(table).put_facts(facts())
    key = {"account_id": {"S": "A1"}, "part": {"S": "facts"}}
    item = boto3.client("dynamodb").get_item(TableName=table, Key=key)["Item"]
    values = json.loads(item["document"]["S"])["values"]
    assert values["Renewal Date"] == {"date": "2026-12-01"}
    assert values["Risk Reason"] == ["Price", "Adoption"]


@pytest.mark.parametrize("document", ["{", "[]", '{"values": {"NPS": {}}}', '{"values": {}}'])
def test_a_broken_document_names_its_account_and_hides_no_other(stack: Names, document: str) -> None:
    """R2: nor is its content told, which may be personal."""
    accounts = DynamoAccounts(stack.table("accounts"))
    for account_id in ("A1", "A2", "A3"):
        accounts.put_facts(facts(account_id))
    broken = document.replace("{}", '{"Account Name": "Harbor Labs"}')
    boto3.client("dynamodb").update_item(
        TableName=stack.table("accounts"),
        Key={"account_id": {"S": "A2"}, "part": {"S": "facts"}},
        UpdateExpression="SET document = :broken",
        ExpressionAttributeValues={":broken": {"S": broken}},
    )
    with pytest.raises(RejectedInput, match="the facts of account 'A2' cannot be read") as refused:
        accounts.get("A2")
    assert "Harbor Labs" not in str(refused.value)
    page = accounts.scan(0, 1)
    assert sorted(account.account_id for account in page.accounts) == ["A1", "A3"]
    assert page.unreadable == (("A2", str(refused.value)),)


def test_what_an_older_version_stored_is_read(stack: Names) -> None:
    """R5: before there were trails, causes, silences, days of leaving, and causation depths."""
    documents = {
        "facts": {
            "values": {"NPS": 3},
            "provenance": {"source": "csv:accounts", "observed_at": "2026-11-01T12:00:00Z"},
            "created_at": "2026-11-01T12:00:00Z",
            "created_by": "drop-1",
            "changed_by": "drop-1",
        },
        "standing": {
            "evaluated_at": "2026-11-01T12:00:01Z",
            "day": "2026-11-01",
            "health": "poor",
            "score": 31,
            "profile": "core",
            "account_model": "poor",
            "playbook": "abc",
            "inputs": "0f",
            "memberships": {"at-risk": {"inside": True, "sequence": 1, "since": "2026-11-01"}},
            "pending": [
                {
                    "account_id": "A1",
                    "segment": "at-risk",
                    "passage": "entered",
                    "sequence": 1,
                    "at": "2026-11-01T12:00:01Z",
                    "day": "2026-11-01",
                    "health": "poor",
                    "score": 31,
                    "reasons": [{"condition": "NPS < 5", "value": 3, "matches": True}],
                    "drivers": [],
                    "playbook": "abc",
                }
            ],
        },
    }
    for part, document in documents.items():
        boto3.client("dynamodb").put_item(
            TableName=stack.table("accounts"),
            Item={
                "account_id": {"S": "A1"},
                "part": {"S": part},
                "revision": {"N": "4"},
                "document": {"S": json.dumps(document)},
            },
        )
    accounts = DynamoAccounts(stack.table("accounts"))
    account = accounts.get("A1")
    assert account
    assert (account.facts.depth, account.trail) == (0, None)
    assert account.standing
    assert account.standing.memberships["at-risk"] == Membership(
        inside=True, sequence=1, since=date(2026, 11, 1)
    )
    [waiting] = account.standing.pending
    assert (waiting.depth, waiting.cause, waiting.silence) == (0, "", None)
    assert accounts.put_trail(trail()).revision == 1


def test_a_broken_summary_of_use_names_its_account(stack: Names) -> None:
    """R2."""
    accounts = DynamoAccounts(stack.table("accounts"))
    accounts.put_facts(facts())
    accounts.put_usage(usage())
    for document in ("{", "[]", "{}", '{"first": "2026-11-21", "through": "soon"}'):
        boto3.client("dynamodb").update_item(
            TableName=stack.table("accounts"),
            Key={"account_id": {"S": "A1"}, "part": {"S": "usage"}},
            UpdateExpression="SET document = :broken",
            ExpressionAttributeValues={":broken": {"S": document}},
        )
        for read in (lambda: accounts.get("A1"), lambda: accounts.usage_of(["A1"])):
            with pytest.raises(RejectedInput, match="the usage of account 'A1' cannot be read"):
                read()


def test_a_broken_trail_names_its_account(stack: Names) -> None:
    """R2."""
    accounts = DynamoAccounts(stack.table("accounts"))
    accounts.put_facts(facts())
    accounts.put_trail(trail())
    for document in ("{", "[]", '{"NPS": 3}', '{"NPS": [["yesterday", 3]]}'):
        boto3.client("dynamodb").update_item(
            TableName=stack.table("accounts"),
            Key={"account_id": {"S": "A1"}, "part": {"S": "trail"}},
            UpdateExpression="SET document = :broken",
            ExpressionAttributeValues={":broken": {"S": document}},
        )
        with pytest.raises(RejectedInput, match="the trail of account 'A1' cannot be read"):
            accounts.get("A1")


def test_an_account_is_removed_whole_unless_someone_wrote_first(accounts: Accounts) -> None:
    """S1, S5: with its standing and its trail, or nothing would remember that it is another."""
    other = accounts.put_facts(facts("A2"))
    first = accounts.put_facts(facts())
    accounts.put_standing(standing())
    accounts.put_trail(trail())
    second = accounts.put_facts(replace(first, values={"NPS": 3}))
    with pytest.raises(Conflict):
        accounts.remove(first)
    there = accounts.get("A1")
    assert there is not None
    assert (there.facts, there.standing is None, there.trail is None) == (second, False, False)

    accounts.remove(second)
    assert accounts.get("A1") is None
    accounts.remove(second)  # what is gone is no conflict: the answer may have been lost
    again = accounts.put_facts(facts())
    assert accounts.get("A1") == Account(again)
    assert accounts.facts_of(["A1", "A2"]) == {"A1": again, "A2": other}
