"""docs/reference/playbook.md shows every kind, and every example in it loads."""

import re
from pathlib import Path

from pydantic import BaseModel

from keepwell.playbook import actions, kinds, read_bundle, sources
from keepwell.playbook.compiling import check_playbook, compile_playbook
from keepwell.playbook.loading import KIND_OF_FOLDER
from tests.domain.playbook.folders import BLOCS, REFERENCE, documented_files, write_folder


def test_every_kind_has_an_example() -> None:
    folders = {Path(name).parent.name for name in documented_files()}
    assert folders == {*KIND_OF_FOLDER, ""}
    assert {"keepwell.yaml", "bloc.yaml", "health/account-model.yaml"} <= documented_files().keys()


def test_the_examples_load(tmp_path: Path) -> None:
    files = documented_files()
    bloc = files.pop("bloc.yaml")
    folder = write_folder(tmp_path, files)
    assert [str(finding) for finding in check_playbook(folder, BLOCS)] == []
    playbook = read_bundle(compile_playbook(folder, BLOCS))
    assert [profile.id for profile in playbook.profiles] == [
        "onboarding",
        "enterprise",
        "core",
        "light",
        "default",
    ]
    assert len(playbook.account_model) == 2
    assert playbook.time_zone.key == "Europe/Berlin"
    assert playbook.mappings["billing-export"].columns["Account Name"].column == "customer"
    assert "name:" in bloc


def test_every_key_of_every_kind_is_shown() -> None:
    text = REFERENCE.read_text(encoding="utf-8")
    shown: list[type[BaseModel]] = [kinds.Company, kinds.Bloc, kinds.AccountModel, *KIND_OF_FOLDER.values()]
    for kind in shown:
        schema = kind.model_json_schema()
        for part in (schema, *schema.get("$defs", {}).values()):
            for key in part.get("properties", {}):
                assert f"{key}:" in text, f"{kind.__name__}: {key}"


PARTS: dict[str, type[BaseModel]] = {
    "keepwell.yaml": kinds.Company,
    "health/account-model.yaml": kinds.AccountModel,
    "bloc.yaml": kinds.Bloc,
    "a dimension": kinds.Dimension,
    "a metric": kinds.Metric,
    "a metric of the account model": kinds.AccountMetric,
    "examples": kinds.Examples,
    "a trigger": actions.Trigger,
    "a step": actions.Step,
    "a touchpoint": actions.Touchpoint,
    "on_entry, on_exit": actions.EntryActions,
    "a link": kinds.Link,
    "a task": actions.Task,
    "a follow-up": actions.FollowUp,
    "an email": actions.Email,
    "a webhook": actions.Webhook,
    "a column of a mapping": sources.Source,
    "an attribute that a mapping creates": kinds.Created,
    "a pull of a mapping": sources.Pull,
    **{f"{folder}/": kind for folder, kind in KIND_OF_FOLDER.items()},
}


def test_the_keys_that_must_be_there_are_listed() -> None:
    """The table of required keys says what the kinds do."""
    table = REFERENCE.read_text(encoding="utf-8").partition("| file or part |")[2].partition("\n\n")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:3]] for line in table.splitlines()[2:]]
    assert {part: re.findall(r"`(\w+)`", keys) for part, keys in rows} == {
        part: [name for name, field in kind.model_fields.items() if field.is_required()]
        for part, kind in PARTS.items()
    }


def test_no_part_with_a_required_key_is_left_out() -> None:
    shown = {kind.__name__ for kind in PARTS.values()}
    for kind in PARTS.values():
        for name, part in kind.model_json_schema().get("$defs", {}).items():
            assert name in shown or not part.get("required"), name
