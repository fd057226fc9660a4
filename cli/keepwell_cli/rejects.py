"""The rows that an import rejected, as a file on this computer: `keepwell drop --rejects FILE`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from keepwell.errors import RejectedInput
from keepwell.ports import Files


def check_rejects_path(path: Path | None, files: Sequence[Path]) -> None:
    """Raises RejectedInput, before anything is dropped, if the rejected rows could not be saved there."""
    if path is None:
        return
    if len(files) > 1:
        raise RejectedInput(f"--rejects takes the rows of one file, not of {len(files)}; drop one at a time")
    if path.resolve() == files[0].resolve():
        raise RejectedInput(f"--rejects would overwrite {path}, the file that is dropped; name another")
    if not path.resolve().parent.is_dir():
        raise RejectedInput(f"--rejects: there is no folder {path.parent}")


def save_rejects(report: Mapping[str, Any], files: Files, path: Path | None) -> dict[str, Any]:
    """The report; with `rejects_saved` if rows were rejected and, as asked, saved to `path`."""
    if path is None or report["rejects_file"] is None:
        return dict(report)
    try:
        path.write_bytes(files.read(report["rejects_file"]))
    except OSError as error:
        raise RejectedInput(
            f"the import is done, but {path} cannot be written: {error.strerror}; the rejected rows are in "
            f"{report['rejects_file']} in the drop bucket"
        ) from None
    return {**report, "rejects_saved": str(path)}
