"""Modules that conditions ask for: a file may tell of any, but one that is not named may be misspelt."""

from keepwell.criteria.performing import Used
from keepwell.playbook import kinds
from keepwell.playbook.checking import Checker
from keepwell.playbook.findings import nearest


def warn_of_unknown_modules(usage: kinds.Usage, check: Checker) -> None:
    """Warn of a module that keepwell.yaml does not name, if it names any."""
    features = [*usage.core_features, *usage.new_features, usage.first_value or ""]
    modules = {name.casefold(): name for name in (*usage.modules, *map(_module, features)) if name}
    if not usage.modules:
        return
    for source, place, condition in check.conditions:
        for leaf in condition.leaves():
            if isinstance(leaf.attribute, Used):
                module = _module(leaf.attribute.action)
                if module.casefold() not in modules:
                    message = f"keepwell.yaml names no module {module!r} under usage"
                    check.warn(source, place, message, nearest(module, modules.values()))


def _module(action: str) -> str:
    return action.partition("/")[0].strip()
