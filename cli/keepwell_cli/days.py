"""Days as a person types them."""

from datetime import datetime

import typer


def read_day(text: str) -> datetime:
    """The midnight with which a day begins, of no zone. Raises typer.BadParameter."""
    try:
        return datetime.strptime(text.strip(), "%Y-%m-%d")  # noqa: DTZ007  a day is no moment
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no day; write it like 2026-11-21") from None
