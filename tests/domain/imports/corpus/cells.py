"""Cells: formulas, errors, lengths, and values that are nearly right."""

from keepwell.imports.mapping import ImportMapping, Source, Step
from tests.domain.imports.corpus.case import Case, named

HEAD = "Account ID,Account Name\n"
VALUES = "Account ID,NPS,Contract Value,Renewal Date,Success Plan\n"

CASES = [
    Case(
        "formulas",
        f'{HEAD}A-1,=1+1\nA-2,@SUM(A1)\nA-3,\'=kept\nA-4,"=HYPERLINK(""x"",""y"")"\n',
        named(A_1="=1+1", A_2="@SUM(A1)", A_3="=kept", A_4='=HYPERLINK("x","y")'),
    ),
    Case("a formula as an id", f"{HEAD}=1+1,Acme\n", {"=1+1": {"Account Name": "Acme"}}),
    Case(
        "a spreadsheet's errors",
        f"{HEAD}A-1,#REF!\nA-2,#N/A\nA-3,#DIV/0!\n#VALUE!,Acme\nA-5,#1 in Town\nA-6,#####\n",
        named(A_5="#1 in Town"),
        [(2, "#REF! is a spreadsheet's error"), (3, "#N/A"), (4, "#DIV/0!"), (5, "#VALUE!"), (7, "#####")],
    ),
    Case(
        "a spreadsheet's errors in other languages",
        f"{HEAD}A-1,#NV\n#BEZUG!,Acme\n#WERT!,Acme\nA-4,#NOM?\n#N/D,Acme\nA-6,#¡VALOR!\nA-7,#Wertvoll!\n",
        named(A_7="#Wertvoll!"),
        [
            (2, "#NV is"),
            (3, "#BEZUG! is"),
            (4, "#WERT! is"),
            (5, "#NOM? is"),
            (6, "#N/D is"),
            (7, "#¡VALOR! is"),
        ],
    ),
    Case(
        "words for nothing: no ids, but texts",
        f"{HEAD}NULL,Acme\n(null),Acme\n\\N,Acme\nn/a,Acme\nA-5,NULL\nNullo,N/A\n",
        {"A-5": {"Account Name": "NULL"}, "Nullo": {"Account Name": "N/A"}},
        [(line, "says that there is none (NULL, N/A), and is no id") for line in range(2, 6)],
    ),
    Case(
        "words for nothing in parts of an id",
        "Region,Code,Account Name\nEMEA,NULL,Acme\nEMEA,1,Globex\n",
        {"EMEA-1": {"Account Name": "Globex"}},
        [(2, "says that there is none (NULL, N/A), and is no id")],
        mapping=ImportMapping(
            "odd",
            "accounts",
            {
                "Account ID": Source(columns=("Region", "Code"), then=(Step("join", "-"),)),
                "Account Name": Source(column="Account Name"),
            },
        ),
    ),
    Case(
        "a spreadsheet's error where nobody looks",
        "Account ID,Shoe Size,Account Name\nA-1,#N/A,Acme\n",
        named(A_1="Acme"),
        ignored=["Shoe Size"],
    ),
    Case(
        "ids that a spreadsheet shortened",
        f'{HEAD}1.23457E+19,Acme\n7.0E+15,Globex\n1E5,Umbrella\n"1,23457E+19",Oak\n',
        {"1E5": {"Account Name": "Umbrella"}},
        [(2, "at most 15 digits"), (3, "at most 15 digits"), (5, "at most 15 digits")],
    ),
    Case(
        "ids with leading zeros",
        f"{HEAD}007,Bond\n7,Other\n",
        {"007": {"Account Name": "Bond"}, "7": {"Account Name": "Other"}},
    ),
    Case(
        "ids that differ in case",
        f"{HEAD}a-1,x\nA-1,y\n",
        {"a-1": {"Account Name": "x"}, "A-1": {"Account Name": "y"}},
    ),
    Case(
        "an id that stands twice, once with spaces",
        f"{HEAD}A-1,old\nA-2,Globex\n A-1 ,new\n",
        named(A_1="new", A_2="Globex"),
        [(2, "the id 'A-1' stands again in row 4")],
    ),
    Case(
        "ids that are none",
        f'{HEAD},Acme\n   ,Acme\n{"x" * 257},Acme\n"A\n1",Acme\nA\u200b1,Acme\n',
        rejects=[
            (2, "the Account ID is blank"),
            (3, "the Account ID is blank"),
            (4, "longer than 256 characters"),
            (5, "a line break or another control character"),
            (7, "a line break or another control character"),
        ],
    ),
    Case("a cell of 10,000 characters", f"{HEAD}A-1,{'x' * 10_000}\n", named(A_1="x" * 10_000)),
    Case(
        "cells that are too long",
        f"{HEAD}A-1,{'x' * 10_001}\nA-2,{'x' * 40_000}\nA-3,{'x' * 200_000}\nA-4,Acme\n",
        named(A_4="Acme"),
        [(2, "at most 10,000 characters"), (3, "32,767"), (4, "32,767")],
    ),
    Case(
        "a row of over a million characters",
        "Account ID,"
        + ",".join(f"c{n}" for n in range(40))
        + "\nA-1"
        + f",{'x' * 30_000}" * 40
        + "\nA-2"
        + "," * 40
        + "\n",
        {"A-2": {}},
        [(2, "the row is longer than 1,048,576 characters")],
        ignored=[f"c{n}" for n in range(40)],
    ),
    Case(
        "a line without an end",
        HEAD + "A-1," + "x" * 3_000_000 + "\nA-2,Globex\n",
        named(A_2="Globex"),
        [(2, "longer than")],
    ),
    Case(
        "numbers that are nearly numbers",
        f'{VALUES}A-1,7,"1,000",,\nA-2,$7,,,\nA-3,50%,,,\nA-4,NaN,,,\nA-5,1e3,,,\nA-6,,inf,,\nA-7,٣,,,\nA-8,-0.50,+3,,\n',
        rejects=[
            (2, "leave out currency signs"),
            (3, "leave out currency signs"),
            (4, "leave out currency signs"),
            (5, "expected a plain number"),
            (6, "expected a plain number"),
            (7, "expected a plain number"),
            (8, "expected a plain number"),
            (9, "expected a plain number"),
        ],
    ),
    Case(
        "dates that are nearly dates",
        f"{VALUES}A-1,,,01/02/2026,\nA-2,,,2026-02-30,\nA-3,,,46053,\nA-4,,,2026-1-2,\n",
        rejects=[(line, "") for line in range(2, 6)],
    ),
    Case(
        "yes and no",
        f"{VALUES}A-1,,,,YES\nA-2,,,,False\nA-3,,,,1\nA-4,,,,x\n",
        {"A-1": {"Success Plan": True}, "A-2": {"Success Plan": False}},
        [(4, "expected yes or no"), (5, "expected yes or no")],
    ),
    Case("every fault of a row", f"{VALUES}A-1,x,y,z,w\n", rejects=[(2, "; ")]),
    Case(
        "other scripts and signs",
        f"{HEAD}A-1,مرحبا 👩‍👩‍👧 e\u0301 \u202eabc\n",
        named(A_1="مرحبا 👩‍👩‍👧 e\u0301 \u202eabc"),
    ),
    Case("spaces that are not plain", f"{HEAD}\u00a0A-1\u00a0,\u2003Acme\u2003\n", named(A_1="Acme")),
    Case(
        "a cell that says a script",
        f"{HEAD}A-1,<script>alert(1)</script>\n",
        named(A_1="<script>alert(1)</script>"),
    ),
]
