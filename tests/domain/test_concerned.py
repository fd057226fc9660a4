"""Which changes of facts need no evaluation: those of facts that nothing is decided by."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keepwell.accounts import Account, Change, Facts, Provenance, merge
from keepwell.attributes import Value
from keepwell.attributes.catalogue import CURRENT_STAGE
from keepwell.criteria import Condition, parse
from keepwell.evaluation import Evaluation, evaluate
from keepwell.health import Metric, Profile
from keepwell.health.profiles import Dimension
from keepwell.playbook import Playbook
from keepwell.segments import Segment
from keepwell.trails import AccountTrail
from tests.domain.criteria.generated import CATALOGUE, CONDITIONS, LEAVES, moments, values_of
from tests.domain.segments.telling import playbook, segment
from tests.story import NOON, TODAY, account, standard_playbook

STANDARD = standard_playbook()
LONG_AGO = Provenance("csv:accounts", NOON - timedelta(days=400))
FACTS = [attribute for attribute in CATALOGUE if attribute.name not in ("Health", "Health Score", "Segments")]
SOURCES = [
    CATALOGUE[name]
    for name in (
        "Active Users",
        "Licenses",
        "Last Touch",
        "Last QBR",
        "Onboarding Stage",
        CURRENT_STAGE,
        "Status",
    )
]
VALUES = st.lists(st.sampled_from(FACTS), max_size=5).flatmap(
    lambda some: st.fixed_dictionaries(
        {}, optional={each.name: values_of(each) for each in (*SOURCES, *some)}
    )
)
COMPUTES = {attribute.name for attribute in CATALOGUE if attribute.computed}
COMPUTED = st.sampled_from(
    (
        "License Utilization < 50%",
        "License Utilization increased in 7 days",
        "Days Since Last Touch > 30",
        "Days Since Last QBR < 100 for 3 days",
        "Days in Onboarding Stage > 20",
        "Days in Current Stage > 20",
        "Onboarding Stage is set AND Days in Current Stage > 20",
    )
).map(lambda text: parse(text, CATALOGUE))
ASKED = COMPUTED | LEAVES | CONDITIONS


@st.composite
def playbooks(draw: st.DrawFn) -> tuple[Playbook, list[Condition]]:
    """Segments, a scorecard and its criteria, of every form of the language."""
    conditions = draw(st.lists(ASKED, min_size=5, max_size=5))
    enter, leave, good, poor, criteria = conditions
    shown = draw(st.sampled_from(FACTS)).name
    scorecard = Dimension("All", 100, (Metric("Any", shown, good, poor),))
    book = replace(
        playbook(Segment("a", "A", enter, leave=leave), segment("b", 'in segment "A" OR Health = Poor')),
        profiles=(Profile("p", "P", criteria, (scorecard,)), Profile("rest", "Rest", None)),
        account_model=(Metric("Other", shown, good, good),),
    )
    return book, conditions


@st.composite
def judged(draw: st.DrawFn) -> tuple[Playbook, Account]:
    """A playbook, and an account as it was judged today or some days ago."""
    book, conditions = draw(playbooks())
    known = draw(st.tuples(*map(moments, conditions)))
    asked = {name: value for moment in known for name, value in moment.values.items() if value is not None}
    supplied = {**draw(VALUES), **asked, "Status": "Paying"}
    left_out = COMPUTES if draw(st.booleans()) else set[str]()  # what is supplied is not computed
    values = {name: value for name, value in supplied.items() if name not in left_out}
    since = {each.name: TODAY - timedelta(days=draw(st.integers(5, 60))) for each in FACTS if each.lifecycle}
    facts = Facts(
        "A-1",
        values,
        LONG_AGO,
        LONG_AGO.observed_at,
        "drop-1",
        "drop-1",
        since={name: day for name, day in since.items() if name in values},
        revision=1,
    )
    trail = AccountTrail(
        "A-1", {name: past for moment in known for name, past in moment.trail.items() if past}
    )
    then = evaluate(Account(facts, trail=trail), book, NOON - timedelta(days=draw(st.integers(0, 9))))
    return book, Account(facts, then.standing, then.trail or trail)


def told(facts: Facts, name: str, value: Value | None) -> Facts:
    """The facts after one was told, or taken away; the cause stays the same."""
    change = Change(
        facts.account_id,
        {} if value is None else {name: value},
        "hubspot",
        NOON,
        TODAY,
        facts.changed_by,
        cleared=frozenset({name} if value is None else ()),
    )
    return merge(facts, change, CATALOGUE) or facts


def concluded(evaluation: Evaluation) -> tuple[object, ...]:
    """All that an evaluation stores or has others do, but for the hash of what it read."""
    standing = replace(evaluation.standing, inputs="")
    return standing, evaluation.transitions, evaluation.trail, evaluation.changed, evaluation.rescored


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(judged(), VALUES, st.sampled_from((0, 1, 30)))
def test_what_changes_a_conclusion_concerns(
    known: tuple[Playbook, Account], others: Mapping[str, Value], days: int
) -> None:
    """S4: whoever skips the other changes loses no transition, no score and no day of the trail."""
    book, account = known
    before, now = account.facts, NOON + timedelta(days=days)
    as_it_was = concluded(evaluate(account, book, now))
    for name in before.values.keys() | others.keys():
        after = told(before, name, others.get(name))
        if concluded(evaluate(replace(account, facts=after), book, now)) != as_it_was:
            assert book.concerned_by(before, after, now), name


def changed(**values: Value | None) -> tuple[Facts, Facts]:
    """The facts of an account before and after these were told."""
    before = after = account("A-1").facts
    for name, value in values.items():
        after = told(after, name.replace("_", " "), value)
    return before, after


@pytest.mark.parametrize(
    ("values", "concerned"),
    [
        ({"Account_Name": "Harbour Labs"}, False),
        ({"Success_Manager": None}, False),
        ({"NPS": 9}, True),
        ({"NPS": None}, True),
        ({"Account_Name": "Harbour Labs", "NPS": 9}, True),
        ({"Status": "Churned"}, True),
        ({"Licenses": 90}, True),  # License Utilization
        ({"Last_Touch": TODAY}, True),  # Days Since Last Touch
        ({"Days_in_Current_Stage": 3}, True),  # Days in Onboarding Stage
        ({"Tags": ("vip",)}, False),
    ],
)
def test_the_standard_playbook_is_concerned_by_what_it_reads(
    values: dict[str, Value | None], concerned: bool
) -> None:
    assert STANDARD.concerned_by(*changed(**values), NOON) is concerned


def test_a_condition_makes_its_attributes_concern() -> None:
    tagged = playbook(segment("vip", 'has tag "vip" AND Days in Customer Journey Stage > 30'))
    assert tagged.concerned_by(*changed(Tags=("vip",)), NOON)
    assert tagged.concerned_by(*changed(Customer_Journey_Stage="Adoption"), NOON)
    assert tagged.concerned_by(*changed(Days_in_Current_Stage=31), NOON)


def test_one_is_not_yes() -> None:
    """A value that equals the one before in Python may answer otherwise."""
    facts = account("A-1", Success_Plan=True).facts
    assert STANDARD.concerned_by(facts, replace(facts, values={**facts.values, "Success Plan": 1}), NOON)


def test_until_a_night_has_looked_at_all_what_was_activated_concerns_all() -> None:
    """1.14 row 23: who is inside already is taken in before who enters next."""
    renamed = changed(Account_Name="Harbour Labs")
    activated = standard_playbook({"at-risk": NOON})
    assert activated.concerned_by(*renamed, NOON)
    assert activated.concerned_by(*renamed, NOON + timedelta(hours=47))
    assert not activated.concerned_by(*renamed, NOON + timedelta(hours=48))


def test_another_origin_of_all_that_is_known_concerns() -> None:
    facts = account("A-1").facts
    assert not STANDARD.concerned_by(facts, replace(facts, revision=2, changed_by="drop-2"), NOON)
    assert STANDARD.concerned_by(facts, replace(facts, provenance=Provenance("hubspot", NOON)), NOON)
    assert STANDARD.concerned_by(facts, replace(facts, created_at=NOON), NOON)


def test_the_day_a_stage_began_and_who_told_a_value_concern_as_the_value_does() -> None:
    facts = account("A-1").facts
    for name, concerned in (("Risk Status", True), ("Customer Journey Stage", True), ("Account Name", False)):
        stage = replace(facts, since={name: TODAY})
        origin = replace(facts, exceptions={name: Provenance("hubspot", NOON)})
        assert STANDARD.concerned_by(facts, stage, NOON) is concerned
        assert STANDARD.concerned_by(facts, origin, NOON) is concerned
