"""Small playbook folders for the tests."""

import re
from collections.abc import Mapping
from pathlib import Path

BLOCS = Path(__file__).parents[3] / "layers/blocs"
REFERENCE = Path(__file__).parents[3] / "docs/reference/playbook.md"

COMPANY = "owner: lead@acme.example\nblocs: [health, detect-risk, renewals]\n"


def write_folder(folder: Path, files: Mapping[str, str]) -> Path:
    """A company's folder with these files, and a keepwell.yaml unless there is one among them."""
    for name, text in {"keepwell.yaml": COMPANY, **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def documented_files() -> dict[str, str]:
    """The examples of the reference, by the file name in their first line."""
    blocks = re.findall(r"```yaml\n# (\S+)\n(.*?)```", REFERENCE.read_text(encoding="utf-8"), re.DOTALL)
    return dict(blocks)


def documented_company() -> dict[str, str]:
    """Those of them that stand in a company's folder: all but bloc.yaml."""
    return {name: text for name, text in documented_files().items() if name != "bloc.yaml"}
