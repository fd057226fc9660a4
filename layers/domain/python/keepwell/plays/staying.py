"""Whether an account, or a person there, is still inside of what began a run. A standing tells of the last
look, by the playbook of that day; a run ends on the playbook that it began with.
"""

from dataclasses import replace

from keepwell.playbook import Playbook
from keepwell.plays.asking import Asking
from keepwell.plays.effects import Occasion
from keepwell.plays.triggers import rule_called
from keepwell.standings import Membership, Passage


def outlives(occasion: Occasion, active: Playbook, asking: Asking) -> bool:
    """Whether an entry holds, though the account has left: an edit of the trigger has moved it, and what had
    begun asks the trigger as it was."""
    if not _is_edited(occasion, active):
        return False
    found = _look(occasion, occasion.playbook, asking)
    return found is not None and found.inside


def as_it_began(occasion: Occasion, active: Playbook, asking: Asking) -> Occasion:
    """The occasion; where its trigger was edited since, or taken out, with what it would be asked as it
    was: then that tells, and no standing."""
    present = occasion.present_in()
    if occasion.regardless or occasion.date or present is None or not _is_edited(occasion, active):
        return occasion
    found = _look(occasion, occasion.playbook, asking)
    now_is = replace(present, inside=found is not None and found.inside)
    goes_on = now_is.inside is (occasion.transition.passage is Passage.ENTERED)
    same_entry = present.sequence == occasion.transition.sequence
    return replace(_with(occasion, now_is), regardless=goes_on and same_entry)


def is_unseen(occasion: Occasion, active: Playbook, asking: Asking) -> bool:
    """Whether the account has passed the border of the trigger, be it by time alone, and nobody has looked:
    what becomes of it is for the next look to tell."""
    present = occasion.present_in()
    if occasion.regardless or occasion.date or present is None or _is_edited(occasion, active):
        return False
    found = _look(occasion, active, asking)
    return found is not None and found.inside is not present.inside


def _with(occasion: Occasion, membership: Membership) -> Occasion:
    """The occasion as if that had been seen at the last look."""
    segment, person, standing = occasion.transition.segment, occasion.person, occasion.account.standing
    if person is not None:
        return replace(
            occasion, person=replace(person, memberships={**person.memberships, segment: membership})
        )
    assert standing is not None
    seen = replace(standing, memberships={**standing.memberships, segment: membership})
    return replace(occasion, account=replace(occasion.account, standing=seen))


def _look(occasion: Occasion, playbook: Playbook, asking: Asking) -> Membership | None:
    """What a look now makes of the membership, by a playbook."""
    segment, account, person = occasion.transition.segment, occasion.account, occasion.person
    return asking.membership(segment, account, person, playbook, occasion.now)


def _is_edited(occasion: Occasion, active: Playbook) -> bool:
    """Whether another rule than that of the occasion's playbook decides the membership by now, or none."""
    if occasion.playbook.version == active.version:
        return False
    segment = occasion.transition.segment
    before, after = rule_called(segment, occasion.playbook), rule_called(segment, active)
    return before is not None and (after is None or before.in_words != after.in_words)
