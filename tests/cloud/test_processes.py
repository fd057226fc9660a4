"""A process is known by its locked file: it cannot be taken for another, nor for alive when it is not."""

import os
import signal
import sys
from pathlib import Path

import pytest

from keepwell.errors import ConfigurationError
from keepwell_cli.local import processes
from keepwell_cli.waiting import wait_for

SLEEPER = [sys.executable, "-c", "import signal; signal.pause()"]
DEAF = """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
while True:
    signal.pause()
"""
STUBBORN = [sys.executable, "-c", DEAF]


def start(command: list[str], folder: Path) -> Path:
    pid_file = folder / "it.pid"
    processes.start(command, pid_file, env={"PATH": os.defpath}, cwd=folder, log=folder / "log")
    return pid_file


def test_a_process_runs_until_it_is_stopped(tmp_path: Path) -> None:
    pid_file = start(SLEEPER, tmp_path)
    assert processes.running(pid_file) == int(pid_file.read_text())
    processes.stop(pid_file)
    assert processes.running(pid_file) is None


def test_one_that_ignores_the_request_is_ended_all_the_same(tmp_path: Path) -> None:
    pid_file = start(STUBBORN, tmp_path)
    while "deaf" not in (tmp_path / "log").read_text():
        assert processes.running(pid_file)
    processes.stop(pid_file, patience=0)
    assert processes.running(pid_file) is None


def test_what_it_started_ends_with_it_even_if_it_had_no_time_to_tidy_up(tmp_path: Path) -> None:
    parent = f"""
import subprocess, sys
from pathlib import Path
child = "import signal\\nfrom pathlib import Path\\n"
child += "from keepwell_cli.local import processes\\nprocesses.claim(Path('child.pid'))\\nsignal.pause()"
subprocess.Popen([sys.executable, "-c", child])
{DEAF}"""
    pid_file = start([sys.executable, "-c", parent], tmp_path)
    child = tmp_path / "child.pid"
    while processes.running(child) is None:
        assert processes.running(pid_file), (tmp_path / "log").read_text()
    processes.stop(pid_file, patience=0)
    wait_for("the end of the child", lambda: processes.running(child) is None or None, patience=10)


def test_a_file_whose_process_was_killed_stands_for_none(tmp_path: Path) -> None:
    pid_file = start(SLEEPER, tmp_path)
    pid = processes.running(pid_file)
    assert pid
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    assert pid_file.exists()
    assert processes.running(pid_file) is None


def test_a_stale_file_with_a_pid_that_lives_stands_for_none(tmp_path: Path) -> None:
    pid_file = tmp_path / "it.pid"
    pid_file.write_text(str(os.getpid()))
    processes.stop(pid_file)
    assert processes.running(pid_file) is None


def test_there_is_one_process_to_a_file(tmp_path: Path) -> None:
    pid_file = start(SLEEPER, tmp_path)
    with pytest.raises(ConfigurationError, match="already runs"):
        start(SLEEPER, tmp_path)
    processes.stop(pid_file)


def test_a_claim_ends_with_its_descriptor(tmp_path: Path) -> None:
    claim = processes.claim(tmp_path / "owner.pid")
    assert processes.running(tmp_path / "owner.pid") == os.getpid()
    os.close(claim)
    assert processes.running(tmp_path / "owner.pid") is None


def test_no_file_no_process(tmp_path: Path) -> None:
    assert processes.running(tmp_path / "it.pid") is None
    processes.stop(tmp_path / "it.pid")
