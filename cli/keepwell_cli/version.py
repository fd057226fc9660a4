"""`keepwell version`: versions of everything that matters in a bug report."""

import platform
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as version_of

from rich.table import Table

from keepwell_cli.output import Answer

PACKAGES = ("keepwell", "aws-cdk-lib", "aws-lambda-powertools", "boto3", "pydantic", "pynamodb", "typer")


def version() -> Answer:
    """Versions of everything that matters in a bug report.

    Example: `keepwell version --json`
    """
    versions = {"python": platform.python_version(), "platform": platform.platform()}
    for package in PACKAGES:
        try:
            versions[package] = version_of(package)
        except PackageNotFoundError:
            versions[package] = "not installed"
    table = Table(box=None, show_header=False)
    for name, value in versions.items():
        table.add_row(name, value)
    return Answer(versions, table)
