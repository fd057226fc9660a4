"""`--request`: a name for what is asked for, by which it is known where it is asked for once more."""

from typing import Annotated
from uuid import uuid4

import typer

from keepwell.errors import RejectedInput

LONGEST = 100
"""In characters: it becomes part of the keys of what is made."""

Request = Annotated[
    str | None,
    typer.Option(metavar="ID", help="Names this request: asked for again, it is not done again."),
]


def read_request(request: str | None) -> str:
    """The name of a request, one of its own where none is given. Raises RejectedInput for what is none."""
    if request is None:
        return uuid4().hex[:12]
    if "/" in request or not 0 < len(request.strip()) <= LONGEST:
        raise RejectedInput(f"a request has a name of 1 to {LONGEST} characters, without a slash")
    return request
