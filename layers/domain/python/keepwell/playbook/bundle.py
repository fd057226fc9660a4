"""The compiled bundle: canonical JSON, named by its hash, read back without any YAML.

Canonical is: keys sorted, no white space, conditions in canonical text. The version is the first 12 hex
digits of the SHA-256 of that text without the version: the same playbook has the same name everywhere.
A key that came later is read with its default, so that a stored bundle outlives an upgrade. The reverse
cannot be: code of before would pass over what it does not know. So a bundle has the number of its format, and
the stack tells in an output up to which one its functions read.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from keepwell.assignment.pools import Logic, Pool
from keepwell.assignment.rules import OwnerChange, TaskMail
from keepwell.attributes import Attribute, Catalogue, Kind, standard_catalogue
from keepwell.attributes.people import standard_user_catalogue
from keepwell.attributes.standard import declared
from keepwell.collections import standard_record_catalogue
from keepwell.criteria import Condition, parse
from keepwell.errors import ConfigurationError
from keepwell.health import Bands, Dimension, Metric, MissingPolicy, Profile, Scoring
from keepwell.imports.dialect import ReadingAs
from keepwell.imports.mapping import Complete, ImportMapping, Pull, Source, Step
from keepwell.metrics.recipe import computable
from keepwell.metrics.usage import Product
from keepwell.playbook.bundled_plays import read_play
from keepwell.playbook.playbook import Endpoint, EndpointKind, Playbook, naming_segments
from keepwell.segments import Link, Segment, Tagging, UserSegment
from keepwell.tasks.outcomes import OUTCOMES
from keepwell.working_time import PLAIN_CALENDAR, Calendar

FORMAT = 3
"""Raised with every change of what a bundle may hold; a test tells of one that was forgotten."""

Part = Mapping[str, Any]


def write_bundle(parts: Part) -> str:
    """The canonical text of a bundle, with its version and the format's number."""
    body = {**parts, "format": FORMAT}
    return _canonical({**body, "version": version_of(body)})


def version_of(body: Part) -> str:
    """The name of a bundle: 12 hex digits. A `version` in `body` does not count."""
    named = {key: value for key, value in body.items() if key != "version"}
    return hashlib.sha256(_canonical(named).encode()).hexdigest()[:12]


def read_bundle(text: str, activated: Mapping[str, datetime] | None = None) -> Playbook:
    """The playbook of a bundle's text.

    `activated` gives the moments at which segments and triggers were activated (see `Playbook`). Raises
    ConfigurationError for a text that is no bundle, was changed by hand or is of another format.
    """
    body = _checked(text)
    users = standard_user_catalogue().extended(_attributes(body, "user"))
    catalogue = naming_segments(
        computable(standard_catalogue().extended(map(declared, _attributes(body, "account")))),
        {part["id"]: part["name"] for part in body["segments"]},
    )
    catalogue = catalogue.recorded_by(body.get("systems_of_record", {})).with_users(users)
    return Playbook(
        version=body["version"],
        time_zone=ZoneInfo(body["time_zone"]),
        catalogue=catalogue,
        user_catalogue=users,
        record_catalogue=standard_record_catalogue().extended(_attributes(body, "collection")),
        profiles=tuple(_profile(part, catalogue) for part in body["profiles"]),
        account_model=tuple(_metric(part, catalogue) for part in body["account_model"]),
        segments=tuple(Segment(**_border(part, catalogue)) for part in body["segments"]),
        user_segments=tuple(_user_segment(part, users) for part in body.get("user_segments", ())),
        plays=tuple(read_play(part, catalogue) for part in body["plays"]),
        bands=Bands(**body["bands"]),
        on_owner_change=OwnerChange(body.get("tasks", {}).get("on_owner_change", OwnerChange.KEEP)),
        task_mail=TaskMail(body.get("tasks", {}).get("mail", TaskMail.EACH)),
        pools={part["id"]: _pool(part) for part in body.get("pools", ())},
        product=_product(body.get("usage", {})),
        prefer_computed=frozenset(body.get("prefer_computed", ())),
        endpoints={part["id"]: _endpoint(part) for part in body["endpoints"]},
        mappings={part["id"]: mapping_of(part) for part in body["mappings"]},
        activated=dict(activated or {}),
        owner=body.get("owner", ""),
        calendar=_calendar(body.get("calendar")),
        outcomes=_outcomes(body.get("tasks", {})),
        daily_cap=body.get("noise", {}).get("daily_cap"),
    )


def _canonical(value: Part) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _checked(text: str) -> dict[str, Any]:
    again = "Compile the playbook again: keepwell apply."
    try:
        body = json.loads(text)
    except ValueError as error:
        raise ConfigurationError(f"This is no playbook bundle: {error}. {again}") from error
    if not isinstance(body, dict) or "version" not in body:
        raise ConfigurationError(f"This is no playbook bundle: it has no version. {again}")
    written = body.get("format")
    if not isinstance(written, int) or written < 1:
        raise ConfigurationError(f"This is no playbook bundle: its format is {written}. {again}")
    if written > FORMAT:
        raise ConfigurationError(
            f"A newer version of Keepwell applied the playbook: it has format {written}, and what runs here "
            f"reads up to {FORMAT}. Run that version, or apply the playbook again with this one."
        )
    if (expected := version_of(body)) != body["version"]:
        raise ConfigurationError(
            f"The playbook bundle says it is {body['version']}, but its content is {expected}: "
            f"it was changed after it was compiled. {again}"
        )
    return body


def _attributes(body: Part, of: str) -> Iterator[Attribute]:
    """The playbook's own of accounts, of users or of collections, also those that its mappings declare."""
    created = (part for mapping in body["mappings"] for part in mapping.get("creates", ()))
    return (_attribute(part) for part in (*body["attributes"], *created) if part.get("of", "account") == of)


def _attribute(part: Part) -> Attribute:
    return Attribute(
        name=part["name"],
        kind=Kind(part["kind"]),
        values=tuple(part["values"]),
        aliases=tuple(part["aliases"]),
        value_aliases=part["value_aliases"],
        lifecycle=part["lifecycle"],
        description=part["description"],
        end_stages=tuple(part.get("end_stages", ())),
        formula=part.get("formula", ""),
        role=part.get("role", False),
    )


def _product(part: Part) -> Product:
    return Product(
        modules=tuple(part.get("modules", ())),
        core_features=tuple(part.get("core_features", ())),
        new_features=tuple(part.get("new_features", ())),
        first_value=part.get("first_value") or "",
    )


def _profile(part: Part, catalogue: Catalogue) -> Profile:
    return Profile(
        id=part["id"],
        name=part["name"],
        criteria=_optional(part["criteria"], catalogue),
        dimensions=tuple(
            Dimension(
                name=dimension["name"],
                weight=dimension["weight"],
                metrics=tuple(_metric(metric, catalogue) for metric in dimension["metrics"]),
            )
            for dimension in part["dimensions"]
        ),
        missing=MissingPolicy(part["missing"]),
    )


def _metric(part: Part, catalogue: Catalogue) -> Metric:
    return Metric(
        name=part["name"],
        attribute=part["attribute"],
        good=parse(part["good"], catalogue),
        poor=parse(part["poor"], catalogue),
        weight=part.get("weight", 1.0),
        scoring=Scoring(part.get("scoring", Scoring.BANDS)),
        missing=None if part.get("missing") is None else MissingPolicy(part["missing"]),
        max_age_days=part.get("max_age_days"),
    )


def _border(part: Part, catalogue: Catalogue) -> dict[str, Any]:
    """What any segment has."""
    return {
        **part,
        "criteria": parse(part["criteria"], catalogue),
        "leave": _optional(part.get("leave"), catalogue),
        "links": tuple(Link(**link) for link in part.get("links", ())),
    }


def _user_segment(part: Part, users: Catalogue) -> UserSegment:
    tags = {key: Tagging(*map(tuple, part[key])) for key in ("on_entry", "on_exit")}
    return UserSegment(**{**_border(part, users), **tags})


def _outcomes(tasks: Part) -> tuple[str, ...]:
    """The standard ones, then the company's own."""
    standard = {outcome.casefold() for outcome in OUTCOMES}
    own = (outcome for outcome in tasks.get("outcomes", ()) if outcome.casefold() not in standard)
    return (*OUTCOMES, *own)


def _calendar(part: Part | None) -> Calendar:
    if part is None:
        return PLAIN_CALENDAR
    times = {
        name: time.fromisoformat(told)
        for key, names in _HOURS.items()
        for name, told in zip(names, part.get(key, ()), strict=False)
    }
    holidays = frozenset(map(date.fromisoformat, part["holidays"]))
    return Calendar(frozenset(part["working_days"]), holidays, **times)


_HOURS = {"quiet_hours": ("quiet_from", "quiet_to"), "working_hours": ("works_from", "works_to")}
"""What the two times of a key are in a calendar; where there are none, its defaults."""


def _endpoint(part: Part) -> Endpoint:
    return Endpoint(**{**part, "kind": EndpointKind(part["kind"])})


def _pool(part: Part) -> Pool:
    members = {name: tuple(values) for name, values in part["members"].items()}
    return Pool(**{**part, "logic": Logic(part["logic"]), "members": members})


def mapping_of(part: Part) -> ImportMapping:
    """One mapping of a bundle."""
    observed_at, complete, pull = (part.get(key) for key in ("observed_at", "complete", "pull"))
    return ImportMapping(
        id=part["id"],
        object=part["object"],
        columns={name: _source(source) for name, source in part["columns"].items()},
        clear_blanks=part["clear_blanks"],
        files=tuple(part.get("files", ())),
        headers=tuple(part.get("headers", ())),
        reading=ReadingAs(encoding=part["encoding"], **part.get("reading", {})),
        observed_at=_source(observed_at) if observed_at else None,
        complete=Complete(**complete) if complete else None,
        pull=Pull(**pull) if pull else None,
        creates=tuple(map(_attribute, part.get("creates", ()))),
        tables=part.get("tables", {}),
    )


def _source(part: Part) -> Source:
    then = tuple(Step(name, argument) for name, argument in part.get("then", ()))
    return Source(**{**part, "columns": tuple(part.get("columns", ())), "then": then})


def _optional(text: str | None, catalogue: Catalogue) -> Condition | None:
    return None if text is None else parse(text, catalogue)
