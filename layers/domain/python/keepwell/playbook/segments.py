"""Segments, checked and in their compiled form, and the plays that their actions are."""

from collections.abc import Iterator
from typing import Any

from keepwell.playbook import kinds
from keepwell.playbook.checking import Checker, canonical
from keepwell.playbook.examples import exemplified
from keepwell.playbook.loading import Source
from keepwell.playbook.plays import compile_changes, compile_emails
from keepwell.playbook.references import Conditions, check_references
from keepwell.playbook.templates import check_templates
from keepwell.plays import Existing
from keepwell.standings import Passage

Part = dict[str, Any]


def compile_segments(check: Checker, owner: str) -> list[Part]:
    """The segments, in the order of their ids; `owner` answers for those that name nobody."""
    sources = _in_order(check)
    _check_names([*sources, *check.sources.of(kinds.UserSegment).values()], check)
    conditions = {source.id: _conditions(source, check) for source in sources}
    check_references(conditions, check)
    return [border(source, conditions[source.id], owner) for source in sources]


def compile_segment_actions(check: Checker, owner: str) -> list[Part]:
    """The plays `<segment>:on-entry` and `<segment>:on-exit` (SEG-08)."""
    return [play for source in _in_order(check) for play in _plays(source, owner, check)]


def _in_order(check: Checker) -> list[Source[kinds.Segment]]:
    return [source for _, source in sorted(check.sources.of(kinds.Segment).items())]


def _conditions(source: Source[kinds.Segment], check: Checker) -> Conditions:
    says = source.says
    return {
        "criteria": exemplified(check, source, ("criteria",), says.criteria, says.examples),
        "leave": check.condition(source, ("leave",), says.leave),
    }


def border(
    source: Source[kinds.Segment] | Source[kinds.UserSegment], conditions: Conditions, owner: str
) -> Part:
    """What any segment has, compiled."""
    says = source.says
    return {
        "id": source.id,
        "name": says.name,
        **{key: canonical(condition) for key, condition in conditions.items()},
        "minimum_stay_days": says.minimum_stay_days,
        "cool_down_days": says.cool_down_days,
        "description": says.description,
        "owner": says.owner or owner,
        "playbook": says.playbook.strip(),
        "links": [link.model_dump() for link in says.links],
        "group": says.group,
    }


def _check_names(sources: list[Source[kinds.Segment] | Source[kinds.UserSegment]], check: Checker) -> None:
    """That a name, or an id, means one segment, however it is written: the company's file has to give way."""
    taken: dict[str, str] = {source.id: source.id for source in sources}
    for source in sorted(sources, key=lambda source: not source.bloc):
        name = source.says.name
        other = taken.setdefault(name.casefold(), source.id)
        if other != source.id:
            check.note(source, ("name",), f"{name!r} is also a name of the segment {other}")


def _plays(source: Source[kinds.Segment], owner: str, check: Checker) -> Iterator[Part]:
    says = source.says
    for key, passage, actions in (
        ("on_entry", Passage.ENTERED, says.on_entry),
        ("on_exit", Passage.EXITED, says.on_exit),
    ):
        if actions is None:
            continue
        check_templates(check, source, (key, "notify"), actions.model_dump(mode="json")["notify"])
        yield {
            "id": f"{source.id}:{key.replace('_', '-')}",
            "name": f"{says.name}: {key.replace('_', ' ')}",
            "state": actions.state.value,
            "segment": source.id,
            "passage": passage.value,
            "criteria": None,
            "owner": says.owner or owner,
            "description": "",
            "existing": getattr(actions, "existing", Existing.BASELINE).value,
            "tasks": [],
            "emails": compile_emails(source, (key, "notify"), actions.notify, check),
            "webhooks": [],
            "limit": actions.limit,
            **compile_changes(source, (key,), actions, check),
        }
