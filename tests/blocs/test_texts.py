"""What the shipped plays say: account, score and reasons, and sense where something is missing."""

from dataclasses import replace
from datetime import date

import pytest

from keepwell.accounts import Account
from keepwell.evaluation import evaluate
from keepwell.plays import Play
from keepwell.plays.context import template_context
from keepwell.plays.rendering import render
from tests.story import NOON, TODAY, account, poor_account, standard_playbook

PLAYBOOK = standard_playbook()
PLAYS = {play.id: play for play in PLAYBOOK.plays}
RENEWS = date(2027, 1, 15)
FULL = {
    "health-drop-to-poor": poor_account(renewal_date=RENEWS),
    "pre-renewal-good": account(renewal_date=RENEWS),
    "pre-renewal-poor": poor_account(renewal_date=RENEWS),
}


def said(play: Play, about: Account) -> dict[str, str]:
    """Every text of a play, filled in for the transition of an account that enters its segment today."""
    transitions = evaluate(about, PLAYBOOK, NOON).transitions
    transition = next(each for each in transitions if each.segment == play.segment)
    context = template_context(play, transition, about, PLAYBOOK.recipe)
    texts = {f"task {n} title": task.title for n, task in enumerate(play.tasks)}
    texts |= {f"task {n} description": task.description for n, task in enumerate(play.tasks)}
    texts |= {f"mail {n} subject": mail.subject for n, mail in enumerate(play.emails)}
    texts |= {f"mail {n} body": mail.body for n, mail in enumerate(play.emails)}
    texts |= {f"webhook {n}": "\n".join(strings(hook.message)) for n, hook in enumerate(play.webhooks)}
    return {place: render(text, context) for place, text in texts.items() if text}


def strings(part: object) -> list[str]:
    if isinstance(part, str):
        return [part]
    inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else []
    return [text for value in inner for text in strings(value)]


@pytest.mark.parametrize("name", FULL)
def test_every_message_names_account_score_and_reason(name: str) -> None:
    texts = said(PLAYS[name], FULL[name])
    score = str(evaluate(FULL[name], PLAYBOOK, NOON).standing.score)
    for place, text in texts.items():
        assert "Harbor Labs" in text
        if "title" not in place and "subject" not in place:
            assert score in text, place
            assert "weighing most" in text or "Health = Good" in text, place


@pytest.mark.parametrize("name", FULL)
def test_what_is_missing_leaves_no_hole(name: str) -> None:
    about = FULL[name]
    bare = {key: about.facts.values[key] for key in ("Status", "Customer Tier", "Usage Frequency")}
    default = {**bare, "Customer Tier": "Light", "NPS": 10 if name.endswith("good") else 0}
    if "renewal" in name:
        default["Renewal Date"] = RENEWS
    for place, text in said(PLAYS[name], Account(replace(about.facts, values=default))).items():
        assert "A-1" in text, place
        assert ": \n" not in text, place
        assert "()" not in text, place
        assert "  " not in text.replace("\n", ""), place


def test_the_whole_task_reads_well() -> None:
    """EWS-10, TSK-01: an action for a title, context in the description."""
    texts = said(PLAYS["health-drop-to-poor"], poor_account(renewal_date=RENEWS))
    assert texts["task 0 title"] == "Find out why Harbor Labs fell to Poor"
    lines = texts["task 0 description"].splitlines()
    assert lines[0] == "The health of Harbor Labs is Poor (13 of 100)"
    assert lines[1].startswith(f"since {TODAY}, because Health = Poor; weighing most: ")
    assert lines[3:5] == ["Contract value: 80000", "Renewal: 2027-01-15"]
