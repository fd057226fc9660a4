"""`keepwell portfolio`: the portfolio in numbers, as the last night rolled it up (product DSH-01, DSH-09)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.console import Group
from rich.table import Table
from rich.text import Text

from keepwell.errors import RejectedInput
from keepwell.playbook import Playbook
from keepwell.rollups import NONE, Rollups
from keepwell.standings import Band
from keepwell_cli.output import Answer, plain
from keepwell_cli.stack import Stack, StackName

BARS = "▁▂▃▄▅▆▇█"
NAMELESS = "(none)"


class By(StrEnum):
    """What `--by` takes."""

    OWNER = "owner"
    TIER = "tier"
    STAGE = "stage"
    SEGMENT = "segment"
    PROFILE = "profile"
    DIMENSION = "dimension"


def portfolio(
    by: Annotated[By | None, typer.Option("--by", help="Show the groups of this kind, too.")] = None,
    days: Annotated[int, typer.Option(min=1, max=366, help="The trend of so many days.")] = 30,
    stack: StackName = None,
) -> Answer:
    """Show the portfolio: its quality score, accounts and contract value by health, and the trend.

    The numbers are those of the last nightly run. The quality score is the mean of Good 100, Average 60 and
    Poor 40 over the accounts whose health is known.

    Example: `keepwell portfolio --by owner --days 90`
    """
    here = Stack.configured(stack)
    playbook = here.playbooks.get()
    today = here.clock.now().astimezone(playbook.time_zone).date()
    rolled_up = Rollups(here.files).of_days(today, days)
    if not rolled_up:
        raise RejectedInput(
            f"no nightly run has rolled the portfolio up in the last {days} days; "
            "start one with `keepwell nightly --wait`, or look further back with --days"
        )
    newest = rolled_up[-1]
    groups = _groups(newest, by, playbook) if by else None
    document = {
        "on": newest["day"],
        "total": newest["total"],
        "by": by.value if by else None,
        "groups": groups,
        "trend": [_point(each) for each in rolled_up],
    }
    return Answer(document, Group(*_view(document, today)))


def _groups(rolled_up: Mapping[str, Any], by: By, playbook: Playbook) -> list[dict[str, Any]]:
    """The groups of one kind, each with its `name`; a segment also with its id, in the playbook's order."""
    if by is By.DIMENSION:
        return [{"name": name, **scored} for name, scored in rolled_up["total"]["dimensions"].items()]
    found = rolled_up[by.value]
    if by is By.SEGMENT:
        known = [segment for segment in playbook.segments if segment.id in found]
        return [{"name": segment.name, "id": segment.id, **found[segment.id]} for segment in known]
    return [{"name": name or None, **group} for name, group in sorted(found.items(), key=_named_first)]


def _named_first(group: tuple[str, Any]) -> tuple[bool, str]:
    return group[0] == NONE, group[0].casefold()


def _point(rolled_up: Mapping[str, Any]) -> dict[str, Any]:
    """A day of the trend."""
    total = rolled_up["total"]
    return {
        "day": rolled_up["day"],
        "quality_score": total["quality_score"],
        "accounts": {band: told["accounts"] for band, told in total["bands"].items()},
        "contract_value": {band: told["contract_value"] for band, told in total["bands"].items()},
    }


def _view(document: dict[str, Any], today: date) -> Iterator[Table | Text]:
    total, trend = document["total"], document["trend"]
    head = f"Portfolio quality score {_score(total['quality_score'])}, {total['accounts']:,} accounts"
    yield plain(head if document["on"] == str(today) else f"{head}, as of {document['on']}")
    yield _bands(total)
    if len(trend) > 1:
        scores = [point["quality_score"] for point in trend]
        first, last = _score(scores[0]), _score(scores[-1])
        yield plain(f"Quality score since {trend[0]['day']}: {first} {bars(scores)} {last}")
    if document["groups"] is not None:
        yield plain("")
        yield _table(document["by"], document["groups"])


def _bands(total: Mapping[str, Any]) -> Table:
    table = Table("health", box=None, padding=(0, 2, 0, 0))
    for number in ("accounts", "contract value"):
        table.add_column(number, justify="right")
    for band in Band:
        told = total["bands"][band.value]
        table.add_row(band.value, f"{told['accounts']:,}", f"{told['contract_value']:,.0f}")
    return table


def _table(by: str, groups: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(by, box=None, padding=(0, 2, 0, 0))
    if by == By.DIMENSION:
        table.add_column("accounts", justify="right")
        table.add_column("mean score", justify="right")
        for each in groups:
            table.add_row(plain(each["name"]), f"{each['accounts']:,}", _score(each["score"]))
        return table
    for number in ("accounts", *(band.value for band in Band), "contract value", "quality"):
        table.add_column(number, justify="right")
    for each in groups:
        table.add_row(
            plain(each["name"] or NAMELESS),
            f"{each['accounts']:,}",
            *(f"{each['bands'][band.value]['accounts']:,}" for band in Band),
            f"{each['contract_value']:,.0f}",
            _score(each["quality_score"]),
        )
    return table


def bars(scores: Sequence[float | None]) -> str:
    """A line of bars, the lowest for the lowest score; a day without one is a space."""
    known = [score for score in scores if score is not None]
    low, span = min(known, default=0), max(known, default=0) - min(known, default=0)
    steps = len(BARS) - 1
    return "".join(
        " " if score is None else BARS[round((score - low) / span * steps) if span else steps // 2]
        for score in scores
    )


def _score(score: float | None) -> str:
    return "none" if score is None else f"{score:g}"
