"""What an import would do: the same import, run on twins that know what the stack knows.

Nothing is written anywhere. With no cloud in reach it compares with nothing and says so.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from keepwell.accounts import Facts, Provenance
from keepwell.errors import ConfigurationError, TransientFailure
from keepwell.in_memory import (
    FixedClock,
    InMemoryAccounts,
    InMemoryControl,
    InMemoryPeople,
    InMemoryTouchpoints,
)
from keepwell.people import Person
from keepwell.playbook import read_bundle
from keepwell.ports import Accounts, Control, People, Touchpoints
from keepwell.touchpoints import Touchpoint
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


class KnownPeople(InMemoryPeople):
    """A twin that reads a person from the stack."""

    def __init__(self, known: People):
        super().__init__()
        self._known = known

    def people_of(self, account_id: str, user_ids: Sequence[str]) -> dict[str, Person]:
        own = super().people_of(account_id, user_ids)
        new = [user_id for user_id in user_ids if user_id not in own]
        for person in self._known.people_of(account_id, new).values():
            self.put(replace(person, facts=replace(person.facts, revision=0)))
        return super().people_of(account_id, user_ids)


class KnownTouchpoints(InMemoryTouchpoints):
    """A twin that reads a touchpoint from the stack."""

    def __init__(self, known: Touchpoints):
        super().__init__()
        self._known = known

    def touchpoints_of(self, account_id: str, touchpoint_ids: Sequence[str]) -> dict[str, Touchpoint]:
        own = super().touchpoints_of(account_id, touchpoint_ids)
        new = [touchpoint_id for touchpoint_id in touchpoint_ids if touchpoint_id not in own]
        for touchpoint in self._known.touchpoints_of(account_id, new).values():
            self.put(replace(touchpoint, facts=replace(touchpoint.facts, revision=0)))
        return super().touchpoints_of(account_id, touchpoint_ids)


class KnownControl(InMemoryControl):
    """A twin that knows which drops the stack has seen, by their bytes."""

    def __init__(self, known: Control):
        super().__init__()
        self._known = known

    def get(self, key: str) -> dict[str, Any] | None:
        return super().get(key) or self._known.get(key)

    def settle(self, key: str, name: str, value: str) -> str:
        return super().settle(key, name, (self._known.get(key) or {}).get(name, value))


class AnyAccounts(InMemoryAccounts):
    """A twin in which every account is there: what belongs to accounts nobody can look up is taken."""

    def facts_of(self, account_ids: Sequence[str]) -> dict[str, Facts]:
        for account_id in set(account_ids) - super().facts_of(account_ids).keys():
            start = datetime.fromtimestamp(0, UTC)
            self.put_facts(Facts(account_id, {}, Provenance("nobody", start), start, "", ""))
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
    rehearsal, compared_with = _rehearsal(stack, object_name)
    reports = []
    for file in files:
        report = rehearsal.drop(file.name, file.read_bytes(), object_name=object_name, mapping=mapping)
        told = {"rejects_file": None, "compared_with": compared_with}
        reports.append(save_rejects(report, rehearsal.files, rejects) | told)
    return reports


def _rehearsal(name: str | None, object_name: str) -> tuple[Rehearsal, str]:
    try:
        stack = Stack.configured(name)
        rehearsal = Rehearsal(stack.playbooks.get(), FixedClock(stack.clock.now()))
    except (NoCloudError, TransientFailure, ConfigurationError, *AWS_ERRORS):
        if name is not None:
            raise
        progress.print("No cloud is in reach: compared with nothing, read with the standard playbook.")
        rehearsal = Rehearsal(read_bundle(default_bundle()), FixedClock(datetime.now(UTC)))
        if object_name != "accounts":
            rehearsal.accounts = AnyAccounts()
        return rehearsal, "nothing"
    rehearsal.accounts = KnownAccounts(stack.accounts)
    rehearsal.people = KnownPeople(stack.people)
    rehearsal.touchpoints = KnownTouchpoints(stack.touchpoints)
    rehearsal.control = KnownControl(stack.control)
    return rehearsal, f"stack {stack.name}"
