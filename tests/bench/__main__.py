"""Speed, against what one would pick instead: `make bench`, or `python -m tests.bench [PART ...]`."""

import os
import platform
import sys
import time

from tests.bench import cold_starts, conditions, evaluation, importing, parsing, records, score, usage
from tests.bench.measuring import ROUNDS, console, missed

PARTS = {
    "conditions": conditions.bench,
    "records": records.bench,
    "stream": records.bench_stream,
    "growth": conditions.bench_growth,
    "parsing": parsing.bench,
    "import": cold_starts.bench_import,
    "evaluation": evaluation.bench,
    "importing": importing.bench,
    "usage": usage.bench,
    "score": score.bench,
    "cold-starts": cold_starts.bench,
}


def main() -> None:
    wanted = sys.argv[1:] or list(PARTS)
    if unknown := [name for name in wanted if name not in PARTS]:
        raise SystemExit(f"no part of the bench: {', '.join(unknown)}; there are: {', '.join(PARTS)}")
    console.print(
        f"Python {platform.python_version()} on {os.cpu_count()} cores ({platform.machine()}), "
        f"load {os.getloadavg()[0]:.1f}. CPU time, medians of {ROUNDS} rounds in turn. "
        "Compare the ratios, not the digits."
    )
    started = time.monotonic()
    for name in wanted:
        PARTS[name]()
    console.print(f"{time.monotonic() - started:.0f} s in all, load now {os.getloadavg()[0]:.1f}")
    if missed:
        raise SystemExit("\n".join(["Not every budget was met:", *missed]))


main()
