"""Templates written by users: Liquid with limits, behind one `render` (architecture section 10).

Imported only where something is sent or checked: python-liquid takes half a second to import.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from liquid import BoundTemplate, Environment
from liquid.exceptions import LiquidError

from keepwell.errors import RejectedInput

# A template that needs more than this is not a message to a person.
LONGEST_OUTPUT = 20_000

# What the filters of python-liquid let through where a value is not what they calculate with.
_MISFITS = (ArithmeticError, ValueError)


# A range such as (1..99999999) is built whole before any limit is looked at.
_RANGE = re.compile(r"\{[{%][^}]*\([^()}]*\.\.[^()}]*\)")


class _Limited(Environment):
    loop_iteration_limit = 1_000
    local_namespace_limit = 100_000
    output_stream_limit = LONGEST_OUTPUT


_ENVIRONMENT = _Limited()


@lru_cache(maxsize=512)
def _template(text: str) -> BoundTemplate:
    if _RANGE.search(text):
        raise RejectedInput(f"the template {text[:60]!r} has a range such as (1..9); write it without")
    return _ENVIRONMENT.from_string(text)


def render(text: str, context: Mapping[str, Any]) -> str:
    """Fill in a template. A name without a value is empty (use the `default` filter).

    Raises RejectedInput, with the template's line, for a faulty or too greedy template, and for values that
    it cannot calculate with.
    """
    try:
        return _template(text).render(**context)
    except (LiquidError, *_MISFITS) as error:
        raise RejectedInput(f"the template {text[:60]!r} cannot be filled in: {error}") from error


def names_in(text: str) -> set[str]:
    """The dotted names a template reads, such as `account.name`. Raises RejectedInput for a faulty one."""
    try:
        return {str(name) for name in _template(text).global_variable_paths(include_partials=False)}
    except LiquidError as error:
        raise RejectedInput(f"the template {text[:60]!r} is faulty: {error}") from error
