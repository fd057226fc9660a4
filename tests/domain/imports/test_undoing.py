"""Undo: what a drop replaced goes back where nothing newer came, shard by shard (decision 20; S1, S5, R1)."""

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest

from keepwell.accounts import Change, Facts, Provenance, merge
from keepwell.attributes import Value
from keepwell.errors import Conflict, RejectedInput, TransientFailure
from keepwell.imports import undoing
from keepwell.imports.job import CHANGES, ImportJob, control_key, undo_report_file
from keepwell.imports.mapping import ImportMapping, Source
from keepwell.imports.objects import OBJECTS
from keepwell.imports.undoing import request_undo
from keepwell.in_memory import InMemoryAccounts, InMemoryQueue
from keepwell.recalculating import as_of, read_logs
from keepwell.usage import UsageSummary
from tests.adapters.test_accounts_contract import standing, trail
from tests.adapters.test_work_contract import RUN
from tests.domain.imports import importing
from tests.domain.imports.importing import NOON, Stack, with_fresh_nps
from tests.domain.imports.test_crashes import Fuse, Fused, Killed, every_place

LATER = NOON + timedelta(hours=1)
GOOD = "Account ID,Account Name,NPS,Renewal Date\nA-1,Harbor Labs,9,2027-01-12\nA-2,Cedar Foods,5,\n"
BAD = """Account ID,Account Name,NPS,Renewal Date
A-1,Habor,1,2027-12-01
A-2,Cedar Foods,2,2027-02-01
A-3,Iris,3,
"""
BAD_KEY = "drops/accounts/bad.csv"


SEGMENTS = 2


@dataclass
class Undoing(Stack):
    """The stack, with what a person asks for an undo, and the function that undoes."""

    def request(self, drop_id: str) -> None:
        request_undo(drop_id, control=self.control, files=self.files, now=self.clock.now())

    def undo_segment(
        self, drop_id: str, segment: int = 0, out_of_time: Callable[[], bool] = lambda: False
    ) -> dict[str, Any]:
        step = undoing.Undoing(drop_id, self.playbook, self.stores, self.files, self.control, self.clock)
        step.resume({"segment": segment, "of": SEGMENTS, "run": "run-1", "counts": {}})
        step.go_on(out_of_time)
        return step.progress()

    def undo(self, report: dict[str, Any]) -> dict[str, Any]:
        """Undo a drop whole; the report of it."""
        self.request(report["drop_id"])
        for segment in range(SEGMENTS):
            self.undo_segment(report["drop_id"], segment)
        return self.undone(report["drop_id"])

    def undone(self, drop_id: str) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.files.read(undo_report_file(drop_id)))
        parts = [document[name] for name in ("restored", "removed", "kept", "unchanged")]
        assert document["records"] == sum(parts), "each record ends in one way"
        return document


def counts(undone: dict[str, Any]) -> dict[str, int]:
    """Those that are not nought."""
    names = ("restored", "removed", "kept", "unchanged", "values_restored", "values_kept")
    return {name: undone[name] for name in names if undone[name]}


def but_for_the_cause(facts: Facts) -> Facts:
    return replace(facts, changed_by="", revision=0)


def spoilt() -> tuple[Undoing, dict[str, Any], dict[str, Facts]]:
    """A stack with a good file and a bad one after it: the report of the bad one, and the facts of before."""
    stack = Undoing()
    stack.drop(GOOD, "drops/accounts/good.csv")
    before = {account_id: stack.facts(account_id) for account_id in ("A-1", "A-2")}
    return stack, stack.drop(BAD, BAD_KEY, at=LATER), before


class TestAccounts:
    def test_they_are_as_before_and_what_the_drop_created_is_gone(self) -> None:
        stack, bad, before = spoilt()
        undone = stack.undo(bad)
        for account_id, facts in before.items():
            assert but_for_the_cause(stack.facts(account_id)) == but_for_the_cause(facts)
            assert stack.facts(account_id).changed_by == f"undo-{bad['drop_id']}"
        assert stack.accounts.get("A-3") is None
        assert counts(undone) == {"restored": 2, "removed": 1, "values_restored": 5}
        assert (undone["status"], undone["object"], undone["file"]) == ("done", "accounts", "bad.csv")
        assert undone["stays"] == undone["problems"] == []

    def test_a_value_that_somebody_told_since_stays_and_is_told(self) -> None:
        """I4, S1."""
        stack, bad, _ = spoilt()
        stack.drop(
            "Account ID,NPS\nA-1,7\nA-2,2\nA-3,3\n", "drops/accounts/newer.csv", at=LATER + timedelta(1)
        )
        stack.drop("Account ID,CSAT\nA-3,4\n", "drops/accounts/another.csv", at=LATER + timedelta(2))
        undone = stack.undo(bad)
        assert stack.facts("A-1").values == {
            "Account Name": "Harbor Labs",
            "NPS": 7,
            "Renewal Date": date(2027, 1, 12),
        }
        assert stack.facts("A-2").values == {"Account Name": "Cedar Foods", "NPS": 5}
        assert stack.facts("A-3").values == {"CSAT": 4}, "somebody else knows it: it stays"
        assert counts(undone) == {"restored": 3, "values_restored": 6, "values_kept": 1}
        assert undone["stays"] == [
            {
                "ids": ["A-1"],
                "attribute": "NPS",
                "told_by": "csv:accounts",
                "told_at": "2026-11-22T13:00:00.000000+00:00",
            }
        ]
        assert undone["newer_file"] is True

    def test_an_account_that_something_hangs_on_stays_and_has_nothing_told(self) -> None:
        """S5: nothing is left behind without its account."""
        things: dict[str, Callable[[Undoing], object]] = {
            "run": lambda stack: stack.work.put_run(replace(RUN, account_id="A-3")),
            "person": lambda stack: stack.drop("Account ID,User ID\nA-3,ann\n", "drops/users/u.csv"),
            "contact": lambda stack: stack.drop(
                "Account ID,Touchpoint ID,Date,Type\nA-3,T-1,2026-11-20,Internal Note\n",
                "drops/touchpoints/t.csv",
            ),
            "task": lambda stack: stack.drop("Account ID,Task ID,Title\nA-3,T-1,Call\n", "drops/tasks/t.csv"),
            "use": lambda stack: stack.accounts.put_usage(
                UsageSummary("A-3", NOON.date(), NOON.date(), NOON)
            ),
        }
        for name, hang in things.items():
            stack, bad, _ = spoilt()
            hang(stack)
            undone = stack.undo(bad)
            assert stack.facts("A-3").values == {}, name
            assert counts(undone) == {"restored": 3, "values_restored": 7}, name

    def test_what_was_concluded_of_a_removed_account_goes_with_it(self) -> None:
        stack, bad, _ = spoilt()
        stack.accounts.put_standing(standing("A-3"))
        stack.accounts.put_trail(trail("A-3"))
        undone = stack.undo(bad)
        again = stack.drop("Account ID,NPS\nA-3,8\n", "drops/accounts/again.csv", at=LATER + timedelta(1))
        assert (undone["removed"], again["created"]) == (1, 1)
        account = stack.accounts.get("A-3")
        assert account is not None
        assert (account.standing, account.trail) == (None, None)

    def test_what_a_drop_only_confirmed_is_as_unsure_as_before(self) -> None:
        """The age of a value counts for health."""
        stack = Undoing(playbook=with_fresh_nps(days=10))
        stack.drop(GOOD, "drops/accounts/good.csv")
        again = stack.drop(GOOD, "drops/accounts/again.csv", at=NOON + timedelta(days=8))
        assert stack.facts("A-1").last_told("NPS") == NOON + timedelta(days=8)
        undone = stack.undo(again)
        assert stack.facts("A-1").last_told("NPS") == NOON
        assert counts(undone) == {"unchanged": 2}

    def test_days_of_the_past_are_judged_as_if_the_drop_had_never_been(self) -> None:
        stack, bad, before = spoilt()
        stack.undo(bad)
        account = stack.accounts.get("A-1")
        assert account is not None
        logs = read_logs(stack.files, NOON.date())["A-1"]
        then = as_of(account, logs, LATER + timedelta(days=3), stack.playbook.catalogue)
        assert then is not None
        assert then.facts.values == before["A-1"].values


class TestTheNextFile:
    def test_what_the_bad_file_said_is_taken_again_from_the_next_one(self) -> None:
        """The feed's row hashes are forgotten: rows are compared in full."""
        stack, bad, _ = spoilt()
        stack.undo(bad)
        mended = BAD.replace("Habor", "Harbor Labs")
        report = stack.drop(mended, "drops/accounts/mended.csv", at=LATER + timedelta(days=1))
        assert (report["created"], report["updated"]) == (1, 2)
        assert stack.facts("A-1").values["NPS"] == 1

    def test_it_may_be_undone_as_well_and_leads_back_to_the_first(self) -> None:
        stack, bad, before = spoilt()
        worse = stack.drop(
            BAD.replace("A-1,Habor,1", "A-1,Worse,0"), "drops/accounts/worse.csv", at=LATER + timedelta(1)
        )
        stack.undo(worse)
        assert stack.facts("A-1").values["Account Name"] == "Habor"
        stack.undo(bad)
        assert stack.facts("A-1").values == before["A-1"].values


class TestOtherObjects:
    def test_a_user_that_changed_and_one_that_is_new(self) -> None:
        stack, _, _ = spoilt()
        stack.drop("Account ID,User ID,First Name\nA-1,ann,Ann\n", "drops/users/good.csv")
        bad = stack.drop(
            "Account ID,User ID,First Name\nA-1,ann,Anna\nA-1,bo,Bo\n", "drops/users/b.csv", at=LATER
        )
        undone = stack.undo(bad)
        assert [(each.user_id, each.facts.values) for each in stack.people.people("A-1")] == [
            ("ann", {"First Name": "Ann"})
        ]
        assert counts(undone) == {"restored": 1, "removed": 1, "values_restored": 1}

    def test_a_contact_that_never_was_takes_back_the_accounts_last_touch(self) -> None:
        stack, _, _ = spoilt()
        header = "Account ID,Touchpoint ID,Date,Type\n"
        stack.drop(f"{header}A-1,T-1,2026-11-01,Call\n", "drops/touchpoints/good.csv")
        bad = stack.drop(
            f"{header}A-1,T-2,2026-11-20,QBR\nA-2,T-3,2026-11-19,Call\n", "drops/touchpoints/b.csv", at=LATER
        )
        assert stack.facts("A-1").values["Last Touch"] == date(2026, 11, 20)
        undone = stack.undo(bad)
        assert stack.facts("A-1").values["Last Touch"] == date(2026, 11, 1)
        assert {"Last Touch", "Last QBR"}.isdisjoint(stack.facts("A-2").values)
        assert "Last QBR" not in stack.facts("A-1").values
        assert [each.touchpoint_id for each in stack.touchpoints.touchpoints("A-1")] == ["T-1"]
        assert counts(undone) == {"restored": 2, "removed": 2, "values_restored": 3}

    def test_tasks_records_members_and_roles(self) -> None:
        stack, _, _ = spoilt()
        team = "Email,Name\nann@example.com,Ann\nbo@example.com,Bo\n"
        stack.drop(team, "drops/team/good.csv")
        drops = {
            "tasks": (
                "Account ID,Task ID,Title\nA-1,T-1,Call\n",
                "Account ID,Task ID,Title\nA-1,T-1,Cal\nA-1,T-2,x\n",
            ),
            "collections": (
                "Account ID,Collection ID,Collection\nA-1,S-1,Seats\n",
                "Account ID,Collection ID,Collection\nA-1,S-1,Seat\nA-1,S-2,x\n",
            ),
            "assignments": (
                "Account ID,Role,Email\nA-1,Success Manager,ann@example.com\n",
                "Account ID,Role,Email\nA-1,Success Manager,bo@example.com\n",
            ),
            "team": (team, "Email,Name\nann@example.com,An\ncy@example.com,Cy\n"),
        }
        for name, (good, bad) in drops.items():
            stack.drop(good, f"drops/{name}/good.csv")
            told = self.told(stack)
            report = stack.drop(bad, f"drops/{name}/bad.csv", at=LATER)
            assert (report["rejected"], self.told(stack) == told) == (0, False), name
            stack.undo(report)
            assert self.told(stack) == told, name

    @staticmethod
    def told(stack: Undoing) -> list[Any]:
        things: list[Any] = [
            *stack.work.tasks("A-1"),
            *stack.collections.records("A-1"),
            *stack.team.members(),
        ]
        return [*(but_for_the_cause(each.facts) for each in things), but_for_the_cause(stack.facts("A-1"))]

    def test_all_but_usage_can_be_undone(self) -> None:
        assert [name for name, about in OBJECTS.items() if about.shelf is None] == ["usage"]


class TestWhatCannotBeUndone:
    def test_use_which_is_added_up(self) -> None:
        stack = Undoing()
        report = stack.drop(
            "Account ID,User ID,Module,Action,Time\nA-1,ann,Reports,View,2026-11-20\n", "drops/usage/u.csv"
        )
        with pytest.raises(RejectedInput, match="file of usage, which cannot be undone"):
            stack.request(report["drop_id"])

    def test_what_was_never_imported(self) -> None:
        stack = Undoing()
        failed = stack.drop("", "drops/accounts/empty.csv")
        with pytest.raises(RejectedInput, match="could not be read, so it changed nothing"):
            stack.request(failed["drop_id"])
        with pytest.raises(RejectedInput, match="there is no import 'x'; keepwell imports lists them"):
            stack.request("x")

    def test_what_is_still_at_work(self) -> None:
        stack = Undoing()
        drop_id = stack.plan(stack.put("drops/accounts/a.csv", GOOD.encode()))
        with pytest.raises(RejectedInput, match="still at work"):
            stack.request(drop_id)

    def test_what_is_too_long_ago(self) -> None:
        stack, bad, _ = spoilt()
        stack.clock.advance(timedelta(days=181))
        with pytest.raises(RejectedInput, match="what an import replaced is kept for 180 days"):
            stack.request(bad["drop_id"])


class TestRepetition:
    def test_undoing_twice_changes_nothing(self) -> None:
        """R1: nor does a run that comes again later."""
        stack, bad, _ = spoilt()
        undone = stack.undo(bad)
        stack.clock.advance(timedelta(days=1))
        stack.drop("Account ID,NPS\nA-1,1\nA-3,3\n", "drops/accounts/later.csv", at=LATER + timedelta(days=1))
        writes = stack.writes
        assert stack.undo(bad) == undone
        assert stack.undo_segment(bad["drop_id"]) == {"cursor": None, "counts": {}}
        assert stack.writes == writes

    def test_nothing_is_undone_that_nobody_asked_for(self) -> None:
        stack, bad, _ = spoilt()
        with pytest.raises(RejectedInput, match="nobody asked to undo"):
            stack.undo_segment(bad["drop_id"])

    def test_with_little_time_left_it_goes_on_later(self) -> None:
        """R4."""
        stack, bad, before = spoilt()
        stack.request(bad["drop_id"])
        assert stack.undo_segment(bad["drop_id"], out_of_time=lambda: True) == {"cursor": None, "counts": {}}
        times = [False, True]
        with pytest.raises(TransientFailure, match="little time"):
            stack.undo_segment(bad["drop_id"], out_of_time=lambda: times.pop(0))
        told = stack.undo_segment(bad["drop_id"])
        assert told == {"cursor": None, "counts": {"restored": 2, "removed": 1, "kept": 0, "unchanged": 0}}
        assert stack.facts("A-1").values == before["A-1"].values

    def test_many_shards_are_undone_side_by_side(self) -> None:
        stack = Undoing()
        rows = "".join(f"A-{number},1\n" for number in range(5_000))
        bad = stack.drop(f"Account ID,NPS\n{rows}", BAD_KEY)
        job = ImportJob.from_row(stack.control.get(control_key(bad["drop_id"])) or {})
        assert job.shards > SEGMENTS
        stack.request(bad["drop_id"])
        removed = [stack.undo_segment(bad["drop_id"], segment)["counts"]["removed"] for segment in (0, 1)]
        assert (sum(removed), min(removed) > 0) == (5_000, True)
        assert stack.undone(bad["drop_id"])["removed"] == 5_000

    def test_what_somebody_writes_at_the_same_moment_stays(self) -> None:
        """S1: it is read again and decided again."""
        stack, bad, _ = spoilt()
        assert isinstance(stack.accounts, InMemoryAccounts)
        busy: Any = Busy(stack.accounts)
        stack.accounts = busy
        undone = stack.undo(bad)
        assert busy.written
        assert stack.facts("A-1").values["NPS"] == 4
        assert stack.facts("A-1").values["Account Name"] == "Harbor Labs"
        assert stack.facts("A-3").values == {"NPS": 4}
        assert counts(undone)["values_kept"] == 3

    def test_an_account_that_cannot_be_read_hides_no_other(self) -> None:
        """R2."""
        stack, bad, before = spoilt()
        unreadable: Any = Unreadable(stack.accounts)
        stack.accounts = unreadable
        undone = stack.undo(bad)
        assert stack.facts("A-2").values == before["A-2"].values
        assert counts(undone) == {"restored": 1, "removed": 1, "kept": 1, "values_restored": 2}
        assert undone["problems"] == ["the facts of account 'A-1' cannot be read"]


class Delegating:
    def __init__(self, port: Any):
        self.port = port

    def __getattr__(self, name: str) -> Any:
        return getattr(self.port, name)


class Busy(Delegating):
    """Somebody else tells the NPS of every account between its reading and its writing, once."""

    written = False

    def facts_of(self, account_ids: Sequence[str]) -> dict[str, Facts]:
        found: dict[str, Facts] = self.port.facts_of(account_ids)
        if not self.written:
            self.written = True
            for facts in found.values():
                at = LATER + timedelta(minutes=1)
                change = Change(facts.account_id, {"NPS": 4}, "hubspot", at, at.date(), "webhook")
                after = merge(facts, change, Undoing().playbook.catalogue)
                assert after
                self.port.put_facts(after)
        return found


class Unreadable(Delegating):
    def facts_of(self, account_ids: Sequence[str]) -> dict[str, Facts]:
        if "A-1" in account_ids:
            raise RejectedInput("the facts of account 'A-1' cannot be read")
        found: dict[str, Facts] = self.port.facts_of(account_ids)
        return found


@dataclass
class World:
    """A stack whose fuse lies in every port, with a bad file to undo and some of it touched since."""

    fuse: Fuse
    stack: Undoing
    calm: Undoing
    drop_id: str

    @classmethod
    def prepared(cls, place: int | None = None, *, after: bool = False) -> "World":
        calm, bad, _ = spoilt()
        calm.drop("Account ID,CSAT,NPS\nA-2,4,9\n", "drops/accounts/newer.csv", at=LATER + timedelta(days=1))
        fuse = Fuse(place, after)
        ports = (
            "accounts",
            "people",
            "touchpoints",
            "work",
            "team",
            "collections",
            "files",
            "control",
        )
        fused: dict[str, Any] = {name: Fused(getattr(calm, name), fuse) for name in ports}
        return cls(fuse, replace(calm, **fused), calm, bad["drop_id"])

    def deliver(self) -> None:
        """The request, and each segment, come again until a run ends well."""
        self.again(lambda: self.stack.request(self.drop_id))
        for segment in range(SEGMENTS):
            self.again(lambda segment=segment: self.stack.undo_segment(self.drop_id, segment))  # type: ignore[misc]

    @staticmethod
    def again(run: Callable[[], object]) -> None:
        with suppress(Killed):
            run()
            return
        run()

    def outcome(self) -> tuple[Any, ...]:
        calm = self.calm
        assert isinstance(calm.accounts, InMemoryAccounts)
        return (
            calm.undone(self.drop_id),
            [but_for_the_cause(calm.facts(name)) for name in ("A-1", "A-2")],
            calm.accounts.get("A-3"),
            calm.accounts.writes,
            [key for key in calm.files.keys("history/") if key.endswith(".undo")],
        )


@pytest.mark.parametrize(("place", "after"), list(every_place(World.prepared())))
def test_the_end_is_the_same_wherever_it_dies(place: int, after: bool) -> None:
    """R1, S1: before and after every call of a port, then delivered again."""
    calm = World.prepared()
    calm.deliver()
    expected = calm.outcome()
    assert counts(expected[0]) == {"restored": 2, "removed": 1, "values_restored": 4, "values_kept": 1}

    broken = World.prepared(place, after=after)
    broken.deliver()
    assert broken.outcome() == expected


def test_a_drop_that_a_log_of_before_tells_of_is_undone_as_well() -> None:
    """R5: lines that say nothing of what was beside the values."""
    stack, bad, before = spoilt()
    [key] = [key for key in stack.files.keys(CHANGES) if bad["drop_id"] in key]
    lines = [json.loads(line) for line in stack.files.read(key).splitlines()]
    old = [{name: told for name, told in line.items() if name != "before"} for line in lines]
    stack.files.write(key, "".join(f"{json.dumps(line)}\n" for line in old).encode(), "application/x-ndjson")
    undone = stack.undo(bad)
    assert stack.facts("A-1").values == before["A-1"].values
    assert stack.facts("A-1").exceptions["NPS"].source == f"undo:{bad['drop_id']}"
    assert counts(undone) == {"restored": 2, "removed": 1, "values_restored": 5}


CRM = ImportMapping("crm", "accounts", {"Account ID": Source("Id"), "NPS": Source("NPS")})
CRM_KEY = "drops/accounts/mapping=crm/crm.csv"
CRM_FILE = "Id,NPS\nA-1,1\nA-3,3\n"


def test_what_another_feed_repeated_comes_back_with_its_next_file() -> None:
    """Its rows said nothing new, so nothing of them was written down; now they say what is not there."""
    stack = Undoing(importing.playbook(CRM))
    bad = stack.drop(BAD, BAD_KEY)
    stack.drop(CRM_FILE, CRM_KEY, at=LATER)
    stack.undo(bad)
    assert stack.accounts.get("A-3") is None
    report = stack.drop(CRM_FILE, CRM_KEY, at=LATER + timedelta(1))
    assert (report["created"], report["unchanged"]) == (2, 0)
    assert stack.facts("A-3").values == {"NPS": 3}


def test_what_was_imported_while_an_undo_was_under_way_is_looked_at_once_more() -> None:
    stack = Undoing(importing.playbook(CRM))
    bad = stack.drop(BAD, BAD_KEY)
    stack.request(bad["drop_id"])
    stack.drop(CRM_FILE, CRM_KEY, at=LATER)
    for segment in range(SEGMENTS):
        stack.undo_segment(bad["drop_id"], segment)
    assert stack.accounts.get("A-3") is None
    stack.drop(CRM_FILE, CRM_KEY, at=LATER + timedelta(1))
    assert stack.facts("A-3").values == {"NPS": 3}


def test_what_somebody_else_wrote_meanwhile_goes_back_even_if_the_import_died_after_its_own_write() -> None:
    """S1, R1: the log tells of the value that was replaced, not of the one that was read first."""
    accounts = _OvertakenOnce()
    stack = Undoing(accounts=accounts)
    drop_id = stack.plan(stack.put(BAD_KEY, b"Account ID,NPS\nA-1,1\n", at=LATER))
    assert isinstance(stack.queue, InMemoryQueue)
    [message] = stack.queue.messages
    with suppress(Killed):
        stack.run(message)
    stack.run(message)
    assert stack.facts("A-1").values == {"NPS": 1, "Account Name": "Harbor Labs"}
    stack.undo(stack.report(drop_id))
    assert stack.facts("A-1").values == {"NPS": 9, "Account Name": "Harbor Labs"}


class _OvertakenOnce(InMemoryAccounts):
    """Somebody creates A-1 before the first write, and the second write is the last thing that is done."""

    def __init__(self) -> None:
        super().__init__()
        self._writes = 0

    def put_many(self, facts: Sequence[Facts]) -> list[Facts | Conflict | RejectedInput]:
        self._writes += 1
        if self._writes == 1:
            told = Provenance("hubspot", NOON)
            values: dict[str, Value] = {"NPS": 9, "Account Name": "Harbor Labs"}
            self.put_facts(Facts("A-1", values, told, NOON, "hubspot-1", "hubspot-1"))
        stored = super().put_many(facts)
        if self._writes == 2:
            raise Killed
        return stored
