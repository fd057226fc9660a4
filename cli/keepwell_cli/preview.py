"""What an import would do: the same import, run on twins that know the accounts of the stack.

Nothing is written anywhere. With no cloud in reach it compares with nothing and says so.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from keepwell.accounts import Facts
from keepwell.errors import ConfigurationError, TransientFailure
from keepwell.in_memory import FixedClock, InMemoryAccounts
from keepwell.playbook import read_bundle
from keepwell.ports import Accounts
from keepwell_aws.playbooks import default_bundle
from keepwell_cli.output import AWS_ERRORS, NoCloudError, progress
from keepwell_cli.rehearsal import Rehearsal
from keepwell_cli.rejects import save_rejects
from keepwell_cli.stack import Stack


class KnownAccounts(InMemoryAccounts):
    """A twin that reads an account from the stack when it is first asked for it."""

    def __init__(self, known: Accounts):
        super().__init__()
        self._known = known
        self._asked: set[str] = set()

    def facts_of(self, account_ids: Sequence[str]) -> dict[str, Facts]:
        new = [account_id for account_id in account_ids if account_id not in self._asked]
        self._asked.update(new)
        for facts in self._known.facts_of(new).values():
            self.put_facts(replace(facts, revision=0))
        return super().facts_of(account_ids)


def preview(
    files: Sequence[Path],
    object_name: str,
    mapping: str | None,
    stack: str | None = None,
    rejects: Path | None = None,
) -> list[dict[str, Any]]:
    """The reports that dropping these files would give, each with `compared_with` and without a rejects file,
    unless the rows are to be saved to `rejects`.

    Raises NoCloudError only if a stack was named and is not there.
    """
    rehearsal, compared_with = _rehearsal(stack)
    reports = []
    for file in files:
        report = rehearsal.drop(file.name, file.read_bytes(), object_name=object_name, mapping=mapping)
        told = {"rejects_file": None, "compared_with": compared_with}
        reports.append(save_rejects(report, rehearsal.files, rejects) | told)
    return reports


def _rehearsal(name: str | None) -> tuple[Rehearsal, str]:
    try:
        stack = Stack.configured(name)
        rehearsal = Rehearsal(stack.playbooks.get(), FixedClock(stack.clock.now()))
    except (NoCloudError, TransientFailure, ConfigurationError, *AWS_ERRORS):
        if name is not None:
            raise
        progress.print("No cloud is in reach: compared with no accounts, read with the standard playbook.")
        return Rehearsal(read_bundle(default_bundle()), FixedClock(datetime.now(UTC))), "nothing"
    rehearsal.accounts = KnownAccounts(stack.accounts)
    return rehearsal, f"stack {stack.name}"
