"""Ids as a person types them: what can be none is refused before anything is looked up."""

from keepwell.attributes.cells import quoted
from keepwell.errors import RejectedInput

LONGEST, LONGEST_OF_ACCOUNT = 1_000, 2_048
"""In bytes: what a key of the tables takes, with what stands before the id there."""


def read_id(text: str, noun: str) -> str:
    """The id of an `account`, a `task` and so on, as it was typed. Raises RejectedInput for what is blank, or
    longer than any is."""
    if not text.strip():
        article = "an" if noun[0] in "aeio" else "a"
        raise RejectedInput(f"name {article} {noun}: an id is not blank")
    longest, found = LONGEST_OF_ACCOUNT if noun == "account" else LONGEST, len(text.encode())
    if found > longest:
        raise RejectedInput(
            f"there is no {noun} {quoted(text)}: an id has {longest:,} bytes at most, this one {found:,}"
        )
    return text
