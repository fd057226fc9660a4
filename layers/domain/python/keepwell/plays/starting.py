"""Starting plays by hand (`Purpose.START`): somebody asks, and the next minute carries it out (PLY-18).

A request has an id of its own; the run's id is derived from it, so that asking twice is harmless.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from keepwell.accounts import Account
from keepwell.errors import RejectedInput
from keepwell.passages import PASSAGE
from keepwell.playbook import Playbook
from keepwell.plays.chains import each_once
from keepwell.plays.finding import find_play
from keepwell.plays.launching import Launcher
from keepwell.plays.of_people import OfPeople
from keepwell.plays.play import Play, PlayState
from keepwell.standings import HAND, Band, Passage, Reason, Transition
from keepwell.wakes import Purpose, Wake
from keepwell.waking import MOST_ATTEMPTS


def startable(name: str, playbook: Playbook, *, for_users: bool = False) -> Play:
    """The play of this id or name. Raises RejectedInput, with the mend, unless it is live, only people and
    other plays start it, and it is about what it is asked for: accounts, or users."""
    play = find_play(name, playbook.plays)
    play_id = play.id
    if play.segment:
        raise RejectedInput(
            f"the play {play_id} has a trigger, which decides whom it is for. To run it by hand as well, "
            "move what it does to a play without a trigger, and `start` that one from here"
        )
    if play.of_users and not for_users:
        raise RejectedInput(f"the play {play_id} is about people: say whom, as in --user ID")
    if for_users and not play.of_users:
        raise RejectedInput(f"the play {play_id} is about accounts: leave the user out")
    if play.state is not PlayState.LIVE:
        raise RejectedInput(
            f"the play {play_id} is {play.state}: say `state: live` in its file, and run `keepwell apply`"
        )
    return play


def start_wake(
    play_id: str, account_id: str, request: str, by: str, now: datetime, user_id: str = ""
) -> Wake:
    """What starts a play for an account, or for a user there, as somebody asked for it."""
    user = {"user": user_id} if user_id else {}
    return Wake(
        wake_id=start_id(play_id, account_id, request, user_id),
        purpose=Purpose.START,
        due_at=now,
        account_id=account_id,
        content={"play": play_id, "request": request, "by": by, "at": now.isoformat(), **user},
    )


def start_id(play_id: str, account_id: str, request: str = "", user_id: str = "") -> str:
    """The id of a start's wake; without a request, what the ids begin with of all for the account."""
    return "/".join(("start", account_id, play_id, request, *([user_id] if user_id else [])))


def run_id_of(play_id: str, request: str, user_id: str = "") -> str:
    """The id of the run that a request leads to."""
    about = f"{HAND}{request}/{user_id}" if user_id else f"{HAND}{request}"
    return f"{play_id}/{about}/1/{Passage.ENTERED}"


@dataclass(frozen=True)
class Starting:
    """Starts plays by hand, as the active playbook has them."""

    launcher: Launcher
    active: Callable[[], Playbook]
    of_people: OfPeople | None = None

    def carry_out(self, wake: Wake, now: datetime) -> None:
        """Launch the play, and those it starts; a person decided, so no brake holds it. A passage of a person
        at the account is for the plays about people.

        An account or a user that is gone gets nothing. A play that has changed in the meantime so that it
        cannot be started any more is not: raises RejectedInput. What was given up before it had begun is
        over: who asked expects it no more.
        """
        if self.of_people and PASSAGE in wake.content:
            self.of_people.carry_out(wake, now)
            return
        if wake.attempts >= MOST_ATTEMPTS and not self._has_begun(wake):
            return
        account = self.launcher.accounts.get(wake.account_id)
        if account is None:
            return
        playbook = self.active()
        user_id = wake.content.get("user", "")
        transition = asked_for(wake, account, playbook)
        self.launcher.calling_off.interrupted_of(transition, playbook, now)
        play = startable(wake.content["play"], playbook, for_users=bool(user_id))
        people = self.of_people.people.people_of(wake.account_id, [user_id]) if self.of_people else {}
        if user_id and user_id not in people:
            return
        occasion = self.launcher.occasion(play, transition, account, playbook, now, people.get(user_id))
        each_once([occasion], self.launcher.work, self.launcher.launch_freely)

    def _has_begun(self, wake: Wake) -> bool:
        asked = wake.content
        run_id = run_id_of(asked["play"], asked["request"], asked.get("user", ""))
        return self.launcher.work.run(wake.account_id, run_id) is not None


def asked_for(wake: Wake, account: Account, playbook: Playbook) -> Transition:
    """What stands for a transition: there was none."""
    at, standing = datetime.fromisoformat(wake.content["at"]), account.standing
    return Transition(
        account_id=account.account_id,
        segment=f"{HAND}{wake.content['request']}",
        passage=Passage.ENTERED,
        sequence=1,
        at=at,
        day=at.astimezone(playbook.time_zone).date(),
        health=standing.health if standing else Band.UNKNOWN,
        score=standing.score if standing else None,
        reasons=(Reason(f"started by hand by {wake.content['by']}", None, matches=True),),
        drivers=(),
        playbook=playbook.version,
        confidence=standing.confidence if standing else None,
        user_id=wake.content.get("user", ""),
    )
