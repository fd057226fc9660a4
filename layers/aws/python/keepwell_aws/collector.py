"""Python's collector of cycles, in functions that make many objects at once, of which none is in a cycle."""

import gc

ALLOCATIONS = 200_000
"""More than the rows of a batch take: the collector would look at each of them several times."""


def spare_the_collector() -> None:
    """Have it look seldom, and never at what is there by now."""
    gc.freeze()
    gc.set_threshold(ALLOCATIONS)
