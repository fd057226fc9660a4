"""What the pages say is so: links lead somewhere, snippets load, make targets and settings are real."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from infra import system
from keepwell_cli.local import localise
from tests.docs.pages import ROOT, Block, anchors, blocks, links, pages, prose

MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))


def all_blocks() -> Iterator[Block]:
    return (block for page in pages() for block in blocks(page))


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_resolves(page: Path) -> None:
    for link in links(page):
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, ahead = set[Path](), [ROOT / "README.md"]
    while ahead:
        page = ahead.pop()
        if page in reached:
            continue
        reached.add(page)
        targets = [(page.parent / link.partition("#")[0]).resolve() for link in links(page)]
        ahead += [target for target in targets if target.suffix == ".md"]
        ahead += [inner for target in targets if target.is_dir() for inner in target.glob("*.md")]
    documentation = {page for page in pages() if page.parent == ROOT or ROOT / "docs" in page.parents}
    assert documentation - reached == set()


def test_every_make_target_named_exists() -> None:
    for page in pages():
        text = page.read_text(encoding="utf-8")
        named = re.findall(r"(?:^(?:\$ )?|`)make ([a-z]+)", text, re.MULTILINE)
        assert set(named) <= TARGETS, page


def test_every_target_is_in_the_help() -> None:
    explained = set(re.findall(r"^([a-z]+):.*## ", MAKEFILE, re.MULTILINE))
    assert explained == TARGETS
    [phony] = re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    assert set(phony.split()) == TARGETS


def test_every_setting_of_a_function_is_documented() -> None:
    page = (ROOT / "docs" / "reference" / "system.md").read_text(encoding="utf-8")
    settings = {name for function in system.FUNCTIONS for name in function.settings}
    assert {name for name in settings if f"`{name}`" not in page} == set()


def test_every_setting_of_the_command_is_documented() -> None:
    sources = (ROOT / "cli").rglob("*.py")
    used = {name for source in sources for name in re.findall(r'"(KEEPWELL_[A-Z]+)"', source.read_text())}
    page = (ROOT / "docs" / "reference" / "command.md").read_text(encoding="utf-8")
    assert used
    assert {name for name in used if name not in page} == set()


@pytest.mark.parametrize("block", [b for b in all_blocks() if b.language in ("json", "yaml")], ids=str)
def test_every_json_and_yaml_snippet_loads(block: Block) -> None:
    if block.language == "json":
        assert json.loads(block.text)
    else:
        assert YAML(typ="safe").load(block.text)


def test_no_language_is_without_a_test() -> None:
    """Mermaid is generated; csv, console and yaml of how-to and tutorial are run; csv is read by its guide's
    test."""
    known = {"", "console", "csv", "json", "mermaid", "python", "yaml"}
    assert {block.language for block in all_blocks()} <= known


@pytest.mark.xdist_group("own cloud")
@pytest.mark.parametrize("block", [b for b in all_blocks() if b.language == "python"], ids=str)
def test_every_python_snippet_runs(block: Block) -> None:
    exec(compile(block.text, str(block.page), "exec"), {"__name__": "snippet"})


def test_what_only_aws_can_prove_is_one_list() -> None:
    holders = [page for page in pages() if "## What only AWS can prove" in page.read_text(encoding="utf-8")]
    assert [page.name for page in holders] == ["local-cloud.md"]


def test_what_is_changed_for_the_emulator_is_in_that_list() -> None:
    """Each reason of `localise`, by the row that tells of it."""
    rows = {
        "POLLED_BY_THE_PUMP": "Stream mappings",
        "FEW_AT_ONCE": "Queues",
        "NO_TLS": "TLS",
        "SENDS_AS_ANYONE": "SES",
        "NAMES_BATCHES": "SQS permissions",
        "NAMES_STATEMENTS": "Batches of statements",
        "NO_METRIC_MATH": "Alarms",
        "NO_BOOTSTRAP": "Deploying",
    }
    reasons = {name for name, value in vars(localise).items() if name.isupper() and isinstance(value, str)}
    assert reasons == rows.keys()
    page = (ROOT / "docs" / "how-to" / "local-cloud.md").read_text(encoding="utf-8")
    assert [row for row in rows.values() if f"\n| {row} |" not in page] == []


def test_no_page_names_a_registry_or_a_path_of_the_authors() -> None:
    unwanted = re.compile(r"localhost:\d|://[a-z0-9.-]*(pypi|npmjs)[.]|/(home|root|Users)/")
    for page in pages():
        assert not unwanted.search(prose(page)), page
