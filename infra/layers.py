"""Builds the layers into build/layers, without Docker: our own packages, and third parties for a platform.

A layer is cached under a hash of what goes into it. Its bytecode is hash-based, for a zip loses the times
that the usual kind is checked by; it needs an interpreter of the target's version, and is left out without.
"""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Literal, get_args

ROOT = Path(__file__).parents[1]
LAYERS = ROOT / "build" / "layers"

Target = Literal["aws", "local"]
TARGETS: tuple[Target, ...] = get_args(Target)

AWS_PYTHON = "3.13"
HOST_PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"

THIRD_PARTY = {
    "third_party": "runtime",
    "third_party_templates": "templates",
    "third_party_workbooks": "workbooks",
}

# What no function uses: commands, and 31 of babel's 33 MB, the data of locales other than English (Liquid
# imports babel, but the filters that look locales up are not among those a template may use).
LEFT_OUT = (
    "bin",
    ".lock",
    "babel/locale-data/[!er]*",
    "babel/locale-data/e[!n]*",
    "babel/locale-data/r[!o]*",
)


def layer(name: str, target: Target) -> Path:
    """The folder of a layer, built if it is not there yet; it holds one folder, `python`."""
    requirements = ROOT / "requirements" / f"{THIRD_PARTY[name]}.txt" if name in THIRD_PARTY else None
    source = ROOT / "layers" / name / "python"
    compiler = interpreter(target)
    ingredients = [Path(__file__), requirements] if requirements else [Path(__file__), *files_of(source)]
    recipe = f"{target} {_platform(target)} bytecode={compiler is not None}"
    folder = LAYERS / f"{name}-{target}-{digest(ingredients, recipe)}"
    if not folder.exists():
        LAYERS.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=LAYERS) as work:
            python = Path(work) / "layer" / "python"
            if requirements:
                _install(requirements, python, target)
            else:
                shutil.copytree(source, python, ignore=shutil.ignore_patterns("__pycache__"))
            _compile(python, compiler, target)
            put_in_place(python.parent, folder)
    return folder


def put_in_place(made: Path, folder: Path) -> None:
    """Move what was made to its cached place; if another process was faster, its like stays."""
    try:
        made.rename(folder)
    except OSError:
        if not folder.exists():
            raise


def files_of(*folders: Path) -> list[Path]:
    """The files below some folders, in order, but for bytecode."""
    return sorted(
        path for folder in folders for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    )  # fmt: skip


def digest(files: Iterable[Path], recipe: str) -> str:
    """A short hash of the names and contents of files, and of how they are used."""
    hashed = hashlib.sha256(recipe.encode())
    for path in files:
        hashed.update(f"\0{path.relative_to(ROOT)}\0".encode())
        hashed.update(hashlib.sha256(path.read_bytes()).digest())
    return hashed.hexdigest()[:16]


def _platform(target: Target) -> str:
    if target == "aws":
        return f"{AWS_PYTHON} aarch64-manylinux2014"
    return f"{HOST_PYTHON} {platform.machine()} {platform.system()} {platform.libc_ver()[0]}"


def _install(requirements: Path, python: Path, target: Target) -> None:
    where = (
        ["--python-platform", "aarch64-manylinux2014", "--python-version", AWS_PYTHON]
        if target == "aws"
        else ["--python", sys.executable]
    )
    command = [str(Path(sys.executable).with_name("uv")), "pip", "install", "--quiet", "--no-deps"]
    command += ["--only-binary", ":all:", "--require-hashes", "--requirement", str(requirements)]
    command += ["--target", str(python), *where]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - a fixed command
    if done.returncode:
        raise SystemExit(
            f"{requirements.name} could not be installed for {_platform(target)}:\n{done.stderr}"
        )
    for pattern in LEFT_OUT:
        for path in python.glob(pattern):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def interpreter(target: Target) -> str | None:
    """An interpreter of the target's Python version, if this machine has one."""
    if target == "local" or AWS_PYTHON == HOST_PYTHON:
        return sys.executable
    name = f"python{AWS_PYTHON}"
    for folder in os.get_exec_path():
        candidate = Path(folder) / name
        if candidate.is_file() and _runs(candidate):
            return str(candidate)
    return None


def _runs(candidate: Path) -> bool:
    probe = "import sys; print('%d.%d' % sys.version_info[:2])"
    done = subprocess.run(  # noqa: S603 - an interpreter on PATH
        [str(candidate), "-I", "-c", probe], capture_output=True, text=True, check=False
    )
    return done.returncode == 0 and done.stdout.strip() == AWS_PYTHON


def _compile(python: Path, compiler: str | None, target: Target) -> None:
    if compiler is None:
        warnings.warn(
            f"no python{AWS_PYTHON} was found, so the layers for {target} carry no bytecode and cold starts "
            f"take about twice as long; to mend it, put a Python {AWS_PYTHON} on PATH",
            stacklevel=2,
        )
        return
    command = [compiler, "-I", "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"]
    subprocess.run([*command, "-s", str(python), "-p", "/opt/python", str(python)], check=True)  # noqa: S603
