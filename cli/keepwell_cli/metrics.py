"""docs/reference/metrics.md: its table of computed attributes, made of the registry.

`python -m keepwell_cli.metrics` writes it between its marks, `--check` ends with 1 if it is out of date. What
stands around the table is written by hand.
"""

import re
import sys
from pathlib import Path

from keepwell.metrics.definitions import definitions

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "metrics.md"

_MARKED = re.compile(r"(<!-- metrics -->\n).*?(<!-- end -->)", re.DOTALL)
_HEAD = "| attribute | is | made of |\n| --- | --- | --- |\n"


def with_table(page: str) -> str:
    """The page with the table as the registry has it now."""
    rows = "".join(f"| {' | '.join(each)} |\n" for each in definitions())
    return _MARKED.sub(lambda found: f"{found[1]}{_HEAD}{rows}{found[2]}", page)


def main() -> None:
    """Write the table, or with --check say whether it is out of date."""
    page = PAGE.read_text(encoding="utf-8")
    if "--check" in sys.argv[1:]:
        stale = page != with_table(page)
        raise SystemExit("docs/reference/metrics.md is out of date: run make docs" if stale else 0)
    PAGE.write_text(with_table(page), encoding="utf-8")


if __name__ == "__main__":
    main()
