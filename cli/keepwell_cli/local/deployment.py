"""Deploys a synthesised cloud assembly (cdk.out) by boto3: assets to a bucket, then the stack. No Node."""

import io
import json
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from keepwell.errors import ConfigurationError
from keepwell_cli.local import emulator
from keepwell_cli.local.localise import Template, localise

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

STACK_POLL = 0.1
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Assembly:
    """The one stack of a cdk.out folder: its name, template and assets."""

    folder: Path
    stack: str
    template: Template
    assets: Mapping[str, Any]

    @classmethod
    def read(cls, folder: Path) -> "Assembly":
        """Raises ConfigurationError unless the folder holds exactly one stack."""
        artifacts = _read(folder / "manifest.json").get("artifacts", {})
        stacks = [
            (name, each) for name, each in artifacts.items() if each["type"] == "aws:cloudformation:stack"
        ]
        if len(stacks) != 1:
            raise ConfigurationError(f"{folder}: {len(stacks)} stacks in the cloud assembly; expected one.")
        name, stack = stacks[0]
        assets = [each for each in artifacts.values() if each["type"] == "cdk:asset-manifest"]
        return cls(
            folder=folder,
            stack=stack["properties"].get("stackName", name),
            template=_read(folder / stack["properties"]["templateFile"]),
            assets=_read(folder / assets[0]["properties"]["file"])["files"] if assets else {},
        )


def deploy(assembly: Assembly, endpoint: str) -> dict[str, str]:
    """Create or update the stack; its outputs. An unchanged stack is left alone.

    Raises ConfigurationError with the failed resources and their reasons.
    """
    session = emulator.session(endpoint)
    files = session.client("s3", endpoint_url=endpoint)
    stacks = session.client("cloudformation", endpoint_url=endpoint)
    buckets = _publish(assembly, files)
    local, _ = localise(assembly.template)
    # A template that is sent along may have 51,200 bytes at most; ours has more.
    bucket, key = min(buckets), f"{assembly.stack}.template.json"
    files.put_object(Bucket=bucket, Key=key, Body=json.dumps(local))
    _create_or_update(stacks, assembly.stack, f"{endpoint}/{bucket}/{key}")
    _set_expiry(session.client("dynamodb", endpoint_url=endpoint), stacks, assembly)
    for sender in _senders(local):
        session.client("ses", endpoint_url=endpoint).verify_email_identity(EmailAddress=sender)
    return outputs(stacks, assembly.stack)


def outputs(stacks: "CloudFormationClient", name: str) -> dict[str, str]:
    """The outputs of a stack, by name."""
    stack = stacks.describe_stacks(StackName=name)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def _publish(assembly: Assembly, files: "S3Client") -> set[str]:
    """Upload the assets that are not there yet; the buckets they are in, at least one."""
    placed = [
        (asset["source"], destination)
        for asset in assembly.assets.values()
        for destination in asset["destinations"].values()
    ]
    buckets = {_place(destination["bucketName"]) for _, destination in placed} or {"assets"}
    present: set[tuple[str, str]] = set()
    for bucket in buckets:
        files.create_bucket(Bucket=bucket)
        for page in files.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            present |= {(bucket, each["Key"]) for each in page.get("Contents", [])}
    for source, destination in placed:
        bucket, key = _place(destination["bucketName"]), destination["objectKey"]
        if (bucket, key) not in present:
            path = assembly.folder / source["path"]
            body = _zipped(path) if source["packaging"] == "zip" else path.read_bytes()
            files.put_object(Bucket=bucket, Key=key, Body=body)
    return buckets


def _place(text: str) -> str:
    for name, value in (
        ("AccountId", emulator.ACCOUNT),
        ("Region", emulator.REGION),
        ("Partition", "aws"),
    ):
        text = text.replace(f"${{AWS::{name}}}", value)
    return text


def _zipped(folder: Path) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(str(path.relative_to(folder)), ZIP_EPOCH)
            entry.external_attr = (path.stat().st_mode & 0o777) << 16
            archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
    return content.getvalue()


def _create_or_update(stacks: "CloudFormationClient", name: str, url: str) -> None:
    status = _status(stacks, name)
    if status in ("ROLLBACK_COMPLETE", "CREATE_FAILED"):
        stacks.delete_stack(StackName=name)
        _settled(stacks, name)
        status = None
    if status is None:
        stacks.create_stack(StackName=name, TemplateURL=url, Capabilities=["CAPABILITY_NAMED_IAM"])
    else:
        try:
            stacks.update_stack(StackName=name, TemplateURL=url, Capabilities=["CAPABILITY_NAMED_IAM"])
        except ClientError as error:
            if "No updates are to be performed" not in str(error):
                raise
            return
    status = _settled(stacks, name)
    if status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        raise ConfigurationError(f"The stack {name} ended in {status}:\n{_failures(stacks, name)}")


def _settled(stacks: "CloudFormationClient", name: str) -> str | None:
    while (status := _status(stacks, name)) is not None and status.endswith("_IN_PROGRESS"):
        time.sleep(STACK_POLL)
    return status


def _status(stacks: "CloudFormationClient", name: str) -> str | None:
    try:
        status = stacks.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise
    return None if status == "DELETE_COMPLETE" else status


def _failures(stacks: "CloudFormationClient", name: str) -> str:
    pages = stacks.get_paginator("describe_stack_events").paginate(StackName=name)
    events = [event for page in pages for event in page["StackEvents"]]
    failed = [each for each in events if each.get("ResourceStatus", "").endswith("_FAILED")]
    return "\n".join(
        f"  {each.get('LogicalResourceId')} ({each.get('ResourceType')}): {each.get('ResourceStatusReason')}"
        for each in reversed(failed)
    )


def _set_expiry(tables: "DynamoDBClient", stacks: "CloudFormationClient", assembly: Assembly) -> None:
    """Switch on the expiry of items: the emulator takes it from the API alone."""
    for name, resource in assembly.template["Resources"].items():
        expiry = resource.get("Properties", {}).get("TimeToLiveSpecification")
        if expiry is None:
            continue
        made = stacks.describe_stack_resource(StackName=assembly.stack, LogicalResourceId=name)
        table = made["StackResourceDetail"]["PhysicalResourceId"]
        present = tables.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
        if present["TimeToLiveStatus"] == "DISABLED":
            tables.update_time_to_live(
                TableName=table,
                TimeToLiveSpecification={"Enabled": True, "AttributeName": expiry["AttributeName"]},
            )


def _senders(template: Template) -> set[str]:
    """The addresses functions send from; on AWS their owner confirms them by a mail."""
    environments = [
        resource["Properties"].get("Environment", {}).get("Variables", {})
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::Lambda::Function"
    ]
    return {variables["MAIL_FROM"] for variables in environments if "MAIL_FROM" in variables}


def _read(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text())
    return document
