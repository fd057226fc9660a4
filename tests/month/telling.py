"""A month of the sample tenant, with every play of the standard library live: what is told on which day.

The sample's files are those of the last day; each day tells of what had happened by then. The accounts of
`TURNS` take another turn, for what does not happen to the others in a month.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from keepwell.playbook.compiling import compile_playbook
from keepwell.playbook.loading import shipped_blocs
from keepwell_cli.sample import PLAYBOOK, sample_files

DAYS = 31
"""After the first, so that what waits for 30 days ends within the month."""

MORNING = datetime(2031, 11, 3, 6, tzinfo=UTC)
"""When the first day's files come, and the night after them: a Monday, to which a stack's clock is moved."""

Row = Mapping[str, str]
Files = Mapping[str, bytes]

LEAD = "lead@example.com"
TEAM: Sequence[Row] = (
    {"Email": "csm.north@example.com", "Name": "Nora North", "Manager": LEAD, "Task Mail": "each"},
    {"Email": "csm.south@example.com", "Name": "Sam South", "Manager": LEAD, "Task Mail": "summary"},
    {"Email": "csm.pool@example.com", "Name": "Pia Pool", "Manager": LEAD, "Task Mail": "none"},
    {"Email": LEAD, "Name": "Lee Lead", "Manager": "", "Task Mail": "each"},
)
"""One who is told of each task, one who has summaries, and one who looks for herself."""

TURNS: Mapping[int, Mapping[str, Row]] = {
    1: {"ACC-0018": {"Status": "Churned"}},
    3: {"ACC-0005": {"Status": "Churned"}},
    4: {"ACC-0082": {"Onboarding Stage": "Configuration"}},
    8: {"ACC-0077": {"Onboarding Stage": "Configuration"}},
    9: {"ACC-0013": {"Open Ticket Count": "9"}},
    10: {"ACC-0023": {"Success Manager": "csm.north@example.com"}},
    11: {"ACC-0008": {"CSM Sentiment": "1", "CSM Risk": "3 - CRITICAL", "NPS": "1", "Goal Achievement": "5"}},
    12: {"ACC-0013": {"Open Ticket Count": "2"}},
    15: {"ACC-0057": {"Onboarding Stage": "Completed"}},
    16: {"ACC-0013": {"Open Ticket Count": "8"}},
    20: {"ACC-0005": {"Status": "Paying"}},
    22: {"ACC-0082": {"Onboarding Stage": "Go Live"}},
    24: {"ACC-0002": {"Onboarding Stage": "Completed"}},
}
"""By the day what a file tells of accounts: two leave, of whom one comes back before the offer; two are stuck
in configuration, of whom one moves on before the team lead's turn; tickets come, go and come again; one gets
another success manager, one falls ill, and two complete their onboarding."""

OWN = """tasks:
  on_owner_change: reassign_all
"""

BY_HAND = """name: Reference Call
state: live
tasks:
  - title: Ask {{ account.name }} for a reference
    description: Whoever renews gladly may say so to others.
    flow: Adoption
    sla_hours: 36
touchpoints:
  - {type: Internal Note, subject: "{{ account.name }} is asked for a reference"}
steps:
  - wait_working_days: 3
  - webhooks: [{endpoint: events, event: reference.asked}]
"""
STARTS = {5: ("reference-call", "ACC-0004")}
"""By the day the play that somebody starts for an account: a play of the company's own."""


@cache
def everything_live() -> str:
    """The bundle of the sample's playbook with every play of the blocs live, and one of its own."""
    blocs = shipped_blocs()
    live = ", ".join(f"{play.stem}: live" for play in sorted(blocs.glob("*/plays/*.yaml")))
    text = (PLAYBOOK / "keepwell.yaml").read_text("utf-8") + OWN + f"plays: {{{live}}}\n"
    with TemporaryDirectory() as folder:
        (Path(folder) / "keepwell.yaml").write_text(text, "utf-8")
        (Path(folder) / "plays").mkdir()
        (Path(folder) / "plays" / "reference-call.yaml").write_text(BY_HAND, "utf-8")
        return compile_playbook(Path(folder), blocs)


def morning(day: int) -> datetime:
    return MORNING + timedelta(days=day)


@cache
def _told() -> Mapping[str, Sequence[Row]]:
    end = morning(DAYS).date()
    return {about: tuple(_rows(content)) for about, content in sample_files(end).items()}


def files(day: int) -> list[Files]:
    """What is dropped on a day, one after the other: people and contacts belong to accounts."""
    turns = [{"Account ID": name, **cells} for name, cells in TURNS.get(day, {}).items()]
    told: dict[str, Sequence[Row]] = {
        "team": TEAM if day == 0 else (),
        **{about: days[day] for about, days in _by_day().items()},
    }
    told["accounts"] = [*told["accounts"], *turns]
    stages = ("team",), ("accounts",), ("users", "usage", "touchpoints")
    found = ({about: _csv(told[about]) for about in stage if told[about]} for stage in stages)
    return [each for each in found if each]


@cache
def _by_day() -> Mapping[str, Mapping[int, Sequence[Row]]]:
    """The rows of each file by the day on which they are told."""
    found: dict[str, defaultdict[int, list[Row]]] = {}
    for about, rows in _told().items():
        found[about] = defaultdict(list)
        for row in rows:
            found[about][_day_of(about, row)].append(row)
    return found


def _day_of(about: str, row: Row) -> int:
    """On which day a row is told, 0 at the earliest: of use and contacts the day after."""
    match about:
        case "accounts":
            at = date.fromisoformat(row["Create Date"])
        case "users":
            at = _created()[row["Account ID"]]
        case _:
            at = date.fromisoformat(row["Time" if about == "usage" else "Date"]) + timedelta(days=1)
    return max(0, (at - MORNING.date()).days)


@cache
def _created() -> Mapping[str, date]:
    return {row["Account ID"]: date.fromisoformat(row["Create Date"]) for row in _told()["accounts"]}


def _rows(content: bytes) -> Iterator[Row]:
    yield from csv.DictReader(io.StringIO(content.decode()))


def _csv(rows: Iterable[Row]) -> bytes:
    rows = list(rows)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(dict.fromkeys(name for row in rows for name in row)))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
