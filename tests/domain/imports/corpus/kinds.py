"""Files that are something else than their names say."""

import gzip
import io
import zipfile

from tests.domain.imports.corpus.case import Case, named

TEXT = "Account ID,Account Name\nA-1,Acme\n"
TABBED = TEXT.replace(",", "\t")


def zipped(**files: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), text)
    return out.getvalue()


CASES = [
    Case("gzip", gzip.compress(TEXT.encode(), mtime=0), fails="the file is a gzip archive"),
    Case(
        "gzip by its name",
        gzip.compress(TEXT.encode(), mtime=0),
        file="a.csv.gz",
        fails=".gz files are not imported",
    ),
    Case(
        "a zip with a CSV in it",
        zipped(accounts_csv=TEXT),
        fails="the file is a zip archive, which is not read; unpack it",
    ),
    Case("an empty zip", zipped(), fails="the file is an empty zip archive"),
    Case("a Word document", zipped(word__document_xml="<w/>"), fails="the file is a Word document"),
    Case("an OpenDocument file", zipped(content_xml="<o/>"), fails="the file is an OpenDocument file"),
    Case("a binary workbook", zipped(xl__workbook_bin="x"), fails="the file is a binary Excel workbook"),
    Case("data of some program", bytes(range(256)) * 8, fails="the file is not text, whatever its name says"),
    Case(
        "an old workbook",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
        file="a.xls",
        fails="an old Excel workbook",
    ),
    Case("a PDF", b"%PDF-1.7\n%\xe2\xe3\n", fails="the file is a PDF"),
    Case("Parquet", b"PAR1\x15\x04\x15", fails="the file is a Parquet file"),
    Case(
        "a page under an Excel name",
        "<html><body><table><tr><td>Account ID",
        file="a.xls",
        fails="the file is a web page",
    ),
    Case("XML", '\ufeff<?xml version="1.0"?><rows/>', fails="the file is a web page or XML"),
    Case("JSON", '[{"Account ID": "A-1"}]', fails="no column holds the Account ID"),
    Case("tabs under an Excel name", TABBED, named(A_1="Acme"), file="a.xls", dialect={"delimiter": "\t"}),
    Case("tabs under their own name", TABBED, named(A_1="Acme"), file="a.tsv", dialect={"delimiter": "\t"}),
    Case("commas under a name for tabs", TEXT, named(A_1="Acme"), file="a.TSV"),
    Case("a text file", TEXT, named(A_1="Acme"), file="a.txt"),
    Case("CSV under the name of a workbook", TEXT, named(A_1="Acme"), file="a.xlsx"),
    Case("no suffix", TEXT, file="accounts", fails="files without an ending are not imported"),
]
