"""Files in one S3 bucket."""

from collections.abc import Iterator

from botocore.exceptions import ClientError

from keepwell_aws.clients import s3
from keepwell_aws.failures import error_code, translated

_MISSING = {"NoSuchKey", "NoSuchVersion", "404"}


class S3Files:
    def __init__(self, bucket: str):
        self._bucket = bucket

    def read(self, key: str, version: str | None = None) -> bytes:
        with translated(f"reading s3://{self._bucket}/{key}"):
            try:
                if version is None:
                    answer = s3().get_object(Bucket=self._bucket, Key=key)
                else:
                    answer = s3().get_object(Bucket=self._bucket, Key=key, VersionId=version)
            except ClientError as error:
                if error_code(error) in _MISSING:
                    raise KeyError(key) from error
                raise
            return answer["Body"].read()

    def write(self, key: str, content: bytes, content_type: str) -> None:
        with translated(f"writing s3://{self._bucket}/{key}"):
            s3().put_object(Bucket=self._bucket, Key=key, Body=content, ContentType=content_type)

    def exists(self, key: str) -> bool:
        with translated(f"looking for s3://{self._bucket}/{key}"):
            try:
                s3().head_object(Bucket=self._bucket, Key=key)
            except ClientError as error:
                if error_code(error) in _MISSING:
                    return False
                raise
        return True

    def keys(self, prefix: str, after: str = "") -> Iterator[str]:
        pages = s3().get_paginator("list_objects_v2")
        with translated(f"listing s3://{self._bucket}/{prefix}"):
            for page in pages.paginate(Bucket=self._bucket, Prefix=prefix, StartAfter=after):
                yield from (item["Key"] for item in page.get("Contents", ()))
