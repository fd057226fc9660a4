"""The pictures in the README and the reference are those of the page."""

from infra import system
from infra.diagram import flow, pictures


def test_pictures_are_up_to_date() -> None:
    stale = [path.name for path, text in pictures().items() if not path.exists() or path.read_text() != text]
    assert stale == [], "run python -m infra.diagram"


def test_the_flow_shows_every_function_and_table_but_control() -> None:
    shown = flow()
    assert all(f'"<b>{function.name}</b>"' in shown for function in system.FUNCTIONS)
    assert {table.name for table in system.TABLES if f'[("{table.name}")]' not in shown} == {"control"}
