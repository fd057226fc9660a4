"""The attributes a playbook's conditions know: the standard ones, its own, and its segments by name."""

from keepwell.attributes import TAGS, Attribute, Catalogue, Kind, standard_catalogue
from keepwell.attributes.catalogue import key_of
from keepwell.attributes.people import USER_ID, standard_user_catalogue
from keepwell.attributes.standard import declared
from keepwell.imports.columns import ID
from keepwell.metrics.recipe import computable, faults_in
from keepwell.playbook import kinds
from keepwell.playbook.checking import Checker
from keepwell.playbook.findings import nearest
from keepwell.playbook.loading import Source, Sources
from keepwell.playbook.playbook import naming_segments


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
    own = [_attribute(source.says) for _, source in _in_order(sources) if source.says.of == "user"]
    return standard_user_catalogue().extended(own)


def _own(sources: Sources) -> list[Attribute]:
    return [
        declared(_attribute(source.says)) for _, source in _in_order(sources) if source.says.of == "account"
    ]


def compile_attributes(check: Checker) -> list[dict[str, object]]:
    """The playbook's own attributes."""
    for _, source in _in_order(check.sources):
        _check_values(source, check)
        _check_name(source, check)
        _check_stages(source, check)
    _check_formulas(check)
    return [source.says.model_dump(mode="json") for _, source in _in_order(check.sources)]


def _in_order(sources: Sources) -> list[tuple[str, Source[kinds.Attribute]]]:
    return sorted(sources.of(kinds.Attribute).items())


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
        description=says.description,
    )


def _check_name(source: Source[kinds.Attribute], check: Checker) -> None:
    """That the name and the aliases are not the name of another attribute; that what Keepwell reads and
    computes itself stays of its kind."""
    says = source.says
    known = standard_catalogue() if says.of == "account" else standard_user_catalogue()
    own = [other.says for _, other in _in_order(check.sources) if other.says.of == says.of]
    others = [*known, *own]
    names = {key_of(other.name): other.name for other in others if other.name != says.name}
    if (other := names.get(key_of(says.name))) is not None:
        message = f"{says.name!r} and {other!r} are one name to a file: write {other!r} to replace it"
        check.note(source, ("name",), message, other)
    for place, alias in enumerate(says.aliases):
        if (other := names.get(key_of(alias))) is not None:
            check.note(source, ("aliases", place), f"{alias!r} is the name of the attribute {other}")
    standard = {attribute.name: attribute for attribute in known}.get(says.name)
    filled = standard and (standard.computed or standard.name in (ID, USER_ID.name, TAGS.name))
    if standard and filled and standard.kind is not says.kind:
        message = f"Keepwell itself fills {says.name}: its kind stays {standard.kind}"
        check.note(source, ("kind",), message)


def _check_values(source: Source[kinds.Attribute], check: Checker) -> None:
    says = source.says
    if says.kind in (Kind.CHOICE, Kind.ORDERED) and not says.values:
        check.note(source, ("kind",), f"an attribute of kind {says.kind} needs values")
    if says.values and says.kind not in (Kind.CHOICE, Kind.ORDERED, Kind.CHOICES):
        check.note(source, ("values",), f"an attribute of kind {says.kind} has no list of values")
    if says.lifecycle and says.kind not in (Kind.CHOICE, Kind.ORDERED):
        check.note(source, ("lifecycle",), "a lifecycle has stages: its kind is choice or ordered")
    for alias, value in says.value_aliases.items():
        if value not in says.values:
            message = f"{value!r} is not one of the values"
            check.note(source, ("value_aliases", alias), message, nearest(value, says.values))


def _check_stages(source: Source[kinds.Attribute], check: Checker) -> None:
    """That end stages are stages of a lifecycle."""
    says = source.says
    if says.end_stages and not says.lifecycle:
        check.note(source, ("end_stages",), "only a lifecycle has end stages: add lifecycle: true")
    for place, stage in enumerate(says.end_stages):
        if stage not in says.values:
            message = f"{stage!r} is not one of the values"
            check.note(source, ("end_stages", place), message, nearest(stage, says.values))


def _check_formulas(check: Checker) -> None:
    """That formulas can be computed, and give numbers of accounts that Keepwell does not find otherwise."""
    own = {source.says.name: source for _, source in _in_order(check.sources) if source.says.formula}
    standard = {attribute.name: attribute for attribute in standard_catalogue()}
    for name, source in own.items():
        built_in = standard.get(name)
        if source.says.of != "account":
            check.note(source, ("formula",), "formulas are of accounts: take out the formula, or of: user")
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
