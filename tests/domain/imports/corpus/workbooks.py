"""Workbooks: what their cells hold, what they cannot say, and what would break the reader."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

from keepwell.attributes import Value
from tests.domain.imports.corpus.case import Case, named, read_as
from tests.domain.imports.corpus.spreadsheet import (
    Raw,
    Rows,
    Tab,
    error,
    formula,
    frame_of,
    packed,
    shown,
    workbook,
)

HEAD = ("Account ID", "Account Name")
ROWS: Rows = [HEAD, ("A-1", "Acme"), ("A-2", "Globex")]
NAMES = named(A_1="Acme", A_2="Globex")
SHEET: Mapping[str, object] = {"sheet": "Customers"}
_RETURN = Raw("<is><t>Globex&#13;Inc</t></is>", "inlineStr")
BOOK = workbook({"Customers": ROWS})


def with_sheet(xml: str) -> bytes:
    namespace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    part = f'<worksheet xmlns="{namespace}">{xml}</worksheet>'
    return packed({"xl/worksheets/sheet1.xml": part} | frame_of([("Customers", "visible")]))


def far_off(place: str) -> bytes:
    row = "".join(c for c in place if c.isdigit())
    cells = '<row r="1"><c r="A1" t="inlineStr"><is><t>Account ID</t></is></c></row>'
    return with_sheet(f'<sheetData>{cells}<row r="{row}"><c r="{place}"><v>1</v></c></row></sheetData>')


def book(
    name: str,
    rows: Rows,
    table: Mapping[str, Mapping[str, Value]],
    rejects: Sequence[tuple[int, str]] = (),
    **dialect: object,
) -> Case:
    """A case of a workbook with one sheet."""
    return Case(
        name, workbook({"Customers": rows}), table, rejects, file="a.xlsx", dialect={**SHEET, **dialect}
    )


CASES = [
    book("a workbook", ROWS, NAMES),
    Case("a workbook under the name of a CSV", BOOK, NAMES, dialect=SHEET),
    book(
        "values of every kind",
        [
            (
                "Account ID",
                "Account Name",
                "NPS",
                "Contract Value",
                "Renewal Date",
                "Success Plan",
                "Goal Achievement",
            ),
            (1001, "Acme", 7, 1234.5, date(2026, 1, 12), True, None),
            ("A-2", 42, 3.0, 0.1 + 0.2, datetime(2026, 1, 12, 9, 30, tzinfo=UTC), False, 0),
            ("A-3", formula('A2&"x"', "Globex", "str"), formula("1+1", "2"), None, None, None, 100),
        ],
        {
            "1001": {
                "Account Name": "Acme",
                "NPS": 7,
                "Contract Value": 1234.5,
                "Renewal Date": date(2026, 1, 12),
                "Success Plan": True,
            },
            "A-2": {
                "Account Name": "42",
                "NPS": 3,
                "Contract Value": 0.3,
                "Renewal Date": date(2026, 1, 12),
                "Success Plan": False,
                "Goal Achievement": 0,
            },
            "A-3": {"Account Name": "Globex", "NPS": 2, "Goal Achievement": 100},
        },
    ),
    book(
        "line breaks in cells, as Excel and other programs write them",
        [HEAD, ("A-1", Raw("<is><t>Acme_x000D_\nLtd</t></is>", "inlineStr")), ("A-2", _RETURN)],
        named(A_1="Acme\nLtd", A_2="Globex\nInc"),
    ),
    book(
        "what is no value",
        [
            (*HEAD, "NPS"),
            ("A-1", error("#REF!"), 1),
            ("A-2", formula("B9"), 2),
            ("A-3", "Acme", formula("1/0", "#DIV/0!", "e")),
            (12345678901234567890, "Acme", 4),
            ("A-5", formula('""', "", "str"), 5),
            (error("#N/A"), "Acme", 6),
        ],
        {"A-5": {"NPS": 5}},
        [
            (2, "#REF! is a spreadsheet's error"),
            (3, "the formula was never calculated"),
            (4, "#DIV/0! is a spreadsheet's error"),
            (5, "at most 15 digits"),
            (7, "#N/A is a spreadsheet's error"),
        ],
    ),
    book(
        "numbers and how they are shown",
        [
            (*HEAD, "NPS", "Goal Achievement"),
            (shown(42, 4), "Acme", 7, shown(0.85, 3)),
            (shown(43, 4), "Globex", shown(8, 5), 85),
        ],
        {"00043": {"Account Name": "Globex", "NPS": 8, "Goal Achievement": 85}},
        [(2, 'found "85%"')],
    ),
    Case(
        "merged cells",
        workbook(
            {
                "Customers": Tab(
                    [
                        ("Our customers",),
                        HEAD,
                        ("A-1", "Acme"),
                        ("A-2", None),
                        ("A-3", "Globex"),
                        (None, "Umbrella"),
                    ],
                    '<mergeCells count="3"><mergeCell ref="A1:B1"/><mergeCell ref="B3:B4"/>'
                    '<mergeCell ref="A5:A6"/></mergeCells>',
                )
            }
        ),
        named(A_1="Acme", A_3="Globex"),
        [(4, "merged with the one above"), (6, "merged with the one above")],
        dialect={**SHEET, "header_row": 2, "preamble": ["Our customers"]},
    ),
    book(
        "a title, blank rows and a total",
        [
            ("Report", None, None),
            (),
            (*HEAD, "NPS"),
            ("A-1", "Acme", 7),
            (),
            ("A-2", "Globex", 8),
            ("Total", None, 15),
        ],
        {"A-1": {"Account Name": "Acme", "NPS": 7}, "A-2": {"Account Name": "Globex", "NPS": 8}},
        header_row=3,
        preamble=["Report"],
        trailing=["Total,,15"],
    ),
    book(
        "rows are counted as in the sheet",
        [HEAD, ("A-1", "Acme\nLtd\nof\nmany\nlines"), (), (None, "Globex"), ("A-3", "x\ny")],
        named(A_1="Acme\nLtd\nof\nmany\nlines", A_3="x\ny"),
        [(4, "the Account ID is blank")],
    ),
    book(
        "texts as they stand",
        [HEAD, ("007", "=1+1"), ("1.10", '"q", x'), ("A-3", "'=1")],
        {
            "007": {"Account Name": "=1+1"},
            "1.10": {"Account Name": '"q", x'},
            "A-3": {"Account Name": "=1"},
        },
    ),
    book(
        "rows narrower and wider",
        [HEAD, ("A-1",), ("A-2", "Globex", "extra")],
        {"A-1": {}, "A-2": {"Account Name": "Globex"}},
    ),
    Case(
        "a sheet chosen by the mapping",
        workbook({"Notes": [("hello",)], "Customers ": ROWS}),
        NAMES,
        mapping=read_as(sheet="customers", encoding="cp1252", delimiter=";", quote="none"),
        dialect={"sheet": "Customers "},
    ),
    Case(
        "a sheet there is not",
        BOOK,
        mapping=read_as(sheet="Sheet1"),
        fails="the workbook has no sheet 'Sheet1', which its mapping reads; it has: 'Customers'",
    ),
    Case(
        "a hidden sheet first",
        workbook({"Old": Tab([HEAD, ("X-1", "gone")], state="hidden"), "Customers": ROWS}),
        NAMES,
        dialect=SHEET,
    ),
    Case(
        "only hidden sheets",
        workbook({"Old": Tab(ROWS, state="veryHidden")}),
        fails="no sheet of cells that is not hidden",
    ),
    Case(
        "an empty sheet",
        workbook({"Cover": [], "Customers": ROWS}),
        fails="the sheet 'Cover' is empty; it also has: 'Customers'",
    ),
    Case("a cell far to the right", far_off("XFD1000"), fails="the sheet has 1,000 rows and 16,384 columns"),
    Case("a cell far below", far_off("C1048576"), fails="more than the 3,000,000 cells"),
    Case("a place that is no cell", far_off("ZZZZ7"), fails="the Excel workbook is damaged"),
    Case(
        "entities that grow",
        packed(
            {
                "xl/worksheets/sheet1.xml": '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
                + "".join(
                    f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghij", strict=True)
                )
                + ']><worksheet><sheetData><row r="1"><c r="A1" t="e"><v>&j;</v></c></row></sheetData>'
                "</worksheet>"
            }
            | frame_of([("Customers", "visible")])
        ),
        fails="the Excel workbook is damaged",
    ),
    Case("a workbook that lost its end", BOOK[: len(BOOK) // 2], fails="the Excel workbook is damaged"),
    Case(
        "a workbook whose sheet is no XML",
        with_sheet("<sheetData><row>"),
        fails="the Excel workbook is damaged",
    ),
    Case(
        "a workbook without its sheet",
        packed(frame_of([("Customers", "visible")])),
        fails="the Excel workbook is damaged",
    ),
    Case(
        "a workbook whose bytes were changed",
        BOOK.replace(BOOK[80:90], b"\xff" * 10),
        fails="the Excel workbook is damaged",
    ),
    Case(
        "cells without places",
        with_sheet(
            "<sheetData><row><c t='inlineStr'><is><t>Account ID</t></is></c>"
            "<c t='inlineStr'><is><t>NPS</t></is></c></row>"
            "<row><c t='inlineStr'><is><t>A-1</t></is></c><c t='e'><v>#N/A</v></c></row>"
            "<row><c t='inlineStr'><is><t>A-2</t></is></c><c><v>7</v></c></row></sheetData>"
        ),
        {"A-2": {"NPS": 7}},
        [(2, "#N/A")],
        dialect=SHEET,
    ),
    Case(
        "a marked error without a text",
        workbook({"Customers": [HEAD, ("A-1", Raw("", "e"))]}),
        rejects=[(2, "#N/A")],
        dialect=SHEET,
    ),
]
