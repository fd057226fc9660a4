"""Files that go through every part of a mapping, from the playbook's folder to the facts (product INT-05)."""

from datetime import date
from pathlib import Path

import pytest

from keepwell.imports.functions import hash_id
from keepwell.imports.written_dates import DateFormat
from keepwell.playbook import Playbook, read_bundle
from keepwell.playbook.compiling import compile_playbook
from tests.domain.imports.importing import Stack, adds_up
from tests.domain.playbook.folders import BLOCS, documented_files, write_folder

CRM = """\
object: accounts
files: ["sfdc-*.csv"]
columns:
  Account ID: {columns: [Region, Code], then: [upper, {join: "-"}]}
  Account Name: {columns: [First, Last], then: [trim, {concat: " "}]}
  Contract Value: {column: ARR, then: [{number: "€1.234,56"}]}
  Renewal Date: {column: Renewal, then: [{date: "%d/%m/%Y"}]}
  Success Manager: {columns: [Owner, Manager], then: [coalesce, lower]}
  Customer Tier: {column: Plan, then: [{lookup: tiers}, {default: Light}]}
  Status: {column: Churned, values: {"yes": Churned, "no": Paying}}
  Shoe Size: {column: Size, then: [{split: {at: " ", part: 1}}]}
creates: {Shoe Size: {kind: number}}
tables: {tiers: {gold: Core, tin: Light}}
"""
HEADER = "Region,Code,First,Last,ARR,Renewal,Owner,Manager,Plan,Churned,Size\n"
GOOD = 'eu,17, Harbor ,Labs,"€1.234,50",03/04/2027,,KIM@example.com,Gold,no,44 EU\n'


def company(folder: Path, **mappings: str) -> Playbook:
    files = {f"mappings/{name}.yaml": text for name, text in mappings.items()}
    return read_bundle(compile_playbook(write_folder(folder, files), BLOCS))


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    return Stack(playbook=company(tmp_path, crm=CRM))


def test_a_row_becomes_what_the_functions_make_of_it(stack: Stack) -> None:
    report = stack.drop(HEADER + GOOD, "drops/accounts/sfdc-nov.csv")

    assert (report["mapping"], report["created"], report["rejected"]) == ("crm", 1, 0)
    assert stack.facts("EU-17").values == {
        "Account Name": "Harbor Labs",
        "Contract Value": 1234.5,
        "Renewal Date": date(2027, 4, 3),
        "Success Manager": "kim@example.com",
        "Customer Tier": "Core",
        "Status": "Paying",
        "Shoe Size": 44,
    }
    assert stack.facts("EU-17").exceptions == {}


def test_what_a_function_cannot_read_rejects_the_row_and_alike_rows_are_counted_together(
    stack: Stack,
) -> None:
    """DAT-05: every row is accounted for, each with its column, its text and the mend."""
    bad = GOOD.replace("eu,17", "eu,18").replace('"€1.234,50",03/04/2027', '"$1,234.50",2027-04-03')
    worse = GOOD.replace("eu,17", "eu,19").replace("€1.234,50", "a lot")
    report = stack.drop(HEADER + GOOD + bad + worse, "drops/accounts/sfdc-nov.csv")

    assert adds_up(report)
    assert (report["created"], report["rejected"]) == (1, 2)
    number, day = report["errors"]
    assert (number["column"], number["count"], number["row"], number["example"]) == ("ARR", 2, 3, "$1,234.50")
    assert number["reason"] == (
        'expected a number such as €1.234,56, found "…"; mend the cell, or the example in the mapping'
    )
    assert (day["column"], day["count"], day["example"]) == ("Renewal", 1, "2027-04-03")
    first, second = stack.rejects(report)
    assert (first["Code"], first["Column"]) == ("18", "ARR; Renewal")
    assert 'found "$1,234.50"' in first["Reason"]
    assert 'found "2027-04-03"' in first["Reason"]
    assert (second["Code"], second["ARR"], second["Row"]) == ("19", "a lot", "4")


def test_an_id_that_lacks_a_part_is_no_id(stack: Stack) -> None:
    report = stack.drop(HEADER + GOOD.replace("eu,17", ",17"), "drops/accounts/sfdc-nov.csv")

    assert (report["created"], report["rejected"]) == (0, 1)
    (error,) = report["errors"]
    assert (error["column"], error["reason"]) == (
        "Region, Code",
        "a part of the id is blank; every part of an id must be there",
    )


def test_an_earlier_row_of_the_same_id_is_refused_again_until_it_is_meant(stack: Stack) -> None:
    """Its id is blank in the rejects file, all of its parts: else it would win over the later row."""
    later = GOOD.replace("Harbor", "Later")
    report = stack.drop(HEADER + GOOD + later, "drops/accounts/sfdc-nov.csv")
    assert (report["created"], report["rejected"]) == (1, 1)
    (reject,) = stack.rejects(report)
    assert (reject["Region"], reject["Code"], reject["Last"]) == ("", "", "Labs")

    content = stack.files.read(report["rejects_file"])
    again = stack.drop(content, f"drops/accounts/{report['rejects_file'].removeprefix('rejects/')}")
    assert (again["mapping"], again["rejected"]) == ("crm", 1)
    assert stack.facts("EU-17").values["Account Name"] == "Later Labs"


def test_a_corrected_rejects_file_can_be_dropped_as_it_is(stack: Stack) -> None:
    report = stack.drop(HEADER + GOOD.replace("03/04/2027", "2027-04-03"), "drops/accounts/sfdc-nov.csv")
    content = stack.files.read(report["rejects_file"]).replace(b"2027-04-03", b"03/04/2027")
    again = stack.drop(content, f"drops/accounts/{report['rejects_file'].removeprefix('rejects/')}")

    assert (again["mapping"], again["created"], again["rejected"]) == ("crm", 1, 0)


def test_a_hashed_id_is_stable_and_two_targets_may_share_a_column(tmp_path: Path) -> None:
    mapping = """\
object: users
columns:
  Account ID: {column: Company, then: [hash_id]}
  User ID: {column: Mail, then: [lower, hash_id]}
  Email: {column: Mail, then: [lower]}
  Title: {column: Mail, then: [{split: {at: "@", part: 2}}]}
"""
    accounts = "object: accounts\ncolumns: {Account ID: {column: Company, then: [hash_id]}}\n"
    stack = Stack(playbook=company(tmp_path, people=mapping, companies=accounts))
    stack.drop("Company\nHarbor Labs\n", "drops/accounts/mapping=companies/a.csv")
    report = stack.drop(
        "Company,Mail\nHarbor Labs,ADA@example.com\nHarbor Labs,nobody\n",
        "drops/users/mapping=people/u.csv",
    )
    assert (report["created"], report["rejected"]) == (1, 1)
    assert report["errors"][0]["reason"] == (
        "\"…\" has no part 2 at '@'; mend the cell, or let a default follow"
    )
    again = stack.drop("Company,Mail\nHarbor Labs,ada@EXAMPLE.com\n", "drops/users/mapping=people/u.csv")
    assert (again["updated"] + again["unchanged"], again["created"]) == (1, 0)


def test_the_reports_name_the_mapping_and_why(stack: Stack, tmp_path: Path) -> None:
    assert stack.drop(HEADER + GOOD, "drops/accounts/SFDC-1.csv")["mapping_chosen_by"] == "files: sfdc-*.csv"
    assert stack.drop(HEADER + GOOD, "drops/accounts/mapping=crm/1.csv")["mapping_chosen_by"] == "folder"
    assert stack.drop("Account ID\nA-1\n")["mapping_chosen_by"] is None

    told = CRM.replace('files: ["sfdc-*.csv"]', "headers: [Region, Code]")
    other = Stack(playbook=company(tmp_path / "other", crm=told))
    assert other.drop(HEADER + GOOD)["mapping_chosen_by"] == "headers: Region, Code"


def test_a_file_that_several_mappings_fit_fails_once_and_writes_nothing(tmp_path: Path) -> None:
    stack = Stack(playbook=company(tmp_path, crm=CRM, old=CRM.replace("Shoe", "Hat")))
    report = stack.drop(HEADER + GOOD, "drops/accounts/sfdc-nov.csv")

    assert (report["status"], report["rows"], stack.writes) == ("failed", 0, 0)
    assert "several mappings take a file of this name: crm, old" in report["errors"][0]["reason"]


def test_each_distinct_text_is_changed_once(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the functions cost, a column of few texts costs few calls of them."""
    read, seen = DateFormat.read, list[str]()

    def counted(self: DateFormat, text: str) -> str:
        seen.append(text)
        return read(self, text)

    monkeypatch.setattr(DateFormat, "read", counted)
    rows = [GOOD.replace("eu,17", f"eu,{number}") for number in range(50)]
    report = stack.drop(HEADER + "".join(rows), "drops/accounts/sfdc-nov.csv")

    assert report["created"] == 50
    assert set(seen) == {"03/04/2027"}
    assert len(seen) <= 8, "once a shard"


def test_the_example_of_the_reference_imports_a_file_it_describes(tmp_path: Path) -> None:
    """docs/reference/playbook.md, "mappings/"."""
    mapping = documented_files()["mappings/crm-export.yaml"]
    stack = Stack(playbook=company(tmp_path, **{"crm-export": mapping}))
    file = """\
Accounts of the CRM
as of November
Region;Company Id;Name;ARR;Renewal;Country;Owner;Manager;Shoes;Updated
EU;17; Harbor  Labs ;1.234,5;03/04/2027;DE;;kim@example.com;44;20.11.2026
Total;;;1.234,5;;;;;;
"""
    report = stack.drop(file, "drops/accounts/sfdc-accounts.csv")

    assert (report["mapping"], report["rows"], report["created"]) == ("crm-export", 1, 1)
    assert stack.facts("EU-17").values == {
        "Account Name": "HARBOR LABS",
        "Contract Value": 1234.5,
        "Renewal Date": date(2027, 4, 3),
        "Risk Reason": ("EMEA",),
        "Success Manager": "kim@example.com",
        "Shoe Size": 44,
    }


def test_an_id_that_functions_make_of_a_spreadsheets_error_is_a_reject(tmp_path: Path) -> None:
    """DAT-05: one cell as well as several; a table may say what an error means."""
    hashed = (
        "object: accounts\ncolumns:\n  Account ID: {column: Mail, then: [lower, hash_id]}\n"
        "  Account Name: {column: Name, values: {'#N/A': Nobody}}\n"
    )
    stack = Stack(playbook=company(tmp_path, hashed=hashed))
    content = "Mail,Name\n#N/A,a\n#MERGED!,b\n1.23457E+15,c\nkim@example.com,#N/A\n"
    report = stack.drop(content, "drops/accounts/mapping=hashed/a.csv")
    assert (report["created"], report["rejected"]) == (1, 3)
    assert stack.facts(hash_id(["kim@example.com"])).values == {"Account Name": "Nobody"}
