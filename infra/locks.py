"""Compile the dependency groups of pyproject.toml into hashed requirements files (`make lock`).

The files are universal (every platform, Python 3.11 and later) and name no registry.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]

# The AWS runtime has these; a second copy in a layer would shadow it (botocore alone is 21 MB).
IN_THE_LAMBDA_RUNTIME = ("boto3", "botocore", "s3transfer", "python-dateutil", "six")

LOCKS: dict[str, tuple[str, ...]] = {
    "dev": (),
    "runtime": IN_THE_LAMBDA_RUNTIME,
    "templates": IN_THE_LAMBDA_RUNTIME,
    "workbooks": (),
    "local-cloud": (),
    "bench": (),
    "mutation": (),
}


def compile_group(group: str, output: Path) -> None:
    """Write the locked requirements of one group to `output`, keeping the versions it already names."""
    command = [str(Path(sys.executable).with_name("uv")), "pip", "compile", "--quiet", "--universal"]
    command += ["--python-version", "3.11", "--generate-hashes", "--no-header", "--no-annotate"]
    command += ["--group", f"{ROOT / 'pyproject.toml'}:{group}", "--output-file", str(output)]
    for package in LOCKS[group]:
        command += ["--no-emit-package", package]
    if group in ("runtime", "templates", "workbooks", "bench", "mutation"):
        command += ["--constraints", str(ROOT / "requirements" / "dev.txt")]
    subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)  # noqa: S603 - a fixed command


def main() -> None:
    """Lock every group."""
    for group in LOCKS:
        compile_group(group, ROOT / "requirements" / f"{group}.txt")


if __name__ == "__main__":
    main()
