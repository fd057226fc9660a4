"""Files that somebody else puts into a bucket of theirs are imported by themselves (INT-06)."""

import json
import os
import subprocess
import sys
from pathlib import Path

import boto3
import pytest

from infra.layers import ROOT
from keepwell.playbook.compiling import compile_playbook
from keepwell.playbook.loading import shipped_blocs
from keepwell_cli.drop import wait_for_report
from keepwell_cli.pulls import pull, pulls
from tests.scenarios.conftest import Practice

pytestmark = pytest.mark.xdist_group("cloud")

EXPORTS = "company-exports"
PLAYBOOK = {
    "keepwell.yaml": "owner: ops@example.com\nblocs: [health]\n",
    "mappings/crm.yaml": f"""
object: accounts
pull: {{bucket: {EXPORTS}, prefix: crm/, every: hourly}}
columns:
  Account ID: Id
  Account Name: Name
""",
}


def test_what_others_export_is_pulled_once_the_deployment_allows_it(
    practice: Practice, tmp_path: Path
) -> None:
    """Until then it fails, and the operator gets a mail."""
    for name, text in PLAYBOOK.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    practice.stack.playbooks.activate(compile_playbook(tmp_path, shipped_blocs()), practice.stack.clock.now())
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=EXPORTS)
    s3.put_object(Bucket=EXPORTS, Key="crm/accounts.csv", Body=b"Id,Name\nPULL-1,Quarry Media\n")

    refused = pull("crm")
    assert refused.findings
    assert "-c pull_from=company-exports/crm" in refused.document["problem"]
    [mail] = practice.eventually("a mail about the pull", lambda: practice.mails("Pull failed: crm"))
    assert mail.to == ("ops@example.com",)

    practice.cloud.deploy(synthesised(tmp_path / "assembly", pull_from=f"{EXPORTS}/crm/"))
    taken = pull("crm").document
    assert (taken["took"], taken["problem"]) == (1, "")
    [came] = taken["came"]
    report = wait_for_report(practice.stack, came["drop_id"], patience=120)
    assert (report["file"], report["mapping"], report["created"]) == ("accounts.csv", "crm", 1)
    assert practice.account("PULL-1").facts.values["Account Name"] == "Quarry Media"

    s3.put_object(Bucket=EXPORTS, Key="crm/accounts.csv", Body=b"Id,Name\nPULL-1,Quarry Media\n")
    assert pull("crm").document["took"] == 0, "the same file is one import"
    [shown] = pulls().document["pulls"]
    assert (shown["problem"], shown["came"]) == ("", [came])
    assert practice.invoke("pull_imports") == {"pulls": {}}, "the schedule has nothing to do"


def synthesised(assembly: Path, **parameters: str) -> Path:
    """What `cdk deploy -c name=value` would deploy."""
    context = json.loads((ROOT / "cdk.json").read_text())["context"] | {"target": "local", **parameters}
    subprocess.run(
        [sys.executable, "-m", "infra.app"],
        cwd=ROOT,
        env=os.environ | {"CDK_OUTDIR": str(assembly), "CDK_CONTEXT_JSON": json.dumps(context)},
        capture_output=True,
        check=True,
    )
    return assembly
