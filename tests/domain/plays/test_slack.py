"""Messages to Slack: whatever they are filled with, Slack takes them (done-means 4 of plays)."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block

from keepwell.errors import RejectedInput
from keepwell.playbook.compiling import check_playbook
from keepwell.playbook.findings import Finding
from keepwell.plays.block_kit import MOST_BLOCKS, Message, faults_of
from keepwell.plays.context import sample_context
from keepwell.plays.rendering import render
from keepwell.plays.slack import shortened, slack_message
from tests.domain.playbook.folders import BLOCS, write_folder
from tests.story import standard_playbook

NAME = "{{ account.name }}"
PLAIN = {"type": "plain_text", "text": NAME}
MARKUP = {"type": "mrkdwn", "text": f"*{NAME}*"}
EVERYTHING: dict[str, Any] = {
    "text": NAME,
    "blocks": [
        {"type": "header", "text": PLAIN},
        {"type": "section", "text": MARKUP, "fields": [MARKUP] * 10},
        {"type": "divider"},
        {"type": "context", "elements": [MARKUP] * 10},
        {
            "type": "section",
            "text": MARKUP,
            "accessory": {"type": "button", "text": PLAIN, "url": "https://example.com/{{ account.id }}"},
        },
        {
            "type": "actions",
            "elements": [
                {"type": "button", "text": PLAIN, "url": "https://example.com/", "style": "primary"}
            ],
        },
        {"type": "image", "image_url": "https://example.com/a.png", "alt_text": NAME, "title": PLAIN},
    ],
}
VALUES = {
    "empty": "",
    "blank": " \n ",
    "10 KB": "x" * 10_000,
    "10 KB of &": "&" * 10_000,
    "emoji": "🏴󠁧󠁢󠁥󠁮󠁧󠁿👩‍👩‍👧‍👦🚨" * 600,
    "mentions": "<!channel> <@U012AB3CD> @here <https://evil.example|click> " * 200,
    "markup": "*_~`> \\ & < >",
}


def filled(value: str, message: dict[str, Any] = EVERYTHING) -> dict[str, Any]:
    return slack_message(message, {"account": {"name": value, "id": "A-1"}}, "webhook_1", render)


def taken_by_slack(message: dict[str, Any]) -> None:
    """By slack_sdk's models, and by what they do not look at: 50 blocks, unknown types, empty texts."""
    assert len(message["blocks"]) <= 50
    for block in message["blocks"]:
        parsed = Block.parse(block)
        assert parsed is not None
        assert json.loads(json.dumps(parsed.to_dict())) == block
    assert Message.model_validate({**message, "blocks": message["blocks"][:MOST_BLOCKS]})
    assert message["text"].strip()


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_slack_takes_it_whatever_it_is_filled_with(value: str) -> None:
    taken_by_slack(filled(value))


@given(st.text(max_size=4_000))
def test_slack_takes_any_text(value: str) -> None:
    message = filled(value)
    assert faults_of({**message, "blocks": message["blocks"][:MOST_BLOCKS]}, filled=True) == []


@pytest.mark.parametrize("play", standard_playbook().plays, ids=lambda play: play.id)
def test_slack_takes_the_messages_of_the_standard_plays(play: Any) -> None:
    context = sample_context(standard_playbook().catalogue)
    for value in ("Acorn", *VALUES.values()):
        named = {**context, "account": {**context["account"], "name": value}}
        for webhook in play.webhooks:
            if webhook.message:
                taken_by_slack(slack_message(webhook.message, named, "webhook_1", render))


def test_values_cannot_mention_anybody_or_make_a_link() -> None:
    shown = json.dumps(filled(VALUES["mentions"]))
    assert "<!" not in shown
    assert "<@" not in shown
    assert "<http" not in shown
    assert "&lt;!channel&gt;" in shown


def test_slack_makes_no_mention_of_a_plain_name() -> None:
    """Without `verbatim` Slack looks for `@here` and `#general` in the text itself."""
    message = filled("@here #general")
    texts = [text for block in message["blocks"] for text in (block.get("text"), *block.get("fields", ()))]
    markups = [text for text in texts if text and text["type"] == "mrkdwn"]
    assert len(markups) == 12
    assert all(text["verbatim"] for text in markups)


def test_who_wants_slack_to_look_for_addresses_and_names_says_so() -> None:
    section = {"type": "section", "text": {**MARKUP, "verbatim": False}}
    assert filled("x", {"text": "t", "blocks": [section]})["blocks"][0]["text"]["verbatim"] is False


def test_a_message_without_blocks_is_seen_in_the_channel_too() -> None:
    """Beside blocks Slack shows the text in notifications only, and there is always one: the id."""
    message = filled("Harbor & Labs", {"text": f"{NAME} is quiet"})
    taken_by_slack(message)
    shown = {"type": "mrkdwn", "text": "Harbor &amp; Labs is quiet", "verbatim": True}
    assert message["blocks"][0] == {"type": "section", "text": shown}
    assert len(message["blocks"]) == 2


def test_notifications_have_a_text_and_repetitions_can_be_told() -> None:
    message = filled("Harbor Labs")
    assert message["text"] == "Harbor Labs"
    assert message["blocks"][-1]["elements"][0]["text"] == "Keepwell · webhook_1"


def test_a_value_in_an_address_is_not_escaped_for_markup() -> None:
    button = {"type": "button", "text": PLAIN, "url": "https://x.example/?q={{ account.name | url_encode }}"}
    message = {"text": "t", "blocks": [{"type": "actions", "elements": [button]}]}
    [url] = [element["url"] for element in filled("A & B", message)["blocks"][0]["elements"]]
    assert url == "https://x.example/?q=A+%26+B"


def test_an_address_holds_nothing_that_an_address_cannot() -> None:
    """Slack would refuse the whole message."""
    button = {"type": "button", "text": PLAIN, "url": f"https://x.example/{NAME}?a=1&b=%20#c"}
    message = {"text": "x", "blocks": [{"type": "actions", "elements": [button]}]}
    [url] = [element["url"] for element in filled('A\n"Ö|<>', message)["blocks"][0]["elements"]]
    assert url == "https://x.example/A%0A%22%C3%96%7C%3C%3E?a=1&b=%20#c"


@pytest.mark.parametrize("value", ["", "javascript:alert(1)", "https://", "x" * 10])
def test_what_is_no_address_is_not_sent(value: str) -> None:
    button = {"type": "button", "text": PLAIN, "url": NAME}
    with pytest.raises(RejectedInput, match="is no address"):
        filled(value, {"text": "t", "blocks": [{"type": "actions", "elements": [button]}]})


def test_an_address_that_is_too_long_is_not_sent() -> None:
    image = {"type": "image", "image_url": NAME, "alt_text": "a"}
    with pytest.raises(RejectedInput, match=r"blocks\.0\.image_url: .* at most 3000"):
        filled("https://x.example/" + "x" * 3_000, {"text": "t", "blocks": [image]})


@pytest.mark.parametrize(
    ("text", "longest", "expected"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "ab…"),
        ("a&amp;b", 4, "a…"),
        ("ab&amp;cd", 8, "ab&amp;…"),
        ("see <https://x.example|here> now", 20, "see …"),
        ("see <@U1> now", 11, "see <@U1> …"),
        ("👩\u200d👧\u200d👦", 3, "👩…"),
    ],
)
def test_a_long_text_is_cut_between_what_belongs_together(text: str, longest: int, expected: str) -> None:
    assert shortened(text, longest) == expected


PLAY = """\
name: P
state: live
trigger: {segment: at-risk}
webhooks:
  - endpoint: slack
    message:
      text: Hello
      blocks:
"""


def lint(folder: Path, *blocks: str) -> list[Finding]:
    files = {"endpoints/slack.yaml": "kind: slack\n", "plays/p.yaml": PLAY}
    files["plays/p.yaml"] += "".join(f"        - {block}\n" for block in blocks)
    files["segments/at-risk.yaml"] = "name: At risk\ndescription: D.\ncriteria: Health = Poor\n"
    found = check_playbook(write_folder(folder, files), BLOCS)
    return [finding for finding in found if finding.file.endswith("p.yaml")]


@pytest.mark.parametrize(
    ("block", "column", "said"),
    [
        ("{type: sectoin, text: {type: mrkdwn, text: a}}", 11, "'sectoin' is not one of header, section"),
        ("{type: header, text: {type: mrkdwn, text: a}}", 39, "'mrkdwn' is not one of plain_text"),
        ("{type: section}", 11, "a section has a text or fields"),
        ("{type: context, elements: []}", 37, "expected at least one of them"),
        ("{type: header}", 11, "the key 'text' is missing"),
        ("{type: divider, colour: red}", 27, "the key 'colour' is not known here"),
        ("{text: a}", 11, "expected a part with a `type`"),
    ],
)
def test_lint_tells_what_slack_would_refuse(tmp_path: Path, block: str, column: int, said: str) -> None:
    [finding] = lint(tmp_path, block)
    assert (finding.line, finding.column) == (9, column), finding
    assert said in finding.message


def test_lint_counts_the_blocks(tmp_path: Path) -> None:
    assert lint(tmp_path, *["{type: divider}"] * MOST_BLOCKS) == []
    [finding] = lint(tmp_path, *["{type: divider}"] * (MOST_BLOCKS + 1))
    assert finding.message.startswith("50 blocks are too many: Slack takes 50, and the last is Keepwell's")


def test_lint_counts_no_letters_of_templates(tmp_path: Path) -> None:
    """What they are filled with may be short."""
    template = "{% if account.name == 'a' %}" + "b" * 300 + "{% else %}c{% endif %}"
    assert lint(tmp_path, f'{{type: header, text: {{type: plain_text, text: "{template}"}}}}') == []
