"""Messages to Slack in its Block Kit (product PLY-13), within Slack's limits.

What a message is made of is checked by `lint` before its templates are filled in, and as a whole before it is
sent (`keepwell.plays.block_kit`). What its texts are filled with is escaped, cut to Slack's lengths and never
empty.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from keepwell.errors import RejectedInput
from keepwell.plays.context import LONGEST_VALUE, Render, escaped, for_slack

HEADER, BUTTON, FIELD, ID, LONGEST = 150, 75, 2_000, 255, 3_000
# How long a text may be in a part of this type, or under this key.
_LONGEST_IN = {"header": HEADER, "button": BUTTON}
_LONGEST_UNDER = {
    **dict.fromkeys(("fields", "alt_text", "title", "value"), FIELD),
    **dict.fromkeys(("block_id", "action_id"), ID),
}
_ADDRESSES = ("url", "image_url")
_OUTSIDE_ADDRESSES = re.compile(r"[^a-zA-Z0-9%:/?#\[\]@!$&'()*+,;=~._-]")
# Else Slack looks for names to mention, such as @here, also in what an account fills in.
_PLAIN_STAYS = {"verbatim": True}
_NOTHING = "–"  # Slack refuses an empty text


def slack_message(
    message: Mapping[str, Any], context: Mapping[str, Any], delivery_id: str, render: Render
) -> dict[str, Any]:
    """A Block Kit message with its templates filled in.

    Slack has no idempotency key, so a last line shows the delivery's id: repetitions can be told. Beside
    blocks Slack shows a message's text in notifications only, so one without is a block of its text. Raises
    RejectedInput, naming the place, for a message that Slack would refuse.
    """
    from keepwell.plays.block_kit import faults_of  # only where a message is made

    filling = _Filling(render, escaped(context, _safe), context)
    said = {"type": "section", "text": {"type": "mrkdwn", "text": message.get("text", "")}}
    message = {**message, "blocks": message.get("blocks") or [said]}
    filled: dict[str, Any] = {key: filling.of(part) for key, part in message.items()}
    for fault in faults_of(filled, filled=True):
        place = ".".join(map(str, fault["loc"]))
        raise RejectedInput(f"Slack would refuse the message: {place}: {fault['msg']}")
    mark = {"type": "context", "elements": [{"type": "mrkdwn", "text": f"Keepwell · {delivery_id}"}]}
    return {**filled, "blocks": [*filled["blocks"], mark]}


def _safe(value: str) -> str:
    """A value as it stands in a text: escaped, and not so long that filling in would end at its limit."""
    return for_slack(shortened(value, LONGEST_VALUE))


@dataclass(frozen=True)
class _Filling:
    """What templates are filled with: values escaped for texts, and as they are for addresses."""

    render: Render
    safe: Mapping[str, Any]
    plain: Mapping[str, Any]

    def of(self, part: Any, longest: int = LONGEST) -> Any:
        if isinstance(part, str):
            filled = self.render(part, self.safe)
            return shortened(filled, longest) if filled.strip() else _NOTHING
        if isinstance(part, Mapping):
            longest = _LONGEST_IN.get(part.get("type", ""), longest)
            beside = _PLAIN_STAYS if part.get("type") == "mrkdwn" else {}
            return beside | {
                key: self._address(value)
                if key in _ADDRESSES
                else self.of(value, _LONGEST_UNDER.get(key, longest))
                for key, value in part.items()
            }
        return [self.of(each, longest) for each in part] if isinstance(part, list | tuple) else part

    def _address(self, template: str) -> str:
        address = _OUTSIDE_ADDRESSES.sub(_in_percent, self.render(template, self.plain).strip())
        if not re.match("https?://[^/]", address):
            raise RejectedInput(f"{address[:60]!r} is no address (of the template {template[:60]!r})")
        return address


def _in_percent(found: re.Match[str]) -> str:
    """How an address writes what cannot stand in it."""
    return "".join(f"%{byte:02X}" for byte in found[0].encode())


def shortened(text: str, longest: int) -> str:
    """The text, cut where it is too long: not within `&amp;`, a link or a mention."""
    if len(text) <= longest:
        return text
    cut = text[: longest - 1]
    if cut.rfind("<") > cut.rfind(">"):
        cut = cut[: cut.rfind("<")]
    return re.sub(r"&\w{0,3}$", "", cut).rstrip("\N{ZERO WIDTH JOINER}") + "…"
