"""Segments: who is in, who enters, who leaves."""

from keepwell.segments.segment import Link, Segment, Tagging, UserSegment

__all__ = ["Link", "Segment", "Tagging", "UserSegment"]
