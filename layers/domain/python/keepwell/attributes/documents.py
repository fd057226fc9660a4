"""Values as JSON and back: a date as {"date": "2026-01-12"}, several values as a list."""

from datetime import date
from typing import Any

from keepwell.attributes.catalogue import Value


def to_document(value: Value) -> Any:
    """A value as JSON."""
    if isinstance(value, date):
        return {"date": value.isoformat()}
    return list(value) if isinstance(value, tuple) else value


def from_document(document: Any) -> Value:
    """The value of a document that `to_document` made; ValueError, KeyError or TypeError for what is none."""
    if isinstance(document, dict):
        return date.fromisoformat(document["date"])
    return tuple(document) if isinstance(document, list) else document
