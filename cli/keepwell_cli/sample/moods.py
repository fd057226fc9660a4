"""Moods: the ranges that make an invented account good, middling or poor."""

from dataclasses import dataclass

Range = tuple[int, int]
"""Both ends included."""


@dataclass(frozen=True)
class Mood:
    """How an account is doing: what its success manager says of it, and how its people use the product.

    `used` is the share of its licences in use in percent, `lost` how many times as many used it until half
    the past. `weekdays` says how many days of the week see any use, `silent` how many days ago the last was.
    """

    sentiment: Range
    risk: tuple[str, ...]
    tickets: Range
    sla: tuple[str, ...]
    nps: Range
    csat: Range
    untouched: Range  # days since the last contact
    goals: Range
    used: Range
    lost: float
    weekdays: Range
    silent: Range
    regulars: Range  # people who are there on every one of those weekdays
    actions: Range  # a day and user
    minutes: Range  # a day and user
    core: Range  # of the core features, how many are used
    others: Range  # of the other features
    new: Range  # of the new features


GOOD = Mood(
    sentiment=(3, 4),
    risk=("0 - NO RISK", "0 - NO RISK", ""),
    tickets=(0, 2),
    sla=("Met",),
    nps=(9, 10),
    csat=(4, 5),
    untouched=(1, 18),
    goals=(76, 100),
    used=(60, 98),
    lost=1.0,
    weekdays=(4, 6),
    silent=(0, 0),
    regulars=(2, 4),
    actions=(4, 14),
    minutes=(11, 35),
    core=(3, 4),
    others=(4, 7),
    new=(0, 2),
)
MIDDLING = Mood(
    sentiment=(2, 3),
    risk=("0 - NO RISK", "1 - MINOR", "2 - MAJOR"),
    tickets=(1, 5),
    sla=("Met", "Met", "Breached"),
    nps=(7, 8),
    csat=(3, 4),
    untouched=(15, 44),
    goals=(50, 80),
    used=(25, 60),
    lost=1.3,
    weekdays=(1, 3),
    silent=(0, 1),
    regulars=(0, 1),
    actions=(1, 5),
    minutes=(3, 12),
    core=(0, 2),
    others=(1, 2),
    new=(0, 1),
)
POOR = Mood(
    sentiment=(1, 1),
    risk=("2 - MAJOR", "3 - CRITICAL", "3 - CRITICAL"),
    tickets=(6, 14),
    sla=("Breached",),
    nps=(1, 6),
    csat=(1, 2),
    untouched=(50, 120),
    goals=(5, 45),
    used=(2, 18),
    lost=3.0,
    weekdays=(1, 1),
    silent=(5, 60),
    regulars=(0, 0),
    actions=(1, 2),
    minutes=(0, 1),
    core=(0, 0),
    others=(1, 1),
    new=(0, 0),
)
