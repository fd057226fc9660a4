"""Templates written by users: Liquid with limits, behind one `render` (architecture section 10).

Imported only where something is sent or checked: python-liquid takes half a second to import.
"""

import difflib
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from liquid import BoundTemplate, Environment
from liquid.exceptions import LiquidError, OutputStreamLimitError

from keepwell.errors import RejectedInput

# A template that needs more than this is not a message to a person.
LONGEST_OUTPUT = 20_000

# What the filters of python-liquid let through where a value is not what they work with.
_MISFITS = (ArithmeticError, ValueError, LookupError)


# A range such as (1..99999999) is built whole before any limit is looked at.
_RANGE = re.compile(r"\{[{%][^}]*\([^()}]*\.\.[^()}]*\)")


# The filter asks the machine what time it is, and in its own zone: a text would be another one when repeated.
_CLOCK = re.compile(r"""["'](?:now|today)["']\s*\|\s*date\b""")


# What would read another template: there is none to read.
_OTHER_TEMPLATES = ("include", "render")


class FaultyTemplate(RejectedInput):
    """A template that cannot be filled in, even where no name is empty.

    `offset` is where in its text the fault stands, from 0; `reason` is the fault alone; `suggestion` is what
    was probably meant, or None.
    """

    def __init__(self, text: str, reason: str, offset: int = 0, suggestion: str | None = None):
        hint = f"; did you mean {suggestion}?" if suggestion else ""
        super().__init__(f"the template {text[:60]!r} is faulty: {reason}{hint}")
        self.reason = reason
        self.offset = offset
        self.suggestion = suggestion


class _Limited(Environment):
    loop_iteration_limit = 1_000
    local_namespace_limit = 100_000
    output_stream_limit = LONGEST_OUTPUT


_ENVIRONMENT = _Limited()
for _tag in _OTHER_TEMPLATES:
    del _ENVIRONMENT.tags[_tag]


@lru_cache(maxsize=512)
def _template(text: str) -> BoundTemplate:
    if found := _RANGE.search(text):
        raise FaultyTemplate(text, "it has a range such as (1..9); write it without", found.start())
    return _ENVIRONMENT.from_string(text)


def render(text: str, context: Mapping[str, Any]) -> str:
    """Fill in a template. A name without a value is empty (use the `default` filter).

    Raises RejectedInput, with the template's line, for a faulty or too greedy template, and for values that
    it cannot calculate with.
    """
    try:
        return _template(text).render(**context)
    except (LiquidError, *_MISFITS) as error:
        raise RejectedInput(f"the template {text[:60]!r} cannot be filled in: {_said(error)}") from error


def names_in(text: str) -> dict[str, int]:
    """The dotted names a template reads, such as `account.name`, with the offset at which each stands first.

    Raises FaultyTemplate for one that does not parse, that asks for the time of the machine, or that has a
    tag or a filter there is not, wherever it stands: a filter is otherwise missed only once it is reached.
    """
    try:
        analysis = _template(text).analyze(include_partials=False)
    except LiquidError as error:
        raise _fault(text, error) from error
    if clock := _CLOCK.search(text):
        reason = "a text does not ask what time it is: transition.day is the tenant's day"
        raise FaultyTemplate(text, reason, clock.start())
    for name, spans in analysis.filters.items():
        if name not in _ENVIRONMENT.filters:
            raise FaultyTemplate(
                text, f"unknown filter {name!r}", spans[0].index, _nearest(name, _ENVIRONMENT.filters)
            )
    found = [(str(v), v.span.index) for variables in analysis.globals.values() for v in variables]
    return dict(sorted(found, key=lambda each: -each[1]))


def try_out(text: str, sample: Mapping[str, Any]) -> None:
    """Fill in a template with a sample in which nothing is empty. Raises FaultyTemplate if that fails."""
    try:
        _template(text).render(**sample)
    except (LiquidError, *_MISFITS) as error:
        raise _fault(text, error) from error


def _fault(text: str, error: Exception) -> FaultyTemplate:
    if not isinstance(error, LiquidError):
        return FaultyTemplate(text, str(error))
    offset = max(error.token.start_index, 0) if error.token else 0
    reason = _said(error)
    if "not supported between" in reason:
        reason += "; an attribute is a text here: assign it with `| plus: 0`, which makes it a number"
    wrong = re.fullmatch(r"unexpected tag '(\w+)'", reason)
    return FaultyTemplate(text, reason, offset, _nearest(wrong[1], _ENVIRONMENT.tags) if wrong else None)


def _said(error: Exception) -> str:
    if isinstance(error, OutputStreamLimitError):
        return f"it comes to more than {LONGEST_OUTPUT:,} characters; shorten it"
    return str(error.message or type(error).__name__) if isinstance(error, LiquidError) else str(error)


def _nearest(written: str, known: Iterable[str]) -> str | None:
    return next(iter(difflib.get_close_matches(written, list(known), n=1)), None)
