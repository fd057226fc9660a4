"""The sample portfolio: 90 invented accounts, their people, use and contacts, the same for the same day."""

from keepwell_cli.sample.accounts import HEADERS
from keepwell_cli.sample.files import (
    PLAYBOOK,
    sample_accounts,
    sample_bundle,
    sample_csv,
    sample_files,
    write_sample,
)

__all__ = [
    "HEADERS",
    "PLAYBOOK",
    "sample_accounts",
    "sample_bundle",
    "sample_csv",
    "sample_files",
    "write_sample",
]
