"""The stack a verb works on: which one, and the domain's ports over what it holds.

A local cloud that is up is used, unless `--stack` or the environment already names another: AWS_PROFILE,
AWS_ACCESS_KEY_ID or AWS_ENDPOINT_URL. KEEPWELL_STACK names a stack that is not called `keepwell`.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Self

import boto3
import typer
from botocore.exceptions import ClientError

from infra import system
from infra.vocabulary import Resource
from keepwell.directory import Directory
from keepwell.ranking import Populations
from keepwell_aws.accounts import DynamoAccounts
from keepwell_aws.clock import StackClock
from keepwell_aws.collections import DynamoCollections
from keepwell_aws.control import DynamoControl
from keepwell_aws.deliveries import DynamoDeliveries
from keepwell_aws.files import S3Files
from keepwell_aws.history import DynamoHistory
from keepwell_aws.people import DynamoPeople
from keepwell_aws.playbooks import ActivePlaybook
from keepwell_aws.suppressions import DynamoSuppressions
from keepwell_aws.team import DynamoTeam
from keepwell_aws.touchpoints import DynamoTouchpoints
from keepwell_aws.user_days import DynamoUserDays
from keepwell_aws.wakes import DynamoWakes
from keepwell_aws.work import DynamoWork
from keepwell_cli.local.cloud import KEPT, LocalCloud
from keepwell_cli.output import NoCloudError

StackName = Annotated[
    str | None,
    typer.Option("--stack", help="A stack on AWS. Default: the local cloud's if it is up, else `keepwell`."),
]

ELSEWHERE = ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_ENDPOINT_URL")


@dataclass(frozen=True)
class Stack:
    """A deployed stack, by its outputs; its ports are made when they are first asked for."""

    name: str
    outputs: Mapping[str, str]

    @classmethod
    def configured(cls, name: str | None = None) -> Self:
        """The stack of this name, else the one the environment names, or the local cloud's.

        NoCloudError if there is none, or if a part of the local cloud has died.
        """
        if not name and not any(os.environ.get(setting) for setting in ELSEWHERE):
            cloud = LocalCloud(KEPT)
            if cloud.is_stale:
                raise NoCloudError(
                    "The local cloud ended without `keepwell down`. Start it again with `keepwell up`."
                )
            if cloud.is_up and cloud.outputs:
                cloud.check()
                return cls.practised(cloud)
        return cls.deployed(name or os.environ.get("KEEPWELL_STACK", "keepwell"))

    @classmethod
    def practised(cls, cloud: LocalCloud) -> Self:
        """The stack of a local cloud that is up; from then on AWS is that cloud."""
        os.environ.update(cloud.environment)
        return cls(cloud.stack, cloud.outputs)

    @classmethod
    def deployed(cls, name: str) -> Self:
        """The stack of this name, where the environment's credentials and endpoint lead."""
        try:
            [found] = boto3.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
        except ClientError as error:
            raise NoCloudError(
                f"There is no stack {name!r} here ({error}). Start a local cloud with `keepwell up`, deploy "
                "to AWS (docs/how-to/deploy-to-aws.md), or name another stack in KEEPWELL_STACK."
            ) from error
        return cls(name, {out["OutputKey"]: out["OutputValue"] for out in found.get("Outputs", [])})

    def named(self, resource: Resource) -> str:
        """What a resource of the page is called here: a name, a URL, an ARN or a prefix.

        NoCloudError if the stack does not have it.
        """
        try:
            return self.outputs[resource.output]
        except KeyError:
            raise NoCloudError(
                f"The stack {self.name!r} has no output {resource.output}: it is no Keepwell stack, or of "
                "an older version, to be deployed again (docs/how-to/deploy-to-aws.md)."
            ) from None

    @property
    def is_practice(self) -> bool:
        """Whether its clock can be moved."""
        return self.outputs.get("Practice") == "yes"

    def check_reads(self, bundle_format: int) -> None:
        """NoCloudError if the functions of the stack are of a version before playbooks had this format."""
        reads = int(self.outputs.get("PlaybookFormat", 0))
        if bundle_format > reads:
            raise NoCloudError(
                f"The stack {self.name!r} is of an older version than this command: it reads playbooks up to "
                f"format {reads}, this one has {bundle_format}. Deploy this version first "
                "(docs/how-to/deploy-to-aws.md; a local cloud: `keepwell down`, `keepwell up`). "
                "Nothing was applied."
            )

    @cached_property
    def accounts(self) -> DynamoAccounts:
        return DynamoAccounts(self.named(system.ACCOUNTS))

    @cached_property
    def work(self) -> DynamoWork:
        return DynamoWork(self.named(system.WORK))

    @cached_property
    def people(self) -> DynamoPeople:
        return DynamoPeople(self.named(system.WORK))

    @cached_property
    def user_days(self) -> DynamoUserDays:
        return DynamoUserDays(self.named(system.WORK))

    @property
    def directory(self) -> Directory:
        return Directory(self.people, self.user_days)

    @cached_property
    def touchpoints(self) -> DynamoTouchpoints:
        return DynamoTouchpoints(self.named(system.WORK))

    @cached_property
    def team(self) -> DynamoTeam:
        return DynamoTeam(self.named(system.WORK))

    @cached_property
    def collections(self) -> DynamoCollections:
        return DynamoCollections(self.named(system.WORK))

    @cached_property
    def suppressions(self) -> DynamoSuppressions:
        return DynamoSuppressions(self.named(system.DELIVERIES))

    @cached_property
    def deliveries(self) -> DynamoDeliveries:
        return DynamoDeliveries(self.named(system.DELIVERIES))

    @cached_property
    def wakes(self) -> DynamoWakes:
        return DynamoWakes(self.named(system.DELIVERIES))

    @cached_property
    def history(self) -> DynamoHistory:
        return DynamoHistory(self.named(system.HISTORY))

    @cached_property
    def control(self) -> DynamoControl:
        return DynamoControl(self.named(system.CONTROL))

    @cached_property
    def files(self) -> S3Files:
        return S3Files(self.named(system.FILES))

    @cached_property
    def playbooks(self) -> ActivePlaybook:
        return ActivePlaybook(self.control, self.files)

    @cached_property
    def populations(self) -> Populations:
        return Populations(self.control, self.files)

    @cached_property
    def clock(self) -> StackClock:
        return StackClock(self.control, practice=self.is_practice)
