"""Files that others put somewhere become drops, each once, when it is due (INT-06)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.errors import ConfigurationError, RejectedInput, TransientFailure
from keepwell.imports.drops import drop_id, parse_drop_key, pulled_key, written_at
from keepwell.imports.failing import Operator
from keepwell.imports.listing import past_imports
from keepwell.imports.mapping import ImportMapping, Pull, Source
from keepwell.imports.pulling import Came, Puller, PullRun, check_allowed, due_at, last_run
from keepwell.in_memory import (
    InMemoryControl,
    InMemoryDeliveries,
    InMemoryFiles,
    InMemoryLocations,
    InMemoryQueue,
)
from keepwell.playbook import Playbook
from keepwell.ports import StoredObject
from tests.domain.imports.importing import NOON, Stack, playbook

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EXPORT = b"Account ID,NPS\nA-1,9\n"


def mapping(name: str = "sfdc", *, prefix: str = "sfdc/", every: str = "hourly") -> ImportMapping:
    return ImportMapping(
        name, "accounts", {"Account ID": Source("Account ID")}, pull=Pull("exports", prefix, every)
    )


class Office:
    """A stack that pulls, and the bucket it pulls from."""

    def __init__(self, *mappings: ImportMapping, allowed: tuple[str, ...] = ("exports",)):
        self.files, self.deliveries = InMemoryFiles(), InMemoryDeliveries()
        self.locations = InMemoryLocations(self.files)
        self.playbook: Playbook = replace(playbook(*(mappings or (mapping(),))), owner="ops@example.com")
        self.puller = Puller(
            "files",
            allowed,
            self.locations,
            self.files,
            InMemoryControl(),
            Operator(self.deliveries, InMemoryQueue()),
        )

    def put(self, key: str, content: bytes = EXPORT, at: datetime = NOON - HOUR) -> None:
        self.locations.put("exports", key, content, at)

    def run(self, now: datetime = NOON) -> PullRun:
        """Run the one pull there is, which must be due."""
        [run] = self.puller.run(self.playbook, now).values()
        return run

    def dropped(self) -> list[str]:
        """What was dropped, in the order of the files' times: the contents."""
        keys = sorted(self.files.keys("drops/"), key=lambda key: str(parse_drop_key(key).written_at))
        return [self.files.read(key).decode() for key in keys]


def test_a_file_becomes_a_drop_of_its_mapping_as_of_when_it_was_written() -> None:
    office = Office()
    office.put("sfdc/2026/accounts.csv")
    [came] = office.run().came

    [key] = office.files.keys("drops/")
    parsed = parse_drop_key(key)
    assert (parsed.object, parsed.mapping, parsed.file) == ("accounts", "sfdc", "2026/accounts.csv")
    assert written_at(key, NOON) == NOON - HOUR
    assert (came.file, came.drop_id) == ("2026/accounts.csv", drop_id("files", key, "1"))


def test_what_was_taken_is_not_taken_again() -> None:
    office = Office()
    office.put("sfdc/a.csv")
    office.put("sfdc/b.csv", b"Account ID,NPS\nA-2,7\n", NOON - 2 * HOUR)
    assert office.run().took == 2
    assert office.run(NOON + HOUR).took == 0
    office.put("sfdc/c.csv", b"Account ID,NPS\nA-3,7\n", NOON)
    assert [came.file for came in office.run(NOON + 2 * HOUR).came] == ["c.csv"]


@pytest.mark.parametrize("key", ["sfdc/a.csv", "sfdc/copy of a.csv"])
def test_the_same_file_again_is_one_import(key: str) -> None:
    """Written again under its name, or under another one."""
    office = Office()
    office.put("sfdc/a.csv")
    office.run()
    office.put(key, at=NOON)
    assert office.run(NOON + HOUR).took == 0


def test_two_runs_side_by_side_make_one_import() -> None:
    """I3: each saw that the file was not taken yet, and both copied it."""

    class Overlapping(InMemoryLocations):
        other: Puller | None = None
        theirs: tuple[Came, ...] = ()

        def copy(self, bucket: str, found: StoredObject, key: str) -> str:
            other, self.other = self.other, None
            if other:
                self.theirs = other.run(office.playbook, NOON)["sfdc"].came
            return super().copy(bucket, found, key)

    office = Office()
    locations = Overlapping(office.files)
    locations.put("exports", "sfdc/a.csv", EXPORT, NOON - HOUR)
    puller = replace(office.puller, locations=locations)
    locations.other = puller
    mine = puller.run(office.playbook, NOON)["sfdc"].came
    assert len(mine) == 1
    assert mine == locations.theirs
    [key] = office.files.keys("drops/")
    assert mine[0].drop_id == drop_id("files", key, "1") == drop_id("files", key, "2")


def test_both_versions_of_a_pulled_file_are_one_import() -> None:
    """I3: however their events and messages come."""
    stack = Stack(playbook=playbook(mapping()))
    key = pulled_key("accounts", "sfdc", "a.csv", NOON - HOUR, "content")
    first, second = stack.put(key, EXPORT), stack.put(key, EXPORT)
    assert first.version != second.version
    assert stack.plan(first) == stack.plan(second)
    stack.run_queue()
    assert stack.plan(second) == first.id
    stack.run_queue()
    report = stack.report(first.id)
    assert (report["created"], report["unchanged"], report["earlier_drop"], stack.writes) == (1, 0, None, 1)
    [past] = past_imports(stack.files, stack.control, NOON.date() - DAY, UTC)
    assert (past.drop_id, past.status) == (first.id, "done")


def test_what_says_again_what_was_said_before_something_else_is_taken() -> None:
    """Else the value told in between would stay for ever."""
    office = Office()
    for hour, content in enumerate([b"one", b"two", b"one"]):
        office.put("sfdc/a.csv", content, NOON + hour * HOUR)
        assert office.run(NOON + hour * HOUR + HOUR / 2).took == 1
    assert office.dropped() == ["one", "two", "one"]


def test_a_location_full_of_old_files_is_taken_the_oldest_first_and_each_at_its_time() -> None:
    """I4: whichever is imported last, the newest file wins."""
    office = Office()
    for number in range(30):
        office.put(f"sfdc/{30 - number:02}.csv", f"{number}".encode(), NOON - DAY + number * HOUR / 2)
    run = office.run()
    assert (run.took, len(run.came)) == (30, 20)
    assert office.dropped() == [str(number) for number in range(30)]


def test_folders_and_other_files_are_left_and_counted() -> None:
    office = Office()
    for key in ("sfdc/", "sfdc/_SUCCESS", "sfdc/notes.log", "sfdc/a.CSV", "sfdc/b.xlsx", "sfdc2/c.csv"):
        office.put(key, key.encode())
    run = office.run()
    assert (sorted(came.file for came in run.came), run.left) == (["a.CSV", "b.xlsx"], 2)


def test_a_prefix_need_not_end_with_a_folder() -> None:
    office = Office(mapping(prefix="daily/acc"))
    office.put("daily/accounts.csv")
    office.put("daily/users.csv")
    assert [came.file for came in office.run().came] == ["accounts.csv"]


def test_it_runs_at_once_and_then_by_its_schedule_in_the_tenants_time_zone() -> None:
    """Daily is at two in Berlin, one in UTC."""
    office = Office(mapping(every="daily"))
    office.put("sfdc/a.csv")
    assert office.puller.run(office.playbook, NOON)
    at = datetime(2026, 11, 22, 1, tzinfo=UTC)
    assert office.puller.run(office.playbook, at - timedelta(minutes=1)) == {}
    assert office.puller.run(office.playbook, at)
    assert office.puller.run(office.playbook, at + timedelta(minutes=15)) == {}


def test_when_it_is_due_next_is_told() -> None:
    pull, book = Pull("exports", every="hourly"), playbook()
    assert due_at(pull, None, NOON, book) == NOON
    assert due_at(pull, PullRun(NOON, NOON), NOON, book) == NOON + HOUR
    assert due_at(pull, PullRun(NOON, NOON), NOON + 3 * HOUR, book) == NOON + 3 * HOUR
    assert due_at(Pull("exports", every="cron(0 6 * * ? 2025)"), PullRun(NOON, NOON), NOON, book) is None


def test_by_hand_it_runs_whether_due_or_not() -> None:
    office = Office()
    office.put("sfdc/a.csv")
    office.run()
    office.put("sfdc/b.csv", b"new", NOON)
    assert office.puller.run(office.playbook, NOON, "sfdc")["sfdc"].took == 1
    with pytest.raises(RejectedInput, match=r"no pull 'hubspot'; .* are: sfdc"):
        office.puller.run(office.playbook, NOON, "hubspot")


@pytest.mark.parametrize(
    ("allowed", "prefix", "may"),
    [
        ((), "sfdc/", False),
        (("exports",), "", True),
        (("exports",), "sfdc/", True),
        (("exports/sfdc/",), "sfdc/2026/", True),
        (("exports/sfdc/",), "", False),
        (("exports/sfdc/",), "hr/", False),
        (("export",), "sfdc/", False),
        (("other", "exports"), "sfdc/", True),
    ],
)
def test_only_what_the_deployment_allows_is_read(allowed: tuple[str, ...], prefix: str, may: bool) -> None:
    if may:
        check_allowed(Pull("exports", prefix), allowed)
    else:
        with pytest.raises(ConfigurationError, match=r"-c pull_from=exports"):
            check_allowed(Pull("exports", prefix), allowed)


def test_a_pull_that_fails_is_told_once_a_day_and_keeps_no_other_back() -> None:
    """INT-06."""
    office = Office(mapping(), mapping("hr", prefix="hr/"), allowed=("exports/hr/",))
    office.put("hr/a.csv")
    runs = office.puller.run(office.playbook, NOON)
    assert (runs["sfdc"].took, runs["hr"].took) == (0, 1)
    assert "may not pull from s3://exports/sfdc/" in runs["sfdc"].problem

    for hour in range(1, 35):
        office.puller.run(office.playbook, NOON + hour * HOUR)
    mails = office.deliveries.all()
    assert [(mail.to, mail.subject) for mail in mails] == [("ops@example.com", "Pull failed: sfdc")] * 2
    assert all("keepwell pull sfdc" in mail.body and "-c pull_from" in mail.body for mail in mails)


def test_once_mended_it_works_and_the_problem_is_gone() -> None:
    office = Office(allowed=())
    office.put("sfdc/a.csv")
    assert office.run().problem
    office.puller = replace(office.puller, allowed=("exports",))
    run = office.run(NOON + HOUR)
    assert (run.took, run.problem) == (1, "")


class Unsteady(InMemoryLocations):
    """The copy of some object fails, once."""

    fails = "sfdc/b.csv"

    def copy(self, bucket: str, found: StoredObject, key: str) -> str:
        if found.key == self.fails:
            self.fails = ""
            raise TransientFailure("slow down")
        return super().copy(bucket, found, key)


def test_what_failed_for_a_moment_is_tried_with_the_next_wake_and_nothing_comes_twice() -> None:
    office = Office()
    office.locations = Unsteady(office.files)
    office.puller = replace(office.puller, locations=office.locations)
    for number, name in enumerate("abc"):
        office.put(f"sfdc/{name}.csv", name.encode(), NOON - DAY + number * HOUR)
    first = office.run()
    assert ([came.file for came in first.came], first.problem) == (["a.csv"], "slow down")
    second = office.run(NOON + timedelta(minutes=15))
    assert ([came.file for came in second.came], second.problem) == (["b.csv", "c.csv"], "")
    assert office.dropped() == ["a", "b", "c"]


def test_with_little_time_left_the_next_wake_goes_on() -> None:
    """R4."""
    office = Office()
    for number in range(5):
        office.put(f"sfdc/{number}.csv", f"{number}".encode(), NOON - DAY + number * HOUR)
    answers = iter([False, False, True])
    [run] = office.puller.run(office.playbook, NOON, None, lambda: next(answers)).values()
    assert (run.took, run.problem) == (2, "")
    assert office.run(NOON + timedelta(minutes=15)).took == 3
    assert office.deliveries.all() == []


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xyz"), st.booleans()), max_size=12),
)
def test_however_files_come_and_runs_fall_the_last_content_is_the_last_dropped(
    story: list[tuple[str, str, bool]],
) -> None:
    """And two that follow each other are never the same."""
    office = Office()
    office.put("sfdc/start.csv", b"start", NOON - HOUR)
    for minute, (name, content, run) in enumerate(story):
        at = NOON + timedelta(minutes=minute)
        office.put(f"sfdc/{name}.csv", content.encode(), at)
        if run:
            office.puller.run(office.playbook, at, "sfdc")
    office.puller.run(office.playbook, NOON + HOUR, "sfdc")
    dropped = office.dropped()
    assert dropped[-1] == (story[-1][1] if story else "start")
    assert all(one != other for one, other in pairwise(dropped))


def test_the_row_of_a_run_comes_back() -> None:
    office = Office()
    office.put("sfdc/a.csv")
    run = office.run()
    assert last_run("sfdc", office.puller.control) == run
    assert PullRun.from_row(PullRun(NOON, None).to_row()) == PullRun(NOON, None)
