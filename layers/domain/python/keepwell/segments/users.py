"""Segments of people: who of an account's people is in, who comes and goes, and the tags that follow.

A membership is decided as that of an account is (`membership.decide`), and stored with the person together
with the tags it sets, in one conditional write: repeated, it finds nothing to do. All segments are asked of
the tags there were before, so that their order does not matter; what one sets another sees the next time.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from keepwell.accounts import Change, Facts, merge
from keepwell.attributes import Catalogue, Value
from keepwell.criteria import Condition
from keepwell.criteria.knowing import NO_TRAIL, Moment
from keepwell.criteria.matching import reasons
from keepwell.history import HistoryRow, start_of
from keepwell.people import Person, values_of
from keepwell.playbook import Playbook
from keepwell.segments.membership import Crossing, decide
from keepwell.segments.rules import rule_of
from keepwell.segments.segment import NO_TAGS, Tagging, UserSegment
from keepwell.standings import Membership, Passage, Reason, Silence

KIND = "user-transition"
"""The kind of the History's rows."""

_ANY_TIME = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class PersonDecision:
    """A person as read and as decided; `crossings` are the segments whose border was crossed."""

    before: Person
    after: Person
    crossings: tuple[tuple[UserSegment, Crossing], ...]
    day: date
    playbook: str

    @property
    def changed(self) -> bool:
        """Whether the person is to be stored."""
        return self.after != self.before

    def history(self) -> list[HistoryRow]:
        """A row for each crossing, under the account; its key is the same on every repetition."""
        return [self._row(segment, crossing) for segment, crossing in self.crossings]

    def reasons(self, segment: UserSegment, crossing: Crossing) -> tuple[Reason, ...]:
        """What decided that a border was crossed."""
        exits = crossing.passage is Passage.EXITED
        decided_by = (segment.leave or segment.criteria) if exits else segment.criteria
        return reasons(decided_by, Moment(values_of(self.before, self.day), self.day, NO_TRAIL))

    def _row(self, segment: UserSegment, crossing: Crossing) -> HistoryRow:
        membership, passage = crossing.membership, crossing.passage
        assert membership is not None
        assert passage is not None
        silence = crossing.silence.value if crossing.silence else None
        row_id = f"{self.before.user_id}/{segment.id}/{membership.sequence}/{passage}"
        return HistoryRow(
            account_id=self.before.account_id,
            at=start_of(self.day),
            kind=KIND,
            row_id=f"{row_id}/{silence}" if silence else row_id,
            detail={
                "user_id": self.before.user_id,
                "segment": segment.id,
                "passage": passage.value,
                "sequence": membership.sequence,
                "reasons": [
                    {"condition": each.condition, "value": each.value, "matches": each.matches}
                    for each in self.reasons(segment, crossing)
                ],
                "playbook": self.playbook,
                "silence": silence,
            },
        )


def decide_people(people: Sequence[Person], playbook: Playbook, now: datetime) -> tuple[PersonDecision, ...]:
    """What the segments of users make of each person as of `now`.

    Nobody moves as of a day that is past for the person: told of later, or moved later already (S2).
    """
    day = now.astimezone(playbook.time_zone).date()
    return tuple(_decide(person, playbook, now, day) for person in people)


def _decide(person: Person, playbook: Playbook, now: datetime, day: date) -> PersonDecision:
    if not playbook.user_segments or day < _newest_day(person, playbook.time_zone):
        return PersonDecision(person, person, (), day, playbook.version)
    crossed = dict(_crossings(person, playbook, now, day))
    memberships = {
        **person.memberships,
        **{id_: each.membership for id_, each in crossed.items() if each.membership is not None},
    }
    held = _held(memberships, playbook)
    facts, crossings = person.facts, []
    for segment in playbook.user_segments:
        crossing = crossed.get(segment.id)
        if crossing is not None and crossing.passage is not None:
            crossings.append((segment, crossing))
            tagging = _tagging(segment, crossing, held)
            facts = _tagged(facts, tagging, segment, playbook.user_catalogue, now, day)
    after = replace(
        person,
        facts=facts,
        memberships=memberships,
        activated=_met(person, playbook, now),
    )
    return PersonDecision(person, after, tuple(crossings), day, playbook.version)


def _crossings(
    person: Person, playbook: Playbook, now: datetime, day: date
) -> Iterator[tuple[str, Crossing]]:
    """What becomes of each membership; as of a moment before its activation a segment decides nothing."""
    values = values_of(person, day)
    for segment in playbook.user_segments:
        activated = playbook.activated.get(segment.id)
        if activated is None or activated <= now:
            enters = _answer(segment.criteria, values, day)
            leaves = _answer(segment.leave, values, day) if segment.leave else None
            present = person.memberships.get(segment.id)
            baseline = activated is not None and _is_new_to(person, activated)
            yield (
                segment.id,
                decide(rule_of(segment), present, day, enters=enters, leaves=leaves, baseline=baseline),
            )


def _answer(condition: Condition, values: Mapping[str, Value], day: date) -> bool | None:
    return condition.answer(Moment(values, day, NO_TRAIL))


def _is_new_to(person: Person, activated: datetime) -> bool:
    """Whether a segment activated then meets for the first time a person who was there before it."""
    return person.facts.created_at < activated and (person.activated or _ANY_TIME) < activated


def _met(person: Person, playbook: Playbook, now: datetime) -> datetime | None:
    """The newest activation that found the person there, this look included."""
    stamps = (playbook.activated.get(segment.id) for segment in playbook.user_segments)
    new = [at for at in stamps if at is not None and at <= now and _is_new_to(person, at)]
    return max(new, default=person.activated)


def _held(memberships: Mapping[str, Membership], playbook: Playbook) -> frozenset[str]:
    """The tags, in lower case, of the segments that the person is in."""
    present = (each for each in playbook.user_segments if each.id in memberships)
    inside = (each for each in present if memberships[each.id].inside and not memberships[each.id].quiet)
    return frozenset(tag.casefold() for each in inside for tag in each.on_entry.add)


def _tagging(segment: UserSegment, crossing: Crossing, held: Collection[str]) -> Tagging:
    """The tags that a crossing sets: none of one in the cool-down, and none of who was inside before the
    segment was, unless it acts on those. Who leaves keeps the tags of the segments that `held` them, too."""
    if crossing.silence is Silence.COOL_DOWN:
        return NO_TAGS
    if crossing.silence is Silence.BASELINE and not segment.acts_on_members:
        return NO_TAGS
    if crossing.passage is Passage.ENTERED:
        return segment.on_entry
    gone = tuple(tag for tag in segment.on_exit.remove if tag.casefold() not in held)
    return segment.on_exit._replace(remove=gone)


def _tagged(
    facts: Facts, tagging: Tagging, segment: UserSegment, catalogue: Catalogue, now: datetime, day: date
) -> Facts:
    source = f"segment:{segment.id}"
    change = Change(
        account_id=facts.account_id,
        values={},
        source=source,
        observed_at=now,
        day=day,
        change_id=source,
        add_tags=frozenset(tagging.add),
        remove_tags=frozenset(tagging.remove),
    )
    return merge(facts, change, catalogue) or facts


def _newest_day(person: Person, time_zone: ZoneInfo) -> date:
    """The day since which the person is as stored."""
    told = (person.facts.provenance, *person.facts.exceptions.values())
    moved = (day for each in person.memberships.values() for day in (each.since, each.left) if day)
    return max([max(each.observed_at for each in told).astimezone(time_zone).date(), *moved])
