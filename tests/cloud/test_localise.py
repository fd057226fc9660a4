"""`localise` changes what it says it changes, and nothing else."""

import copy
from typing import Any

import pytest

from keepwell_cli.local.localise import Difference, localise

DENY_HTTP = {
    "Action": "s3:*",
    "Effect": "Deny",
    "Principal": {"AWS": "*"},
    "Resource": "*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
ALLOW_PUT = {"Action": "s3:PutObject", "Effect": "Allow", "Resource": "arn:aws:s3:::files/*"}
SEND_MAIL = {"Action": ["ses:SendEmail"], "Effect": "Allow", "Resource": "arn:aws:ses:::identity/x"}
AS_US = {"Condition": {"StringEquals": {"ses:FromAddress": "us@example.com"}}}
LOAD = {"Action": ["dynamodb:PartiQLInsert"], "Effect": "Allow", "Resource": "arn:aws:dynamodb:::table/t"}
SEND_MESSAGE = {"Action": "sqs:SendMessage", "Effect": "Allow", "Resource": "arn:aws:sqs:::q"}


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


TEMPLATE: dict[str, Any] = {
    "Parameters": {"BootstrapVersion": {"Type": "AWS::SSM::Parameter::Value<String>"}},
    "Rules": {"CheckBootstrapVersion": {"Assertions": []}},
    "Resources": {
        "Stream": {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {"StartingPosition": "LATEST", "Enabled": True},
        },
        "Queue": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {"BatchSize": 10}},
        "Parallel": {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {"BatchSize": 1, "ScalingConfig": {"MaximumConcurrency": 10}},
        },
        "Machine": {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {
                "StateMachineName": "nightly",
                "DefinitionString": {
                    "Fn::Join": ["", ['{"States":{"A":{"Type":"Map","On":"', {"Ref": "F"}, '"}}}']],
                },
            },
        },
        "Files": {
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {"PolicyDocument": policy(DENY_HTTP, ALLOW_PUT)},
        },
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "Policies": [
                    {"PolicyName": "p", "PolicyDocument": policy(SEND_MAIL | AS_US, SEND_MESSAGE, ALLOW_PUT)},
                    {"PolicyName": "q", "PolicyDocument": policy(LOAD)},
                ]
            },
        },
        "Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"Metrics": []}},
        "PlainAlarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"MetricName": "Errors"}},
        "Bare": {"Type": "AWS::SNS::Topic"},
    },
}


def without(template: Any, differences: tuple[Difference, ...]) -> Any:
    """The template with every listed place taken out."""
    rest = copy.deepcopy(template)
    for difference in differences:
        *way, last = difference.path
        holder = rest
        for key in way:
            holder = holder[key]
        holder.pop(last, None)
    return rest


def test_every_difference_is_listed() -> None:
    local, differences = localise(TEMPLATE)
    assert without(local, differences) == without(TEMPLATE, differences)


def test_what_is_given_is_left_as_it_was() -> None:
    before = copy.deepcopy(TEMPLATE)
    localise(TEMPLATE)
    assert before == TEMPLATE


def test_the_pump_takes_stream_mappings_and_leaves_queues_to_the_emulator() -> None:
    resources = localise(TEMPLATE)[0]["Resources"]
    assert resources["Stream"]["Properties"]["Enabled"] is False
    assert "Enabled" not in resources["Queue"]["Properties"]


def test_few_runs_of_a_function_are_side_by_side() -> None:
    properties = localise(TEMPLATE)[0]["Resources"]["Parallel"]["Properties"]
    assert properties == {"BatchSize": 1, "ScalingConfig": {"MaximumConcurrency": 2}}


def test_segments_are_worked_on_one_after_the_other() -> None:
    definition = localise(TEMPLATE)[0]["Resources"]["Machine"]["Properties"]["DefinitionString"]
    first, *rest = definition["Fn::Join"][1]
    assert first == '{"States":{"A":{"Type":"Map","MaxConcurrency":1,"On":"'
    assert rest == TEMPLATE["Resources"]["Machine"]["Properties"]["DefinitionString"]["Fn::Join"][1][1:]


def test_plain_http_is_not_denied_and_other_statements_stay() -> None:
    document = localise(TEMPLATE)[0]["Resources"]["Files"]["Properties"]["PolicyDocument"]
    assert document["Statement"] == [ALLOW_PUT]


def test_mail_may_be_sent_as_anyone_and_batches_have_their_names() -> None:
    role = localise(TEMPLATE)[0]["Resources"]["Role"]["Properties"]["Policies"][0]["PolicyDocument"]
    assert role["Statement"] == [
        {**SEND_MAIL, "Resource": "*"},
        {**SEND_MESSAGE, "Action": ["sqs:SendMessage", "sqs:SendMessageBatch"]},
        ALLOW_PUT,
    ]


def test_a_batch_of_statements_may_be_sent_where_statements_may_be_made() -> None:
    mail, loads = localise(TEMPLATE)[0]["Resources"]["Role"]["Properties"]["Policies"]
    batch = {"Effect": "Allow", "Action": "dynamodb:BatchExecuteStatement", "Resource": "*"}
    assert loads["PolicyDocument"]["Statement"] == [LOAD, batch]
    assert batch not in mail["PolicyDocument"]["Statement"]


def test_alarms_on_computed_metrics_are_left_out() -> None:
    resources = localise(TEMPLATE)[0]["Resources"]
    assert "Alarm" not in resources
    assert "PlainAlarm" in resources


@pytest.mark.parametrize("difference", localise(TEMPLATE)[1], ids=lambda difference: str(difference.path[1]))
def test_every_difference_has_its_reason(difference: Difference) -> None:
    assert difference.why


def test_a_template_without_any_of_it_stays_as_it_is() -> None:
    plain = {"Resources": {"Table": {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "t"}}}}
    assert localise(plain) == (plain, ())
