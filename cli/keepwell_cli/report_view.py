"""What is shown of an import report (interfaces, "Import report")."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from keepwell_cli.first_rows import first_rows_view

_MOST_NAMES = 10
_USUAL = "utf-8, comma, header in line 1"
_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}

Report = Mapping[str, Any]


def in_words(dialect: Mapping[str, Any]) -> str:
    """How a file is written."""
    delimiter, sheet = dialect["delimiter"], dialect.get("sheet")
    written = f"sheet {sheet}" if sheet else f"{dialect['encoding']}, {_DELIMITERS.get(delimiter, delimiter)}"
    quote = dialect.get("quote", '"')
    quoted = "" if quote == '"' else ", no quotes" if quote == "none" else f", {quote} for quotes"
    return f"{written}{quoted}, header in line {dialect.get('header_row', 1)}"


def report_view(report: Report) -> RenderableType:
    """The report of one file, or of its preview."""
    if report["status"] == "failed":
        [error] = report["errors"]
        example = f"\n  {escape(error['example'])}" if error["example"] else ""
        return f"[bold red]{escape(report['file'])} could not be read:[/] {escape(error['reason'])}{example}"
    first = first_rows_view(report["first_rows"]) if report.get("first_rows") else ""
    counts = Table(box=None, show_header=False)
    for name in ("rows", "created", "updated", "unchanged", "rejected"):
        counts.add_row(name, f"{report[name]:,}")
    told = (
        _how(report),
        _empty(report),
        _ignored(report),
        _older(report),
        _missing(report),
        _compared(report),
    )
    notes = [note for note in told if note]
    shown = [first, ""] if first else []
    tables = [*_errors(report), *_warnings(report)]
    return Group(f"[bold]{escape(report['file'])}[/]", *shown, counts, *notes, *tables)


def _how(report: Report) -> str:
    """How the file was read, where that was not as a matter of course."""
    dialect, mapping = report["dialect"], report["mapping"]
    parts = [] if in_words(dialect) == _USUAL else [f"Read as {in_words(dialect)}."]
    if above := _lines(dialect, "preamble"):
        parts.append(f"Above the header: {above}.")
    if below := _lines(dialect, "trailing"):
        parts.append(f"Below the rows, and no data: {below}.")
    if mapping and (by := report.get("mapping_chosen_by")) and by != "folder":
        parts.append(f"Columns as the mapping {mapping} says, chosen by its {by}.")
    return escape(" ".join(parts))


def _lines(dialect: Mapping[str, Any], where: str) -> str:
    """The lines that a report tells, and how many more there are."""
    told = dialect.get(where, ())
    more = dialect.get(f"{where}_lines", 0) - len(told)
    return "; ".join([*told, *([f"and {more:,} more lines"] if more > 0 else [])])


def _empty(report: Report) -> str:
    return (
        "" if report["rows"] else "The file has a header and no rows below it: there was nothing to import."
    )


def _ignored(report: Report) -> str:
    """The first of the columns that were left out; those that were perhaps meant come before the others."""
    near = report.get("nearly_named", {})
    names = sorted(report["ignored_columns"], key=lambda name: name not in near)
    shown = [f"{name} (did you mean {near[name]}?)" if name in near else name for name in names]
    more = [f"and {len(shown) - _MOST_NAMES} more"] if len(shown) > _MOST_NAMES else []
    listed = ", ".join([*shown[:_MOST_NAMES], *more])
    return f"Columns that are no attributes were left out: {escape(listed)}" if names else ""


def _older(report: Report) -> str:
    return "The file is older than its feed's newest: it filled gaps only." if report["fill_only"] else ""


def _missing(report: Report) -> str:
    """What a complete file lacks."""
    missing = report.get("missing")
    if not missing or not (missing["count"] or missing["withheld"]):
        return ""
    counted = f"Missing: {missing['count']:,} of the {missing['of']:,} that {missing['compared_with']} had"
    more = ", …" if missing["count"] > len(missing["ids"]) else ""
    listed = f" ({', '.join(missing['ids'])}{more})" if missing["ids"] else ""
    flagged = f" {missing['flagged']:,} have the tag {missing['flag']} now." if missing["flagged"] else ""
    why_not = f" {missing['withheld'][0].upper()}{missing['withheld'][1:]}." if missing["withheld"] else ""
    return escape(f"{counted}{listed}.{flagged}{why_not}")


def _compared(report: Report) -> str:
    """What a preview looked at."""
    if "first_rows" not in report:
        return ""
    with_what, rows = report["compared_with"], report["cut_after"]
    cut = f" Only the first {rows:,} rows were looked at: these numbers are theirs." if rows else ""
    return f"A preview: nothing was written. Compared with {with_what}.{cut}"


def _errors(report: Report) -> list[RenderableType]:
    if not report["errors"]:
        return []
    return [_kinds(report["errors"], "Why they were rejected"), _where_rejects_are(report)]


def _warnings(report: Report) -> list[RenderableType]:
    """What to look at in rows that were taken; reports of an older version have none."""
    if not (warnings := report.get("warnings")):
        return []
    return ["To look at, in rows that were taken:", _kinds(warnings, "What there is")]


def _kinds(kinds: Sequence[Report], what: str) -> Table:
    table = Table("Rows", "First row", "Column", what, "For example", box=None)
    for kind in kinds:
        shown = (kind["column"] or "", kind["reason"], kind["example"] or "")
        table.add_row(str(kind["count"]), str(kind.get("row", "")), *map(escape, shown))
    return table


def _where_rejects_are(report: Report) -> str:
    if saved := report.get("rejects_saved"):
        return (
            f"The rejected rows, with their reasons, are in {escape(saved)}: mend them there and drop that."
        )
    if report["rejects_file"] is None:
        return "To have the rejected rows, with their reasons, in a file: the same with --rejects FILE."
    return (
        f"The rejected rows are in {report['rejects_file']} in the drop bucket. To have them here, drop the "
        "file again with --rejects FILE; what is imported stays as it is."
    )
