"""Judging a file of accounts: every row becomes an evaluation or a reject, by the product's own code."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from keepwell.accounts import Account, merge
from keepwell.errors import RejectedInput
from keepwell.evaluation import Evaluation, evaluate
from keepwell.imports.objects import OBJECTS
from keepwell.imports.objects.merging import check_size
from keepwell.imports.reading import Fault
from keepwell.imports.report import Reject
from keepwell.imports.rows import Candidate, ShardRow, Telling, judge
from keepwell.playbook import Playbook
from keepwell.population import NO_POPULATION, Population
from keepwell.usage import UsageSummary
from keepwell_cli.scoring.blocks import Block
from keepwell_cli.scoring.survey import Survey

CHANGE_ID = "score"
SOURCE = "csv:accounts"
ACCOUNTS = OBJECTS["accounts"]

_LONG_ROW = 30_000
"""Characters; what is shorter can be stored whatever its cells hold."""


@dataclass(frozen=True)
class Beside:
    """What other files tell of the accounts: their use, and what they are compared with."""

    usage: Mapping[str, UsageSummary] = field(default_factory=dict)
    population: Population = NO_POPULATION


@dataclass(frozen=True)
class Judge:
    """Judges the rows of one file, as of `now` (aware)."""

    survey: Survey
    playbook: Playbook
    now: datetime
    beside: Beside = field(default_factory=Beside)

    def outcomes(self, block: Block) -> Iterator[Evaluation | Reject]:
        """One for each row, in order: what the account comes to before anything takes effect, or why its row
        is rejected."""
        columns = self.survey.columns
        rows = (ShardRow.of(row, columns) for row in self.survey.rows_of(block))
        for outcome in judge(rows, columns, self._telling, self.survey.later):
            yield outcome if isinstance(outcome, Reject) else self._outcome(outcome)

    def _outcome(self, candidate: Candidate) -> Evaluation | Reject:
        facts = merge(None, candidate.change, self.playbook.catalogue)
        assert facts is not None
        if sum(map(len, candidate.row.cells)) > _LONG_ROW:
            try:
                check_size(facts, "account")
            except RejectedInput as error:
                return candidate.row.reject(Fault("", str(error)))
        account = Account(facts, usage=self.beside.usage.get(facts.account_id))
        return evaluate(account, self.playbook, self.now, population=self.beside.population)

    @cached_property
    def _telling(self) -> Telling:
        return Telling(
            change_id=CHANGE_ID,
            source=SOURCE,
            observed_at=self.now,
            fill_only=False,
            time_zone=self.playbook.time_zone,
            catalogue=ACCOUNTS.columns_in(self.playbook),
            layout=ACCOUNTS.layout,
        )
