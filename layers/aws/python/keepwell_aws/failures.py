"""What AWS answers, in the three kinds of Keepwell's errors (architecture section 6)."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
)
from pynamodb.exceptions import PynamoDBException

from keepwell.errors import ConfigurationError, KeepwellError, RejectedInput, TransientFailure

# A request that is wrong in itself: the same record fails however often it is tried (reliability I6).
_REJECTED = {"ValidationException", "InvalidMessageContents", "EntityTooLarge", "KeyTooLongError"}
# Missing things and missing permissions: nothing passes until a person has mended the stack.
_CONFIGURATION = {
    "AccessDenied",
    "AccessDeniedException",
    "AWS.SimpleQueueService.NonExistentQueue",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "NoSuchBucket",
    "QueueDoesNotExist",
    "ResourceNotFoundException",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
}


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Raise AWS's refusals as Keepwell's errors; `doing` says what was tried, as in `reading x`."""
    try:
        yield
    except PynamoDBException as error:
        raise _translation(error.cause or error, doing) from error
    except (ClientError, BotoCoreError) as error:
        raise _translation(error, doing) from error


def _translation(error: Exception, doing: str) -> KeepwellError:
    code = error_code(error)
    text = f"{doing}: {error}"
    if code in _REJECTED:
        return RejectedInput(text)
    if code in _CONFIGURATION:
        return ConfigurationError(
            f"{text} Check the stack's name, its settings and the caller's permissions."
        )
    if isinstance(error, NoCredentialsError | NoRegionError | ParamValidationError):
        return ConfigurationError(text)
    return TransientFailure(text)


def error_code(error: Exception) -> str:
    """The code in AWS's answer; empty if there was none (a timeout, no connection)."""
    return str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, ClientError) else ""
