"""The active playbook: a control row points to a bundle among the files."""

from collections.abc import Iterable
from datetime import datetime
from importlib.resources import files as package_files
from typing import Any

from keepwell.errors import ConfigurationError
from keepwell.playbook import Playbook, read_bundle
from keepwell.ports import Control, Files

# The control row: {"version": "…", "activated": {"<segment id or play:<id>>": "<ISO moment>"}}.
ACTIVE = "playbook#active"


class ActivePlaybook:
    """Before the first `keepwell apply` it is the default playbook that ships with the standard library."""

    def __init__(self, control: Control, files: Files):
        self._control = control
        self._files = files
        self._read: tuple[dict[str, Any] | None, Playbook] | None = None

    def get(self) -> Playbook:
        """Looks at the pointer each time; a bundle is read once, since its name is its hash."""
        row = self._control.get(ACTIVE)
        if self._read is None or self._read[0] != row:
            self._read = (row, self._load(row))
        return self._read[1]

    def _load(self, row: dict[str, Any] | None) -> Playbook:
        if row is None:
            return read_bundle(default_bundle())
        key = bundle_key(row["version"])
        try:
            text = self._files.read(key).decode()
        except KeyError:
            raise ConfigurationError(
                f"the active playbook's bundle {key} is gone; run `keepwell apply`"
            ) from None
        return read_bundle(text, _activated(row))

    def activate(self, bundle: str, now: datetime) -> Playbook:
        """Make `bundle` the active playbook: the text is stored before the pointer moves.

        What the playbook before did not have is activated `now`: accounts that are already inside are taken
        in silently (product 1.14 row 23). Doing it again changes nothing. Where the playbook before is gone
        or of another format, it is taken to have had all of this one's.
        """
        after = read_bundle(bundle)
        stamped = _activated(self._control.get(ACTIVE))
        try:
            known = _triggers(self.get())
        except ConfigurationError:
            known = _triggers(after)
        activated = {
            name: stamped.get(name, now) for name in _triggers(after) if name in stamped or name not in known
        }
        self._files.write(bundle_key(after.version), bundle.encode(), "application/json")
        stamps = {name: at.isoformat() for name, at in activated.items()}
        self._control.put(ACTIVE, {"version": after.version, "activated": stamps})
        return self.get()


def default_bundle() -> str:
    """The text of the bundle a fresh stack works with."""
    return (package_files("keepwell_blocs") / "default.json").read_text(encoding="utf-8")


def bundle_key(version: str) -> str:
    return f"playbooks/{version}.json"


def _activated(row: dict[str, Any] | None) -> dict[str, datetime]:
    return {name: datetime.fromisoformat(at) for name, at in row["activated"].items()} if row else {}


def _triggers(playbook: Playbook) -> set[str]:
    """What accounts can enter: segments, and the plays with a condition of their own."""
    own: Iterable[str] = (play.segment for play in playbook.plays if play.criteria is not None)
    return {segment.id for segment in playbook.segments} | set(own)
