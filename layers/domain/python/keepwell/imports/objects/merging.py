"""Merging rows into facts, of accounts or of what belongs to them (reliability I1-I4, I6, R1, S1).

What an earlier delivery of the same import stored is recognised by the facts' `changed_by` and counted as
applied, so that the report is the same as without the crash. A row that only confirms what is known counts as
unchanged: the counts are about values.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeVar

from keepwell.accounts import LASTING, Change, Facts, Freshness, merge
from keepwell.attributes import Catalogue
from keepwell.errors import Conflict, RejectedInput, TransientFailure
from keepwell.imports.objects.importing import Importing, Outcome, Tally
from keepwell.imports.reading import Fault
from keepwell.imports.report import Reject
from keepwell.imports.rows import Candidate, Keys
from keepwell.ports import Accounts

MAX_STORED_BYTES = 350_000
ATTEMPTS_ON_CONFLICT = 8

Key = TypeVar("Key", str, Keys)
Decide = Callable[[Facts | None], Facts | None]


class Shelf(Protocol):
    """Where the facts of one object are kept, by the ids of its rows; `noun` is what one of it is called."""

    noun: str

    def read(self, keys: Sequence[Keys]) -> dict[Keys, Facts]:
        """Those that exist, read consistently."""
        ...

    def put(self, keys: Keys, facts: Facts) -> None:
        """Store facts that `read` gave, changed, or new ones. Raises Conflict if someone wrote first."""
        ...


class AccountShelf:
    noun = "account"

    def __init__(self, accounts: Accounts):
        self._accounts = accounts

    def read(self, keys: Sequence[Keys]) -> dict[Keys, Facts]:
        found = self._accounts.facts_of([account_id for (account_id,) in keys])
        return {(account_id,): facts for account_id, facts in found.items()}

    def put(self, keys: Keys, facts: Facts) -> None:  # noqa: ARG002  the facts name the account
        self._accounts.put_facts(facts)


class Merged(NamedTuple):
    """A row that is stored, what is stored now, and what that changed."""

    candidate: Candidate
    facts: Facts
    outcome: Outcome


def merge_rows(
    candidates: Sequence[Candidate],
    shelf: Shelf,
    catalogue: Catalogue,
    importing: Importing,
    tally: Tally,
    freshness: Freshness = LASTING,
) -> Iterator[Merged]:
    """Merge each row into the facts of its ids; those that cannot be stored are rejects of `tally`."""
    log = importing.log
    present, broken = _read_what_can_be(shelf.read, [candidate.keys for candidate in candidates])
    candidates = _without(broken, candidates, lambda candidate: candidate.keys, tally)
    changes = [candidate.change for candidate in candidates]
    for candidate, change in zip(candidates, changes, strict=True):
        before = present.get(candidate.keys)
        if after := merge(before, change, catalogue, freshness):
            log.note(candidate.keys, before, after)
    log.write()
    for candidate, change in zip(candidates, changes, strict=True):

        def decide(before: Facts | None, change: Change = change) -> Facts | None:
            return merge(before, change, catalogue, freshness)

        importing.check_time()
        try:
            facts, outcome = write(candidate.keys, present.get(candidate.keys), decide, shelf, importing)
        except RejectedInput as error:
            tally.rejects.append(candidate.row.reject(Fault("", str(error))))
        else:
            yield Merged(candidate, facts, outcome)
    log.write()


def write(
    keys: Keys, before: Facts | None, decide: Decide, shelf: Shelf, importing: Importing
) -> tuple[Facts, Outcome]:
    """Store what `decide` makes of the facts `before`; decide again if someone else wrote first.

    The log has it noted already, and forgets it if nothing changes. Raises RejectedInput if it cannot be
    stored (reliability I6).
    """
    job, log = importing.job, importing.log
    for attempt in range(ATTEMPTS_ON_CONFLICT):
        after = decide(before)
        if after is None:
            assert before is not None
            outcome = _already(before, job.drop_id)
            if outcome is Outcome.UNCHANGED:
                log.forget_unless_made(keys, before)
            return before, outcome
        if attempt:
            log.note(keys, before, after)
        try:
            check_size(after, shelf.noun)
            shelf.put(keys, after)
        except Conflict:
            before = shelf.read([keys]).get(keys)
            continue
        except RejectedInput:
            log.forget(keys)
            raise
        if before is None:
            return after, Outcome.CREATED
        return after, Outcome.UNCHANGED if before.values == after.values else Outcome.UPDATED
    what = shelf.noun if len(keys) == 1 else f"a {shelf.noun} of account"
    raise TransientFailure(f"{what} {keys[0]!r} kept changing; the message can be delivered again")


def of_known_accounts(
    outcomes: Iterator[Candidate | Reject], accounts: Accounts, tally: Tally
) -> tuple[list[Candidate], dict[str, Facts]]:
    """The rows about accounts there are, and the facts of these; all others are rejects of `tally`."""
    candidates = readable(outcomes, tally)
    account_ids = list(dict.fromkeys(candidate.keys[0] for candidate in candidates))
    known, broken = _read_what_can_be(accounts.facts_of, account_ids)
    candidates = _without(broken, candidates, lambda candidate: candidate.keys[0], tally)
    for candidate in candidates:
        account_id = candidate.keys[0]
        if account_id not in known:
            reason = f"there is no account {account_id!r} yet; drop accounts first"
            group = "there is no such account yet; drop accounts first"
            tally.rejects.append(candidate.row.reject(Fault("Account ID", reason, account_id, group)))
    return [candidate for candidate in candidates if candidate.keys[0] in known], known


def readable(outcomes: Iterator[Candidate | Reject], tally: Tally) -> list[Candidate]:
    """The rows that can be read; all others are rejects of `tally`."""
    candidates = []
    for outcome in outcomes:
        if isinstance(outcome, Reject):
            tally.rejects.append(outcome)
        else:
            candidates.append(outcome)
    return candidates


def _read_what_can_be(
    read: Callable[[Sequence[Key]], dict[Key, Facts]], keys: Sequence[Key]
) -> tuple[dict[Key, Facts], dict[Key, str]]:
    """What is stored under the keys, and why of some it cannot be read: one hides no other (R2)."""
    try:
        return read(keys), {}
    except RejectedInput as problem:
        if len(keys) == 1:
            return {}, {keys[0]: str(problem)}
    middle = len(keys) // 2
    halves = [_read_what_can_be(read, half) for half in (keys[:middle], keys[middle:])]
    (found, broken), (more, more_broken) = halves
    return found | more, broken | more_broken


def _without(
    broken: Mapping[Key, str], candidates: Sequence[Candidate], key: Callable[[Candidate], Key], tally: Tally
) -> list[Candidate]:
    """The rows about what can be read; the others are rejects of `tally`."""
    for candidate in candidates:
        if reason := broken.get(key(candidate)):
            tally.rejects.append(candidate.row.reject(Fault("", reason)))
    return [candidate for candidate in candidates if key(candidate) not in broken]


def _already(facts: Facts, change_id: str) -> Outcome:
    """Whether an earlier delivery of this import made the facts what they are."""
    if facts.created_by == change_id:
        return Outcome.CREATED
    return Outcome.UPDATED if facts.changed_by == change_id else Outcome.UNCHANGED


def check_size(facts: Facts, noun: str) -> None:
    """Raises RejectedInput if the facts of an account (or whatever the noun says) are too large to store."""
    size = sum(len(f"{name}{value}".encode()) for name, value in facts.values.items())
    if size > MAX_STORED_BYTES:
        raise RejectedInput(
            f"with this row the {noun} would hold {size:,} bytes, more than the {MAX_STORED_BYTES:,} that "
            "can be stored; shorten its texts"
        )
