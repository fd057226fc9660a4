"""Judging a file of accounts: every row becomes an evaluation or a reject, by the product's own code."""

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from keepwell.accounts import Account, Facts, merge
from keepwell.evaluation import Evaluation, evaluate
from keepwell.imports.objects import OBJECTS
from keepwell.imports.objects.merging import too_large
from keepwell.imports.reading import Fault
from keepwell.imports.report import Reject
from keepwell.imports.rows import Candidate, ShardRow, Telling, judge
from keepwell.playbook import Playbook
from keepwell.population import NO_POPULATION, Population
from keepwell_cli.scoring.blocks import Block
from keepwell_cli.scoring.survey import Survey

CHANGE_ID = "score"
SOURCE = "csv:accounts"
ACCOUNTS = OBJECTS["accounts"]

_LONG_ROW = 30_000
"""Characters; what is shorter can be stored whatever its cells hold."""


@dataclass(frozen=True)
class Beside:
    """What other files tell: the accounts that they tell of, and what all accounts are compared with."""

    accounts: Mapping[str, Account] = field(default_factory=dict)
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
        for told in self.facts(block):
            if isinstance(told, Reject):
                yield told
            else:
                account = self.beside.accounts.get(told.account_id) or Account(told, people=())
                yield evaluate(account, self.playbook, self.now, population=self.beside.population)

    def facts(self, block: Block, only: Container[str] | None = None) -> Iterator[Facts | Reject]:
        """What each row tells of its account, or why it is rejected; `only` names the accounts to look at."""
        columns = self.survey.columns
        rows = (ShardRow.of(row, columns) for row in self.survey.rows_of(block))
        if only is not None:
            rows = (row for row in rows if row.keys and row.keys[0] in only)
        for outcome in judge(rows, columns, self._telling, self.survey.later):
            yield outcome if isinstance(outcome, Reject) else self._told(outcome)

    def _told(self, candidate: Candidate) -> Facts | Reject:
        facts = merge(None, candidate.change, self.playbook.catalogue)
        assert facts is not None
        if sum(map(len, candidate.row.cells)) > _LONG_ROW and (error := too_large(facts, "account")):
            return candidate.row.reject(Fault("", str(error)))
        return facts

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
