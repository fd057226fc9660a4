"""Finding a play as a person names it: by its id or its name, in any case, as segments are."""

from collections.abc import Iterable

from keepwell.errors import RejectedInput
from keepwell.plays.play import Play


def play_called(name: str, plays: Iterable[Play]) -> Play | None:
    """The play of this id or name, in any case; an id wins over another's name. None if there is none.
    Raises RejectedInput for a name that several plays share."""
    found = _spellings(plays).get(_folded(name), ())
    if len(found) > 1:
        ids = " and ".join(play.id for play in found)
        raise RejectedInput(f"{name!r} is the name of {ids}: say which by its id")
    return found[0] if found else None


def find_play(name: str, plays: Iterable[Play]) -> Play:
    """As `play_called`. Raises RejectedInput, with what was probably meant."""
    from keepwell.playbook.findings import nearest  # only what is wrong needs it

    known = tuple(plays)
    if found := play_called(name, known):
        return found
    spellings = _spellings(known)
    near = nearest(name, spellings)
    hint = f"did you mean {spellings[near][0].id}?" if near else "`keepwell plays` lists them"
    raise RejectedInput(f"no play is called {name!r}; {hint}")


def _spellings(plays: Iterable[Play]) -> dict[str, tuple[Play, ...]]:
    known = tuple(plays)
    by_name = dict[str, tuple[Play, ...]]()
    for play in known:
        by_name[_folded(play.name)] = (*by_name.get(_folded(play.name), ()), play)
    return by_name | {_folded(play.id): (play,) for play in known}


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()
