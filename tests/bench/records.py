"""Records of a stream: which conditions turn between the old image of an account and the new one."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from keepwell.attributes import Value
from keepwell.criteria.compiling import CompiledConditions
from tests.bench import workload
from tests.bench.conditions import CONDITIONS, exhaust
from tests.bench.measuring import Budget, Contestant, measure, show
from tests.story import TODAY

RECORDS = 20_000


@dataclass(frozen=True)
class Record:
    """Two images that differ in the values called one of `changed`."""

    before: dict[str, Value]
    after: dict[str, Value]
    changed: tuple[str, ...]


def bench() -> None:
    compiled = CompiledConditions(workload.conditions(CONDITIONS))
    one, three = _records(1), _records(3)

    def indexed(record: Record) -> dict[int, bool]:
        return compiled.turned(record.before, record.after, record.changed, TODAY)

    def whole(record: Record) -> dict[int, bool]:
        """Both images by the same function."""
        before = compiled.matches(record.before, TODAY)
        after = compiled.matches(record.after, TODAY)
        if before == after:
            return {}
        return {number: new for number, new in enumerate(after) if new is not before[number]}

    if any(indexed(record) != whole(record) for record in (*one, *three)):
        raise AssertionError("with the index and without, other conditions turn")
    measured = measure(
        [
            Contestant("by the index, 1 value changed", RECORDS, lambda: exhaust(map(indexed, one))),
            Contestant("both images whole, 1 changed", RECORDS, lambda: exhaust(map(whole, one))),
            Contestant("by the index, 3 changed", RECORDS, lambda: exhaust(map(indexed, three))),
            Contestant("both images whole, 3 changed", RECORDS, lambda: exhaust(map(whole, three))),
        ]
    )
    with_index, without, *_ = (each.seconds for each in measured)
    show(
        f"Stream records: what turns of {CONDITIONS} conditions, old image against new",
        "records",
        measured,
        Budget("without the index it takes at least 1.8 times as long", without >= 1.8 * with_index),
        Budget("50,000 records a second", with_index <= 1 / 50e3),
    )


def _records(changes: int) -> Sequence[Record]:
    """Accounts of which `changes` values become any others."""
    random = Random(13)
    records = []
    for before in workload.accounts(RECORDS):
        changed = tuple(random.sample(workload.NAMES, changes))
        after = before | {name: _other(name, before, random) for name in changed}
        records.append(Record(before, after, changed))
    return records


def _other(name: str, values: dict[str, Value], random: Random) -> Value:
    while (value := workload.value(name, random)) == values.get(name):
        pass
    return value
