"""Why a play does nothing for a transition, in words; empty where it acts."""

from datetime import date

from keepwell.accounts import Account
from keepwell.noise.cooling import cool_until
from keepwell.plays.dates import has_begun
from keepwell.plays.effects import Occasion
from keepwell.standings import Passage, user_in
from keepwell.tasks import PlayRun

LEFT_AGAIN = "the account had left again"
BACK_AGAIN = "the account was back again"
PERSON_LEFT_AGAIN = "the person had left again"
PERSON_BACK_AGAIN = "the person was back again"
PERSON_GONE = "the person is gone"


def why_not(occasion: Occasion, interrupted: PlayRun | None = None) -> str:
    """Why a play is not to be launched. A launch that was `interrupted` had begun: a cool-down does not end
    it."""
    return is_over(occasion) or is_unsure(occasion) or ("" if interrupted else is_cooling(occasion))


def is_over(occasion: Occasion, later: Account | None = None) -> str:
    """Why an entry has no effects any more, empty if it has: it was left before its plays were launched, and
    an exit cancels them (T3). Of a play that a date triggers: the account has another by now, which is to
    trigger it. `later` is the account as it is after it was read for the occasion."""
    transition, account = occasion.transition, later or occasion.account
    if transition.user_id:
        return _is_over_for_person(occasion)
    if occasion.regardless or transition.passage is not Passage.ENTERED:
        return ""
    if occasion.date:
        return _is_over_for_date(occasion, account)
    present = occasion.present_in(account)
    if present is None:
        return ""
    return "" if present.inside and present.sequence == transition.sequence else LEFT_AGAIN


def _is_over_for_date(occasion: Occasion, account: Account) -> str:
    """A date that was corrected after its days had begun has no passage of its own: what the first one began
    goes on for it."""
    is_now, play = occasion.date_at(account), occasion.play
    if is_now == occasion.date:
        return ""
    present = occasion.present_in(account)
    entered_anew = present is not None and present.sequence != occasion.transition.sequence
    today = occasion.now.astimezone(occasion.playbook.time_zone).date()
    if not is_now or play.criteria is None or entered_anew:
        goes_on = False
    else:
        goes_on = has_begun(play.criteria, date.fromisoformat(is_now), today)
    return "" if goes_on else f"{play.dated_by} is {is_now or 'unknown'} now"


def _is_over_for_person(occasion: Occasion) -> str:
    """The same of a person's passage, either way: there is no order in which passages are launched."""
    transition, present = occasion.transition, occasion.present_in()
    if occasion.person is None:
        return PERSON_GONE
    if present is None or occasion.regardless:
        return ""
    if transition.passage is Passage.EXITED:
        return PERSON_BACK_AGAIN if present.inside or present.sequence != transition.sequence else ""
    there = present.inside and present.sequence == transition.sequence
    return "" if there else PERSON_LEFT_AGAIN


def is_unsure(occasion: Occasion) -> str:
    """Why too little is known of the health for a play that asks for a minimum; empty if there is enough."""
    asked, known = occasion.play.minimum_confidence, occasion.transition.confidence
    if asked is None or (known is not None and known >= asked):
        return ""
    told = "is not known" if known is None else f"is {known}%"
    return f"the confidence in the health {told}, and the play asks for {asked}%"


def is_undone(occasion: Occasion) -> str:
    """Why a transition that waited has no effects any more, empty if it has: the account passed the other way
    since. (An exit that did not wait is launched before the entry that follows it.)"""
    transition, present = occasion.transition, occasion.present_in()
    exited = transition.passage is Passage.EXITED and not transition.user_id
    if exited and present is not None and present.inside:
        return "" if occasion.regardless else BACK_AGAIN
    return is_over(occasion)


def is_cooling(occasion: Occasion) -> str:
    """Why it is too early for the play to fire again for the account; empty if it is not, or if a person
    asked for it."""
    play, time_zone = occasion.play, occasion.playbook.time_zone
    if play.cool_down_days is None or occasion.transition.by_hand:
        return ""
    runs = (
        run
        for run in occasion.past.runs(occasion.account.account_id)
        if (run.play, run.shadow) == (play.id, play.is_shadow) and run.run_id != occasion.run_id
        if run.at <= occasion.now  # `why` asks of moments that are past
        if user_in(run.transition_id, run.account_id) == occasion.transition.user_id  # each cools alone
    )
    until = cool_until(runs, play.cool_down_days, time_zone)
    cooling = until is not None and occasion.now.astimezone(time_zone).date() < until
    return f"cool-down until {until}" if cooling else ""
