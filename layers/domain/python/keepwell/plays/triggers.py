"""What starts a play."""

from itertools import chain

from keepwell.playbook import Playbook
from keepwell.plays.play import Play
from keepwell.segments.rules import Rule, rule_of
from keepwell.standings import Passage


def rule_behind(play: Play, playbook: Playbook) -> Rule | None:
    """What the membership that triggers it is decided by; None where others, or people, start it."""
    return rule_called(play.segment, playbook)


def rule_called(name: str, playbook: Playbook) -> Rule | None:
    """The rule of a segment of accounts or of users, or of a play's own condition, by its id."""
    rules = chain(playbook.rules.memberships, map(rule_of, playbook.user_segments))
    return next((rule for rule in rules if rule.id == name), None)


def starts_of(play: Play, playbook: Playbook) -> str:
    """What starts it, in words: `entered At Risk`, its own condition, or others."""
    if play.criteria is not None:
        leaves = "" if play.passage is Passage.ENTERED else "no longer "
        return f"{leaves}{play.criteria}"
    if not play.segment:
        return "by another play, or by hand"
    names = {each.id: each.name for each in (*playbook.segments, *playbook.user_segments)}
    return f"{play.passage} {names.get(play.segment, play.segment)}"
