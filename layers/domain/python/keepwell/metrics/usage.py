"""Use of the product as values of attributes, as of a day (definitions 1.2, product HLT-12).

Windows are of full days: those before the day asked about, which is not over yet. Events of the day itself
count for Last Activity alone. Where no use was ever told nothing is known, which is not 0; nor is anything
known of a day before the first event, nor of one so far back that its window is not kept.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from keepwell.attributes import Value
from keepwell.usage import ActionUse, UsageSummary
from keepwell.usage.summary import KEPT_DAYS

MONTH = 30
FORTNIGHT = 14

SURELY_KEPT = KEPT_DAYS - MONTH - 2
"""Days back as of which every window is kept, though there are events of today and tomorrow."""

FREQUENCIES = ((9, "Daily"), (5, "Weekly"), (2, "Occasionally"), (0, "Inactive"))
"""The fewest active days of a fortnight for each Usage Frequency (1.14 row 17)."""


@dataclass(frozen=True)
class Product:
    """What the product is made of, as keepwell.yaml says under `usage`: what is not said is not measured.

    `modules` are names of modules; the others are actions, written `Module/Action`, in any case.
    """

    modules: tuple[str, ...] = ()
    core_features: tuple[str, ...] = ()
    new_features: tuple[str, ...] = ()
    first_value: str = ""

    @cached_property
    def folded(self) -> "Product":
        """The same in the case in which names are compared."""
        fold = str.casefold
        return Product(
            modules=tuple({fold(name) for name in self.modules}),
            core_features=tuple({fold(name) for name in self.core_features}),
            new_features=tuple({fold(name) for name in self.new_features}),
            first_value=fold(self.first_value),
        )


NO_PRODUCT = Product()


class AsOf:
    """The use of an account's product as of a day."""

    def __init__(self, summary: UsageSummary, product: Product, day: date):
        self.summary = summary
        self.product = product.folded
        self.day = day

    @cached_property
    def active_days(self) -> int | None:
        return self.summary.active_days(FORTNIGHT, self.day)

    @cached_property
    def used(self) -> tuple[ActionUse, ...] | None:
        """The actions of the last month."""
        return self.summary.used_in(MONTH, self.day)

    @cached_property
    def features(self) -> frozenset[str] | None:
        """Their names, as they are compared; not made where the playbook names none."""
        if self.used is None or not (self.product.core_features or self.product.new_features):
            return None
        return frozenset([use.name.casefold() for use in self.used])


@dataclass(frozen=True)
class UsageMetric:
    """`definition` is for the reference. `of` gives the value as of a day, None where it is unknown. `users`
    is the window over which active users are counted, 0 for a metric of other things."""

    name: str
    definition: str
    of: Callable[[AsOf], Value | None]
    users: int = 0


def usage_values(summary: UsageSummary, product: Product, today: date) -> dict[str, Value]:
    """All that the use tells of today, by the name of the attribute."""
    if today < summary.first:
        return {}
    seen = AsOf(summary, product, today)
    found = [(metric.name, metric.of(seen)) for metric in USAGE_METRICS]
    return {name: value for name, value in found if value is not None}


def past_values(
    name: str, summary: UsageSummary, product: Product, days: Sequence[date]
) -> list[tuple[date, Value]]:
    """What a usage metric was as of each of the days on which it is known; `days` are ascending.

    An event that is told late changes what is said here: it counts on the day it happened.
    """
    metric = BY_NAME[name]
    days = [day for day in days if day >= summary.first]
    if metric.users:
        return _users_by_day(summary, metric.users, days)
    found = ((day, metric.of(AsOf(summary, product, day))) for day in days)
    return [(day, value) for day, value in found if value is not None]


def _users_by_day(summary: UsageSummary, window: int, days: Sequence[date]) -> list[tuple[date, Value]]:
    """The active users as of each day: conditions look back on them most, and most days are in the series."""
    series, newest = summary.active.get(window, ()), summary.through.toordinal() + 1
    surely_kept = min(len(series), KEPT_DAYS - window)
    known = list[tuple[date, Value]]()
    for day in reversed(days):
        ago = newest - day.toordinal()
        count = series[ago] if 0 < ago < surely_kept else summary.active_users(window, day)
        if count is None:
            break
        known.append((day, count))
    return known[::-1]


def average_actions(summary: UsageSummary, created: date | None, today: date) -> float:
    """Actions a day over the last 14 full days, to two decimals (half up).

    An account that is younger, by its Create Date or else its first use, has the full days it has, at least
    1. As of a day so long ago that its events are not kept it is 0.
    """
    age = (today - (created or summary.first)).days
    days = min(max(age, 1), FORTNIGHT)
    actions = summary.actions_in(days, today) or 0
    return (200 * actions + days) // (2 * days) / 100


def days_to_first_value(
    summary: UsageSummary, product: Product, created: date | None, today: date
) -> int | None:
    """Whole days from the Create Date to the first time that `first_value` was done.

    None while it was not done, and where either is not known.
    """
    wanted = product.folded.first_value
    first = min((use.first for use in summary.uses if use.name.casefold() == wanted), default=None)
    if created is None or first is None or first > today:
        return None
    return max(0, (first - created).days)


def times(summary: UsageSummary, feature: str, days: int, today: date) -> int | None:
    """How often an action, written `Module/Action` in any case, was done in so many full days."""
    if today < summary.first:
        return None
    wanted = feature.casefold()
    counts = [summary.times(use.name, days, today) for use in summary.uses if use.name.casefold() == wanted]
    return None if None in counts else sum(count for count in counts if count)


def _active_users(window: int) -> Callable[[AsOf], int | None]:
    return lambda seen: seen.summary.active_users(window, seen.day)


def _frequency(seen: AsOf) -> str | None:
    days = seen.active_days
    return None if days is None else next(band for fewest, band in FREQUENCIES if days >= fewest)


def _session_duration(seen: AsOf) -> float | None:
    minutes = seen.summary.mean_minutes(FORTNIGHT, seen.day)
    return None if minutes is None else round(minutes, 2)


def _feature_depth(seen: AsOf) -> float | None:
    if not seen.product.modules or seen.used is None:
        return None
    return _percent({use.module.casefold() for use in seen.used}, seen.product.modules)


def _core_adoption(seen: AsOf) -> float | None:
    return _percent(seen.features, seen.product.core_features)


def _new_engagement(seen: AsOf) -> float | None:
    return _percent(seen.features, seen.product.new_features)


def _percent(used: Collection[str] | None, named: tuple[str, ...]) -> float | None:
    """How much of what is named was used, to two decimals, half up; None where nothing is named or known."""
    if not named or used is None:
        return None
    whole = len(named)
    return (20_000 * sum(name in used for name in named) + whole) // (2 * whole) / 100


USAGE_METRICS = (
    UsageMetric("Daily Active Users", "users active on the newest full day", _active_users(1), 1),
    UsageMetric("Weekly Active Users", "users active in the last 7 full days", _active_users(7), 7),
    UsageMetric("Monthly Active Users", "users active in the last 30 full days", _active_users(MONTH), MONTH),
    UsageMetric("Active Users", "users active in the last 14 full days", _active_users(FORTNIGHT), FORTNIGHT),
    UsageMetric("Active Days", "days of the last 14 full days with any use", lambda seen: seen.active_days),
    UsageMetric(
        "Usage Frequency",
        "Active Days as a band: Inactive 0-1, Occasionally 2-4, Weekly 5-8, Daily 9 or more",
        _frequency,
    ),
    UsageMetric(
        "Last Activity",
        "the newest day with an event, today included",
        lambda seen: seen.summary.last_activity(seen.day),
    ),
    UsageMetric("Feature Depth", "percent of `modules` used in the last 30 full days", _feature_depth),
    UsageMetric(
        "Core Feature Adoption", "percent of `core_features` used in the last 30 full days", _core_adoption
    ),
    UsageMetric(
        "New Feature Engagement", "percent of `new_features` used in the last 30 full days", _new_engagement
    ),
    UsageMetric(
        "Features Used in 30 days",
        "different actions used in the last 30 full days",
        lambda seen: None if seen.used is None else len(seen.used),
    ),
    UsageMetric(
        "Session Duration",
        "mean Minutes of the events of the last 14 full days that tell any",
        _session_duration,
    ),
)
"""What follows from the use alone, by the name of its attribute."""

BY_NAME: Mapping[str, UsageMetric] = {metric.name: metric for metric in USAGE_METRICS}
