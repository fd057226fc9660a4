"""Finding a play as a person names it: by its id or its name, in any case, as segments are."""

from collections.abc import Iterable

from keepwell.errors import RejectedInput
from keepwell.plays.play import Play


def play_called(name: str, plays: Iterable[Play]) -> Play | None:
    """The play of this id or name, in any case; an id wins over another's name. None if there is none."""
    return _spellings(plays).get(_folded(name))


def find_play(name: str, plays: Iterable[Play]) -> Play:
    """As `play_called`. Raises RejectedInput, with what was probably meant."""
    from keepwell.playbook.findings import nearest  # only what is wrong needs it

    spellings = _spellings(plays)
    if found := spellings.get(_folded(name)):
        return found
    near = nearest(name, spellings)
    hint = f"did you mean {spellings[near].id}?" if near else "`keepwell plays` lists them"
    raise RejectedInput(f"no play is called {name!r}; {hint}")


def _spellings(plays: Iterable[Play]) -> dict[str, Play]:
    known = tuple(plays)
    return {_folded(play.name): play for play in known} | {_folded(play.id): play for play in known}


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()
