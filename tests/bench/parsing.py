"""Parsing a condition, against rule-engine."""

import rule_engine  # type: ignore[import-untyped,unused-ignore,import-not-found]

from keepwell.criteria import parse
from tests.bench.measuring import Budget, Contestant, measure, show
from tests.bench.translating import RULE_ENGINE, translated
from tests.story import standard_playbook

PARSES = 200
TYPICAL = (
    "(Health = Poor OR Risk Status = Identified) AND Contract Value > 25000 "
    "AND Renewal Date within next 90 days"
)


def bench() -> None:
    playbook = standard_playbook()
    text = translated(parse(TYPICAL, playbook.catalogue), RULE_ENGINE)
    measured = measure(
        [
            Contestant(
                "keepwell parse", PARSES, lambda: [parse(TYPICAL, playbook.catalogue) for _ in range(PARSES)]
            ),
            Contestant("rule-engine", PARSES, lambda: [rule_engine.Rule(text) for _ in range(PARSES)]),
        ]
    )
    ours, theirs = (each.seconds for each in measured)
    show(
        f"Parsing: {TYPICAL}",
        "parses",
        measured,
        Budget("under 0.2 ms", ours < 0.2e-3),
        Budget("rule-engine takes no less", theirs >= ours),
    )
