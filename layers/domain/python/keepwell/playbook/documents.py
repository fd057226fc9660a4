"""YAML documents that remember where everything stands, so that a finding can point at it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from keepwell.playbook.findings import FaultyPlaybook, Finding
from keepwell.playbook.syntax import syntax_finding

Place = tuple[str | int, ...]

MOST_NODES = 20_000  # of one file, with every alias written out
DEEPEST = 100  # lists and mappings inside one another
LARGEST_FILE = 1024 * 1024  # bytes
KEPT = 256  # documents


@dataclass(frozen=True)
class Document:
    """One YAML file: its text, its content as plain Python, and its syntax tree.

    A `Place` is the path of keys and list positions that leads to a value, as in ("metrics", 0, "good").
    """

    file: str
    text: str
    content: Any
    root: Node | None

    def finding(
        self, place: Place, message: str, suggestion: str | None = None, *, at_key: bool = False
    ) -> Finding:
        """A finding that points at the value at `place` (or its key), or at what encloses it."""
        mark = self._node(place, at_key=at_key)
        if isinstance(mark, ScalarNode) and mark.start_mark.index == mark.end_mark.index:
            mark = self._node(place, at_key=True)  # what is not there begins where the next thing stands
        return self._at(mark.start_mark.index if mark else 0, message, suggestion)

    def finding_within(
        self, place: Place, line: int, column: int, message: str, suggestion: str | None
    ) -> Finding:
        """A finding that points inside the text at `place`: at `line` and `column`, from 1, of its value."""
        node = self._node(place)
        if not isinstance(node, ScalarNode):
            return self.finding(place, message, suggestion)
        value: str = node.value
        before = sum(len(part) for part in value.splitlines(keepends=True)[: line - 1]) + column - 1
        return self._at(self._index_of(node, before), message, suggestion)

    def _at(self, index: int, message: str, suggestion: str | None) -> Finding:
        start = self.text.rfind("\n", 0, index) + 1
        end = self.text.find("\n", index)
        source = self.text[start : len(self.text) if end < 0 else end]
        line = self.text.count("\n", 0, index) + 1
        return Finding(self.file, line, index - start + 1, message, suggestion, source)

    def _index_of(self, node: ScalarNode, offset: int) -> int:
        """Where in the file the character at `offset` of a scalar's value stands.

        YAML folds lines and drops quotes and indents, but keeps the order of all that is not white space: so
        the value's characters are found again one after the other.
        """
        start: int = node.start_mark.index
        index = start
        if node.style in ("|", ">"):
            index = self.text.index("\n", index) + 1
        elif node.style:
            index += 1
        value: str = node.value
        for word in value[:offset].split():
            for letter in word:
                index = self.text.find(letter, index) + 1
                if index == 0:  # written as an escape
                    return start
        while index < node.end_mark.index - 1 and self.text[index].isspace():
            index += 1
        return index

    def _node(self, place: Place, *, at_key: bool = False) -> Node | None:
        node = self.root
        for number, step in enumerate(place, start=1):
            found = _child(node, step, key=at_key and number == len(place))
            if found is None:
                return node
            node = found
        return node


def read_document(path: Path, shown_as: str) -> Document:
    """Read one YAML 1.2 file.

    Raises FaultyPlaybook with one finding if it cannot be read, is not text, is not YAML, or is too large.
    """
    try:
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
    except OSError as error:
        message = f"this cannot be read: {error.strerror}"
        raise FaultyPlaybook([Finding(shown_as, 1, 1, message)]) from error
    except UnicodeDecodeError as error:
        message = f"this is no UTF-8 text (byte {error.start}); save it as UTF-8"
        raise FaultyPlaybook([Finding(shown_as, 1, 1, message)]) from error
    if len(content) > LARGEST_FILE:
        raise FaultyPlaybook(
            [Finding(shown_as, 1, 1, f"{len(content):,} bytes are more than a playbook's file has")]
        )
    return parse_document(text.replace("\r\n", "\n"), shown_as)


@lru_cache(KEPT)
def parse_document(text: str, shown_as: str) -> Document:
    """The document of a YAML text, to be read only: whoever parses the same again is given the same. Raises
    FaultyPlaybook with one finding if it is not YAML.

    What would take a machine down is refused: aliases that refer to themselves or multiply, depth, and
    numbers and dates that no computer can read.
    """
    yaml = YAML(typ="safe", pure=True)
    try:
        root = yaml.compose(text)
        if _size(root, {}) > MOST_NODES:
            message = f"with its aliases written out this has more than {MOST_NODES:,} parts; write less"
            raise FaultyPlaybook([Finding(shown_as, 1, 1, message)])
        content = None if root is None else YAML(typ="safe", pure=True).load(text)
    except YAMLError as error:
        raise FaultyPlaybook([syntax_finding(error, text, shown_as)]) from error
    except RecursionError:
        message = "lists and mappings go too deep here, or hold themselves; make it flatter"
        raise FaultyPlaybook([Finding(shown_as, 1, 1, message)]) from None
    except ValueError as error:  # a date or a number that has the right shape alone
        message = f"this value cannot be read ({error}); put it in quotes if it is a text"
        faulty = Document(shown_as, text, None, root)
        raise FaultyPlaybook([faulty._at(_unreadable(root, yaml), message, None)]) from error
    return Document(shown_as, text, content, root)


def _unreadable(node: Node | None, yaml: YAML) -> int:
    """Where the first scalar stands that cannot be made a value; 0 if there is none."""
    if isinstance(node, ScalarNode):
        try:
            yaml.constructor.construct_object(node)
        except ValueError:
            start: int = node.start_mark.index
            return start
    return next((found for part in _parts(node) if (found := _unreadable(part, yaml))), 0)


def _parts(node: Node | None) -> list[Node]:
    """The nodes right inside a node: keys and values, or items."""
    if isinstance(node, MappingNode):
        return [part for pair in node.value for part in pair]
    return list(node.value) if isinstance(node, SequenceNode) else []


def _size(node: Node | None, known: dict[int, int], depth: int = 0) -> int:
    """How many nodes there are with every alias written out; RecursionError if they go too deep.

    `known` remembers the size of each node, so that the counting takes no longer than the text does.
    """
    if depth > DEEPEST:
        raise RecursionError
    if id(node) not in known:
        known[id(node)] = 1 + sum(_size(part, known, depth + 1) for part in _parts(node))
    return known[id(node)]


def _child(node: Node | None, step: str | int, *, key: bool) -> Node | None:
    if isinstance(node, MappingNode):
        pairs: Sequence[tuple[Node, Node]] = node.value
        for name, value in pairs:
            if name.value == str(step):
                return name if key else value
    if isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
        child: Node = node.value[step]
        return child
    return None
