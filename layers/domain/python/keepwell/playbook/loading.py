"""Loading a playbook's YAML: the installed blocs, with the company's own files laid over them.

A company's file replaces the bloc's file of the same kind and id. Everything that is wrong is collected.
"""

import re
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
    "endpoints": kinds.Endpoint,
    "mappings": kinds.Mapping,
}
_ACCOUNT_MODEL = "health/account-model.yaml"


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
    """A whole playbook as written, with what was wrong on the way in."""

    company: Source[kinds.Company] | None = None
    parts: dict[type[BaseModel], dict[str, Source[Any]]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def of(self, kind: type[K]) -> dict[str, Source[K]]:
        """The files of one kind, by id."""
        return self.parts.setdefault(kind, {})


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
    sources.company = _read(company, kinds.Company, sources)
    if sources.company is None:
        return sources
    for place, name in enumerate(sources.company.says.blocs):
        path = blocs / name / "bloc.yaml"
        if name in (known := _ids_in(blocs)):
            _keep(_read(path, kinds.Bloc, sources, name), sources, id_=name)
            _load_folders(blocs / name, name, sources)
        else:
            message = f"there is no bloc called {name!r}; there are {', '.join(known)}"
            finding = sources.company.document.finding(("blocs", place), message, nearest(name, known))
            sources.findings.append(finding)
    _check_requirements(sources)
    if directory is not None:
        _load_folders(directory, "", sources)
        _check_folders(directory, sources)
    return sources


def blocs_in(blocs: Path) -> dict[str, kinds.Bloc]:
    """The blocs there are, by id. Raises FaultyPlaybook for a bloc.yaml that is wrong."""
    sources = Sources()
    found = {name: _read(blocs / name / "bloc.yaml", kinds.Bloc, sources) for name in _ids_in(blocs)}
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
    for folder, kind in KIND_OF_FOLDER.items():
        for path in sorted((directory / folder).glob("*.y*ml")):
            special = path == directory / _ACCOUNT_MODEL
            if re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*\.yaml", path.name):
                _keep(_read(path, kinds.AccountModel if special else kind, sources, bloc), sources)
            else:
                message = "a file's name is its id: small letters, digits and single dashes, then .yaml"
                sources.findings.append(Finding(str(path), 1, 1, message, _proper_name(path)))


def _check_folders(directory: Path, sources: Sources) -> None:
    """A folder whose name is nearly a known one would be passed over in silence."""
    for folder in sorted(path for path in directory.iterdir() if path.is_dir()):
        meant = None if folder.name in KIND_OF_FOLDER else nearest(folder.name, KIND_OF_FOLDER)
        if meant:
            message = f"the folder {folder.name!r} is not read"
            sources.findings.append(Finding(str(folder), 1, 1, message, meant))


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


def _read(path: Path, kind: type[K], sources: Sources, bloc: str = "") -> Source[K] | None:
    """Read one file as `kind`; None, with findings, if it is none."""
    try:
        document = read_document(path, str(path))
    except FaultyPlaybook as faulty:
        sources.findings.extend(faulty.findings)
        return None
    try:
        says = kind.model_validate({} if document.content is None else document.content)
    except ValidationError as error:
        known = _keys_of(kind)
        sources.findings.extend(_finding(document, detail, known) for detail in error.errors())
        return None
    return Source(path.stem, says, document, bloc)


def _keys_of(kind: type[BaseModel]) -> set[str]:
    schema = kind.model_json_schema()
    parts = [schema, *schema.get("$defs", {}).values()]
    return {key for part in parts for key in part.get("properties", {})}


def _finding(document: Document, detail: ErrorDetails, known: set[str]) -> Finding:
    """What pydantic found, in a playbook's words."""
    place: Place = detail["loc"]
    given = detail["input"]
    if detail["type"] == "extra_forbidden":
        key = str(place[-1])
        return document.finding(place, f"the key {key!r} is not known here", nearest(key, known), at_key=True)
    if detail["type"] == "missing":
        return document.finding(place[:-1], f"the key {str(place[-1])!r} is missing")
    if detail["type"] in ("enum", "literal_error"):
        expected = detail["ctx"]["expected"]
        choices = re.findall(r"'([^']*)'", expected)
        message = f"{given!r} is not one of {', '.join(choices)}"
        return document.finding(place, message, nearest(str(given), choices))
    said = detail["msg"].removeprefix("Value error, ")
    shown = f" (it is {given!r})" if isinstance(given, str | int | float) and repr(given) not in said else ""
    return document.finding(place, f"{said[:1].lower()}{said[1:]}{shown}")
