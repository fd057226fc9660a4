"""How speed is measured: CPU seconds of this process, several rounds in turn, the median of each."""

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from rich.console import Console
from rich.table import Table

ROUNDS = 3

console = Console(width=110)

missed: list[str] = []
"""The budgets that were not met in this run."""


@dataclass(frozen=True)
class Contestant:
    """`run` does the work, on `items` items."""

    name: str
    items: int
    run: Callable[[], object]


@dataclass(frozen=True)
class Budget:
    """What is aimed at, in words, and whether it was met."""

    aim: str
    met: bool

    def __str__(self) -> str:
        return f"Budget: {self.aim}: {'met' if self.met else 'MISSED'}."


@dataclass(frozen=True)
class Measured:
    """CPU seconds per item."""

    name: str
    seconds: float


def measure(contestants: Sequence[Contestant], rounds: int = ROUNDS) -> list[Measured]:
    """In turn, so that a machine that slows down slows all of them."""
    taken: dict[str, list[float]] = {each.name: [] for each in contestants}
    for _ in range(rounds):
        for each in contestants:
            gc.collect()
            gc.freeze()  # what was made before the run must not slow it down
            started = time.process_time()
            each.run()
            taken[each.name].append((time.process_time() - started) / each.items)
    return [Measured(name, median(seconds)) for name, seconds in taken.items()]


def show(title: str, unit: str, measured: Sequence[Measured], *budgets: Budget) -> None:
    """Rates, and how they compare with the first, which is ours."""
    table = _table(title, budgets, f"{unit}/s", "us each", "takes")
    ours = measured[0]
    for each in measured:
        table.add_row(each.name, f"{1 / each.seconds:,.0f}", f"{each.seconds * 1e6:,.2f}", _ratio(each, ours))
    console.print(table, "")


def show_times(title: str, measured: Sequence[Measured], *budgets: Budget) -> None:
    """Times, and how they compare with the first, which is the peer's."""
    table = _table(title, budgets, "ms", "takes")
    peer = measured[0]
    for each in measured:
        table.add_row(each.name, f"{each.seconds * 1e3:,.0f}", _ratio(each, peer))
    console.print(table, "")


def ratio(measured: Sequence[Measured]) -> float:
    """How many times as long as the first the second takes."""
    return measured[1].seconds / measured[0].seconds


def _table(title: str, budgets: Sequence[Budget], *columns: str) -> Table:
    missed.extend(f"{title}. {each}" for each in budgets if not each.met)
    caption = "\n".join(map(str, budgets))
    table = Table(title=title, title_justify="left", caption=caption, caption_justify="left", min_width=90)
    table.add_column("")
    for column in columns:
        table.add_column(column, justify="right")
    return table


def _ratio(each: Measured, first: Measured) -> str:
    return "" if each is first else f"{each.seconds / first.seconds:.2f} times"
