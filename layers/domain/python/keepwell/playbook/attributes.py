"""The attributes a playbook's conditions know: the standard ones, its own, and its segments by name."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, NamedTuple

from keepwell.attributes import TAGS, Attribute, Catalogue, Kind, standard_catalogue
from keepwell.attributes.catalogue import key_of
from keepwell.attributes.people import USER_ID, standard_user_catalogue
from keepwell.attributes.standard import declared
from keepwell.collections import RECORD_ID, standard_record_catalogue
from keepwell.imports.columns import ID
from keepwell.metrics.recipe import computable, faults_in
from keepwell.playbook import kinds
from keepwell.playbook.checking import Checker
from keepwell.playbook.documents import Place
from keepwell.playbook.findings import nearest
from keepwell.playbook.loading import Source, Sources
from keepwell.playbook.playbook import naming_segments

Whose = Literal["account", "user", "collection"]

WHOSE: Mapping[str, Whose] = {"accounts": "account", "users": "user", "collections": "collection"}
"""Of whom the attributes are that files about these objects tell."""

_FILLED = (ID, USER_ID.name, RECORD_ID.name, TAGS.name)
_STANDARD: Mapping[str, Callable[[], Catalogue]] = {
    "account": standard_catalogue,
    "user": standard_user_catalogue,
    "collection": standard_record_catalogue,
}


def catalogue_of(sources: Sources) -> Catalogue:
    """The standard attributes with the playbook's own and its segments.

    Where a segment's file cannot be read its name is not known, so that any name is taken for a segment's.
    """
    catalogue = computable(standard_catalogue().extended(_own(sources)))
    catalogue = catalogue.with_users(user_catalogue_of(sources))
    if any(kind is kinds.Segment for kind, _ in sources.unread):
        return catalogue
    segments = sorted(sources.of(kinds.Segment).items())
    return naming_segments(catalogue, {id_: source.says.name for id_, source in segments})


def user_catalogue_of(sources: Sources) -> Catalogue:
    """The standard attributes of people with the playbook's own."""
    return standard_user_catalogue().extended(_attribute(each.says) for each in _all(sources, "user"))


def record_catalogue_of(sources: Sources) -> Catalogue:
    """The standard attributes of the records of collections with the playbook's own."""
    own = (_attribute(each.says) for each in _all(sources, "collection"))
    return standard_record_catalogue().extended(own)


def _own(sources: Sources) -> list[Attribute]:
    return [declared(_attribute(each.says)) for each in _all(sources, "account")]


def compile_attributes(check: Checker) -> list[dict[str, object]]:
    """The playbook's own attributes; those that mappings create are checked, and stand in their mappings."""
    files = _in_files(check.sources)
    for each in files:
        _check_values(each, check)
        _check_name(each, check)
        _check_stages(each, check)
        _check_role(each, check)
    _check_formulas(check)
    for source in check.sources.of(kinds.Mapping).values():
        of = WHOSE.get(source.says.object)
        known = _STANDARD[of or "account"]()
        besides = [_attribute(each.says) for each in _all(check.sources, of) if each.source is not source]
        check_created(source, known.extended(besides), check)
    return [_part(each.says) for each in files]


class _Declared(NamedTuple):
    """An attribute, and the file and the place that declare it."""

    says: kinds.Attribute
    source: Source[Any]
    place: Place = ()


def _all(sources: Sources, of: str | None = None) -> list[_Declared]:
    """Those of files of their own and of mappings, of one kind or (None) of all."""
    mappings = sorted(sources.of(kinds.Mapping).items())
    every = [*_in_files(sources), *(each for _, source in mappings for each in _created(source))]
    return [each for each in every if of in (None, each.says.of)]


def _in_files(sources: Sources) -> list[_Declared]:
    return [_Declared(source.says, source) for _, source in sorted(sources.of(kinds.Attribute).items())]


def _created(source: Source[kinds.Mapping]) -> list[_Declared]:
    of = WHOSE.get(source.says.object)
    return [
        _Declared(kinds.Attribute(name=name, of=of, **says.model_dump()), source, ("creates", name))
        for name, says in source.says.creates.items()
        if of
    ]


def compile_created(source: Source[kinds.Mapping]) -> list[dict[str, Any]]:
    """The attributes that a mapping creates."""
    return [_part(each.says) for each in _created(source)]


def created_by(source: Source[kinds.Mapping]) -> list[Attribute]:
    """The attributes that a mapping creates."""
    return [_attribute(each.says) for each in _created(source)]


def check_created(source: Source[kinds.Mapping], others: Iterable[Attribute], check: Checker) -> None:
    """That what a mapping creates can be an attribute, and none that its object has: those are `others`."""
    says = source.says
    if says.creates and says.object not in WHOSE:
        message = f"only {', '.join(WHOSE)} have attributes; {says.object} have columns of their own"
        check.note(source, ("creates",), message, at_key=True)
    names = {key_of(name): other.name for other in others for name in (*other.aliases, other.name)}
    for each in _created(source):
        _check_values(each, check)
        _check_stages(each, check)
        for word in (each.says.name, *each.says.aliases):
            if (other := names.get(key_of(word))) is not None:
                message = f"{word!r} is the name of the attribute {other}: fill that one, or create another"
                check.note(source, each.place, message, at_key=True)


def _part(says: kinds.Attribute) -> dict[str, Any]:
    """The part of a bundle; one that is no role keeps the form it had before there were roles."""
    return says.model_dump(mode="json", exclude=None if says.role else {"role"})


def _attribute(says: kinds.Attribute) -> Attribute:
    return Attribute(
        name=says.name,
        kind=says.kind,
        values=tuple(says.values),
        aliases=tuple(says.aliases),
        value_aliases=says.value_aliases,
        lifecycle=says.lifecycle,
        end_stages=tuple(says.end_stages),
        formula=says.formula,
        role=says.role,
        description=says.description,
    )


def _check_name(given: _Declared, check: Checker) -> None:
    """That the name and the aliases are not the name of another attribute; that what Keepwell reads and
    computes itself stays of its kind."""
    says, source, _ = given
    known = _STANDARD[says.of]()
    own = [other.says for other in _in_files(check.sources) if other.says.of == says.of]
    others = [*known, *own]
    names = {key_of(other.name): other.name for other in others if other.name != says.name}
    if (other := names.get(key_of(says.name))) is not None:
        message = f"{says.name!r} and {other!r} are one name to a file: write {other!r} to replace it"
        check.note(source, ("name",), message, other)
    for place, alias in enumerate(says.aliases):
        if (other := names.get(key_of(alias))) is not None:
            check.note(source, ("aliases", place), f"{alias!r} is the name of the attribute {other}")
    standard = {attribute.name: attribute for attribute in known}.get(says.name)
    filled = standard and (standard.computed or standard.name in _FILLED)
    if standard and filled and standard.kind is not says.kind:
        message = f"Keepwell itself fills {says.name}: its kind stays {standard.kind}"
        check.note(source, ("kind",), message)


def _check_role(given: _Declared, check: Checker) -> None:
    """That a role is of accounts, and holds an address."""
    says, source, _ = given
    standard = {attribute.name for attribute in standard_catalogue() if attribute.role}
    if says.role and says.of != "account":
        check.note(source, ("role",), f"roles are of accounts: take out role, or of: {says.of}")
    elif says.kind is not Kind.TEXT and (says.role or (says.of == "account" and says.name in standard)):
        check.note(source, ("kind",), "a role holds an e-mail address: its kind is text")


def _check_values(given: _Declared, check: Checker) -> None:
    says, source, place = given
    if says.kind in (Kind.CHOICE, Kind.ORDERED) and not says.values:
        check.note(source, (*place, "kind"), f"an attribute of kind {says.kind} needs values")
    if says.values and says.kind not in (Kind.CHOICE, Kind.ORDERED, Kind.CHOICES):
        check.note(source, (*place, "values"), f"an attribute of kind {says.kind} has no list of values")
    if says.lifecycle and says.kind not in (Kind.CHOICE, Kind.ORDERED):
        check.note(source, (*place, "lifecycle"), "a lifecycle has stages: its kind is choice or ordered")
    for alias, value in says.value_aliases.items():
        if value not in says.values:
            message = f"{value!r} is not one of the values"
            check.note(source, (*place, "value_aliases", alias), message, nearest(value, says.values))


def _check_stages(given: _Declared, check: Checker) -> None:
    """That end stages are stages of a lifecycle."""
    says, source, place = given
    if says.end_stages and not says.lifecycle:
        check.note(source, (*place, "end_stages"), "only a lifecycle has end stages: add lifecycle: true")
    for number, stage in enumerate(says.end_stages):
        if stage not in says.values:
            message = f"{stage!r} is not one of the values"
            check.note(source, (*place, "end_stages", number), message, nearest(stage, says.values))


def _check_formulas(check: Checker) -> None:
    """That formulas can be computed, and give numbers of accounts that Keepwell does not find otherwise."""
    own = {each.says.name: each.source for each in _in_files(check.sources) if each.says.formula}
    standard = {attribute.name: attribute for attribute in standard_catalogue()}
    for name, source in own.items():
        built_in = standard.get(name)
        if source.says.of != "account":
            check.note(
                source,
                ("formula",),
                "formulas are of accounts: take out the formula, or of: " + source.says.of,
            )
        elif source.says.kind is not Kind.NUMBER:
            check.note(source, ("kind",), "a formula gives a number: its kind is number")
        elif built_in and built_in.computed and not built_in.formula:
            message = f"Keepwell itself finds {name}: give the attribute of the formula another name"
            check.note(source, ("name",), message)
    told = set[str]()
    for name, fault in faults_in(standard_catalogue().extended(_own(check.sources))):
        if name in own and fault.message not in told:
            told.add(fault.message)
            place = ("formula",)
            found = own[name].document.finding_within(
                place, fault.line, fault.column, fault.message, fault.suggestion
            )
            check.findings.append(found)


def compile_preferred(check: Checker) -> list[str]:
    """The names of keepwell.yaml's `prefer_computed`, as the catalogue writes them."""
    company = check.sources.company
    preferred = []
    for place, name in enumerate(company.says.prefer_computed if company else ()):
        assert company
        attribute = check.attribute(company, ("prefer_computed", place), name)
        if attribute and not attribute.computed:
            message = f"nothing computes {attribute.name}: it is only ever told"
            check.note(company, ("prefer_computed", place), message)
        elif attribute:
            preferred.append(attribute.name)
    return sorted(set(preferred))
