"""Gathering what one mail is to tell of, in a wake that carries a list."""

from collections.abc import Sequence
from dataclasses import replace

from keepwell.errors import Conflict
from keepwell.ports import Wakes
from keepwell.wakes import Wake

ATTEMPTS = 12


def gather(wakes: Wakes, fresh: Wake, key: str, entry: Sequence[str] | str, most: int) -> bool:
    """Put an entry on the list under `key` of a wake, which is `fresh` where there is none yet; whether it is
    on it, since a list has so many entries at most. Raises Conflict if the wake kept changing."""
    first = replace(fresh, content={**fresh.content, key: [entry]})
    for _ in range(ATTEMPTS):
        if wakes.add(first):
            return True
        wake = wakes.get(fresh.wake_id)
        if wake is None:
            continue
        listed = wake.content[key]
        if entry in listed or len(listed) >= most:
            return entry in listed
        try:
            wakes.put(replace(wake, content={**wake.content, key: [*listed, entry]}))
        except Conflict:
            continue
        return True
    raise Conflict(f"{fresh.wake_id} kept changing while one more was put on it")
