"""Complete feeds: what is missing in a file that is all there is, is told and flagged with care (INT-06)."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest

from keepwell.accounts import Change, Facts, merge
from keepwell.errors import Conflict, RejectedInput
from keepwell.imports.job import CHANGES
from keepwell.imports.mapping import Complete, ImportMapping, Source
from keepwell.in_memory import FixedClock, InMemoryControl, InMemoryDeliveries, InMemoryFiles, InMemoryQueue
from tests.domain.imports.importing import NOON, Stack, playbook, without_times
from tests.domain.imports.test_crashes import Fuse, Fused, until_it_ends_well

KEY = "drops/accounts/mapping=crm/crm.csv"
FLAG = "not-in-crm"
DAY = timedelta(days=1)


def feed(flag: str | None = FLAG, at_most: float = 10, **more: Any) -> Stack:
    columns = {"Account ID": Source("Id"), "NPS": Source("NPS")}
    mapping = ImportMapping("crm", "accounts", columns, complete=Complete(flag, at_most), **more)
    return Stack(playbook(mapping))


def export(numbers: Any, nps: int = 7) -> str:
    return "Id,NPS\n" + "".join(f"A-{number:02},{nps}\n" for number in numbers)


def drop(stack: Stack, content: str, day: int = 0) -> dict[str, Any]:
    return stack.drop(content, KEY, NOON + day * DAY)


def missing(report: dict[str, Any]) -> tuple[int, int, str | None]:
    """How many are missing and flagged, and why they are not."""
    told = report["missing"]
    return told["count"], told["flagged"], told["withheld"]


def flagged(stack: Stack) -> list[str]:
    found = (stack.accounts.get(f"A-{number:02}") for number in range(100))
    return [each.account_id for each in found if each and FLAG in (each.facts.values.get("Tags") or ())]  # type: ignore[operator]


def test_what_the_drop_before_had_besides_is_missing_and_flagged() -> None:
    stack = feed()
    first = drop(stack, export(range(20)))
    assert missing(first) == (0, 0, None)
    assert first["missing"]["compared_with"] is None

    second = drop(stack, export(range(2, 20), nps=8), 1)
    told = second["missing"]
    assert told == {
        "compared_with": first["drop_id"],
        "of": 20,
        "count": 2,
        "ids": ["A-00", "A-01"],
        "flag": FLAG,
        "flagged": 2,
        "withheld": None,
    }
    assert flagged(stack) == ["A-00", "A-01"]
    assert (second["rows"], second["updated"]) == (18, 18), "the counts are about rows"


def test_an_id_that_comes_back_loses_the_flag() -> None:
    stack = feed()
    drop(stack, export(range(20)))
    drop(stack, export(range(2, 20)), 1)
    third = drop(stack, export(range(1, 20)), 2)
    assert flagged(stack) == ["A-00"]
    assert (third["updated"], third["unchanged"]) == (1, 18)
    assert missing(third) == (0, 0, None), "it was told of already"


def test_other_tags_stay() -> None:
    stack = feed()
    drop(stack, export(range(20)))
    facts = stack.facts("A-00")
    change = Change("A-00", {}, "play:x", NOON, NOON.date(), "run-1", add_tags=frozenset({"vip"}))
    tagged = merge(facts, change, stack.playbook.catalogue)
    assert tagged
    stack.accounts.put_facts(tagged)
    drop(stack, export(range(1, 20)), 1)
    assert set(stack.facts("A-00").values["Tags"]) == {"vip", FLAG}  # type: ignore[arg-type]
    drop(stack, export(range(20)), 2)
    assert stack.facts("A-00").values["Tags"] == ("vip",)


def test_without_a_flag_they_are_only_told() -> None:
    stack = feed(flag=None)
    drop(stack, export(range(20)))
    report = drop(stack, export(range(1, 20)), 1)
    assert missing(report) == (1, 0, None)
    assert report["missing"]["ids"] == ["A-00"]
    assert flagged(stack) == []


def test_more_than_the_limit_flags_nobody_and_stays_told_until_it_is_decided() -> None:
    """Half an export does not mark half the customers; and what is really gone does not get lost."""
    stack = feed(at_most=10)
    drop(stack, export(range(20)))
    half = drop(stack, export(range(10)), 1)
    assert missing(half)[:2] == (10, 0)
    assert "10 of 20 are more than the 10%" in half["missing"]["withheld"]
    assert flagged(stack) == []
    again = drop(stack, export(range(10)), 2)
    assert missing(again)[:2] == (10, 0)

    stack.playbook = feed(at_most=50).playbook
    decided = drop(stack, export(range(10)), 3)
    assert missing(decided) == (10, 10, None)
    assert len(flagged(stack)) == 10


def test_the_whole_file_again_after_half_of_one_is_no_news() -> None:
    stack = feed()
    drop(stack, export(range(20)))
    drop(stack, export(range(10)), 1)
    assert missing(drop(stack, export(range(20)), 2)) == (0, 0, None)


def test_exactly_the_limit_is_flagged() -> None:
    stack = feed(at_most=10)
    drop(stack, export(range(20)))
    assert missing(drop(stack, export(range(2, 20)), 1)) == (2, 2, None)


def test_a_rejected_row_is_not_missing() -> None:
    stack = feed()
    drop(stack, export(range(20)))
    content = export(range(20)).replace("A-03,7", "A-03,seven")
    report = drop(stack, content, 1)
    assert (report["rejected"], missing(report)) == (1, (0, 0, None))


@pytest.mark.parametrize("rows", [20, 3000])
def test_rows_without_an_id_may_be_what_is_missing_in_whatever_shard_they_are(rows: int) -> None:
    stack = feed()
    drop(stack, export(range(rows)))
    content = export(range(rows)).replace("A-07,7", ",7")
    count, number, withheld = missing(drop(stack, content, 1))
    assert (count, number) == (1, 0)
    assert "rows that do not tell their ids" in str(withheld)


def test_a_row_without_an_id_is_not_missing_in_the_next_file() -> None:
    stack = feed()
    drop(stack, export(range(20)) + ",7\n")
    told = drop(stack, export(range(20)), 1)["missing"]
    assert (told["of"], told["count"], told["ids"]) == (20, 0, [])


def test_mended_rejects_are_not_all_there_is() -> None:
    """They are dropped as they are, and say nothing of the others."""
    stack = feed(at_most=100)
    drop(stack, export(range(20)))
    report = drop(stack, export(range(20)).replace("A-03,7", "A-03,seven"), 1)
    mended = stack.files.read(report["rejects_file"]).decode("utf-8-sig").replace("seven", "9")
    assert drop(stack, mended, 2)["missing"] is None
    assert stack.facts("A-03").values["NPS"] == 9
    assert missing(drop(stack, export(range(1, 20)), 3)) == (1, 1, None)


@pytest.mark.parametrize("row", [",7", "A-00,7,8"])
def test_where_a_row_does_not_tell_its_id_nobody_is_flagged(row: str) -> None:
    """It may be the row of the account that seems to be missing."""
    stack = feed()
    drop(stack, export(range(20)))
    report = drop(stack, export(range(1, 20)) + f"{row}\n", 1)
    assert missing(report)[:2] == (1, 0)
    assert "rows that do not tell their ids (1)" in report["missing"]["withheld"]
    mended = drop(stack, export(range(1, 20)), 2)
    assert missing(mended) == (1, 1, None)


def test_an_older_file_neither_flags_nor_takes_a_flag_off() -> None:
    """I4."""
    stack = feed()
    drop(stack, export(range(20)))
    drop(stack, export(range(1, 20)), 2)
    older = drop(stack, export([*range(18), 30]), 1)
    assert older["fill_only"]
    assert missing(older) == (0, 0, None)
    assert flagged(stack) == ["A-00"]


def test_a_file_of_another_feed_says_nothing_of_this_one() -> None:
    stack = feed()
    drop(stack, export(range(20)))
    assert stack.drop("Account ID,NPS\nA-05,9\n", at=NOON + DAY)["missing"] is None
    assert missing(drop(stack, export(range(20)), 2)) == (0, 0, None)


def test_a_file_that_cannot_be_read_in_between_hides_nothing() -> None:
    stack = feed()
    drop(stack, export(range(20)))
    assert drop(stack, "", 1)["status"] == "failed"
    assert missing(drop(stack, export(range(1, 20)), 2)) == (1, 1, None)


@pytest.mark.parametrize(("before", "after"), [(8, 2), (2, 8), (4, 4), (1, 4), (4, 1)])
def test_however_many_shards_the_two_drops_have(before: int, after: int) -> None:
    stack = feed()
    with patch("keepwell.imports.planning.shards_for", lambda _rows: before):
        drop(stack, export(range(60)))
    with patch("keepwell.imports.planning.shards_for", lambda _rows: after):
        report = drop(stack, export(range(5, 60)), 1)
    assert missing(report) == (5, 5, None)
    assert report["missing"]["of"] == 60
    assert flagged(stack) == [f"A-{number:02}" for number in range(5)]


def test_what_was_noted_too_long_ago_is_no_ground_to_flag() -> None:
    stack = feed()
    drop(stack, export(range(20)))
    assert isinstance(stack.files, InMemoryFiles)
    kept, stack.files = stack.files, InMemoryFiles()
    for key in kept.keys(""):
        if not key.startswith("seen/"):
            stack.files.write(key, kept.read(key), "")
    report = drop(stack, export(range(1, 20)), 1)
    assert missing(report)[:2] == (0, 0)
    assert "not kept any more" in report["missing"]["withheld"]
    assert missing(drop(stack, export(range(2, 20)), 2)) == (1, 1, None)


def test_a_newer_file_that_comes_while_accounts_are_flagged_decides() -> None:
    """The second lacks A-00, the third has it again: whatever the order of their shards, it keeps no flag."""
    stack = feed()
    drop(stack, export(range(20)))
    second = stack.plan(stack.put(KEY, export(range(1, 20)).encode(), NOON + DAY))
    assert isinstance(stack.queue, InMemoryQueue)
    stack.run(stack.queue.messages.pop(0))
    [to_flag] = stack.queue.messages
    assert to_flag["flag"]
    stack.queue.messages.clear()
    third = drop(stack, export(range(20)), 2)
    stack.run(to_flag)
    report = stack.report(second)
    assert missing(report) == (1, 0, "a newer file of the feed came meanwhile, and it decides")
    assert missing(third) == (0, 0, None)
    assert flagged(stack) == []


def test_what_a_newer_file_lacks_too_it_flags_itself() -> None:
    stack = feed()
    drop(stack, export(range(20)))
    stack.plan(stack.put(KEY, export(range(1, 20)).encode(), NOON + DAY))
    assert isinstance(stack.queue, InMemoryQueue)
    stack.run(stack.queue.messages.pop(0))
    [to_flag] = stack.queue.messages
    stack.queue.messages.clear()
    third = stack.plan(stack.put(KEY, export(range(1, 20)).encode(), NOON + 2 * DAY))
    stack.run(to_flag)
    stack.run_queue()
    assert missing(stack.report(third)) == (1, 1, None)
    assert flagged(stack) == ["A-00"]


def test_each_message_again_at_any_later_time_changes_nothing() -> None:
    """R1."""
    stack, messages = feed(), list[dict[str, Any]]()
    drop(stack, export(range(20)))
    second = stack.plan(stack.put(KEY, export(range(1, 20)).encode(), NOON + DAY))
    assert isinstance(stack.queue, InMemoryQueue)
    while stack.queue.messages:
        messages.append(stack.queue.messages.pop(0))
        stack.run(messages[-1])
    report, facts = stack.report(second), stack.facts("A-00")
    drop(stack, export(range(20)), 2)
    for message in messages:
        stack.run(message)
    assert stack.report(second) == report
    assert facts.values["Tags"] == (FLAG,)
    assert flagged(stack) == []


class Late(InMemoryControl):
    """Lets something else happen once a row of an import was read."""

    def __init__(self) -> None:
        super().__init__()
        self.then: Callable[[], object] | None = None

    def get(self, key: str) -> dict[str, Any] | None:
        row = super().get(key)
        then, self.then = self.then, None
        if then:
            then()
        return row


@pytest.mark.parametrize("flag", [FLAG, None])
def test_a_delivery_that_began_before_another_ended_changes_no_report(flag: str | None) -> None:
    """R1: done stays done."""
    stack, control = feed(flag), Late()
    stack.control = control
    drop(stack, export(range(20)))
    second = stack.plan(stack.put(KEY, export(range(1, 20)).encode(), NOON + DAY))
    assert isinstance(stack.queue, InMemoryQueue)
    message = stack.queue.messages.pop(0)
    kept = list[dict[str, Any]]()

    def meanwhile() -> None:
        stack.run(message)
        stack.run_queue()
        kept.append(stack.report(second))

    control.then = meanwhile
    stack.clock = FixedClock(NOON + 2 * DAY)
    stack.run(message)
    stack.run_queue()
    assert kept[0]["missing"]["count"] == 1
    assert stack.report(second) == kept[0]


def test_what_a_newer_file_found_unflagged_the_next_one_mends() -> None:
    """The newer one has A-00 again and found no flag to take off, and then the older one gave it."""
    stack = feed()
    drop(stack, export(range(20)))
    stack.plan(stack.put(KEY, export(range(1, 20)).encode(), NOON + DAY))
    assert isinstance(stack.queue, InMemoryQueue)
    stack.run(stack.queue.messages.pop(0))
    to_flag = stack.queue.messages.pop(0)
    put_many = stack.accounts.put_many

    def newer_comes_first(facts: Sequence[Facts]) -> Sequence[Facts | Conflict | RejectedInput]:
        with patch.object(stack.accounts, "put_many", put_many):
            drop(stack, export(range(20)), 2)
        return put_many(facts)

    with patch.object(stack.accounts, "put_many", newer_comes_first):
        stack.run(to_flag)
    assert flagged(stack) == ["A-00"]
    drop(stack, export(range(20)), 3)
    assert flagged(stack) == []


def test_that_many_are_missing_the_operator_is_told() -> None:
    stack = feed()
    drop(stack, export(range(20)))
    drop(stack, export(range(10)), 1)
    assert isinstance(stack.deliveries, InMemoryDeliveries)
    [mail] = stack.deliveries.all()
    assert mail.subject == "10 of 20 are missing in crm.csv"
    assert "raise at_most" in mail.body


def outcome(content: str, place: int | None = None, *, after: bool = False) -> tuple[int, tuple[Any, ...]]:
    """How many calls of ports it takes to import a second file, and all that comes of it: killed once at one
    of the calls, and delivered again as AWS does."""
    calm = feed(at_most=50)
    with patch("keepwell.imports.planning.shards_for", lambda _rows: 2):
        drop(calm, export(range(8)))
    fuse, queue, mails = Fuse(place, after), InMemoryQueue(), InMemoryQueue()
    ports = ("accounts", "files", "control", "deliveries")
    fused: dict[str, Any] = {name: Fused(getattr(calm, name), fuse) for name in ports}
    stack = Stack(calm.playbook, queue=Fused(queue, fuse), mails=Fused(mails, fuse), **fused)  # type: ignore[arg-type]
    dropped = calm.put(KEY, content.encode(), NOON + DAY)
    with patch("keepwell.imports.planning.shards_for", lambda _rows: 2):
        until_it_ends_well(lambda: stack.plan(dropped))
    while queue.messages:
        until_it_ends_well(lambda: stack.run(queue.messages[0]))
        queue.messages.pop(0)
    logs = [calm.files.read(key) for key in calm.files.keys(CHANGES) if dropped.id in key]
    assert isinstance(calm.deliveries, InMemoryDeliveries)
    told = [(mail.delivery_id, mail.subject) for mail in calm.deliveries.all()]
    facts = [calm.facts(f"A-{number:02}") for number in range(8)]
    assert (calm.control.get("feed#accounts/crm") or {})["dealt_with"]
    report = without_times(calm.report(dropped.id))
    # One that dies while it takes its place in the feed looks at every row, with the same result.
    del report["earlier_drop"]
    return fuse.calls, (report, logs, told, facts)


@pytest.mark.parametrize(
    "content", [export(range(3, 8)), export(range(3, 8)).replace(",7", ",x"), export([9])]
)
def test_killed_at_any_call_the_same_are_flagged_and_the_operator_is_told_once(content: str) -> None:
    """Some are missing; all rows are rejected, and some are missing; too many are missing (I1, I2, R1)."""
    calls, calm = outcome(content)
    assert calls > 50
    for place in range(calls):
        for after in (False, True):
            assert outcome(content, place, after=after)[1] == calm, (place, after)
