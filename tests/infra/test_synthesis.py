"""The synthesised template keeps the promises of reliability 5 ("template tests") and security 9."""

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType

from infra import system
from infra.layers import ROOT, Target
from infra.synth import SynthesisError, synthesise, template
from infra.vocabulary import Lambda
from keepwell.playbook.bundle import FORMAT
from tests.infra.conftest import Stack

FUNCTIONS = pytest.mark.parametrize("function", system.FUNCTIONS, ids=lambda function: function.name)


def test_cfn_lint_finds_nothing(aws: Stack) -> None:
    """The local template differs from this one only as a test below allows."""
    # W3005: the CDK lets a function depend on its role by name, besides referring to it.
    command = [str(Path(sys.executable).with_name("cfn-lint")), "--ignore-checks", "W3005", "--"]
    command.append(str(template(aws.assembly)))
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout + done.stderr == ""


def test_both_packs_of_cdk_nag_look_at_the_app(tmp_path: Path) -> None:
    """A bare queue has a finding in each."""
    program = f"""
from infra.app import check
import aws_cdk
from aws_cdk import aws_sqs
app = aws_cdk.App(outdir={str(tmp_path)!r})
aws_sqs.Queue(aws_cdk.Stack(app, "Bare"), "Queue")
check(app)
app.synth()
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert "ValidationFailed" in done.stderr
    report = (tmp_path / "validation-report.json").read_text()
    assert "AwsSolutions-SQS3" in report
    assert "Serverless-SQSRedrivePolicy" in report


def test_the_second_synthesis_costs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    def run(target: Target, outdir: Path) -> None:
        made.append(target)
        outdir.mkdir()

    monkeypatch.setattr("infra.synth._run_app", run)
    monkeypatch.setattr("infra.synth._digest", lambda target: "same")
    assert synthesise("aws", tmp_path) == synthesise("aws", tmp_path) == tmp_path / "aws-same"
    assert made == ["aws"]


def test_a_failed_synthesis_says_why_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.synth.json.loads", lambda _: {"context": {"stack": "Not A Name"}})
    with pytest.raises(SynthesisError, match="'Not A Name' is not lower case"):
        synthesise("aws", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [".aws.lock"]


def test_the_targets_differ_only_where_allowed(stacks: dict[Target, Stack]) -> None:
    allowed = {
        # Compiled modules and bytecode are a platform's own.
        ("AWS::Lambda::LayerVersion", "Content", "S3Key"),
        # A practice stack has a movable clock.
        ("AWS::Lambda::Function", "Environment", "Variables", "PRACTICE"),
        # A practice stack is made anew at every start.
        ("AWS::DynamoDB::Table", "DeletionProtectionEnabled"),
        (
            "AWS::DynamoDB::Table",
            "PointInTimeRecoverySpecification",
            "PointInTimeRecoveryEnabled",
        ),
    }
    first, second = stacks["aws"].template, stacks["local"].template
    assert {
        (section, *path)
        for section in {*first, *second} - {"Resources"}
        for path in _differences(first.get(section), second.get(section))
    } == {("Outputs", "Practice", "Value")}
    assert first["Resources"].keys() == second["Resources"].keys()
    found = {
        (resource["Type"], *path)
        for name, resource in first["Resources"].items()
        for path in _differences(resource.get("Properties"), second["Resources"][name].get("Properties"))
    }
    assert found == allowed


def _differences(a: Any, b: Any) -> list[tuple[str, ...]]:
    if isinstance(a, dict) and isinstance(b, dict):
        return [(k, *path) for k in sorted({*a, *b}) for path in _differences(a.get(k), b.get(k))]
    return [] if a == b else [()]


@FUNCTIONS
def test_a_function_has_the_environment_of_its_entry(function: Lambda, aws: Stack) -> None:
    made = aws.functions()[function.name]
    assert made["Environment"]["Variables"].keys() == function.settings
    assert (made["Runtime"], made["Architectures"]) == ("python3.13", ["arm64"])
    assert made["Handler"] == f"{function.name}.handler.handler"
    assert made["FunctionName"] == f"keepwell-{function.name}"


@FUNCTIONS
def test_a_functions_asset_holds_its_folder_and_nothing_else(function: Lambda, aws: Stack) -> None:
    asset = aws.asset(aws.functions()[function.name]["Code"]["S3Key"])
    assert {path.relative_to(asset).parts[0] for path in asset.rglob("*")} == {function.name}
    held = {path.name for path in (asset / function.name).iterdir()}
    assert held == {path.name for path in (ROOT / "functions" / function.name).glob("*.py")}


def test_each_function_has_a_role_of_its_own_with_listed_actions(aws: Stack) -> None:
    roles = [str(function["Role"]) for function in aws.functions().values()]
    assert len(set(roles)) == len(system.FUNCTIONS)
    assert aws.of_type("AWS::IAM::Policy") == aws.of_type("AWS::IAM::ManagedPolicy") == {}
    for role in aws.of_type("AWS::IAM::Role").values():
        assert "ManagedPolicyArns" not in role
        for policy in role["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                actions, resources = _listed(statement["Action"]), _listed(statement["Resource"])
                assert not [action for action in actions if "*" in action]
                if "*" in resources:
                    assert {action.split(":")[0] for action in actions} <= {"xray", "logs"}


def test_mail_may_concern_any_identity_but_comes_from_the_sender_alone(aws: Stack) -> None:
    """SES also asks for the identity of a recipient in the sandbox, and for the configuration set that the
    mail names."""
    [statement] = [
        statement
        for role in aws.of_type("AWS::IAM::Role").values()
        for policy in role["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
        if "ses:SendEmail" in _listed(statement["Action"])
    ]
    sender = aws.functions()["deliver_email"]["Environment"]["Variables"]["MAIL_FROM"]
    events = aws.functions()["deliver_email"]["Environment"]["Variables"]["MAIL_EVENTS"]
    assert statement["Condition"] == {"StringEquals": {"ses:FromAddress": sender}}
    ends = {str(resource["Fn::Join"][1][-1]).rpartition(":")[2] for resource in statement["Resource"]}
    assert ends == {"identity/*", f"configuration-set/{events}"}


def test_rows_of_control_are_written_by_what_needs_them_alone(aws: Stack) -> None:
    """Least privilege: a worker that reads the answers of strangers writes what it knows of endpoints."""
    assert written_of_control(aws, "deliver_webhook") == [["endpoint#*"]]
    assert written_of_control(aws, "pull_imports") == [["pull#*"]]
    assert written_of_control(aws, "deliver_email") == []
    for function in system.FUNCTIONS:
        written = [pattern for patterns in written_of_control(aws, function.name) for pattern in patterns]
        assert not {"*", "playbook#*", "clock#*"} & set(written)


def written_of_control(aws: Stack, function: str) -> list[list[str]]:
    """The patterns that the keys of a function's writes must match, of each of its statements."""
    role = aws.template["Resources"][aws.functions()[function]["Role"]["Fn::GetAtt"][0]]
    return [
        statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
        for policy in role["Properties"]["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
        if "ControlTable" in str(statement["Resource"]) and "dynamodb:PutItem" in _listed(statement["Action"])
    ]


def test_mails_that_come_back_are_told_of_over_the_event_bus(aws: Stack) -> None:
    """The set that mails name tells the account's bus, and the rule hears of that set alone."""
    [told] = aws.of_type("AWS::SES::ConfigurationSetEventDestination").values()
    [events] = [each["Name"] for each in aws.of_type("AWS::SES::ConfigurationSet").values()]
    destination = told["EventDestination"]
    assert destination["MatchingEventTypes"] == ["bounce", "complaint"]
    assert str(destination["EventBridgeDestination"]["EventBusArn"]).count("event-bus/default") == 1
    [pattern] = [
        rule["EventPattern"]
        for rule in aws.of_type("AWS::Events::Rule").values()
        if rule["EventPattern"]["source"] == ["aws.ses"]
    ]
    assert pattern["detail-type"] == ["Email Bounced", "Email Complaint Received"]
    assert pattern["detail"] == {"mail": {"tags": {"ses:configuration-set": [events]}}}
    assert events == aws.functions()["deliver_email"]["Environment"]["Variables"]["MAIL_EVENTS"]


def test_a_sender_that_is_an_identity_already_is_left_alone() -> None:
    parameters = {"stack": "keepwell", "target": "local", "time_zone": "UTC"}
    context = parameters | {"mail_from": "us@example.com", "mail_identity": "existing"}
    made = subprocess.run(
        [sys.executable, "-c", SYNTHESISE],
        cwd=ROOT,
        env=os.environ | {"CDK_CONTEXT_JSON": json.dumps(context)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "AWS::SES::EmailIdentity" not in made.stdout


SYNTHESISE = """
import infra.app
import aws_cdk
from infra.stacks.keepwell import Keepwell
from infra.stacks.parameters import Parameters
app = aws_cdk.App()
Keepwell(app, Parameters.of(app.node))
print({r["Type"] for r in app.synth().stacks[0].template["Resources"].values()})
"""


def test_nothing_may_be_pulled_until_the_deployment_says_from_where(aws: Stack) -> None:
    """Least privilege: none by default."""
    assert aws.functions()["pull_imports"]["Environment"]["Variables"]["PULL_LOCATIONS"] == "[]"
    assert granted_on_others(aws.template) == {}


def test_what_the_deployment_names_may_be_read_and_no_more(tmp_path: Path) -> None:
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    context |= {"pull_from": "exports/sfdc/, billing", "target": "local"}
    subprocess.run(
        [sys.executable, "-m", "infra.app"],
        cwd=ROOT,
        env=os.environ | {"CDK_OUTDIR": str(tmp_path), "CDK_CONTEXT_JSON": json.dumps(context)},
        capture_output=True,
        check=True,
    )
    made = json.loads(template(tmp_path).read_text())
    assert granted_on_others(made) == {
        ":s3:::exports": ["s3:ListBucket"],
        ":s3:::billing": ["s3:ListBucket"],
        ":s3:::exports/sfdc/*": ["s3:GetObject"],
        ":s3:::billing/*": ["s3:GetObject"],
    }


@pytest.mark.parametrize("place", ["Exports", "exports/*", "s3://exports", "a"])
def test_what_is_no_bucket_to_pull_from_says_so(place: str) -> None:
    context = {"stack": "keepwell", "target": "local", "time_zone": "UTC", "pull_from": place}
    context |= {"mail_from": "us@example.com", "mail_identity": "existing"}
    made = subprocess.run(
        [sys.executable, "-m", "infra.app"],
        cwd=ROOT,
        env=os.environ | {"CDK_CONTEXT_JSON": json.dumps(context)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode
    assert f"pull_from: {place!r} is not a bucket" in made.stderr


def granted_on_others(made: dict[str, Any]) -> dict[str, list[str]]:
    """What roles may do on buckets that are not the stack's, by the end of the ARN."""
    statements = [
        statement
        for resource in made["Resources"].values()
        if resource["Type"] == "AWS::IAM::Role"
        for policy in resource["Properties"].get("Policies", [])
        for statement in policy["PolicyDocument"]["Statement"]
    ]
    granted: dict[str, list[str]] = {}
    for statement in statements:
        for resource in _listed(statement["Resource"]):
            end = str(resource["Fn::Join"][1][-1]) if "Fn::Join" in resource else str(resource)
            if ":s3:::" in end:
                granted.setdefault(end, []).extend(_listed(statement["Action"]))
    return granted


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_each_mapping_is_bounded_and_keeps_what_fails(aws: Stack) -> None:
    """Reliability 1: every retry has an end and every end a destination."""
    mappings = aws.of_type("AWS::Lambda::EventSourceMapping").values()
    streams = [m for m in mappings if "StartingPosition" in m]
    queues = [m for m in mappings if "StartingPosition" not in m]
    assert (len(streams), len(queues)) == (2, len(system.QUEUES))
    for mapping in mappings:
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    for mapping in streams:
        assert mapping["BisectBatchOnFunctionError"] is True
        assert mapping["MaximumRetryAttempts"] == 5
        assert 60 <= mapping["MaximumRecordAgeInSeconds"] < 24 * 60 * 60
        assert "FailuresBucket" in str(mapping["DestinationConfig"]["OnFailure"]["Destination"])
        assert mapping["MaximumBatchingWindowInSeconds"] <= 1
        assert mapping["FilterCriteria"]["Filters"]
    for mapping in queues:
        assert mapping["ScalingConfig"]["MaximumConcurrency"] >= 2


def test_each_queue_waits_six_timeouts_and_has_dead_letters(aws: Stack) -> None:
    queues = aws.of_type("AWS::SQS::Queue")
    functions = {
        name: f for name, f in aws.template["Resources"].items() if "FunctionName" in f.get("Properties", {})
    }
    read = {}
    for mapping in aws.of_type("AWS::Lambda::EventSourceMapping").values():
        source = mapping["EventSourceArn"]["Fn::GetAtt"][0]
        if source in queues:
            read[source] = functions[mapping["FunctionName"]["Ref"]]["Properties"]["Timeout"]
    assert len(read) == len(system.QUEUES)
    for name, queue in queues.items():
        assert queue["MessageRetentionPeriod"] == 14 * 24 * 60 * 60
        if name in read:
            assert queue["VisibilityTimeout"] >= 6 * read[name]
            assert queue["RedrivePolicy"]["maxReceiveCount"] == 5


def test_what_is_invoked_asynchronously_has_a_destination(aws: Stack) -> None:
    configured = aws.of_type("AWS::Lambda::EventInvokeConfig").values()
    assert len(configured) == sum(function.asynchronous for function in system.FUNCTIONS)
    for config in configured:
        assert "UnhandledEventsQueue" in str(config["DestinationConfig"]["OnFailure"])
    targets = [t for rule in aws.of_type("AWS::Events::Rule").values() for t in rule["Targets"]]
    targets += [schedule["Target"] for schedule in aws.of_type("AWS::Scheduler::Schedule").values()]
    assert len(targets) == 7
    for target in targets:
        assert "UnhandledEventsQueue" in str(target["DeadLetterConfig"])


def test_data_on_aws_is_guarded_and_survives_the_stack(aws: Stack) -> None:
    tables = aws.of_type("AWS::DynamoDB::Table")
    assert len(tables) == len(system.TABLES)
    for name, table in tables.items():
        assert table["DeletionProtectionEnabled"] is True
        assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        assert table["BillingMode"] == "PAY_PER_REQUEST"
        assert aws.template["Resources"][name]["DeletionPolicy"] == "Retain"
    for name, bucket in aws.of_type("AWS::S3::Bucket").items():
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
        assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
        assert bucket["NotificationConfiguration"]["EventBridgeConfiguration"]
        assert aws.template["Resources"][name]["DeletionPolicy"] == "Retain"


def test_logs_are_kept_for_a_month(aws: Stack) -> None:
    groups = aws.of_type("AWS::Logs::LogGroup").values()
    assert len(groups) == len(system.FUNCTIONS) + len(system.STATE_MACHINES)
    assert {group["RetentionInDays"] for group in groups} == {30}


def test_schedules_send_no_date(aws: Stack) -> None:
    """Architecture 4: the machine takes its `on`, else its start time."""
    for schedule in aws.of_type("AWS::Scheduler::Schedule").values():
        assert schedule["Target"]["Input"] == "{}"
        assert schedule["ScheduleExpressionTimezone"] == "UTC"


def test_there_are_three_alarms_and_somebody_to_tell(aws: Stack) -> None:
    alarms = aws.of_type("AWS::CloudWatch::Alarm").values()
    assert len(alarms) == 3
    assert all(alarm["AlarmActions"] and alarm["AlarmDescription"] for alarm in alarms)


def test_what_tells_the_topic_may_publish_on_it(aws: Stack) -> None:
    """A topic with a policy is closed to the account's own alarms, unless the policy lets them in."""
    [policy] = aws.of_type("AWS::SNS::TopicPolicy").values()
    allowed = {
        statement["Principal"]["Service"]: statement.get("Condition", {})
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow" and statement["Action"] == "sns:Publish"
    }
    assert allowed.keys() == {"cloudwatch.amazonaws.com", "events.amazonaws.com"}
    own = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    assert allowed["cloudwatch.amazonaws.com"] == own


def test_a_failure_in_the_log_is_counted_and_a_success_is_not(aws: Stack) -> None:
    """Reliability 1: also that of one record in a batch, which powertools writes as a warning."""
    filters = aws.of_type("AWS::Logs::MetricFilter").values()
    assert len(filters) == len(system.FUNCTIONS)
    [pattern] = {each["FilterPattern"] for each in filters}
    terms = re.findall(r'\?"([^"]+)"', pattern)

    written = io.StringIO()
    logger: Any = Logger(service="test", stream=written)
    logger.info("play launched", account_id="A-1")
    BatchProcessor(EventType.SQS, logger=logger).failure_handler({}, _raised())
    logger.error("account could not be evaluated")
    lines = [
        *written.getvalue().splitlines(),
        "[ERROR] KeyError: 'on'",
        "2026-11-21T02:01:00.123Z 52fdfc07 Task timed out after 60.00 seconds",
        "REPORT RequestId: 52fdfc07 Duration: 60000.00 ms Memory Size: 512 MB Status: timeout",
        "RequestId: 52fdfc07 Error: Runtime exited with error: signal: killed",
        "REPORT RequestId: 52fdfc07 Duration: 20.31 ms Billed Duration: 21 ms Memory Size: 512 MB",
    ]
    assert [any(term in line for term in terms) for line in lines] == [False, *[True] * 6, False]


def _raised() -> Any:
    try:
        raise ValueError
    except ValueError:
        return sys.exc_info()


def test_the_stack_tells_where_everything_is(aws: Stack) -> None:
    things = [*system.TABLES, *system.BUCKETS, *system.QUEUES, *system.STATE_MACHINES]
    expected = {thing.output for thing in [*things, system.UNHANDLED_EVENTS, system.ENDPOINTS]}
    assert aws.template["Outputs"].keys() == expected | {"Practice", "PlaybookFormat"}
    assert aws.template["Outputs"]["PlaybookFormat"]["Value"] == str(FORMAT)
    assert "AccountsTable" in expected
    assert "NightlyStateMachine" in expected
