"""What may differ between two stacks of Keepwell."""

import re
from dataclasses import dataclass, fields
from typing import cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from constructs import Node

from infra.layers import TARGETS, Target


@dataclass(frozen=True)
class Parameters:
    """The context values of `infra/app.py`."""

    target: Target
    stack: str
    mail_from: str
    mail_identity: str
    alarms_to: str
    pull_from: str
    time_zone: str

    @property
    def guarded(self) -> bool:
        """Whether the data must survive; a practice stack's is made anew at every start."""
        return self.target == "aws"

    @property
    def locations(self) -> list[str]:
        """What files may be pulled from, each `<bucket>` or `<bucket>/<prefix>`."""
        return _places(self.pull_from)

    @classmethod
    def of(cls, node: Node) -> "Parameters":
        """Read them from the context; ends with a message that says what to mend."""
        values = {field.name: str(node.try_get_context(field.name) or "") for field in fields(cls)}
        for complaint in _complaints(values):
            raise SystemExit(f"{complaint} (cdk.json, or -c name=value)")
        return cls(target=cast("Target", values.pop("target")), **values)


def _places(text: str) -> list[str]:
    return [place.strip() for place in text.split(",") if place.strip()]


def _complaints(values: dict[str, str]) -> list[str]:
    found = []
    if values["target"] not in TARGETS:
        found.append(f"target: {values['target']!r} is not one of {', '.join(TARGETS)}")
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,29}", values["stack"]):
        found.append(f"stack: {values['stack']!r} is not lower case letters, digits and hyphens, at most 30")
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", values["mail_from"]):
        found.append(f"mail_from: {values['mail_from']!r} is not an e-mail address")
    if values["mail_identity"] not in ("new", "existing"):
        found.append(f"mail_identity: {values['mail_identity']!r} is not new or existing")
    found += [
        f"pull_from: {place!r} is not a bucket, or a bucket and a prefix such as exports/sfdc/"
        for place in _places(values["pull_from"])
        if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[^*?$]*)?", place)
    ]
    try:
        ZoneInfo(values["time_zone"])
    except (ZoneInfoNotFoundError, ValueError):
        found.append(f"time_zone: {values['time_zone']!r} is not a time zone such as Europe/Berlin")
    return found
