"""Conditions: two hundred at once over many accounts, against the interpreter, zen-engine and rule-engine."""

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import cycle, islice
from typing import Any

import rule_engine  # type: ignore[import-untyped,unused-ignore,import-not-found]
import zen  # type: ignore[import-untyped,unused-ignore,import-not-found]

from keepwell.attributes import Value
from keepwell.criteria import Condition, match
from keepwell.criteria.compiling import CompiledConditions
from tests.bench import workload
from tests.bench.measuring import Budget, Contestant, measure, show
from tests.bench.translating import RULE_ENGINE, TODAY, ZEN, midnight, plain, translated, with_ages
from tests.story import TODAY as DAY

CONDITIONS = 200
ACCOUNTS = 100_000
FEW, MANY = 10_000, 1_000_000
INTERPRETED, AS_TEXT, BY_RULE_ENGINE = 2_000, 20_000, 200
"""Accounts that the slow ones are asked of; they are as fast over few."""

Account = dict[str, Value]


def bench() -> None:
    conditions, accounts = workload.conditions(CONDITIONS), list(workload.accounts(ACCOUNTS))
    documents = [plain(each, workload.ATTRIBUTES) for each in accounts]
    compiled = CompiledConditions(conditions)
    by_zen, by_rule_engine = _zen(conditions), _rule_engine(conditions)
    for_rule_engine = [each | {TODAY: midnight(DAY)} for each in documents[:BY_RULE_ENGINE]]
    for_zen = [with_ages(each, DAY) for each in documents]
    texts = [json.dumps(each) for each in for_zen[:AS_TEXT]]

    def interpreted(account: Account) -> list[bool]:
        return [match(condition, account, DAY) is True for condition in conditions]

    for number, account in enumerate(accounts[:BY_RULE_ENGINE]):
        answers = list(compiled.matches(account, DAY))
        peers = by_zen(for_zen[number]), by_zen(texts[number]), by_rule_engine(for_rule_engine[number])
        if any(each != answers for each in (interpreted(account), *peers)):
            raise AssertionError("the peers do not answer the same questions")
    measured = measure(
        [
            Contestant(
                "keepwell, compiled",
                CONDITIONS * ACCOUNTS,
                lambda: exhaust(compiled.matches(each, DAY) for each in accounts),
            ),
            Contestant(
                f"keepwell, interpreted ({INTERPRETED:,} accounts)",
                CONDITIONS * INTERPRETED,
                lambda: exhaust(map(interpreted, accounts[:INTERPRETED])),
            ),
            Contestant("zen-engine, a dict", CONDITIONS * ACCOUNTS, lambda: exhaust(map(by_zen, for_zen))),
            Contestant(
                f"zen-engine, a JSON text ({AS_TEXT:,})",
                CONDITIONS * AS_TEXT,
                lambda: exhaust(map(by_zen, texts)),
            ),
            Contestant(
                f"rule-engine ({BY_RULE_ENGINE:,})",
                CONDITIONS * BY_RULE_ENGINE,
                lambda: exhaust(map(by_rule_engine, for_rule_engine)),
            ),
        ]
    )
    ours, _, *zens, rules = (each.seconds for each in measured)
    show(
        f"Conditions: {CONDITIONS} of 2 to 5 leaves over {ACCOUNTS:,} accounts",
        "evaluations",
        measured,
        Budget("zen-engine at its best takes at least 4 times as long", min(zens) >= 4 * ours),
        Budget("rule-engine takes at least 100 times as long", rules >= 100 * ours),
        Budget("10 million evaluations a second", ours <= 1 / 10e6),
    )


def bench_growth() -> None:
    """An account takes the same time however many there are, and grows no faster than the conditions do."""
    conditions, accounts = workload.conditions(2 * CONDITIONS), list(workload.accounts(FEW))
    compiled, doubled = CompiledConditions(conditions[:CONDITIONS]), CompiledConditions(conditions)

    stream = _others(accounts, MANY)

    def ask(of: CompiledConditions, some: Callable[[], Iterable[Account]], name: str) -> Contestant:
        exhaust(
            of.matches(each, DAY) for each in some()
        )  # what it remembers is there from the first round on
        return Contestant(name, FEW, lambda: exhaust(of.matches(each, DAY) for each in some()))

    measured = measure(
        [
            ask(
                compiled,
                lambda: _others(accounts, FEW),
                f"{CONDITIONS} conditions, the same {FEW:,} accounts",
            ),
            ask(compiled, lambda: islice(stream, FEW), f"{CONDITIONS} conditions, {MANY:,} accounts"),
            ask(doubled, lambda: _others(accounts, FEW), f"{2 * CONDITIONS} conditions, the same {FEW:,}"),
        ],
        rounds=MANY // FEW - 1,
    )
    few, many, twice = (each.seconds for each in measured)
    show(
        f"Growth: more accounts, more conditions, {FEW:,} accounts in turn",
        "accounts",
        measured,
        Budget("the time of an account is the same within 20%", abs(many / few - 1) <= 0.2),
        Budget("twice the conditions take at most twice as long", twice <= 2 * few),
    )


def _others(accounts: Sequence[Account], number: int) -> Iterator[Account]:
    """So many accounts, no two with the same contract value, of which none is kept."""
    for count, account in enumerate(islice(cycle(accounts), number)):
        yield {**account, "Contract Value": count / 5}


def exhaust(results: Iterable[object]) -> None:
    """Make every one and keep none."""
    deque(results, maxlen=0)


def _zen(conditions: Sequence[Condition]) -> Callable[[Any], Any]:
    """Its best mode: all conditions in one array expression, compiled once."""
    texts = (translated(condition, ZEN) for condition in conditions)
    answers: Callable[[Any], Any] = zen.compile_expression(f"[{', '.join(texts)}]").evaluate
    return answers


def _rule_engine(conditions: Sequence[Condition]) -> Callable[[Any], list[bool]]:
    context = rule_engine.Context(default_value=None)
    rules = [rule_engine.Rule(translated(each, RULE_ENGINE), context=context) for each in conditions]
    return lambda account: [rule.matches(account) for rule in rules]
