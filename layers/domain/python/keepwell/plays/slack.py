"""Messages to Slack in its Block Kit (product PLY-13), within Slack's limits.

What a message is made of is checked by `lint` before its templates are filled in, and as a whole before it is
sent. What its texts are filled with is escaped, cut to Slack's lengths and never empty.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from keepwell.errors import RejectedInput
from keepwell.plays.context import Render, escaped, for_slack

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

MOST_BLOCKS = 49
"""Slack takes 50, and the last is Keepwell's."""

LONGEST_VALUE = 2_000
HEADER, BUTTON, FIELD, ID, LONGEST = 150, 75, 2_000, 255, 3_000
# How long a text may be in a part of this type, or under this key.
_LONGEST_IN = {"header": HEADER, "button": BUTTON}
_LONGEST_UNDER = {
    **dict.fromkeys(("fields", "alt_text", "title", "value"), FIELD),
    **dict.fromkeys(("block_id", "action_id"), ID),
}
_ADDRESSES = ("url", "image_url")
_NOTHING = "–"  # Slack refuses an empty text


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


OfHeader = Annotated[str, Field(min_length=1, max_length=HEADER)]
OfButton = Annotated[str, Field(min_length=1, max_length=BUTTON)]
OfField = Annotated[str, Field(min_length=1, max_length=FIELD)]
OfText = Annotated[str, Field(min_length=1, max_length=LONGEST)]
OfId = Annotated[str, Field(min_length=1, max_length=ID)]


class Text(_Part):
    type: Literal["plain_text", "mrkdwn"]
    text: OfText
    emoji: bool = True
    verbatim: bool = False


class PlainText(Text):
    type: Literal["plain_text"]


class HeaderText(PlainText):
    text: OfHeader


class ButtonText(PlainText):
    text: OfButton


class FieldText(Text):
    text: OfField


class Button(_Part):
    """A button opens an address: Keepwell hears of no other."""

    type: Literal["button"]
    text: ButtonText
    url: OfText
    action_id: OfId | None = None
    value: OfField | None = None
    style: Literal["primary", "danger"] | None = None


class Image(_Part):
    type: Literal["image"]
    image_url: OfText
    alt_text: OfField


class _Block(_Part):
    block_id: OfId | None = None


class Header(_Block):
    type: Literal["header"]
    text: HeaderText


class Section(_Block):
    type: Literal["section"]
    text: Text | None = None
    fields_: Annotated[list[FieldText] | None, Field(alias="fields", min_length=1, max_length=10)] = None
    accessory: Annotated[Button | Image, Field(discriminator="type")] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "Section":
        if self.text is None and self.fields_ is None:
            raise ValueError("a section has a text or fields")
        return self


class Divider(_Block):
    type: Literal["divider"]


class Context(_Block):
    type: Literal["context"]
    elements: Annotated[
        list[Annotated[Text | Image, Field(discriminator="type")]], Field(min_length=1, max_length=10)
    ]


class Actions(_Block):
    type: Literal["actions"]
    elements: Annotated[list[Button], Field(min_length=1, max_length=25)]


class ImageBlock(Image, _Block):
    title: PlainText | None = None


Block = Annotated[
    Header | Section | Divider | Context | Actions | ImageBlock,
    Field(discriminator="type"),
]


class Message(_Part):
    """`text` is what notifications show."""

    text: Annotated[str, Field(min_length=1)]
    blocks: list[Block] = []
    unfurl_links: bool = True
    unfurl_media: bool = True

    @field_validator("blocks")
    @classmethod
    def _not_too_many(cls, blocks: list[Any]) -> list[Any]:
        if len(blocks) > MOST_BLOCKS:
            raise ValueError(f"{len(blocks)} blocks are too many: Slack takes 50, and the last is Keepwell's")
        return blocks


def faults_of(message: Mapping[str, Any], *, filled: bool = False) -> list["ErrorDetails"]:
    """What Slack would refuse, each with its place in the message. Before it is `filled` the lengths of its
    texts do not count: they are those of templates."""
    try:
        Message.model_validate(message)
    except ValidationError as error:
        found = [detail for detail in error.errors() if filled or detail["type"] != "string_too_long"]
        return [{**detail, "loc": _place(message, detail)} for detail in found]
    return []


def _place(message: Any, detail: "ErrorDetails") -> tuple[str | int, ...]:
    """The steps that lead into the message: pydantic names the type of a part between them."""
    place: list[str | int] = []
    for step in detail["loc"]:
        if isinstance(step, int) or (isinstance(message, Mapping) and step in message):
            message = message[step]
            place.append(step)
    return (*place, detail["loc"][-1]) if detail["type"] == "missing" else tuple(place)


def slack_message(
    message: Mapping[str, Any], context: Mapping[str, Any], delivery_id: str, render: Render
) -> dict[str, Any]:
    """A Block Kit message with its templates filled in.

    Slack has no idempotency key, so a last line shows the delivery's id: repetitions can be told. Raises
    RejectedInput, naming the place, for a message that Slack would refuse.
    """
    filling = _Filling(render, escaped(context, _safe), context)
    filled: dict[str, Any] = {key: filling.of(part) for key, part in message.items()}
    for fault in faults_of(filled, filled=True):
        place = ".".join(map(str, fault["loc"]))
        raise RejectedInput(f"Slack would refuse the message: {place}: {fault['msg']}")
    mark = {"type": "context", "elements": [{"type": "mrkdwn", "text": f"Keepwell · {delivery_id}"}]}
    return {**filled, "blocks": [*filled.get("blocks", []), mark]}


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
            return {
                key: self._address(value)
                if key in _ADDRESSES
                else self.of(value, _LONGEST_UNDER.get(key, longest))
                for key, value in part.items()
            }
        return [self.of(each, longest) for each in part] if isinstance(part, list | tuple) else part

    def _address(self, template: str) -> str:
        address = self.render(template, self.plain).strip()
        if not re.match("https?://[^/]", address):
            raise RejectedInput(f"{address[:60]!r} is no address (of the template {template[:60]!r})")
        return address


def shortened(text: str, longest: int) -> str:
    """The text, cut where it is too long: not within `&amp;`, a link or a mention."""
    if len(text) <= longest:
        return text
    cut = text[: longest - 1]
    if cut.rfind("<") > cut.rfind(">"):
        cut = cut[: cut.rfind("<")]
    return re.sub(r"&\w{0,3}$", "", cut).rstrip("\N{ZERO WIDTH JOINER}") + "…"
