"""requirements/ is in step with the dependency groups of pyproject.toml."""

import re
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from infra.locks import LOCKS
from tests.docs.pages import ROOT

GROUPS: dict[str, list[Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
FILES = sorted((ROOT / "requirements").glob("*.txt"))


def direct(group: str) -> Iterator[Requirement]:
    """The dependencies that a group names, itself or through a group it includes."""
    for entry in GROUPS[group]:
        if isinstance(entry, str):
            yield Requirement(entry)
        else:
            yield from direct(entry["include-group"])


def pinned(text: str) -> dict[str, list[str]]:
    """The versions that a requirements file pins, by the package's canonical name."""
    found: dict[str, list[str]] = {}
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", text, re.MULTILINE):
        found.setdefault(canonicalize_name(name), []).append(version)
    return found


@pytest.mark.parametrize("group", LOCKS)
def test_every_dependency_is_pinned_at_a_version_it_allows(group: str) -> None:
    pins = pinned((ROOT / "requirements" / f"{group}.txt").read_text())
    for requirement in direct(group):
        name = canonicalize_name(requirement.name)
        if name in LOCKS[group]:
            continue
        assert name in pins, f"{requirement}: run make lock"
        assert all(version in requirement.specifier for version in pins[name]), f"{requirement}: {pins[name]}"


def test_each_group_is_locked_on_its_own_or_as_a_part_of_dev() -> None:
    development = {str(requirement) for requirement in direct("dev")}
    for group in GROUPS.keys() - LOCKS.keys():
        assert {str(requirement) for requirement in direct(group)} <= development, group


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_requirement_has_a_hash_and_no_file_names_a_registry(file: Any) -> None:
    text = file.read_text()
    entries = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
    assert entries
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert not re.search(r"https?://|--(extra-)?index-url|--find-links", text)
