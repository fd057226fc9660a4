"""Conditions: every one of the standard playbook over many accounts, and parsing, against rule-engine."""

from collections.abc import Sequence

import rule_engine  # type: ignore[import-untyped,unused-ignore,import-not-found]

from keepwell.attributes import Attribute
from keepwell.criteria import Condition, match, parse
from keepwell.playbook import Playbook
from keepwell.plays.context import snake
from tests.bench.measuring import Contestant, measure, show
from tests.bench.portfolio import accounts, judged_values
from tests.bench.translating import RULE_ENGINE, TODAY, midnight, plain, translated
from tests.story import TODAY as DAY
from tests.story import standard_playbook

ACCOUNTS = 10_000
ACCOUNTS_OF_THE_PEER = 250  # it is much slower, and its speed is the same over few
PARSES = 200
TYPICAL = (
    "(Health = Poor OR Risk Status = Identified) AND Contract Value > 25000 "
    "AND Renewal Date within next 90 days"
)


def conditions_of(playbook: Playbook) -> list[Condition]:
    """Those of profiles, scorecards, segments and plays."""
    metrics = [*playbook.account_model]
    for profile in playbook.profiles:
        metrics += [metric for dimension in profile.dimensions for metric in dimension.metrics]
    whole = [
        *(profile.criteria for profile in playbook.profiles),
        *(segment.criteria for segment in playbook.segments),
        *(play.criteria for play in playbook.plays),
    ]
    return [
        *(condition for condition in whole if condition is not None),
        *(condition for metric in metrics for condition in (metric.good, metric.poor)),
    ]


def attributes_of(conditions: Sequence[Condition]) -> dict[str, Attribute]:
    """The attributes of all leaves, by the name a peer uses."""
    leaves = (leaf for condition in conditions for leaf in condition.leaves())
    return {snake(leaf.attribute.reads or leaf.attribute.name): leaf.attribute for leaf in leaves}


def bench() -> None:
    playbook = standard_playbook()
    conditions = conditions_of(playbook)
    attributes = attributes_of(conditions)
    values = [judged_values(account, playbook) for account in accounts(ACCOUNTS, playbook)]
    peers = [plain(each, attributes) | {TODAY: midnight(DAY)} for each in values[:ACCOUNTS_OF_THE_PEER]]
    context = rule_engine.Context(default_value=None)
    rules = [rule_engine.Rule(translated(each, RULE_ENGINE), context=context) for each in conditions]

    def ours(number: int = ACCOUNTS) -> list[int]:
        return [
            sum(match(condition, each, DAY) is True for each in values[:number]) for condition in conditions
        ]

    def theirs() -> list[int]:
        return [sum(rule.matches(each) for each in peers) for rule in rules]

    if ours(ACCOUNTS_OF_THE_PEER) != theirs():
        raise AssertionError("the peer does not answer the same questions")
    show(
        f"Conditions: the {len(conditions)} of the standard playbook over {ACCOUNTS:,} accounts "
        f"(rule-engine: over {ACCOUNTS_OF_THE_PEER:,} of them)",
        "evaluations",
        measure(
            [
                Contestant("keepwell match", len(conditions) * ACCOUNTS, ours),
                Contestant("rule-engine", len(conditions) * ACCOUNTS_OF_THE_PEER, theirs),
            ]
        ),
        budget="rule-engine takes at least 3 times as long",
    )


def bench_parsing() -> None:
    playbook = standard_playbook()
    text = translated(parse(TYPICAL, playbook.catalogue), RULE_ENGINE)
    show(
        f"Parsing: {TYPICAL}",
        "parses",
        measure(
            [
                Contestant(
                    "keepwell parse",
                    PARSES,
                    lambda: [parse(TYPICAL, playbook.catalogue) for _ in range(PARSES)],
                ),
                Contestant("rule-engine", PARSES, lambda: [rule_engine.Rule(text) for _ in range(PARSES)]),
            ]
        ),
        budget="rule-engine takes no less",
    )
