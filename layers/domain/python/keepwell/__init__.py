"""Keepwell's domain: health, segments, plays and the one decision function. Pure: no AWS, clock or network."""
