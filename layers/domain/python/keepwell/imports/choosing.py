"""Choosing the mapping of a dropped file: by its folder, else by its name, else by its header (INT-05)."""

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import PurePosixPath
from typing import NamedTuple

from keepwell.errors import UnreadableDrop
from keepwell.imports.dialect import ReadingAs
from keepwell.imports.drops import DropKey
from keepwell.imports.mapping import ImportMapping

HeaderOf = Callable[[ReadingAs], Sequence[str]]
"""The header of the file, read as a mapping says. Raises UnreadableDrop if there is none."""


class Chosen(NamedTuple):
    """The mapping of a file and why it is that one, both None where columns go by their names."""

    mapping: ImportMapping | None = None
    by: str | None = None


def choose_mapping(key: DropKey, mappings: Mapping[str, ImportMapping], header_of: HeaderOf) -> Chosen:
    """The mapping of a dropped file; its header is read only if there are mappings chosen by headers.

    Raises UnreadableDrop if the folder names no mapping of the object, or if several fit.
    """
    if key.mapping is not None:
        return Chosen(_named(key, mappings), "folder")
    of_object = [mapping for _, mapping in sorted(mappings.items()) if mapping.object == key.object]
    by_name = {mapping.id: glob for mapping in of_object if (glob := _glob_of(mapping, key.file))}
    by_headers = [] if by_name else [mapping for mapping in of_object if _is_told_by(mapping, header_of)]
    fitting = [*by_name, *(mapping.id for mapping in by_headers)]
    if len(fitting) > 1:
        how = "name" if by_name else "header"
        raise UnreadableDrop(
            f"several mappings take a file of this {how}: {', '.join(fitting)}; drop it under "
            f"drops/{key.object}/mapping=<name>/, or change their {'files' if by_name else 'headers'}",
            example=key.file,
        )
    if not fitting:
        return Chosen()
    mapping = mappings[fitting[0]]
    why = f"files: {by_name[mapping.id]}" if by_name else f"headers: {', '.join(mapping.headers)}"
    return Chosen(mapping, why)


def fits(glob: str, file: str) -> bool:
    """Whether a file below `drops/<object>/` has such a name, in any case. A glob with a slash is of the
    whole path, any other of the file's own name."""
    name = file if "/" in glob else PurePosixPath(file).name
    return fnmatchcase(name.casefold(), glob.casefold())


def both_fit(one: str, other: str) -> str | None:
    """A name that fits both globs, as an example; None if there is none."""
    if "/" in one or "/" in other:
        one, other = (glob if "/" in glob else f"*/{glob}" for glob in (one, other))
    return _common(_pieces(one.casefold()), _pieces(other.casefold()))


def _named(key: DropKey, mappings: Mapping[str, ImportMapping]) -> ImportMapping:
    name = key.mapping or ""
    mapping = mappings.get(name)
    if mapping is None:
        known = ", ".join(sorted(mappings)) or "none"
        near = difflib.get_close_matches(name[:100], mappings, n=1)
        raise UnreadableDrop(
            f"the playbook has no mapping {name!r}; it has: {known}. "
            + (f"Did you mean {near[0]!r}? If not, add " if near else "Add ")
            + f"mappings/{name}.yaml, run `keepwell apply`, and drop the file again"
        )
    if mapping.object != key.object:
        raise UnreadableDrop(
            f"mapping {mapping.id!r} is for {mapping.object}, the file was dropped as {key.object}; drop "
            f"it under drops/{mapping.object}/mapping={mapping.id}/"
        )
    return mapping


def _glob_of(mapping: ImportMapping, file: str) -> str | None:
    return next((glob for glob in mapping.files if fits(glob, file)), None)


def _is_told_by(mapping: ImportMapping, header_of: HeaderOf) -> bool:
    if not mapping.headers:
        return False
    try:
        return has_headers(header_of(mapping.reading), mapping.headers)
    except UnreadableDrop:
        return False


def has_headers(there: Iterable[str], wanted: Iterable[str]) -> bool:
    """Whether a header has all that are wanted, in any case and order."""
    return _folded(there) >= _folded(wanted)


def _folded(headers: Iterable[str]) -> set[str]:
    return {" ".join(header.casefold().split()) for header in headers}


_Pieces = tuple[str, ...]


def _pieces(glob: str) -> _Pieces:
    """Its characters, `*` and `?`, and classes such as `[0-9]` as a whole."""
    pieces, at = [], 0
    while at < len(glob):
        end = glob.find("]", at + 2) if glob[at] == "[" else -1
        pieces.append(glob[at : max(end, at) + 1])
        at = max(end, at) + 1
    return tuple(pieces)


@lru_cache(maxsize=1 << 12)
def _common(one: _Pieces, other: _Pieces) -> str | None:
    """A text that both stand for."""
    if not one and not other:
        return ""
    if other[:1] == ("*",) != one[:1]:
        return _common(other, one)
    if one[:1] == ("*",):
        found = _common(one[1:], other)
        rest = _common(one, other[1:]) if found is None and other else None
        return found if rest is None else _sample(other[0]) + rest
    shared = _shared(one[0], other[0]) if one and other else None
    rest = _common(one[1:], other[1:]) if shared else None
    return None if rest is None or shared is None else shared + rest


_LETTERS = "1a-_ ." + "".join(map(chr, range(33, 127)))


def _sample(piece: str) -> str:
    """The least that a piece stands for."""
    return "" if piece == "*" else _shared(piece, piece) or ""


def _shared(one: str, other: str) -> str | None:
    """A character that two pieces stand for, none of them `*`."""
    letters = (*(piece for piece in (one, other) if len(piece) == 1 and piece != "?"), *_LETTERS)
    return next((each for each in letters if fnmatchcase(each, one) and fnmatchcase(each, other)), None)
