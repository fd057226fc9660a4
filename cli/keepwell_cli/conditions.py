"""docs/reference/conditions.md: its tables of forms, made of the registry of the grammar.

`python -m keepwell_cli.conditions` writes them between their marks, `--check` ends with 1 if they are out of
date. What stands around the tables is written by hand.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from keepwell.attributes import Kind
from keepwell.criteria.forms import GROUPS, Example, Form
from keepwell.criteria.forms.form import ALL

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "conditions.md"

_MARKED = re.compile(r"(<!-- forms: (?P<group>[a-z]+) -->\n).*?(<!-- end -->)", re.DOTALL)
_HEAD = "| form | for | means | example | facts | answer |\n| --- | --- | --- | --- | --- | --- |\n"
_KINDS = {
    Kind.NUMBER: "numbers",
    Kind.DATE: "dates",
    Kind.ORDERED: "ordered lists",
    Kind.CHOICE: "lists",
    Kind.TEXT: "texts",
    Kind.CHOICES: "several values",
    Kind.YES_NO: "yes/no",
}
_ANSWERS = {True: "yes", False: "no", None: "unknown"}


def with_tables(page: str) -> str:
    """The page with every table of forms as the registry has it now."""
    return _MARKED.sub(lambda found: f"{found[1]}{_table(GROUPS[found['group']])}{found[3]}", page)


def _table(forms: tuple[Form, ...]) -> str:
    return _HEAD + "".join(f"| {' | '.join(row)} |\n" for form in forms for row in _rows(form))


def _rows(form: Form) -> Iterator[tuple[str, ...]]:
    """A row per example; what is the same for the form stands in its first."""
    first = (form.written, "accounts" if form.about else _for(form.kinds), form.means)
    for number, example in enumerate(form.examples):
        yield (*(("", "", "") if number else first), *_shown(example))


def _for(kinds: frozenset[Kind]) -> str:
    if kinds == ALL:
        return "everything"
    return ", ".join(words for kind, words in _KINDS.items() if kind in kinds)


def _shown(example: Example) -> tuple[str, str, str]:
    return f"`{example.text}`", f"`{json.dumps(example.facts)}`", _ANSWERS[example.answer]


def main() -> None:
    """Write the tables, or with --check say whether they are out of date."""
    page = PAGE.read_text(encoding="utf-8")
    if "--check" in sys.argv[1:]:
        stale = page != with_tables(page)
        raise SystemExit("docs/reference/conditions.md is out of date: run make docs" if stale else 0)
    PAGE.write_text(with_tables(page), encoding="utf-8")


if __name__ == "__main__":
    main()
