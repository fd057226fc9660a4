"""The emulator's own virtual environment: its pins differ from ours, and functions see its packages.

Built from the hashed lock file when that changes, and kept in the checkout's `.cache/`.
"""

import fcntl
import hashlib
import subprocess
import sys
from pathlib import Path

from keepwell.errors import ConfigurationError

CHECKOUT = Path(__file__).parents[3]
CACHE = CHECKOUT / ".cache"
LOCK = CHECKOUT / "requirements" / "local-cloud.txt"


def emulator_python(cache: Path = CACHE, lock: Path = LOCK) -> Path:
    """The interpreter that runs the emulator, with its packages installed."""
    content = lock.read_bytes() + sys.version.encode() + sys.base_prefix.encode()
    folder = cache / f"emulator-{hashlib.sha256(content).hexdigest()[:16]}"
    complete = folder / "complete"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "emulator.lock").open("w") as one_at_a_time:
        fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
        if not complete.exists():
            _uv("venv", "--clear", "--python", sys.executable, str(folder))
            _uv("pip", "sync", "--require-hashes", "--python", str(folder / "bin" / "python"), str(lock))
            complete.touch()
    return folder / "bin" / "python"


def _uv(*arguments: str) -> None:
    uv = Path(sys.executable).with_name("uv")
    if not uv.exists():
        raise ConfigurationError(f"{uv} is missing: the local cloud needs a checkout set up by `make setup`.")
    done = subprocess.run(  # noqa: S603 - a fixed command
        [str(uv), *arguments, "--quiet", "--no-config"], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ConfigurationError(f"The emulator could not be installed (uv {arguments[0]}):\n{done.stderr}")
