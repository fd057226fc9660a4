"""The rules of the company: a playbook in which plays do all that plays do, each of its own kind."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import time

from keepwell.assignment.pools import Logic, Pool
from keepwell.assignment.rules import OwnerChange, TaskMail
from keepwell.attributes import standard_catalogue
from keepwell.attributes.people import standard_user_catalogue
from keepwell.criteria import parse
from keepwell.playbook import Playbook
from keepwell.plays import Play, PlayState
from keepwell.plays.play import Deeds, TaskAction, WebhookAction
from keepwell.plays.steps import Branch, Wait
from keepwell.segments import UserSegment
from keepwell.segments.segment import NO_TAGS
from keepwell.standings import Passage
from keepwell.tasks import FollowUp, PostCompletion, Priority
from keepwell.working_time import Calendar
from tests.domain.plays.entering import alone, mail, play, playbook

SM1, SM2 = MANAGERS = ("sm1@example.com", "sm2@example.com")
ROTA = ("r1@example.com", "r2@example.com", "r3@example.com")
OWNER = "lead@example.com"
"""Of the team, as all those above: all mails of plays are to the owner."""
CAP = 2
EIGHT, NINETEEN = time(8), time(19)
NIGHTS = Calendar(working_days=frozenset(range(7)), quiet_from=NINETEEN, quiet_to=EIGHT)
HOOK = WebhookAction(endpoint="events", event="account.quiet")

AFTER = PostCompletion(
    require_touchpoint=True, set_attributes=(("Risk Status", "Resolved"),), follow_up=FollowUp("Call again")
)
MANY = parse("Open Ticket Count > 5", standard_catalogue())


@dataclass(frozen=True)
class Does:
    """What a play is to do at once, in the words of the company: the titles of its tasks, the subjects of its
    mails, and how many webhooks. `of` is the segment that it answers, which way."""

    of: str
    way: str = "entered"
    tasks: tuple[str, ...] = ()
    mails: tuple[str, ...] = ()
    hooks: int = 0
    limited: bool = False


DOES: Mapping[str, Does] = {
    "flat": Does("quiet", tasks=("Look",), mails=("flat",), hooks=1),
    "rota": Does("quiet", tasks=("Rota",)),
    "few": Does("quiet", tasks=("Few",), mails=("few",), limited=True),
    "chase": Does("quiet", tasks=("first",), mails=("first",)),
    "bye": Does("quiet", "exited", tasks=("Bye",), mails=("bye",)),
    "watch": Does("watched", tasks=("Watch",), mails=("watch",)),
    "welcome": Does("key", tasks=("Welcome",), mails=("welcome",)),
}
"""Told by hand, beside the playbook: what the plays below are to do on a passage."""

EDITED: Mapping[str, Does] = {
    "flat": replace(DOES["flat"], tasks=("Look", "Also")),
    "chase": replace(DOES["chase"], tasks=("first", "extra")),
}
"""The same of the plays that are edited: what has begun before, or after, does all of what it then was to do,
and nothing else."""

STEPS = {
    "chase": (("first",), ("many", "few of them"), ("late",)),
    "welcome": (("Welcome",), ("Meet",)),
}
"""The tasks of plays with steps: one of each, in this order, with a day's wait before the second and two days
before the third. Only the last of `chase` comes also where the account has left by then."""

LATE = "late"


PEOPLE = UserSegment(
    id="key",
    name="Key Contacts",
    criteria=parse("Key Contact = yes", standard_user_catalogue()),
    on_entry=NO_TAGS,
    on_exit=NO_TAGS,
)


def _task(title: str, assign_to: str = "Success Manager", **more: object) -> TaskAction:
    told = TaskAction(title, "", assign_to, 2, Priority.NORMAL, "Adoption", 1.0)
    return replace(told, **more)  # type: ignore[arg-type]


def _acts(title: str, **more: object) -> Deeds:
    return Deeds(tasks=(_task(title),), emails=(mail(title),), **more)  # type: ignore[arg-type]


def _plays(*, edited: bool) -> tuple[Play, ...]:
    look = _task("Look", post_completion=AFTER)
    extra = (Deeds(tasks=(_task("extra"),)),) if edited else ()
    branch = Branch(MANY, (_acts("many"),), (_acts("few of them", starts=("more",)),))
    return (
        play(
            "flat",
            tasks=(look, _task("Also")) if edited else (look,),
            emails=(mail("flat"),),
            webhooks=(HOOK,),
        ),
        play("rota", tasks=(_task("Rota", "pool:rota", sla_hours=20.0),)),
        play("few", tasks=(_task("Few"),), emails=(mail("few"),), limit=1),
        play(
            "chase",
            steps=(
                _acts("first"),
                *extra,
                Wait(days=1),
                branch,
                Wait(days=2, unless_left=False),
                _acts(LATE),
            ),
        ),
        alone("more", steps=(Deeds(tasks=(_task("one"),)), Wait(hours=20), Deeds(tasks=(_task("two"),)))),
        play("bye", passage=Passage.EXITED, tasks=(_task("Bye"),), emails=(mail("bye"),)),
        play("tagger", add_tags=("watch",)),
        play("untag", passage=Passage.EXITED, remove_tags=("watch",)),
        play("watch", segment="watched", tasks=(_task("Watch"),), emails=(mail("watch"),)),
        alone("asked", tasks=(_task("Asked"),), emails=(mail("asked"),)),
        play(
            "welcome",
            segment="key",
            of_users=True,
            tasks=(_task("Welcome"),),
            emails=(mail("welcome"),),
            steps=(Wait(days=1), Branch(PEOPLE.criteria, (_acts("Meet", add_tags=("met",)),))),
        ),
    )


PLAYS = {edited: _plays(edited=edited) for edited in (False, True)}
POOL = Pool("rota", "Rota", Logic.MOST_AVAILABLE, {"Role": ("Rota",)}, {})
BOOK = playbook(segments={"watched": 'has tag "watch"'})


def rulebook(
    version: str, states: Mapping[str, PlayState] | None = None, *, edited: bool = False
) -> Playbook:
    """The playbook, with plays in these states, as they were first or as they are `edited`: a step more moves
    the places of those that follow."""
    plays = tuple(replace(each, state=(states or {}).get(each.id, PlayState.LIVE)) for each in PLAYS[edited])
    return replace(
        BOOK,
        version=version,
        plays=plays,
        profiles=BOOK.profiles[-1:],
        owner=OWNER,
        user_segments=(PEOPLE,),
        pools={"rota": POOL},
        on_owner_change=OwnerChange.REASSIGN_ALL,
        task_mail=TaskMail.SUMMARY,
        calendar=NIGHTS,
        daily_cap=CAP,
    )


def inside(values: Mapping[str, object]) -> Mapping[str, bool]:
    """What the criteria of the segments of accounts say, told by hand."""
    users, tags = values.get("Active Users"), values.get("Tags")
    return {
        "quiet": isinstance(users, int | float) and users < 10,
        "watched": isinstance(tags, tuple) and "watch" in tags,
    }
