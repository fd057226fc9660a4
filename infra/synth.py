"""Synthesise the stack without the `cdk` command or a Node of one's own: `python -m infra.synth [aws|local]`.

The result is cached under a hash of all that goes into it: starting the local cloud again costs nothing.
"""

import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from infra.layers import HOST_PYTHON, ROOT, TARGETS, Target, digest, files_of, interpreter, put_in_place

BUILD = ROOT / "build" / "synth"
KEPT = 5


class SynthesisError(Exception):
    """The template could not be made; the message is for a person."""


def synthesise(target: Target, outdir: Path = BUILD) -> Path:
    """The cloud assembly (template and assets) of a target, made in `outdir` unless it is there already.

    Raises SynthesisError with what the CDK said.
    """
    outdir.mkdir(parents=True, exist_ok=True)
    # Whoever wants the same at the same time waits for it instead of making it twice.
    with (outdir / f".{target}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _synthesised(target, outdir)


def _synthesised(target: Target, outdir: Path) -> Path:
    assembly = outdir / f"{target}-{_digest(target)}"
    if not assembly.exists():
        with tempfile.TemporaryDirectory(dir=outdir) as work:
            made = Path(work) / "assembly"
            _run_app(target, made)
            put_in_place(made, assembly)
        _forget_old(outdir, target)
    return assembly


def template(assembly: Path) -> Path:
    """The template in a cloud assembly; `Keepwell.assets.json` beside it lists its files."""
    return assembly / "Keepwell.template.json"


def _digest(target: Target) -> str:
    folders = [ROOT / name for name in ("infra", "functions", "layers", "requirements")]
    files = [*files_of(*folders), ROOT / "cdk.json"]
    return digest(files, f"{target} {HOST_PYTHON} bytecode={interpreter(target) is not None}")


def _forget_old(outdir: Path, target: Target) -> None:
    """Remove all but the newest few; one of them may be in use."""
    made = sorted(outdir.glob(f"{target}-*"), key=lambda assembly: assembly.stat().st_mtime)
    for assembly in made[:-KEPT]:
        shutil.rmtree(assembly, ignore_errors=True)


def _run_app(target: Target, outdir: Path) -> None:
    context = json.loads((ROOT / "cdk.json").read_text())["context"] | {"target": target}
    environment = os.environ | {"CDK_OUTDIR": str(outdir), "CDK_CONTEXT_JSON": json.dumps(context)}
    done = subprocess.run(
        [sys.executable, "-m", "infra.app"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        # A finding of cdk-nag comes before the trace of its exception; anything else is in the trace.
        said, _, trace = done.stdout.partition("jsii.errors.JavaScriptError")
        raise SynthesisError(f"the {target} template could not be made:\n{said.strip() or trace.strip()}")
    warned = (line.partition("UserWarning: ")[2] for line in done.stdout.splitlines())
    for warning in dict.fromkeys(filter(None, warned)):
        print(warning, file=sys.stderr)


def main() -> None:
    """Print where the assembly of each target named is (default: all)."""
    targets = [target for target in TARGETS if not sys.argv[1:] or target in sys.argv[1:]]
    try:
        for target in targets:
            print(template(synthesise(target)))
    except SynthesisError as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    main()
