"""All that the command imports, and some that its verbs import when they run; but none of its own modules:
what they read of the environment they read once."""

import sys
from importlib import import_module

for _library in (
    "keepwell_cli.main",
    "boto3",
    "infra.system",
    "keepwell.playbook.compiling",
    "liquid",
    "pynamodb.attributes",
    "ruamel.yaml",
):
    import_module(_library)
for _name in [name for name in sys.modules if name.partition(".")[0] == "keepwell_cli"]:
    del sys.modules[_name]
