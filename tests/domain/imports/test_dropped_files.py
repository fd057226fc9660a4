"""Every file of events/drops, from the bucket to the report (reliability I1, product INT-04, INT-05)."""

from datetime import timedelta
from pathlib import Path

import pytest

from keepwell.imports.dialect import ReadingAs
from keepwell.imports.mapping import ImportMapping, Source
from tests.domain.imports.importing import NOON, Stack, adds_up, playbook

DROPS = Path(__file__).parents[3] / "events" / "drops"


def dropped(name: str) -> bytes:
    return (DROPS / name).read_bytes()


def test_a_row_of_every_kind_of_fault_is_rejected_with_its_line_columns_and_reasons() -> None:
    stack = Stack()
    report = stack.drop(dropped("bad_rows.csv"))

    assert adds_up(report)
    assert (report["rows"], report["created"], report["rejected"]) == (13, 3, 10)
    rejects = stack.rejects(report)
    assert [(reject["Row"], reject["Column"]) for reject in rejects] == [
        ("3", "Customer Tier"),
        ("4", "Contract Value"),
        ("5", "Renewal Date"),
        ("6", "Renewal Date; Success Plan"),
        ("7", "Account ID"),
        ("8", ""),
        ("9", ""),
        ("11", ""),
        ("12", ""),
        ("13", "Contract Value"),
    ]
    assert "Core, Light" in rejects[0]["Reason"]
    assert '"$12,000"' in rejects[1]["Reason"]
    assert "the row has 6 cells, the header 7" in rejects[5]["Reason"]
    assert "not closed" in rejects[8]["Reason"]
    assert stack.facts("B-009").values["Account Name"] == 'Sable "Water" Works'
    assert stack.facts("B-013").values == {"Account Name": "Fjord Freight", "Customer Tier": "Light"}


def test_alike_faults_are_counted_together_with_an_example() -> None:
    rows = "\n".join(f"A-{n},{n}%" for n in range(3))
    report = Stack().drop(f"Account ID,NPS\n{rows}\nA-9,9\n")

    [error] = report["errors"]
    assert (error["column"], error["count"], error["example"]) == ("NPS", 3, "0%")
    assert "plain number" in error["reason"]


def test_a_footer_in_doubt_is_taken_once_somebody_says_that_it_is_data() -> None:
    """Its id is left blank among the rejects, and is filled in by who means it."""
    stack = Stack()
    report = stack.drop("Account ID,Account Name,NPS\nA-1,Acme,7\nReport,,\n")
    [error] = report["errors"]
    assert "trailing_rows: 0" in error["reason"]
    assert (report["rejected"], error["example"]) == (1, "Report")
    content = stack.files.read(report["rejects_file"]).decode("utf-8-sig")
    again = stack.drop(content, "drops/accounts/again.csv")
    assert (again["rejected"], again["errors"][0]["column"]) == (1, "Account ID")
    meant = stack.drop(content.replace('\n"",', '\n"Report",', 1), "drops/accounts/meant.csv")
    assert (meant["created"], meant["rejected"]) == (1, 0)


def test_the_rejects_of_a_file_with_semicolons_have_them_and_what_was_in_doubt_stays_so() -> None:
    """I2: Excel opens no other where semicolons are usual; and 12.000 is not 12 the second time either."""
    stack = Stack()
    report = stack.drop("Account ID;Account Name;Contract Value\nA-1;Ann; Bob;12.000\nA-2;Acme;12.000\n")
    rejects = stack.files.read(report["rejects_file"])
    assert rejects.startswith(
        '\ufeff"Account ID";"Account Name";"Contract Value";"Row";"Column";"Reason"'.encode()
    )
    again = stack.drop(rejects, at=NOON + timedelta(hours=1))
    assert (again["rows"], again["rejected"]) == (2, 2)
    assert "A-2" not in stack.accounts.facts_of(["A-2"])
    mended = stack.drop(rejects.replace(b'"12.000"', b'"12000"'), at=NOON + timedelta(hours=2))
    assert (mended["created"], mended["rejected"]) == (1, 1)
    assert stack.facts("A-2").values["Contract Value"] == 12_000


def test_decimal_commas_are_one_kind_of_fault() -> None:
    stack = Stack()
    report = stack.drop('Account ID,NPS\nA-1,"7,5"\nA-2,"8,25"\n')

    [error] = report["errors"]
    assert (error["row"], error["count"], error["example"]) == (2, 2, "7,5")
    assert "; write a decimal point; " in error["reason"]
    assert [row["Reason"].split("; ")[1] for row in stack.rejects(report)] == ["write 7.5", "write 8.25"]


@pytest.mark.parametrize(
    ("name", "reason", "mend"),
    [
        ("empty.csv", "empty", "must name the columns"),
        ("binary.csv", "not text", "CSV UTF-8"),
        ("no_id_column.csv", "no column holds the Account ID", "mapping"),
        ("no_header.csv", "looks like data", "add a header row"),
        ("equal_headers.csv", "columns 2 and 4 have the same header", "rename or remove one"),
        ("semicolon_cp1252.csv", "not utf-8: line 2 holds the byte 0xfc", "encoding: cp1252"),
    ],
)
def test_a_file_that_cannot_be_read_fails_once_and_says_what_to_do(name: str, reason: str, mend: str) -> None:
    stack = Stack()
    drop = stack.put(f"drops/accounts/{name}", dropped(name))
    for _ in range(2):  # the event may come twice
        drop_id = stack.plan(drop)
        stack.run_queue()

    report = stack.report(drop_id)
    assert (report["status"], report["rows"], report["rejects_file"]) == ("failed", 0, None)
    assert reason in report["errors"][0]["reason"]
    assert mend in report["errors"][0]["reason"]
    assert stack.writes == 0


def test_windows_1252_is_read_where_the_mapping_declares_it() -> None:
    mapping = ImportMapping(
        "billing",
        "accounts",
        {"Account ID": Source(column="Account ID"), "Account Name": Source(column="account name")},
        reading=ReadingAs(encoding="cp1252"),
    )
    stack = Stack(playbook=playbook(mapping))
    report = stack.drop(dropped("semicolon_cp1252.csv"), "drops/accounts/mapping=billing/billing.csv")

    assert report["dialect"].items() >= {"encoding": "cp1252", "delimiter": ";", "line_end": "LF"}.items()
    assert (report["mapping"], report["created"]) == ("billing", 2)
    assert stack.facts("C-2").values == {"Account Name": "Café du Nord – Prix € 5"}
    assert report["ignored_columns"] == ["Customer Tier", "Contract Value"]


def test_utf_16_with_a_byte_order_mark_and_tabs() -> None:
    stack = Stack()
    report = stack.drop(dropped("utf16.csv"))

    assert report["dialect"].items() >= {"encoding": "utf-16", "delimiter": "\t"}.items()
    assert stack.facts("U-2").values == {"Account Name": "Tōkyō 東京", "NPS": 3}


def test_of_an_id_that_stands_three_times_the_last_row_counts() -> None:
    stack = Stack()
    report = stack.drop(dropped("duplicate_ids.csv"))

    assert (report["rows"], report["created"], report["rejected"]) == (4, 2, 2)
    assert stack.facts("D-1").values == {"Account Name": "Last", "NPS": 3}
    rejects = stack.rejects(report)
    assert [reject["Row"] for reject in rejects] == ["2", "4"]
    assert all("'D-1' stands again in row 5" in reject["Reason"] for reject in rejects)
    assert report["errors"][0]["count"] == 2


def test_cells_that_a_spreadsheet_would_run_are_text_and_harmless_in_the_rejects() -> None:
    stack = Stack()
    report = stack.drop(dropped("formulas.csv"))

    assert stack.facts("F-1").values["Account Name"] == "=HYPERLINK()"
    assert stack.facts("F-4").values == {"Account Name": "-2+3", "Open Ticket Count Change 30 Days": -1}
    assert [tuple(reject.values())[:3] for reject in stack.rejects(report)] == [
        ("'=cmd|' /C calc'!A0", "'@sum(A1)", "high"),
        ("'\tF-5", "'＝1+1", "no"),
    ]


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("drops/acounts/a.csv", "does not name an object to import"),
        ("drops/a.csv", "does not name an object to import"),
        ("drops/accounts/a.ods", ".ods files are not imported, but .csv, .tsv"),
        ("drops/accounts/readme", "files without an ending are not imported"),
        ("drops/accounts/mapping=billing/a.csv", "no mapping 'billing'; it has: none"),
    ],
)
def test_what_is_not_imported_is_told(key: str, reason: str) -> None:
    report = Stack().drop("Account ID\nA-1\n", key)

    assert report["status"] == "failed"
    assert reason in report["errors"][0]["reason"]


def test_a_broken_workbook_under_a_csv_name_is_told() -> None:
    report = Stack().drop(b"PK\x03\x04\x14\x00")
    assert "the Excel workbook is damaged" in report["errors"][0]["reason"]


def test_a_header_without_rows_is_an_import_of_nothing() -> None:
    report = Stack().drop("Account ID,NPS\n")
    assert (report["status"], report["rows"], report["rejects_file"]) == ("done", 0, None)


def test_a_mended_rejects_file_brings_the_cells_as_they_were() -> None:
    stack = Stack()
    report = stack.drop("Account ID,Account Name,NPS\nA-1,=SUM(A1),x\nA-2,''=SUM(A1),x\n")
    mended = stack.files.read(report["rejects_file"]).replace(b'"x"', b'"7"')

    again = stack.drop(mended, at=NOON + timedelta(hours=1))
    assert (again["created"], again["rejected"], again["ignored_columns"]) == (2, 0, [])
    assert [stack.facts(name).values["Account Name"] for name in ("A-1", "A-2")] == ["=SUM(A1)", "'=SUM(A1)"]


def test_a_file_with_a_column_called_reason_has_a_rejects_file_that_can_be_dropped() -> None:
    stack = Stack()
    report = stack.drop("Account ID,Reason,NPS\nA-1,because,x\n")
    again = stack.drop(stack.files.read(report["rejects_file"]))
    assert (again["status"], again["ignored_columns"]) == ("done", ["Reason"])


def test_rows_of_a_rejects_file_are_not_numbered_anew() -> None:
    sources = {"Account ID": Source(row_number="T-{row}"), "NPS": Source(column="NPS")}
    stack = Stack(playbook=playbook(ImportMapping("numbered", "accounts", sources)))
    key = "drops/accounts/mapping=numbered/a.csv"
    report = stack.drop("NPS\n7\nx\n", key)
    again = stack.drop(stack.files.read(report["rejects_file"]).replace(b'"x"', b'"9"'), key)
    assert "mend that file" in again["errors"][0]["reason"]
    assert stack.facts("T-1").values == {"NPS": 7}


def test_a_file_of_too_many_rows_is_refused_before_any_is_imported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """I1: else a function would run out of memory, and the file would end without a report."""
    monkeypatch.setattr("keepwell.imports.splitting.MAX_ROWS", 2)
    stack = Stack()
    report = stack.drop("Account ID\nA-1\nA-2\nA-3\n")
    assert (report["status"], report["rows"]) == ("failed", 0)
    assert "split it into several files" in report["errors"][0]["reason"]
    assert stack.writes == 0
    assert stack.drop("Account ID\nA-1\n\nA-2\n")["created"] == 2
