"""An older file never overwrites a newer one (reliability I4), and different feeds keep their own time."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.accounts import Facts
from keepwell.errors import Conflict, RejectedInput, TransientFailure
from keepwell.imports import shards
from keepwell.imports.mapping import ImportMapping, Source
from keepwell.in_memory import InMemoryAccounts, InMemoryQueue
from tests.domain.imports.importing import NOON, Stack, adds_up, playbook, with_fresh_nps

EARLIER = NOON - timedelta(hours=1)


def test_a_file_older_than_its_feeds_newest_fills_gaps_and_overwrites_nothing() -> None:
    stack = Stack()
    stack.drop("Account ID,NPS\nA-1,9\n", "drops/accounts/new.csv", at=NOON)
    report = stack.drop("Account ID,NPS,CSAT\nA-1,3,4\nA-2,5,5\n", "drops/accounts/old.csv", at=EARLIER)

    assert report["fill_only"] is True
    assert (report["created"], report["updated"]) == (1, 1)
    assert stack.facts("A-1").values == {"NPS": 9, "CSAT": 4}


def test_a_value_that_a_newer_file_confirmed_stands_against_an_older_file() -> None:
    """The newer file wrote nothing, as nothing had changed; its watermark protects the value all the same."""
    stack = Stack()
    stack.drop("Account ID,NPS\nA-1,9\n", "drops/accounts/a.csv", at=EARLIER - timedelta(hours=1))
    stack.drop("Account ID,NPS\nA-1,9\n", "drops/accounts/c.csv", at=NOON)
    stack.drop("Account ID,NPS\nA-1,3\n", "drops/accounts/b.csv", at=EARLIER)

    assert stack.facts("A-1").values == {"NPS": 9}


def test_an_older_file_that_was_planned_first_does_not_overwrite_either() -> None:
    stack = Stack()
    stack.drop("Account ID,NPS\nA-1,9\n", "drops/accounts/a.csv", at=EARLIER - timedelta(hours=1))
    older = stack.plan(stack.put("drops/accounts/b.csv", b"Account ID,NPS\nA-1,3\n", EARLIER))
    newer = stack.plan(stack.put("drops/accounts/c.csv", b"Account ID,NPS\nA-1,9\n", NOON))
    for drop_id in (newer, older):
        stack.run({"drop_id": drop_id, "shard": 0})

    assert stack.facts("A-1").values == {"NPS": 9}


class Interrupted(InMemoryAccounts):
    """Lets something else happen just before the next write, or die just after it."""

    def __init__(self) -> None:
        super().__init__()
        self.before: Callable[[], object] | None = None
        self.dies = False

    def put_many(self, facts: Sequence[Facts]) -> list[Facts | Conflict | RejectedInput]:
        before, self.before = self.before, None
        dies, self.dies = self.dies, False
        if before:
            before()
        answers = super().put_many(facts)
        if dies:
            raise TransientFailure("killed")
        return answers


def in_flight(accounts: Interrupted) -> tuple[Stack, dict[str, Any], Callable[[], object]]:
    """Two accounts of NPS 5; the message of an older file that says 3 of both; and what drops a newer one
    that repeats 5."""
    stack = Stack(accounts=accounts)
    stack.drop("Account ID,NPS\nA-1,5\nA-2,5\n", at=EARLIER - timedelta(hours=1))
    older = stack.put("drops/accounts/old.csv", b"Account ID,NPS\nA-1,3\nA-2,3\n", EARLIER)
    stack.plan(older)
    assert isinstance(stack.queue, InMemoryQueue)
    message = stack.queue.messages.pop()
    return (
        stack,
        message,
        lambda: stack.drop("Account ID,NPS\nA-1,5\nA-2,5\n", "drops/accounts/new.csv", NOON),
    )


@pytest.mark.parametrize("dies", [False, True])
def test_what_an_older_file_writes_while_a_newer_one_comes_is_put_right_by_the_next(dies: bool) -> None:
    """I4: the newer one found what it says, and wrote nothing; also if the older one is delivered twice."""
    accounts = Interrupted()
    stack, message, newer = in_flight(accounts)
    accounts.before, accounts.dies = newer, dies
    if dies:
        with pytest.raises(TransientFailure):
            stack.run(message)
    stack.run(message)
    assert stack.facts("A-1").values["NPS"] == 3
    report = stack.drop("Account ID,NPS\nA-1,5\nA-2,5\n", at=NOON + timedelta(hours=1))
    assert report["earlier_drop"] is None
    assert stack.facts("A-1").values["NPS"] == stack.facts("A-2").values["NPS"] == 5


def test_an_older_file_in_flight_fills_gaps_only_from_when_a_newer_one_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """I4."""
    monkeypatch.setattr(shards, "ROWS_OF_A_BATCH", 1)
    accounts = Interrupted()
    stack, message, newer = in_flight(accounts)
    accounts.before = newer
    stack.run(message)
    assert [stack.facts(account_id).values["NPS"] for account_id in ("A-1", "A-2")] == [3, 5]
    assert stack.report(message["drop_id"])["fill_only"] is True


BROKEN = b"Account ID,NPS\n" + b"A-1,3\n" * 50_000 + b"A-2,\xff\n"
"""What is wrong with it is behind all that is looked at to plan it."""


def test_a_newer_file_that_cannot_be_read_to_its_end_holds_no_older_one_back() -> None:
    """I4: nothing of it was ever told, so the mended file counts though it is dated before it."""
    stack = Stack()
    stack.drop("Account ID,NPS\nA-1,5\n", at=EARLIER - timedelta(hours=1))
    refused = stack.drop(BROKEN, "drops/accounts/new.csv", at=NOON)
    assert refused["status"] == "failed"
    mended = stack.drop("Account ID,NPS\nA-1,3\n", "drops/accounts/mended.csv", at=EARLIER)
    assert (mended["fill_only"], mended["updated"]) == (False, 1)
    assert stack.facts("A-1").values["NPS"] == 3


@pytest.mark.parametrize("rows_of_a_batch", [1, 2_000])
def test_an_older_file_that_is_imported_while_a_newer_one_is_read_gives_way(
    rows_of_a_batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """I4: the newer one repeats what it said before, and looks at every row all the same."""
    monkeypatch.setattr(shards, "ROWS_OF_A_BATCH", rows_of_a_batch)
    accounts = Interrupted()
    stack = Stack(accounts=accounts, chunk_bytes=100)
    said = "Account ID,NPS\n" + "".join(f"A-{number},5\n" for number in range(100))
    stack.drop(said, at=EARLIER - timedelta(hours=1))
    newer = stack.put("drops/accounts/new.csv", said.encode(), NOON)
    stack.plan(newer, out_of_time=lambda: True)
    older = stack.plan(stack.put("drops/accounts/old.csv", b"Account ID,NPS\nA-1,3\nA-2,3\n", EARLIER))
    accounts.before = lambda: stack.plan(newer)
    stack.run({"drop_id": older, "shard": 0})
    stack.run_queue()
    last = stack.drop("Account ID,NPS\nA-1,3\nA-2,3\n", at=NOON + timedelta(hours=1))
    assert last["updated"] == 2
    assert stack.report(newer.id)["earlier_drop"] is None


def test_a_mapping_is_a_feed_of_its_own() -> None:
    mapping = ImportMapping(
        "surveys", "accounts", {"Account ID": Source(column="company"), "NPS": Source(column="score")}
    )
    stack = Stack(playbook=playbook(mapping))
    stack.drop("Account ID,CSAT\nA-1,4\n", at=NOON)
    report = stack.drop("company,score\nA-1,9\n", "drops/accounts/mapping=surveys/a.csv", at=EARLIER)

    assert report["fill_only"] is False
    assert stack.facts("A-1").values == {"CSAT": 4, "NPS": 9}
    assert stack.facts("A-1").exceptions["NPS"].source == "csv:accounts/surveys"


def test_a_stage_begins_on_the_tenants_day_not_utcs() -> None:
    """1.14 row 22: half past eleven at night in UTC is tomorrow in Berlin."""
    stack = Stack()
    night = NOON.replace(hour=23, minute=30)
    stack.drop("Account ID,Onboarding Stage\nA-1,Kickoff\n", at=night)
    assert stack.facts("A-1").since == {"Onboarding Stage": NOON.date() + timedelta(days=1)}


def test_a_daily_file_that_says_the_same_keeps_it_fresh_and_is_counted_as_unchanged() -> None:
    """I1, I3: the counts are about values, and a write comes only when the value was growing old."""
    stack = Stack(playbook=with_fresh_nps(days=10))
    file = "Account ID,Account Name,NPS\nA-1,Harbor Labs,9\n"
    stack.drop(file, "drops/accounts/day-0.csv", at=NOON)
    written = []
    for day in range(1, 15):
        for key in (f"drops/accounts/day-{day}.csv", f"drops/accounts/day-{day}-again.csv"):
            writes = stack.writes
            report = stack.drop(file, key, at=NOON + timedelta(days=day))
            assert (report["unchanged"], report["applied"], adds_up(report)) == (1, 0, True)
            written += [key] if stack.writes > writes else []
    assert written == ["drops/accounts/day-6.csv", "drops/accounts/day-12.csv"]
    assert stack.facts("A-1").last_told("NPS") == NOON + timedelta(days=12)
    assert stack.facts("A-1").last_told("Account Name") == NOON
    assert stack.facts("A-1").changed_by == stack.facts("A-1").created_by


DATED = ImportMapping(
    "crm",
    "accounts",
    {"Account ID": Source(column="id"), "NPS": Source(column="nps")},
    observed_at=Source(column="updated"),
)
FOLDER = "drops/accounts/mapping=crm"


def crm(*rows: str) -> str:
    return "\n".join(("id,nps,updated", *rows, ""))


class TestRowsThatSayWhenTheyWereSo:
    def test_their_time_is_that_of_the_facts_and_a_blank_one_is_the_files(self) -> None:
        stack = Stack(playbook=playbook(DATED))
        report = stack.drop(
            crm("A-1,9,2026-11-20T08:00:00+02:00", "A-2,8,", "A-3,7,2026-11-19"), f"{FOLDER}/a.csv"
        )
        told = [stack.facts(account_id).observed("NPS").isoformat() for account_id in ("A-1", "A-2", "A-3")]
        assert told == ["2026-11-20T06:00:00+00:00", NOON.isoformat(), "2026-11-18T23:00:00+00:00"]
        assert report["ignored_columns"] == []

    def test_an_older_file_fills_no_gaps_only_but_tells_what_was_so_later(self) -> None:
        """I4: it is the row's time that counts, where there is one; a row without one fills gaps only."""
        stack = Stack(playbook=playbook(DATED))
        stack.drop(
            crm("A-1,9,2026-11-10", "A-2,9,2026-11-18", "A-3,9,2026-11-10"), f"{FOLDER}/new.csv", at=NOON
        )
        older = crm("A-1,3,2026-11-15", "A-2,3,2026-11-15", "A-3,3,", "A-4,3,")
        report = stack.drop(older, f"{FOLDER}/old.csv", at=EARLIER)

        assert [stack.facts(f"A-{n}").values["NPS"] for n in (1, 2, 3, 4)] == [3, 9, 9, 3]
        assert (report["created"], report["updated"], report["unchanged"]) == (1, 1, 2)
        assert report["fill_only"] is False

    def test_what_an_older_file_was_not_let_say_a_newer_one_says(self) -> None:
        """I4: a row of a blank time filled gaps only; the next file repeats it, and is the newest."""
        stack = Stack(playbook=playbook(DATED))
        stack.drop(crm("A-1,9,"), f"{FOLDER}/new.csv", at=NOON)
        stack.drop(crm("A-1,3,"), f"{FOLDER}/old.csv", at=EARLIER)
        assert stack.facts("A-1").values["NPS"] == 9
        stack.drop(crm("A-1,3,"), f"{FOLDER}/newest.csv", at=NOON + timedelta(days=1))
        assert stack.facts("A-1").values["NPS"] == 3

    def test_without_the_column_the_same_older_file_fills_gaps_only(self) -> None:
        """I4."""
        stack = Stack(playbook=playbook(replace(DATED, observed_at=None)))
        stack.drop(crm("A-1,9,2026-11-10"), f"{FOLDER}/new.csv", at=NOON)
        report = stack.drop(crm("A-1,3,2026-11-15"), f"{FOLDER}/old.csv", at=EARLIER)
        assert stack.facts("A-1").values["NPS"] == 9
        assert report["fill_only"] is True

    def test_what_a_newer_row_repeated_stands_against_an_older_one(self) -> None:
        """I4: the newer row changed no value, and was written all the same, once."""
        stack = Stack(playbook=playbook(DATED))
        stack.drop(crm("A-1,9,2026-11-01"), f"{FOLDER}/a.csv", at=EARLIER)
        writes = stack.writes
        again = stack.drop(crm("A-1,9,2026-11-09"), f"{FOLDER}/c.csv", at=NOON)
        assert (again["unchanged"], stack.writes) == (1, writes + 1)
        stack.drop(crm("A-1,9,2026-11-09"), f"{FOLDER}/d.csv", at=NOON + timedelta(hours=1))
        assert stack.writes == writes + 1, "I3: a row of the same time says nothing new"

        stack.drop(crm("A-1,3,2026-11-05"), f"{FOLDER}/b.csv", at=EARLIER)
        assert stack.facts("A-1").values["NPS"] == 9

    def test_a_file_without_such_a_column_is_judged_by_its_own_time(self) -> None:
        stack = Stack(playbook=playbook(DATED))
        stack.drop(crm("A-1,9,2026-11-01"), f"{FOLDER}/a.csv", at=NOON)
        stack.drop("Account ID,NPS\nA-1,3\n", at=EARLIER)
        assert stack.facts("A-1").values["NPS"] == 3

    def test_a_time_that_is_none_or_in_the_future_is_a_reject(self) -> None:
        stack = Stack(playbook=playbook(DATED))
        rows = [
            "A-1,9,2026-11-21T12:00:01Z",
            "A-2,9,yesterday",
            "A-3,9,2026-02-30",
            "A-4,9,2026-11-21T12:00:00Z",
        ]
        report = stack.drop(crm(*rows), f"{FOLDER}/a.csv")
        assert (report["created"], report["rejected"], adds_up(report)) == (1, 3, True)
        reasons = [row["Reason"] for row in stack.rejects(report)]
        assert reasons[0].startswith(
            '"2026-11-21T12:00:01Z" is in the future: the file is of 2026-11-21T13:00:00+01:00.'
        )
        assert reasons[1].startswith("expected a day such as 2026-01-12 or a time such as")
        assert reasons[2] == '"2026-02-30" is not a moment of the calendar'
        assert {row["Column"] for row in stack.rejects(report)} == {"updated"}

    def test_of_an_id_that_stands_twice_the_newest_row_counts_and_of_several_the_last(self) -> None:
        """I1, I4: a blank time is the file's, and one that cannot be read is none."""
        stack = Stack(playbook=playbook(DATED))
        rows = [
            "A-1,1,2026-11-10",
            "A-1,9,2026-11-20",
            "A-1,2,2026-11-20",
            "A-1,3,2026-11-15",
            "A-2,9,",
            "A-2,4,2026-11-20",
            "A-3,9,2026-11-01",
            "A-3,5,yesterday",
        ]
        report = stack.drop(crm(*rows), f"{FOLDER}/a.csv")
        assert [stack.facts(f"A-{n}").values["NPS"] for n in (1, 2, 3)] == [2, 9, 9]
        assert (report["created"], report["rejected"], adds_up(report)) == (3, 5, True)
        told = {row["Row"]: row["Reason"] for row in stack.rejects(report)}
        assert list(told) == ["2", "3", "5", "7", "9"]
        assert told["5"] == "the id 'A-1' stands again in row 4, and the newest row counts"
        again = stack.drop(crm(*rows), f"{FOLDER}/a.csv", at=NOON + timedelta(hours=1))
        assert (again["unchanged"], again["rejected"]) == (3, 5)

    def test_a_stage_begins_on_the_tenants_day_of_the_row(self) -> None:
        """1.14 row 22."""
        columns = {"Account ID": Source(column="id"), "Onboarding Stage": Source(column="stage")}
        stack = Stack(playbook=playbook(replace(DATED, columns=columns)))
        stack.drop("id,stage,updated\nA-1,Kickoff,2026-11-09T23:30:00Z\n", f"{FOLDER}/a.csv")
        assert stack.facts("A-1").since == {"Onboarding Stage": date(2026, 11, 10)}

    @given(
        st.lists(st.tuples(st.integers(1, 20), st.integers(0, 2)), min_size=1, unique_by=lambda row: row[0]),
        st.data(),
    )
    def test_in_whatever_order_files_come_the_newest_row_counts(
        self, rows: list[tuple[int, int]], data: st.DataObject
    ) -> None:
        """I4: also where the newest repeats what an older one told."""
        stack = Stack(playbook=playbook(DATED))
        for number, (day, nps) in enumerate(data.draw(st.permutations(rows))):
            at = NOON + timedelta(hours=data.draw(st.integers(0, 50)))
            stack.drop(crm(f"A-1,{nps},2026-11-{day:02}"), f"{FOLDER}/{number}.csv", at=at)
        assert stack.facts("A-1").values["NPS"] == max(rows)[1]
