"""The synthesised stacks, made once (they are cached by content under build/)."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from infra.layers import TARGETS, Target
from infra.synth import synthesise, template

Resource = dict[str, Any]


@dataclass(frozen=True)
class Stack:
    """A synthesised template and the folder of its assets."""

    assembly: Path
    template: dict[str, Any]

    def of_type(self, kind: str) -> dict[str, Resource]:
        """The properties of the resources of a type, by logical id."""
        resources = self.template["Resources"].items()
        return {name: r.get("Properties", {}) for name, r in resources if r["Type"] == kind}

    def functions(self) -> dict[str, Resource]:
        """The properties of the functions, by the page's name."""
        made = self.of_type("AWS::Lambda::Function").values()
        return {properties["Handler"].partition(".")[0]: properties for properties in made}

    def asset(self, key: str) -> Path:
        """The folder of an asset, by the S3Key of its zip."""
        return self.assembly / f"asset.{key.removesuffix('.zip')}"

    def layers(self) -> Iterator[tuple[str, Path]]:
        for properties in self.of_type("AWS::Lambda::LayerVersion").values():
            yield (
                properties["Description"].removeprefix("Keepwell: "),
                self.asset(properties["Content"]["S3Key"]),
            )


@pytest.fixture(scope="session")
def stacks() -> dict[Target, Stack]:
    made = {target: synthesise(target) for target in TARGETS}
    return {t: Stack(folder, json.loads(template(folder).read_text())) for t, folder in made.items()}


@pytest.fixture(scope="session")
def aws(stacks: dict[Target, Stack]) -> Stack:
    return stacks["aws"]
