"""Tags that conditions ask for: a tag that nobody sets is no mistake, a tag that is nearly one may be."""

from keepwell.criteria.belonging import HasTag
from keepwell.playbook.checking import Checker
from keepwell.playbook.findings import nearest
from keepwell.playbook.playbook import Playbook
from keepwell.plays.steps import deeds_of


def warn_of_misspelt_tags(playbook: Playbook, check: Checker) -> None:
    """Warn of a tag that no play adds, if one adds a tag much like it. (A file may set any.)"""
    every = (deeds for play in playbook.plays for _, deeds in deeds_of(play))
    added = {tag.casefold(): tag for deeds in every for tag in deeds.add_tags}
    for source, place, condition in check.conditions:
        for leaf in condition.leaves():
            if isinstance(leaf, HasTag) and leaf.tag.casefold() not in added:
                meant = nearest(leaf.tag, added.values())
                if meant is not None:
                    check.warn(source, place, f"no play adds the tag {leaf.tag!r}", meant)
