"""Files about our own people: rows become members of the team (USR-01, USR-02, TSK-04, TSK-08)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from keepwell.accounts import Facts, merge
from keepwell.addresses import is_address, read_address
from keepwell.attributes import Attribute, Catalogue, Value, read_cell
from keepwell.attributes.cells import quoted
from keepwell.errors import UnreadableCell
from keepwell.imports.layout import Layout
from keepwell.imports.objects.importing import Importing, ImportObject, Tally
from keepwell.imports.objects.merging import Shelf, merge_rows, readable
from keepwell.imports.objects.outsiders import outsiders
from keepwell.imports.reading import Fault
from keepwell.imports.rows import Candidate, Keys
from keepwell.ports import Team
from keepwell.team import EMAIL, MEMBER_ATTRIBUTES, Member, circles
from keepwell.zones import read_zone

HOURS_A_WEEK = 168


class _TeamShelf(Shelf):
    noun = "team member"

    def __init__(self, team: Team):
        self._team = team

    def named(self, keys: Keys) -> str:  # noqa: ARG002  an address is never logged
        return "a team member"

    def read(self, keys: Sequence[Keys]) -> dict[Keys, Facts]:
        found = self._team.members_of([email for (email,) in keys])
        return {(email,): member.facts for email, member in found.items()}

    def put(self, keys: Keys, facts: Facts) -> Member:  # noqa: ARG002  the facts name the member
        return self._team.put(Member(facts))

    def remove(self, keys: Keys, facts: Facts) -> None:  # noqa: ARG002  the facts name the member
        self._team.remove(Member(facts))


def _columns(_accounts: Catalogue, _people: Catalogue, _records: Catalogue) -> Catalogue:
    return MEMBER_ATTRIBUTES


def _read(attribute: Attribute, text: str, _told_at: datetime) -> Value | None:
    value = read_cell(attribute, text)
    if attribute.name == "Manager" and isinstance(value, str):
        return read_address(value)
    if attribute.name == "Timezone" and isinstance(value, str):
        return read_zone(value)
    if attribute.name == "Availability" and isinstance(value, int | float) and not 0 <= value <= HOURS_A_WEEK:
        raise UnreadableCell(f"expected hours a week, 0 to {HOURS_A_WEEK}, found {quoted(text.strip())}")
    return value


def _store(importing: Importing) -> Tally:
    tally = Tally()
    candidates = list(_addressed(readable(importing.judged(), tally), tally))
    team = importing.stores.team
    stored = {member.email: member.facts for member in team.members()}
    candidates = _without_circles(candidates, stored, tally)
    taken = list(merge_rows(candidates, _TeamShelf(team), MEMBER_ATTRIBUTES, importing, tally))
    for merged in taken:
        tally.counts[merged.outcome] += 1
    tally.warnings = outsiders((merged.candidate for merged in taken), ["Manager"], importing)
    return tally


def _addressed(candidates: Sequence[Candidate], tally: Tally) -> Iterator[Candidate]:
    """The rows that go by an address; the others are rejects of `tally`."""
    for candidate in candidates:
        [email] = candidate.keys
        if is_address(email):
            yield candidate
        else:
            expected = "expected one e-mail address such as ann@example.com, found "
            fault = Fault(EMAIL.name, f"{expected}{quoted(email)}", email, f'{expected}"…"')
            tally.rejects.append(candidate.row.reject(fault))


def _without_circles(
    candidates: Sequence[Candidate], stored: Mapping[str, Facts], tally: Tally
) -> list[Candidate]:
    """The rows after which nobody leads themselves; the others are rejects of `tally`. Nobody else stores
    rows of the file meanwhile, since it is one shard.

    Without a row its member has the manager of before, which may close another circle.
    """
    left = {candidate.keys[0]: candidate for candidate in candidates}
    while found := {email: way for email, way in circles(_managers(left, stored)).items() if email in left}:
        for email, way in found.items():
            reason = f"the managers go round in a circle: {' -> '.join(way)}; mend one of them"
            fault = Fault("Manager", reason, way[1], "the managers go round in a circle; mend one of them")
            tally.rejects.append(left.pop(email).row.reject(fault))
    return list(left.values())


def _managers(candidates: Mapping[str, Candidate], stored: Mapping[str, Facts]) -> dict[str, str]:
    """Who leads whom once the rows are stored."""
    told = {
        email: merge(stored.get(email), candidate.change, MEMBER_ATTRIBUTES)
        for email, candidate in candidates.items()
    }
    after = {**stored, **{email: facts for email, facts in told.items() if facts}}
    return {email: manager for email, facts in after.items() if (manager := Member(facts).manager)}


TEAM = ImportObject(
    "team",
    Layout((EMAIL.name,), in_order=True, read=_read),
    _columns,
    _store,
    shelf=lambda stores: _TeamShelf(stores.team),
)
