"""Addresses that are nobody's of the team: a report warns of them, and they are taken (decision 18)."""

from collections.abc import Collection, Iterable

from keepwell.addresses import is_address
from keepwell.imports.objects.importing import Importing
from keepwell.imports.reading import Fault
from keepwell.imports.report import Noted
from keepwell.imports.rows import Candidate

NOBODYS = "nobody of the team has this address; mend it, or drop a file of the team"


def outsiders(rows: Iterable[Candidate], attributes: Collection[str], importing: Importing) -> list[Noted]:
    """What to warn of in the cells of these attributes, if there is a team; rows of the team are stored."""
    columns = [column for column in importing.columns.attributes if column.attribute in attributes]
    told = [
        (row.row.line, column.header, value, value.strip().lower())
        for row in rows
        for column in columns
        if isinstance(value := row.values.get(column.attribute), str)
    ]
    if not told:
        return []
    team, addresses = importing.stores.team, {address for *_, address in told}
    known = team.members_of(sorted(filter(is_address, addresses)))
    if not known and next(team.members(), None) is None:
        return []
    return [
        (line, Fault(header, NOBODYS, value)) for line, header, value, address in told if address not in known
    ]
