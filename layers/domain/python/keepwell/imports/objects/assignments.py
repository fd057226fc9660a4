"""Files about who of the team has which role at an account (product DAT-06, PLY-10).

Who has a role is a fact of the account, under the role's name: what a file of accounts tells of it is the
same. So a row here changes an account, and creates nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from keepwell.accounts import Change, Facts, Provenance, merge
from keepwell.addresses import read_address
from keepwell.attributes import Attribute, Catalogue, Kind, Value, read_cell
from keepwell.attributes.cells import quoted
from keepwell.errors import RejectedInput, UnreadableCell
from keepwell.imports.columns import ID
from keepwell.imports.layout import Layout
from keepwell.imports.objects.importing import Importing, ImportObject, Outcome, Tally
from keepwell.imports.objects.merging import AccountShelf, Decide, Wish, of_known_accounts, store
from keepwell.imports.objects.outsiders import outsiders
from keepwell.imports.reading import Fault
from keepwell.imports.rows import Candidate
from keepwell.ports import Team
from keepwell.team import EMAIL, Licence

ROLE = "Role"


def _columns(accounts: Catalogue, _people: Catalogue, _records: Catalogue) -> Catalogue:
    roles = [attribute for attribute in accounts if attribute.role]
    role = Attribute(
        ROLE,
        Kind.CHOICE,
        values=tuple(attribute.name for attribute in roles),
        value_aliases={alias.casefold(): each.name for each in roles for alias in each.aliases},
    )
    return Catalogue([Attribute(ID, Kind.TEXT), role, EMAIL])


def _read(attribute: Attribute, text: str, _told_at: datetime) -> Value | None:
    return read_address(text) if attribute.name == EMAIL.name else read_cell(attribute, text)


def _store(importing: Importing) -> Tally:
    tally = Tally()
    candidates, known = of_known_accounts(importing.judged(), importing.stores.accounts, tally)
    candidates = list(_with_role(candidates, importing.telling.catalogue[ROLE], tally))
    by_account: dict[str, list[Candidate]] = {}
    for candidate in _without_viewers(candidates, importing.stores.team, tally):
        by_account.setdefault(candidate.keys[0], []).append(candidate)
    wishes = [
        Wish.of((account_id,), known[account_id], _assigning(known[account_id], rows, importing))
        for account_id, rows in by_account.items()
    ]
    assigned = store(wishes, AccountShelf(importing.stores.accounts), importing)
    taken = list[Candidate]()
    for rows, stored in zip(by_account.values(), assigned, strict=True):
        if isinstance(stored, RejectedInput):
            tally.rejects += [row.row.reject(Fault("", str(stored))) for row in rows]
        else:
            facts, _ = stored
            for row in rows:
                tally.counts[_outcome(row, facts, importing.job.drop_id)] += 1
            taken += rows
    tally.warnings = outsiders(taken, [EMAIL.name], importing)
    return tally


def _with_role(candidates: Sequence[Candidate], roles: Attribute, tally: Tally) -> Iterator[Candidate]:
    """The rows about roles there are; the others are rejects of `tally`."""
    for candidate in candidates:
        try:
            read_cell(roles, candidate.keys[1])
        except UnreadableCell as error:
            reason = f"{error}; another is declared in attributes/ with role: true"
            group = reason.replace(quoted(candidate.keys[1]), '"…"')
            tally.rejects.append(candidate.row.reject(Fault(ROLE, reason, candidate.keys[1], group)))
        else:
            yield candidate


def _without_viewers(candidates: Sequence[Candidate], team: Team, tally: Tally) -> Iterator[Candidate]:
    """The rows that name nobody who may hold no role; the others are rejects of `tally`."""
    found = team.members_of(sorted({_email(candidate) for candidate in candidates}))
    for candidate in candidates:
        email = _email(candidate)
        if (member := found.get(email)) and member.licence is Licence.VIEWER:
            reason = f"{email} is a {Licence.VIEWER}, who holds no role; change the licence, or name another"
            group = f"this is a {Licence.VIEWER}, who holds no role; change the licence, or name another"
            tally.rejects.append(candidate.row.reject(Fault(EMAIL.name, reason, email, group)))
        else:
            yield candidate


def _assigning(known: Facts, rows: Sequence[Candidate], importing: Importing) -> Decide:
    """What gives the account its roles."""
    return lambda facts: _assigned(facts or known, rows, importing)


def _assigned(facts: Facts, rows: Sequence[Candidate], importing: Importing) -> Facts | None:
    """The account's facts with what the rows tell, or None if that is nothing new."""
    playbook, after = importing.playbook, facts
    for row in rows:
        after = merge(after, _change(row, facts.values), playbook.catalogue, playbook.freshness) or after
    return None if after is facts else after


def _change(row: Candidate, values: Mapping[str, Value]) -> Change:
    """What a row tells of its account; an address that is there already stays as it is spelt."""
    role, email = row.keys[1], _email(row)
    present = values.get(role)
    same = isinstance(present, str) and present.strip().lower() == email
    return replace(row.change, values={role: present if same and present else email})


def _outcome(row: Candidate, facts: Facts, drop_id: str) -> Outcome:
    """What became of a row whose account has these facts now, whichever delivery stored them."""
    change = row.change
    told = facts.exceptions.get(row.keys[1], facts.provenance)
    mine = facts.changed_by == drop_id and told == Provenance(change.source, change.observed_at)
    return Outcome.UPDATED if mine else Outcome.UNCHANGED


def _email(candidate: Candidate) -> str:
    return str(candidate.values[EMAIL.name])


ASSIGNMENTS = ImportObject(
    "assignments",
    Layout((ID, ROLE), required=(EMAIL.name,), read=_read),
    _columns,
    _store,
    shelf=lambda stores: AccountShelf(stores.accounts),
)
