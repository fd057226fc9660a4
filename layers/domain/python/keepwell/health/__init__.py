"""Health: profiles, scorecards, both health models."""

from keepwell.health.assessing import NO_ACTIVE_CONTRACT, assess, choose_profile
from keepwell.health.metrics import Metric, MissingPolicy, Scoring
from keepwell.health.profiles import STANDARD_BANDS, Bands, Dimension, Profile
from keepwell.health.results import Assessment, DimensionResult, HealthResult, MetricResult
from keepwell.health.scoring import account_health, band_of, score_profile

__all__ = [
    "NO_ACTIVE_CONTRACT",
    "STANDARD_BANDS",
    "Assessment",
    "Bands",
    "Dimension",
    "DimensionResult",
    "HealthResult",
    "Metric",
    "MetricResult",
    "MissingPolicy",
    "Profile",
    "Scoring",
    "account_health",
    "assess",
    "band_of",
    "choose_profile",
    "score_profile",
]
