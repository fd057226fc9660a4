"""Batches of records from a queue or a stream: each on its own, with those that failed told to AWS."""

import logging
from typing import cast

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType


def batch_processor(event_type: EventType, logger: Logger) -> BatchProcessor:
    """A processor that logs why a record failed, also where others of its batch did not.

    It is documented to take the library's own Logger, though its annotation names the standard one.
    """
    return BatchProcessor(event_type=event_type, logger=cast("logging.Logger", logger))
