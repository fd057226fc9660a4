"""The layers: for the right platform, small, and with nothing that the Lambda runtime has already."""

import platform
from pathlib import Path

import pytest

from infra import system
from infra.layers import AWS_PYTHON, HOST_PYTHON, Target
from infra.vocabulary import LAYERS
from tests.infra.conftest import Stack

MEGABYTE = 1024 * 1024
# Lambda unpacks at most 250 MB; cold starts want far less.
LIMIT = 40 * MEGABYTE
# cp313-style tag and machine of each target's compiled modules.
TAGS: dict[Target, tuple[str, str]] = {
    "aws": (AWS_PYTHON.replace(".", ""), "aarch64"),
    "local": (HOST_PYTHON.replace(".", ""), platform.machine()),
}


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("target", TAGS)
def test_compiled_modules_are_for_the_target(target: Target, stacks: dict[Target, Stack]) -> None:
    version, machine = TAGS[target]
    modules = [path for _, folder in stacks[target].layers() for path in folder.rglob("*.so")]
    assert {path.name.partition(".")[0] for path in modules} >= {"_pydantic_core", "_speedups"}
    assert all(f"-{version}-" in path.name and machine in path.name for path in modules)


@pytest.mark.parametrize("target", TAGS)
def test_a_function_with_its_layers_is_small(target: Target, stacks: dict[Target, Stack]) -> None:
    sizes = {name: size(folder) for name, folder in stacks[target].layers()}
    for function in system.FUNCTIONS:
        assert sum(sizes[name] for name in (*LAYERS, *function.layers)) < LIMIT, sizes


def test_no_layer_repeats_what_the_runtime_or_another_layer_has(aws: Stack) -> None:
    seen: set[str] = set()
    for _, folder in aws.layers():
        held = {path.name for path in (folder / "python").iterdir() if path.name != "__pycache__"}
        assert not held & seen
        assert not held & {"boto3", "botocore", "s3transfer"}
        seen |= held


@pytest.mark.parametrize("target", TAGS)
def test_layers_hold_importable_packages_only(target: Target, stacks: dict[Target, Stack]) -> None:
    for _, folder in stacks[target].layers():
        assert [path.name for path in folder.iterdir()] == ["python"]
        assert not (folder / "python" / "bin").exists()


def test_our_layers_hold_the_domain_the_adapters_and_the_blocs(aws: Stack) -> None:
    held = {name: folder / "python" for name, folder in aws.layers()}
    assert (held["domain"] / "keepwell" / "evaluation.py").exists()
    assert (held["aws"] / "keepwell_aws" / "accounts.py").exists()
    assert list((held["blocs"] / "keepwell_blocs").glob("*.json"))


def test_bytecode_is_checked_by_hash_and_for_the_targets_version(stacks: dict[Target, Stack]) -> None:
    """Where no interpreter of the target's version was found there is none."""
    for target, (version, _) in TAGS.items():
        compiled = [path for _, folder in stacks[target].layers() for path in folder.rglob("*.pyc")]
        assert compiled or target == "aws"
        assert all(f".cpython-{version}." in path.name for path in compiled)
        # The flags of PEP 552: hash-based, not checked.
        assert {int.from_bytes(path.read_bytes()[4:8], "little") for path in compiled} <= {0b01}
