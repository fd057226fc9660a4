"""Templates written by users: Liquid with limits, behind one `render` (architecture section 10).

Imported only where something is sent or checked: python-liquid takes half a second to import.
"""

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache, wraps
from typing import Any

from liquid import BoundTemplate, Environment, Undefined
from liquid.builtin.filters.misc import date
from liquid.exceptions import FilterError, LiquidError, OutputStreamLimitError, UndefinedError
from liquid.filter import with_environment

from keepwell.errors import RejectedInput

# Bytes. What is more is not a message to a person: of values that come to more the end is left out.
LONGEST_OUTPUT = 20_000
_TOO_LONG = f"it comes to more than {LONGEST_OUTPUT:,} characters; shorten it"
# Where filling in ends, whatever would be left out of it; in characters, and in bytes.
_LONGEST_STEP, _LONGEST_FILLED = 100_000, 1_000_000

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
    """Liquid without other templates, the machine's clock, and texts without end."""

    loop_iteration_limit = 1_000
    local_namespace_limit = 100_000
    output_stream_limit = _LONGEST_FILLED

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        super().setup_tags_and_filters(extra=extra)
        for tag in _OTHER_TEMPLATES:
            del self.tags[tag]
        self.filters["date"] = _date
        self.filters.update({name: _bounded(each) for name, each in self.filters.items()})


@with_environment
def _date(value: object, layout: str, *, environment: Environment) -> object:
    """As in Liquid, where `now` is a text like any other that is no date."""
    return value if value in ("now", "today") else date(value, layout, environment=environment)


def _bounded(filter_: Callable[..., object]) -> Callable[..., object]:
    """The filter, which fails where what it makes is too long: the limits of Liquid see only what is written
    in the end."""

    @wraps(filter_)
    def bounded(*args: object, **options: object) -> object:
        found = filter_(*args, **options)
        if isinstance(found, str) and len(found) > _LONGEST_STEP:
            raise FilterError("it comes to too much on the way", token=None)
        return found

    return bounded


class _NoSuchPart(Undefined):
    """Fails where a template asks for a part that something which is there does not have."""

    def __init__(self, name: str, *, token: Any = None, obj: object = None, hint: str | None = None):
        super().__init__(name, token=token, obj=obj, hint=hint)
        asked = (hint or "").removesuffix(" is undefined")
        if asked.startswith((f"{name}.", f"{name}[")):
            raise UndefinedError(f"there is no {asked}", token=token)


_ENVIRONMENT, _TRIAL = _Limited(), _Limited(undefined=_NoSuchPart)


@lru_cache(maxsize=512)
def _template(text: str) -> BoundTemplate:
    _refuse_ranges(text)
    return _ENVIRONMENT.from_string(text)


def _refuse_ranges(text: str) -> None:
    if found := _RANGE.search(text):
        raise FaultyTemplate(text, "it has a range such as (1..9); write it without", found.start())


def render(text: str, context: Mapping[str, Any]) -> str:
    """Fill in a template. A name without a value is empty (use the `default` filter).

    Raises RejectedInput, with the template's line, for a faulty or too greedy template, and for values that
    it cannot calculate with.
    """
    try:
        filled = _template(text).render(**context)
        told = filled.encode()
    except (LiquidError, *_MISFITS) as error:
        raise RejectedInput(f"the template {text[:60]!r} cannot be filled in: {_said(error)}") from error
    return filled if len(told) <= LONGEST_OUTPUT else told[: LONGEST_OUTPUT - 3].decode(errors="ignore") + "…"


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
    """Fill in a template with a sample in which nothing is empty. Raises FaultyTemplate if that fails, asks
    for parts that are not there, or comes to more than a text may."""
    _refuse_ranges(text)
    try:
        filled = _TRIAL.from_string(text).render(**sample)
    except (LiquidError, *_MISFITS) as error:
        raise _fault(text, error) from error
    if len(filled.encode()) > LONGEST_OUTPUT:
        raise FaultyTemplate(text, _TOO_LONG)


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
        return _TOO_LONG
    return str(error.message or type(error).__name__) if isinstance(error, LiquidError) else str(error)


def _nearest(written: str, known: Iterable[str]) -> str | None:
    return next(iter(difflib.get_close_matches(written, list(known), n=1)), None)
