"""An older file never overwrites a newer one (reliability I4), and different feeds keep their own time."""

from datetime import timedelta

from keepwell.imports.mapping import ImportMapping, Source
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
