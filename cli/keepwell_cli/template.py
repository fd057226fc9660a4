"""`keepwell template`: the columns of an object's files, with one row as an example."""

from keepwell.imports.objects import OBJECTS
from keepwell.imports.spreadsheets import csv_lines
from keepwell.imports.template import template_of
from keepwell_cli.importable import ObjectArgument
from keepwell_cli.output import Answer, verbatim
from keepwell_cli.playbooks import Directory, local_playbook


def template(object_name: ObjectArgument, *, playbook: Directory = None) -> Answer:
    """Print a CSV file with every column that an object's files may have, and one row as an example.

    The columns that no row may leave blank come first; leave out any of the others.

    Example: `keepwell template accounts > accounts.csv`
    """
    columns = template_of(OBJECTS[object_name], local_playbook(playbook))
    rows = [[column.header for column in columns], [column.example for column in columns]]
    text = csv_lines(rows)
    document = {
        "object": object_name,
        "columns": [
            {
                "name": column.header,
                "kind": column.attribute.kind.value,
                "needed": column.needed,
                "values": list(column.attribute.values),
                "example": column.example,
            }
            for column in columns
        ],
        "csv": text,
    }
    return Answer(document, verbatim(text))
