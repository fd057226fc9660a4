"""What a template may say: the names it can use, filled from one account and one transition."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from keepwell.accounts import Account
from keepwell.attributes import Attribute, Catalogue, Kind
from keepwell.attributes.cells import show_cell
from keepwell.metrics.measuring import values_of
from keepwell.metrics.recipe import Recipe
from keepwell.people import Person
from keepwell.people import values_of as values_of_person
from keepwell.plays.play import Play
from keepwell.standings import Band, Passage, Reason, Standing, Transition

Render = Callable[[str, Mapping[str, Any]], str]

LONGEST_VALUE = 2_000
"""Characters of one attribute that a text is filled with: a long note is to keep no task back, which it would
where the text came to more than a template may (`keepwell.plays.rendering`)."""
LONGEST_REASON = 200


def snake(name: str) -> str:
    """`Invoices/Month` as a template writes it: `invoices_month`. Letters of any script stay."""
    return re.sub(r"[\W_]+", "_", name.casefold()).strip("_")


def template_context(
    play: Play, transition: Transition, account: Account, recipe: Recipe, later: date | None = None
) -> dict[str, Any]:
    """The names of a template: `account.*`, `transition.*` and `play.*` (docs/reference/playbook.md).

    Every attribute is there under its name in snake case, as text, but for what others or the past have to
    be known for: the Engagement Score and formulas that look back. Health and score are those the transition
    was decided on; of a step that was waited for until a `later` day, those of that day.
    """
    values = values_of(account, recipe, later or transition.day)
    judged = judged_at(transition, account, later=later is not None)
    attributes = {snake(name): cut(show_cell(value)) for name, value in values.items()}
    return {
        "account": {
            **attributes,
            "id": account.account_id,
            "name": cut(name_of(account)),
            "health": judged.health.value,
            "health_score": "" if judged.score is None else str(judged.score),
        },
        "transition": {
            "passage": transition.passage.value,
            "day": transition.day.isoformat(),
            "because": because(transition),
            "drivers": list(transition.drivers),
            "reasons": [_reason(reason) for reason in transition.reasons],
        },
        "play": {"id": play.id, "name": play.name},
    }


def judged_at(transition: Transition, account: Account, *, later: bool) -> Transition | Standing:
    """What tells the health: what the transition was decided on, or what holds `later`."""
    return account.standing if later and account.standing else transition


def user_context(person: Person, today: date) -> dict[str, Any]:
    """The names `user.*` of a play about people: every attribute as text, under its name in snake case."""
    told = {snake(name): cut(show_cell(value)) for name, value in values_of_person(person, today).items()}
    name = " ".join(filter(None, (told.get("first_name"), told.get("last_name"))))
    return {"user": {**told, "id": person.user_id, "name": name or told.get("email") or person.user_id}}


def sample_user(users: Catalogue) -> dict[str, Any]:
    """The same to try a template with."""
    told = {snake(a.name): _sample(a, number) for number, a in enumerate(users, start=2)}
    return {"user": {**told, "id": "u-1", "name": "Ann Ames"}}


def sample_context(catalogue: Catalogue) -> dict[str, Any]:
    """Names to try a template with: nothing is empty, every attribute has a value of its kind, and no two
    numbers are the same, so that a difference can be divided by."""
    attributes = {snake(a.name): _sample(a, number) for number, a in enumerate(catalogue, start=2)}
    reason = {"condition": "Health = Poor", "value": "Poor", "matches": True}
    return {
        "account": {**attributes, "id": "a-1", "name": "Acorn", "health": "poor", "health_score": "1"},
        "transition": {
            "passage": "entered",
            "day": "2026-01-01",
            "because": "Health = Poor",
            "drivers": ["NPS"],
            "reasons": [reason],
        },
        "play": {"id": "call", "name": "Call"},
    }


def _sample(attribute: Attribute, number: int) -> str:
    by_kind = {Kind.NUMBER: str(number), Kind.DATE: "2026-01-01", Kind.YES_NO: "yes"}
    return attribute.values[0] if attribute.values else by_kind.get(attribute.kind, "x")


def name_of(account: Account) -> str:
    """The account's name, or its id where it has none."""
    return str(account.facts.values.get("Account Name", account.account_id))


def because(transition: Transition) -> str:
    """Why, in one sentence: the conditions that decided it, and what weighed most on the score."""
    exits = transition.passage is Passage.EXITED
    met = [reason for reason in transition.reasons if reason.matches]
    unmet = [reason for reason in transition.reasons if not reason.matches]
    if unmet and (exits or not met):
        found = (f"{each.condition} (it is {cut(each.met or 'unknown', LONGEST_REASON)})" for each in unmet)
        sentence = f"{'no longer' if exits else 'not'} {', '.join(found)}"
    else:
        found = (
            f"{each.condition} (it is {cut(each.met, LONGEST_REASON)})" if _adds(each) else each.condition
            for each in met
        )
        sentence = ", ".join(found) or f"{transition.passage} {transition.segment}"
    if transition.drivers and transition.health is not Band.UNKNOWN:
        sentence += f"; weighing most: {', '.join(transition.drivers)}"
    return sentence


def cut(text: str, longest: int = LONGEST_VALUE) -> str:
    """The text, its end left out where it is too long."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def escaped(context: Any, escape: Callable[[str], str]) -> Any:
    """The same context with every text passed through a channel's escape."""
    if isinstance(context, str):
        return escape(context)
    if isinstance(context, Mapping):
        return {key: escaped(value, escape) for key, value in context.items()}
    if isinstance(context, list):
        return [escaped(value, escape) for value in context]
    return context


def for_slack(text: str) -> str:
    """Slack's three control characters, made harmless."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def one_line(text: str) -> str:
    """For a subject or a title: no line breaks, so that no header can be forged."""
    return " ".join(text.split())


def _adds(reason: Reason) -> bool:
    """Whether the value says more than the condition does: `Health = Poor` needs no `it is Poor`, and the
    other segments and tags of the account do not say why it is in one."""
    asked = reason.condition.casefold()
    said = asked.endswith(f"= {reason.met}".casefold()) or asked.startswith(("in segment ", "has tag "))
    return bool(reason.met) and not said


def _reason(reason: Reason) -> dict[str, str | bool]:
    return {"condition": reason.condition, "value": cut(reason.met), "matches": reason.matches is True}
