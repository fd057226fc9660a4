"""The step of the night that ranks: how active each account is, among those of the same Status.

Each scan segment leaves the averages it saw; the last segment to finish makes the day's population of them.
"""

from datetime import UTC, date, datetime
from typing import Any

from keepwell.accounts import Account
from keepwell.errors import ConfigurationError
from keepwell.metrics.engagement import activity_of
from keepwell.nightly import Walk, run_key
from keepwell.population import (
    NO_POPULATION,
    Averages,
    Population,
    population_of,
    read_population,
    write_population,
)
from keepwell.ports import Accounts, Control, Files


class Populations:
    """The populations of the days, and the current one: that of the newest day that was ranked.

    A table is kept as `populations/<version>.json` for good, since standings name the version they were
    judged by (reliability S3). The control rows `population#day#<day>` and `population` say which one holds:
    for a day the one made last, and the current one only moves forward by day (S2).
    """

    def __init__(self, control: Control, files: Files):
        self._control = control
        self._files = files
        self._read = NO_POPULATION

    def current(self) -> Population:
        """NO_POPULATION before the first night."""
        return self._named_by(CURRENT)

    def of(self, day: date) -> Population:
        """NO_POPULATION for a day without a night."""
        return self._named_by(day_key(day))

    def put(self, population: Population, made_at: datetime) -> None:
        """Store the population of its day. Doing it again changes nothing."""
        assert population.day is not None
        text = write_population(population)
        self._files.write(population_file(population.version), text.encode(), "application/json")
        newest = f"{made_at.astimezone(UTC).isoformat(timespec='microseconds')} {population.version}"
        self._control.raise_to(day_key(population.day), NEWEST, newest)
        self._control.raise_to(CURRENT, NEWEST, f"{population.day} {newest}")

    def _named_by(self, key: str) -> Population:
        """Looks at the row each time; a table is read once, since its name is its content's hash."""
        row = self._control.get(key)
        if row is None:
            return NO_POPULATION
        version = str(row[NEWEST]).rpartition(" ")[2]
        if self._read.version != version:
            try:
                content = self._files.read(population_file(version))
            except KeyError:
                raise ConfigurationError(
                    f"the population {population_file(version)} is gone; run `keepwell nightly`"
                ) from None
            self._read = read_population(content.decode())
        return self._read


CURRENT, NEWEST = "population", "newest"


def day_key(day: date) -> str:
    return f"population#day#{day}"


def population_file(version: str) -> str:
    return f"populations/{version}.json"


class Ranking(Walk):
    """Averages of one scan segment's accounts as of a day.

    It counts `ranked`, and as `failed` what cannot be read. `made_at` is when the run looks, which for a past
    day is later than the day; its control row (`night_of_run`) gathers the segments that are done.
    """

    name = "rank"

    def __init__(
        self, accounts: Accounts, control: Control, files: Files, day: date, made_at: datetime
    ) -> None:
        super().__init__(accounts, files, day)
        self._control = control
        self._made_at = made_at
        self._averages = Averages()

    def _look_at(self, account: Account) -> None:
        if account.usage is not None:
            self._averages.hear(account.usage.told_at)
        activity = activity_of(account, self.day)
        if activity is not None:
            self._averages.add(*activity)
            self.counts["ranked"] += 1

    def _part(self) -> dict[str, Any]:
        part, self._averages = self._averages.to_json(), Averages()
        return part

    def _end(self) -> None:
        """Whoever finishes last adds the parts up; two who do so at once store the same."""
        if len(self._control.add_to_set(run_key(self.run), "ranked", self.segment)) < self.of:
            return
        averages = Averages()
        for part in self.parts.read():
            averages.include(Averages.from_json(part))
        Populations(self._control, self._files).put(population_of(averages, self.day), self._made_at)
