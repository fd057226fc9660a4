"""The `keepwell` command: the list of its verbs, each a function of its own module that returns an Answer.

To add a verb: write `keepwell_cli/<verb>.py` with one typed function (its docstring is the help, with an
example) and name it in VERBS. A verb of two words, `keepwell deliver again`, is the function `deliver_again`.
`--json` and the exit codes come from here.
"""

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from keepwell_cli.account import account
from keepwell_cli.check import check
from keepwell_cli.clock import clock
from keepwell_cli.deliveries import deliver_again, deliveries, endpoints
from keepwell_cli.demo import demo
from keepwell_cli.down import down
from keepwell_cli.drop import drop
from keepwell_cli.held import discard, held, release
from keepwell_cli.imports import imports
from keepwell_cli.init import init
from keepwell_cli.map import map_
from keepwell_cli.nightly import nightly
from keepwell_cli.noise import noise
from keepwell_cli.output import Answer, conclude, print_document
from keepwell_cli.play import play_run
from keepwell_cli.play_try import play_try
from keepwell_cli.playbooks import apply, lint
from keepwell_cli.plays import plays
from keepwell_cli.portfolio import portfolio
from keepwell_cli.pulls import pull, pulls
from keepwell_cli.score import score
from keepwell_cli.segment import segment
from keepwell_cli.segments import segments
from keepwell_cli.status import status
from keepwell_cli.suppressed import suppressed
from keepwell_cli.task import (
    task_assign,
    task_cancel,
    task_comment,
    task_done,
    task_reopen,
    task_show,
    task_snooze,
)
from keepwell_cli.task_asked import task_add, task_change
from keepwell_cli.tasks import tasks
from keepwell_cli.team import team
from keepwell_cli.template import template
from keepwell_cli.touch import touch
from keepwell_cli.touches import touches
from keepwell_cli.undo import undo
from keepwell_cli.up import up
from keepwell_cli.version import version
from keepwell_cli.why import why

VERBS: tuple[Callable[..., Answer], ...] = (
    demo,
    up,
    down,
    status,
    template,
    map_,
    drop,
    imports,
    undo,
    pulls,
    pull,
    nightly,
    clock,
    account,
    portfolio,
    segments,
    segment,
    tasks,
    task_add,
    task_show,
    task_done,
    task_cancel,
    task_reopen,
    task_assign,
    task_snooze,
    task_change,
    task_comment,
    team,
    touch,
    touches,
    plays,
    play_try,
    play_run,
    why,
    held,
    release,
    discard,
    noise,
    deliveries,
    deliver_again,
    endpoints,
    suppressed,
    score,
    check,
    init,
    lint,
    apply,
    version,
)

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout; progress on stderr.")]


class Verbs(TyperGroup):
    """The verbs; under --json wrong usage, too, is told as a document."""

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        extra["obj"] = "--json" in args
        with _told(as_json=extra["obj"]):
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: Any) -> Any:
        with _told(as_json=ctx.obj):
            return super().invoke(ctx)


@contextmanager
def _told(*, as_json: bool) -> Iterator[None]:
    try:
        yield
    except typer.TyperException as error:
        if as_json:
            print_document({"error": error.format_message()})
        raise


def command(verb: Callable[..., Answer]) -> Callable[..., None]:
    """The verb as a command: with --json added, its answer printed and its outcome as the exit code."""

    @functools.wraps(verb)
    def run_verb(*args: object, as_json: bool, **options: object) -> None:
        raise typer.Exit(conclude(functools.partial(verb, *args, **options), as_json=as_json))

    signature = inspect.signature(verb, eval_str=True)
    json_option = inspect.Parameter(
        "as_json", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=AsJson
    )
    parameters = [*signature.parameters.values(), json_option]
    run_verb.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return run_verb


def build() -> typer.Typer:
    """The command with all its verbs."""
    app = typer.Typer(
        cls=Verbs,
        help="Keepwell: customer success in your own AWS account.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="markdown",
        context_settings={"help_option_names": ["--help", "-h"]},
    )
    app.callback()(lambda: None)
    groups: dict[str, typer.Typer] = {}
    for verb in VERBS:
        *group, name = words_of(verb)
        for word in group:
            if word not in groups:
                groups[word] = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown")
                groups[word].callback()(lambda: None)
                app.add_typer(groups[word], name=word, help=f"See `keepwell {word} --help`.")
        (groups[group[0]] if group else app).command(name)(command(verb))
    return app


def words_of(verb: Callable[..., Answer]) -> list[str]:
    """How a verb is typed: `["deliver", "again"]`."""
    return verb.__name__.split("_")


def run() -> None:
    """Entry point of the `keepwell` script."""
    build()()
