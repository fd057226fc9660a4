"""Use of the product as values of attributes, as of a day (definitions 1.2, product HLT-12).

Windows are of full days: those before the day asked about, which is not over yet. Events of the day itself
count for Last Activity alone. Where no use was ever told nothing is known, which is not 0; nor is anything
known of a day before the first event, nor of one so far back that its window is not kept.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from keepwell.attributes import Value
from keepwell.usage import UsageSummary
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


@dataclass(frozen=True)
class UsageMetric:
    """`definition` is for the reference. `of` gives the value as of a day, None where it is unknown."""

    name: str
    definition: str
    of: Callable[[UsageSummary, Product, date], Value | None]


def usage_values(summary: UsageSummary, product: Product, today: date) -> dict[str, Value]:
    """All that the use tells of today, by the name of the attribute."""
    if today < summary.first:
        return {}
    found = ((metric.name, metric.of(summary, product, today)) for metric in USAGE_METRICS)
    return {name: value for name, value in found if value is not None}


def past_values(
    name: str, summary: UsageSummary, product: Product, days: Iterable[date]
) -> list[tuple[date, Value]]:
    """What a usage metric was as of each of the days on which it is known.

    An event that is told late changes what is said here: it counts on the day it happened.
    """
    known = BY_NAME[name].of
    found = ((day, known(summary, product, day)) for day in days if day >= summary.first)
    return [(day, value) for day, value in found if value is not None]


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


def _active_users(window: int) -> Callable[[UsageSummary, Product, date], int | None]:
    return lambda summary, _product, today: summary.active_users(window, today)


def _active_days(summary: UsageSummary, _product: Product, today: date) -> int | None:
    return summary.active_days(FORTNIGHT, today)


def _frequency(summary: UsageSummary, _product: Product, today: date) -> str | None:
    days = summary.active_days(FORTNIGHT, today)
    return None if days is None else next(band for fewest, band in FREQUENCIES if days >= fewest)


def _last_activity(summary: UsageSummary, _product: Product, today: date) -> date | None:
    return summary.last_activity(today)


def _feature_depth(summary: UsageSummary, product: Product, today: date) -> float | None:
    modules = product.folded.modules
    used = summary.used_in(MONTH, today) if modules else None
    return None if used is None else _percent({use.module.casefold() for use in used}, modules)


def _core_adoption(summary: UsageSummary, product: Product, today: date) -> float | None:
    return _adoption(summary, product.folded.core_features, today)


def _new_engagement(summary: UsageSummary, product: Product, today: date) -> float | None:
    return _adoption(summary, product.folded.new_features, today)


def _adoption(summary: UsageSummary, features: tuple[str, ...], today: date) -> float | None:
    used = summary.used_in(MONTH, today) if features else None
    return None if used is None else _percent({use.name.casefold() for use in used}, features)


def _percent(used: set[str], named: tuple[str, ...]) -> float:
    return round(100 * len(used.intersection(named)) / len(named), 2)


def _features_used(summary: UsageSummary, _product: Product, today: date) -> int | None:
    used = summary.used_in(MONTH, today)
    return None if used is None else len(used)


def _session_duration(summary: UsageSummary, _product: Product, today: date) -> float | None:
    minutes = summary.mean_minutes(FORTNIGHT, today)
    return None if minutes is None else round(minutes, 2)


USAGE_METRICS = (
    UsageMetric("Daily Active Users", "users active on the newest full day", _active_users(1)),
    UsageMetric("Weekly Active Users", "users active in the last 7 full days", _active_users(7)),
    UsageMetric("Monthly Active Users", "users active in the last 30 full days", _active_users(MONTH)),
    UsageMetric("Active Users", "users active in the last 14 full days", _active_users(FORTNIGHT)),
    UsageMetric("Active Days", "days of the last 14 full days with any use", _active_days),
    UsageMetric(
        "Usage Frequency",
        "Active Days as a band: Inactive 0-1, Occasionally 2-4, Weekly 5-8, Daily 9 or more",
        _frequency,
    ),
    UsageMetric("Last Activity", "the newest day with an event, today included", _last_activity),
    UsageMetric("Feature Depth", "percent of `modules` used in the last 30 full days", _feature_depth),
    UsageMetric(
        "Core Feature Adoption", "percent of `core_features` used in the last 30 full days", _core_adoption
    ),
    UsageMetric(
        "New Feature Engagement", "percent of `new_features` used in the last 30 full days", _new_engagement
    ),
    UsageMetric(
        "Features Used in 30 days", "different actions used in the last 30 full days", _features_used
    ),
    UsageMetric(
        "Session Duration",
        "mean Minutes of the events of the last 14 full days that tell any",
        _session_duration,
    ),
)
"""What follows from the use alone, by the name of its attribute."""

BY_NAME: Mapping[str, UsageMetric] = {metric.name: metric for metric in USAGE_METRICS}
