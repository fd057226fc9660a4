"""What a cold start imports: only what the function needs, and no setting is read before it is used."""

import json
import subprocess
import sys

import pytest

from infra.layers import ROOT
from infra.system import FUNCTIONS

NAMES = [function.name for function in FUNCTIONS]

PROBE = """
import json, os, sys
sys.path[:0] = ["functions", "layers/domain/python", "layers/aws/python", "layers/blocs/python"]
asked = set()
class Watched(dict):
    def __getitem__(self, name): asked.add(name); return super().__getitem__(name)
    def get(self, name, default=None): asked.add(name); return super().get(name, default)
    def __contains__(self, name): asked.add(name); return super().__contains__(name)
os.environ = Watched(os.environ)
import importlib
importlib.import_module(f"{sys.argv[1]}.handler")
print(json.dumps({"modules": sorted(sys.modules), "asked": sorted(asked)}))
"""


@pytest.mark.parametrize("name", NAMES)
def test_a_cold_start_imports_what_the_function_needs_and_reads_no_setting(name: str) -> None:
    """No synthesiser, no YAML, no other function; the template engine only with the first text, what reads
    workbooks only when one comes. And no setting: a missing one is told by name when it is needed, not
    by an import that fails."""
    answer = subprocess.run(
        [sys.executable, "-c", PROBE, name], cwd=ROOT, check=True, capture_output=True, text=True
    )
    told = json.loads(answer.stdout)
    top = {module.partition(".")[0] for module in told["modules"]}
    assert not top & {"aws_cdk", "infra", "ruamel", "yaml", "keepwell_cli", "rich", "typer", "moto", "tests"}
    assert not top & {"liquid", "python_calamine"}
    assert top & set(NAMES) == {name}
    [function] = [function for function in FUNCTIONS if function.name == name]
    mine = {setting for setting in function.settings if not setting.startswith("POWERTOOLS_")}
    assert not set(told["asked"]) & mine
