"""What every verb of the command has in common: how it answers, how it fails, how it shows its progress.

A verb returns an Answer or raises. stdout carries the answer alone (one JSON document under --json);
progress, warnings and errors go to stderr. Exit codes: 0 done, 1 done with findings, 2 wrong usage or input
that cannot be read, 3 the cloud cannot be reached or is not done in time, 130 interrupted while waiting.
"""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import botocore.exceptions
from rich.console import Console, RenderableType
from rich.markup import escape
from rich.text import Text

from keepwell.errors import FaultyCondition, KeepwellError, RejectedInput, TransientFailure

AWS_ERRORS = (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError)

NEVER_WRAPPED = 100_000


def _console(*, stderr: bool = False) -> Console:
    """A console as wide as the terminal; into a file or a pipe nothing is wrapped, so that grep finds it."""
    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, highlight=False, width=None if stream.isatty() else NEVER_WRAPPED)


progress = _console(stderr=True)


class Exit(IntEnum):
    DONE = 0
    FINDINGS = 1
    USAGE = 2
    NO_CLOUD = 3
    INTERRUPTED = 130


class NoCloudError(KeepwellError):
    """The cloud cannot be reached or has no stack; the text says what to do."""


@dataclass(frozen=True)
class Answer:
    """What a verb found out: `document` for --json, `view` for people (anything rich can print).

    `unreadable` says that the answer is about an input that could not be read at all, `interrupted` that the
    wait for the rest was broken off, `unfinished` that it went on for too long.
    """

    document: Mapping[str, Any]
    view: RenderableType
    findings: bool = False
    unreadable: bool = False
    interrupted: bool = False
    unfinished: bool = False


def conclude(verb: Callable[[], Answer], *, as_json: bool) -> Exit:
    """Run a verb, print what it answers or why it could not, and say how the command ends."""
    try:
        answer = verb()
    except (KeepwellError, *AWS_ERRORS) as error:
        return _failed(error, as_json=as_json)
    except KeyboardInterrupt:
        return _interrupted(as_json=as_json)
    if as_json:
        print_document(answer.document)
    else:
        _console().print(answer.view, crop=False)
    if answer.interrupted:
        return Exit.INTERRUPTED
    if answer.unfinished:
        return Exit.NO_CLOUD
    if answer.unreadable:
        return Exit.USAGE
    return Exit.FINDINGS if answer.findings else Exit.DONE


def _interrupted(*, as_json: bool) -> Exit:
    """Say that somebody broke the command off."""
    progress.print("Interrupted.")
    if as_json:
        print_document({"error": "interrupted"})
    return Exit.INTERRUPTED


def plain(told: object) -> Text:
    """Text that came from outside, for a view: shown as it is, with nothing that a terminal would act on."""
    return Text(
        "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in str(told))
    )


def whole(rows: Mapping[str, str]) -> Text:
    """Names and values, one to a line, for a view: however narrow the terminal, no value is cut or folded."""
    widest = max(map(len, rows), default=0)
    return verbatim("\n".join(f"{name:<{widest}}  {value}" for name, value in rows.items()))


def verbatim(lines: str) -> Text:
    """Lines for a view that no terminal folds, so that they can be kept in a file."""
    text = plain("\n".join(lines.splitlines()))
    text.no_wrap, text.overflow = True, "ignore"
    return text


@contextmanager
def step(text: str) -> Iterator[None]:
    """Show on stderr that a step is under way: a spinner on a terminal, else a line."""
    if not progress.is_terminal:
        progress.print(escape(text))
        yield
        return
    with progress.status(escape(text)):
        yield


def _failed(error: Exception, *, as_json: bool) -> Exit:
    text = str(error) if isinstance(error, KeepwellError) else _cloud_error(error)
    progress.print(f"[bold red]Error:[/] {escape(text)}", soft_wrap=True)
    if as_json:
        print_document(_error_document(error, text))
    return Exit.NO_CLOUD if _is_the_clouds(error) else Exit.USAGE


def _is_the_clouds(error: Exception) -> bool:
    """Whether the cloud is at fault, be it an AWS error as it came or one an adapter has put into words."""
    if isinstance(error, RejectedInput):
        return False
    return isinstance(error, (NoCloudError, TransientFailure, *AWS_ERRORS)) or isinstance(
        error.__cause__, AWS_ERRORS
    )


def _error_document(error: Exception, text: str) -> dict[str, Any]:
    if not isinstance(error, FaultyCondition):
        return {"error": text}
    place = {"line": error.line, "column": error.column, "suggestion": error.suggestion}
    return {"error": error.message, **place}


def _cloud_error(error: Exception) -> str:
    """The words of an AWS error, with what to do about it."""
    unreachable = (botocore.exceptions.ConnectionError, botocore.exceptions.HTTPClientError)
    if isinstance(error, unreachable):
        return f"{error}\nIs the local cloud still up (`keepwell status`)? Is AWS_ENDPOINT_URL right?"
    if isinstance(error, botocore.exceptions.ClientError):
        return f"{error}\nThe cloud answered and refused; check the credentials and the stack's name."
    return f"There is no cloud: start a local one (`keepwell up`) or set AWS credentials and region.\n{error}"


def print_document(document: Mapping[str, Any]) -> None:
    """Write the one document of --json; a byte of the command line that is no text shows as `?`."""
    text = json.dumps(document, indent=2, ensure_ascii=False, default=str)
    sys.stdout.write(text.encode(errors="replace").decode() + "\n")
