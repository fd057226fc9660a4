"""Files in one S3 bucket."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from keepwell_aws.clients import s3
from keepwell_aws.failures import error_code, translated

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

_MISSING = {"NoSuchKey", "NoSuchVersion", "404"}
PART_BYTES = 8 * 1024 * 1024
"""S3 takes 10,000 parts of at least 5 MiB; one part is held in memory."""


class S3Files:
    def __init__(self, bucket: str):
        self._bucket = bucket

    def read(self, key: str, version: str | None = None) -> bytes:
        return self._read(key, {} if version is None else {"VersionId": version})

    def read_range(self, key: str, start: int, size: int, version: str | None = None) -> bytes:
        if size <= 0:
            return b""
        asked = {"Range": f"bytes={start}-{start + size - 1}"}
        part = slice(start, start + size)
        return self._read(key, asked if version is None else asked | {"VersionId": version}, part)

    def _read(self, key: str, asked: Mapping[str, Any], part: slice = slice(None)) -> bytes:
        with translated(f"reading s3://{self._bucket}/{key}"):
            try:
                answer = s3().get_object(Bucket=self._bucket, Key=key, **asked)
                content = answer["Body"].read()
                # The local cloud sends all of a version, whatever range of it is asked for.
                return content if "ContentRange" in answer else content[part]
            except ClientError as error:
                if error_code(error) in _MISSING:
                    raise KeyError(key) from error
                if error_code(error) == "InvalidRange":  # it begins after the object's end
                    return b""
                raise

    def write(self, key: str, content: bytes, content_type: str) -> None:
        with translated(f"writing s3://{self._bucket}/{key}"):
            s3().put_object(Bucket=self._bucket, Key=key, Body=content, ContentType=content_type)

    def write_parts(self, key: str, parts: Iterable[bytes], content_type: str) -> None:
        """What is left of an upload that was not finished the bucket removes after some days."""
        bodies = _of_equal_size(parts)
        body, more_come = next(bodies)
        if not more_come:
            return self.write(key, body, content_type)
        bucket, stored = self._bucket, list["CompletedPartTypeDef"]()
        with translated(f"writing s3://{bucket}/{key}"):
            begun = s3().create_multipart_upload(Bucket=bucket, Key=key, ContentType=content_type)
            upload = begun["UploadId"]
            for number, (part, _) in enumerate(chain([(body, True)], bodies), start=1):
                answer = s3().upload_part(
                    Bucket=bucket, Key=key, UploadId=upload, PartNumber=number, Body=part
                )
                stored.append({"PartNumber": number, "ETag": answer["ETag"]})
            s3().complete_multipart_upload(
                Bucket=bucket, Key=key, UploadId=upload, MultipartUpload={"Parts": stored}
            )
        return None

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


def _of_equal_size(parts: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """The same bytes in parts of `PART_BYTES`, the last one smaller, each with whether more come."""
    held = bytearray()
    for part in parts:
        held += part
        while len(held) > PART_BYTES:  # so that what is left for the last one is not empty
            yield bytes(held[:PART_BYTES]), True
            del held[:PART_BYTES]
    yield bytes(held), False
