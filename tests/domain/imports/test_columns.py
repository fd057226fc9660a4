"""Headers, mappings and their sources (product INT-05)."""

import json

import pytest

from keepwell.attributes import standard_catalogue
from keepwell.errors import UnreadableDrop
from keepwell.imports.columns import Columns, bind_columns
from keepwell.imports.mapping import ImportMapping, Source, Step
from tests.domain.imports.importing import Stack, playbook


def mapped(*headers: str, **columns: Source) -> Columns:
    names = {name.replace("_", " "): source for name, source in columns.items()}
    return bind_columns(headers, ImportMapping("m", "accounts", names), standard_catalogue())


def test_headers_are_names_or_aliases_in_any_style_and_others_are_listed() -> None:
    columns = bind_columns(
        ("account_id", "accountName", "ARR", "Owner", "Shoe Size"), None, standard_catalogue()
    )

    assert columns.id.header == "account_id"
    assert [column.attribute for column in columns.attributes] == [
        "Account Name",
        "Contract Value",
        "Success Manager",
    ]
    assert columns.ignored == ("Shoe Size",)


def test_a_header_that_is_nearly_an_attribute_is_suggested_unless_a_mapping_chose() -> None:
    sources = {"Account ID": Source(column="Account ID")}
    stack = Stack(playbook=playbook(ImportMapping("billing", "accounts", sources)))
    file = "Account ID,Acount Name,Shoe Size,NPS,NPSS\nA-1,Harbor Labs,44,7,7\n"

    report = stack.drop(file)
    assert report["ignored_columns"] == ["Acount Name", "Shoe Size", "NPSS"]
    assert report["nearly_named"] == {"Acount Name": "Account Name"}
    assert stack.drop(file, "drops/accounts/mapping=billing/a.csv")["nearly_named"] == {}


def test_a_mapping_that_is_nearly_there_is_suggested() -> None:
    stack = Stack(playbook=playbook(ImportMapping("billing", "accounts", {})))
    report = stack.drop("Account ID\nA-1\n", "drops/accounts/mapping=biling/a.csv")
    assert "Did you mean 'billing'?" in report["errors"][0]["reason"]


def test_two_headers_for_one_attribute_are_not_guessed_between() -> None:
    with pytest.raises(UnreadableDrop, match=r"'ARR' and 'Contract Value' both mean Contract Value"):
        bind_columns(("Account ID", "ARR", "Contract Value"), None, standard_catalogue())


def test_columns_constants_row_numbers_and_translated_values() -> None:
    """INT-05: CONSTANT puts one static value in all rows."""
    columns = mapped(
        "plan",
        "churn",
        Account_ID=Source(row_number="T-{row}"),
        Customer_Tier=Source(constant="Light"),
        Status=Source(column="churn", values={"yes": "Churned", "NO": "Paying"}),
    )
    tier, status = columns.attributes
    assert columns.id.text(("gold", "no"), 7) == "T-7"
    assert tier.text(("gold", "no"), 7) == "Light"
    assert [status.text(("gold", churn), 1) for churn in ("Yes", "no", "maybe")] == [
        "Churned",
        "Paying",
        "maybe",
    ]
    assert columns.ignored == ("plan",)
    assert Columns.from_json(columns.to_json()) == columns


def test_the_pieces_of_a_file_carry_its_functions() -> None:
    """They are read by another function than wrote them, which need not know the mapping any more."""
    tables = {"regions": {"DE": "EMEA"}}
    sources = {
        "Account ID": Source(columns=("Region", "Key"), then=(Step("join", "-"),)),
        "Risk Reason": Source(column="Region", then=(Step("lookup", "regions"), Step("default", "Other"))),
    }
    mapping = ImportMapping(
        "m", "accounts", sources, tables=tables, observed_at=Source(column="Updated", then=(Step("trim"),))
    )
    columns = bind_columns(("Region", "Key", "Updated"), mapping, standard_catalogue())
    again = Columns.from_json(json.loads(json.dumps(columns.to_json())))

    assert again == columns
    assert again.keys_of(("DE", "17", ""), 1) == ("DE-17",)
    assert again.attributes[0].text(("de", "17", ""), 1) == "EMEA"
    assert again.observed_at is not None
    assert again.observed_at.text(("", "", " 2026-01-01 "), 1) == "2026-01-01"
    assert (columns.ignored, columns.id.header, columns.id.places) == ((), "Region, Key", (0, 1))


def test_pieces_that_the_version_before_wrote_are_read() -> None:
    """Reliability R5: a file may be half way when the code changes."""
    column = {"attribute": "Status", "header": "churn", "constant": None, "row_number": None}
    was = {
        "keys": [{**column, "attribute": "Account ID", "header": "id", "place": 1, "values": {}}],
        "attributes": [{**column, "place": 0, "values": {"yes": "Churned"}}],
        "ignored": [],
        "clear_blanks": False,
    }
    columns = Columns.from_json(was)
    assert columns.keys_of(("YES", "A-1"), 1) == ("A-1",)
    assert columns.attributes[0].text(("YES", "A-1"), 1) == "Churned"


def test_a_mapped_column_that_is_not_there_is_named_with_what_was_meant() -> None:
    with pytest.raises(
        UnreadableDrop, match=r"'scores', which the file lacks; did you mean 'score'"
    ) as caught:
        mapped("id", "score", Account_ID=Source(column="id"), NPS=Source(column="scores"))
    assert caught.value.example == "id, score"


def test_a_mapping_without_the_id_is_told() -> None:
    with pytest.raises(UnreadableDrop, match="does not say where Account ID comes from"):
        mapped("score", NPS=Source(column="score"))


def test_a_header_that_is_nearly_the_id_is_suggested() -> None:
    with pytest.raises(UnreadableDrop, match="if 'Acount-Id' does, rename it"):
        bind_columns(("Acount-Id", "NPS"), None, standard_catalogue())


def test_a_blank_cell_says_nothing_unless_the_mapping_clears() -> None:
    sources = {"Account ID": Source(column="Account ID"), "NPS": Source(column="NPS")}
    stack = Stack(playbook=playbook(ImportMapping("clearing", "accounts", sources, clear_blanks=True)))
    stack.drop("Account ID,NPS\nA-1,9\nA-2,8\n")
    assert stack.drop("Account ID,NPS\nA-1,\n")["unchanged"] == 1
    assert stack.facts("A-1").values == {"NPS": 9}

    report = stack.drop("Account ID,NPS\nA-1,\n", "drops/accounts/mapping=clearing/a.csv")
    assert report["updated"] == 1
    assert stack.facts("A-1").values == {}


def test_rows_numbered_by_the_mapping_keep_their_ids() -> None:
    sources = {"Account ID": Source(row_number="T-{row}"), "NPS": Source(column="score")}
    stack = Stack(playbook=playbook(ImportMapping("numbered", "accounts", sources)))
    report = stack.drop("score\n9\n\nbad\n7\n", "drops/accounts/mapping=numbered/a.csv")

    assert (report["created"], report["rejected"]) == (2, 1)
    assert [stack.facts(name).values["NPS"] for name in ("T-1", "T-3")] == [9, 7]
