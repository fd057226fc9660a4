"""Compiling a playbook: YAML in, one canonical bundle or every finding out. Checking is the same pass.

`python -m keepwell.playbook.compiling` writes the bundle of the default playbook, which ships with the blocs.
"""

from pathlib import Path
from typing import Any

from keepwell.deliveries.delivery import MAIL
from keepwell.imports.objects import OBJECTS
from keepwell.playbook import kinds
from keepwell.playbook.attributes import (
    catalogue_of,
    compile_attributes,
    compile_preferred,
    record_catalogue_of,
    user_catalogue_of,
)
from keepwell.playbook.bundle import read_bundle, write_bundle
from keepwell.playbook.chains import warn_of_chains
from keepwell.playbook.checking import Checker
from keepwell.playbook.fields import WEEKDAYS
from keepwell.playbook.findings import FaultyPlaybook, Finding, errors_in
from keepwell.playbook.health import compile_account_model, compile_profiles
from keepwell.playbook.loading import Source, Sources, load_playbook, shipped_blocs
from keepwell.playbook.mappings import compile_mapping, warn_of_shared_files
from keepwell.playbook.plays import compile_plays
from keepwell.playbook.pools import compile_pools
from keepwell.playbook.segments import compile_segment_actions, compile_segments
from keepwell.playbook.switches import set_switches
from keepwell.playbook.systems import compile_systems
from keepwell.playbook.tags import warn_of_misspelt_tags
from keepwell.playbook.user_segments import compile_user_segments
from keepwell.playbook.uses import warn_of_unknown_modules

Part = dict[str, Any]


def check_playbook(directory: Path | None, blocs: Path) -> list[Finding]:
    """Everything there is to mend in the playbook of `directory` (None: the default one), in file order."""
    return _compile(_load(directory, blocs))[1]


def compile_playbook(directory: Path | None, blocs: Path) -> str:
    """The bundle of the playbook of `directory` (None: the default one), as canonical JSON text.

    Raises FaultyPlaybook, which carries the findings, if there is anything to mend.
    """
    return compile_with_warnings(directory, blocs)[0]


def compile_with_warnings(directory: Path | None, blocs: Path) -> tuple[str, list[Finding]]:
    """The bundle, and what is odd about the playbook though it can be applied. Raises FaultyPlaybook."""
    parts, findings = _compile(_load(directory, blocs))
    if errors_in(findings):
        raise FaultyPlaybook(findings)
    return write_bundle(parts), findings


def _load(directory: Path | None, blocs: Path) -> Sources:
    sources = load_playbook(directory, blocs)
    set_switches(sources, blocs)
    return sources


def _compile(sources: Sources) -> tuple[Part, list[Finding]]:
    if sources.company is None:
        return {}, sorted(sources.findings)
    company = sources.company.says
    check = Checker(catalogue_of(sources), sources)
    parts = {
        "owner": company.owner,
        "time_zone": company.time_zone,
        "bands": company.bands.model_dump(),
        "calendar": _calendar(company.calendar),
        "tasks": company.tasks.model_dump(mode="json"),
        "noise": company.noise.model_dump(),
        "usage": company.usage.model_dump(),
        "prefer_computed": compile_preferred(check),
        "systems_of_record": compile_systems(check),
        "attributes": compile_attributes(check),
        "profiles": compile_profiles(check),
        "account_model": compile_account_model(check),
        "segments": compile_segments(check, company.owner),
        "user_segments": compile_user_segments(check, company.owner),
        "plays": [
            *compile_segment_actions(check, company.owner),
            *compile_plays(check, company.owner),
        ],
        "pools": compile_pools(check),
        "endpoints": [_endpoint(source, check) for _, source in sorted(sources.of(kinds.Endpoint).items())],
        "mappings": [_mapping(source, check) for _, source in sorted(sources.of(kinds.Mapping).items())],
    }
    if not errors_in([*sources.findings, *check.findings]):
        playbook = read_bundle(write_bundle(parts))
        warn_of_chains(playbook, check)
        warn_of_misspelt_tags(playbook, check)
        warn_of_unknown_modules(company.usage, check)
        warn_of_shared_files(check)
    return parts, sorted({*sources.findings, *check.findings})


def _calendar(says: kinds.Calendar) -> Part:
    return {
        "working_days": sorted({WEEKDAYS.index(day) for day in says.working_days}),
        "holidays": sorted({day.isoformat() for day in says.holidays}),
        "working_hours": says.working_hours.split(" to "),
        "quiet_hours": says.quiet_hours.split(" to ") if says.quiet_hours else [],
    }


def _endpoint(source: Source[kinds.Endpoint], check: Checker) -> Part:
    if source.id == MAIL:
        message = f"{MAIL!r} is what all mails go to: give the endpoint's file another name"
        check.note(source, ("kind",), message)
    return {"id": source.id, **source.says.model_dump(mode="json")}


def _mapping(source: Source[kinds.Mapping], check: Checker) -> Part:
    users, records = user_catalogue_of(check.sources), record_catalogue_of(check.sources)
    known = OBJECTS[source.says.object].columns(check.catalogue, users, records)
    return compile_mapping(source, known, check)


if __name__ == "__main__":
    folder = shipped_blocs()
    (folder / "python/keepwell_blocs/default.json").write_text(compile_playbook(None, folder), "utf-8")
