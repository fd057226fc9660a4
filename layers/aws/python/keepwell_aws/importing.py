"""The stores of imports on AWS, for the functions that import and that take back."""

from keepwell.imports.objects import Stores
from keepwell_aws.accounts import DynamoAccounts
from keepwell_aws.collections import DynamoCollections
from keepwell_aws.people import DynamoPeople
from keepwell_aws.team import DynamoTeam
from keepwell_aws.touchpoints import DynamoTouchpoints
from keepwell_aws.work import DynamoWork


def import_stores(accounts_table: str, work_table: str) -> Stores:
    """Where what is imported is kept in the stack's tables."""
    return Stores(
        accounts=DynamoAccounts(accounts_table),
        people=DynamoPeople(work_table),
        touchpoints=DynamoTouchpoints(work_table),
        work=DynamoWork(work_table),
        team=DynamoTeam(work_table),
        collections=DynamoCollections(work_table),
    )
