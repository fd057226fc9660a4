"""Time zones by their names in the IANA database."""

from difflib import get_close_matches
from functools import cache
from zoneinfo import available_timezones

from keepwell.attributes.cells import quoted
from keepwell.errors import UnreadableCell

_LONGEST = 60  # looking for what was meant takes time quadratic in the length


@cache
def _names() -> dict[str, str]:
    """The names, by themselves in small letters."""
    return {name.casefold(): name for name in sorted(available_timezones())}


def read_zone(text: str) -> str:
    """The zone of this name, which compares without case. Raises UnreadableCell, saying which was meant."""
    text = text.strip()
    name = _names().get(text.casefold())
    if name is not None:
        return name
    raise UnreadableCell(f"{quoted(text)} is no time zone; {_mend(text.casefold())}")


def _mend(folded: str) -> str:
    names = _names()
    city = next((name for each, name in names.items() if each.endswith(f"/{folded.replace(' ', '_')}")), None)
    near = get_close_matches(folded[:_LONGEST], names, n=1, cutoff=0.7)
    meant = city or (names[near[0]] if near else None)
    return f"did you mean {meant}?" if meant else "write one such as Europe/Berlin"
