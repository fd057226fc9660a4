"""Encodings: found by a mark or strictly, declared, or refused with the line."""

from tests.domain.imports.corpus.case import Accounts, Case, named, read_as

TEXT = "Account ID,Account Name\nA-1,Äpfel & Œuvre\nA-2,東京\n"
TABLE = named(A_1="Äpfel & Œuvre", A_2="東京")
HEAD = b"Account ID,Account Name\n"
WESTERN = "Account ID,Account Name\nA-1,Café – 5 €\n"
PLAIN = "Account ID,Account Name\n" + "".join(f"P-{n},{'x' * 90}\n" for n in range(3_000))
"""More than is read to find the encoding."""
PLAIN_TABLE: Accounts = {f"P-{n}": {"Account Name": "x" * 90} for n in range(3_000)}

CASES = [
    Case("utf-8", TEXT.encode(), TABLE),
    Case("utf-8 with a mark", TEXT.encode("utf-8-sig"), TABLE, dialect={"encoding": "utf-8-sig"}),
    Case(
        "utf-16 little endian", b"\xff\xfe" + TEXT.encode("utf-16-le"), TABLE, dialect={"encoding": "utf-16"}
    ),
    Case("utf-16 big endian", b"\xfe\xff" + TEXT.encode("utf-16-be"), TABLE, dialect={"encoding": "utf-16"}),
    Case("utf-16 without a mark", WESTERN.encode("utf-16-le"), fails="UTF-16 without a byte order mark"),
    Case(
        "utf-16 without a mark, declared",
        WESTERN.encode("utf-16-be"),
        named(A_1="Café – 5 €"),
        mapping=read_as(encoding="utf-16-be"),
        dialect={"encoding": "utf-16-be"},
    ),
    Case(
        "utf-16 that lost its last byte",
        (b"\xff\xfe" + TEXT.encode("utf-16-le"))[:-1],
        fails="the file is not utf-16",
    ),
    Case("utf-32", TEXT.encode("utf-32"), fails="zero character"),
    Case("windows-1252, not declared", WESTERN.encode("cp1252"), fails="line 2 holds the byte 0xe9"),
    Case(
        "windows-1252, declared",
        WESTERN.encode("cp1252"),
        named(A_1="Café – 5 €"),
        mapping=read_as(encoding="cp1252"),
        dialect={"encoding": "cp1252"},
    ),
    Case("declared windows-1252, is utf-8", TEXT.encode(), TABLE, mapping=read_as(encoding="cp1252")),
    Case(
        "shift-jis, declared",
        "Account ID,Account Name\nA-1,東京ソ能\n".encode("shift_jis"),
        named(A_1="東京ソ能"),
        mapping=read_as(encoding="shift_jis"),
        dialect={"encoding": "shift_jis"},
    ),
    Case(
        "declared encoding there is none of",
        WESTERN.encode("cp1252"),
        mapping=read_as(encoding="klingon"),
        fails="no encoding is called 'klingon'",
    ),
    Case(
        "a code that is none of files",
        b"Account ID,Account Name\nA-1,\\ud83d\n",
        mapping=read_as(encoding="unicode_escape"),
        fails="no encoding is called 'unicode_escape'",
    ),
    Case(
        "a byte of windows-1252 far below",
        (PLAIN + "Z-1,").encode() + b"Caf\xe9\n",
        fails="line 3,002 holds the byte 0xe9",
    ),
    Case(
        "declared, and the first other byte far below",
        (PLAIN + "Z-1,").encode() + b"Caf\xe9\n",
        PLAIN_TABLE | named(Z_1="Café"),
        mapping=read_as(encoding="cp1252"),
        dialect={"encoding": "utf-8 or cp1252"},
    ),
    Case(
        "declared, and utf-8 far below",
        (PLAIN + "Z-1,Café\n").encode(),
        PLAIN_TABLE | named(Z_1="Café"),
        mapping=read_as(encoding="cp1252"),
        dialect={"encoding": "utf-8 or cp1252"},
    ),
    Case(
        "declared, and utf-8 with one broken byte",
        HEAD + "A-1,Zoë\nA-2,Zoë\n".encode() + b"A-3,Caf\xe9\n",
        mapping=read_as(encoding="cp1252"),
        fails="the file is not utf-8: line 4 holds the byte 0xe9",
    ),
    Case(
        "declared, and utf-8 with one broken byte far below",
        (PLAIN + "Y-1,Zoë\nY-2,Zoë\n").encode() + b"Z-1,Caf\xe9\n",
        mapping=read_as(encoding="cp1252"),
        fails="the file is not utf-8: line 3,004 holds the byte 0xe9",
    ),
    Case(
        "declared, and utf-8 below a broken byte far below",
        PLAIN.encode() + b"Y-1,Caf\xe9\n" + "Z-1,Zoë\nZ-2,Zoë\n".encode(),
        mapping=read_as(encoding="cp1252"),
        fails="the file is not utf-8: line 3,002 holds the byte 0xe9",
    ),
    Case(
        "declared to be utf-8, and is not",
        WESTERN.encode("cp1252"),
        mapping=read_as(encoding="utf8"),
        fails="the file is not utf-8: line 2 holds the byte 0xe9",
    ),
    Case(
        "utf-8 cut in a character",
        "Account ID,Account Name\nA-1,é".encode()[:-1],
        fails="line 2 holds the byte 0xc3",
    ),
    Case(
        "half a character in utf-8",
        b"Account ID,Account Name\nA-1,\xed\xa0\x80\n",
        fails="line 2 holds the byte",
    ),
    Case(
        "a zero in a cell",
        b"Account ID,Account Name\nA-1,Acme\0Ltd and others\nA-2,Globex Corporation\n",
        named(A_2="Globex Corporation"),
        [(2, "there is a zero character in the row")],
    ),
    Case(
        "a zero in the header",
        b"Account ID,Account\0Name\nA-1,Acme Limited and others\n",
        fails="the header holds a zero character",
    ),
    Case("zeros all over", b"Account ID\nA-1\0\0\0\0\0\0\0\0\0", fails="the file is not text"),
    Case(
        "two marks",
        "\ufeff\ufeffAccount ID,Account Name\nA-1,x\n".encode(),
        fails="no column holds the Account ID",
    ),
    Case(
        "two files one after the other, the second with its mark",
        "Account ID,Account Name\nA-1,x\n\ufeffAccount ID,Account Name\nA-2,y\n".encode(),
        named(A_1="x", A_2="y"),
        [(3, "the row repeats the header")],
    ),
]
