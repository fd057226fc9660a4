"""E-mail addresses: what passes for one, and how it is written where people go by it."""

import re

from keepwell.attributes.cells import quoted
from keepwell.errors import UnreadableCell

_PART = r"[^@\s,;<>()\"]+"
LONGEST = 254  # characters (RFC 5321)
_ADDRESS = re.compile(rf"{_PART}@{_PART}\.{_PART}")
_WITHIN = re.compile(r"[^@\s,;<>()\"'/]+@[^@\s,;<>()\"'/]+")


def is_address(text: str) -> bool:
    """Whether `text` is one address and nothing else."""
    return len(text) <= LONGEST and text.isprintable() and _ADDRESS.fullmatch(text) is not None


def read_address(text: str) -> str:
    """The address that `text` spells, in small letters, since mail does not tell case apart.

    Raises UnreadableCell for anything else.
    """
    text = text.strip()
    if not is_address(text):
        raise UnreadableCell(f"expected one e-mail address such as ann@example.com, found {quoted(text)}")
    return text.lower()


def without_addresses(text: str) -> str:
    """The text with each address left out: a log tells of nobody (reliability, Privacy)."""
    return _WITHIN.sub("…@…", text)
