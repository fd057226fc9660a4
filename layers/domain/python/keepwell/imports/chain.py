"""Chains: the functions of one source, one after the other (product INT-05)."""

from collections.abc import Mapping, Sequence

from keepwell.imports.functions import FUNCTIONS, OWN, Texts, Use, parting
from keepwell.imports.mapping import Step


def gives_several(step: Step, several: bool) -> bool:
    """Whether there are several texts after a step, given whether there were before."""
    if step.name == "split" and parting(step.argument)[1] is None:
        return True
    return several and not FUNCTIONS[step.name].joins


class Chain:
    """The functions of one source, ready to work. Raises FaultyFormat if an argument cannot be used."""

    def __init__(self, steps: Sequence[Step], is_id: bool = False):
        self._made_of = steps, is_id
        self._works = []
        for place, step in enumerate(steps, start=1):
            mended = any(later.name == "default" for later in steps[place:])
            function = FUNCTIONS.get(step.name) or OWN[step.name]
            self._works.append(function.prepare(step.argument, Use(mended, is_id)))

    def __call__(self, texts: Texts) -> str:
        """The text that one becomes, or several. Raises UnreadableText."""
        for work in self._works:
            texts = work(texts)
        return texts[0]

    def __reduce__(self) -> tuple[type["Chain"], tuple[Sequence[Step], bool]]:
        """To other processes go the steps: what works is made of functions that cannot be sent."""
        return Chain, self._made_of


def with_tables(steps: Sequence[Step], tables: Mapping[str, Mapping[str, str]]) -> tuple[Step, ...]:
    """Steps of which every lookup has its table at hand. KeyError if there is none of its name."""
    return tuple(
        Step(step.name, {"table": step.argument, "texts": tables[step.argument]})
        if step.name == "lookup"
        else step
        for step in steps
    )
