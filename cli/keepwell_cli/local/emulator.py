"""Starts the AWS emulator (ministack) on a free loopback port, in a run folder that holds all its files."""

import json
import os
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3

from keepwell.errors import ConfigurationError
from keepwell_cli.local import processes
from keepwell_cli.local.environment import emulator_python

REGION = "us-east-1"
ACCOUNT = "000000000000"
PID_FILE = "emulator.pid"
LOG = "emulator.log"
SCRIPT = Path(__file__).with_name("run_emulator.py")
STARTS = 3


@dataclass(frozen=True)
class Mail:
    """A mail the emulator took: what the recipient would see."""

    to: tuple[str, ...]
    sender: str
    subject: str
    text: str
    html: str
    at: datetime


def start(folder: Path) -> str:
    """Start the emulator in `folder`; its endpoint, ready to answer."""
    for attempt in range(1, STARTS + 1):
        port = _free_port()
        command = [str(emulator_python()), "-P", str(SCRIPT)]
        for private in ("tmp", "state", "home"):
            (folder / private).mkdir(exist_ok=True)
        processes.start(
            command, folder / PID_FILE, env=_environment(folder, port), cwd=folder, log=folder / LOG
        )
        endpoint = f"http://127.0.0.1:{port}"
        # The port was free a moment ago; somebody may have taken it since.
        if _ready(endpoint, folder / PID_FILE) or attempt == STARTS:
            break
    if processes.running(folder / PID_FILE) is None:
        raise ConfigurationError(f"The emulator did not start. Its last words:\n{last_words(folder / LOG)}")
    return endpoint


def credentials(endpoint: str) -> dict[str, str]:
    """What boto3 needs in its environment to reach the emulator as its administrator."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
    }


def session(endpoint: str) -> boto3.Session:
    """A session with the administrator's credentials; its clients still need the endpoint."""
    given = credentials(endpoint)
    return boto3.Session(
        given["AWS_ACCESS_KEY_ID"],
        given["AWS_SECRET_ACCESS_KEY"],
        region_name=given["AWS_DEFAULT_REGION"],
    )


def mails(endpoint: str) -> list[Mail]:
    """Every mail sent so far, oldest first."""
    taken = _get(f"{endpoint}/_ministack/ses/messages?account={ACCOUNT}")
    return [_mail(message) for message in taken["messages"].get(ACCOUNT, [])]


def last_words(log: Path, lines: int = 15) -> str:
    """The end of a log, for an error message."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def _environment(folder: Path, port: int) -> Mapping[str, str]:
    """All the emulator gets: functions inherit its environment, so nothing of ours may leak in."""
    return {
        "PATH": os.defpath,
        "HOME": str(folder / "home"),
        "TMPDIR": str(folder / "tmp"),
        "STATE_DIR": str(folder / "state"),
        "LANG": "C.UTF-8",
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "MINISTACK_REGION": REGION,
        "IOT_MTLS_ENABLED": "0",
        "AUTH": "true",
        "LAMBDA_EXECUTOR": "local",
        "LOG_LEVEL": "WARNING",
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _ready(endpoint: str, pid_file: Path, patience: float = 60) -> bool:
    """Wait until the emulator answers; False if it ended instead."""
    deadline = time.monotonic() + patience
    while processes.running(pid_file) is not None and time.monotonic() < deadline:
        try:
            _get(f"{endpoint}/_ministack/ready")
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.05)
        else:
            return processes.running(pid_file) is not None
    return False


def _get(url: str) -> dict[str, Any]:
    with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310 - loopback http
        document: dict[str, Any] = json.load(response)
    return document


def _mail(message: Mapping[str, Any]) -> Mail:
    return Mail(
        to=tuple(message["To"]),
        sender=message["Source"],
        subject=" ".join(message["Subject"].split()),  # as it is where a long line was folded
        text="\n".join((message["BodyText"] or "").splitlines()),  # a mail's lines end with CR LF
        html=message["BodyHtml"] or "",
        at=datetime.fromtimestamp(message["Timestamp"], UTC),
    )
