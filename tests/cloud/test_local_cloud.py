"""One real local cloud: a small stack on it, a poison stream record, and nothing left when it stops."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from keepwell.errors import ConfigurationError
from keepwell_cli.local import emulator, processes, pump
from keepwell_cli.local.cloud import LocalCloud
from keepwell_cli.output import NoCloudError

pytestmark = pytest.mark.xdist_group("own cloud")

# Takes every record but those of the account "poison", and remembers them in the log.
HANDLER = """
def handler(event, context):
    ids = [record["dynamodb"]["Keys"]["account_id"]["S"] for record in event["Records"]]
    print("got", *ids)
    if "poison" in ids:
        raise ValueError("poison")
"""
TABLE = {
    "Type": "AWS::DynamoDB::Table",
    "Properties": {
        "TableName": "accounts",
        "AttributeDefinitions": [{"AttributeName": "account_id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "account_id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
        "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
        "TimeToLiveSpecification": {"AttributeName": "expires", "Enabled": True},
    },
}
MAY = [
    {
        "Effect": "Allow",
        "Action": [
            "dynamodb:DescribeStream",
            "dynamodb:GetRecords",
            "dynamodb:GetShardIterator",
            "dynamodb:ListStreams",
        ],
        "Resource": "*",
    },
    {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::failures/*"},
]
ROLE = {
    "Type": "AWS::IAM::Role",
    "Properties": {
        "AssumeRolePolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "lambda.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                }
            ],
        },
        "Policies": [{"PolicyName": "stream", "PolicyDocument": {"Version": "2012-10-17", "Statement": MAY}}],
    },
}


def function(asset: str, memory: int) -> dict[str, Any]:
    code = {"S3Bucket": "assets-000000000000", "S3Key": f"{asset}.zip"}
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "FunctionName": "listen",
            "Runtime": "python3.13",
            "Handler": "handler.handler",
            "MemorySize": memory,
            "Role": {"Fn::GetAtt": ["Role", "Arn"]},
            "Code": code,
            "Environment": {"Variables": {"MAIL_FROM": "success@example.com"}},
        },
    }


LISTENS = {
    "Type": "AWS::Lambda::EventSourceMapping",
    "Properties": {
        "FunctionName": {"Ref": "Function"},
        "EventSourceArn": {"Fn::GetAtt": ["Table", "StreamArn"]},
        "StartingPosition": "LATEST",
        "BatchSize": 10,
        "BisectBatchOnFunctionError": True,
        "MaximumRetryAttempts": 1,
        "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:s3:::failures"}},
    },
}


def assembly(folder: Path, memory: int = 128) -> Path:
    """A cloud assembly as the CDK writes them, with a stack that listens to a stream."""
    code = folder / "asset.listen"
    code.mkdir(parents=True, exist_ok=True)
    (code / "handler.py").write_text(HANDLER)
    template = {
        "Resources": {
            "Table": TABLE,
            "Failures": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "failures"}},
            "Role": ROLE,
            "Function": function("listen", memory),
            "Listens": LISTENS,
        },
        "Outputs": {"Table": {"Value": {"Ref": "Table"}}},
    }
    asset = {
        "source": {"path": "asset.listen", "packaging": "zip"},
        "destinations": {"here": {"bucketName": "assets-${AWS::AccountId}", "objectKey": "listen.zip"}},
    }
    stack = {
        "type": "aws:cloudformation:stack",
        "properties": {"templateFile": "t.json", "stackName": "small"},
    }
    assets = {"type": "cdk:asset-manifest", "properties": {"file": "assets.json"}}
    for name, document in (
        ("manifest.json", {"artifacts": {"Small": stack, "Small.assets": assets}}),
        ("t.json", template),
        ("assets.json", {"files": {"listen": asset}}),
    ):
        (folder / name).write_text(json.dumps(document))
    return folder


def wait_until(true: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    with LocalCloud(tmp_path_factory.mktemp("run") / "cloud") as started:
        started.deploy(assembly(tmp_path_factory.mktemp("cdk.out")))
        yield started


def client(cloud: LocalCloud, service: Any) -> Any:
    return emulator.session(cloud.endpoint).client(service, endpoint_url=cloud.endpoint)


def test_a_poison_stream_record_ends_in_the_failure_store_and_nine_take_effect(cloud: LocalCloud) -> None:
    """R2: with its payload, though the emulator's own poller would retry it for ever."""
    tables, files = client(cloud, "dynamodb"), client(cloud, "s3")
    ids = [f"a{number}" if number != 5 else "poison" for number in range(10)]
    for account_id in ids:
        tables.put_item(TableName="accounts", Item={"account_id": {"S": account_id}})

    def failures() -> list[str]:
        return [each["Key"] for each in files.list_objects_v2(Bucket="failures").get("Contents", [])]

    def received() -> set[str]:
        events = client(cloud, "logs").filter_log_events(logGroupName="/aws/lambda/listen")["events"]
        said = (event["message"].split() for event in events if event["message"].startswith("got"))
        return {account_id for words in said for account_id in words[1:]}

    wait_until(lambda: bool(failures()) and received() == set(ids))
    [key] = failures()
    assert key.startswith("aws/lambda/")
    left = json.loads(files.get_object(Bucket="failures", Key=key)["Body"].read())
    assert left["requestContext"]["condition"] == "RetryAttemptsExhausted"
    [record] = json.loads(left["payload"])["Records"]
    assert record["dynamodb"]["Keys"] == {"account_id": {"S": "poison"}}
    cloud.check()


def test_the_sender_is_verified_and_mails_can_be_read_back(cloud: LocalCloud) -> None:
    client(cloud, "sesv2").send_email(
        FromEmailAddress="success@example.com",
        Destination={"ToAddresses": ["csm@example.com"]},
        Content={"Simple": {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "World"}}}},
    )
    [mail] = cloud.mails()
    assert (mail.to, mail.subject, mail.text) == (("csm@example.com",), "Hello", "World")


def test_items_expire_as_the_template_says(cloud: LocalCloud) -> None:
    expiry = client(cloud, "dynamodb").describe_time_to_live(TableName="accounts")["TimeToLiveDescription"]
    assert (expiry["TimeToLiveStatus"], expiry["AttributeName"]) == ("ENABLED", "expires")


def test_deploying_again_updates_and_an_unchanged_stack_is_left_alone(
    cloud: LocalCloud, tmp_path: Path
) -> None:
    assert cloud.deploy(assembly(tmp_path)) == {"Table": "accounts"}
    cloud.deploy(assembly(tmp_path, memory=256))
    configuration = client(cloud, "lambda").get_function_configuration(FunctionName="listen")
    assert configuration["MemorySize"] == 256


def test_s3_events_carry_the_version_of_the_object(cloud: LocalCloud) -> None:
    """I2: the identity of a drop rests on it."""
    files, queues, rules = client(cloud, "s3"), client(cloud, "sqs"), client(cloud, "events")
    files.create_bucket(Bucket="versioned")
    files.put_bucket_versioning(Bucket="versioned", VersioningConfiguration={"Status": "Enabled"})
    files.put_bucket_notification_configuration(
        Bucket="versioned", NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    queue = queues.create_queue(QueueName="created")["QueueUrl"]
    arn = "arn:aws:sqs:us-east-1:000000000000:created"
    allow = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
    policy = {"Version": "2012-10-17", "Statement": [allow]}
    queues.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps(policy)})
    rules.put_rule(Name="created", EventPattern=json.dumps({"source": ["aws.s3"]}))
    rules.put_targets(Rule="created", Targets=[{"Id": "1", "Arn": arn}])

    version = files.put_object(Bucket="versioned", Key="drops/a b+c.csv", Body=b"x")["VersionId"]

    [message] = queues.receive_message(QueueUrl=queue, WaitTimeSeconds=10)["Messages"]
    stored = json.loads(message["Body"])["detail"]["object"]
    assert (stored["key"], stored["version-id"]) == ("drops/a b+c.csv", version)


def test_a_function_that_a_rule_woke_is_tried_again_and_its_event_kept(cloud: LocalCloud) -> None:
    """I5: no drop is lost with the process that split it."""
    poison = {"Records": [{"dynamodb": {"Keys": {"account_id": {"S": "poison"}}}}] * 2}
    queues, rules, functions = client(cloud, "sqs"), client(cloud, "events"), client(cloud, "lambda")
    queue = queues.create_queue(QueueName="unhandled")["QueueUrl"]
    functions.put_function_event_invoke_config(
        FunctionName="listen",
        MaximumRetryAttempts=1,
        DestinationConfig={"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:000000000000:unhandled"}},
    )
    rules.put_rule(Name="told", EventPattern=json.dumps({"source": ["tests"]}))
    arn = functions.get_function_configuration(FunctionName="listen")["FunctionArn"]
    rules.put_targets(Rule="told", Targets=[{"Id": "1", "Arn": arn, "Input": json.dumps(poison)}])

    rules.put_events(Entries=[{"Source": "tests", "DetailType": "told", "Detail": "{}"}])

    [message] = queues.receive_message(QueueUrl=queue, WaitTimeSeconds=20)["Messages"]
    assert json.loads(message["Body"])["requestPayload"] == poison
    events = client(cloud, "logs").filter_log_events(logGroupName="/aws/lambda/listen")["events"]
    assert [event["message"].strip() for event in events].count("got poison poison") == 2


def test_a_stack_that_cannot_be_made_says_which_resource_and_why(cloud: LocalCloud, tmp_path: Path) -> None:
    folder = assembly(tmp_path)
    broken = json.loads((folder / "t.json").read_text())
    broken["Resources"]["Function"]["Properties"]["Code"]["S3Key"] = "no-such.zip"
    (folder / "t.json").write_text(json.dumps(broken).replace('"listen"', '"other"'))
    manifest = (folder / "manifest.json").read_text().replace('"small"', '"broken"')
    (folder / "manifest.json").write_text(manifest)
    with pytest.raises(ConfigurationError, match=r"broken ended in ROLLBACK_COMPLETE:\n.*\("):
        cloud.deploy(folder)


def test_starting_what_runs_changes_nothing(cloud: LocalCloud) -> None:
    pid = processes.running(cloud.folder / emulator.PID_FILE)
    assert cloud.start() == cloud.endpoint
    assert processes.running(cloud.folder / emulator.PID_FILE) == pid


def test_a_pump_that_died_is_loud_and_comes_back(cloud: LocalCloud) -> None:
    pid = processes.running(cloud.folder / pump.PID_FILE)
    assert pid
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: processes.running(cloud.folder / pump.PID_FILE) is None)
    with pytest.raises(NoCloudError, match="stream pump of the local cloud has died"):
        cloud.check()
    cloud.start()
    cloud.check()


def test_nothing_is_left_after_it_stops(tmp_path: Path) -> None:
    folder = tmp_path / "cloud"
    with LocalCloud(folder) as cloud:
        endpoint = cloud.endpoint
        pids = [processes.running(folder / name) for name in (emulator.PID_FILE, pump.PID_FILE)]
        assert all(pids)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(OSError, match="refused"):
        emulator.mails(endpoint)
    cloud.stop()


def test_what_a_killed_cloud_left_behind_is_seen_and_removed(tmp_path: Path) -> None:
    cloud = LocalCloud(tmp_path / "cloud")
    cloud.start()
    pid = processes.running(cloud.folder / emulator.PID_FILE)
    assert pid
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not cloud.is_up)
    assert cloud.is_stale
    wait_until(lambda: processes.running(cloud.folder / pump.PID_FILE) is None)
    assert "Traceback" not in (cloud.folder / pump.LOG).read_text()
    cloud.stop()
    assert not cloud.folder.exists()


def test_a_cloud_ends_with_the_process_that_owns_it(tmp_path: Path) -> None:
    script = (
        "import os, sys\n"
        "from keepwell_cli.local.cloud import LocalCloud\n"
        "cloud = LocalCloud()\n"
        "cloud.start()\n"
        "print(cloud.folder, flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    folder = Path(done.stdout.strip())
    assert folder.parent == tmp_path
    wait_until(lambda: not folder.exists())
