"""How properties are tried: never against the clock; by mutation testing on few examples, always the same."""

from os import environ

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
