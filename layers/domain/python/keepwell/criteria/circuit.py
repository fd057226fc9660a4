"""The logic of many conditions as a circuit over the bits of one whole number: a step does a gate of each.

Every leaf has a bit, set where its answer is known to be the one wanted. NOT is gone: of a term under it the
other answer is wanted, and AND is known not to hold where some term is known not to (De Morgan). An unknown
answer sets no bit, whichever is wanted: so three-valued logic needs no more than AND and OR of bits.

A gate is a field of bits, its inputs among them, with its output just above:

    AND  fill the field but for its inputs with ones and add 1: only through ones the carry gets to the output
    OR   clear the field but for its inputs and add ones everywhere: any input carries into the output

Gates of one height are disjoint: one `(bits & keep | fill) + carry` settles all of them.
"""

from collections import defaultdict
from collections.abc import Sequence
from struct import Struct
from typing import NamedTuple

from keepwell.criteria.tree import And, Condition, Leaf, Not, Or


class Input(NamedTuple):
    """The bit of a leaf, set where its answer is known to be `wanted`; `output` is that of its condition."""

    leaf: Leaf
    wanted: bool
    bit: int
    output: int


class Step(NamedTuple):
    """What settles the gates of one height."""

    keep: int
    fill: int
    carry: int


class Circuit(NamedTuple):
    """`inputs` in the order of the text, `steps` in that of the work. Of the bits that come out, those at the
    places of `outputs` say which conditions are known to hold, in their order; each is in a byte of its own,
    and `layout` knows in which."""

    inputs: tuple[Input, ...]
    steps: tuple[Step, ...]
    outputs: tuple[int, ...]
    layout: Struct


def circuit_of(conditions: Sequence[Condition]) -> Circuit:
    """The circuit of `conditions`, whose outputs are in their order. Raises TypeError for what is none."""
    board = _Board()
    outputs = tuple(board.add(condition) for condition in conditions)
    return Circuit(tuple(board.inputs), board.steps(), outputs, Struct(board.layout))


class _Gate(NamedTuple):
    """The field from bit `low` up to `output`; `every`: an AND."""

    low: int
    output: int
    inputs: Sequence[int]
    every: bool


class _Board:
    """The bits given away so far; `end` is the next."""

    def __init__(self) -> None:
        self.inputs: list[Input] = []
        self.layout = "<"
        self.end = 0
        self._gates: defaultdict[int, list[_Gate]] = defaultdict(list)
        self._leaves: list[tuple[Leaf, bool, int]] = []

    def add(self, condition: Condition) -> int:
        """Place a condition from the next whole byte on; the place of its output."""
        start = self.end = -(-self.end // 8) * 8
        place, _ = self._place(condition, wanted=True)
        self.layout += f"{(place - start) // 8}x?"
        self.inputs += (Input(leaf, wanted, 1 << at, 1 << place) for leaf, wanted, at in self._leaves)
        self._leaves.clear()
        return place

    def steps(self) -> tuple[Step, ...]:
        """What settles all gates, the lowest first."""
        return tuple(self._step(self._gates[height]) for height in sorted(self._gates))

    def _place(self, condition: Condition, *, wanted: bool) -> tuple[int, int]:
        """The place of the bit that says whether `condition` is known to be `wanted`, and its height."""
        height = 0
        match condition:
            case Not(term):
                return self._place(term, wanted=not wanted)
            case And(terms) | Or(terms):
                low = self.end
                inputs = [self._place(term, wanted=wanted) for term in terms]
                height = 1 + max(height for _, height in inputs)
                gate = _Gate(low, self.end, [at for at, _ in inputs], isinstance(condition, And) is wanted)
                self._gates[height].append(gate)
            case Leaf():
                self._leaves.append((condition, wanted, self.end))
            case _:
                raise TypeError(f"no condition: {condition!r}")
        self.end += 1
        return self.end - 1, height

    def _step(self, gates: Sequence[_Gate]) -> Step:
        keep, fill, carry = (1 << self.end) - 1, 0, 0
        for gate in gates:
            field = (1 << gate.output) - (1 << gate.low)
            idle = field - sum(1 << at for at in gate.inputs)
            keep -= idle
            fill += idle if gate.every else 0
            carry += 1 << gate.low if gate.every else field
        return Step(keep, fill, carry)
