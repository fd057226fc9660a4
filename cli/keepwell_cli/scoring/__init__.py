"""Scoring files offline: a CSV of any size is surveyed once, then judged block by block."""
