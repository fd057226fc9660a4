"""Proposing: the mapping of a foreign file, from its header and its first rows (product INT-05)."""

from keepwell.imports.proposing.proposal import LeftOut, OpenQuestion, Proposal, ProposedColumn
from keepwell.imports.proposing.proposing import propose
from keepwell.imports.proposing.samples import MOST_ROWS

__all__ = ["MOST_ROWS", "LeftOut", "OpenQuestion", "Proposal", "ProposedColumn", "propose"]
