"""docs/reference/command.md: every verb with its help, options and example, read off the command itself.

The examples of its JSON are in docs/reference/command.json; a test compares them with what the verbs answer.
`python -m keepwell_cli.reference` writes it, `--check` ends with 1 if it is out of date.
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import typer

from keepwell_cli.main import VERBS, build, words_of

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "command.md"

HEAD = """# The `keepwell` command

Generated from the command by `python -m keepwell_cli.reference` (`make docs`): change it there.

Every verb takes `--help` and `--json`. With `--json`, stdout carries one JSON document, and progress and logs
go to stderr. An error is then `{"error": …}`; for a faulty condition also `line`, `column` and `suggestion`.

| ends with | means |
| --- | --- |
| 0 | done |
| 1 | done with findings: rejected rows, things to mend, failures |
| 2 | wrong usage, or input that cannot be read |
| 3 | the cloud cannot be reached, has no such stack, or is not done after the time that `--wait` waits |
| 130 | interrupted (Ctrl-C); what was started by then goes on |

A verb that works on a stack takes the local cloud if it is up. Otherwise, or if AWS_PROFILE,
AWS_ACCESS_KEY_ID or AWS_ENDPOINT_URL is set, or `--stack` is given, it takes the stack that `--stack` or
KEEPWELL_STACK names (default: `keepwell`) where the environment's credentials lead. KEEPWELL_CLOUD names
another run folder for the local cloud than `.cache/cloud`.
"""

# An example of what each verb says under --json, with lists cut to one, and what is to be said of it.
ANSWERS: Mapping[str, Mapping[str, Any]] = json.loads(PAGE.with_suffix(".json").read_text(encoding="utf-8"))


def reference() -> str:
    """The page."""
    group = typer.main.get_command(build())
    return "\n".join([HEAD, *(_section(words_of(verb), group) for verb in VERBS)])


def _section(words: list[str], group: Any) -> str:
    verb, command = " ".join(words), group
    for word in words:
        command = command.commands[word]
    context = command.context_class(command, info_name=f"keepwell {verb}")
    help_text, _, example = (command.help or "").partition("Example: ")
    usage = " ".join(["keepwell", verb, *command.collect_usage_pieces(context)])
    parts = [
        f"## keepwell {verb}\n",
        f"{help_text.strip()}\n",
        f"```\n{usage}\n```\n",
        _options(command, context),
        f"Example: {example.strip()}\n",
        "With `--json`:\n",
        f"```json\n{_shown(ANSWERS[verb]['document'])}\n```\n",
        f"{ANSWERS[verb]['note']}\n" if "note" in ANSWERS[verb] else "",
    ]
    return "\n".join(part for part in parts if part)


def _options(command: Any, context: Any) -> str:
    rows = list(_rows(command, context))
    return "\n".join(["| option | |", "| --- | --- |", *rows, ""]) if rows else ""


def _rows(command: Any, context: Any) -> Iterator[str]:
    for parameter in command.params:
        record = parameter.get_help_record(context)
        if record is None or "--json" in parameter.opts:
            continue
        name, text = (re.sub(r"\s+", " ", part).strip().replace("|", "\\|") for part in record)
        yield f"| `{name}` | {text} |"


def _shown(value: Any, indent: int = 0) -> str:
    """JSON in which what fits on a line is on one line."""
    line = json.dumps(value, ensure_ascii=False)
    if len(line) + indent <= 100 or not isinstance(value, dict | list):
        return line
    pad = " " * (indent + 2)
    if isinstance(value, list):
        inner, (opens, closes) = [_shown(item, indent + 2) for item in value], "[]"
    else:
        inner = [f"{json.dumps(key)}: {_shown(item, indent + 2)}" for key, item in value.items()]
        opens, closes = "{}"
    return "\n".join([opens, ",\n".join(pad + item for item in inner), " " * indent + closes])


def main() -> None:
    """Write the page, or with --check say whether it is out of date."""
    stale = not PAGE.exists() or PAGE.read_text(encoding="utf-8") != reference()
    if "--check" in sys.argv[1:]:
        raise SystemExit("docs/reference/command.md is out of date: run make docs" if stale else 0)
    PAGE.write_text(reference(), encoding="utf-8")


if __name__ == "__main__":
    main()
