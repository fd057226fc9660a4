"""Loading a playbook's YAML: the installed blocs, with the company's own files laid over them.

A company's file replaces the bloc's file of the same kind and id. Everything that is wrong is collected.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from keepwell.playbook import kinds
from keepwell.playbook.documents import Document, Place, read_document
from keepwell.playbook.findings import FaultyPlaybook, Finding, nearest

K = TypeVar("K", bound=BaseModel)

KIND_OF_FOLDER: dict[str, type[BaseModel]] = {
    "attributes": kinds.Attribute,
    "health": kinds.Profile,
    "segments": kinds.Segment,
    "plays": kinds.Play,
    "team": kinds.Pool,
    "endpoints": kinds.Endpoint,
    "mappings": kinds.Mapping,
}
_ACCOUNT_MODEL = "health/account-model.yaml"

# Stands in for an owner that is wrong; what is compiled with it is never written.
_NOBODY = "owner@keepwell.invalid"


@dataclass(frozen=True)
class Source(Generic[K]):
    """One file: its id (the file's name), what it says, where it says it, and the bloc it came with (empty
    for the company's own)."""

    id: str
    says: K
    document: Document
    bloc: str = ""


@dataclass
class Sources:
    """A whole playbook as written, with what was wrong on the way in.

    `unread` has the files that are there but could not be read: what names them is not wrong for that.
    """

    company: Source[kinds.Company] | None = None
    parts: dict[type[BaseModel], dict[str, Source[Any]]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    unread: set[tuple[type[BaseModel], str]] = field(default_factory=set)

    def of(self, kind: type[K]) -> dict[str, Source[K]]:
        """The files of one kind, by id."""
        return self.parts.setdefault(kind, {})

    def ids(self, kind: type[BaseModel]) -> set[str]:
        """The ids of the files of one kind there are, read or not."""
        return {*self.parts.get(kind, {}), *(id_ for unread, id_ in self.unread if unread is kind)}


def shipped_blocs() -> Path:
    """The folder of the blocs that come with Keepwell, in the checkout it was installed from."""
    return Path(str(files("keepwell_blocs").joinpath("default.json"))).parents[2]


def load_playbook(directory: Path | None, blocs: Path) -> Sources:
    """Read a company's directory and the blocs it installs from `blocs`.

    Without a directory it is the default playbook, that of `blocs`/keepwell.yaml.
    """
    sources = Sources()
    home = directory or blocs
    company = home / "keepwell.yaml"
    if not company.is_file():
        message = "there is no keepwell.yaml here; keepwell init writes one"
        sources.findings.append(Finding(str(company), 1, 1, message))
        return sources
    sources.company = _read_company(company, sources)
    if sources.company is None:
        return sources
    for name in _installed(sources.company, _ids_in(blocs), sources):
        _keep(read_source(blocs / name / "bloc.yaml", kinds.Bloc, sources, name), sources, id_=name)
        _load_folders(blocs / name, name, sources)
    _check_requirements(sources)
    if directory is not None:
        _load_folders(directory, "", sources)
        _check_folders(directory, sources)
        _check_strays(directory, sources)
    return sources


def _installed(company: Source[kinds.Company], known: list[str], sources: Sources) -> Iterator[str]:
    """The blocs a company lists. One that is misspelt is noted and taken for the one meant: else all that
    names its parts would be wrong too."""
    listed = company.says.blocs
    for place, name in enumerate(listed):
        if name in known:
            yield name
            continue
        message = f"there is no bloc called {name!r}; there are {', '.join(known)}"
        meant = nearest(name, known)
        sources.findings.append(company.document.finding(("blocs", place), message, meant))
        if meant and meant not in listed:
            yield meant


def _read_company(path: Path, sources: Sources) -> Source[kinds.Company] | None:
    """keepwell.yaml; what is wrong in it besides its blocs is passed over once noted, so that the rest of
    the playbook is still checked."""
    source = read_source(path, kinds.Company, sources)
    if source is not None:
        return source
    try:
        document = read_document(path, str(path))
        given = document.content if isinstance(document.content, dict) else {}
        says = kinds.Company(owner=_NOBODY, blocs=given["blocs"])
    except (FaultyPlaybook, ValidationError, KeyError):
        return None
    return Source(path.stem, says, document)


def blocs_in(blocs: Path) -> dict[str, kinds.Bloc]:
    """The blocs there are, by id. Raises FaultyPlaybook for a bloc.yaml that is wrong."""
    sources = Sources()
    found = {name: read_source(blocs / name / "bloc.yaml", kinds.Bloc, sources) for name in _ids_in(blocs)}
    if sources.findings:
        raise FaultyPlaybook(sources.findings)
    return {name: source.says for name, source in found.items() if source}


def _ids_in(blocs: Path) -> list[str]:
    return sorted(path.parent.name for path in blocs.glob("*/bloc.yaml"))


def _check_requirements(sources: Sources) -> None:
    blocs = sources.of(kinds.Bloc)
    for name, bloc in blocs.items():
        for place, needed in enumerate(bloc.says.requires):
            if needed not in blocs:
                message = f"the bloc {name} needs the bloc {needed}: add it to blocs in keepwell.yaml"
                sources.findings.append(bloc.document.finding(("requires", place), message))


def _load_folders(directory: Path, bloc: str, sources: Sources) -> None:
    for folder, kind_of_folder in KIND_OF_FOLDER.items():
        for path in sorted((directory / folder).glob("*.y*ml")):
            kind = kinds.AccountModel if path == directory / _ACCOUNT_MODEL else kind_of_folder
            if re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*\.yaml", path.name):
                if kind is kinds.Segment and _is_of_users(path):
                    kind = kinds.UserSegment
                source = read_source(path, kind, sources, bloc)
                _keep(source, sources)
                if source is None:
                    sources.unread.add((kind, path.stem))
            else:
                message = "a file's name is its id: small letters, digits and single dashes, then .yaml"
                proper = _proper_name(path)
                sources.findings.append(Finding(str(path), 1, 1, message, proper))
                sources.unread |= {(kind, path.stem), (kind, proper.removesuffix(".yaml"))}


def _is_of_users(path: Path) -> bool:
    """Whether a segment's file says so; one that cannot be read says nothing."""
    try:
        content = read_document(path, str(path)).content
    except FaultyPlaybook:
        return False
    return isinstance(content, dict) and content.get("of") == "users"


def _check_folders(directory: Path, sources: Sources) -> None:
    """A folder whose name is nearly a known one would be passed over in silence."""
    for folder in sorted(path for path in directory.iterdir() if path.is_dir()):
        meant = None if folder.name in KIND_OF_FOLDER else nearest(folder.name, KIND_OF_FOLDER)
        if meant:
            message = f"the folder {folder.name!r} is not read"
            sources.findings.append(Finding(str(folder), 1, 1, message, meant))


def _check_strays(directory: Path, sources: Sources) -> None:
    """A file beside keepwell.yaml would be passed over in silence."""
    for path in sorted(directory.glob("[!.]*.y*ml")):
        if path.name != "keepwell.yaml":
            message = (
                f"this file is not read: beside keepwell.yaml, files stand in {', '.join(KIND_OF_FOLDER)}"
            )
            sources.findings.append(Finding(str(path), 1, 1, message))


def _proper_name(path: Path) -> str:
    return "-".join(re.findall(r"[a-z0-9]+", path.stem.casefold())) + ".yaml"


def _keep(source: Source[Any] | None, sources: Sources, *, id_: str | None = None) -> None:
    """Add a file; a company's own replaces a bloc's, but two blocs may not both have it."""
    if source is None:
        return
    there = sources.of(type(source.says))
    id_ = id_ or source.id
    present = there.get(id_)
    if present is not None and source.bloc:
        message = f"{source.id!r} is also in the bloc {present.bloc}; two blocs cannot have the same"
        sources.findings.append(source.document.finding((), message))
    else:
        there[id_] = source


def read_source(path: Path, kind: type[K], sources: Sources, bloc: str = "") -> Source[K] | None:
    """Read one file as `kind`; None, with findings, if it is none."""
    try:
        document = read_document(path, str(path))
    except FaultyPlaybook as faulty:
        sources.findings.extend(faulty.findings)
        return None
    says = _said(document, kind, sources)
    return None if says is None else Source(path.stem, says, document, bloc)


def _said(document: Document, kind: type[K], sources: Sources) -> K | None:
    content = {} if document.content is None else document.content
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        known = keys_of(kind)
        sources.findings.extend(finding_of(document, detail, known) for detail in error.errors())
        return None


def keys_of(kind: type[BaseModel]) -> set[str]:
    schema = kind.model_json_schema()
    parts = [schema, *schema.get("$defs", {}).values()]
    return {key for part in parts for key in part.get("properties", {})}


_EXPECTED = {
    **dict.fromkeys(("model_type", "dict_type"), "keys with their values"),
    **dict.fromkeys(("string_type", "string_too_short"), "a text"),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "a whole number"),
    **dict.fromkeys(("bool_type", "bool_parsing"), "true or false"),
    **dict.fromkeys(
        ("date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"),
        "a day such as 2026-11-21",
    ),
    **dict.fromkeys(("union_tag_not_found", "model_attributes_type"), "a part with a `type`"),
    "list_type": "a list",
    "too_short": "at least one of them",
}
"""What a value is expected to be where pydantic would name its types."""


def finding_of(document: Document, detail: ErrorDetails, known: set[str]) -> Finding:
    """What pydantic found, in a playbook's words."""
    place: Place = detail["loc"]
    given = detail["input"]
    if detail["type"] == "extra_forbidden":
        key = str(place[-1])
        meant = None if key in known else nearest(key, known)
        return document.finding(place, f"the key {key!r} is not known here", meant, at_key=True)
    if detail["type"] == "missing":
        return document.finding(place[:-1], f"the key {str(place[-1])!r} is missing")
    if detail["type"] in ("enum", "literal_error", "union_tag_invalid"):
        expected = detail["ctx"].get("expected") or detail["ctx"]["expected_tags"]
        given = detail["ctx"].get("tag", given)
        choices = re.findall(r"'([^']*)'", expected)
        message = f"{given!r} is not one of {', '.join(choices)}"
        return document.finding(place, message, nearest(str(given), choices))
    expected = _EXPECTED.get(detail["type"]) or _bounds(detail)
    said = f"expected {expected}" if expected else detail["msg"].removeprefix("Value error, ")
    names = detail["type"] == "value_error" and repr(given) in said
    if isinstance(given, str) and len(given) > LONGEST_SHOWN:
        given = given[: LONGEST_SHOWN - 1] + "…"
    shown = f" (it is {given!r})" if isinstance(given, str | int | float) and not names else ""
    return document.finding(place, f"{said[:1].lower()}{said[1:]}{shown}")


LONGEST_SHOWN = 60

_BOUNDS = {
    "greater_than": ("more than", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("less than", "lt"),
    "less_than_equal": ("at most", "le"),
}
"""What pydantic calls a bound of a number: in words, and where its error has it."""


def _bounds(detail: ErrorDetails) -> str | None:
    """What a number or a text is expected to be, if it was out of its bounds."""
    if detail["type"] == "string_too_long":
        return f"a text of at most {detail['ctx']['max_length']} characters"
    words, name = _BOUNDS.get(detail["type"], ("", ""))
    return f"{words} {detail['ctx'][name]:g}" if words else None
