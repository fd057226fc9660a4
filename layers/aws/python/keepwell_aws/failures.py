"""What AWS answers, in the three kinds of Keepwell's errors (architecture section 6)."""

from collections.abc import Iterator, Mapping
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


def statement_failure(error: Mapping[str, str], doing: str) -> KeepwellError:
    """Why one statement of a batch failed, in Keepwell's errors; `doing` is as in `translated`."""
    code = error["Code"].removesuffix("Error").removesuffix("Exception") + "Exception"
    return _of_code(code, f"{doing}: {error.get('Message', error['Code'])}")


def _translation(error: Exception, doing: str) -> KeepwellError:
    text = f"{doing}: {error}"
    if isinstance(error, NoCredentialsError | NoRegionError | ParamValidationError):
        return ConfigurationError(text)
    return _of_code(error_code(error), text)


def _of_code(code: str, text: str) -> KeepwellError:
    if code in _REJECTED:
        return RejectedInput(text)
    if code in _CONFIGURATION:
        return ConfigurationError(
            f"{text} Check the stack's name, its settings and the caller's permissions."
        )
    return TransientFailure(text)


def error_code(error: Exception) -> str:
    """The code in AWS's answer; empty if there was none (a timeout, no connection)."""
    return str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, ClientError) else ""


def cause_code(error: PynamoDBException) -> str:
    """The same of an error of PynamoDB, whose own way fails where there was no answer."""
    return error_code(error.cause) if error.cause else ""
