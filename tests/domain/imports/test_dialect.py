"""Encodings and delimiters are found by rules (architecture 10) or refused with the mend."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.errors import UnreadableDrop
from keepwell.imports.encoding import decode
from keepwell.imports.finding import find_delimiter
from keepwell.imports.spreadsheets import as_it_was, harmless

TEXT = "Account ID,Name\nÄ-1,Œuvre – 東京\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_byte_order_mark_decides_else_strict_utf_8(encoding: str) -> None:
    assert decode(TEXT.encode(encoding)) == (TEXT, encoding)


def test_a_declared_encoding_is_used_only_where_the_bytes_are_not_utf_8() -> None:
    assert decode("é".encode(), "cp1252") == ("é", "utf-8")
    assert decode("é".encode("cp1252"), "cp1252") == ("é", "cp1252")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("a,b".encode("utf-16-le"), "UTF-16 without a byte order mark"),
        ("a,b".encode("utf-32"), "zero character"),
        (b"ok\nx\xe9", "line 2 holds the byte 0xe9"),
        (b"\xff\xfea", "not utf-16"),
        (b"\x1f\x8b\x08", "gzip"),
    ],
)
def test_anything_uncertain_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(UnreadableDrop, match=reason):
        decode(content)


def test_an_unknown_declared_encoding_is_told() -> None:
    with pytest.raises(UnreadableDrop, match="no encoding is called 'klingon'"):
        decode(b"\xe9", "klingon")


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a,b\n1,2\n", ","),
        ("a;b\n1,5;2\n3,5;4\n", ";"),
        ("a\tb\n1,2,3\t4\n", "\t"),
        ("a|b|c\n1|2|3\n", "|"),
        ("Account ID;Name, legal;NPS\n1;Acme;5\n2;B;6\n", ";"),
        ('Account ID,Notes\n1,"a;b;c"\n2,"d;e;f"\n', ","),
        ("only\none\n", ","),
        ("", ","),
    ],
)
def test_the_delimiter_is_the_one_with_even_columns(text: str, delimiter: str) -> None:
    assert find_delimiter(text) == delimiter


@pytest.mark.parametrize("cell", ["=1+1", "+A1", "-A1", "@x", "\tx", "\rx", "＝x", "  =x", "-1+2"])
def test_a_formula_is_made_text(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"


@given(st.floats(allow_nan=False, allow_infinity=False, width=16).map("{:.3f}".format))
def test_a_plain_number_stays_as_it_is(cell: str) -> None:
    assert harmless(cell) == cell


@given(st.one_of(st.text(), st.text(alphabet="'=+-@ 1\t＝")))
def test_what_is_made_harmless_is_read_as_it_was(cell: str) -> None:
    assert as_it_was(harmless(cell)) == cell
    assert not as_it_was(harmless(f"={cell}")).startswith("'")
