"""What stands above and below a table, and headers of all kinds."""

from tests.domain.imports.corpus.case import Accounts, Case, named, read_as

NAMES = named(A_1="Acme", A_2="Globex")
HEAD = "Account ID,Account Name\n"
ROWS = "A-1,Acme\nA-2,Globex\n"
WIDE = "Account ID,Account Name,NPS,Contract Value\nA-1,Acme,7,1000\nA-2,Globex,8,2000\n"
WIDE_TABLE: Accounts = {
    "A-1": {"Account Name": "Acme", "NPS": 7, "Contract Value": 1000},
    "A-2": {"Account Name": "Globex", "NPS": 8, "Contract Value": 2000},
}

ABOVE = [
    Case(
        "a title and a blank line",
        f"Customers of 2026\n\n{HEAD}{ROWS}",
        NAMES,
        dialect={"header_row": 3, "preamble": ["Customers of 2026"]},
    ),
    Case(
        "notes that are as wide as the table",
        f"Exported, 2026-11-21\nOwner,Ann\nRegion,EMEA\n{HEAD}{ROWS}",
        NAMES,
        dialect={"header_row": 4, "preamble": ["Exported 2026-11-21", "Owner Ann", "Region EMEA"]},
    ),
    Case(
        "a title filled up with delimiters",
        f"Customers,,,\n,,,\n{WIDE}",
        WIDE_TABLE,
        dialect={"header_row": 3, "preamble": ["Customers"]},
    ),
    Case(
        "comments",
        f"# source: billing\n# rows: 2, more or less\n{HEAD}{ROWS}",
        NAMES,
        dialect={"header_row": 3, "preamble": ["# source: billing", "# rows: 2 more or less"]},
    ),
    Case(
        "a header over the header",
        f"Customer,,Money,\n{WIDE}",
        WIDE_TABLE,
        dialect={"header_row": 2, "preamble": ["Customer Money"]},
    ),
    Case(
        "a note with an unclosed quote",
        f'Made for "Acme\n"see below\n\n{HEAD}{ROWS}',
        NAMES,
        dialect={"header_row": 4, "preamble": ['Made for "Acme', '"see below']},
    ),
    Case(
        "units below the header",
        "Account ID,NPS,Contract Value\n,points,USD\nA-1,7,1000\n",
        {"A-1": {"NPS": 7, "Contract Value": 1000}},
        [(2, "the Account ID is blank")],
    ),
    Case(
        "a declared header row",
        "Account ID,Account Name\nnot yet,the header\nAccount ID,Account Name\nA-1,Acme\n",
        named(A_1="Acme"),
        mapping=read_as(header_row=3),
        dialect={"header_row": 3, "preamble": ["Account ID Account Name", "not yet the header"]},
    ),
    Case(
        "a declared header row that is blank",
        f"\n\n{HEAD}{ROWS}",
        mapping=read_as(header_row=2),
        fails="the mapping says the header is on line 2, but no row with a text starts there",
    ),
    Case(
        "a declared header row beyond the end",
        HEAD + ROWS,
        mapping=read_as(header_row=40),
        fails="the mapping says the header is on line 40",
    ),
    Case("no header", ROWS, fails="no column holds the Account ID"),
    Case(
        "no header, and numbers", "1001,7\n1002,8\n", fails="the first row looks like data, not like headers"
    ),
]

JOINED = [
    Case(
        "two exports joined, the second with a column more",
        "Account ID,NPS\nA-1,5\nA-2,6\nAccount ID,NPS,Contract Value\nA-3,7,10\n",
        {"A-1": {"NPS": 5}, "A-2": {"NPS": 6}},
        [(4, "the row has 3 cells, the header 2"), (5, "the row has 3 cells, the header 2")],
    ),
    Case(
        "two exports joined, the second with another column",
        "Account ID,Account Name,Shoe Size\nA-1,Acme,43\nAccount ID,Account Name,NPS\nA-2,Globex,7\n",
        NAMES,
        [(3, "the row repeats the header")],
        ignored=["Shoe Size"],
    ),
    Case(
        "two exports joined by a blank line",
        "Account ID,NPS\nA-1,5\n\nAccount ID,NPS,Contract Value\nA-3,7,10\n",
        {"A-1": {"NPS": 5}},
        [(4, "the row has 3 cells"), (5, "the row has 3 cells")],
    ),
    Case(
        "a table of what was asked for",
        f"Region,Industry\nEMEA,Retail\n\n{WIDE}",
        WIDE_TABLE,
        dialect={"header_row": 4, "preamble": ["Region Industry", "EMEA Retail"]},
    ),
]

HEADERS = [
    Case(
        "equal headers", "Account ID,NPS,NPS\nA-1,7,8\n", fails="columns 2 and 3 have the same header 'NPS'"
    ),
    Case("equal but for case and spaces", "Account ID,N P  S,n p s\nA-1,7,8\n", fails="the same header"),
    Case(
        "two names of one attribute",
        "Account ID,arr,Contract Value\nA-1,7,8\n",
        fails="columns 'arr' and 'Contract Value' both mean Contract Value",
    ),
    Case("spaces around headers", " Account ID , Account Name \nA-1,Acme\n", named(A_1="Acme")),
    Case("aliases in any style", "accountId,account_name\nA-1,Acme\n", named(A_1="Acme")),
    Case("columns without a header", ",Account ID,,Account Name\n0,A-1,x,Acme\n", named(A_1="Acme")),
    Case(
        "columns that nobody knows",
        "Account ID,Shoe Size,Account Name\nA-1,43,Acme\n",
        named(A_1="Acme"),
        ignored=["Shoe Size"],
    ),
    Case(
        "500 columns",
        ",".join(["Account ID", *(f"c{n}" for n in range(499))]) + "\nA-1" + ",x" * 499 + "\n",
        {"A-1": {}},
        ignored=[f"c{n}" for n in range(499)],
    ),
    Case(
        "501 columns",
        ",".join(["Account ID", *(f"c{n}" for n in range(500))]) + "\nA-1" + ",x" * 500 + "\n",
        fails="the file has 501 columns; at most 500 are read",
    ),
    Case(
        "the header once more",
        f"{HEAD}A-1,Acme\naccount id,ACCOUNT NAME\nA-2,Globex\n",
        NAMES,
        [(3, "the row repeats the header")],
    ),
    Case(
        "a row that is like a part of the header",
        f"{HEAD}Account ID,Acme\n",
        {"Account ID": {"Account Name": "Acme"}},
    ),
    Case(
        "a header longer than what is looked at",
        "Account ID," + "x" * 300_000 + "\nA-1,y\n",
        fails="the header does not end within the first 262,144 bytes",
    ),
]

BELOW = [
    Case(
        "a total",
        f"{WIDE}Total,,15,3000\n",
        WIDE_TABLE,
        dialect={"trailing": ["Total,,15,3000"]},
    ),
    Case(
        "a total whose word is not in the first column, and a blank line",
        f'{WIDE}\n,Grand Total:,,"$3,000.00"\n\n',
        WIDE_TABLE,
        dialect={"trailing": [',Grand Total:,,"$3,000.00"']},
    ),
    *(
        Case(
            f"a last account that is called {name}",
            f"{HEAD[:-1]},NPS\nA-1,Acme,7\n{name},{other},\n",
            {"A-1": {"Account Name": "Acme", "NPS": 7}, name: {"Account Name": other} if other else {}},
        )
        for name, other in [
            ("Run by Humans", ""),
            ("End of Days GmbH", ""),
            ("Copyright Agency Ltd", ""),
            ("Users", "12"),
            ("Count", "12"),
        ]
    ),
    Case(
        "one column and a last id like an end",
        "Account ID\nA-1\nEnd of Days\n",
        {"A-1": {}, "End of Days": {}},
    ),
    *(
        Case(
            f"below the table, filled up: {line}", f"{WIDE}{line}\n", WIDE_TABLE, dialect={"trailing": [line]}
        )
        for line in (
            "-- end of report --,,,",
            "(2 rows),,,",
            "Users: 12,,,",
            "Generated by: Ann,,,",
            "Run by Ann on 2026-11-21,,,",
            "Page 1 of 2,,,",
        )
    ),
    Case(
        "a total in doubt, for no cell is blank",
        "Account ID,NPS\nA-1,7\nTotal,7\n",
        {"A-1": {"NPS": 7}},
        [(3, "the row looks like a total")],
    ),
    *(
        Case(
            f"a last row in doubt: {line}",
            f"{WIDE}{line}\n",
            WIDE_TABLE,
            [(4, "the row looks like a footer")],
        )
        for line in (
            "Total,2 accounts,,3000",
            "TOTAL,n/a 2,-,3000",
            "Totals for 2026,,n/a,3000",
            "Grand total (USD),,,3000",
            "Sum,x1,,3000",
            "End,,,",
            "the END,,,",
            "End of report,Ann,,",
            "Report,,,",
            "Report,2026-11-21,,",
            "report date,2026-11-21,,",
            "Generated by,Ann,,",
            "Exported on,Monday,,",
            "Ende der Liste,Anna,,",
            "End,End,,",
        )
    ),
    *(
        Case(f"a last account that is a word: {line}", f"{WIDE}{line}\n", {**WIDE_TABLE, **table})
        for line, table in (
            ("Total,TotalEnergies,,", named(Total="TotalEnergies")),
            ("Report,The Report Ltd,,", named(Report="The Report Ltd")),
            ("End,,7,", {"End": {"NPS": 7}}),
            ("Ende,Michael Ende,,", named(Ende="Michael Ende")),
            ("End of Days GmbH,12,,", {"End of Days GmbH": {"Account Name": "12"}}),
            ("Reporting,,,", {"Reporting": {}}),
            ("Totally,,,", {"Totally": {}}),
        )
    ),
    Case(
        "several last rows in doubt, and one that is none among them",
        f"{WIDE}End,,,\nA-3,Umbrella,,\nReport,,,\nGenerated by,Ann,,\n",
        {**WIDE_TABLE, **named(A_3="Umbrella")},
        [(line, "the row looks like a footer") for line in (4, 6, 7)],
    ),
    Case(
        "such a word further up",
        f"{HEAD}End,\nA-1,Acme\n" + "".join(f"B-{n},x\n" for n in range(4)),
        {"End": {}, **named(A_1="Acme"), **{f"B-{n}": {"Account Name": "x"} for n in range(4)}},
    ),
    Case(
        "a name before the id",
        "Account Name,Account ID,NPS\nAcme,17,7\nEnd,2,\n",
        {"17": {"Account Name": "Acme", "NPS": 7}},
        [(3, "the row looks like a footer")],
    ),
    Case(
        "a last row in doubt that a mapping says is one",
        f"{HEAD}A-1,Acme\nEnd,\n",
        {**named(A_1="Acme"), "End": {}},
        mapping=read_as(trailing_rows=0),
    ),
    Case(
        "a last row in doubt that a mapping says is none",
        f"{HEAD}A-1,Acme\nEnd,\n",
        named(A_1="Acme"),
        mapping=read_as(trailing_rows=1),
        dialect={"trailing": ["End,"]},
    ),
    Case(
        "subtotals between rows",
        "Account ID,Account Name,NPS\nA-1,Acme,7\nSubtotal,,7\nA-2,Globex,8\nSum,,8\nA-3,Umbrella,9\n",
        {
            "A-1": {"Account Name": "Acme", "NPS": 7},
            "A-2": {"Account Name": "Globex", "NPS": 8},
            "A-3": {"Account Name": "Umbrella", "NPS": 9},
        },
        [(3, "the row looks like a total"), (5, "the row looks like a total")],
    ),
    Case(
        "an account that is called Total", f"{HEAD}Total,TotalEnergies SE\n", named(Total="TotalEnergies SE")
    ),
    Case(
        "the end of a report, a ruler and a count",
        f"{WIDE}----------\n2 rows\n-- end of report --\n",
        WIDE_TABLE,
        dialect={"trailing": ["----------", "2 rows", "-- end of report --"]},
    ),
    Case(
        "rows of a database",
        f"{HEAD}{ROWS}(2 rows affected)\n",
        NAMES,
        dialect={"trailing": ["(2 rows affected)"]},
    ),
    Case("a labelled count", f"{WIDE}Row count,2,,\n", WIDE_TABLE, dialect={"trailing": ["Row count,2,,"]}),
    Case(
        "five lines below a report",
        f'{WIDE}\n\n"Accounts Report"\n"Copyright (c) 2000-2026 crm.example. All rights reserved."\n'
        '"Confidential Information - Do Not Distribute"\n'
        '"Generated By:  Ann Example  11/21/2026 9:00 AM"\n"Acme Ltd"\n',
        WIDE_TABLE,
        dialect={
            "trailing": [
                '"Accounts Report"',
                '"Copyright (c) 2000-2026 crm.example. All rights reserved."',
                '"Confidential Information - Do Not Distribute"',
                '"Generated By:  Ann Example  11/21/2026 9:00 AM"',
                '"Acme Ltd"',
            ]
        },
    ),
    Case(
        "cut off in the last row",
        f"{WIDE}A-3",
        WIDE_TABLE,
        [(4, "the row has 1 cells, the header 4")],
    ),
    Case(
        "a row of one cell after a blank line",
        f"{WIDE}\nA-3\n",
        WIDE_TABLE,
        [(5, "the row has 1 cells, the header 4")],
    ),
    Case(
        "an id among the lines at the end",
        f"{WIDE}A-3\n(3 rows)\n",
        WIDE_TABLE,
        [(4, "the row has 1 cells")],
        dialect={"trailing": ["(3 rows)"]},
    ),
    Case(
        "one column and a count", "Account ID\nA-1\n(1 row)\n", {"A-1": {}}, dialect={"trailing": ["(1 row)"]}
    ),
    Case(
        "a row of which most is not like the header",
        "Account ID,Account Name,NPS,CSAT,Contract Value\nAccount ID,Account Name,7,4,1000\n",
        {"Account ID": {"Account Name": "Account Name", "NPS": 7, "CSAT": 4, "Contract Value": 1000}},
    ),
    Case(
        "the header once more with half of its columns renamed",
        "Account ID,Account Name,NPS,CSAT\nA-1,Acme,7,4\nAccount ID,Account Name,Score,Stars\n",
        {"A-1": {"Account Name": "Acme", "NPS": 7, "CSAT": 4}},
        [(3, "the row repeats the header")],
    ),
    Case("one column and an id that is called Total", "Account ID\nA-1\nTotal\n", {"A-1": {}, "Total": {}}),
    Case(
        "what looks like the end is in quotes",
        f'{HEAD}A-1,"Acme\n-- end of report --\n(1 row)"\nA-2,Globex\n',
        named(A_1="Acme\n-- end of report --\n(1 row)", A_2="Globex"),
    ),
    Case(
        "what looks like the end is a name",
        f"{HEAD}A-1,End of Report Ltd\nA-2,Grand Total\n",
        named(A_1="End of Report Ltd", A_2="Grand Total"),
    ),
    Case(
        "an unclosed quote before the end",
        f'{HEAD}A-1,Acme\nA-2,"Globex\n(2 rows)\n',
        named(A_1="Acme"),
        [(3, "a double quote is not closed")],
        dialect={"trailing": ["(2 rows)"]},
    ),
    Case(
        "declared trailing rows",
        f"{HEAD}{ROWS}Sums to nothing,x\n\nBye,y\n",
        NAMES,
        mapping=read_as(trailing_rows=2),
        dialect={"trailing": ["Sums to nothing,x", "Bye,y"]},
    ),
    Case(
        "declared to have no trailing rows",
        f"{HEAD}{ROWS}(2 rows)\n",
        NAMES,
        [(4, "the row has 1 cells")],
        mapping=read_as(trailing_rows=0),
    ),
    Case(
        "declared trailing rows that go on over lines",
        f'{HEAD}{ROWS}A-3,"x\ny"\n',
        mapping=read_as(trailing_rows=1),
        fails="the last rows of the file, which its mapping leaves out",
    ),
    Case(
        "more declared trailing rows than there are",
        f"{HEAD}A-1,Acme\n",
        mapping=read_as(trailing_rows=7),
        dialect={"trailing": ["A-1,Acme"]},
    ),
    Case(
        "more lines above and below than are told",
        "".join(f"# {n}\n" for n in range(25))
        + HEAD
        + ROWS
        + "".join(f"=={'=' * n}\n" for n in range(1, 23)),
        NAMES,
        dialect={
            "header_row": 26,
            "preamble": [f"# {n}" for n in range(20)],
            "preamble_lines": 25,
            "trailing": ["==" + "=" * n for n in range(1, 21)],
            "trailing_lines": 22,
        },
    ),
    Case(
        "the end of a file that is longer than what is looked at",
        HEAD + "".join(f"P-{n},{'x' * 90}\n" for n in range(3_000)) + "\nTotal: 3000\n",
        {f"P-{n}": {"Account Name": "x" * 90} for n in range(3_000)},
        dialect={"trailing": ["Total: 3000"]},
    ),
]

CASES = [*ABOVE, *JOINED, *HEADERS, *BELOW]
