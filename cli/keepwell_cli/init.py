"""`keepwell init`: a new playbook that can be applied as it is."""

import json
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from keepwell.errors import RejectedInput
from keepwell.playbook import kinds
from keepwell.playbook.loading import blocs_in, shipped_blocs
from keepwell_cli.output import Answer, plain

# No mailbox can exist under .invalid (RFC 2606): nothing reaches a stranger before there is an owner.
NOBODY = "owner@keepwell.invalid"

COMPANY = """\
# What is said here and in the folders beside it: docs/reference/playbook.md.
owner: {owner}{remark}
blocs: [{blocs}]
time_zone: UTC  # its days are the days of every condition: write Europe/Berlin, say
"""

SEGMENT = """\
name: Quiet Key Accounts
description: Accounts worth a call that nobody has spoken with for a month.
criteria: Contract Value >= $50,000 AND Days Since Last Touch > 30
leave: Days Since Last Touch <= 7
group: At-risk accounts
playbook: |
  Review the health first. If it is good, call and ask what has changed.
  If it is poor, agree on a plan to get well.
on_entry:
  add_tags: [gone-quiet]
on_exit:
  remove_tags: [gone-quiet]
examples:
  on: 2026-11-21
  match:
    - {Contract Value: 50000, Last Touch: 2026-10-21}
  no_match:
    - {Contract Value: 50000, Last Touch: 2026-10-22}
    - {Contract Value: 49999, Last Touch: 2026-10-21}
    - {Contract Value: 50000}  # no touch known: unknown, hence not inside
"""

README = """\
# Our playbook

What Keepwell does for our customers, as files to keep in git.

1. In `keepwell.yaml`, name the owner (who gets what nobody else is there for) and the time zone.
2. Change `segments/quiet-key-accounts.yaml`: a condition, examples of it, and a tag for as long as it holds.
3. `keepwell lint` says what is to mend, and tries the examples; `keepwell check` tries one condition.
4. `keepwell apply` makes it the active playbook; whoever is in a segment already is taken in silently.
5. `plays: {login-silence: shadow}` in `keepwell.yaml` switches a bloc's play on: docs/reference/plays.md.
6. A file of a bloc's folder and name replaces the bloc's: docs/reference/playbook.md shows every kind.
"""

Folder = Annotated[Path, typer.Argument(help="Where to write it; made if it is not there.")]
Owner = Annotated[str, typer.Option(help="Who gets what no role holds: an e-mail address.")]


def init(directory: Folder = Path(), owner: Owner = NOBODY) -> Answer:
    """Write a new playbook: the standard blocs, a segment of your own with examples, and what to do next.

    Nothing is written if a file would be replaced. Example: `keepwell init my-playbook --owner cs@acme.com`
    """
    files = {directory / name: text for name, text in _files(_address(owner)).items()}
    for path in files:
        if path.exists() or path.is_symlink():
            raise RejectedInput(f"{path} is there already: name another directory. Nothing was written.")
    try:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise RejectedInput(f"{error.filename} cannot be written: {error.strerror}") from error
    written = [str(path) for path in files]
    said = "\n".join(["Written:", *(f"  {name}" for name in written), f"Next: keepwell lint {directory}"])
    return Answer({"directory": str(directory), "files": written}, plain(said))


def _files(owner: str) -> dict[str, str]:
    remark = "  # name a mailbox of yours: this one reaches nobody" if owner == NOBODY else ""
    blocs = ", ".join(blocs_in(shipped_blocs()))
    return {
        "keepwell.yaml": COMPANY.format(owner=owner, remark=remark, blocs=blocs),
        "segments/quiet-key-accounts.yaml": SEGMENT,
        "README.md": README,
    }


def _address(text: str) -> str:
    """The address as YAML: quoted, since some addresses begin with what YAML reads otherwise."""
    try:
        kinds.Company(owner=text)
    except ValidationError:
        raise RejectedInput(f"--owner: {text!r} is no e-mail address") from None
    return text if text == NOBODY else json.dumps(text)
