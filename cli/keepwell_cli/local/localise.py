"""What differs between the synthesised template and the one the emulator gets: all of it, and why.

Each difference makes up for something the emulator (ministack 1.5.33) lacks or misreads.
"""

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Template = dict[str, Any]


@dataclass(frozen=True)
class Difference:
    """One place where the local template differs: a path of keys, and the reason."""

    path: tuple[str | int, ...]
    why: str


POLLED_BY_THE_PUMP = "the emulator's stream poller cannot bisect or give up; the stream pump runs the mapping"
FEW_AT_ONCE = "each run beside others is a process here, which takes longer to start than a message to handle"
NO_TLS = "the emulator speaks plain http on loopback, so this would deny everything"
SENDS_AS_ANYONE = (
    "the emulator checks ses actions against *, so no ARN would match, and knows no sender's condition"
)
NAMES_BATCHES = "the emulator wants a permission for the batch call, which on AWS has none of its own"
NAMES_STATEMENTS = (
    "the emulator wants a permission for the batch of statements, on anything; AWS one for each statement"
)
NO_METRIC_MATH = "the emulator refuses alarms on computed metrics; nobody is there to be alarmed"
NO_BOOTSTRAP = "the local account is not bootstrapped for the CDK command; nothing reads it here"

LEAST_AT_ONCE = 2
"""The fewest runs side by side that AWS lets a queue be limited to."""

HAVE_BATCH_CALLS = ("sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:SendMessage")


def localise(template: Mapping[str, Any]) -> tuple[Template, tuple[Difference, ...]]:
    """The template for the emulator, and every difference from the one given (which is left as it was)."""
    local = copy.deepcopy(dict(template))
    found = [*_drop_bootstrap(local)]
    for name, resource in list(local.get("Resources", {}).items()):
        if resource["Type"] == "AWS::CloudWatch::Alarm" and "Metrics" in resource["Properties"]:
            del local["Resources"][name]
            found.append(Difference(("Resources", name), NO_METRIC_MATH))
            continue
        path = ("Resources", name, "Properties")
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::Lambda::EventSourceMapping":
            found += _fit_mapping(path, properties)
        if resource["Type"] == "AWS::StepFunctions::StateMachine":
            found += _one_after_the_other(path, properties)
        for place, document in _policy_documents(path, properties):
            found += _open_to_http(place, document)
            found += _widen_mail(place, document)
            found += _name_batches(place, document)
            found += _allow_statements(place, document)
    return local, tuple(found)


def _drop_bootstrap(template: Template) -> Iterator[Difference]:
    for section, name in (("Parameters", "BootstrapVersion"), ("Rules", "CheckBootstrapVersion")):
        if template.get(section, {}).pop(name, None) is not None:
            yield Difference((section, name), NO_BOOTSTRAP)


def _fit_mapping(path: tuple[str | int, ...], mapping: dict[str, Any]) -> Iterator[Difference]:
    if "StartingPosition" in mapping:
        mapping["Enabled"] = False
        yield Difference((*path, "Enabled"), POLLED_BY_THE_PUMP)
    if "ScalingConfig" in mapping:
        mapping["ScalingConfig"] = {"MaximumConcurrency": LEAST_AT_ONCE}
        yield Difference((*path, "ScalingConfig"), FEW_AT_ONCE)


def _one_after_the_other(path: tuple[str | int, ...], machine: dict[str, Any]) -> Iterator[Difference]:
    """The Maps of a machine, whose definition is a text with the functions' ARNs in between."""
    begins = '"Type":"Map"'
    between, parts = machine["DefinitionString"]["Fn::Join"]
    fitted = [
        part.replace(begins, f'{begins},"MaxConcurrency":1') if isinstance(part, str) else part
        for part in parts
    ]
    machine["DefinitionString"] = {"Fn::Join": [between, fitted]}
    yield Difference((*path, "DefinitionString"), FEW_AT_ONCE)


def _policy_documents(
    path: tuple[str | int, ...], value: Any
) -> Iterator[tuple[tuple[str | int, ...], dict[str, Any]]]:
    """Every policy document below a value, with its path."""
    if isinstance(value, dict):
        if isinstance(value.get("Statement"), list):
            yield path, value
        for key, inner in value.items():
            yield from _policy_documents((*path, key), inner)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _policy_documents((*path, place), inner)


def _open_to_http(path: tuple[str | int, ...], document: dict[str, Any]) -> Iterator[Difference]:
    kept = [statement for statement in document["Statement"] if not _denies_http(statement)]
    if kept != document["Statement"]:
        document["Statement"] = kept
        yield Difference((*path, "Statement"), NO_TLS)


def _denies_http(statement: Mapping[str, Any]) -> bool:
    insecure = {"Bool": {"aws:SecureTransport": "false"}}
    return bool(statement["Effect"] == "Deny" and statement.get("Condition") == insecure)


def _widen_mail(path: tuple[str | int, ...], document: dict[str, Any]) -> Iterator[Difference]:
    for statement in document["Statement"]:
        if _is_about_mail(statement) and statement["Resource"] != "*":
            statement["Resource"] = "*"
            statement.pop("Condition", None)
            yield Difference((*path, "Statement"), SENDS_AS_ANYONE)


def _is_about_mail(statement: Mapping[str, Any]) -> bool:
    actions = _actions(statement)
    return bool(actions) and all(action.startswith("ses:") for action in actions)


def _name_batches(path: tuple[str | int, ...], document: dict[str, Any]) -> Iterator[Difference]:
    for statement in document["Statement"]:
        batches = [f"{action}Batch" for action in _actions(statement) if action in HAVE_BATCH_CALLS]
        if batches:
            statement["Action"] = _actions(statement) + batches
            yield Difference((*path, "Statement"), NAMES_BATCHES)


def _allow_statements(path: tuple[str | int, ...], document: dict[str, Any]) -> Iterator[Difference]:
    makes_statements = any(
        action.startswith("dynamodb:PartiQL")
        for statement in document["Statement"]
        for action in _actions(statement)
    )
    if makes_statements:
        batch = {"Effect": "Allow", "Action": "dynamodb:BatchExecuteStatement", "Resource": "*"}
        document["Statement"] = [*document["Statement"], batch]
        yield Difference((*path, "Statement"), NAMES_STATEMENTS)


def _actions(statement: Mapping[str, Any]) -> list[str]:
    actions = statement.get("Action", [])
    return [actions] if isinstance(actions, str) else list(actions)
