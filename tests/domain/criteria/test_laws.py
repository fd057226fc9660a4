"""Laws that hold for every condition and every account."""

import json

from hypothesis import given
from hypothesis import strategies as st

from keepwell.attributes import Value
from keepwell.criteria import Condition, attributes_of, explain, match, parse, to_json
from keepwell.criteria.belonging import HasTag, InSegment
from keepwell.criteria.changes import Held
from keepwell.criteria.comparing import Comparison, Emptiness
from keepwell.criteria.dates import Age
from keepwell.criteria.tree import And, Not, Or, all_of, any_of
from keepwell.errors import FaultyCondition
from tests.domain.criteria.accounts_by_condition import TODAY
from tests.domain.criteria.generated import ACCOUNTS, CATALOGUE, CONDITIONS, LEAVES, OF_TODAY, SCRAPS

Account = dict[str, Value]


@given(CONDITIONS)
def test_the_canonical_text_parses_back(condition: Condition) -> None:
    assert parse(str(condition), CATALOGUE) == condition
    assert hash(parse(str(condition), CATALOGUE)) == hash(condition)


@given(CONDITIONS)
def test_the_json_form_is_json_and_tells_conditions_apart(condition: Condition) -> None:
    assert json.loads(json.dumps(to_json(condition), allow_nan=False)) == to_json(condition)


@given(OF_TODAY, ACCOUNTS)
def test_what_is_missing_is_unknown(leaf: Condition, account: Account) -> None:
    answer = match(leaf, account, TODAY)
    present = attributes_of(leaf)[0] in account
    if isinstance(leaf, Emptiness):
        assert answer is (leaf.empty is not present)
    elif isinstance(leaf, HasTag | InSegment):
        assert answer is not None
    else:
        assert (answer is None) is not present


@given(CONDITIONS, CONDITIONS, ACCOUNTS)
def test_three_valued_logic(a: Condition, b: Condition, account: Account) -> None:
    def ask(condition: Condition) -> bool | None:
        return match(condition, account, TODAY)

    order = {False: 0, None: 1, True: 2}
    both, either = ask(all_of(a, b)), ask(any_of(a, b))
    assert order[both] == min(order[ask(a)], order[ask(b)])
    assert order[either] == max(order[ask(a)], order[ask(b)])
    assert order[ask(Not(a))] == 2 - order[ask(a)]
    assert ask(Not(And((a, b)))) is ask(Or((Not(a), Not(b))))


@given(CONDITIONS, ACCOUNTS)
def test_learning_more_never_overturns_an_answer(condition: Condition, account: Account) -> None:
    """An unknown may become known; a known answer stays, unless it asked for emptiness or belonging."""
    if any(isinstance(leaf, Emptiness | HasTag | InSegment | Held) for leaf in condition.leaves()):
        return
    for name in account:
        less = {other: value for other, value in account.items() if other != name}
        assert match(condition, less, TODAY) in (None, match(condition, account, TODAY))


@given(LEAVES, ACCOUNTS)
def test_opposite_comparators_disagree(leaf: Condition, account: Account) -> None:
    if isinstance(leaf, Comparison | Age) and f" {leaf.comparator} " in str(leaf):  # an age has words, too
        opposite = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}[leaf.comparator]
        other = parse(str(leaf).replace(f" {leaf.comparator} ", f" {opposite} ", 1), CATALOGUE)
        assert match(other, account, TODAY) is match(Not(leaf), account, TODAY)


@given(CONDITIONS, ACCOUNTS)
def test_the_reasons_are_the_leaves(condition: Condition, account: Account) -> None:
    reasons = explain(condition, account, TODAY)
    leaves = list(condition.leaves())
    assert [reason.condition for reason in reasons] == [str(leaf) for leaf in leaves]
    assert [reason.matches for reason in reasons] == [match(leaf, account, TODAY) for leaf in leaves]


@given(st.text() | st.lists(SCRAPS, max_size=20).map(" ".join))
def test_any_text_is_a_condition_or_faulty(text: str) -> None:
    try:
        condition = parse(text, CATALOGUE)
    except FaultyCondition as caught:
        error = caught
    else:
        assert parse(str(condition), CATALOGUE) == condition
        return
    assert 1 <= error.line <= max(1, len(text.splitlines()))
    assert error.column >= 1
    assert error.message in str(error)
