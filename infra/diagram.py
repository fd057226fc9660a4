"""The pictures of the system page: the flow in the README, and docs/reference/system.md.

`python -m infra.diagram` writes them, `python -m infra.diagram --check` ends with 1 if they are out of date.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from infra import system
from infra.layers import ROOT
from infra.vocabulary import (
    EVERYWHERE,
    Appends,
    Folder,
    Lambda,
    Lent,
    Loads,
    MailEvents,
    OnMail,
    OnObject,
    OnQueue,
    OnSchedule,
    OnStep,
    OnStream,
    Resource,
    Rows,
    Sender,
    Sends,
    Table,
    Thing,
    Unseals,
    Wake,
    Writes,
    whole,
)

README = ROOT / "README.md"
REFERENCE = ROOT / "docs" / "reference" / "system.md"
START, END = "<!-- flow:start -->", "<!-- flow:end -->"

# Nearly every function touches the first, and no one else sees the others.
NOT_IN_THE_PICTURE = {
    system.CONTROL,
    system.FILES / "imports",
    system.FILES / "changes",
    system.FILES / "nights",
    system.FILES / "seen",
    system.FILES / "history",
    system.FILES / "unsplit",
    system.MAIL_EVENTS,
}
# The README's picture leaves out what repeats what others do.
REPEATING = (system.SWEEP, system.RECALCULATE_ACCOUNTS, system.UNDO_IMPORTS)
IN_THE_README = tuple(function for function in system.FUNCTIONS if function not in REPEATING)

HEAD = """# The system

Generated from `infra/system.py` by `python -m infra.diagram`: change it there. Every function also has
{everywhere} among its settings.
"""


def flow(functions: tuple[Lambda, ...] = system.FUNCTIONS) -> str:
    """What wakes what, as Mermaid: boxes are functions, cylinders tables, the others queues and folders."""
    lines = ["```mermaid", "flowchart TD"]
    edges = list(dict.fromkeys(edge for function in functions for edge in _edges(function)))
    nodes = dict.fromkeys(node for edge in edges for node in (edge[0], edge[2]))
    lines += [f"  {_identifier(node)}{_shape(node)}" for node in nodes]
    lines += [f"  {_identifier(a)} {arrow} {_identifier(b)}" for a, arrow, b in edges]
    return "\n".join([*lines, "```"])


Node = Lambda | Resource | Folder | str
Edge = tuple[Node, str, Node]


def _edges(function: Lambda) -> Iterator[Edge]:
    """What wakes a function (solid), and where its work comes from and goes (dotted); secrets stand for the
    endpoints."""
    yield from _wakes(function)
    yield from ((thing, "-.->", function) for thing in function.touches if isinstance(thing, Lent))
    for permission in function.may:
        if isinstance(permission, Writes | Loads | Appends | Sends | Unseals):
            for thing in map(_shown, permission.things):
                if thing not in NOT_IN_THE_PICTURE:
                    yield function, "-.->", thing


def _shown(thing: Thing) -> Resource | Folder:
    return thing if isinstance(thing, Folder) else whole(thing)


def _wakes(function: Lambda) -> Iterator[Edge]:
    match function.wakes:
        case OnObject(folders):
            yield from ((folder, "-->", function) for folder in folders if folder not in NOT_IN_THE_PICTURE)
        case OnQueue(queue):
            yield queue, "-->", function
        case OnStream(table, parts, having):
            yield table, f"-->|{', '.join(parts)}{f' with {having}' if having else ''}|", function
        case OnStep(machine):
            yield machine, "-->", function
        case OnSchedule(expression):
            yield expression, "-->", function
        case OnMail(events):
            yield events, "-->", function


def _identifier(node: Node) -> str:
    match node:
        case Lambda():
            return node.name
        case Folder(bucket, prefix):
            return f"{bucket.name}_{prefix.strip('/')}"
        case Resource():
            return f"{node.name}_{node.kind}"
    return "at_" + "".join(letter if letter.isalnum() else "_" for letter in node)


def _shape(node: Node) -> str:
    match node:
        case Lambda():
            return f'["<b>{node.name}</b>"]'
        case Folder(bucket, prefix):
            return f'[/"{bucket.name}: {prefix}"/]'
        case Table():
            return f'[("{node.name}")]'
        case Sender():
            return '(["mail (SES)"])'
        case MailEvents():
            return '(["mail that came back (SES)"])'
        case Lent():
            return '[/"buckets of others"/]'
        case Resource():
            return f'(["{node.name.replace("_", " ")}"])'
    return f'(["{node}"])'


def reference() -> str:
    """docs/reference/system.md: what is kept, and every function."""
    everywhere = ", ".join(f"`{name}`" for name in sorted(EVERYWHERE))
    kept = [
        [f"`{thing.name}`", thing.kind.replace("_", " "), _detail(thing), f"`{thing.output}`"]
        for thing in _kept()
    ]
    functions = [
        [
            f"`{f.name}`",
            f.does,
            _wake(f.wakes),
            "<br>".join(_permissions(f)),
            _settings(f),
        ]
        for f in system.FUNCTIONS
    ]
    return "\n".join(
        [
            HEAD.format(everywhere=everywhere),
            "## Functions\n",
            _table(["function", "does", "wakes", "may", "settings"], functions),
            "\n## What is kept\n",
            _table(["name", "kind", "detail", "stack output"], kept),
            "\n## The flow\n",
            f"{flow()}\n",
        ]
    )


def _kept() -> list[Resource]:
    everything = [*system.TABLES, *system.BUCKETS, *system.QUEUES, system.UNHANDLED_EVENTS]
    return [*everything, *system.STATE_MACHINES, system.ENDPOINTS]


def _detail(thing: Resource) -> str:
    match thing:
        case Table(key=key, index=index, streamed=streamed):
            texts = [f"key {', '.join(key)}"]
            texts += [f"index {index.name}: {', '.join(index.key)}"] if index else []
            texts += ["stream"] if streamed else []
            return "; ".join(texts)
        case system.FILES | system.FAILURES:
            return "; ".join(f"{prefix or 'all'}: {days} days" for prefix, days in thing.days)
        case system.NIGHTLY:
            return f"cron({thing.cron}), tenant's time zone"
        case system.RECALCULATION | system.UNDO:
            return "begins when a person asks for it"
        case system.ENDPOINTS:
            return f"/keepwell/&lt;stack&gt;/{thing.name}/*"
    return "dead letters after 5 receipts" if thing in system.QUEUES else "nothing reads it; an alarm does"


def _wake(wake: Wake) -> str:
    match wake:
        case OnObject(folders):
            return f"an object in {folders[0].bucket.name}: {', '.join(each.prefix for each in folders)}"
        case OnQueue(queue, batch, at_once):
            return f"queue {queue.name}, {batch} at a time, {at_once} at once"
        case OnStream(table, parts, having):
            return f"changes of {table.name}: {', '.join(parts)}{f' with {having}' if having else ''}"
        case OnMail():
            return "a mail that bounced, or that somebody complained of"
        case OnStep(machine, segments):
            return f"{machine.name}, for {segments} segments" if segments > 1 else machine.name
    return wake.expression


def _permissions(function: Lambda) -> Iterator[str]:
    for permission in function.may:
        things = ", ".join(_told(thing) for thing in permission.things)
        yield f"{type(permission).__name__.lower()} {things}"


def _told(thing: Thing) -> str:
    match thing:
        case Folder(bucket, prefix):
            return f"{bucket.name}: {prefix}"
        case Rows(table, beginnings):
            return f"{table.name}: {' '.join(beginnings)}"
    return thing.name


def _settings(function: Lambda) -> str:
    return " ".join(f"`{name}`" for name in sorted(function.settings - EVERYWHERE))


def _table(head: list[str], rows: list[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *rows])


def pictures() -> dict[Path, str]:
    """Each file that holds a picture, as it should be."""
    readme = README.read_text()
    if START not in readme or END not in readme:
        raise SystemExit(f"README.md has no {START} and {END} to put the picture between")
    before, _, rest = readme.partition(START)
    shown = f"{before}{START}\n{flow(IN_THE_README)}\n{END}{rest.partition(END)[2]}"
    return {README: shown, REFERENCE: reference()}


def main() -> None:
    """Write the pictures, or with --check say which are out of date."""
    stale = [path for path, text in pictures().items() if not path.exists() or path.read_text() != text]
    if "--check" in sys.argv[1:]:
        names = ", ".join(str(path.relative_to(ROOT)) for path in stale)
        raise SystemExit(f"out of date: {names}; run python -m infra.diagram" if stale else 0)
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(pictures()[path])


if __name__ == "__main__":
    main()
