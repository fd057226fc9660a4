"""The payload of signed webhooks."""

from datetime import datetime
from typing import Any

from keepwell.accounts import Account
from keepwell.attributes.cells import show_cell
from keepwell.plays.context import because, judged_at, name_of
from keepwell.plays.play import Play
from keepwell.standings import Transition


def signed_payload(
    event: str, play: Play, transition: Transition, account: Account, at: datetime, sequence: int
) -> dict[str, Any]:
    """A Standard Webhooks body: type, timestamp, and the few fields people use, as they were `at` then.

    The account's `sequence` by then grows with each border it crosses, and the person if there is one: a
    receiver that keeps the latest state drops a message whose number is less than the last it took (T5).
    """
    values = account.facts.values
    judged = judged_at(transition, account, later=at > transition.at)
    return {
        "type": event,
        "timestamp": at.isoformat(),
        "data": {
            "account_id": account.account_id,
            "account_sequence": sequence,
            "account_name": name_of(account),
            "health": judged.health.value,
            "health_score": judged.score,
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
