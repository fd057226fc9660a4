"""That a message to Slack is one that Slack takes, whatever its templates are filled with."""

from collections.abc import Mapping
from typing import Any

from keepwell.playbook.checking import Checker
from keepwell.playbook.documents import Place
from keepwell.playbook.loading import Source, finding_of, keys_of
from keepwell.plays.block_kit import Message, faults_of


def check_slack(check: Checker, source: Source[Any], place: Place, message: Mapping[str, Any]) -> None:
    """Note what Slack would refuse of the message at `place`."""
    for fault in faults_of(message):
        fault["loc"] = (*place, *fault["loc"])
        check.findings.append(finding_of(source.document, fault, keys_of(Message)))
