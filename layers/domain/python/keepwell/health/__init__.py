"""Health: profiles, scorecards, both health models."""

from keepwell.health.profiles import Bands, Dimension, Metric, MissingPolicy, Profile

__all__ = ["Bands", "Dimension", "Metric", "MissingPolicy", "Profile"]
