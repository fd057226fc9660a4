"""The active playbook: a control row points to a bundle among the files."""

import json
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files as package_files
from typing import Any

from keepwell.errors import ConfigurationError
from keepwell.playbook import Playbook, read_bundle
from keepwell.plays import Existing, Play, PlayState
from keepwell.ports import Control, Files
from keepwell.standings import Passage

# The control row: {"version": "…", "activated": {"<segment id, or play: and a play's id>": "<ISO moment>"}}.
ACTIVE = "playbook#active"

MOST_OLDER = 8
"""So many older playbooks are remembered: one takes some megabytes."""


class ActivePlaybook:
    """Before the first `keepwell apply` it is the default playbook that ships with the standard library."""

    def __init__(self, control: Control, files: Files):
        self._control = control
        self._files = files
        self._read: tuple[dict[str, Any] | None, Playbook] | None = None
        self._older: dict[str, Playbook] = {}

    def get(self) -> Playbook:
        """Looks at the pointer each time; a bundle is read once, since its name is its hash."""
        row = self._control.get(ACTIVE)
        if self._read is None or self._read[0] != row:
            self._read = (row, self._load(row))
        return self._read[1]

    def of(self, version: str) -> Playbook:
        """The playbook of a version, as what began with it goes on with it: nothing is activated in it.

        Raises ConfigurationError if its bundle is gone.
        """
        active = self.get()
        if active.version == version:
            return active
        if version not in self._older:
            if len(self._older) == MOST_OLDER:
                self._older.pop(next(iter(self._older)))
            self._older[version] = self._older_one(version)
        return self._older[version]

    def _older_one(self, version: str) -> Playbook:
        default = default_bundle()
        if json.loads(default)["version"] == version:
            return read_bundle(default)
        return read_bundle(self._bundle(version, "restore it in the bucket of files"))

    def _load(self, row: dict[str, Any] | None) -> Playbook:
        if row is None:
            return read_bundle(default_bundle())
        return read_bundle(self._bundle(row["version"], "run `keepwell apply`"), _activated(row))

    def _bundle(self, version: str, mend: str) -> str:
        key = bundle_key(version)
        try:
            return self._files.read(key).decode()
        except KeyError:
            raise ConfigurationError(f"the playbook's bundle {key} is gone; {mend}") from None

    def activate(self, bundle: str, now: datetime) -> Playbook:
        """Make `bundle` the active playbook: the text is stored before the pointer moves.

        What the playbook before did not have is activated `now`: segments, plays that become live or a
        shadow, that have another trigger, or that from now on act on existing members. Accounts that are
        already inside are taken in silently, unless a play acts on them (product 1.14 row 23). Doing it again
        changes nothing.
        Where the playbook before is gone or of another format, it is taken to have had all of this one's. The
        default playbook is stored, too, where it was in force: runs that began with it go on with it.
        """
        after = read_bundle(bundle)
        row = self._control.get(ACTIVE)
        stamped = _activated(row)
        try:
            known = _acting(self.get())
        except ConfigurationError:
            known = _acting(after)
        activated = {
            name: now if is_new else stamped[name]
            for name, acting in _acting(after).items()
            if (is_new := name not in known or acting.is_anew(known[name])) or name in stamped
        }
        if row is None:
            self._store(self.get().version, default_bundle())
        self._store(after.version, bundle)
        stamps = {name: at.isoformat() for name, at in activated.items()}
        self._control.put(ACTIVE, {"version": after.version, "activated": stamps})
        return self.get()

    def _store(self, version: str, bundle: str) -> None:
        self._files.write(bundle_key(version), bundle.encode(), "application/json")


def default_bundle() -> str:
    """The text of the bundle a fresh stack works with."""
    return (package_files("keepwell_blocs") / "default.json").read_text(encoding="utf-8")


def bundle_key(version: str) -> str:
    return f"playbooks/{version}.json"


def _activated(row: dict[str, Any] | None) -> dict[str, datetime]:
    return {name: datetime.fromisoformat(at) for name, at in row["activated"].items()} if row else {}


@dataclass(frozen=True)
class _Acting:
    """What triggers a play (nothing does a segment), and how far it acts on existing members: 0 not at all, 1
    as a shadow, 2 for real."""

    trigger: tuple[str, Passage] | None = None
    on_members: int = 0

    def is_anew(self, before: "_Acting") -> bool:
        """Whether there is more of it than before, or another trigger: who is inside of that is no newcomer.
        Who stays inside of the same is in the same entry, and its run keeps a play from acting twice."""
        return self.trigger != before.trigger or self.on_members > before.on_members


def _acting(playbook: Playbook) -> dict[str, _Acting]:
    """What can be activated, by the name of its stamp: segments by id, live and shadow plays `play:<id>`."""
    segments = (segment.id for segment in (*playbook.segments, *playbook.user_segments))
    plays = (play for play in playbook.plays if play.state.answers)
    return dict.fromkeys(segments, _Acting()) | {
        f"play:{play.id}": _Acting((play.segment, play.passage), _acts_on_members(play)) for play in plays
    }


def _acts_on_members(play: Play) -> int:
    if play.existing is not Existing.ACT:
        return 0
    return 2 if play.state is PlayState.LIVE else 1
