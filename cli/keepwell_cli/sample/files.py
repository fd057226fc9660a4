"""The sample portfolio as files: what an ops team would export of its CRM, its product and its mail."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from keepwell.playbook.compiling import compile_playbook
from keepwell.playbook.loading import shipped_blocs
from keepwell_cli.sample import accounts, people, touches, use
from keepwell_cli.sample.accounts import invented

SEED = 90
PLAYBOOK = Path(__file__).parent / "playbook"
"""Says what the product of the sample is made of."""


def sample_bundle() -> str:
    """The sample's playbook, compiled."""
    return compile_playbook(PLAYBOOK, shipped_blocs())


def sample_accounts(on: date, seed: int = SEED) -> list[dict[str, str]]:
    """The rows of the accounts, by header, each cell as a CSV holds it."""
    return [account.row for account in invented(on, seed)]


def sample_files(on: date, seed: int = SEED) -> dict[str, bytes]:
    """The files in UTF-8 by the object they are about, in the order in which they are best dropped."""
    portfolio = invented(on, seed)
    return {
        "accounts": _csv(accounts.HEADERS, (account.row for account in portfolio)),
        "users": _csv(people.HEADERS, (row for each in portfolio for row in people.known(each, seed))),
        "usage": _csv(use.HEADERS, (row for each in portfolio for row in use.used(each, on, seed))),
        "touchpoints": _csv(
            touches.HEADERS, (row for each in portfolio for row in touches.touched(each, on, seed))
        ),
    }


def sample_csv(on: date, seed: int = SEED) -> bytes:
    """The file of the accounts alone."""
    return _csv(accounts.HEADERS, sample_accounts(on, seed))


def write_sample(folder: Path, on: date, seed: int = SEED) -> list[Path]:
    """Write `accounts.csv` and the others; where they are."""
    written = []
    for object_name, content in sample_files(on, seed).items():
        path = folder / f"{object_name}.csv"
        path.write_bytes(content)
        written.append(path)
    return written


def _csv(headers: Sequence[str], rows: Iterable[dict[str, str]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, headers, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()
