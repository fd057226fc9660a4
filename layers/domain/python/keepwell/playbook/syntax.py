"""What a mistake in YAML's own grammar means to the person who wrote it, and how to mend it."""

import re

from ruamel.yaml.error import MarkedYAMLError, YAMLError

from keepwell.playbook.findings import Finding

# A line's indent, dashes and key, and what is written after them.
_LINE = re.compile(r"(?P<before>\s*(?:- +)*(?:[^\s:#'\"\[{-][^:]*: +)?)(?P<value>.*)")

# What YAML reads as more than text at the start of a value, and a colon within it.
_NEEDS_QUOTES = re.compile(r"\{[{%]|[%@`*&!|>\[\"'].*\S|[^'\"\[{|>].*:(\s|$)")

_NESTING = (
    "mapping values are not allowed",
    "found '<block mapping start>'",
    "found '<block sequence start>'",
)


def syntax_finding(error: YAMLError, text: str, file: str) -> Finding:
    """The finding of what the YAML parser raised, at the line it is about."""
    problem = (error.problem if isinstance(error, MarkedYAMLError) else None) or str(error)
    mark = (error.problem_mark or error.context_mark) if isinstance(error, MarkedYAMLError) else None
    if mark is None:
        return Finding(file, 1, 1, f"this is not YAML: {problem}")
    lines = text.split("\n")
    source = lines[mark.line] if mark.line < len(lines) else ""
    message, column, suggestion = _mend(problem, lines, mark.line, mark.column)
    return Finding(file, mark.line + 1, column + 1, message, suggestion, source)


def _mend(problem: str, lines: list[str], number: int, column: int) -> tuple[str, int, str | None]:
    """Message, column from 0 and suggestion."""
    if twice := re.match(r'found duplicate key "(.*?)" with value', problem):
        return f"the key {twice[1]!r} stands twice", column, None
    source = lines[number] if number < len(lines) else ""
    if "\\t" in problem:
        return "a tab cannot indent here: write blanks", column, None
    parts = _LINE.match(source)
    value = re.sub(r" #.*", "", parts["value"]).rstrip() if parts else ""
    if parts and parts["before"].strip() and _NEEDS_QUOTES.match(value) and "end of stream" not in problem:
        message = f"put the text in quotes: YAML reads this as more than a text ({problem})"
        return message, len(parts["before"]), _quoted(value)
    if "unhashable" in problem and "{{" in source:
        return "put the text in quotes: unquoted, {{ is no text to YAML", column, None
    if any(sign in problem for sign in _NESTING):
        begins = len(source) - len(source.lstrip())
        indent = re.compile(r"\s*" if source.lstrip().startswith("- ") else r"\s*(?:- +)*")
        before = next((line for line in reversed(lines[:number]) if line.strip()), "")
        found = indent.match(before)
        message = (
            f"wrong indentation: this line begins in column {begins + 1}, the one before it in column "
            f"{found.end() + 1 if found else 1}; keys of one thing begin in the same column"
        )
        return message, begins, None
    return f"this is not YAML: {problem}", column, None


def _quoted(value: str) -> str:
    if '"' in value or "\\" in value:
        return "'" + value.replace("'", "''") + "'"
    return f'"{value}"'
