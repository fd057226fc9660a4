"""Findings: what is wrong (or odd) in a playbook, where, and how to mend it."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from keepwell.errors import ConfigurationError, pointed_at

LONGEST_LINE = 200
"""Of a line that has more characters, a part is shown."""


class Severity(StrEnum):
    """An error keeps a playbook from being applied; a warning says what is probably not meant."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, order=True)
class Finding:
    """One thing to mend. `line` and `column` count from 1; `suggestion` is what was probably meant, or None;
    `source` is the line itself."""

    file: str
    line: int
    column: int
    message: str
    suggestion: str | None = None
    source: str = ""
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        """For people: where, what, the line with a caret, and the suggestion."""
        said = f"warning: {self.message}" if self.severity is Severity.WARNING else self.message
        lines = [f"{self.file}:{self.line}:{self.column}: {said}"]
        if self.source:
            whole = (self.source, f"{' ' * (self.column - 1)}^")
            shown = whole if len(self.source) <= LONGEST_LINE else pointed_at(self.source, self.column)
            lines += [f"  {line}" for line in shown]
        if self.suggestion:
            lines.append(f"  Did you mean {self.suggestion}?")
        return "\n".join(lines)


class FaultyPlaybook(ConfigurationError):
    """A playbook that cannot be compiled; its text shows every finding, warnings among them."""

    def __init__(self, findings: Sequence[Finding]):
        super().__init__("\n".join(map(str, findings)))
        self.findings = tuple(findings)


def errors_in(findings: Iterable[Finding]) -> list[Finding]:
    """Those that keep the playbook from being applied."""
    return [finding for finding in findings if finding.severity is Severity.ERROR]


def nearest(written: str, known: Iterable[str]) -> str | None:
    """The known name most like the one written, if any is alike."""
    by_fold = {name.casefold(): name for name in known}
    near = difflib.get_close_matches(written.casefold(), by_fold, n=1, cutoff=0.6)
    return by_fold[near[0]] if near else None
