"""The one decision: from facts and the present standing to the next standing, with its reasons."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from keepwell.accounts import Account, Provenance
from keepwell.criteria import parse
from keepwell.evaluation import Evaluation, evaluate
from keepwell.playbook import Playbook
from keepwell.segments import Segment
from keepwell.standings import Band, Passage
from tests.story import NOON, account, poor_account, standard_playbook

PLAYBOOK = standard_playbook()


def judged(before: Account, at: datetime = NOON) -> Evaluation:
    return evaluate(before, PLAYBOOK, at)


def after(evaluation: Evaluation, before: Account, **values: object) -> Account:
    """The account once its standing is stored, with changed facts."""
    facts = replace(before.facts, values={**before.facts.values, **values})  # type: ignore[dict-item]
    return Account(facts, replace(evaluation.standing, pending=(), revision=evaluation.standing.revision + 1))


def entered(evaluation: Evaluation) -> set[str]:
    """What the account entered so that plays answer."""
    return {t.segment for t in evaluation.transitions if t.passage is Passage.ENTERED and t.silence is None}


def test_a_healthy_core_account_is_good_and_says_which_profile_judged_it() -> None:
    """HLT-02, HLT-04, HLT-08."""
    evaluation = judged(account())
    assert evaluation.standing.health is Band.GOOD
    assert evaluation.standing.profile == "core"
    assert evaluation.standing.score is not None
    assert evaluation.standing.score >= 75
    assert evaluation.standing.playbook == PLAYBOOK.version


def test_the_account_model_runs_beside_the_profile_on_every_account() -> None:
    """1.14 row 11."""
    assert judged(poor_account()).standing.account_model is Band.POOR


def test_an_account_poor_at_its_first_evaluation_enters_at_risk() -> None:
    """1.14 row 23, EWS-10: it enters from nothing, and the entry waits for its play."""
    evaluation = judged(poor_account())
    assert evaluation.standing.health is Band.POOR
    assert "at-risk" in entered(evaluation)
    assert "at-risk" in {t.segment for t in evaluation.standing.pending}
    [entry] = [t for t in evaluation.transitions if t.segment == "at-risk"]
    assert [(r.condition, r.value, r.matches) for r in entry.reasons] == [("Health = Poor", "Poor", True)]
    assert entry.drivers, "says what weighed most"


def test_evaluating_again_changes_nothing() -> None:
    """I3: unchanged means untouched, whatever the hour."""
    before = poor_account()
    stored = after(judged(before), before)
    again = judged(stored, NOON + timedelta(hours=6))
    assert not again.changed
    assert not again.transitions


def test_leaving_and_coming_back_is_a_new_entry() -> None:
    """T3: a re-entry has its own sequence, hence its own effects."""
    sick = poor_account()
    first = judged(sick)
    well = after(first, sick, **account().facts.values)
    second = judged(well, NOON + timedelta(days=1))
    exits = [t.id for t in second.transitions if t.segment == "at-risk"]
    assert exits == ["A-1/at-risk/1/exited"]
    relapsed = after(second, well, **poor_account().facts.values)
    third = judged(relapsed, NOON + timedelta(days=2))
    assert "A-1/at-risk/2/entered" in {t.id for t in third.transitions}


def test_time_alone_brings_an_account_into_the_renewal_window() -> None:
    """PLY-06: both ends of the 90 days count (1.14 row 19)."""
    waiting = account(renewal_date=date(2027, 2, 20))
    first = judged(waiting)
    assert "renewals-next-90-days" not in entered(first)
    next_day = judged(after(first, waiting), NOON + timedelta(days=1))
    assert "renewals-next-90-days" in entered(next_day)
    assert "play:pre-renewal-good" in entered(next_day)


def test_an_account_older_than_a_segment_is_baselined_silently() -> None:
    """1.14 row 23: activation marks who is inside; it is no event."""
    activated = {"at-risk": NOON - timedelta(hours=1)}
    evaluation = evaluate(poor_account(), standard_playbook(activated), NOON)
    assert evaluation.standing.memberships["at-risk"].inside
    assert "at-risk" not in entered(evaluation)


def test_an_account_newer_than_a_segment_enters_it() -> None:
    """1.14 row 23."""
    activated = {"at-risk": NOON - timedelta(hours=1)}
    newcomer = poor_account(known_since=NOON - timedelta(minutes=5))
    assert "at-risk" in entered(evaluate(newcomer, standard_playbook(activated), NOON))


def test_an_account_evaluated_since_the_activation_enters_for_real() -> None:
    """1.14 row 23: the baseline is taken once."""
    activated = {"at-risk": NOON - timedelta(hours=1)}
    playbook = standard_playbook(activated)
    well = account()
    sick = after(evaluate(well, playbook, NOON), well, **poor_account().facts.values)
    assert "at-risk" in entered(evaluate(sick, playbook, NOON + timedelta(minutes=1)))


def test_the_first_look_after_an_activation_is_stored_though_nothing_changed() -> None:
    """1.14 row 23, I3: it is what tells a later, real entry from one before the activation."""
    well = account()
    known = after(judged(well), well)
    playbook = standard_playbook({"at-risk": NOON + timedelta(hours=1)})
    assert not evaluate(known, playbook, NOON).changed, "not activated yet"
    look = evaluate(known, playbook, NOON + timedelta(hours=2))
    assert look.changed
    assert not look.transitions
    assert not look.history()
    seen = after(look, known)
    assert not evaluate(seen, playbook, NOON + timedelta(hours=3)).changed
    sick = after(look, known, **poor_account().facts.values)
    assert "at-risk" in entered(evaluate(sick, playbook, NOON + timedelta(days=20)))


def test_without_an_active_contract_health_is_unknown_with_the_reason() -> None:
    """1.14 row 14."""
    for status in (None, "Churned"):
        evaluation = judged(account(status=status))
        assert evaluation.standing.health is Band.UNKNOWN
        assert evaluation.assessment.result.why == "no active contract"


def test_a_past_day_never_becomes_the_present() -> None:
    """S2."""
    before = poor_account()
    stored = after(judged(before), before, **account().facts.values)
    assert not judged(stored, NOON - timedelta(days=3)).changed


def test_recomputing_gives_the_same_standing() -> None:
    """S3."""
    assert judged(poor_account()) == judged(poor_account())


def test_history_rows_keep_their_keys_on_repetition() -> None:
    """S2: a crash between history and standing repeats the same rows."""
    keys = [
        [(row.at, row.kind, row.row_id) for row in judged(poor_account(), at).history()]
        for at in (NOON, NOON + timedelta(minutes=3))
    ]
    assert keys[0] == keys[1]
    assert len(set(keys[0])) == len(keys[0])


def test_a_new_account_is_judged_by_time_to_value_whatever_its_tier() -> None:
    """HLT-06, HLT-07: the onboarding profile comes first; day 30 still counts (1.14 row 18)."""
    assert judged(account(create_date=date(2026, 10, 22))).standing.profile == "onboarding"
    assert judged(account(create_date=date(2026, 10, 21))).standing.profile == "core"


def test_a_past_day_is_not_judged_by_what_was_told_since() -> None:
    """S2: a rerun of last night with this morning's facts would fire plays for a day that never was."""
    before = poor_account(known_since=NOON)
    assert not judged(before, NOON - timedelta(days=1)).changed
    stored = after(judged(account(known_since=NOON - timedelta(days=9)), NOON - timedelta(days=5)), before)
    told = replace(stored.facts, exceptions={"NPS": Provenance("csv:accounts", NOON)})
    assert not judged(replace(stored, facts=told), NOON - timedelta(days=2)).changed
    assert judged(replace(stored, facts=told), NOON).changed


def test_the_tenants_day_decides_not_utcs() -> None:
    """Architecture section 4: half past midnight in Auckland is yesterday noon in UTC, and the day counts."""
    auckland = replace(PLAYBOOK, time_zone=ZoneInfo("Pacific/Auckland"))
    subject = account(renewal_date=date(2027, 2, 20))
    eve = datetime(2026, 11, 21, 10, 30, tzinfo=UTC)
    first = evaluate(subject, auckland, eve)
    assert first.day == date(2026, 11, 21)
    assert "renewals-next-90-days" not in entered(first)
    later = evaluate(after(first, subject), auckland, eve + timedelta(hours=1))
    assert later.day == date(2026, 11, 22)
    assert "renewals-next-90-days" in entered(later)


def test_health_that_a_file_supplies_decides_nothing() -> None:
    """Architecture section 1: there is one place where health is decided, also where it says Unknown."""
    for status in ("Churned", "Paying"):
        facts = account(status=status).facts
        supplied = replace(facts, values={**facts.values, "Health": "Poor", "Health Score": 3})
        evaluation = judged(Account(supplied))
        assert "at-risk" not in entered(evaluation)
        assert "play:pre-renewal-poor" not in entered(evaluation)
        assert evaluation.values.get("Health") in (None, "Good")


def test_an_account_known_from_the_moment_of_activation_on_enters_for_real() -> None:
    """1.14 row 23: only an older one is baselined."""
    activated = {"at-risk": NOON - timedelta(hours=1)}
    newcomer = poor_account(known_since=activated["at-risk"])
    assert "at-risk" in entered(evaluate(newcomer, standard_playbook(activated), NOON))


def test_an_account_judged_before_the_activation_only_is_baselined() -> None:
    """1.14 row 23: who is inside at the first look after the activation was there already."""
    well = account()
    first = judged(well, NOON - timedelta(days=1))
    sick = after(first, well, **poor_account().facts.values)
    playbook = standard_playbook({"at-risk": NOON - timedelta(hours=1)})
    evaluation = evaluate(sick, playbook, NOON)
    assert evaluation.standing.memberships["at-risk"].inside
    assert "at-risk" not in entered(evaluation)


def test_who_read_the_old_playbook_just_before_it_changed_has_not_looked_at_the_new_one() -> None:
    """1.14 row 23: whatever the clocks said, for an activation is stamped before everybody reads it."""
    sick = poor_account()
    slow = evaluate(sick, _without_at_risk(), NOON + timedelta(seconds=5)).standing
    playbook = standard_playbook({"at-risk": NOON})
    evaluation = evaluate(replace(sick, standing=slow), playbook, NOON + timedelta(seconds=9))
    assert evaluation.standing.memberships["at-risk"].inside
    assert "at-risk" not in entered(evaluation)


def _without_at_risk() -> Playbook:
    """The standard playbook before it had that segment."""
    standard = standard_playbook()
    kept = tuple(each for each in standard.segments if each.id != "at-risk")
    return replace(standard, segments=kept)


def test_an_activation_is_noted_once() -> None:
    """Unchanged means untouched: a playbook that has less than the one before is no reason to write."""
    well = account()
    newer = standard_playbook({"at-risk": NOON - timedelta(hours=1), "watch-list": NOON - timedelta(hours=2)})
    first = evaluate(well, newer, NOON)
    again = evaluate(replace(well, standing=first.standing, trail=first.trail), newer, NOON)
    older = standard_playbook({"watch-list": NOON - timedelta(hours=2)})
    less = evaluate(replace(well, standing=first.standing, trail=first.trail), older, NOON)
    assert [each.changed for each in (first, again, less)] == [True, False, False]


def test_a_membership_keeps_the_day_of_its_entry() -> None:
    before = poor_account()
    stored = after(judged(before), before, NPS=3)
    later = judged(stored, NOON + timedelta(days=5))
    assert later.standing.memberships["at-risk"].since == date(2026, 11, 21)


def test_only_a_transition_that_a_play_answers_waits() -> None:
    """Architecture section 4: the stream is woken by what is pending, so nothing idle may be."""
    evaluation = judged(account())
    assert "healthy-customer" in entered(evaluation)
    assert evaluation.standing.pending == ()


def test_a_transition_carries_the_causation_depth_of_its_facts() -> None:
    """Architecture section 1, sentence 5."""
    before = poor_account()
    deep = Account(replace(before.facts, depth=2))
    assert {transition.depth for transition in judged(deep).transitions} == {2}


def test_a_score_that_moves_within_its_band_is_stored_and_told() -> None:
    """S2, and unchanged means untouched: changed means written, a band or not."""
    before = account()
    first = judged(before)
    second = judged(after(first, before, NPS=8))
    assert second.standing.health is first.standing.health
    assert second.standing.score != first.standing.score
    assert second.changed
    assert [row.kind for row in second.history()] == ["score"]


def test_a_score_that_comes_back_the_same_day_is_told_again() -> None:
    """S2: the history is append-only, so a return to an earlier score is a row of its own."""
    before = account()
    first = judged(before)
    worse = after(first, before, NPS=8)
    second = judged(worse)
    third = judged(after(second, worse, NPS=10))
    keys = [row.row_id for e in (first, second, third) for row in e.history() if row.kind == "score"]
    assert len(set(keys)) == 3


def test_a_long_text_is_cut_in_the_reasons_it_gives() -> None:
    """A standing stays about 1 KB, whatever a file holds."""
    many = ("Product Issues", *(f"reason {number} of many" for number in range(400)))
    known = account()
    subject = replace(known, facts=replace(known.facts, values={**known.facts.values, "Risk Reason": many}))
    criteria = parse('Risk Reason contains "Product Issues"', PLAYBOOK.catalogue)
    playbook = replace(PLAYBOOK, segments=(Segment("trust", "Trust Rebuilding", criteria),))
    [entry] = [t for t in evaluate(subject, playbook, NOON).transitions if t.segment == "trust"]
    assert isinstance(entry.reasons[0].value, str)
    assert len(entry.reasons[0].value) <= 201
