"""The bulk path beside the stock one: the same items, and what it does where DynamoDB does not take all."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import boto3
import pytest
from botocore.client import BaseClient
from botocore.model import OperationModel
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keepwell.accounts import Facts
from keepwell.attributes import Value
from keepwell.errors import ConfigurationError, Conflict, RejectedInput, TransientFailure
from keepwell_aws.accounts import DynamoAccounts, Part, facts_document
from keepwell_aws.bulk import ROUNDS, BulkTable, Draft, client
from keepwell_aws.tables import bound
from tests.adapters.conftest import LoseAnswer
from tests.adapters.test_accounts_contract import facts
from tests.aws_tables import Names

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
VALUES: st.SearchStrategy[Value] = (
    TEXTS
    | st.booleans()
    | st.integers(-(10**38), 10**38)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.dates()
    | st.lists(TEXTS, max_size=3).map(tuple)
)


def named(account_id: str, revision: int = 0, **values: Value) -> Facts:
    return replace(facts(account_id, **values), revision=revision)


def item(stack: Names, account_id: str) -> dict[str, Any]:
    """The item as the stock client reads it."""
    key = {"account_id": {"S": account_id}, "part": {"S": "facts"}}
    answer = boto3.client("dynamodb").get_item(TableName=stack.table("accounts"), Key=key)
    return dict(answer.get("Item", {}))


@contextmanager
def answers(operation: str, *told: dict[str, Any]) -> Iterator[list[Any]]:
    """DynamoDB gives these answers to an operation, then its own; collects what was asked."""
    original, asked, left = BaseClient._make_api_call, [], list(told)  # type: ignore[attr-defined]

    def call(self: BaseClient, name: str, arguments: dict[str, Any]) -> Any:
        if name != operation:
            return original(self, name, arguments)
        asked.append(arguments)
        return left.pop(0) if left else original(self, name, arguments)

    with patch.object(BaseClient, "_make_api_call", call):
        yield asked


def bulk_table(stack: Names, pauses: list[float] | None = None) -> BulkTable:
    return BulkTable(bound(Part, stack.table("accounts")), (pauses if pauses is not None else []).append)


def draft(account_id: str, revision: int = 0, **values: Value) -> Draft:
    told = named(account_id, revision, **values)
    return Draft((account_id, "facts"), revision, facts_document(told), f"the facts of {account_id!r}")


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(values=st.dictionaries(TEXTS.filter(bool), VALUES, max_size=5))
def test_items_are_those_of_the_stock_path_byte_for_byte(stack: Names, values: dict[str, Value]) -> None:
    """Written new and written again; and what the one path wrote the other reads."""
    accounts = DynamoAccounts(stack.table("accounts"))
    before = {each: item(stack, each).get("revision", {"N": "0"})["N"] for each in ("stock", "bulk")}
    for _ in range(2):
        stock = replace(named("stock", int(before["stock"])), values=values)
        bulk = replace(named("bulk", int(before["bulk"])), values=values)
        one = accounts.put_facts(stock)
        [other] = accounts.put_many([bulk])
        assert other == replace(one, account_id="bulk")

        items = [item(stack, each) for each in ("stock", "bulk")]
        assert [each.pop("account_id") for each in items] == [{"S": "stock"}, {"S": "bulk"}]
        tokens = [each.pop("writer") for each in items]
        assert {len(token["S"]) for token in tokens} == {32}
        assert items[0] == items[1]
        assert accounts.facts_of(["stock", "bulk"]) == {"stock": one, "bulk": other}
        assert [accounts.get(each).facts for each in ("stock", "bulk")] == [one, other]  # type: ignore[union-attr]
        before = dict.fromkeys(before, str(one.revision))


def test_what_is_read_is_what_the_stock_client_reads(stack: Names) -> None:
    accounts, ids = DynamoAccounts(stack.table("accounts")), [f"A{n}" for n in range(120)]
    accounts.put_many([named(each, Notes=f'Über {each} \u2028 "quoted" \\ \x01 🙂') for each in ids])
    found = bulk_table(stack).read([(each, "facts") for each in ids], "all")
    assert set(found) == {(each, "facts") for each in ids}
    for (account_id, _), stored in found.items():
        told = item(stack, account_id)
        assert stored.document == told["document"]["S"]
        assert (str(stored.revision), stored.writer) == (told["revision"]["N"], told["writer"]["S"])


def test_a_batch_in_which_some_are_in_the_way(stack: Names) -> None:
    """Each has an outcome of its own, in order, and hides no other."""
    accounts = DynamoAccounts(stack.table("accounts"))
    stored = accounts.put_many([named(f"A{n}") for n in range(60)])
    assert [each.revision for each in stored if isinstance(each, Facts)] == [1] * 60
    accounts.put_facts(named("A7", 1, NPS=7))

    again = [named(f"A{n}", 1, NPS=n) for n in range(60)]
    again[3] = replace(again[3], values={"NPS": float("inf")})
    again[5] = replace(again[5], values={"Notes": "x" * 500_000})
    again[6] = replace(again[6], revision=0)
    outcomes = accounts.put_many(again)

    kinds = {place: type(each) for place, each in enumerate(outcomes) if not isinstance(each, Facts)}
    assert kinds.pop(3) is kinds.pop(5) is RejectedInput
    assert kinds == {6: Conflict}, "A7 is, by chance, as it should be"
    assert accounts.facts_of(["A59"])["A59"].values["NPS"] == 59
    assert accounts.facts_of(["A6"])["A6"].revision == 1


def test_an_item_that_stands_twice_is_written_one_after_the_other(stack: Names) -> None:
    first, second = draft("A1"), draft("A1", 1, NPS=9)
    assert bulk_table(stack).write([first, draft("A2"), second]) == [1, 1, 2]
    assert json.loads(item(stack, "A1")["document"]["S"])["values"]["NPS"] == 9


def test_a_change_of_what_is_gone_is_a_conflict(stack: Names) -> None:
    [outcome] = DynamoAccounts(stack.table("accounts")).put_many([named("A1", 3)])
    assert isinstance(outcome, Conflict)
    assert "at revision 3 and are not stored now" in str(outcome)
    assert item(stack, "A1") == {}


@pytest.mark.parametrize("revision", [0, 1])
def test_a_lost_answer_of_a_batch_is_no_conflict(
    stack: Names, lose_answer: LoseAnswer, revision: int
) -> None:
    """Reliability 2.1: all of the second try meets the first, but for what somebody else had changed."""
    accounts = DynamoAccounts(stack.table("accounts"))
    accounts.put_many([named(f"A{n}") for n in range(30 * revision)])
    accounts.put_facts(named("A4", revision, NPS=4))
    with lose_answer("BatchExecuteStatement"):
        outcomes = accounts.put_many([named(f"A{n}", revision, NPS=1) for n in range(30)])
    assert [place for place, each in enumerate(outcomes) if isinstance(each, Conflict)] == [4]
    written = {each.revision for each in outcomes if isinstance(each, Facts)}
    assert written == {revision + 1}


def test_what_a_newer_version_keeps_beside_the_document_survives_a_batch(stack: Names) -> None:
    """R5."""
    accounts = DynamoAccounts(stack.table("accounts"))
    accounts.put_many([named("A1")])
    boto3.client("dynamodb").update_item(
        TableName=stack.table("accounts"),
        Key={"account_id": {"S": "A1"}, "part": {"S": "facts"}},
        UpdateExpression="SET newer = :n",
        ExpressionAttributeValues={":n": {"S": "kept"}},
    )
    accounts.put_many([named("A1", 1, NPS=7)])
    assert item(stack, "A1")["newer"] == {"S": "kept"}


def test_keys_that_are_put_off_are_asked_for_again(stack: Names) -> None:
    DynamoAccounts(stack.table("accounts")).put_many([named("A1")])
    table, pauses = stack.table("accounts"), list[float]()
    put_off = {"Responses": {}, "UnprocessedKeys": {table: {"Keys": [dict(item(stack, "A1"))]}}}
    for each in put_off["UnprocessedKeys"][table]["Keys"]:
        for name in each.keys() - {"account_id", "part"}:
            del each[name]
    with answers("BatchGetItem", put_off, put_off):
        assert len(bulk_table(stack, pauses).read([("A1", "facts")], "one")) == 1
    assert len(pauses) == 2
    with answers("BatchGetItem", *[put_off] * ROUNDS), pytest.raises(TransientFailure, match="put 1 of them"):
        bulk_table(stack).read([("A1", "facts")], "one")


@pytest.mark.parametrize("code", ["ProvisionedThroughputExceeded", "ThrottlingError", "InternalServerError"])
def test_statements_that_are_put_off_are_sent_again_with_a_growing_pause(stack: Names, code: str) -> None:
    pauses = list[float]()
    one_off = {"Responses": [{"TableName": "t"}, {"Error": {"Code": code, "Message": "slow down"}}]}
    other = {"Responses": one_off["Responses"][1:]}
    with answers("BatchExecuteStatement", one_off, other) as asked:
        assert bulk_table(stack, pauses).write([draft("A1"), draft("A2")]) == [1, 1]
    assert [len(each["Statements"]) for each in asked] == [2, 1, 1]
    assert asked[0]["Statements"][1] == asked[2]["Statements"][0], "with the same token"
    assert item(stack, "A2")
    assert len(pauses) == 2
    assert all(0 <= pause <= most for pause, most in zip(pauses, (0.1, 0.2), strict=True))


def test_what_is_put_off_for_too_long_fails_as_a_whole(stack: Names) -> None:
    put_off = {"Responses": [{"Error": {"Code": "ThrottlingError", "Message": "slow down"}}]}
    pauses = list[float]()
    with (
        answers("BatchExecuteStatement", *[put_off] * ROUNDS),
        pytest.raises(TransientFailure, match="put 1 of them off"),
    ):
        bulk_table(stack, pauses).write([draft("A1")])
    assert max(pauses) <= 2.0


def test_a_statement_that_nobody_may_make_says_what_to_check(stack: Names) -> None:
    denied = {"Responses": [{"Error": {"Code": "AccessDenied", "Message": "not yours"}}]}
    with (
        answers("BatchExecuteStatement", denied),
        pytest.raises(ConfigurationError, match=r"not yours.*permissions"),
    ):
        bulk_table(stack).write([draft("A1")])


def test_a_statement_that_is_wrong_in_itself_is_rejected_alone(stack: Names) -> None:
    """I6."""
    wrong = {
        "Responses": [{"Error": {"Code": "ValidationError", "Message": "too large"}}, {"TableName": "t"}]
    }
    with answers("BatchExecuteStatement", wrong):
        rejected, stored = bulk_table(stack).write([draft("A1"), draft("A2")])
    assert isinstance(rejected, RejectedInput)
    assert "too large" in str(rejected)
    assert stored == 1


def test_an_answer_that_is_cut_short_is_asked_for_again(stack: Names) -> None:
    """Nothing is taken for absent that was not read, nor for unwritten that was written."""
    table, cut = bulk_table(stack), list[str]()

    def cut_short(parsed: dict[str, Any], model: OperationModel, **_: Any) -> None:
        if model.name in cut:
            cut.remove(model.name)
            parsed.clear()

    client().meta.events.register("after-call.dynamodb", cut_short)
    try:
        cut[:] = ["BatchExecuteStatement"]
        assert table.write([draft("A1")]) == [1]
        assert cut == []
        cut[:] = ["BatchGetItem"]
        assert list(table.read([("A1", "facts")], "one")) == [("A1", "facts")]
        assert cut == []
    finally:
        client().meta.events.unregister("after-call.dynamodb", cut_short)
