"""Cold starts: each handler imported and built in a fresh interpreter, against a boto3 client alone.

Building reads the settings, as the first event does; then the client of DynamoDB is made, which all have.
Nothing is called over the network. And the package of conditions, imported alone. Bytecode is cached, as in a
Lambda. Medians, as everywhere.
"""

import os
import resource
import subprocess
import sys
from pathlib import Path
from statistics import median

from infra import system
from tests.bench.measuring import Budget, Measured, console, show_times

ROUNDS, IMPORTS = 5, 15
ROOT = Path(__file__).parents[2]
PATHS = ("functions", "layers/domain/python", "layers/aws/python", "layers/blocs/python")
PEER = "boto3.client('dynamodb')"

CRITERIA = "import keepwell.criteria"
LIBRARY = "import datetime, enum, functools, re, typing"
GONE = "\nimport os; os._exit(0)"
"""A Lambda is frozen, not taken down: what Python does at its end is none of its start."""
BOTO3 = f"import boto3; boto3.client('dynamodb'){GONE}"
HANDLER = f"""
from {{name}} import handler
from keepwell_aws import tables
handler.build()
tables._connection(None).client{GONE}
"""


def bench() -> None:
    handlers = {each.name: HANDLER.format(name=each.name) for each in system.FUNCTIONS}
    measured = _started({PEER: BOTO3} | handlers | {"Python itself": "pass"}, ROUNDS)
    peer, *ours, _ = (each.seconds for each in measured)
    show_times(
        "Cold starts: import and build in a fresh interpreter",
        measured,
        Budget("no handler takes more than twice a boto3 client alone", max(ours) <= 2 * peer),
    )


def bench_import() -> None:
    measured = _started(
        {"Python itself": "pass", "with what they import": LIBRARY, "with the conditions": CRITERIA}, IMPORTS
    )
    bare, _, ours = (each.seconds for each in measured)
    show_times(
        "Importing keepwell.criteria in a fresh interpreter",
        measured,
        Budget("40 ms more than Python itself", ours - bare < 40e-3),
    )


def _started(contestants: dict[str, str], rounds: int) -> list[Measured]:
    taken: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, code in contestants.items():
            taken[name].append(_cpu_seconds(code))
    return [Measured(name, median(seconds)) for name, seconds in taken.items()]


def _cpu_seconds(code: str) -> float:
    before = _children()
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=_environment(),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        console.print(done.stderr)
        raise SystemExit(f"this cannot be started: {code}")
    return _children() - before


def _children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _environment() -> dict[str, str]:
    """The settings of every function, and credentials of nobody."""
    settings = {name: "x" for each in system.FUNCTIONS for name in each.settings} | {
        "PRACTICE": "no",
        "PULL_LOCATIONS": "[]",
        "POWERTOOLS_LOG_LEVEL": "INFO",
    }
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(str(ROOT / path) for path in PATHS),
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "nobody",
        "AWS_SECRET_ACCESS_KEY": "nobody",
    } | settings
