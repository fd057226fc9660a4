"""Why a play fired for an account, or why not (definitions.md D5)."""

from keepwell.plays.tracing.case import Line
from keepwell.plays.tracing.trace import STAGES, Trace, trace

__all__ = ["STAGES", "Line", "Trace", "trace"]
