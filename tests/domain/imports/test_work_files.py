"""Files about tasks and collections (interfaces, "CSV"; TSK-01 to TSK-03; reliability I1, I3, I4, S1)."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from keepwell.accounts import Facts, Provenance
from keepwell.attributes import Attribute, Kind
from keepwell.collections import ChildRecord
from keepwell.tasks import FollowUp, PostCompletion, Priority, Task, TaskStatus
from keepwell.tasks.agenda import When, when
from tests.domain.imports.importing import NOON, Stack, adds_up, playbook

TASKS, COLLECTIONS = "drops/tasks/file.csv", "drops/collections/file.csv"
GERMAN = "then: [{date: '%d.%m.%y'}]"
LATER, EARLIER = NOON + timedelta(hours=1), NOON - timedelta(hours=1)
LAST_WEEK = NOON - timedelta(days=7)


def known() -> Stack:
    seats = Attribute("Seats", Kind.NUMBER)
    ends = Attribute("Ends", Kind.DATE)
    book = playbook()
    stack = Stack(playbook=replace(book, record_catalogue=book.record_catalogue.extended([seats, ends])))
    stack.drop("Account ID,Account Name\nA-1,Harbor Labs\nA-2,Cedar Foods\n", at=LAST_WEEK)
    return stack


def task(stack: Stack, task_id: str, account_id: str = "A-1") -> Task:
    return stack.work.tasks_of(account_id, [task_id])[task_id]


def record(stack: Stack, record_id: str, account_id: str = "A-1") -> ChildRecord:
    return stack.collections.records_of(account_id, [record_id])[record_id]


def why(stack: Stack, report: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """The column and the reason of each rejected row."""
    return {row["Row"]: (row["Column"], row["Reason"]) for row in stack.rejects(report)}


class TestTasks:
    HEADER = "Account ID,Task ID,Title,Description,Assignee,Due Date,Priority,Flow,Effort,Status\n"

    def test_tasks_are_as_the_file_tells(self) -> None:
        """TSK-01 to TSK-03."""
        stack = known()
        rows = (
            "A-1,T-1,Send the offer,With the new prices,Ann@Example.com,2026-12-01,high,Renewal,1.5,open\n"
            "A-1,T-2,Call,,,,medium,,,Done\nA-2,T-1,Visit,,,,,,,\n"
        )
        report = stack.drop(self.HEADER + rows, TASKS)

        assert adds_up(report)
        assert (report["created"], report["rejected"], report["ignored_columns"]) == (3, 0, [])
        offer = task(stack, "T-1")
        assert (offer.title, offer.description) == ("Send the offer", "With the new prices")
        assert (offer.assignee, offer.due_date) == ("ann@example.com", date(2026, 12, 1))
        assert (offer.priority, offer.flow, offer.effort) == (Priority.HIGH, "Renewal", 1.5)
        assert (offer.status, offer.play, offer.reason) == (TaskStatus.OPEN, "", "")
        call = task(stack, "T-2")
        assert (call.priority, call.status) == (Priority.NORMAL, TaskStatus.COMPLETED)
        visit = task(stack, "T-1", "A-2")
        assert (visit.priority, visit.status, visit.effort) == (Priority.NORMAL, TaskStatus.OPEN, 0)
        assert (visit.due_date, visit.assignee) == (None, "")

    def test_each_fault_is_told_with_its_mend(self) -> None:
        stack = known()
        rows = (
            "A-9,T-1,Call,,,,,,,\nA-1,,Call,,,,,,,\nA-1,T-2,,,,,,,,\nA-1,T-3,Call,,Ann,,,,,\n"
            "A-1,T-4,Call,,,1.12.26,,,,\nA-1,T-5,Call,,,,hihg,,,\nA-1,T-6,Call,,,,,,-2,\n"
            "A-1,T-7,Call,,,,,,,opne\n"
        )
        report = stack.drop(self.HEADER + rows, TASKS)

        assert adds_up(report)
        assert report["rejected"] == 8
        assert why(stack, report) == {
            "2": ("Account ID", "there is no account 'A-9' yet; drop accounts first"),
            "3": ("Task ID", "the Task ID is blank; every row needs one"),
            "4": ("Title", "the Title is blank; every row needs one"),
            "5": ("Assignee", 'expected one e-mail address such as ann@example.com, found "Ann"'),
            "6": (
                "Due Date",
                f'expected a date such as 2026-01-12, found "1.12.26"; a mapping reads it by {GERMAN}',
            ),
            "7": ("Priority", '"hihg" is not one of High, Normal, Low; did you mean High?'),
            "8": ("Effort", 'expected hours, at least 0, found "-2"'),
            "9": ("Status", '"opne" is not one of Open, Completed, Cancelled; did you mean Open?'),
        }

    def test_a_file_may_tell_how_tasks_were_closed(self) -> None:
        stack = known()
        header = "Account ID,Task ID,Title,Status,Outcome,Closed At,Closed By,Created By\n"
        rows = (
            "A-1,T-1,Call,done,Sold,2026-11-20T09:30:00Z,Ann,Bo\nA-1,T-2,Call,canceled,,2026-11-19,,\n"
            "A-1,T-3,Call,Done,,19.11.26,,\nA-1,T-4,Call,Done,,2029-01-01,,\n"
        )
        report = stack.drop(header + rows, TASKS)

        assert (report["created"], report["ignored_columns"]) == (2, [])
        sold, cancelled = task(stack, "T-1"), task(stack, "T-2")
        assert (sold.outcome, sold.closed_by, sold.created_by) == ("Sold", "Ann", "Bo")
        assert sold.closed_at.startswith("2026-11-20T")
        assert (cancelled.status, cancelled.closed_at) == (TaskStatus.CANCELLED, "2026-11-19")
        assert [column for column, _ in why(stack, report).values()] == ["Closed At", "Closed At"]

    def test_a_file_may_let_a_task_sleep(self) -> None:
        """D6."""
        stack = known()
        stack.drop(
            "Account ID,Task ID,Title,Snoozed Until,Snooze Reason\nA-1,T-1,Call,2026-12-01,Holiday\n", TASKS
        )
        asleep = task(stack, "T-1")
        assert (asleep.snoozed_until, asleep.snooze_reason) == (date(2026, 12, 1), "Holiday")
        assert when(asleep, date(2026, 11, 30)) is When.SNOOZED
        assert when(asleep, date(2026, 12, 1)) is When.LATER

    def test_a_file_that_closes_a_task_does_nothing_else(self) -> None:
        """What closing asks for is for people: the file tells of what happened elsewhere."""
        stack = known()
        facts = Facts("A-1", {"Title": "Call"}, Provenance("play:risk", LAST_WEEK), LAST_WEEK, "t-1", "t-1")
        more = PostCompletion(set_attributes=(("Risk Status", "Resolved"),), follow_up=FollowUp("Again"))
        stack.work.put_task(Task("task_1", facts, play="risk", post_completion=more))
        stack.drop("Account ID,Task ID,Title,Status\nA-1,task_1,Call,Completed\n", TASKS)
        assert len(list(stack.work.tasks("A-1"))) == 1
        assert task(stack, "task_1").closing is None

    def test_the_same_tasks_again_change_nothing_and_an_older_file_fills_gaps(self) -> None:
        """I3, I4."""
        stack = known()
        stack.drop("Account ID,Task ID,Title\nA-1,T-1,Call\n", TASKS)
        before = task(stack, "T-1")
        again = stack.drop("Account ID,Task ID,Title\nA-1,T-1,Call\n", TASKS, at=LATER)
        assert (again["applied"], again["unchanged"]) == (0, 1)
        assert task(stack, "T-1") == before

        report = stack.drop("Account ID,Task ID,Title,Flow\nA-1,T-1,Visit,Risk\n", TASKS, at=EARLIER)
        assert (report["fill_only"], report["updated"]) == (True, 1)
        assert (task(stack, "T-1").title, task(stack, "T-1").flow) == ("Call", "Risk")

    def test_a_file_may_close_the_task_of_a_play_which_stays_that_of_the_play(self) -> None:
        stack = known()
        facts = Facts("A-1", {"Title": "Call"}, Provenance("play:risk", LAST_WEEK), LAST_WEEK, "t-1", "t-1")
        more = PostCompletion(require_touchpoint=True)
        stack.work.put_task(Task("task_1", facts, play="risk", reason="Health = Poor", post_completion=more))
        report = stack.drop("Account ID,Task ID,Title,Status\nA-1,task_1,Call,Completed\n", TASKS)

        assert report["updated"] == 1
        closed = task(stack, "task_1")
        assert (closed.status, closed.play, closed.reason) == (TaskStatus.COMPLETED, "risk", "Health = Poor")
        assert closed.post_completion == more

    def test_what_a_person_changed_after_the_file_stays(self) -> None:
        """S1: field by field, whoever told it last."""
        stack = known()
        stack.drop("Account ID,Task ID,Title,Status\nA-1,T-1,Call,Open\n", TASKS, at=EARLIER)
        before = task(stack, "T-1")
        done = replace(
            before.facts,
            values={**before.facts.values, "Status": "Completed"},
            exceptions={"Status": Provenance("person:ann@example.com", LATER)},
        )
        stack.work.change_task(replace(before, facts=done))
        report = stack.drop("Account ID,Task ID,Title,Status\nA-1,T-1,Call the boss,Open\n", TASKS)

        assert report["updated"] == 1
        after = task(stack, "T-1")
        assert (after.title, after.status) == ("Call the boss", TaskStatus.COMPLETED)


class TestCollections:
    def test_records_have_what_the_playbook_declares(self) -> None:
        stack = known()
        rows = "A-1,S-1,Subscriptions,20,2027-01-31,red\nA-1,S-2,,3,,\nA-2,S-1,Subscriptions,,,\n"
        header = "Account ID,Collection ID,Collection,Seats,Ends,Colour\n"
        report = stack.drop(header + rows, COLLECTIONS)

        assert adds_up(report)
        assert (report["created"], report["ignored_columns"]) == (3, ["Colour"])
        found = record(stack, "S-1")
        assert found.collection == "Subscriptions"
        assert found.facts.values == {
            "Collection": "Subscriptions",
            "Seats": 20,
            "Ends": date(2027, 1, 31),
        }
        assert [each.record_id for each in stack.collections.records("A-1")] == ["S-1", "S-2"]

    def test_each_fault_is_told(self) -> None:
        stack = known()
        rows = "A-9,S-1,1\nA-1,,1\nA-1,S-3,many\nA-1,S-4,1\nA-1,S-4,2\n"
        report = stack.drop(f"Account ID,Collection ID,Seats\n{rows}", COLLECTIONS)

        assert adds_up(report)
        assert (report["created"], report["rejected"]) == (1, 4)
        assert record(stack, "S-4").facts.values == {"Seats": 2}
        assert why(stack, report)["4"] == (
            "Seats",
            'expected a plain number such as 50000 or 12.5, found "many"',
        )

    def test_the_same_records_again_change_nothing_and_an_older_file_fills_gaps(self) -> None:
        """I3, I4."""
        stack = known()
        stack.drop("Account ID,Collection ID,Seats\nA-1,S-1,20\n", COLLECTIONS)
        before = record(stack, "S-1")
        again = stack.drop("Account ID,Collection ID,Seats\nA-1,S-1,20\n", COLLECTIONS, at=LATER)
        assert (again["unchanged"], record(stack, "S-1")) == (1, before)

        rows = "Account ID,Collection ID,Seats,Ends\nA-1,S-1,5,2027-01-31\n"
        older = stack.drop(rows, COLLECTIONS, at=EARLIER)
        assert (older["fill_only"], older["updated"]) == (True, 1)
        assert record(stack, "S-1").facts.values == {"Seats": 20, "Ends": date(2027, 1, 31)}
