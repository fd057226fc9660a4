"""Circles in what leads to what."""

from collections.abc import Callable, Collection, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any


def circles(
    leads_to: Mapping[str, Collection[str]], first: Callable[[str], Any]
) -> Iterator[tuple[str, ...]]:
    """Ways that end where they began, such as `a`, `b`, `a`; no two have a node in common.

    Each begins with the node that `first` gives the lowest key.
    """
    left = {node: [each for each in after if each in leads_to] for node, after in leads_to.items()}
    while left:
        try:
            TopologicalSorter(left).prepare()
        except CycleError as found:
            way = found.args[1][:0:-1]  # from each node to what it leads to, the end not repeated
            start = way.index(min(way, key=first))
            yield (*way[start:], *way[: start + 1])
            left = {
                node: [e for e in after if e not in way] for node, after in left.items() if node not in way
            }
        else:
            return
