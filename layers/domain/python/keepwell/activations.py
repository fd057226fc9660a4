"""What was activated, a segment or a play, as far as an account was judged by it (product 1.14 row 23)."""

from datetime import UTC, datetime

from keepwell.playbook import Playbook
from keepwell.standings import Standing

_ANY_TIME = datetime(1970, 1, 1, tzinfo=UTC)


def newly_activated(present: Standing | None, playbook: Playbook, now: datetime) -> frozenset[str]:
    """What was activated since the account was last judged. There being any, the standing is stored though it
    concludes the same, or the account's next entry would pass for one from before the activation."""
    if present is None or present.knows(playbook.newest_activation):
        return frozenset()
    return frozenset(name for name, at in playbook.activated.items() if at <= now and not present.knows(at))


def newest_activation(present: Standing | None, playbook: Playbook, now: datetime) -> datetime:
    """The newest activation the account was judged by. It stays known where one comes late who has read the
    playbook from before, or its members would be taken in, and acted on, a second time."""
    known = (present.activated if present else None) or _ANY_TIME
    return max([known, *(at for at in playbook.activated.values() if at <= now)])
