"""A proposed mapping as the YAML of mappings/<name>.yaml: what a person must look at is said beside it."""

import io
import json
from collections.abc import Iterator, Mapping
from typing import Any

from ruamel.yaml import YAML

from keepwell.attributes import Catalogue
from keepwell.imports.mapping import Source
from keepwell.imports.proposing import OpenQuestion, Proposal, ProposedColumn

_YES_NO_OF_OLD = frozenset(
    {"yes", "no", "y", "n", "on", "off"}
)  # a boolean to YAML 1.1, as some editors read
_NEVER_FOLDED = 1 << 30
_HEAD = """\
# {read}
# LOOK: see whether this is right. DECIDE: nothing is taken until you take off the # of one line.
"""
_LEFT_OUT = """
# Left out. To keep one, take off the # of its two lines, and of creates and columns where they have one.
"""


def mapping_text(proposal: Proposal, catalogue: Catalogue, read: str, encoding: str | None) -> str:
    """The file. `read` says in a line what was read and how; `encoding` is what the mapping must declare."""
    lines = [_HEAD.format(read=_comment(read)), f"object: {proposal.object}\n"]
    if encoding:
        lines.append(
            f"encoding: {encoding}  # LOOK: the file is not UTF-8; are its umlauts and accents right?\n"
        )
    if signature := _signature(proposal, catalogue):
        lines.append(f"headers: {_flow(signature)}  # chosen for a file whose header has all of these\n")
    needed = [each for each in proposal.questions if each.needed]
    others = [each for each in proposal.questions if not each.needed]
    lines.append("columns:\n")
    lines += [line for each in needed for line in _asked(each)]
    lines += map(_told, proposal.columns)
    lines += [line for each in others for line in _asked(each)]
    lines += _left_out(proposal)
    return "".join(lines)


def source_document(source: Source) -> dict[str, Any]:
    """A source with the keys that a mapping writes."""
    steps = [step.name if step.argument is None else {step.name: step.argument} for step in source.then]
    said = {
        "column": source.column,
        "columns": list(source.columns),
        "constant": source.constant,
        "row_number": source.row_number,
        "values": dict(source.values),
        "then": steps,
    }
    return {key: part for key, part in said.items() if part not in (None, [], {})}


def source_text(source: Source) -> str:
    """A source as a mapping writes it."""
    return _flow(source_document(source))


def _signature(proposal: Proposal, catalogue: Catalogue) -> list[str]:
    """The headers the mapping takes, if they are foreign ones, and enough to know the file by."""
    taken = [header for each in proposal.columns for header in _headers(each.source)]
    foreign = any(catalogue.find(header) is None for header in taken)
    return list(dict.fromkeys(taken)) if foreign and len(set(taken)) > 1 else []


def _headers(source: Source) -> tuple[str, ...]:
    return source.columns or ((source.column,) if source.column else ())


def _told(column: ProposedColumn) -> str:
    line = f"  {_entry(column.attribute, column.source)}"
    look = "" if column.is_sure else f"  # LOOK, {column.confidence}%: {_comment(column.doubt)}"
    return f"{line}{look}\n"


def _asked(question: OpenQuestion) -> Iterator[str]:
    yield f"  # DECIDE {_comment(question.attribute)}: {_comment(question.why)}\n"
    for choice in question.choices:
        yield f"  # {_comment(_entry(question.attribute, choice))}\n"


def _left_out(proposal: Proposal) -> Iterator[str]:
    if not proposal.left_out:
        return
    for each in proposal.left_out:
        shown = f"  # such as {each.sample[:60]}" if each.sample else "  # blank in every row looked at"
        yield f"  # {_comment(_entry(each.header, each.source) + shown)}\n"
    yield _LEFT_OUT
    yield "# creates:\n"
    for each in proposal.left_out:
        yield f"#   {_comment(_flow(each.header))}: {{kind: {each.kind}}}\n"


def _entry(attribute: str, source: Source) -> str:
    return f"{_flow(attribute)}: {source_text(source)}"


def _flow(value: Any) -> str:
    """A value in one line of YAML, in braces and brackets."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_flow(key)}: {_flow(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if value.casefold() in _YES_NO_OF_OLD:
        return json.dumps(value)
    writer = YAML()
    writer.default_flow_style, writer.width = True, _NEVER_FOLDED
    written = io.StringIO()
    writer.dump([value], written)
    return written.getvalue().strip()[1:-1]


def _comment(text: str) -> str:
    """Text that stays on its line, whatever a file holds."""
    return "".join(character if character.isprintable() else " " for character in text)
