"""Merging rows into facts, of accounts or of what belongs to them (reliability I1-I4, I6, R1, S1).

What an earlier delivery of the same import stored is recognised by the facts' `changed_by` and counted as
applied, so that the report is the same as without the crash. A row that only confirms what is known counts as
unchanged: the counts are about values.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple, Protocol, TypeVar

from keepwell.accounts import LASTING, Facts, Freshness, are_same, merge
from keepwell.attributes import Catalogue
from keepwell.errors import Conflict, KeepwellError, RejectedInput, TransientFailure
from keepwell.imports.objects.importing import Importing, Outcome, Tally
from keepwell.imports.reading import Fault
from keepwell.imports.report import Reject
from keepwell.imports.rows import Candidate, Keys
from keepwell.ports import Accounts

MAX_STORED_BYTES = 350_000
_MOST_BYTES_OF_A_CHARACTER = 4
ATTEMPTS_ON_CONFLICT = 8
STORED_AT_ONCE = 100
"""Between so many rows an import looks at its time."""

Key = TypeVar("Key", str, Keys)
Decide = Callable[[Facts | None], Facts | None]


class Shelf(Protocol):
    """Where the facts of one object are kept, by the ids of its rows; `noun` is what one of it is called."""

    noun: str

    def named(self, keys: Keys) -> str:
        """How the log may call one: by its account, since its own id may be that of a person."""
        return f"a {self.noun} of account {keys[0]!r}"

    def read(self, keys: Sequence[Keys]) -> dict[Keys, Facts]:
        """Those that exist, read consistently."""
        ...

    def put(self, keys: Keys, facts: Facts) -> object:
        """Store facts that `read` gave, changed, or new ones. Raises Conflict if someone wrote first,
        RejectedInput if they cannot be stored."""
        ...

    def remove(self, keys: Keys, facts: Facts) -> None:
        """Take away what has these facts, as `read` gave them. Raises Conflict if someone wrote first."""
        ...

    def put_many(self, items: Sequence[tuple[Keys, Facts]]) -> Sequence[object]:
        """Store each on its own; of each the Conflict or RejectedInput, or whatever is stored."""
        return [self._outcome(keys, facts) for keys, facts in items]

    def _outcome(self, keys: Keys, facts: Facts) -> object:
        try:
            return self.put(keys, facts)
        except (Conflict, RejectedInput) as error:
            return error


class AccountShelf(Shelf):
    noun = "account"

    def __init__(self, accounts: Accounts):
        self._accounts = accounts

    def named(self, keys: Keys) -> str:
        return f"account {keys[0]!r}"

    def read(self, keys: Sequence[Keys]) -> dict[Keys, Facts]:
        found = self._accounts.facts_of([account_id for (account_id,) in keys])
        return {(account_id,): facts for account_id, facts in found.items()}

    def put(self, keys: Keys, facts: Facts) -> Facts:  # noqa: ARG002  the facts name the account
        return self._accounts.put_facts(facts)

    def remove(self, keys: Keys, facts: Facts) -> None:  # noqa: ARG002  the facts name the account
        self._accounts.remove(facts)

    def put_many(self, items: Sequence[tuple[Keys, Facts]]) -> Sequence[object]:
        return self._accounts.put_many([facts for _, facts in items])


class Wish(NamedTuple):
    """What should become of the facts under some ids: what `decide` makes of them, once more if someone else
    wrote first. `after` is that of the facts `before`, None if it changes nothing."""

    keys: Keys
    before: Facts | None
    decide: Decide
    after: Facts | None

    @classmethod
    def of(cls, keys: Keys, before: Facts | None, decide: Decide) -> "Wish":
        return cls(keys, before, decide, decide(before))


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
    present, broken = read_what_can_be(shelf.read, [candidate.keys for candidate in candidates])
    candidates = _without(broken, candidates, lambda candidate: candidate.keys, tally)
    wishes = [
        Wish.of(
            candidate.keys,
            present.get(candidate.keys),
            partial(merge, change=candidate.change, catalogue=catalogue, freshness=freshness),
        )
        for candidate in candidates
    ]
    for candidate, stored in zip(candidates, store(wishes, shelf, importing), strict=True):
        if isinstance(stored, RejectedInput):
            tally.rejects.append(candidate.row.reject(Fault("", str(stored))))
        else:
            yield Merged(candidate, *stored)


def store(
    wishes: Sequence[Wish], shelf: Shelf, importing: Importing
) -> Iterator[tuple[Facts, Outcome] | RejectedInput]:
    """Log what should change, then store it; of each wish the facts there are now, or why they cannot be
    stored (reliability I6). What is not stored after all leaves the log.

    Raises TransientFailure if little time is left, or someone else keeps writing.
    """
    log = importing.log
    for keys, before, _, after in wishes:
        if after:
            log.note(keys, before, after)
    log.write()
    for start in range(0, len(wishes), STORED_AT_ONCE):
        importing.check_time()
        batch = wishes[start : start + STORED_AT_ONCE]
        for wish, stored in zip(batch, _store(batch, shelf, importing), strict=True):
            if isinstance(stored, RejectedInput):
                log.forget(wish.keys)
            yield stored
    log.write()


def _store(
    wishes: Sequence[Wish], shelf: Shelf, importing: Importing, attempt: int = 1
) -> list[tuple[Facts, Outcome] | RejectedInput]:
    outcomes: dict[int, tuple[Facts, Outcome] | RejectedInput] = {}
    places, changes = list[int](), list[tuple[Keys, Facts]]()
    for place, (keys, _, _, after) in enumerate(wishes):
        if after is None:
            outcomes[place] = _unchanged(wishes[place], importing)
        elif reason := too_large(after, shelf.noun):
            outcomes[place] = reason
        else:
            places.append(place)
            changes.append((keys, after))
    answers = shelf.put_many(changes) if changes else ()
    late = list[int]()
    for place, (_, after), answer in zip(places, changes, answers, strict=True):
        if not isinstance(answer, KeepwellError):
            outcomes[place] = after, _outcome(wishes[place].before, after)
        elif isinstance(answer, RejectedInput):
            outcomes[place] = answer
        else:
            late.append(place)
    if late:
        again = _store_again([wishes[place] for place in late], shelf, importing, attempt)
        outcomes |= zip(late, again, strict=True)
    return [outcomes[place] for place in range(len(wishes))]


def _store_again(
    wishes: Sequence[Wish], shelf: Shelf, importing: Importing, attempt: int
) -> Iterator[tuple[Facts, Outcome] | RejectedInput]:
    """Someone else wrote first: read what that was, and decide on it."""
    if attempt == ATTEMPTS_ON_CONFLICT:
        raise TransientFailure(
            f"{shelf.named(wishes[0].keys)} kept changing; the message can be delivered again"
        )
    present, broken = read_what_can_be(shelf.read, [wish.keys for wish in wishes])
    anew = [
        Wish.of(wish.keys, present.get(wish.keys), wish.decide) for wish in wishes if wish.keys not in broken
    ]
    for wish in anew:
        if wish.after:
            importing.log.note(wish.keys, wish.before, wish.after)
    importing.log.write()
    stored = iter(_store(anew, shelf, importing, attempt + 1))
    for wish in wishes:
        reason = broken.get(wish.keys)
        yield RejectedInput(reason) if reason else next(stored)


def _unchanged(wish: Wish, importing: Importing) -> tuple[Facts, Outcome]:
    assert wish.before is not None
    outcome = _already(wish.before, importing.job.drop_id)
    if outcome is Outcome.UNCHANGED:
        importing.log.forget_unless_made(wish.keys, wish.before)
    return wish.before, outcome


def _outcome(before: Facts | None, after: Facts) -> Outcome:
    if before is None:
        return Outcome.CREATED
    return Outcome.UNCHANGED if are_same(before.values, after.values) else Outcome.UPDATED


def of_known_accounts(
    outcomes: Iterator[Candidate | Reject], accounts: Accounts, tally: Tally
) -> tuple[list[Candidate], dict[str, Facts]]:
    """The rows about accounts there are, and the facts of these; all others are rejects of `tally`."""
    candidates = readable(outcomes, tally)
    account_ids = list(dict.fromkeys(candidate.keys[0] for candidate in candidates))
    known, broken = read_what_can_be(accounts.facts_of, account_ids)
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


def read_what_can_be(
    read: Callable[[Sequence[Key]], dict[Key, Facts]], keys: Sequence[Key]
) -> tuple[dict[Key, Facts], dict[Key, str]]:
    """What is stored under the keys, and why of some it cannot be read: one hides no other (R2)."""
    try:
        return read(keys), {}
    except RejectedInput as problem:
        if len(keys) == 1:
            return {}, {keys[0]: str(problem)}
    middle = len(keys) // 2
    halves = [read_what_can_be(read, half) for half in (keys[:middle], keys[middle:])]
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


def too_large(facts: Facts, noun: str) -> RejectedInput | None:
    """Why the facts of an account (or whatever the noun says) cannot be stored, if they are too large."""
    characters = sum(map(len, facts.values)) + sum(map(len, map(str, facts.values.values())))
    if _MOST_BYTES_OF_A_CHARACTER * characters <= MAX_STORED_BYTES:
        return None
    size = sum(len(f"{name}{value}".encode()) for name, value in facts.values.items())
    if size <= MAX_STORED_BYTES:
        return None
    return RejectedInput(
        f"with this row the {noun} would hold {size:,} bytes, more than the {MAX_STORED_BYTES:,} that "
        "can be stored; shorten its texts"
    )
