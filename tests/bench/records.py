"""Changes of an account: which conditions they turn, and which records of the stream need no evaluation."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, starmap
from random import Random

from keepwell.accounts import Account, Facts, Provenance
from keepwell.attributes import Value
from keepwell.criteria.compiling import CompiledConditions
from keepwell.evaluation import Evaluation, evaluate
from tests.bench import workload
from tests.bench.conditions import CONDITIONS, exhaust
from tests.bench.measuring import Budget, Contestant, measure, show
from tests.bench.portfolio import accounts
from tests.story import NOON, TODAY, standard_playbook

RECORDS = 20_000
JUDGED = 2_000


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
        f"Changes of an account: what they turn of {CONDITIONS} conditions",
        "changes",
        measured,
        Budget("without the index it takes at least 1.8 times as long", without >= 1.8 * with_index),
        Budget("50,000 changes a second", with_index <= 1 / 50e3),
    )


def bench_stream() -> None:
    """The stream's records of one changed fact, any of those an account has: by the standard playbook."""
    playbook, random = standard_playbook(), Random(17)
    records = []
    for one, other in pairwise(accounts(JUDGED + 1, playbook)):
        judged = evaluate(one, playbook, NOON)
        name = random.choice(sorted(one.facts.values.keys() & other.facts.values.keys()))
        told = {**one.facts.values, name: other.facts.values[name]}
        after = replace(one.facts, values=told, exceptions={name: Provenance("hubspot", NOON)})
        records.append((one.facts, Account(after, judged.standing, judged.trail)))

    def asked(before: Facts, after: Account) -> Evaluation | None:
        if not playbook.concerned_by(before, after.facts, NOON):
            return None
        return evaluate(after, playbook, NOON)

    skipped = [after for before, after in records if asked(before, after) is None]
    if any(evaluate(each, playbook, NOON).changed for each in skipped):
        raise AssertionError("a record was skipped that matters")
    measured = measure(
        [
            Contestant("evaluated where it concerns", JUDGED, lambda: exhaust(starmap(asked, records))),
            Contestant(
                "evaluated always",
                JUDGED,
                lambda: exhaust(evaluate(after, playbook, NOON) for _, after in records),
            ),
            Contestant(
                "asked alone whether it concerns",
                JUDGED,
                lambda: exhaust(
                    playbook.concerned_by(before, after.facts, NOON) for before, after in records
                ),
            ),
        ]
    )
    show(f"Stream records of one fact, {len(skipped) / JUDGED:.0%} of no concern", "records", measured)


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
