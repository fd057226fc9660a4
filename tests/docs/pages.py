"""The project's Markdown pages, and what stands in them: fenced blocks, links, anchors, commands."""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]

_FENCE = re.compile(
    r"(?:^(?P<above>[^\n]+)\n\n)?^(?P<indent> *)```(?P<language>\w*)\n(?P<text>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)
_FILE = re.compile(r"`([\w./-]+)`[^`]*:$")


@dataclass(frozen=True)
class Block:
    """A fenced block. `file` is the name in backticks that ends the line above it, as in ``…`a.csv`:``."""

    page: Path
    language: str
    text: str
    file: str | None

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}: {self.text.splitlines()[0]}"


@cache
def pages() -> tuple[Path, ...]:
    """Every Markdown file of the repository, whether committed yet or not."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return tuple(path for name in listed.split("\n") if name and (path := ROOT / name).is_file())


def blocks(page: Path) -> Iterator[Block]:
    """Its fenced blocks, in order."""
    for found in _FENCE.finditer(page.read_text(encoding="utf-8")):
        indent = found["indent"]
        text = "".join(line.removeprefix(indent) for line in found["text"].splitlines(keepends=True))
        named = _FILE.search(found["above"] or "")
        yield Block(page, found["language"], text, named[1] if named else None)


def prose(page: Path) -> str:
    """The page without its fenced blocks."""
    return _FENCE.sub(lambda found: found["above"] or "", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """What a link may name after `#`: its headings, as GitHub writes them."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(page: Path) -> list[str]:
    """The relative links of a page: `path`, `path#anchor` or `#anchor`."""
    found = re.findall(r"\]\(([^)\s]+)\)", prose(page))
    return [link for link in found if not re.match(r"[a-z]+:", link)]
