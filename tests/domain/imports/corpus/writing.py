"""Delimiters, quotes and line ends."""

from tests.domain.imports.corpus.case import Accounts, Case, named, read_as

NAMES = named(A_1="Acme", A_2="Globex")
HEAD = "Account ID,Account Name\n"
SEMICOLON = {"delimiter": ";"}
LINES = "x\n" * 220
UNCLOSED = "a double quote is not closed; close it, or double it"
LONG = [f"L-{n},Name {n}" for n in range(300)]
LONG_TABLE: Accounts = {f"L-{n}": {"Account Name": f"Name {n}"} for n in range(300)}


def without(table: Accounts, *ids: str) -> Accounts:
    return {account: values for account, values in table.items() if account not in ids}


DELIMITERS = [
    Case("semicolons", b"Account ID;Account Name\nA-1;Acme\nA-2;Globex\n", NAMES, dialect=SEMICOLON),
    Case("tabs", b"Account ID\tAccount Name\nA-1\tAcme\nA-2\tGlobex\n", NAMES, dialect={"delimiter": "\t"}),
    Case("pipes", b"Account ID|Account Name\nA-1|Acme\nA-2|Globex\n", NAMES, dialect={"delimiter": "|"}),
    Case(
        "semicolons and decimal commas",
        b"Account ID;NPS;Contract Value\nA-1;7;1000\nA-2;8;1234,56\nA-3;9;1.234,5\n",
        {"A-1": {"NPS": 7, "Contract Value": 1000}},
        [(3, "write 1234.56"), (4, "write 1234.5")],
        dialect=SEMICOLON,
    ),
    Case(
        "semicolons and what may be a thousand",
        b"Account ID;NPS;Contract Value\nA-1;7;1000\nA-2;8;12.000\nA-3;9;12.50\nA-4;9;-1.234\nA-5;9;0.125\n",
        {
            "A-1": {"NPS": 7, "Contract Value": 1000},
            "A-3": {"NPS": 9, "Contract Value": 12.5},
            "A-5": {"NPS": 9, "Contract Value": 0.125},
        },
        [(3, '"12.000" may be a thousand or a fraction'), (5, '"-1.234" may be a thousand')],
        dialect=SEMICOLON,
    ),
    Case(
        "semicolons and a mapping that says nothing of numbers",
        b"Account ID;NPS;Contract Value\nA-1;7;12.000\n",
        {},
        [(2, '"12.000" may be a thousand or a fraction')],
        mapping=read_as("Account ID", "NPS", "Contract Value"),
        dialect=SEMICOLON,
    ),
    Case(
        "semicolons and many commas",
        b"Account ID;Account Name\nA-1;Acme, Ltd, Paris, France\nA-2;Globex, Inc, Rome, Italy\n",
        named(A_1="Acme, Ltd, Paris, France", A_2="Globex, Inc, Rome, Italy"),
        dialect=SEMICOLON,
    ),
    Case(
        "a hint for Excel",
        b"sep=;\nAccount ID;Account Name\nA-1;Acme, Ltd\n",
        named(A_1="Acme, Ltd"),
        dialect=SEMICOLON | {"header_row": 2, "preamble": ["sep="]},
    ),
    Case(
        "a hint and a delimiter that is not looked for",
        b"sep=^\r\nAccount ID^Account Name\r\nA-1^Acme, Ltd\r\n",
        named(A_1="Acme, Ltd"),
        dialect={"delimiter": "^", "header_row": 2, "preamble": ["sep="], "line_end": "CRLF"},
    ),
    Case(
        "a hint in a file of bare CR",
        b"sep=^\rAccount ID^Account Name\rA-1^Acme, Ltd\r",
        named(A_1="Acme, Ltd"),
        dialect={"delimiter": "^", "header_row": 2, "preamble": ["sep="], "line_end": "CR"},
    ),
    Case(
        "a hint that names nothing",
        b"sep=\r\nAccount ID\r\nA-1\r\nA-2\r\n",
        {"A-1": {}, "A-2": {}},
        dialect={"header_row": 2, "preamble": ["sep="], "line_end": "CRLF"},
    ),
    Case(
        "a hint that names a quote",
        b'sep="\nAccount ID,Account Name\nA-1,Acme\nA-2,Globex\n',
        NAMES,
        dialect={"header_row": 2, "preamble": ['sep="']},
    ),
    Case(
        "a hint that names a blank, of which several would be one",
        b'sep= \n"Account ID" "Account Name" NPS\nA-1  8\nA-2 Globex 9\n',
        fails="the header in line 2 cannot be read",
    ),
    Case(
        "a declared delimiter",
        b"Account ID~Account Name\nA-1~Acme, Ltd\n",
        named(A_1="Acme, Ltd"),
        mapping=read_as(delimiter="~"),
        dialect={"delimiter": "~"},
    ),
    Case(
        "a declared delimiter, and a row to mend",
        b"Account ID~Account Name\nA-1~Acme\nA-2~Globex~x\n",
        named(A_1="Acme"),
        [(3, "the row has 3 cells")],
        mapping=read_as(delimiter="~", header_row=1),
        dialect={"delimiter": "~"},
    ),
    Case("one column", b"Account ID\nA-1\nA-2\n", {"A-1": {}, "A-2": {}}),
    Case(
        "one column, and commas in a text",
        b"Account ID\nA-1\nA-2, Ltd\nA-3, Inc\n",
        {"A-1": {}},
        [(3, "the row has 2 cells, the header 1"), (4, "the row has 2 cells, the header 1")],
    ),
    Case(
        "a delimiter at the end of each line",
        b"Account ID,Account Name,\nA-1,Acme,\nA-2,Globex,\n",
        NAMES,
    ),
    Case(
        "a row with another delimiter",
        b"Account ID,Account Name\nA-1,Acme\nA-2;Globex\n",
        named(A_1="Acme"),
        [(3, "the row has 1 cells, the header 2")],
    ),
    Case(
        "rows wider and narrower than the header",
        b"Account ID,Account Name,NPS\nA-1,Acme,7\nA-2,Globex\nA-3,Umbrella,8,9\nA-4\n",
        {"A-1": {"Account Name": "Acme", "NPS": 7}},
        [
            (3, "has 2 cells, the header 3"),
            (4, "has 4 cells, the header 3"),
            (5, "has 1 cells, the header 3"),
        ],
    ),
    Case(
        "a header narrower than every row",
        b"Account ID,Account Name\nA-1,Acme,x\nA-2,Globex,y\n",
        rejects=[(2, "has 3 cells, the header 2"), (3, "has 3 cells, the header 2")],
    ),
    Case(
        "a name with a comma in no quotes",
        b"Account ID,Account Name\nA-1,Acme, Ltd\nA-2,Globex\n",
        named(A_2="Globex"),
        [(2, "put text that holds ',' in double quotes")],
    ),
]

QUOTES = [
    Case("doubled quotes", HEAD + 'A-1,"The ""Acme"" Company"\n', named(A_1='The "Acme" Company')),
    Case(
        "lines in quotes",
        HEAD + 'A-1,"Acme\nLtd"\nA-2,Globex\n',
        named(A_1="Acme\nLtd", A_2="Globex"),
    ),
    Case(
        "CR LF in quotes",
        HEAD + 'A-1,"Acme\r\nLtd"\nA-2,x,y\n',
        named(A_1="Acme\r\nLtd"),
        [(4, "the row has 3 cells")],
    ),
    Case(
        "a quote never closed in the first row",
        "\n".join([HEAD + 'L-0,"Name 0', *LONG[1:]]),
        without(LONG_TABLE, "L-0"),
        [(2, UNCLOSED)],
    ),
    Case(
        "a quote never closed in the last row",
        "\n".join([HEAD + LONG[0], *LONG[1:-1], 'L-299,"Name 299\n']),
        without(LONG_TABLE, "L-299"),
        [(301, UNCLOSED)],
    ),
    Case(
        "quotes never closed in three rows",
        "\n".join([HEAD + 'L-0,"Name 0', *LONG[1:100], 'L-100,"x', *LONG[101:298], '"L-298,x', LONG[299]]),
        without(LONG_TABLE, "L-0", "L-100", "L-298"),
        [(2, "double quote"), (102, "quote"), (300, UNCLOSED)],
    ),
    Case(
        "a quote that is closed in another row",
        'Account ID,Account Name,NPS\nA-1,"Acme,7\nA-2,Globex,8\nA-3,Size 5",9\nA-4,Umbrella,10\n',
        {
            "A-2": {"Account Name": "Globex", "NPS": 8},
            "A-3": {"Account Name": 'Size 5"', "NPS": 9},
            "A-4": {"Account Name": "Umbrella", "NPS": 10},
        },
        [(2, "the following lines look like rows of their own")],
    ),
    Case(
        "a quote that is closed in another row, and ids of many kinds",
        'Account ID,Account Name,NPS\nx,"Acme,7\n8,Globex,8\nnine-9,Umbrella,9\n10-ten,Size 5",10\n',
        {
            "8": {"Account Name": "Globex", "NPS": 8},
            "nine-9": {"Account Name": "Umbrella", "NPS": 9},
            "10-ten": {"Account Name": 'Size 5"', "NPS": 10},
        },
        [(2, "the following lines look like rows of their own")],
    ),
    Case(
        "an address in quotes",
        HEAD + 'A-1,"Acme Ltd\n1 Main Street, Floor 5\nParis, France"\nA-2,Globex\n',
        named(A_1="Acme Ltd\n1 Main Street, Floor 5\nParis, France", A_2="Globex"),
    ),
    Case(
        "a text that holds a row, perhaps",
        'Account ID,Account Name,NPS\nA-1,"Acme\nB-2,Globex,7\nand others",8\nA-3,Umbrella,9\n',
        {"A-3": {"Account Name": "Umbrella", "NPS": 9}},
        [(2, "a text in the row holds a line that looks like a row of its own")],
    ),
    Case(
        "an endless cell whose lines are as wide as rows",
        HEAD + 'A-1,"' + "yes, sir\n" * 5_000 + '"\nA-2,Globex\n',
        named(A_2="Globex"),
        [(2, "the text is longer than 32,767 characters")],
    ),
    Case(
        "a cell of more than 200 lines",
        HEAD + f'A-1,"{LINES}"\nA-2,Globex\n',
        named(A_2="Globex"),
        [(2, "the text has more than 200 lines")],
    ),
    Case(
        "a quote in a text that is not quoted",
        HEAD + 'A-1,5" disks\nA-2,Globex\n',
        named(A_1='5" disks', A_2="Globex"),
    ),
    Case(
        "quotes escaped with a backslash",
        HEAD + 'A-1,"The \\"Acme\\" Company"\nA-2,Globex\n',
        named(A_2="Globex"),
        [(2, "a double quote inside a quoted cell; double it")],
    ),
    Case("spaces before quotes", HEAD + 'A-1, "Acme, Ltd"\n', named(A_1="Acme, Ltd")),
    Case(
        "text after a closing quote",
        HEAD + 'A-1,"Acme" Ltd\nA-2,Globex\n',
        named(A_2="Globex"),
        [(2, "a double quote inside a quoted cell; double it")],
    ),
    Case("all quoted", b'"Account ID","Account Name"\n"A-1","Acme"\n"A-2","Globex"\n', NAMES),
    Case(
        "single quotes",
        b"'Account ID','Account Name'\n'A-1','Acme, Ltd'\n'A-2','Rock ''n'' Roll'\n",
        named(A_1="Acme, Ltd", A_2="Rock 'n' Roll"),
        dialect={"quote": "'"},
    ),
    Case(
        "single quotes where they are needed",
        b"Account ID,Account Name\nA-1,'Acme, Ltd'\nA-2,Globex\n",
        named(A_1="Acme, Ltd", A_2="Globex"),
        dialect={"quote": "'"},
    ),
    Case(
        "an apostrophe first",
        HEAD + "A-1,'t Hooft\nA-2,O'Brien\n",
        named(A_1="'t Hooft", A_2="O'Brien"),
    ),
    Case(
        "tabs and texts that begin with a quote",
        b'Account ID\tAccount Name\nA-1\t"Big" Joe\nA-2\t"Little" Ann\nA-3\tGlobex\n',
        named(A_1='"Big" Joe', A_2='"Little" Ann', A_3="Globex"),
        dialect={"delimiter": "\t", "quote": "none"},
    ),
    Case(
        "declared to have no quotes",
        b'Account ID,Account Name\nA-1,"Acme"\nA-2,"x\n',
        named(A_1='"Acme"', A_2='"x'),
        mapping=read_as(quote="none"),
        dialect={"quote": "none"},
    ),
    Case("typographic quotes are text", HEAD + "A-1,“Acme”\n", named(A_1="“Acme”")),
    Case(
        "a header with an unclosed quote",
        b'Account ID,"Account Name\nA-1,Acme\nA-2,Globex\n',
        fails="the header in line 1 cannot be read",
    ),
    Case(
        "a header over two lines",
        b'"Account\nID","Account\nName"\nA-1,Acme\nA-2\n',
        named(A_1="Acme"),
        [(5, "the row has 1 cells")],
    ),
]

LINE_ENDS = [
    Case(
        "CR LF", b"Account ID,Account Name\r\nA-1,Acme\r\nA-2,Globex\r\n", NAMES, dialect={"line_end": "CRLF"}
    ),
    Case(
        "CR alone",
        b"Account ID,Account Name\rA-1,Acme\rA-2\rA-2,Globex\r",
        NAMES,
        [(3, "the row has 1 cells")],
        dialect={"line_end": "CR"},
    ),
    Case(
        "mixed", b"Account ID,Account Name\r\nA-1,Acme\nA-2,Globex\r\n", NAMES, dialect={"line_end": "CRLF"}
    ),
    Case("none at the end", HEAD + "A-1,Acme\nA-2,Globex", NAMES),
    Case(
        "blank lines everywhere",
        b"\n\n  \nAccount ID,Account Name\n\nA-1,Acme\n , \n\n,\nA-2,Globex\nA-3\n\n\n",
        NAMES,
        [(11, "the row has 1 cells")],
        dialect={"header_row": 4},
    ),
    Case("only a header", HEAD),
    Case("empty", b"", fails="the file is empty"),
    Case("only blank lines", b"\n \n\r\n,,\n", fails="the file is empty"),
    Case(
        "the mark of the end of a file",
        HEAD + "A-1,Acme\nA-2,Globex\n\x1a",
        NAMES,
        dialect={"trailing": ["\x1a"]},
    ),
    Case(
        "separators that are no line ends",
        HEAD + "A-1,Ac\u2028me\nA-2,Glo\x0cbex\u0085\n",
        named(A_1="Ac\u2028me", A_2="Glo\x0cbex"),
    ),
]

CASES = [*DELIMITERS, *QUOTES, *LINE_ENDS]
