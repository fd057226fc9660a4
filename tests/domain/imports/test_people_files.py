"""Files about people and contacts (interfaces, "CSV"; reliability I1, I3, I4, S1; TCH-04, TCH-05)."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from keepwell.accounts import Facts
from keepwell.errors import Conflict, RejectedInput
from keepwell.imports.job import CHANGES
from keepwell.imports.mapping import ImportMapping, Source
from keepwell.imports.seen import forget
from keepwell.people import Person
from keepwell.touchpoints import Touchpoint
from tests.domain.imports.importing import NOON, Stack, adds_up, playbook

DROPS = Path(__file__).parents[3] / "events" / "drops"
ACCOUNTS = "Account ID,Account Name\nU-1,Harbor Labs\nU-2,Tokyo Optics\n"
USERS, TOUCHPOINTS = "drops/users/file.csv", "drops/touchpoints/file.csv"
LATER, EARLIER = NOON + timedelta(hours=1), NOON - timedelta(hours=1)


def known(*mappings: ImportMapping) -> Stack:
    stack = Stack(playbook=playbook(*mappings))
    stack.drop(ACCOUNTS)
    return stack


def person(stack: Stack, account_id: str, user_id: str) -> Person:
    return stack.people.people_of(account_id, [user_id])[user_id]


def touchpoint(stack: Stack, account_id: str, touchpoint_id: str) -> Touchpoint:
    return stack.touchpoints.touchpoints_of(account_id, [touchpoint_id])[touchpoint_id]


def why(stack: Stack, report: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """The column and the reason of each rejected row."""
    return {row["Row"]: (row["Column"], row["Reason"]) for row in stack.rejects(report)}


def test_users_become_people_and_each_fault_is_told() -> None:
    stack = known()
    report = stack.drop((DROPS / "users.csv").read_bytes(), USERS)

    assert adds_up(report)
    assert (report["object"], report["rows"], report["created"], report["rejected"]) == ("users", 5, 2, 3)
    ann = person(stack, "U-1", "ann")
    assert ann.facts.values == {
        "Email": "ann@harbor.example",
        "First Name": "Ann",
        "Last Name": "Lee",
        "Key Contact": True,
        "Title": "Head of Operations",
        "Tags": ("champion", "admin"),
    }
    assert ann.facts.provenance.source == "csv:users"
    assert why(stack, report) == {
        "4": ("Key Contact", 'expected yes or no, found "perhaps"'),
        "5": ("User ID", "the User ID is blank; every row needs one"),
        "6": ("Account ID", "there is no account 'U-9' yet; drop accounts first"),
    }


def test_rejected_users_can_be_mended_and_dropped_again() -> None:
    stack = known()
    report = stack.drop((DROPS / "users.csv").read_bytes(), USERS)
    mended = stack.files.read(report["rejects_file"]).replace(b"perhaps", b"no").replace(b'"U-9"', b'"U-2"')

    again = stack.drop(mended, USERS, at=LATER)
    assert (again["created"], again["rejected"], again["ignored_columns"]) == (2, 1, [])
    assert why(stack, again)["3"] == ("User ID", "the User ID is blank; every row needs one")


def test_the_same_users_again_change_nothing() -> None:
    """I3."""
    stack = known()
    stack.drop("Account ID,User ID,Email\nU-1,ann,a@b.example\n", USERS)
    before = person(stack, "U-1", "ann")
    again = stack.drop("Account ID,User ID,Email\nU-1,ann,a@b.example\n", USERS, at=LATER)

    assert (again["applied"], again["unchanged"]) == (0, 1)
    assert person(stack, "U-1", "ann") == before


def test_one_user_id_at_two_accounts_is_two_people_and_twice_in_one_the_last_row_counts() -> None:
    stack = known()
    rows = "U-1,ann,Ann\nU-2,ann,Anna\nU-1,ann,Annie\n"
    report = stack.drop(f"Account ID,User ID,First Name\n{rows}", USERS)

    assert (report["created"], report["rejected"]) == (2, 1)
    assert [person(stack, each, "ann").facts.values["First Name"] for each in ("U-1", "U-2")] == [
        "Annie",
        "Anna",
    ]
    [reject] = stack.rejects(report)
    assert (reject["Account ID"], reject["User ID"]) == ("U-1", "")
    assert "'ann' stands again in row 4" in reject["Reason"]


def test_an_older_file_of_users_fills_gaps_only() -> None:
    """I4."""
    stack = known()
    stack.drop("Account ID,User ID,First Name\nU-1,ann,Ann\n", USERS)
    report = stack.drop("Account ID,User ID,First Name,Email\nU-1,ann,A,a@b.example\n", USERS, at=EARLIER)

    assert (report["fill_only"], report["updated"]) == (True, 1)
    assert person(stack, "U-1", "ann").facts.values == {"First Name": "Ann", "Email": "a@b.example"}


def test_a_mapping_of_users_may_clear_and_take_constants() -> None:
    sources = {
        "Account ID": Source(constant="U-1"),
        "User ID": Source(column="login"),
        "Email": Source(column="mail"),
    }
    stack = known(ImportMapping("crm", "users", sources, clear_blanks=True))
    key = "drops/users/mapping=crm/file.csv"
    stack.drop("login,mail\nann,a@b.example\n", key)
    report = stack.drop("login,mail\nann,\n", key, at=LATER)

    assert report["updated"] == 1
    assert person(stack, "U-1", "ann").facts.values == {}


def test_a_file_without_one_of_its_ids_is_told() -> None:
    stack = known()
    report = stack.drop("Account ID,Userid,Email\nU-1,ann,a@b.example\n", "drops/touchpoints/file.csv")
    assert "no column holds the Touchpoint ID" in report["errors"][0]["reason"]
    report = stack.drop("Account ID,Usr ID,Email\nU-1,ann,a@b.example\n", USERS)
    assert "if 'Usr ID' does, rename it to User ID" in report["errors"][0]["reason"]


def test_an_id_too_long_for_a_key_is_a_reject() -> None:
    """I6."""
    stack = known()
    report = stack.drop(f"Account ID,User ID\nU-1,{'é' * 201}\nU-1,{'é' * 200}\n", USERS)
    assert (report["created"], report["rejected"]) == (1, 1)
    assert "longer than 200 characters" in report["errors"][0]["reason"]


def test_what_changed_of_people_is_logged_under_their_ids() -> None:
    stack = known()
    report = stack.drop("Account ID,User ID,First Name\nU-1,ann,Ann\n", USERS)
    [key] = (key for key in stack.files.keys(CHANGES) if report["drop_id"] in key)
    log = stack.files.read(key).decode()
    assert log == (
        '{"account_id":"U-1","at":"2026-11-21T12:00:00.000000+00:00","before":null,'
        '"changes":{"First Name":[null,"Ann"]},"user_id":"ann"}\n'
    )


def test_touchpoints_move_the_last_touch_and_each_fault_is_told() -> None:
    """Internal notes are no touch; a QBR moves Last QBR, too; an instant is of the tenant's day."""
    stack = known()
    report = stack.drop((DROPS / "touchpoints.csv").read_bytes(), TOUCHPOINTS)

    assert adds_up(report)
    assert (report["rows"], report["created"], report["rejected"]) == (6, 3, 3)
    assert stack.facts("U-1").values["Last Touch"] == date(2026, 11, 10)
    assert "Last QBR" not in stack.facts("U-1").values
    assert {stack.facts("U-2").values[name] for name in ("Last Touch", "Last QBR")} == {date(2026, 11, 19)}
    assert stack.facts("U-2").exceptions["Last Touch"].source == "touchpoints"
    assert why(stack, report) == {
        "5": ("Date", '"2026-12-24" is in the future: the file is of 2026-11-21'),
        "6": ("Date", "the Date is blank; every row needs one"),
        "7": ("Account ID", "there is no account 'U-9' yet; drop accounts first"),
    }


def test_a_touchpoint_keeps_what_was_told_of_it() -> None:
    stack = known()
    stack.drop((DROPS / "touchpoints.csv").read_bytes(), TOUCHPOINTS)

    kickoff = touchpoint(stack, "U-1", "T-1")
    assert (kickoff.type, kickoff.subject, kickoff.content) == (
        "Meeting",
        "Kickoff",
        "Goals agreed, plan sent",
    )
    assert (kickoff.flow, kickoff.created_by) == ("Onboarding", "csm@example.com")
    assert kickoff.participants == ("Ann Lee", "Bo Berg")
    assert (kickoff.day, kickoff.at) == (date(2026, 11, 10), None)
    assert (kickoff.source, kickoff.observed_at) == ("csv:touchpoints", NOON)
    review = touchpoint(stack, "U-2", "T-3")
    assert review.day == date(2026, 11, 19), "half past midnight in Berlin"
    assert review.at == datetime.fromisoformat("2026-11-18T23:30:00Z")


def test_a_touchpoint_may_have_several_reasons() -> None:
    """TCH-04."""
    stack = known()
    file = 'Account ID,Touchpoint ID,Date,Reason\nU-2,T-1,2026-11-20,"Renewal, Adoption"\n'
    assert stack.drop(file, TOUCHPOINTS)["ignored_columns"] == []
    assert touchpoint(stack, "U-2", "T-1").reasons == ("Renewal", "Adoption")


def test_the_same_touchpoints_again_change_nothing() -> None:
    """I3."""
    stack = known()
    file = "Account ID,Touchpoint ID,Date\nU-1,T-1,2026-11-10\n"
    stack.drop(file, TOUCHPOINTS)
    writes = stack.writes
    again = stack.drop(file, TOUCHPOINTS, at=LATER)

    assert (again["applied"], again["unchanged"], stack.writes) == (0, 1, writes)


FIRST = "Account ID,Touchpoint ID,Date\nU-1,T-1,2026-11-18\n"
SECOND = "Account ID,Touchpoint ID,Date\nU-1,T-2,2026-11-10\n"


@pytest.mark.parametrize("files", [(FIRST, SECOND), (SECOND, FIRST)])
@pytest.mark.parametrize("times", [(NOON, LATER), (LATER, NOON)])
def test_the_last_touch_never_moves_backwards(
    files: tuple[str, str], times: tuple[datetime, datetime]
) -> None:
    """In whatever order and of whatever age the files come."""
    stack = known()
    for number, (file, at) in enumerate(zip(files, times, strict=True)):
        stack.drop(file, f"drops/touchpoints/{number}.csv", at=at)
    assert stack.facts("U-1").values["Last Touch"] == date(2026, 11, 18)


def test_of_an_accounts_file_and_touchpoints_the_one_told_later_counts_unless_it_would_move_back() -> None:
    stack = known()
    stack.drop(FIRST, TOUCHPOINTS)
    stack.drop("Account ID,Last Touch\nU-1,2026-11-05\n", at=LATER)
    assert stack.facts("U-1").values["Last Touch"] == date(2026, 11, 5)

    stack.drop(FIRST.replace("T-1", "T-9"), "drops/touchpoints/older.csv", at=NOON)
    assert stack.facts("U-1").values["Last Touch"] == date(2026, 11, 5), "told before the accounts were"

    stack.drop(SECOND, TOUCHPOINTS, at=LATER + timedelta(hours=1))
    assert stack.facts("U-1").values["Last Touch"] == date(2026, 11, 10)

    stack.drop("Account ID,Last Touch\nU-1,2026-11-20\n", at=LATER + timedelta(hours=2))
    stack.drop(FIRST.replace("T-1", "T-3"), TOUCHPOINTS, at=LATER + timedelta(hours=3))
    assert stack.facts("U-1").values["Last Touch"] == date(2026, 11, 20)


def test_a_writer_in_between_keeps_what_it_wrote() -> None:
    """S1: the facts change after they were read and before Last Touch is written."""
    stack = known()
    accounts = stack.accounts
    elsewhere = Stack(playbook=stack.playbook, accounts=accounts)

    class Busy:
        waiting = True

        def __getattr__(self, name: str) -> Any:
            return getattr(accounts, name)

        def put_many(self, facts: Sequence[Facts]) -> list[Facts | Conflict | RejectedInput]:
            if self.waiting:
                self.waiting = False
                elsewhere.drop("Account ID,NPS\nU-1,9\n")
            return accounts.put_many(facts)

    vars(stack).update(accounts=Busy())
    report = stack.drop(FIRST, TOUCHPOINTS)

    assert report["created"] == 1
    told = stack.facts("U-1").values
    assert (told["Last Touch"], told["NPS"]) == (date(2026, 11, 18), 9)


def test_where_an_account_cannot_hold_more_its_touchpoints_are_taken_with_a_warning() -> None:
    """I1, I6: what is stored is no reject; what could not be moved is said, with the mend."""
    from dataclasses import replace

    from keepwell.attributes import Attribute, Kind, standard_catalogue

    names = [f"Note {n}" for n in range(35)]
    stack = Stack()
    notes = standard_catalogue().extended(Attribute(name, Kind.TEXT) for name in names)
    stack.playbook = replace(stack.playbook, catalogue=notes)
    stack.drop(f"Account ID,{','.join(names)}\nU-1,{','.join(['y' * 9_993] * 35)}\n")
    report = stack.drop(FIRST, TOUCHPOINTS)

    assert (report["created"], report["rejected"], report["errors"]) == (1, 0, [])
    assert touchpoint(stack, "U-1", "T-1").day == date(2026, 11, 18)
    [warning] = report["warnings"]
    assert (warning["row"], warning["count"], warning["example"]) == (2, 1, "U-1")
    assert "Last Touch and Last QBR stay as they were" in warning["reason"]
    assert "Last Touch" not in stack.facts("U-1").values

    stack.drop(f"Account ID,{names[0]}\nU-1,short\n", at=NOON + timedelta(hours=1))
    forget("touchpoints", stack.control)  # which is what --again does
    again = stack.drop(FIRST, TOUCHPOINTS)
    assert again["warnings"] == []
    assert stack.facts("U-1").values["Last Touch"] == date(2026, 11, 18)
