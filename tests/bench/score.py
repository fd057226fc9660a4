"""`keepwell score --csv`, as a process of its own on files of 10,000 and of 1,000,000 accounts.

What Python and the playbook take to start is measured with a file of one account and taken off, so that what
is left is the time of an account. Memory is that of all its processes together, as the system counts it.
"""

import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.table import Table

from tests.bench.measuring import Budget, console, missed
from tests.bench.portfolio import csv_file

FEW, MANY = 10_000, 1_000_000
DIFFERENT = 10_000
MIB = 1024 * 1024
LOOK_EVERY_SECONDS = 0.5


@dataclass(frozen=True)
class Run:
    """One run: processor and wall-clock seconds, and the most memory held at once, in MiB."""

    accounts: int
    cpu: float
    wall: float
    memory: float


def bench() -> None:
    with TemporaryDirectory() as folder:
        one, few, many = (_run(Path(folder), accounts) for accounts in (1, FEW, MANY))
    each_of_few, each_of_many = ((run.cpu - one.cpu) / run.accounts for run in (few, many))
    budgets = [
        Budget("an account of many takes at most a fifth longer", each_of_many <= 1.2 * each_of_few),
        Budget(f"{MANY:,} accounts in 90 s on two cores", many.wall < 90),
        Budget(f"{MANY:,} accounts in 500 MiB", many.memory < 500),
    ]
    title = "Scoring a file of accounts, from CSV to CSV"
    table = Table(title=title, title_justify="left", caption="\n".join(map(str, budgets)), min_width=90)
    for column in ("accounts", "seconds", "CPU seconds", "us each", "MiB"):
        table.add_column(column, justify="right")
    for run, each in ((one, None), (few, each_of_few), (many, each_of_many)):
        shown = "" if each is None else f"{each * 1e6:,.0f}"
        table.add_row(f"{run.accounts:,}", f"{run.wall:.1f}", f"{run.cpu:.1f}", shown, f"{run.memory:,.0f}")
    missed.extend(f"{title}. {each}" for each in budgets if not each.met)
    console.print(table, "")


def _run(folder: Path, accounts: int) -> Run:
    source, target = folder / f"{accounts}.csv", folder / "scored.csv"
    _write(source, accounts)
    keepwell = Path(sys.executable).with_name("keepwell")
    command: list[str | Path] = [keepwell, "score", "--accounts", source, "--csv", target]
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    memory = 0.0
    while process.poll() is None:
        memory = max(memory, _memory_of(process.pid))
        time.sleep(min(LOOK_EVERY_SECONDS, 0.02 + (time.monotonic() - began) / 100))
    wall, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    assert process.returncode == 0, "the command ended otherwise than well"
    with target.open(encoding="utf-8-sig") as file:
        assert sum(1 for _ in file) == accounts + 1, "every account is in the file"
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(accounts, cpu, wall, memory)


def _write(path: Path, accounts: int) -> None:
    """As many accounts as wanted, of which DIFFERENT differ in more than their ids."""
    header, *rows = csv_file(min(accounts, DIFFERENT)).decode().splitlines()
    rests = [row.partition(",")[2] for row in rows]
    with path.open("w", encoding="utf-8") as file:
        file.write(f"{header}\n")
        file.writelines(f"ACC-{n:07},{rests[n % len(rests)]}\n" for n in range(accounts))


def _memory_of(session: int) -> float:
    """What all processes of a session hold, in MiB; pages that they share are counted once for each."""
    ps = ["ps", "-A", "-o", "sess=,pgid=,rss="]
    lines = subprocess.run(ps, capture_output=True, text=True, check=True).stdout.splitlines()
    held = (line.split() for line in lines)
    return sum(int(rss) for sess, pgid, rss in held if str(session) in (sess, pgid)) * 1024 / MIB
