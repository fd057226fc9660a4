"""All conditions of a playbook compiled, to be answered at once for an account, or for what changed of one.

It answers as `matching.match` does, which stays the reference and gives the reasons.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from keepwell.attributes import Value
from keepwell.criteria.circuit import circuit_of
from keepwell.criteria.generating import generate
from keepwell.criteria.knowing import NO_TRAIL, Moment, Trail, name_read
from keepwell.criteria.remembering import questions_of, readings
from keepwell.criteria.tree import Condition


class CompiledConditions:
    """Conditions, numbered from 0. It remembers what leaves answered: keep it, and it gets faster."""

    def __init__(self, conditions: Sequence[Condition]):
        circuit = circuit_of(conditions)
        self._readings = readings(each for each in circuit.inputs if not each.leaf.lookback_days)
        self._looking_back = questions_of(each for each in circuit.inputs if each.leaf.lookback_days)
        self._may_hold = sum(question.where_true + question.where_false for question in self._looking_back)
        self._functions = generate(circuit, self._readings)
        self._layout = circuit.layout
        self.places = circuit.outputs
        self._numbers = {place: number for number, place in enumerate(circuit.outputs)}
        self._by_name = {
            name: tuple(reading for reading in self._readings if reading.name == name)
            for name in {reading.name for reading in self._readings}
        }
        self._pasts = {name_read(question.leaf.attribute) for question in self._looking_back}

    def matches(
        self, values: Mapping[str, Value | None], today: date, trail: Trail = NO_TRAIL
    ) -> tuple[bool, ...]:
        """For each condition whether it is known to hold; what is given is as in `match`."""
        outputs = self.holding(values, today, trail)
        return self._layout.unpack(outputs.to_bytes(self._layout.size, "little"))

    def holding(self, values: Mapping[str, Value | None], today: date, trail: Trail = NO_TRAIL) -> int:
        """As `matches`, in one number: the bit at `places[n]` is set where condition n is known to hold."""
        return self._settled(self._functions.read(values, today), values, today, trail)

    def turned(
        self,
        before: Mapping[str, Value | None],
        after: Mapping[str, Value | None],
        changed: Iterable[str],
        today: date,
        trail: Trail = NO_TRAIL,
    ) -> dict[int, bool]:
        """The conditions that answer otherwise for `after` than for `before`: the answer after, by number.

        `before` and `after` differ in values called one of `changed` and in no other. Those alone are read of
        both; where they answer the same, nothing else is read.
        """
        was = now = 0
        past = False
        for name in changed:
            past = past or name in self._pasts
            for reading in self._by_name.get(name, ()):
                was |= reading.of(before, today)
                now |= reading.of(after, today)
        if was == now and not past:
            return {}
        bits = self._functions.read(after, today)
        outputs = self._settled(bits, after, today, trail)
        differing = outputs ^ self._settled(bits ^ now ^ was, before, today, trail)
        turned = {}
        while differing:
            place = differing.bit_length() - 1
            turned[self._numbers[place]] = bool(outputs >> place & 1)
            differing ^= 1 << place
        return turned

    def _settled(self, bits: int, values: Mapping[str, Value | None], today: date, trail: Trail) -> int:
        """The outputs. A leaf that looks back is asked only where the others leave an output undecided."""
        settle = self._functions.settle
        if self._looking_back and (undecided := settle(bits) ^ settle(bits | self._may_hold)):
            moment = Moment(values, today, trail)
            for question in self._looking_back:
                if question.outputs & undecided:
                    bits |= question.bits(moment)
        return settle(bits)
