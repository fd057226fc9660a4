"""What keeps health from flapping: a dead band around the edges, and days that a change has to hold.

It reads stored days only, so that it does not matter when or how often one looks (reliability S2, T4).
"""

from datetime import date
from typing import NamedTuple

from keepwell.health.profiles import Bands
from keepwell.standings import Band


class Settled(NamedTuple):
    """The health that counts; where a change has not held long enough, the band it leans to, since when."""

    health: Band
    leaning: Band | None = None
    leaning_since: date | None = None


def settled(before: Settled | None, band: Band, score: int | None, bands: Bands, today: date) -> Settled:
    """The health of today, given that of the last look (None: this is the first).

    `band` is what the model says today, `score` what it was made of (None: the model gives none). Whatever is
    or was Unknown has no edge to hold at: that changes at once. A score that moves between the two bands
    above Poor, or below Good, has left its band all the same: it goes to the nearer one of them, Average.
    """
    if before is None or Band.UNKNOWN in (before.health, band):
        return Settled(band)
    wanted = band if score is None else beyond_the_edges(before.health, score, bands)
    if wanted is before.health:
        return Settled(wanted)
    leaning, since = wanted, today
    if (
        before.leaning
        and before.leaning_since
        and _both_above_or_below(before.health, before.leaning, wanted)
    ):
        leaning = wanted if before.leaning is wanted else Band.AVERAGE
        since = before.leaning_since
    if (today - since).days < bands.settle_days:
        return Settled(before.health, leaning, since)
    return Settled(wanted) if leaning is wanted else settled(Settled(leaning), band, score, bands, today)


def _both_above_or_below(present: Band, one: Band, other: Band) -> bool:
    return one is other or present is not Band.AVERAGE


def beyond_the_edges(present: Band, score: int, bands: Bands) -> Band:
    """The band of a score for an account that is in `present`: the edges that it has not passed yet are
    `dead_band` points further away."""
    good = bands.good + (bands.dead_band if present is not Band.GOOD else -bands.dead_band)
    average = bands.average + (bands.dead_band if present is Band.POOR else -bands.dead_band)
    return Band.GOOD if score >= good else Band.AVERAGE if score >= average else Band.POOR
