"""Buckets of others, from which files are copied within S3: no byte of them comes here."""

from collections.abc import Iterator
from math import ceil
from typing import TYPE_CHECKING

from keepwell.ports import StoredObject
from keepwell_aws.clients import s3
from keepwell_aws.failures import translated

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef, CopySourceTypeDef

PART_BYTES = 128 * 1024 * 1024
"""What S3 copies while a client waits for its answer."""
MOST_PARTS = 10_000


class S3Locations:
    """Copies into one bucket. What the stack may read, its role says."""

    def __init__(self, files_bucket: str):
        self._files = files_bucket

    def objects(self, bucket: str, prefix: str) -> Iterator[StoredObject]:
        pages = s3().get_paginator("list_objects_v2")
        with translated(f"listing s3://{bucket}/{prefix}"):
            for page in pages.paginate(Bucket=bucket, Prefix=prefix):
                for item in page.get("Contents", ()):
                    yield StoredObject(item["Key"], item["ETag"], item["Size"], item["LastModified"])

    def copy(self, bucket: str, found: StoredObject, key: str) -> str:
        source: CopySourceTypeDef = {"Bucket": bucket, "Key": found.key}
        with translated(f"copying s3://{bucket}/{found.key} to s3://{self._files}/{key}"):
            if found.size > PART_BYTES:
                return self._copy_by_parts(source, found, key)
            answer = s3().copy_object(
                Bucket=self._files,
                Key=key,
                CopySource=source,
                CopySourceIfMatch=found.etag,
                TaggingDirective="REPLACE",  # to read tags takes a permission of its own
            )
            return answer["VersionId"]

    def _copy_by_parts(self, source: "CopySourceTypeDef", found: StoredObject, key: str) -> str:
        """What is left of a copy that was not finished the bucket removes after some days."""
        begun = s3().create_multipart_upload(Bucket=self._files, Key=key)
        parts: list[CompletedPartTypeDef] = []
        part_bytes = max(PART_BYTES, ceil(found.size / MOST_PARTS))
        for number, start in enumerate(range(0, found.size, part_bytes), start=1):
            answer = s3().upload_part_copy(
                Bucket=self._files,
                Key=key,
                UploadId=begun["UploadId"],
                PartNumber=number,
                CopySource=source,
                CopySourceIfMatch=found.etag,
                CopySourceRange=f"bytes={start}-{min(start + part_bytes, found.size) - 1}",
            )
            parts.append({"PartNumber": number, "ETag": answer["CopyPartResult"]["ETag"]})
        done = s3().complete_multipart_upload(
            Bucket=self._files, Key=key, UploadId=begun["UploadId"], MultipartUpload={"Parts": parts}
        )
        return done["VersionId"]
