"""The payload of signed webhooks."""

from typing import Any

from keepwell.accounts import Account
from keepwell.attributes.cells import show_cell
from keepwell.plays.context import because, name_of
from keepwell.plays.play import Play
from keepwell.standings import Transition


def signed_payload(event: str, play: Play, transition: Transition, account: Account) -> dict[str, Any]:
    """A Standard Webhooks body: type, timestamp, and the few fields people use.

    `account_sequence` grows with each border the account crosses: a receiver that keeps the latest state
    drops a message whose number is less than the last it took (T5).
    """
    values = account.facts.values
    return {
        "type": event,
        "timestamp": transition.at.isoformat(),
        "data": {
            "account_id": account.account_id,
            "account_sequence": transition.account_sequence,
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
            **({"user_id": transition.user_id} if transition.user_id else {}),
        },
    }
