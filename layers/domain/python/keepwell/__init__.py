"""Keepwell's domain: health, segments, plays, the one decision function. Pure: no AWS, clock or network."""
