"""Segments: who is in, who enters, who leaves."""

from keepwell.segments.segment import Segment

__all__ = ["Segment"]
