"""The sample portfolio: 90 invented accounts, their people, use and contacts, the same for the same day."""

from keepwell_cli.sample.accounts import HEADERS
from keepwell_cli.sample.files import sample_accounts, sample_csv, sample_files, write_sample

__all__ = ["HEADERS", "sample_accounts", "sample_csv", "sample_files", "write_sample"]
