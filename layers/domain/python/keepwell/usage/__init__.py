"""Use of the product: events, the days each user was active, and what an evaluation reads of it."""

from keepwell.usage.summary import WINDOWS, ActionUse, UsageSummary

__all__ = ["WINDOWS", "ActionUse", "UsageSummary"]
