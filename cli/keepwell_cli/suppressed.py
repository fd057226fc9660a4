"""`keepwell suppressed`: the addresses that no mail is sent to, because one came back."""

from typing import Annotated, Any

import typer
from rich.table import Table

from keepwell.deliveries.suppression import Suppressed
from keepwell.errors import RejectedInput
from keepwell_cli.acting import By, acting
from keepwell_cli.output import Answer, plain
from keepwell_cli.stack import Stack, StackName

Remove = Annotated[
    str | None, typer.Option(metavar="EMAIL", help="Send mail to this address again, once it is mended.")
]


def suppressed(remove: Remove = None, by: By = None, stack: StackName = None) -> Answer:
    """Show the addresses that no mail is sent to: a mail to them bounced for good, or somebody complained.

    SES has such a list of its own, which this one does not change: see docs/how-to/deliveries.md.

    Example: `keepwell suppressed --remove ann@example.com`
    """
    target = Stack.configured(stack)
    if remove is not None and not target.suppressions.remove(remove, acting(target, by), target.clock.now()):
        raise RejectedInput(f"{remove} is not suppressed; `keepwell suppressed` lists the addresses that are")
    documents = [_document(each) for each in target.suppressions.all()]
    table = Table("address", "since", "cause", "", box=None, padding=(0, 2, 0, 0))
    for each in documents:
        table.add_row(*(plain(each[name]) for name in ("address", "at", "cause", "detail")))
    return Answer({"suppressed": documents}, table if documents else "Mail is sent to every address.")


def _document(found: Suppressed) -> dict[str, Any]:
    return {
        "address": found.address,
        "cause": found.cause.value,
        "detail": found.detail,
        "at": found.at.isoformat(timespec="seconds"),
        "delivery_id": found.delivery_id or None,
    }
