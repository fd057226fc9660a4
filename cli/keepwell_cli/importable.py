"""What files can be about, as an option or an argument of a verb: exactly what the import knows."""

from typing import Annotated, Any

import typer

from keepwell.imports.objects import OBJECTS


def _importable(name: str) -> str:
    if name not in OBJECTS:
        raise typer.BadParameter(f"{name!r} cannot be imported; what can: {', '.join(OBJECTS)}")
    return name


_NAMES: dict[str, Any] = {"parser": _importable, "metavar": f"[{'|'.join(OBJECTS)}]"}

ObjectOption = Annotated[str, typer.Option("--object", help="What the files are about.", **_NAMES)]
OnlyObject = Annotated[str | None, typer.Option("--object", help="Only files about this.", **_NAMES)]
ObjectArgument = Annotated[str, typer.Argument(help="What the file is about.", **_NAMES)]
