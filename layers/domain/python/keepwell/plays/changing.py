"""What a play changes in the facts of an account: tags, and attributes it sets (product SEG-08, PLY-01).

The next evaluation sees it, never the one that caused it. Since that may set off a play again, a change
carries its causation depth, and a chain of such plays ends at CAUSATION_LIMIT (architecture section 1).
"""

from keepwell.accounts import Change, Facts
from keepwell.attributes import Attribute, Catalogue, Value, read_cell, show_cell
from keepwell.errors import RejectedInput
from keepwell.plays.effects import Occasion
from keepwell.plays.play import Deeds

CAUSATION_LIMIT = 5
"""The depth of a transition from which on plays change no facts; 0 is what people or time brought about."""


def changes_facts(deeds: Deeds) -> bool:
    return bool(deeds.add_tags or deeds.remove_tags or deeds.set_attributes)


def change_of(occasion: Occasion, deeds: Deeds) -> tuple[Change | None, tuple[str, ...]]:
    """The one change that a play's deeds make, and in words what of it cannot be made.

    It is as of the moment of the occasion: what was told later stays, however late or often the play is
    launched. It keeps the transition's cause as its own, so that the mass-entry brake counts a whole chain of
    plays by what began it.
    """
    play, transition = occasion.play, occasion.transition
    if not changes_facts(deeds):
        return None, ()
    if transition.depth >= CAUSATION_LIMIT:
        return None, (_chain_ended(occasion, deeds),)
    values: dict[str, Value | None] = {}
    problems = []
    for name, text in deeds.set_attributes:
        try:
            attribute = _settable(occasion.playbook.catalogue, name)
            values[attribute.name] = read_cell(attribute, text)
        except RejectedInput as problem:
            problems.append(f"set {name}: {problem}")
    change = Change(
        account_id=occasion.account.account_id,
        values={name: value for name, value in values.items() if value is not None},
        source=f"play:{play.id}",
        observed_at=occasion.at,
        day=occasion.day,
        change_id=transition.cause or occasion.run_id,
        cleared=frozenset(name for name, value in values.items() if value is None),
        depth=transition.depth + 1,
        add_tags=frozenset(deeds.add_tags),
        remove_tags=frozenset(deeds.remove_tags),
    )
    return (change if in_words(change) else None), tuple(problems)


def in_words(change: Change) -> tuple[str, ...]:
    """What a change does, a line for each tag and attribute."""
    return (
        *(f"tag {tag} added" for tag in sorted(change.add_tags)),
        *(f"tag {tag} removed" for tag in sorted(change.remove_tags)),
        *(f"{name} set to {show_cell(value)}" for name, value in change.values.items()),
        *(f"{name} cleared" for name in sorted(change.cleared)),
    )


def outdone(change: Change, facts: Facts, catalogue: Catalogue) -> dict[str, str]:
    """The lines of `in_words` that did not come true in `facts`, each with the reason: what the account holds
    is of a later moment than the change, or what its system of record told."""
    wanted: dict[str, Value | None] = {**change.values, **dict.fromkeys(change.cleared)}
    return {
        f"{name} cleared" if value is None else f"{name} set to {show_cell(value)}": (
            f"set {name}: it stays as {_told(name, change, facts, catalogue)}"
        )
        for name, value in wanted.items()
        if facts.values.get(name) != value
    }


def _told(name: str, change: Change, facts: Facts, catalogue: Catalogue) -> str:
    system, day = catalogue.systems.get(name), facts.observed(name).date()
    if system and system != change.source and facts.is_told_by(system, name):
        return f"{system} told it on {day}, which is its system of record"
    return f"it was told on {day}, which is later than this"


def _settable(catalogue: Catalogue, name: str) -> Attribute:
    attribute = catalogue.find(name)
    if attribute is None:
        near = catalogue.suggest(name)
        raise RejectedInput(
            "the playbook has no such attribute" + (f"; did you mean {near}?" if near else "")
        )
    if attribute.computed:
        raise RejectedInput("Keepwell computes it; set an attribute that it is computed from")
    return attribute


def _chain_ended(occasion: Occasion, deeds: Deeds) -> str:
    play, transition = occasion.play, occasion.transition
    did = [*(f"tag {tag}" for tag in (*deeds.add_tags, *deeds.remove_tags)), *dict(deeds.set_attributes)]
    return (
        f"{', '.join(did)}: left as it is, because plays have set each other off {transition.depth} times in "
        f"a row here. The chain ended as the account {transition.passage} {transition.segment} and the play "
        f"{play.id} was to change facts; look at which segments ask for what it changes, and break the circle"
    )
