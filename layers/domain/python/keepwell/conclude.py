"""Evaluate an account and commit what was concluded: history first, then one conditional write."""

from datetime import datetime

from keepwell.accounts import Account
from keepwell.directory import Directory
from keepwell.errors import Conflict
from keepwell.evaluation import Evaluation, evaluate
from keepwell.passages import passage_wake
from keepwell.playbook import Playbook
from keepwell.population import NO_POPULATION, Population
from keepwell.ports import Accounts, History
from keepwell.transitions import passages_of_people

ATTEMPTS = 5


def conclude(
    account: Account,
    accounts: Accounts,
    history: History,
    playbook: Playbook,
    now: datetime,
    cause: str | None = None,
    population: Population = NO_POPULATION,
    directory: Directory | None = None,
) -> Evaluation:
    """Evaluate `account` as read (`cause`, `population` as for `evaluate`); store what changed.

    The trail comes first: extended again, it stays as it is, and what it adds about today decides nothing
    today. History rows have derived keys, so a repetition after a crash writes the same rows; the standing
    holds the transitions it causes, so neither is stored without the other (reliability T1, S2). If someone
    wrote the account in between, it is read and judged again: whoever judged the newer facts may have found
    nothing to write (S4). After ATTEMPTS such races Conflict is raised.

    Where the playbook asks for people they are read from `directory`. What segments of users make of them is
    stored last, each person in one conditional write; after a crash before that the next look does it. Before
    come the wakes that have plays about people answer: they find the passage with the person, or wait.
    """
    for _ in range(ATTEMPTS):
        account = _with_people(account, playbook, directory)
        evaluation = evaluate(account, playbook, now, cause, population)
        if not (evaluation.changed or evaluation.trail or evaluation.people_changed):
            return evaluation
        judged, stored = account.facts.revision, True
        try:
            if evaluation.trail is not None:
                accounts.put_trail(evaluation.trail)
            if evaluation.changed:
                history.append(evaluation.history())
                accounts.put_standing(evaluation.standing)
            if directory is not None:
                _store_people(evaluation, directory, history)
        except Conflict:
            stored = False
        account = accounts.get(account.account_id) or account
        if stored and account.facts.revision == judged:
            return evaluation
    raise Conflict(f"account {account.account_id} kept changing while it was evaluated")


def _with_people(account: Account, playbook: Playbook, directory: Directory | None) -> Account:
    """The account with its people, as they are now, if the playbook asks for any."""
    if directory is None or not playbook.reads_people:
        return account
    return directory.with_people(account)


def _store_people(evaluation: Evaluation, directory: Directory, history: History) -> None:
    changed = evaluation.people_changed
    if directory.wakes is not None:
        for passage in passages_of_people(evaluation):
            directory.wakes.add(passage_wake(passage))
    if rows := [row for decision in changed for row in decision.history()]:
        history.append(rows)
    directory.put(decision.after for decision in changed)


def conclude_by_id(
    account_id: str,
    accounts: Accounts,
    history: History,
    playbook: Playbook,
    now: datetime,
    population: Population = NO_POPULATION,
    directory: Directory | None = None,
) -> Evaluation | None:
    """Read an account and conclude it; None if there are no facts (a deleted account)."""
    account = accounts.get(account_id)
    if account is None:
        return None
    return conclude(account, accounts, history, playbook, now, population=population, directory=directory)
