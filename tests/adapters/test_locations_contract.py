"""The contract of Locations: buckets of others, which are listed and copied from (INT-06)."""

import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import boto3
import pytest

from keepwell.errors import ConfigurationError, TransientFailure
from keepwell.in_memory import InMemoryFiles, InMemoryLocations
from keepwell.ports import Files, Locations
from keepwell_aws import locations as adapter
from keepwell_aws.files import S3Files
from keepwell_aws.locations import S3Locations
from tests.aws_tables import Names

THEIRS = "sfdc/Übersicht + 100%.csv"
OURS = "drops/accounts/mapping=sfdc/at=20261121T090000Z-3fa92b10c4/Übersicht + 100%.csv"


@dataclass
class Place:
    """A bucket of others, and our files."""

    locations: Locations
    files: Files
    bucket: str

    def put(self, key: str, content: bytes) -> None:
        if isinstance(self.locations, InMemoryLocations):
            self.locations.put(self.bucket, key, content, datetime.now(UTC))
        else:
            boto3.client("s3").put_object(Bucket=self.bucket, Key=key, Body=content)


@pytest.fixture
def theirs(place: Names | None) -> Place:
    if place is None:
        files = InMemoryFiles()
        return Place(InMemoryLocations(files), files, "exports")
    ours, bucket = place.bucket("files"), place.bucket("exports")
    boto3.client("s3").create_bucket(Bucket=bucket)
    return Place(S3Locations(ours), S3Files(ours), bucket)


def skip_on_moto(locations: Locations) -> None:
    if isinstance(locations, S3Locations) and "AWS_ENDPOINT_URL" not in os.environ:
        pytest.skip("moto copies whatever the condition")


def test_the_objects_below_a_prefix_are_listed_with_what_tells_them_apart(theirs: Place) -> None:
    for key, content in ((THEIRS, b"one"), ("sfdc/b.csv", b"one"), ("hr/c.csv", b"other")):
        theirs.put(key, content)
    found = {each.key: each for each in theirs.locations.objects(theirs.bucket, "sfdc/")}
    assert sorted(found) == sorted([THEIRS, "sfdc/b.csv"])
    assert found[THEIRS].etag == found["sfdc/b.csv"].etag
    assert found[THEIRS].size == 3
    assert abs(datetime.now(UTC) - found[THEIRS].modified_at).total_seconds() < 3_600
    theirs.put("sfdc/b.csv", b"two")
    assert {each.etag for each in theirs.locations.objects(theirs.bucket, "sfdc/b")} != {found[THEIRS].etag}


def test_a_copy_is_the_version_it_names(theirs: Place) -> None:
    theirs.put(THEIRS, b"Account ID\nA-1\n")
    [found] = theirs.locations.objects(theirs.bucket, "sfdc/")
    first = theirs.locations.copy(theirs.bucket, found, OURS)
    second = theirs.locations.copy(theirs.bucket, found, OURS)
    assert first != second
    assert theirs.files.read(OURS, first) == theirs.files.read(OURS, second) == b"Account ID\nA-1\n"


def test_what_was_changed_since_it_was_listed_is_not_copied(theirs: Place) -> None:
    theirs.put(THEIRS, b"one")
    skip_on_moto(theirs.locations)
    [found] = theirs.locations.objects(theirs.bucket, "sfdc/")
    theirs.put(THEIRS, b"two")
    with pytest.raises(TransientFailure):
        theirs.locations.copy(theirs.bucket, found, OURS)
    assert not theirs.files.exists(OURS)


def test_a_bucket_that_is_not_there_says_what_to_check(theirs: Place) -> None:
    theirs.put(THEIRS, b"one")
    [found] = theirs.locations.objects(theirs.bucket, "sfdc/")
    with pytest.raises(ConfigurationError):
        list(theirs.locations.objects("nowhere-to-be-found", ""))
    with pytest.raises(ConfigurationError):
        theirs.locations.copy("nowhere-to-be-found", found, OURS)


def test_a_large_file_is_copied_by_parts(stack: Names, monkeypatch: pytest.MonkeyPatch) -> None:
    """S3 copies 5 GB at once; here 5 MiB are large, the least that a part may have."""
    monkeypatch.setattr(adapter, "PART_BYTES", 5 * 1024 * 1024)
    ours, bucket = stack.bucket("files"), stack.bucket("exports")
    content = bytes(range(256)) * 4 * 12_000
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key=THEIRS, Body=content)
    locations = S3Locations(ours)
    [found] = locations.objects(bucket, "")
    version = locations.copy(bucket, found, OURS)
    assert S3Files(ours).read(OURS, version) == content
    skip_on_moto(locations)
    with pytest.raises(TransientFailure):
        locations.copy(bucket, replace(found, etag='"00000000000000000000000000000000"'), OURS)
