"""A mistake in YAML's grammar is told in a playbook's words, with its mend."""

import pytest

from keepwell.playbook.documents import parse_document
from keepwell.playbook.findings import FaultyPlaybook, Finding


def finding_of(text: str) -> Finding:
    with pytest.raises(FaultyPlaybook) as caught:
        parse_document(text, "plays/p.yaml")
    (finding,) = caught.value.findings
    return finding


@pytest.mark.parametrize(
    ("line", "column", "suggestion"),
    [
        ("title: {{ account.name }}", 8, '"{{ account.name }}"'),
        ("title: {{ account.name }} is gone  # loud", 8, '"{{ account.name }} is gone"'),
        ('- title: {{ a | default: "it\'s" }}', 10, "'{{ a | default: \"it''s\" }}'"),
        ("title: {% if x %}a{% endif %}", 8, '"{% if x %}a{% endif %}"'),
        ("title: Call: now", 8, '"Call: now"'),
        ("title: [Urgent] call", 8, '"[Urgent] call"'),
        ("title: @lead calls", 8, '"@lead calls"'),
        ("title: *bold* x", 8, '"*bold* x"'),
        ("t: {title: {{ account.name }}, flow: x}", 13, None),
    ],
)
def test_what_yaml_takes_for_more_than_a_text_goes_in_quotes(
    line: str, column: int, suggestion: str | None
) -> None:
    finding = finding_of(f"name: x\n{line}\n".replace("name: x\n-", "# none\n-"))
    assert finding.message.startswith("put the text in quotes")
    assert (finding.line, finding.column, finding.suggestion) == (2, column, suggestion)
    assert finding.source == line


@pytest.mark.parametrize(
    ("text", "line", "column", "before"),
    [
        ("a:\n  b: 1\n c: 2\n", 3, 2, 3),
        ("a: 1\n\n  b: 2\n", 3, 3, 1),
        ("t:\n  - x: 1\n   y: 2\n", 3, 4, 5),
    ],
)
def test_wrong_indentation_says_what_to_look_at(text: str, line: int, column: int, before: int) -> None:
    finding = finding_of(text)
    assert finding.message.startswith(
        f"wrong indentation: this line begins in column {column}, the one before it in column {before}"
    )
    assert (finding.line, finding.column) == (line, column)


def test_a_tab_is_no_indent() -> None:
    assert "write blanks" in finding_of("a:\n\tb: 1\n").message


def test_a_key_stands_once() -> None:
    finding = finding_of("a: 1\nb:\n  c: 1\n  c: 2\n")
    assert (finding.message, finding.line, finding.column) == ("the key 'c' stands twice", 4, 3)


def test_anything_else_is_what_the_parser_says() -> None:
    assert finding_of("a: 'x\nb: 1\n").message.startswith("this is not YAML: ")
