"""Metrics: what is computed of an account's facts and use, as attributes that conditions read."""
