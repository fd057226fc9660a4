"""Crossing the border of a segment: when a membership changes, and whether that is an event (product SEG-08).

An entry has a sequence number, counted per account and segment, so that a re-entry is a new transition with
effects of its own (reliability T1, T3). What keeps noise down (another condition for leaving, a minimum stay,
a cool-down) reads stored days only, so that it does not matter when or how often one looks (T4).
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import NamedTuple

from keepwell.accounts import Account
from keepwell.attributes import SEGMENTS, Value
from keepwell.criteria.knowing import Moment, Trail
from keepwell.playbook import Playbook
from keepwell.segments.rules import Rule
from keepwell.standings import Membership, Passage, Silence


class Crossing(NamedTuple):
    """What an evaluation makes of one membership, and why in words; one for every rule and account.

    `membership` is None for an account that has never been inside. `passage` is None where there is no
    transition; `silence` says why the transition starts no play.
    """

    membership: Membership | None
    why: str
    passage: Passage | None = None
    silence: Silence | None = None

    @property
    def settled(self) -> bool:
        """Whether the account was inside before, its entry has fired, and it stays."""
        after = self.membership
        return self.passage is None and after is not None and after.inside and not after.quiet


_NEVER_INSIDE = Crossing(None, "outside: the criteria are not known to match")
_QUIET = Crossing(None, "outside: a segment that it asks for was entered in its cool-down, which is not over")


def all_stay(
    playbook: Playbook, account: Account, values: Mapping[str, Value], past: Trail, now: datetime
) -> tuple[str, ...] | None:
    """The names of the segments the account is in, sorted, if `decide_all` would leave every membership as it
    is; None where something may move.

    The fast way: all criteria are answered at once for an account that is where it was, and the answers are
    compared with that. So are the rules that ask for segments: were one of them asked of the wrong ones, it
    would be because another, decided before it, has moved.
    """
    standing, rules = account.standing, playbook.rules
    if standing is None or not standing.knows(playbook.newest_activation) or playbook.newest_activation > now:
        return None
    inside, entrances = 0, rules.entrances
    for id_, membership in standing.memberships.items():
        if membership.inside and id_ in entrances:
            if membership.quiet:
                return None
            inside |= entrances[id_]
    segments = rules.names(inside)
    seen = {**values, SEGMENTS.name: segments} if segments else values
    today = now.astimezone(playbook.time_zone).date()
    answers = rules.compiled.holding(seen, today, past)
    moving = (answers ^ inside) & rules.every_entrance
    for enters, leaves in rules.exits if moving else ():
        if moving & inside & enters and not answers & leaves:
            moving ^= enters  # it does not match any more, and stays until it is asked to leave
    return None if moving else segments


def all_of_newcomer(
    playbook: Playbook, account: Account, values: Mapping[str, Value], past: Trail, now: datetime
) -> tuple[str, ...] | None:
    """The names of the segments that `decide_all` puts an account into that has no standing yet, sorted; None
    where it is not that simple.

    The fast way: it is inside wherever the criteria match. They are asked again as long as some of them
    answer otherwise for the segments found so far; no segment asks for itself, so that ends.
    """
    if account.standing is not None or playbook.newest_activation > now:
        return None
    rules, today = playbook.rules, now.astimezone(playbook.time_zone).date()
    seen: Mapping[str, Value] = values
    while True:
        inside = rules.compiled.holding(seen, today, past) & rules.every_entrance
        unseen, segments = seen, rules.names(inside)
        seen = {**values, SEGMENTS.name: segments}
        if not rules.compiled.turned(unseen, seen, (SEGMENTS.name,), today, past):
            return segments


class Decided(NamedTuple):
    """What becomes of the memberships: the names of the `segments` the account is then in, sorted; whether
    all `stay` as they are; the `crossings` by the rule's id, where they were needed to know that."""

    segments: tuple[str, ...]
    stay: bool = False
    crossings: Mapping[str, Crossing] | None = None


def decide_segments(
    playbook: Playbook, account: Account, values: Mapping[str, Value], past: Trail, now: datetime
) -> Decided:
    """As `decide_all`, by the fast way that there is for the account."""
    segments = all_stay(playbook, account, values, past, now)
    if segments is not None:
        return Decided(segments, stay=True)
    segments = all_of_newcomer(playbook, account, values, past, now)
    if segments is not None:
        return Decided(segments)
    crossings, segments = decide_all(playbook, account, values, past, now)
    return Decided(segments, crossings=crossings)


def decide_all(
    playbook: Playbook, account: Account, values: Mapping[str, Value], past: Trail, now: datetime
) -> tuple[dict[str, Crossing], tuple[str, ...]]:
    """Every membership by the rule's id, and the names of the segments that the account is then in, sorted.

    A rule reads the segments decided before it, which are all that it may ask for. A play's own condition is
    not entered by a segment whose entry is silent, as if the play were triggered by that. As of a moment
    before its activation a rule decides nothing.
    """
    today = now.astimezone(playbook.time_zone).date()
    present = account.standing.memberships if account.standing else {}
    crossings = dict[str, Crossing]()
    inside: tuple[str, ...] = ()
    quiet = set[str]()
    seen: Mapping[str, Value] = values
    compiled = playbook.rules.compiled
    matches = list(compiled.matches(values, today, past))
    number = 0
    for rule in playbook.rules.memberships:
        enters, leaves = matches[number], None if rule.leave is None else matches[number + 1]
        number += 1 if rule.leave is None else 2
        activated = playbook.activated.get(rule.id)
        if activated is not None and activated > now:
            continue
        before = present.get(rule.id)
        if before is None and not enters:
            crossings[rule.id] = _NEVER_INSIDE
            continue
        if enters and quiet and rule.name is None and not (before and before.inside):
            heard = {**values, SEGMENTS.name: tuple(name for name in inside if name not in quiet)}
            if not rule.criteria.answer(Moment(heard, today, past)):
                crossings[rule.id] = _QUIET._replace(membership=before)
                continue
        crossing = decide(
            rule,
            before,
            today,
            enters=enters,
            leaves=leaves,
            baseline=is_baseline(account, activated),
        )
        crossings[rule.id] = crossing
        if rule.name and crossing.membership and crossing.membership.inside:
            quiet |= {rule.name} if crossing.membership.quiet else set()
            inside = tuple(sorted((*inside, rule.name)))
            unseen, seen = seen, {**seen, SEGMENTS.name: inside}
            for turned, answer in compiled.turned(unseen, seen, (SEGMENTS.name,), today, past).items():
                matches[turned] = answer
    return crossings, inside


def decide(
    rule: Rule,
    present: Membership | None,
    today: date,
    *,
    enters: bool | None,
    leaves: bool | None,
    baseline: bool = False,
) -> Crossing:
    """The membership after today.

    `enters` and `leaves` are what the rule's criteria and its leave condition say (None: unknown). With
    `baseline` this is the first look after the rule's activation at an account older than that (1.14 row
    23): it starts outside, whatever it was in an earlier life of the rule, and its entry is silent. So a
    segment that was taken out of the playbook and is put in again fires no old exit, and its entries go on
    counting, so that none has the id of an old one. Only who still matches a play's own condition has stayed
    inside: what the play began with that entry goes on, and is not begun again.
    """
    stayed = rule.name is None and present is not None and present.inside and enters
    if present is not None and baseline and not stayed:
        present = Membership(inside=False, sequence=present.sequence, since=present.since)
    if present is None or not present.inside:
        return _outside(rule, present, today, enters=enters is True, baseline=baseline)
    return _inside(rule, present, today, enters=enters is True, leaves=leaves)


def _outside(
    rule: Rule, present: Membership | None, today: date, *, enters: bool, baseline: bool
) -> Crossing:
    if not enters:
        return _NEVER_INSIDE._replace(membership=present)
    sequence, left = (present.sequence, present.left) if present else (0, None)
    entered = Membership(inside=True, sequence=sequence + 1, since=today, left=left)
    if baseline:
        why = "inside already when the segment was activated"
        return Crossing(entered, why, Passage.ENTERED, Silence.BASELINE)
    cool = _cool_from(rule, entered)
    if cool is not None and today < cool:
        why = f"entered in the cool-down, which ends on {cool}"
        return Crossing(replace(entered, quiet=True), why, Passage.ENTERED, Silence.COOL_DOWN)
    return Crossing(entered, "entered: the criteria match", Passage.ENTERED)


def _inside(rule: Rule, present: Membership, today: date, *, enters: bool, leaves: bool | None) -> Crossing:
    wants_out = not enters and (rule.leave is None or leaves is True)
    stays_until = present.since + timedelta(days=rule.minimum_stay_days)
    if wants_out and today >= stays_until:
        left = Membership(inside=False, sequence=present.sequence, since=today, left=today)
        why = "left: the criteria are not known to match" if rule.leave is None else "left: as its leave says"
        return Crossing(left, why, Passage.EXITED, Silence.COOL_DOWN if present.quiet else None)
    if enters:
        why = "inside: the criteria match"
    elif wants_out:
        why = f"inside: the minimum stay ends on {stays_until}"
    else:
        why = "inside: what is asked for leaving is not known to match"
    if not present.quiet:
        return Crossing(present, why)
    cool = _cool_from(rule, present)
    if cool is not None and today < cool:
        return Crossing(present, f"{why}; the cool-down ends on {cool}")
    return Crossing(replace(present, quiet=False), f"{why}; the cool-down is over", Passage.ENTERED)


def _cool_from(rule: Rule, membership: Membership) -> date | None:
    """The first day on which an entry fires after the exit before it; None if there was no exit.

    A silent exit counts, too: what comes and goes within the cool-down is noise until it stays or stays away.
    """
    return membership.left + timedelta(days=rule.cool_down_days) if membership.left else None


def is_baseline(account: Account, activated: datetime | None) -> bool:
    """Whether this is the first look after the activation at an account that is older: entering only marks
    that it was there already (product 1.14 row 23)."""
    if activated is None or account.facts.created_at >= activated:
        return False
    return account.standing is None or not account.standing.knows(activated)
