"""`keepwell pulls` and `keepwell pull`: the files that are fetched from the buckets of others."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import boto3
import typer
from botocore.config import Config
from rich.console import Group, RenderableType
from rich.table import Table

from infra import system
from keepwell.imports.mapping import ImportMapping
from keepwell.imports.pulling import PullRun, due_at, last_run, pull_named, pull_of, pulls_of
from keepwell.playbook import Playbook
from keepwell_cli.output import Answer, NoCloudError, plain, step
from keepwell_cli.stack import Stack, StackName

PullName = Annotated[
    str, typer.Argument(metavar="NAME", help="The pull's name, which is that of its mapping.")
]


def pulls(stack: StackName = None) -> Answer:
    """Show the pulls of the playbook: from where, when they ran and will run, and what came last.

    Ends with 1 if the last run of one failed.

    Example: `keepwell pulls`
    """
    target = Stack.configured(stack)
    playbook, now = target.playbooks.get(), target.clock.now()
    documents = [
        _document(mapping, last_run(name, target.control), playbook, now)
        for name, mapping in pulls_of(playbook).items()
    ]
    return Answer({"pulls": documents}, _view(documents), findings=_has_failed(documents))


def pull(name: PullName, stack: StackName = None) -> Answer:
    """Run a pull now, due or not: new files are copied into the drops, and imported like any other.

    Ends with 1 if it failed.

    Example: `keepwell pull sfdc`
    """
    target = Stack.configured(stack)
    playbook, now = target.playbooks.get(), target.clock.now()
    mapping = pull_named(name, playbook)
    with step(f"Pulling {name}"):
        run = PullRun.from_row(_invoke(target, {"pull": name})["pulls"][name])
    document = _document(mapping, run, playbook, now)
    return Answer(document, _run_view(document), findings=_has_failed([document]))


def _invoke(stack: Stack, event: Mapping[str, Any]) -> dict[str, Any]:
    """Run the function and wait for its answer; asked once, since it goes on where nobody waits any more."""
    patience = Config(read_timeout=system.PULL_IMPORTS.timeout + 10, retries={"total_max_attempts": 1})
    answer = boto3.client("lambda", config=patience).invoke(
        FunctionName=f"{stack.name}-{system.PULL_IMPORTS.name}", Payload=json.dumps(event).encode()
    )
    said: dict[str, Any] = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        raise NoCloudError(f"The pull ended with an error: {said.get('errorMessage', said)}")
    return said


def _document(
    mapping: ImportMapping, run: PullRun | None, playbook: Playbook, now: datetime
) -> dict[str, Any]:
    pull = pull_of(mapping)
    due = due_at(pull, run, now, playbook)
    return {
        "pull": mapping.id,
        "object": mapping.object,
        "from": f"s3://{pull.bucket}/{pull.prefix}",
        "every": pull.every,
        "last_run": _told(run.ran_at if run else None),
        "next_run": _told(due),
        "took": run.took if run else 0,
        "left": run.left if run else 0,
        "problem": run.problem if run else "",
        "came_at": _told(run.came_at if run else None),
        "came": [{"file": came.file, "drop_id": came.drop_id} for came in run.came] if run else [],
    }


def _told(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None


def _has_failed(documents: Sequence[Mapping[str, Any]]) -> bool:
    return any(each["problem"] for each in documents)


def _view(documents: Sequence[Mapping[str, Any]]) -> RenderableType:
    if not documents:
        return "Nothing is pulled: no mapping of the playbook has `pull:`."
    table = Table(
        "pull", "from", "every", "last run", "next run", "came last", box=None, padding=(0, 2, 0, 0)
    )
    for each in documents:
        came = f"{each['came'][-1]['file']}, {each['came_at']}" if each["came"] else "nothing yet"
        cells = (each["pull"], each["from"], each["every"], each["last_run"], each["next_run"], came)
        table.add_row(*(plain(cell or "never") for cell in cells))
    problems = [plain(f"{each['pull']}: {each['problem']}") for each in documents if each["problem"]]
    return Group(table, *problems)


def _run_view(document: Mapping[str, Any]) -> RenderableType:
    if document["problem"]:
        return plain(document["problem"])
    left = (
        f"; {document['left']} other objects were left, which are no CSV or XLSX" if document["left"] else ""
    )
    lines = [f"{document['took']} new files from {document['from']}{left}"]
    came = document["came"][-document["took"] :] if document["took"] else []
    lines += [f"{each['file']}  {each['drop_id']}" for each in came]
    return plain("\n".join(lines))
