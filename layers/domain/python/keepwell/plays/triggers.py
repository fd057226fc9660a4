"""What starts a play, in words."""

from keepwell.playbook import Playbook
from keepwell.plays.play import Play
from keepwell.standings import Passage


def starts_of(play: Play, playbook: Playbook) -> str:
    """What starts it: `entered At Risk`, its own condition, or others."""
    if play.criteria is not None:
        leaves = "" if play.passage is Passage.ENTERED else "no longer "
        return f"{leaves}{play.criteria}"
    if not play.segment:
        return "by another play, or by hand"
    names = {each.id: each.name for each in (*playbook.segments, *playbook.user_segments)}
    return f"{play.passage} {names.get(play.segment, play.segment)}"
