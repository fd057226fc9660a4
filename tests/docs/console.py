"""A page that is run: files are written as it shows them, commands are typed and must answer as it says.

- A block under a line that ends with a file's name in backticks and a colon is written to that file.
- In a `console` block a line after `$ ` is a command; the lines below are what it prints on stdout. Spaces
  count as one, and `…` stands for whatever is left out.
- A command that does not end with 0 is followed by `echo $?`.
- `…` in a word of a command, as in `export-…`, stands for the end of what was printed last that begins so.
- What follows from a drop takes a moment: `keepwell account`, `deliveries`, `segment` and `tasks` may be
  asked again.
"""

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from keepwell_cli.output import NoCloudError
from keepwell_cli.waiting import wait_for
from tests.docs import warm
from tests.docs.pages import ROOT, Block, blocks

PATIENCE_SECONDS = 200  # what the minute tick does may take two of them
_ASKED_AGAIN = ("keepwell account", "keepwell deliveries", "keepwell segment", "keepwell tasks")


@dataclass
class Reader:
    """Someone who follows a page, in a folder and environment of their own."""

    folder: Path
    environment: Mapping[str, str]
    _status: int = field(default=0, init=False)
    _printed: str = field(default="", init=False)

    def follow(self, page: Path) -> None:
        for block in blocks(page):
            if block.file:
                target = self.folder / block.file
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(block.text, encoding="utf-8")
            elif block.language == "console":
                for command, shown in commands(block):
                    self._type(command, shown)

    def _type(self, command: str, shown: str) -> None:
        if not command.startswith("echo $?"):
            assert self._status == 0, f"ended with {self._status}; the page goes on with: $ {command}"
        command = re.sub(r"(\S+)…", self._seen, command)
        patience = PATIENCE_SECONDS if command.startswith(_ASKED_AGAIN) else 0
        printed = ""

        def answered() -> bool | None:
            nonlocal printed
            printed = self._run(command)
            return matches(shown, printed) or None

        try:
            wait_for("what the page shows", answered, patience)
        except NoCloudError:
            raise AssertionError(f"$ {command}\nprinted:\n{printed}\nthe page shows:\n{shown}") from None

    def _seen(self, word: re.Match[str]) -> str:
        """The whole of a word of which the page shows the beginning."""
        seen = re.findall(rf"(?<!\S){re.escape(word[1])}[\w-]+", self._printed)
        assert seen, f"nothing was printed that begins with {word[1]}"
        return str(seen[-1])

    def _run(self, command: str) -> str:
        """What a command prints on stdout; `$?` is the status of the one before."""
        if command.startswith("make "):
            command = recipe(command)
        environment = {**os.environ, **self.environment}
        if warm.is_plain(command):
            self._status, printed = warm.run(command, self.folder, environment)
        else:
            done = subprocess.run(
                ["bash", "-c", f"(exit {self._status}); {command}"],
                cwd=self.folder,
                env=environment,
                stdout=subprocess.PIPE,
                text=True,
                check=False,
            )
            self._status, printed = done.returncode, done.stdout
        self._printed += printed
        return printed


def commands(block: Block) -> Iterator[tuple[str, str]]:
    """Each command of a console block with what it prints."""
    for typed in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        command, _, shown = typed.partition("\n")
        yield command, shown


def matches(shown: str, printed: str) -> bool:
    """Whether that is what was printed, but for the width of spaces and what `…` leaves out."""
    parts = (r"\s+".join(map(re.escape, part.split())) for part in shown.split("…"))
    return re.fullmatch(r"\s*(.*?)\s*".join(parts), printed.strip(), re.DOTALL) is not None


def recipe(command: str) -> str:
    """What a make target does once everything is set up: the last line of its recipe."""
    # The tests may themselves be run by make, which would leave its mark on this one's output.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    planned = subprocess.run(
        [*command.split(), "--dry-run", "--no-print-directory"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return str(ROOT / planned.strip().splitlines()[-1])
