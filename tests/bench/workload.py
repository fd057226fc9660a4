"""Two hundred conditions of two to five leaves over fourteen attributes, and accounts to ask: seeded, so that
every run asks the same."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from random import Random

from keepwell.attributes import Attribute, Value, standard_catalogue
from keepwell.criteria import Condition, parse
from keepwell.plays.context import snake
from tests.story import TODAY

NUMBERS = {
    "Contract Value": (0, 200_000),
    "Licenses": (1, 500),
    "CSM Sentiment": (1, 4),
    "NPS": (0, 10),
    "Open Ticket Count": (0, 20),
    "License Utilization": (0, 120),
    "Health Score": (0, 100),
}
LISTS = ("Status", "Customer Tier", "Health", "Usage Frequency", "Risk Status")
DATES = ("Renewal Date", "Last Touch")
NAMES = (*NUMBERS, *LISTS, *DATES)
CATALOGUE = standard_catalogue()
ATTRIBUTES: Mapping[str, Attribute] = {snake(name): CATALOGUE[name] for name in NAMES}
"""By the name a peer uses."""

MISSING = 0.12  # of the values


def conditions(number: int) -> list[Condition]:
    """Conditions with AND, OR, NOT, brackets, in, between and windows of days."""
    random = Random(7)
    return [parse(_condition(random), CATALOGUE) for _ in range(number)]


def accounts(number: int, seed: int = 11) -> Iterator[dict[str, Value]]:
    """Accounts' values by canonical name, some of them missing."""
    random = Random(seed)
    for _ in range(number):
        yield {name: value(name, random) for name in NAMES if random.random() > MISSING}


def value(name: str, random: Random) -> Value:
    """A value that the attribute may have."""
    if name in NUMBERS:
        return random.randint(*NUMBERS[name])
    if name in DATES:
        return TODAY + timedelta(days=random.randint(-300, 300))
    return random.choice(CATALOGUE[name].values)


def _condition(random: Random) -> str:
    leaves = [("NOT " if random.random() < 0.15 else "") + _leaf(random) for _ in range(random.randint(2, 5))]
    if len(leaves) == 2:
        return random.choice((" AND ", " OR ")).join(leaves)
    middle = random.randint(1, len(leaves) - 1)
    left = random.choice((" AND ", " OR ")).join(leaves[:middle])
    right = random.choice((" AND ", " OR ")).join(leaves[middle:])
    negation = "NOT " if random.random() < 0.15 else ""
    return f"{negation}({left}) {random.choice(('AND', 'OR'))} ({right})"


def _leaf(random: Random) -> str:
    name = random.choice(NAMES)
    ask: Callable[[str, Random], str] = (
        _of_number if name in NUMBERS else _of_date if name in DATES else _of_list
    )
    return f"{name} {ask(name, random)}"


def _of_number(name: str, random: Random) -> str:
    low, high = sorted((random.randint(*NUMBERS[name]), random.randint(*NUMBERS[name])))
    if random.random() < 0.15:
        return f"between {low} and {high}"
    return f"{random.choice(('<', '<=', '>', '>='))} {low}"


def _of_date(_name: str, random: Random) -> str:
    days = random.randint(5, 200)
    return random.choice((f"within next {days} days", f"within last {days} days", f"> {days} days"))


def _of_list(name: str, random: Random) -> str:
    values = CATALOGUE[name].values
    if random.random() < 0.4:
        return f"in ({', '.join(random.sample(values, 2))})"
    return f"{random.choice(('=', '!='))} {random.choice(values)}"
