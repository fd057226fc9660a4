"""Roles at accounts, and the attributes of the records of collections (product PLY-10, DAT-06)."""

import json
from pathlib import Path

import pytest

from keepwell.playbook import Playbook, read_bundle
from keepwell.playbook.compiling import check_playbook, compile_playbook
from tests.domain.playbook.folders import BLOCS, write_folder

SPONSOR = "name: Executive Sponsor\nkind: text\nrole: true\n"
SEATS = "name: Seats\nkind: number\nof: collection\naliases: [Places]\n"


def compiled(folder: Path, files: dict[str, str]) -> Playbook:
    return read_bundle(compile_playbook(write_folder(folder, files), BLOCS))


def roles(playbook: Playbook) -> list[str]:
    return [attribute.name for attribute in playbook.catalogue if attribute.role]


def test_a_role_is_an_attribute_that_says_so(tmp_path: Path) -> None:
    playbook = compiled(tmp_path, {"attributes/executive-sponsor.yaml": SPONSOR})
    assert roles(playbook) == ["Success Manager", "Executive Sponsor"]


def test_the_success_manager_told_anew_is_still_a_role(tmp_path: Path) -> None:
    own = "name: Success Manager\nkind: text\naliases: [Betreuer]\n"
    playbook = compiled(tmp_path, {"attributes/success-manager.yaml": own})
    assert roles(playbook) == ["Success Manager"]
    assert playbook.catalogue.find("betreuer") == playbook.catalogue["Success Manager"]


def test_records_have_attributes_of_their_own(tmp_path: Path) -> None:
    """A name may be that of an attribute of accounts, too."""
    seats = "name: Licenses\nkind: text\nof: collection\n"
    files = {"attributes/seats.yaml": SEATS, "attributes/licenses.yaml": seats}
    playbook = compiled(tmp_path, files)
    names = [attribute.name for attribute in playbook.record_catalogue]
    assert names == ["Collection ID", "Collection", "Licenses", "Seats"]
    assert playbook.catalogue.find("Places") is None
    assert playbook.catalogue["Licenses"].kind != playbook.record_catalogue["Licenses"].kind


def test_a_mapping_of_a_collection_may_declare_its_attributes(tmp_path: Path) -> None:
    mapping = (
        "object: collections\ncreates:\n  Plan: {kind: choice, values: [Gold, Silver]}\n"
        "columns: {Account ID: account, Collection ID: number, Plan: plan}\n"
    )
    playbook = compiled(tmp_path, {"mappings/billing.yaml": mapping})
    assert playbook.record_catalogue["Plan"].values == ("Gold", "Silver")
    assert playbook.catalogue.find("Plan") is None


def test_a_playbook_without_roles_is_named_as_before_there_were_any(tmp_path: Path) -> None:
    plain = "name: Shoe Size\nkind: number\n"
    bundle = compile_playbook(write_folder(tmp_path, {"attributes/shoe-size.yaml": plain}), BLOCS)
    assert all("role" not in attribute for attribute in json.loads(bundle)["attributes"])


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (SPONSOR.replace("text", "number"), 2, "a role holds an e-mail address: its kind is text"),
        ("name: Success Manager\nkind: number\n", 2, "a role holds an e-mail address: its kind is text"),
        (f"{SPONSOR}of: user\n", 3, "roles are of accounts: take out role, or of: user"),
        ("name: Collection ID\nkind: number\nof: collection\n", 2, "Keepwell itself fills Collection ID"),
        (f"{SEATS}formula: '1'\n", 5, "formulas are of accounts: take out the formula, or of: collection"),
    ],
)
def test_what_no_role_and_no_record_can_have(text: str, line: int, message: str, tmp_path: Path) -> None:
    findings = check_playbook(write_folder(tmp_path, {"attributes/own.yaml": text}), BLOCS)
    own = [finding for finding in findings if finding.file.endswith("own.yaml")]
    assert [finding.line for finding in own] == [line]
    assert message in own[0].message
