"""What a test needs to tell an account's life: a playbook of a few segments, and the days as they come."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from keepwell.accounts import Account, Change, merge
from keepwell.attributes import Value, standard_catalogue
from keepwell.conclude import conclude
from keepwell.criteria import parse
from keepwell.evaluation import Evaluation
from keepwell.in_memory import InMemoryAccounts, InMemoryControl, InMemoryFiles, InMemoryHistory
from keepwell.nightly import Night
from keepwell.playbook import Playbook
from keepwell.plays import Existing, Play, PlayState
from keepwell.segments import Segment
from keepwell.standings import Membership, Passage, Standing, Transition
from keepwell.trails import AccountTrail
from tests.story import account, standard_playbook

FIRST = date(2026, 11, 1)
STANDARD = standard_playbook()
CATALOGUE = standard_catalogue()  # in which any segment can be named


def day(number: int) -> date:
    """Day 0 is 1 November 2026."""
    return FIRST + timedelta(days=number)


def at(number: float) -> datetime:
    """Noon of a day, and hours as its fraction: 3.25 is six in the evening of day 3."""
    return datetime.combine(FIRST, time(12), UTC) + timedelta(days=number)


def segment(id_: str, criteria: str, *, leave: str | None = None, name: str = "", **rest: Any) -> Segment:
    return Segment(
        id_,
        name or id_,
        parse(criteria, CATALOGUE),
        leave=parse(leave, CATALOGUE) if leave else None,
        **rest,
    )


def play(
    id_: str,
    on: str,
    *,
    passage: Passage = Passage.ENTERED,
    existing: Existing = Existing.BASELINE,
    criteria: str | None = None,
    state: PlayState = PlayState.LIVE,
) -> Play:
    condition = parse(criteria, CATALOGUE) if criteria else None
    return Play(id_, id_, state, on, "ops@example.com", passage, condition, existing=existing)


def playbook(
    *segments: Segment, plays: tuple[Play, ...] = (), activated: Mapping[str, datetime] | None = None
) -> Playbook:
    return replace(STANDARD, catalogue=CATALOGUE, segments=segments, plays=plays, activated=activated or {})


class Life:
    """One account as the stream and the night meet it. Days are numbers, as for `at`."""

    def __init__(self, playbook: Playbook, born: float = 0, /, **values: Value | None):
        self.playbook = playbook
        self.accounts, self.history = InMemoryAccounts(), InMemoryHistory()
        facts = account("A-1", known_since=at(born), **values).facts
        self.accounts.put_facts(replace(facts, revision=0))

    def told(self, when: float, /, observed: float | None = None, **values: Value | None) -> Evaluation:
        """Facts change (None takes a value away), and the stream evaluates. `observed`: when it was so."""
        self.know(when if observed is None else observed, **values)
        return self.look(when)

    def know(self, observed: float, /, **values: Value | None) -> None:
        names = {name.replace("_", " ").title().replace("Nps", "NPS"): v for name, v in values.items()}
        facts = self.account.facts
        change = Change(
            "A-1",
            {name: value for name, value in names.items() if value is not None},
            "csv:accounts",
            at(observed),
            at(observed).date(),
            f"drop-{observed:g}",
            frozenset(name for name, value in names.items() if value is None),
        )
        if merged := merge(facts, change, self.playbook.catalogue):
            self.accounts.put_facts(merged)

    def look(self, when: float) -> Evaluation:
        """The stream looks at the account."""
        return conclude(self.account, self.accounts, self.history, self.playbook, at(when))

    def night(self, when: float) -> None:
        control, files = InMemoryControl(), InMemoryFiles()
        night = Night(self.accounts, self.history, control, files, self.playbook, at(when))
        night.go_on()
        assert night.problems == []

    @property
    def account(self) -> Account:
        found = self.accounts.get("A-1")
        assert found is not None
        return found

    @property
    def standing(self) -> Standing:
        assert self.account.standing is not None
        return self.account.standing

    @property
    def trail(self) -> AccountTrail:
        assert self.account.trail is not None
        return self.account.trail

    @property
    def pending(self) -> tuple[Transition, ...]:
        return self.standing.pending

    def membership(self, segment: str) -> Membership:
        return self.standing.memberships[segment]

    def launched(self) -> list[str]:
        """Take off what waits; as words, `at-risk 1 entered`."""
        waiting = self.pending
        self.accounts.put_standing(replace(self.standing, pending=()))
        return [in_words(transition) for transition in waiting]

    def chronicle(self, segment: str) -> list[str]:
        """What the history tells of a segment, oldest first: `3 1 entered cool-down`."""
        rows = [row for row in self.history.of("A-1", "transition") if row.detail["segment"] == segment]
        return [
            " ".join(
                str(part)
                for part in (
                    (row.at.date() - FIRST).days,
                    row.detail["sequence"],
                    row.detail["passage"],
                    row.detail["silence"],
                )
                if part is not None
            )
            for row in reversed(rows)
        ]


def in_words(transition: Transition) -> str:
    silence = f" {transition.silence}" if transition.silence else ""
    return f"{transition.segment} {transition.sequence} {transition.passage}{silence}"
