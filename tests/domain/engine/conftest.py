"""For a long run by hand: `pytest -p no:cacheprovider --hypothesis-profile=long tests/domain/engine`."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "long",
    max_examples=20_000,
    stateful_step_count=30,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
