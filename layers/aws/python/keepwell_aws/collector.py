"""Python's collector of cycles, in functions: what they make, modules or rows, is seldom in a cycle."""

import gc

ALLOCATIONS = 200_000
"""More than the rows of a batch or the imports of a cold start take: it would look at each several times."""


def spare_the_collector() -> None:
    """Have it look seldom, and never at what is there by now."""
    gc.freeze()
    gc.set_threshold(ALLOCATIONS)
