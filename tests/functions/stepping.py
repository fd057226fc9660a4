"""A play with steps in a bundle, and an account in the middle of it."""

import json
from dataclasses import replace
from datetime import datetime

from keepwell.accounts import Account
from keepwell.evaluation import evaluate
from keepwell.playbook import Playbook
from keepwell.playbook.bundle import write_bundle
from keepwell.plays.planning import step_wake
from keepwell.tasks import PlayRun, RunState
from keepwell_aws.accounts import DynamoAccounts
from keepwell_aws.control import DynamoControl
from keepwell_aws.files import S3Files
from keepwell_aws.playbooks import ActivePlaybook, default_bundle
from keepwell_aws.wakes import DynamoWakes
from keepwell_aws.work import DynamoWork
from tests.aws_tables import Names
from tests.functions.invoking import know
from tests.story import NOON, poor_account

WAIT = {"waits": {"days": 3, "hours": 0, "working_days": 0, "unless_left": True}}
DEEDS = {
    "tasks": [],
    "emails": [{"to": "lead@example.com", "subject": "Nobody has called", "body": "Call."}],
    "webhooks": [],
    "touchpoints": [{"type": "Call", "subject": "Tried", "content": "", "flow": ""}],
    "add_tags": ["chased"],
    "remove_tags": [],
    "set_attributes": [],
    "starts": [],
}


def stepping_playbook(stack: Names) -> Playbook:
    """Make a playbook active whose health drop has steps, and that is kept in S3."""
    parts = json.loads(default_bundle())
    [drop] = [play for play in parts["plays"] if play["id"] == "health-drop-to-poor"]
    branch = {"if": "Health = Poor", "then": [{"does": DEEDS}], "else": []}
    drop["steps"] = [WAIT, branch, WAIT, {"does": DEEDS}]
    control, files = DynamoControl(stack.table("control")), S3Files(stack.bucket("files"))
    return ActivePlaybook(control, files).activate(write_bundle(parts), NOON)


def waiting(stack: Names, account_id: str = "A-001", until: datetime = NOON) -> PlayRun:
    """Store a run that waits at its first step."""
    playbook = stepping_playbook(stack)
    account: Account = know(stack, poor_account(account_id))
    standing = evaluate(account, playbook, NOON).standing
    DynamoAccounts(stack.table("accounts")).put_standing(replace(standing, pending=()))
    [entry] = [each for each in standing.pending if each.segment == "at-risk"]
    run = PlayRun(
        run_id="health-drop-to-poor/at-risk/1/entered",
        account_id=account_id,
        play="health-drop-to-poor",
        transition_id=entry.id,
        shadow=False,
        at=NOON,
        playbook=playbook.version,
        outcomes=(),
        state=RunState.WAITING,
        place="1",
        until=until,
        transition=entry,
    )
    DynamoWork(stack.table("work")).put_run(run)
    DynamoWakes(stack.table("deliveries")).add(step_wake(run))
    return run
