"""`keepwell segments`, `keepwell segment` and `keepwell account` of segments of users."""

from dataclasses import replace
from datetime import timedelta

import pytest

from keepwell.accounts import Facts, Provenance
from keepwell.attributes import Value
from keepwell.attributes.people import standard_user_catalogue
from keepwell.conclude import conclude
from keepwell.criteria import parse
from keepwell.people import Person
from keepwell.segments import Tagging, UserSegment
from keepwell_cli.account import account as account_of
from keepwell_cli.segment import segment
from keepwell_cli.segments import segments
from tests.cli.in_memory_stack import InMemoryStack, shown
from tests.story import NOON, TODAY, account, standard_playbook

SILENT = UserSegment(
    "silent",
    "Silent Champions",
    parse("Key Contact = yes AND Last Activity > 30 days", standard_user_catalogue()),
    description="Nobody speaks for us any more.",
    owner="lead@example.com",
    on_entry=Tagging(("silent",)),
    on_exit=Tagging((), ("silent",)),
)


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> InMemoryStack:
    """Two people of one account, one of whom is silent; everybody was looked at yesterday."""
    here = InMemoryStack.installed(monkeypatch)
    here.playbooks.active = replace(standard_playbook(), user_segments=(SILENT,))
    here.accounts.put_facts(replace(account("A-1").facts, revision=0))
    for user_id, name, days in (("u1", "Ann", 40), ("u2", "Bob", 2)):
        told = Provenance("csv:users", NOON - timedelta(days=50))
        values: dict[str, Value] = {
            "First Name": name,
            "Key Contact": True,
            "Last Activity": TODAY - timedelta(days=days),
        }
        facts = Facts("A-1", values, told, told.observed_at, "drop-1", "drop-1")
        here.people.put(Person(user_id, facts))
    found = here.accounts.get("A-1")
    assert found is not None
    at = NOON - timedelta(days=1)
    conclude(found, here.accounts, here.history, here.playbooks.active, at, directory=here.directory)
    return here


@pytest.mark.usefixtures("stack")
def test_the_list_counts_their_users() -> None:
    answer = segments()
    assert answer.document["user_segments"] == [
        {
            "id": "silent",
            "name": "Silent Champions",
            "group": "",
            "owner": "lead@example.com",
            "members": 1,
            "entered_last_7_days": 1,
            "left_last_7_days": 0,
        }
    ]
    assert "Silent Champions" in shown(answer)


@pytest.mark.usefixtures("stack")
def test_one_of_them_says_who_is_in_it() -> None:
    answer = segment("silent champions")
    assert answer.document["of"] == "users"
    assert [(row["account_id"], row["user_id"], row["name"]) for row in answer.document["shown"]] == [
        ("A-1", "u1", "Ann")
    ]
    text = shown(answer)
    assert "on entry: adds the tag silent" in text
    assert "on exit: takes off the tag silent" in text
    assert "Ann" in text
    assert "Bob" not in text


def test_who_left_is_listed_too(stack: InMemoryStack) -> None:
    ann = stack.people.people_of("A-1", ["u1"])["u1"]
    facts = replace(ann.facts, values={**ann.facts.values, "Last Activity": TODAY})
    stack.people.put(replace(ann, facts=facts))
    found = stack.accounts.get("A-1")
    assert found is not None
    conclude(found, stack.accounts, stack.history, stack.playbooks.active, NOON, directory=stack.directory)
    assert "Nobody is in it." in shown(segment("silent"))
    [row] = segment("silent", left=True).document["shown"]
    assert (row["user_id"], row["left"], row["inside"]) == ("u1", TODAY.isoformat(), False)


@pytest.mark.usefixtures("stack")
def test_the_account_tells_what_happened_to_its_people() -> None:
    answer = account_of("A-1")
    told = [row["in_words"] for row in answer.document["history"] if row["kind"] == "user-transition"]
    [sentence] = told
    assert sentence.startswith("u1 entered Silent Champions: Key Contact = yes")
    [ann] = [person for person in answer.document["people"] if person["user_id"] == "u1"]
    assert ann["tags"] == ["silent"]
