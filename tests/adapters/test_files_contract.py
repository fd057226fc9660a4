"""The contract of Files."""

from collections.abc import Iterator

import boto3
import pytest

from keepwell.errors import ConfigurationError
from keepwell.in_memory import InMemoryFiles
from keepwell.ports import Files
from keepwell_aws.files import PART_BYTES, S3Files
from tests.aws_tables import Names


@pytest.fixture
def files(place: Names | None) -> Files:
    return S3Files(place.bucket("files")) if place else InMemoryFiles()


def test_a_file_comes_back_byte_for_byte(files: Files) -> None:
    key = "drops/accounts/Übersicht + 100%.csv"
    content = bytes(range(256)) * 1000
    assert not files.exists(key)
    files.write(key, content, "text/csv")
    assert files.exists(key)
    assert files.read(key) == content


def test_the_newest_version_is_read(files: Files) -> None:
    files.write("reports/1.json", b"one", "application/json")
    files.write("reports/1.json", b"two", "application/json")
    assert files.read("reports/1.json") == b"two"


def test_a_missing_file_is_a_key_error(files: Files) -> None:
    with pytest.raises(KeyError, match="nothing"):
        files.read("nothing")


def test_a_range_of_a_file_is_read(files: Files) -> None:
    files.write("a", b"0123456789", "text/plain")
    assert files.read_range("a", 0, 3) == b"012"
    assert files.read_range("a", 8, 3) == b"89"
    assert files.read_range("a", 9, 0) == b""
    assert files.read_range("a", 10, 5) == b""
    with pytest.raises(KeyError, match="nothing"):
        files.read_range("nothing", 0, 1)


@pytest.mark.parametrize("sizes", [(), (3,), (1, 0, 9), (PART_BYTES, PART_BYTES, 5), (2 * PART_BYTES + 1,)])
def test_parts_make_one_file(files: Files, sizes: tuple[int, ...]) -> None:
    parts = [bytes([65 + number]) * size for number, size in enumerate(sizes)]
    files.write_parts("rejects/a.csv", iter(parts), "text/csv")
    assert files.read("rejects/a.csv") == b"".join(parts)


def test_parts_of_which_one_cannot_be_made_leave_nothing(files: Files) -> None:
    def parts() -> Iterator[bytes]:
        yield b"x" * (PART_BYTES + 1)
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        files.write_parts("rejects/a.csv", parts(), "text/csv")
    assert not files.exists("rejects/a.csv")


def test_keys_come_in_order_from_a_place_on(files: Files) -> None:
    """Also more of them than one request lists, and with letters that sort by their bytes."""
    numbered = [f"usage/07/{number:04}-é.jsonl" for number in range(1_050)]
    for key in [*reversed(numbered), "usage/07", "usage/08/0001.jsonl", "usage/07/ß", "usage/07/z"]:
        files.write(key, b"x", "text/plain")
    assert list(files.keys("usage/07/")) == [*numbered, "usage/07/z", "usage/07/ß"]
    assert list(files.keys("usage/07/", after=numbered[-2])) == [numbered[-1], "usage/07/z", "usage/07/ß"]
    assert list(files.keys("usage/07/", after="usage/07/0001")) == [*numbered[1:], "usage/07/z", "usage/07/ß"]
    assert list(files.keys("usage/09/")) == []


def test_a_version_is_read_whatever_came_after(stack: Names) -> None:
    """I2: a drop is a version of an object."""
    files = S3Files(stack.bucket("files"))
    put = boto3.client("s3").put_object(Bucket=stack.bucket("files"), Key="drops/a.csv", Body=b"one")
    files.write("drops/a.csv", b"two", "text/csv")
    assert files.read("drops/a.csv", put["VersionId"]) == b"one"
    assert files.read_range("drops/a.csv", 1, 9, put["VersionId"]) == b"ne"


def test_versions_of_the_twin_are_numbered() -> None:
    files = InMemoryFiles()
    files.write("a", b"one", "text/csv")
    files.write("a", b"two", "text/csv")
    assert files.read("a", "1") == b"one"
    with pytest.raises(KeyError):
        files.read("a", "3")


def test_a_bucket_that_is_not_there_says_what_to_check(stack: Names) -> None:
    with pytest.raises(ConfigurationError, match="nowhere"):
        S3Files("nowhere").read("a")
