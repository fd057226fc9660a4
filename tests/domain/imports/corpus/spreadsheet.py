"""A small writer of workbooks, which writes what no well-behaved program would."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from xml.sax.saxutils import escape, quoteattr

_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_DAY_0 = datetime.combine(date(1899, 12, 30), time())
_STYLES = f"""<styleSheet {_MAIN}><numFmts count="2"><numFmt numFmtId="164" formatCode="00000"/>
<numFmt numFmtId="165" formatCode="0.0&quot;% of all&quot;"/></numFmts>
<cellXfs count="6"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/><xf numFmtId="9"/>
<xf numFmtId="164"/><xf numFmtId="165"/></cellXfs></styleSheet>"""


@dataclass(frozen=True)
class Raw:
    """A cell as it stands in the file: its type, its style and what is in it."""

    inner: str
    type: str = ""
    style: int = 0


def error(text: str) -> Raw:
    return Raw(f"<v>{text}</v>", "e")


def formula(text: str, value: str | None = None, kind: str = "") -> Raw:
    return Raw(f"<f>{escape(text)}</f>" + ("" if value is None else f"<v>{value}</v>"), kind)


def shown(value: float, style: int) -> Raw:
    """A number as a style shows it: 3 as a percentage, 4 with five digits, 5 with words that hold a %."""
    return Raw(f"<v>{value}</v>", style=style)


Cell = str | bool | int | float | date | Raw | None
Rows = Sequence[Sequence[Cell]]


@dataclass(frozen=True)
class Tab:
    """A sheet: its rows, from the first; `more` is what follows them; `state` may be `hidden`."""

    rows: Rows
    more: str = ""
    state: str = "visible"


def workbook(sheets: Mapping[str, Tab | Rows]) -> bytes:
    tabs = [tab if isinstance(tab, Tab) else Tab(tab) for tab in sheets.values()]
    parts = {f"xl/worksheets/sheet{n}.xml": sheet(tab) for n, tab in enumerate(tabs, 1)}
    return packed(parts | frame_of([(name, tab.state) for name, tab in zip(sheets, tabs, strict=True)]))


def packed(parts: Mapping[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def frame_of(sheets: Sequence[tuple[str, str]]) -> dict[str, str]:
    """All parts but the sheets."""
    numbers = range(1, len(sheets) + 1)
    listed = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{n}" state="{state}" r:id="rId{n}"/>'
        for n, (name, state) in zip(numbers, sheets, strict=True)
    )
    related = "".join(
        f'<Relationship Id="rId{n}" Type="{_REL}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in numbers
    )
    return {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_REL}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {_MAIN} xmlns:r="{_REL}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{related}'
        f'<Relationship Id="rId0" Type="{_REL}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": _STYLES,
    }


def sheet(tab: Tab) -> str:
    rows = "".join(
        f'<row r="{number}">{"".join(_cell(cell, number, column) for column, cell in enumerate(row))}</row>'
        for number, row in enumerate(tab.rows, 1)
        if row
    )
    return f"<worksheet {_MAIN}><sheetData>{rows}</sheetData>{tab.more}</worksheet>"


def _cell(cell: Cell, row: int, column: int) -> str:
    place = f"{chr(65 + column)}{row}"
    match cell:
        case None:
            return ""
        case Raw(inner, kind, style):
            return f'<c r="{place}" s="{style}"' + (f' t="{kind}"' if kind else "") + f">{inner}</c>"
        case bool():
            return f'<c r="{place}" t="b"><v>{cell:d}</v></c>'
        case int() | float():
            return f'<c r="{place}"><v>{cell}</v></c>'
        case datetime():
            return _day(place, cell.replace(tzinfo=None), style=2)
        case date():
            return _day(place, datetime.combine(cell, time()), style=1)
        case str():
            return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(cell)}</t></is></c>'


def _day(place: str, at: datetime, style: int) -> str:
    return f'<c r="{place}" s="{style}"><v>{(at - _DAY_0) / timedelta(days=1)}</v></c>'
