"""Running the blocks of a file: one after the other, or several at a time in processes of their own."""

import gc
import multiprocessing
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce

from keepwell.errors import ConfigurationError
from keepwell.imports.mapping import ImportMapping
from keepwell.playbook import Playbook, read_bundle
from keepwell_cli.scoring.blocks import Block
from keepwell_cli.scoring.judging import Beside, Judge
from keepwell_cli.scoring.results import Results, results_of
from keepwell_cli.scoring.survey import Survey

FEWEST_BLOCKS = 8
"""Fewer are done before processes of their own have started."""


@dataclass(frozen=True)
class Job:
    """What to do with each block of a file: all that a process of its own has to be told.

    `bundle` is the playbook's text, `mappings` are others than its own; `worst` says how many of the worst
    accounts to look for, `documents` and `lines` what to make of every account.
    """

    survey: Survey
    bundle: str
    now: datetime
    beside: Beside = field(default_factory=Beside)
    worst: int = 0
    documents: bool = False
    lines: bool = False
    mappings: tuple[ImportMapping, ...] = ()

    def playbook(self) -> Playbook:
        """The playbook, with the mappings."""
        return reduce(Playbook.including, self.mappings, read_bundle(self.bundle))

    def results(self, block: Block, playbook: Playbook) -> Results:
        judge = Judge(self.survey, playbook, self.now, self.beside)
        return results_of(
            judge.outcomes(block), playbook, self.worst, documents=self.documents, lines=self.lines
        )


def run(job: Job, processes: int | None = None) -> Iterator[Results]:
    """The results of the file's blocks, in its order.

    `processes` is by default one for each processor, and this one alone for a small file.
    """
    blocks = job.survey.blocks
    wanted = processes or ((os.cpu_count() or 1) if len(blocks) >= FEWEST_BLOCKS else 1)
    if wanted == 1:
        playbook = job.playbook()
        yield from (job.results(block, playbook) for block in blocks)
        return
    # A fresh process everywhere: a fork of one with threads may hang.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(wanted, context, initializer=_start, initargs=(job,)) as pool:
        try:
            yield from pool.map(_results, blocks)
        except BrokenProcessPool:
            raise ConfigurationError(
                "a process that scored a part of the file was ended from outside, perhaps for want of memory"
            ) from None
        finally:
            pool.shutdown(cancel_futures=True)


_present: tuple[Job, Playbook] | None = None


def _start(job: Job) -> None:
    """In a process of its own: get ready. An interruption is the first process's to handle."""
    global _present
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _present = job, job.playbook()
    gc.freeze()


def _results(block: Block) -> Results:
    assert _present is not None
    job, playbook = _present
    return job.results(block, playbook)
