"""Segments: who is in, who enters, who leaves."""

from keepwell.segments.segment import Link, Segment

__all__ = ["Link", "Segment"]
