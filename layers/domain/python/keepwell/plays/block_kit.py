"""The parts of a message to Slack that Keepwell sends, and how long their texts may be (Slack's Block Kit).

It is imported only where a message is checked: making the classes takes longer than the rest of a launch.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from keepwell.plays.slack import BUTTON, FIELD, HEADER, ID, LONGEST

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

MOST_BLOCKS = 49
"""Slack takes 50, and the last is Keepwell's."""


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
