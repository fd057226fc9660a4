"""Mutation testing of the language of conditions: `make mutants`.

mutmut changes the criteria package, and the values its trees are made of, in one place at a time; a test
should fail for each change. Those for which none fails are listed in survivors.yaml with why they are
harmless, or that they never end; any other, and any listed one that is gone, ends with 1.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from os import environ
from pathlib import Path
from tempfile import TemporaryDirectory

from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
LISTED = Path(__file__).with_name("survivors.yaml")
CHILDREN = "2"  # mutants tried at once
ALL = "keepwell.*"
"""Mutants that are named let mutmut run all tests by name first, and stop at one that pytest does not know
when it collects again (with a backslash from `ids`). Else each mutant of that test would count as killed."""

# mutmut names a mutant by its path below src, which has to be the name of its module.
SETTINGS = """
[tool.pytest.ini_options]
testpaths = ["tests"]
pythonpath = [".", "src"]
addopts = ["--import-mode=importlib", "-p", "no:cacheprovider"]

[tool.mutmut]
timeout_multiplier = 6
source_paths = ["src/"]
only_mutate = ["src/keepwell/criteria/*.py", "src/keepwell/values.py"]
also_copy = ["docs"]
pytest_add_cli_args_test_selection = [
    "tests/domain/criteria",
    "tests/domain/test_values.py",
    "--deselect=tests/domain/test_values.py::test_the_language_is_imported_without_what_dataclasses_need",
]
"""


@dataclass(frozen=True, order=True)
class Mutant:
    """Where it is (`comparing.Emptiness.__str__`), and what was changed to what."""

    where: str
    before: str
    after: str


def main() -> None:
    with TemporaryDirectory() as folder:
        home = Path(folder)
        _lay_out(home)
        environ["KEEPWELL_PROPERTIES"] = "mutants"
        subprocess.run([_mutmut(), "run", "--max-children", CHILDREN, ALL], cwd=home, check=True)
        survivors = set(_survivors(home))
    listed = {
        Mutant(entry["where"], entry["before"], entry["after"])
        for entry in YAML(typ="safe").load(LISTED.read_text("utf-8"))
    }
    for verdict, mutants in (("new", survivors - listed), ("gone", listed - survivors)):
        for mutant in sorted(mutants):
            print(f"{verdict}: {mutant.where}\n  - {mutant.before}\n  + {mutant.after}")
    print(f"{len(survivors)} survive, {len(listed)} are listed")
    sys.exit(survivors != listed)


def _lay_out(home: Path) -> None:
    for package in ("domain/python/keepwell", "blocs/python/keepwell_blocs"):
        shutil.copytree(ROOT / "layers" / package, home / "src" / Path(package).name)
    shutil.copytree(ROOT / "tests" / "domain" / "criteria", home / "tests" / "domain" / "criteria")
    shutil.copy(ROOT / "tests" / "domain" / "test_values.py", home / "tests" / "domain")
    shutil.copytree(ROOT / "cli" / "keepwell_cli", home / "src" / "keepwell_cli")  # the tables of the docs
    shutil.copytree(ROOT / "docs" / "reference", home / "docs" / "reference")
    (home / "pyproject.toml").write_text(SETTINGS, "utf-8")


def _survivors(home: Path) -> Iterator[Mutant]:
    for line in _said(home, "results").splitlines():
        name, colon, state = line.strip().rpartition(": ")
        if colon and state != "killed":  # out of time counts: where there is much to do, anything may be
            yield _mutant(name, _said(home, "show", name))


def _mutant(name: str, diff: str) -> Mutant:
    """A name is keepwell.criteria.dates.xǁAgeǁholds__mutmut_2, or lexer.x_fault__mutmut_1 without class."""
    mangled = re.sub(r"__mutmut_\d+$", "", name).removeprefix("keepwell.criteria.")
    where = re.sub(r"\.x(ǁ|_)", ".", mangled).replace("ǁ", ".")
    lines = diff.splitlines()
    before = [line[1:].strip() for line in lines if re.match(r"-(?!--)", line)]
    after = [line[1:].strip() for line in lines if re.match(r"\+(?!\+\+)", line)]
    return Mutant(where, "\n".join(before), "\n".join(after))


def _said(home: Path, *words: str) -> str:
    return subprocess.run([_mutmut(), *words], cwd=home, check=True, capture_output=True, text=True).stdout


def _mutmut() -> str:
    return str(Path(sys.executable).with_name("mutmut"))


main()
