"""The two kinds of webhook message: Slack's Block Kit (product PLY-13) and the signed generic payload."""

from collections.abc import Mapping
from typing import Any

from keepwell.accounts import Account
from keepwell.attributes.cells import show_cell
from keepwell.plays.context import Render, because, escaped, for_slack, name_of
from keepwell.plays.play import Play
from keepwell.standings import Transition

# Slack's limits: a header holds 150 characters of plain text, a section 3,000 of markup.
LONGEST_PLAIN_TEXT = 150
LONGEST_MARKUP = 3_000


def slack_message(
    message: Mapping[str, Any], context: Mapping[str, Any], delivery_id: str, render: Render
) -> dict[str, Any]:
    """A Block Kit message with its templates filled in, texts escaped for Slack's markup.

    Slack has no idempotency key, so a last line shows the delivery's id: repetitions can be told.
    """
    safe = escaped(context, for_slack)
    filled: dict[str, Any] = {key: _filled(part, safe, render) for key, part in message.items()}
    mark = {"type": "context", "elements": [{"type": "mrkdwn", "text": f"Keepwell · {delivery_id}"}]}
    return {**filled, "blocks": [*filled.get("blocks", []), mark]}


def signed_payload(event: str, play: Play, transition: Transition, account: Account) -> dict[str, Any]:
    """A Standard Webhooks body: type, timestamp, and the few fields people use."""
    values = account.facts.values
    return {
        "type": event,
        "timestamp": transition.at.isoformat(),
        "data": {
            "account_id": account.account_id,
            "account_name": name_of(account),
            "health": transition.health.value,
            "health_score": transition.score,
            "contract_value": values.get("Contract Value"),
            "renewal_date": show_cell(values["Renewal Date"]) if "Renewal Date" in values else None,
            "segment": transition.segment,
            "passage": transition.passage.value,
            "sequence": transition.sequence,
            "because": because(transition),
            "play": play.id,
        },
    }


def _filled(part: Any, context: Mapping[str, Any], render: Render, longest: int = LONGEST_MARKUP) -> Any:
    if isinstance(part, str):
        return render(part, context)[:longest]
    if isinstance(part, Mapping):
        longest = LONGEST_PLAIN_TEXT if part.get("type") == "plain_text" else LONGEST_MARKUP
        return {key: _filled(value, context, render, longest) for key, value in part.items()}
    if isinstance(part, list | tuple):
        return [_filled(value, context, render) for value in part]
    return part
