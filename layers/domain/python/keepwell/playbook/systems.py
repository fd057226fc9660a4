"""Systems of record: whose word counts, of which attributes of accounts (reliability S1)."""

from collections.abc import Iterator

from keepwell.attributes import TAGS
from keepwell.imports.columns import ID
from keepwell.imports.objects import OBJECTS
from keepwell.playbook import kinds
from keepwell.playbook.checking import Checker
from keepwell.playbook.findings import nearest
from keepwell.touchpoints import SOURCE as TOUCHPOINTS

HUBSPOT = "hubspot"


def compile_systems(check: Checker) -> dict[str, str]:
    """The sources of keepwell.yaml's `systems_of_record`, by the attributes as the catalogue writes them."""
    company = check.sources.company
    systems = dict[str, str]()
    for given, system in company.says.systems_of_record.items() if company else ():
        assert company
        place = ("systems_of_record", given)
        attribute = check.attribute(company, place, given, at_key=True)
        if attribute is None:
            continue
        if attribute.computed or attribute.name == ID:
            message = f"nobody tells {attribute.name}: Keepwell fills it"
            check.note(company, place, message, at_key=True)
        elif attribute.name == TAGS.name:
            message = "tags have no system of record: whoever sets one adds it to those of others"
            check.note(company, place, message, at_key=True)
        elif attribute.name in systems:
            check.note(company, place, f"{attribute.name} stands here twice", at_key=True)
        elif system not in (known := list(_sources(check))):
            message = f"nothing tells facts as {system!r}; what does is {', '.join(known[:4])} and the like"
            check.note(company, place, message, nearest(system, known))
        systems[attribute.name] = system
    return systems


def _sources(check: Checker) -> Iterator[str]:
    """What facts may say told them, as far as a playbook can name it."""
    yield HUBSPOT
    yield TOUCHPOINTS
    yield from (f"csv:{name}" for name, about in OBJECTS.items() if not about.layout.adds_up)
    mappings = check.sources.of(kinds.Mapping)
    yield from (f"csv:{source.says.object}/{id_}" for id_, source in sorted(mappings.items()))
    if unread := check.sources.ids(kinds.Mapping) - mappings.keys():
        yield from (f"csv:{name}/{id_}" for id_ in sorted(unread) for name in OBJECTS)
    yield from (f"play:{id_}" for id_ in sorted(check.sources.ids(kinds.Play)))
