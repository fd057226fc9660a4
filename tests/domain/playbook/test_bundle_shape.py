"""What a bundle may hold, by the number of its format: code of before cannot know what came later.

`python -m tests.domain.playbook.test_bundle_shape` writes bundle_shape.json anew.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from keepwell.playbook.bundle import FORMAT
from keepwell.playbook.compiling import compile_playbook
from tests.domain.playbook.folders import BLOCS, documented_company, write_folder

SHAPE = Path(__file__).parent / "bundle_shape.json"
NAMED_FREELY = {"columns", "members", "match", "message", "systems_of_record", "tables", "value_aliases"}
"""Parts whose keys are a company's own words."""


def keys(part: Any, of: str = "bundle") -> Iterator[str]:
    """Each with the key that it stands under, as in `tasks.title`, however deep."""
    if isinstance(part, dict) and of not in NAMED_FREELY:
        for key, value in part.items():
            yield f"{of}.{key}"
            yield from keys(value, key)
    elif isinstance(part, list):
        for each in part:
            yield from keys(each, of)


def shape() -> dict[str, Any]:
    """Of a playbook that has every kind of file, with every key."""
    with TemporaryDirectory() as folder:
        bundle = json.loads(compile_playbook(write_folder(Path(folder), documented_company()), BLOCS))
    return {"format": FORMAT, "keys": sorted(set(keys(bundle)))}


def test_a_bundle_that_holds_more_has_another_format() -> None:
    kept = json.loads(SHAPE.read_text("utf-8"))
    assert kept == shape(), (
        "what a bundle holds has changed: raise FORMAT in keepwell/playbook/bundle.py, so that older stacks "
        "are not given what they do not understand; then python -m tests.domain.playbook.test_bundle_shape"
    )


if __name__ == "__main__":
    SHAPE.write_text(json.dumps(shape(), indent=1) + "\n", "utf-8")
