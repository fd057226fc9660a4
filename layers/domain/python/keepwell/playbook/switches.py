"""The states of plays that ship, as keepwell.yaml says them: a play is switched on without a copy of it."""

from dataclasses import replace
from pathlib import Path

from keepwell.playbook import kinds
from keepwell.playbook.findings import nearest
from keepwell.playbook.loading import Sources


def set_switches(sources: Sources, blocs: Path) -> None:
    """Give plays of the installed blocs the states that keepwell.yaml says.

    The state of a company's own play stands in its own file, and nowhere else.
    """
    company = sources.company
    if company is None:
        return
    plays = sources.of(kinds.Play)
    for play, state in company.says.plays.items():
        source = plays.get(play)
        if source and source.bloc:
            plays[play] = replace(source, says=source.says.model_copy(update={"state": state}))
        elif message := _fault(play, sources, blocs):
            meant = nearest(play, [each for each in plays if plays[each].bloc])
            finding = company.document.finding(("plays", play), message, meant, at_key=True)
            sources.findings.append(finding)


def _fault(play: str, sources: Sources, blocs: Path) -> str:
    """Why there is nothing to switch; nothing where the file is there but cannot be read."""
    own = sources.of(kinds.Play).get(play)
    if own:
        return f"{own.document.file} is your own: say its state there, and take it out here"
    if play in sources.ids(kinds.Play):
        return ""
    for path in sorted(blocs.glob("*/plays/*.yaml")):
        if path.stem == play:
            bloc = path.parents[1].name
            return f"{play!r} is a play of the bloc {bloc}: add {bloc} to blocs, or take it out here"
    return f"no play that ships is called {play!r}; docs/reference/plays.md lists them"
