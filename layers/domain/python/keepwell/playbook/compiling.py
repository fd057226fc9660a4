"""Compiling a playbook: YAML in, one canonical bundle or every finding out. Checking is the same pass.

`python -m keepwell.playbook.compiling` writes the bundle of the default playbook, which ships with the blocs.
"""

from pathlib import Path
from typing import Any

from keepwell.playbook import kinds
from keepwell.playbook.bundle import write_bundle
from keepwell.playbook.checking import Checker, catalogue_of
from keepwell.playbook.documents import Place
from keepwell.playbook.findings import FaultyPlaybook, Finding
from keepwell.playbook.loading import Source, Sources, load_playbook, shipped_blocs

Part = dict[str, Any]


def check_playbook(directory: Path | None, blocs: Path) -> list[Finding]:
    """Everything there is to mend in the playbook of `directory` (None: the default one), in file order."""
    return _compile(load_playbook(directory, blocs))[1]


def compile_playbook(directory: Path | None, blocs: Path) -> str:
    """The bundle of the playbook of `directory` (None: the default one), as canonical JSON text.

    Raises FaultyPlaybook, which carries the findings, if there is anything to mend.
    """
    parts, findings = _compile(load_playbook(directory, blocs))
    if findings:
        raise FaultyPlaybook(findings)
    return write_bundle(parts)


def _compile(sources: Sources) -> tuple[Part, list[Finding]]:
    if sources.company is None:
        return {}, sorted(sources.findings)
    company = sources.company.says
    catalogue = catalogue_of(sources)
    check = Checker(catalogue, sources)
    parts = {
        "time_zone": company.time_zone,
        "bands": company.bands.model_dump(),
        "attributes": [_attribute(source) for _, source in sorted(sources.of(kinds.Attribute).items())],
        "profiles": [_profile(source, check) for source in _in_order(sources, check)],
        "account_model": _account_model(check),
        "segments": [_segment(s, company.owner, check) for _, s in sorted(sources.of(kinds.Segment).items())],
        "plays": [_play(s, company.owner, check) for _, s in sorted(sources.of(kinds.Play).items())],
        "endpoints": [_plain(source) for _, source in sorted(sources.of(kinds.Endpoint).items())],
        "mappings": [_mapping(source, check) for _, source in sorted(sources.of(kinds.Mapping).items())],
    }
    return parts, sorted({*sources.findings, *check.findings})


def _plain(source: Source[Any]) -> Part:
    return {"id": source.id, **source.says.model_dump(mode="json")}


def _attribute(source: Source[kinds.Attribute]) -> Part:
    return source.says.model_dump(mode="json")


def _in_order(sources: Sources, check: Checker) -> list[Source[kinds.Profile]]:
    profiles = sorted(sources.of(kinds.Profile).values(), key=lambda source: (source.says.order, source.id))
    check.profiles(profiles)
    return profiles


def _profile(source: Source[kinds.Profile], check: Checker) -> Part:
    says = source.says
    check.dimension_weights(source)
    return {
        "id": source.id,
        "name": says.name,
        "criteria": check.condition(source, ("criteria",), says.criteria, says.examples),
        "missing": says.missing.value,
        "dimensions": [
            {
                "name": dimension.name,
                "weight": dimension.weight,
                "metrics": [
                    _metric(source, metric, ("dimensions", at, "metrics", number), check)
                    for number, metric in enumerate(dimension.metrics)
                ],
            }
            for at, dimension in enumerate(says.dimensions)
        ],
    }


def _account_model(check: Checker) -> list[Part]:
    return [
        _metric(source, metric, ("metrics", number), check)
        for source in check.account_model()
        for number, metric in enumerate(source.says.metrics)
    ]


def _metric(source: Source[Any], metric: kinds.Metric, place: Place, check: Checker) -> Part:
    shown = metric.attribute or metric.name
    return {
        "name": metric.name,
        "attribute": check.attribute(source, (*place, "attribute" if metric.attribute else "name"), shown),
        "good": check.condition(source, (*place, "good"), metric.good),
        "poor": check.condition(source, (*place, "poor"), metric.poor),
        "weight": metric.weight,
    }


def _segment(source: Source[kinds.Segment], owner: str, check: Checker) -> Part:
    says = source.says
    return {
        "id": source.id,
        "name": says.name,
        "criteria": check.condition(source, ("criteria",), says.criteria, says.examples),
        "description": says.description,
        "owner": says.owner or owner,
    }


def _play(source: Source[kinds.Play], owner: str, check: Checker) -> Part:
    says = source.says
    check.templates(source)
    return {
        "id": source.id,
        "name": says.name,
        "state": says.state.value,
        "segment": check.segment(source, says.trigger.segment) or f"play:{source.id}",
        "passage": says.trigger.passage.value,
        "criteria": check.condition(source, ("trigger", "condition"), says.trigger.condition, says.examples),
        "owner": says.owner or owner,
        "description": says.description,
        "tasks": [_task(source, task, number, check) for number, task in enumerate(says.tasks)],
        "emails": [
            {**email.model_dump(), "to": check.role(source, ("emails", number, "to"), email.to)}
            for number, email in enumerate(says.emails)
        ],
        "webhooks": [
            check.webhook(source, ("webhooks", number), webhook)
            for number, webhook in enumerate(says.webhooks)
        ],
    }


def _task(source: Source[kinds.Play], task: kinds.Task, number: int, check: Checker) -> Part:
    place: Place = ("tasks", number)
    after = task.post_completion
    settings = check.facts(source, (*place, "post_completion", "set_attributes"), after.set_attributes)
    return {
        **task.model_dump(mode="json"),
        "assign_to": check.role(source, (*place, "assign_to"), task.assign_to),
        "post_completion": {
            "require_touchpoint": after.require_touchpoint,
            "set_attributes": [[name, after.set_attributes[given]] for given, (name, _) in settings.items()],
            "follow_up": after.follow_up,
        },
    }


def _mapping(source: Source[kinds.Mapping], check: Checker) -> Part:
    says = source.says
    return {
        "id": source.id,
        "object": says.object,
        "columns": {
            check.attribute(source, ("columns", name), name, at_key=True): column.model_dump()
            for name, column in says.columns.items()
        },
        "encoding": says.encoding,
        "clear_blanks": says.blank == "clear",
    }


if __name__ == "__main__":
    folder = shipped_blocs()
    (folder / "python/keepwell_blocs/default.json").write_text(compile_playbook(None, folder), "utf-8")
