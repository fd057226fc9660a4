"""Plays that may set one another off in a circle: through what they change of an account, or by starting.

A play's change is seen by the next evaluation, where it may bring about the passage that triggers another
play. Such a chain ends at the causation limit; whoever writes it should hear of it before.
"""

from collections.abc import Mapping
from itertools import pairwise

from keepwell.circles import circles
from keepwell.playbook import kinds
from keepwell.playbook.checking import Checker
from keepwell.playbook.documents import Place
from keepwell.playbook.loading import Source
from keepwell.playbook.playbook import Playbook
from keepwell.playbook.readings import Readings, Rule
from keepwell.playbook.writing import Writing
from keepwell.plays import Play
from keepwell.plays.changing import CAUSATION_LIMIT
from keepwell.plays.steps import deeds_of
from keepwell.standings import Passage


def warn_of_chains(playbook: Playbook, check: Checker) -> None:
    """Warn of every circle, at the company's own file where it is part of one."""
    acting = [play for play in playbook.plays if play.state.answers]
    links = _links(acting, playbook)

    def companys_first(play: str) -> tuple[bool, str]:
        return bool(_place(play, check)[0].bloc), play

    for way in circles(links, companys_first):
        steps = " -> ".join([*(f"{play} {links[play][then]}" for play, then in pairwise(way)), way[0]])
        message = (
            f"plays may set one another off in a circle: {steps}; "
            f"after {CAUSATION_LIMIT} changes in a row it is cut (the causation limit)"
        )
        check.warn(*_place(way[0], check), message)


def _links(acting: list[Play], playbook: Playbook) -> Mapping[str, Mapping[str, str]]:
    """By play: the plays it may set off, and how, such as `sets Risk Status`."""
    readings = Readings(playbook)
    links: dict[str, dict[str, str]] = {}
    for play in acting:
        writings = [Writing(deeds, playbook.catalogue) for _, deeds in deeds_of(play)]
        found = (
            (other.id, how)
            for other in acting
            for writing in reversed(writings)
            if (how := _how(play, writing, other, readings))
        )
        links[play.id] = dict(found)
    return links


def _how(play: Play, writing: Writing, other: Play, readings: Readings) -> str:
    """How what a play does at one moment may set off another; empty if it cannot."""
    if other.id in writing.deeds.starts:
        return "starts it"
    if (play.segment, play.passage) == (other.segment, other.passage):
        return ""  # who has just entered cannot enter
    if (rule := readings.rule(other.segment)) is None:
        return ""
    written = ", ".join(words for name, words in writing.told() if name in rule.reads)
    return written if written and _may_pass(writing, rule, other.passage) else ""


def _may_pass(writing: Writing, rule: Rule, passage: Passage) -> bool:
    """Whether an account may pass that way once this is written."""
    inside = writing.answer(rule.criteria)
    if passage is Passage.ENTERED:
        return inside is not False
    return inside is not True and (rule.leave is None or writing.answer(rule.leave) is not False)


def _place(play: str, check: Checker) -> tuple[Source[kinds.Play] | Source[kinds.Segment], Place]:
    """The file that a play stands in, and where."""
    segment, _, passage = play.partition(":")
    if passage:
        return check.sources.of(kinds.Segment)[segment], (passage.replace("-", "_"),)
    return check.sources.of(kinds.Play)[play], ()
