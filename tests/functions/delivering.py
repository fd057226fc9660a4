"""Deliveries as a test stores them, and what became of them."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import boto3

from keepwell.deliveries import Channel, Delivery
from keepwell.playbook.bundle import write_bundle
from keepwell_aws.control import DynamoControl
from keepwell_aws.deliveries import DynamoDeliveries
from keepwell_aws.files import S3Files
from keepwell_aws.playbooks import ActivePlaybook, default_bundle
from tests.aws_tables import Names
from tests.functions.invoking import PERSONAL, cases, of_messages
from tests.story import NOON


def store(
    stack: Names, delivery_id: str, channel: Channel, to: str, due_at: datetime = NOON, body: str = "{}"
) -> Delivery:
    """Put a delivery that is due, as a launch does; its text is personal."""
    delivery = Delivery(
        delivery_id=delivery_id,
        account_id="A-001",
        channel=channel,
        to=to,
        subject=f"{PERSONAL[0]} fell to Poor",
        body=body,
        play="health-drop-to-poor",
        transition_id="A-001/at-risk/1/entered",
        created_at=NOON,
        due_at=due_at,
    )
    DynamoDeliveries(stack.table("deliveries")).add(delivery)
    return delivery


def messages(function: str, delivery_ids: Sequence[str]) -> Any:
    """A batch of the function's queue that names these deliveries."""
    [case] = cases(function)
    return of_messages(function, case, *({"delivery_id": delivery_id} for delivery_id in delivery_ids))


def became(stack: Names, delivery_id: str) -> tuple[str, str]:
    """A delivery's state, and the outcome of its last attempt."""
    delivery = DynamoDeliveries(stack.table("deliveries")).get(delivery_id)
    assert delivery is not None, f"{delivery_id} is lost"
    return delivery.state.value, delivery.attempts[-1].outcome if delivery.attempts else ""


def interruptions(stack: Names, delivery_id: str) -> int:
    """How many of a delivery's attempts ended with the sender's death."""
    delivery = DynamoDeliveries(stack.table("deliveries")).get(delivery_id)
    assert delivery is not None
    return sum("the sender ended" in attempt.outcome for attempt in delivery.attempts)


def set_up(endpoint: str, url: str, secret: str | None = None) -> None:
    """Store the address of a webhook endpoint, as an operator does."""
    value = {"url": url} | ({"secret": secret} if secret else {})
    boto3.client("ssm").put_parameter(
        Name=f"/keepwell/Test/endpoints/{endpoint}",
        Value=json.dumps(value),
        Type="SecureString",
        Overwrite=True,
    )


def impatient_playbook(stack: Names, *more: str) -> None:
    """Make a playbook active whose endpoints have a second to answer, and that is kept in S3; `more` are
    signed endpoints that it has besides."""
    parts = json.loads(default_bundle())
    parts["endpoints"] += [{"id": name, "kind": "signed", "description": ""} for name in more]
    for endpoint in parts["endpoints"]:
        endpoint["timeout_seconds"] = 1
    control, files = DynamoControl(stack.table("control")), S3Files(stack.bucket("files"))
    ActivePlaybook(control, files).activate(write_bundle(parts), NOON)


def mapping_playbook(stack: Names, mappings: Mapping[str, Mapping[str, Any]]) -> None:
    """Make a playbook active whose mappings of accounts have these names, and say this besides."""
    parts = json.loads(default_bundle()) | {"owner": "ops@example.com"}
    columns = {name: {"column": name} for name in ("Account ID", "NPS")}
    plain = {"object": "accounts", "columns": columns, "clear_blanks": False, "encoding": None}
    parts["mappings"] = [{"id": name, **plain, **says} for name, says in mappings.items()]
    control, files = DynamoControl(stack.table("control")), S3Files(stack.bucket("files"))
    ActivePlaybook(control, files).activate(write_bundle(parts), NOON)
