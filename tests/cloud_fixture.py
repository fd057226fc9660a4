"""A local cloud with Keepwell deployed on it, started once for all tests that want one.

A test asks for `local_cloud` (import it in a conftest) and marks its module with
`pytestmark = pytest.mark.xdist_group("cloud")`, so that one worker runs them all on one cloud. A test that
starts a cloud of its own is in the group "own cloud", whose tests another worker runs one after the other, or
in a group by itself if it follows a page: any worker runs that, before the tests without a group.
"""

from collections.abc import Iterator

import pytest

from keepwell_cli.local.cloud import LocalCloud


@pytest.fixture(scope="session")
def local_cloud() -> Iterator[LocalCloud]:
    """Started and deployed; it is stopped, and its files are gone, when the tests are over."""
    with LocalCloud() as cloud:
        cloud.deploy()
        yield cloud


@pytest.fixture
def cloud_environment(local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> LocalCloud:
    """The cloud, with this process's environment pointed at it."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "KEEPWELL_STACK"):
        monkeypatch.delenv(name, raising=False)
    for name, value in local_cloud.environment.items():
        monkeypatch.setenv(name, value)
    return local_cloud
