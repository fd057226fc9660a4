"""The playbook: what a company configured, compiled to one immutable, versioned bundle.

Reading a bundle needs no YAML. `keepwell.playbook.loading` and `compiling`, which do, are imported by name.
"""

from keepwell.playbook.bundle import read_bundle
from keepwell.playbook.playbook import Endpoint, EndpointKind, Playbook

__all__ = ["Endpoint", "EndpointKind", "Playbook", "read_bundle"]
