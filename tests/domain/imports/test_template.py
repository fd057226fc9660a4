"""Templates: what they show can be dropped as it stands (reference/ecosystem 2.1, step 0)."""

import pytest

from keepwell.imports.objects import OBJECTS
from keepwell.imports.spreadsheets import csv_lines
from keepwell.imports.template import template_of
from tests.domain.imports.importing import Stack, playbook


@pytest.mark.parametrize("name", OBJECTS)
def test_the_example_of_every_object_is_taken_whole(name: str) -> None:
    columns = template_of(OBJECTS[name], playbook())
    text = csv_lines([[column.header for column in columns], [column.example for column in columns]])
    stack = Stack()
    stack.drop("Account ID,Account Name\nA-1,Harbor Labs\n")
    stack.drop("Email,Licence\nkim@example.com,Practitioner\n", "drops/team/team.csv")

    report = stack.drop(text, f"drops/{name}/template.csv")

    assert (report["errors"], report["rows"], report["ignored_columns"]) == ([], 1, [])
    assert all(column.example for column in columns)


def test_what_every_row_needs_comes_first_and_what_keepwell_finds_itself_is_left_out() -> None:
    columns = template_of(OBJECTS["usage"], playbook())
    assert [column.header for column in columns if column.needed] == [
        "Account ID",
        "User ID",
        "Module",
        "Action",
        "Time",
    ]
    assert columns[5].needed is False
    headers = {column.header for column in template_of(OBJECTS["accounts"], playbook())}
    assert headers.isdisjoint({"Health Score", "Days in Current Stage", "Usage Frequency"})
