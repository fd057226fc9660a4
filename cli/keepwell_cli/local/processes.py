"""Background processes that are known by a file: it holds the pid, and the process holds a lock on it.

The lock goes when the process does, however it ends, so neither a stale file nor a pid that was given to
somebody else can pass for a running process.
"""

import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from keepwell.errors import ConfigurationError

# Children of this process, kept so that they are reaped when they are stopped.
_children: dict[int, "subprocess.Popen[bytes]"] = {}


def start(command: Sequence[str], pid_file: Path, *, env: Mapping[str, str], cwd: Path, log: Path) -> int:
    """Start a process that outlives this one; its output goes to `log`. Its pid."""
    with pid_file.open("a") as lock, log.open("ab") as output:
        _lock(lock.fileno(), pid_file)
        process = subprocess.Popen(  # noqa: S603 - our own command
            command,
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=(lock.fileno(),),
            start_new_session=True,
        )
        lock.write(str(process.pid))
    _children[process.pid] = process
    return process.pid


def claim(pid_file: Path) -> int:
    """Make this process the one the file stands for, until it ends or closes the descriptor returned."""
    descriptor = os.open(pid_file, os.O_RDWR | os.O_CREAT, 0o600)
    _lock(descriptor, pid_file)
    os.write(descriptor, str(os.getpid()).encode())
    return descriptor


def running(pid_file: Path) -> int | None:
    """The pid of the process the file stands for; None if there is none, or none any more."""
    try:
        with pid_file.open() as lock:
            fcntl.flock(lock.fileno(), fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return None
    except BlockingIOError:
        # Empty for the moment between the lock and the start.
        return int(pid_file.read_text() or 0) or None
    return None


def ask_to_stop(pid_file: Path) -> None:
    """Send the process SIGTERM, if it runs."""
    _signal(pid_file, signal.SIGTERM)


def stop(pid_file: Path, patience: float = 2) -> None:
    """End the process, if it runs, and what it started: SIGTERM, and SIGKILL after `patience` seconds.

    Returns when it is gone.
    """
    pid = running(pid_file)
    if pid is None:
        return
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + patience
    while running(pid_file) is not None:
        if time.monotonic() > deadline:
            _signal(pid_file, signal.SIGKILL)
        time.sleep(0.02)
        if pid in _children:
            _children[pid].poll()
    # It led a group of its own, which outlives it where it had no time to tidy up.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    _reap()


def _signal(pid_file: Path, number: signal.Signals) -> None:
    pid = running(pid_file)
    if pid is not None:
        os.kill(pid, number)


def _reap() -> None:
    for pid in [pid for pid, child in _children.items() if child.poll() is not None]:
        del _children[pid]


def _lock(descriptor: int, pid_file: Path) -> None:
    """Take the file over from whatever is no more."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as taken:
        raise ConfigurationError(
            f"{pid_file}: process {pid_file.read_text()} already runs; stop it with `keepwell down`."
        ) from taken
    os.ftruncate(descriptor, 0)
