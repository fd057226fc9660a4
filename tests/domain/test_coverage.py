"""Which accounts were touched lately, and who of us touches them (TCH-05, DSH-07)."""

from datetime import date, timedelta

import pytest

from keepwell.accounts import Facts, Provenance
from keepwell.attributes import Value
from keepwell.coverage import Activity, Coverage, Lately, Touches, touches_of
from keepwell.touchpoints import Touchpoint
from tests.story import NOON

TODAY = date(2026, 11, 21)
MONTH = Lately(TODAY, 30)
ROLE = "Success Manager"


def facts(account_id: str, owner: str = "", **values: Value) -> Facts:
    told = {name.replace("_", " "): value for name, value in values.items()} | (
        {ROLE: owner} if owner else {}
    )
    return Facts(account_id, told, Provenance("csv:test", NOON), NOON, "drop-1", "drop-1")


def touch(account_id: str, day: str, type_: str = "Call", by: str = "", flow: str = "") -> Touchpoint:
    told = {"Date": day, "Type": type_, "Created By": by, "Flow": flow}
    return Touchpoint(
        f"T-{day}-{type_}", facts(account_id, **{n.replace(" ", "_"): v for n, v in told.items() if v})
    )


def counted(
    *of: Facts | Touchpoint, members: tuple[str, ...] = (), lately: Lately = MONTH, flow: str = ""
) -> Touches:
    accounts = [each for each in of if isinstance(each, Facts)]
    touchpoints = [each for each in of if isinstance(each, Touchpoint)]
    return touches_of(accounts, touchpoints, members, ROLE, lately, flow)


def test_touchpoints_are_counted_by_flow_and_may_be_those_of_one_flow_alone() -> None:
    """TCH-04. Whom nobody ever touched is the same with it and without."""
    of: tuple[Facts | Touchpoint, ...] = (
        *(facts(key, "ann@example.com") for key in ("A-1", "A-2", "A-3")),
        touch("A-1", "2026-11-20", flow="Renewal"),
        touch("A-1", "2026-11-21", flow="renewal"),
        touch("A-2", "2026-11-20"),
    )
    assert counted(*of).flows == {"Renewal": 2, "": 1}
    found = counted(*of, flow=" RENEWAL")
    assert found.flows == {"Renewal": 2}
    assert (found.total.touched, found.never, found.members[0].touchpoints) == (1, ["A-3"], 2)


def test_coverage_is_the_share_of_accounts_touched_the_least_covered_owner_first() -> None:
    """TCH-05. An owner goes by the address in any case; two calls touch an account once."""
    found = counted(
        facts("A-1", "ann@example.com"),
        facts("A-2", "Ann@Example.com "),
        facts("A-3", "ann@example.com"),
        facts("B-1", "bo@example.com"),
        facts("B-2", "bo@example.com"),
        facts("C-1"),
        touch("A-1", "2026-11-20"),
        touch("A-1", "2026-11-21"),
        touch("A-2", "2026-11-01"),
        touch("B-1", "2026-09-01"),
    )
    assert found.owners == [
        Coverage("", accounts=1, touched=0, never=1),
        Coverage("bo@example.com", accounts=2, touched=0, never=1),
        Coverage("ann@example.com", accounts=3, touched=2, never=1),
    ]
    assert found.total == Coverage("", accounts=6, touched=2, never=3)
    assert [each.percent for each in (found.total, *found.owners)] == [33.3, 0, 0, 66.7]
    assert found.never == ["A-3", "B-2", "C-1"]


@pytest.mark.parametrize(
    ("day", "touched"),
    [
        ("2026-10-21", 0),
        ("2026-10-22", 1),
        ("2026-11-21", 1),
        ("2026-11-21T23:59:00+01:00", 1),
        ("2026-11-22", 0),
    ],
)
def test_the_days_are_those_of_within_last_in_a_condition(day: str, touched: int) -> None:
    """Both ends are included; what is planned for tomorrow is no touch yet, and nobody's work."""
    found = counted(facts("A-1"), touch("A-1", day, by="ann@example.com"))
    assert found.total.touched == touched
    assert sum(each.touchpoints for each in found.members) == sum(found.types.values()) == touched


def test_a_meeting_to_come_leaves_an_account_untouched() -> None:
    assert counted(facts("A-1"), touch("A-1", "2026-11-22")).never == ["A-1"]


@pytest.mark.parametrize("note", ["Internal Note", "internal notes", "INTERNAL NOTE"])
def test_an_internal_note_is_work_but_no_touch(note: str) -> None:
    """Definitions 1.5: internal notes do not count as touch."""
    found = counted(facts("A-1"), touch("A-1", "2026-11-20", note, "ann@example.com"))
    assert (found.total.touched, found.total.never) == (0, 1)
    assert found.members == [
        Activity("ann@example.com", touchpoints=1, internal_notes=1, touchpoints_per_week=0.2)
    ]


@pytest.mark.parametrize("days", [1, 7, 30])
def test_one_call_a_day_is_seven_a_week(days: int) -> None:
    calls = [touch("A-1", str(TODAY - timedelta(days=n)), by="ann@example.com") for n in range(days + 5)]
    [ann] = counted(facts("A-1"), *calls, lately=Lately(TODAY, days)).members
    assert (ann.touchpoints, ann.touchpoints_per_week) == (days + 1, 7)


def test_who_was_touched_elsewhere_was_not_never_touched() -> None:
    """A file may tell Last Touch with no touchpoint behind it."""
    found = counted(facts("A-1", Last_Touch=date(2025, 1, 2)))
    assert found.total == Coverage("", accounts=1, touched=0, never=0)


def test_what_each_logged_a_week_the_most_first() -> None:
    """TCH-05: per-CSM activity; a member who logged nothing is listed, and a play goes by its source."""
    found = counted(
        touch("A-1", "2026-11-20", by="Bo@example.com"),
        touch("A-2", "2026-11-19", "Internal Note", by="bo@example.com"),
        touch("A-3", "2026-11-18", "QBR", by="bo@example.com"),
        touch("A-1", "2026-11-17", by="play:check-in"),
        touch("A-1", "2026-11-16"),
        touch("A-1", "2026-11-06", by="ann@example.com"),
        members=("ann@example.com",),
        lately=Lately(TODAY, 14),
    )
    assert found.members == [
        Activity("bo@example.com", 3, 1, 1.4),  # of fifteen days
        Activity("", 1, 0, 0.5),
        Activity("play:check-in", 1, 0, 0.5),
        Activity("ann@example.com", 0, 0, 0.0),
    ]


@pytest.mark.parametrize("turned", [False, True])
def test_types_are_counted_however_they_are_written(turned: bool) -> None:
    """In any order of reading; a usual type under its usual name."""
    written = ("web meeting", "WebMeeting", "call", "workshop", "Workshop")
    told = [
        touch(f"A-{n}", "2026-11-20", type_)
        for n, type_ in enumerate(reversed(written) if turned else written)
    ]
    assert list(counted(*told).types.items()) == [("Web Meeting", 2), ("Workshop", 2), ("Call", 1)]


def test_no_accounts_have_no_coverage() -> None:
    found = counted()
    assert (found.total.percent, found.owners, found.types, found.members) == (None, [], {}, [])


@pytest.mark.parametrize(
    ("touched", "accounts", "percent"),
    [(0, 2500, 0.0), (1, 2500, 0.1), (1249, 2500, 50.0), (2499, 2500, 99.9), (2500, 2500, 100.0)],
)
def test_only_all_are_100_percent_and_only_none_is_0(touched: int, accounts: int, percent: float) -> None:
    """TCH-05: who reads 100% looks for no account that was left out."""
    assert Coverage("", accounts, touched, 0).percent == percent
