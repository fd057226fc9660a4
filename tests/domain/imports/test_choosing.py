"""Which mapping a dropped file gets, and why (product INT-05)."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.errors import UnreadableDrop
from keepwell.imports.choosing import both_fit, choose_mapping, fits
from keepwell.imports.dialect import ReadingAs
from keepwell.imports.drops import parse_drop_key
from keepwell.imports.mapping import ImportMapping

CRM = ImportMapping("crm", "accounts", {}, files=("sfdc-*.csv",))
BILLING = ImportMapping("billing", "accounts", {}, headers=("Company Id", "ARR"))
PEOPLE = ImportMapping("people", "users", {}, files=("*.csv",))
MAPPINGS = {each.id: each for each in (CRM, BILLING, PEOPLE)}


def chosen(
    key: str, header: Sequence[str] = (), *more: ImportMapping, within: Sequence[ImportMapping] = ()
) -> tuple[str | None, str | None]:
    known = {each.id: each for each in within} if within else MAPPINGS | {each.id: each for each in more}
    found = choose_mapping(parse_drop_key(key), known, lambda _: header)
    return found.mapping.id if found.mapping else None, found.by


def test_the_folder_decides_before_the_name_and_the_header() -> None:
    key = "drops/accounts/mapping=billing/sfdc-1.csv"
    assert chosen(key, ("Company Id", "ARR")) == ("billing", "folder")


def test_the_name_decides_before_the_header_in_any_case() -> None:
    assert chosen("drops/accounts/SFDC-Nov.CSV", ("Company Id", "ARR")) == ("crm", "files: sfdc-*.csv")


def test_the_header_decides_if_it_has_all_of_them_in_any_case_and_order() -> None:
    header = ("name", "arr", "COMPANY  id ")
    assert chosen("drops/accounts/nov.csv", header) == ("billing", "headers: Company Id, ARR")
    assert chosen("drops/accounts/nov.csv", ("Company Id", "Name")) == (None, None)


def test_a_mapping_takes_files_of_its_object_alone() -> None:
    assert chosen("drops/usage/nov.csv", ("Company Id", "ARR")) == (None, None)


def test_a_corrected_rejects_file_has_the_header_still() -> None:
    header = ("Company Id", "ARR", "Row", "Column", "Reason")
    assert chosen("drops/accounts/nov-3fa92b10c4.csv", header)[0] == "billing"


def test_a_glob_is_of_the_files_own_name_or_of_the_whole_path() -> None:
    assert fits("sfdc-*.csv", "2026/sfdc-1.csv")
    assert fits("crm/*.csv", "crm/2026/a.csv")
    assert not fits("crm/*.csv", "billing/a.csv")


@pytest.mark.parametrize(
    ("key", "header", "how"),
    [
        ("drops/accounts/sfdc-crm.csv", (), "of this name: crm, other"),
        ("drops/accounts/nov.csv", ("Company Id", "ARR"), "of this header: billing, other"),
    ],
)
def test_several_that_fit_are_named_and_none_is_taken(key: str, header: tuple[str, ...], how: str) -> None:
    other = ImportMapping("other", "accounts", {}, files=("*crm.csv",), headers=("ARR",))
    with pytest.raises(UnreadableDrop, match=how) as caught:
        chosen(key, header, other)
    assert "drops/accounts/mapping=<name>/" in caught.value.reason


def test_each_header_is_looked_for_as_its_mapping_reads_files() -> None:
    """An export with two lines before its header is known by the mapping that says so."""
    exported = ImportMapping(
        "export", "accounts", {}, headers=("ARR",), reading=ReadingAs(encoding="cp1252", header_row=3)
    )

    def header_of(reading: ReadingAs) -> Sequence[str]:
        if reading.header_row != 3:
            raise UnreadableDrop("the first row looks like data")
        return ("Id", "ARR")

    known = {each.id: each for each in (exported, BILLING)}
    assert choose_mapping(parse_drop_key("drops/accounts/a.csv"), known, header_of).mapping is exported


def test_a_header_is_not_read_where_no_mapping_asks() -> None:
    def header_of(_: ReadingAs) -> Sequence[str]:
        raise AssertionError

    assert choose_mapping(parse_drop_key("drops/accounts/a.csv"), {"crm": CRM}, header_of).mapping is None


def test_a_folder_that_names_no_mapping_is_told_with_the_one_meant() -> None:
    with pytest.raises(UnreadableDrop, match="Did you mean 'billing'"):
        chosen("drops/accounts/mapping=biling/a.csv")


@pytest.mark.parametrize(
    ("one", "other", "example"),
    [
        ("sfdc-*.csv", "*-accounts.csv", "sfdc-accounts.csv"),
        ("sfdc-*.csv", "SFDC-2026.csv", "sfdc-2026.csv"),
        ("a[0-9].csv", "a?.csv", "a1.csv"),
        ("sfdc-*.csv", "hubspot-*.csv", None),
        ("a[0-9].csv", "ax.csv", None),
        ("crm/*.csv", "billing/*.csv", None),
        ("crm/*.csv", "*.csv", "crm/.csv"),
    ],
)
def test_whether_two_globs_fit_one_name(one: str, other: str, example: str | None) -> None:
    assert both_fit(one, other) == both_fit(other, one) == example


GLOBS = st.lists(st.sampled_from(["a", "b", "*", "?", "[ab]", "[!a]"]), max_size=6).map("".join)


@given(GLOBS, GLOBS)
def test_the_example_fits_both(one: str, other: str) -> None:
    example = both_fit(one, other)
    assert example is None or (fits(one, example) and fits(other, example))


@given(GLOBS, GLOBS, st.text("abc", max_size=6))
def test_where_no_name_fits_both_none_is_found(one: str, other: str, name: str) -> None:
    if fits(one, name) and fits(other, name):
        assert both_fit(one, other) is not None
