"""How the people of an invented account used the product in the last 90 days: a row for each user, feature
and day."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from random import Random

from keepwell_cli.sample.accounts import Invented
from keepwell_cli.sample.moods import GOOD, POOR
from keepwell_cli.sample.product import CORE_FEATURES, FIRST_VALUE, NEW_FEATURES, OTHER_FEATURES

DAYS = 90
MANY_LICENSES = 50
"""With so many, it does not show that most people are there every second week only."""
HEADERS = ("Account ID", "User ID", "Module", "Action", "Time", "Count", "Minutes")


def user_id(account_id: str, number: int) -> str:
    return f"{account_id}-U{number:03}"


def used(account: Invented, on: date, seed: int) -> Iterator[dict[str, str]]:
    """The rows of one account, the newest of them of the day before `on`. An account has its own random
    numbers, so that what changes in one leaves the others alone."""
    random = Random(f"{seed}/use/{account.id}")  # noqa: S311 - invented companies, no secrets
    mood = account.mood
    first = max(account.created, on - timedelta(days=DAYS))
    last = on - timedelta(days=1 + random.randint(*mood.silent))
    features = _features(account, random)
    weekdays = sorted(random.sample(range(5 if mood is not GOOD else 6), random.randint(*mood.weekdays)))
    users = round(account.licenses * random.randint(*mood.used) / 100)
    regulars = random.randint(*mood.regulars)
    half = first + (last - first) / 2
    for number in range(1, round(users * mood.lost) + 1):
        gone = half if number > users else last
        own = weekdays if number <= regulars else (random.choice(weekdays),)
        weeks = 1 if number <= regulars or account.licenses < MANY_LICENSES else random.choice((1, 2, 2))
        for day in _days(first, gone, own, weeks, offset=random.randrange(weeks)):
            yield _row(account, user_id(account.id, number), random.choice(features), day, random)
    if mood is not POOR and first == account.created:
        value_on = first + timedelta(days=random.randint(2, 12))
        if value_on <= last:
            yield _row(account, user_id(account.id, 1), FIRST_VALUE, value_on, random)


def _features(account: Invented, random: Random) -> list[str]:
    """What the account uses; what it uses most stands in there more than once."""
    mood = account.mood
    core = random.sample(CORE_FEATURES, random.randint(*mood.core))
    others = random.sample(OTHER_FEATURES, random.randint(*mood.others))
    new = random.sample(NEW_FEATURES, random.randint(*mood.new))
    return [*core, *core, *others, *new]


def _days(first: date, last: date, weekdays: Sequence[int], weeks: int, offset: int) -> Iterator[date]:
    """The days on which one user is there: on these weekdays, of every week or every second."""
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        if day.weekday() in weekdays and (day.toordinal() // 7) % weeks == offset:
            yield day


def _row(account: Invented, user: str, feature: str, day: date, random: Random) -> dict[str, str]:
    module, _, action = feature.partition("/")
    cells = (account.id, user, module, action, day.isoformat(), random.randint(*account.mood.actions))
    return dict(zip(HEADERS, (*map(str, cells), str(random.randint(*account.mood.minutes))), strict=True))
