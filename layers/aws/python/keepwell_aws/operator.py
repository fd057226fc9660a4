"""Mail to the operator on AWS, for the functions that tell of what failed."""

from keepwell.imports.failing import Operator
from keepwell_aws.deliveries import DynamoDeliveries
from keepwell_aws.queues import SqsQueue
from keepwell_aws.settings import FunctionSettings


class OperatorSettings(FunctionSettings):
    """What telling the operator needs; a function's own settings extend it."""

    deliveries_table: str
    email_deliveries_queue: str


def operator(settings: OperatorSettings) -> Operator:
    """Tells by the stack's deliveries."""
    return Operator(DynamoDeliveries(settings.deliveries_table), SqsQueue(settings.email_deliveries_queue))
