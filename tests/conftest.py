"""How properties are tried: never against the clock; by mutation testing on few examples, always the same.

And how tests share the machine: those on local clouds, which mostly wait, begin first and have a worker more.
"""

from collections.abc import Generator
from os import environ

import pytest
from hypothesis import HealthCheck, Phase, settings

settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile(
    "mutants",
    settings.get_profile("unhurried"),
    max_examples=25,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
)
settings.load_profile(environ.get("KEEPWELL_PROPERTIES", "unhurried"))


@pytest.hookimpl(wrapper=True, optionalhook=True)
def pytest_xdist_auto_num_workers() -> Generator[None, int, int]:
    return (yield) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.get_closest_marker("xdist_group") is None)
