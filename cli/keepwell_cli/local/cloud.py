"""The local cloud as one thing: the emulator, the stream pump and the deployed stack, in one run folder.

Everything it keeps is in that folder, and nothing is left of it after `stop`.
"""

import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from keepwell.errors import ConfigurationError
from keepwell_cli.local import deployment, emulator, processes, pump
from keepwell_cli.local.environment import CHECKOUT
from keepwell_cli.output import NoCloudError

KEPT = Path(os.environ.get("KEEPWELL_CLOUD", CHECKOUT / ".cache" / "cloud"))
"""The run folder of the local cloud that `keepwell up` keeps running; KEEPWELL_CLOUD names another one."""

STATE = "cloud.json"
PATIENCE = 100


class LocalCloud:
    """A local cloud in `folder`; without one, in a temporary folder, and then it ends with this process.

    As a context manager it is started and stopped; several can run side by side.
    """

    def __init__(self, folder: Path | None = None):
        self.folder = folder or Path(tempfile.mkdtemp(prefix="keepwell-cloud-"))
        self._owned = folder is None
        self._claim: int | None = None

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            undo.callback(self.stop)
            self.start()
            undo.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> str:
        """Start what does not run yet; the endpoint. What a cloud that died left behind is removed first."""
        if self.is_up:
            self._start_pump()
            return self.endpoint
        self._clear()
        self.folder.mkdir(parents=True, exist_ok=True)
        if self._owned:
            self._claim = processes.claim(self.folder / pump.OWNER_FILE)
        self._remember(endpoint=emulator.start(self.folder))
        self._start_pump()
        return self.endpoint

    def deploy(self, assembly: Path | None = None) -> dict[str, str]:
        """Deploy a cloud assembly (default: Keepwell's own), or update the stack; its outputs."""
        if assembly is None:
            assembly = synthesised()
        read = deployment.Assembly.read(assembly)
        outputs = deployment.deploy(read, self.endpoint)
        self._remember(stack=read.stack, outputs=outputs)
        return outputs

    def stop(self) -> None:
        """End every process and remove every file; harmless if there is nothing."""
        processes.ask_to_stop(self.folder / pump.PID_FILE)
        processes.stop(self.folder / emulator.PID_FILE)
        processes.stop(self.folder / pump.PID_FILE)
        if self._claim is not None:
            os.close(self._claim)
            self._claim = None
        self._clear()

    @property
    def is_up(self) -> bool:
        """Whether the emulator runs."""
        return processes.running(self.folder / emulator.PID_FILE) is not None

    @property
    def is_stale(self) -> bool:
        """Whether a cloud ran here that was never stopped, and runs no more."""
        return not self.is_up and (self.folder / STATE).exists()

    @property
    def endpoint(self) -> str:
        return str(self._state["endpoint"])

    @property
    def stack(self) -> str:
        """The stack's name, once deployed."""
        return str(self._state["stack"])

    @property
    def outputs(self) -> dict[str, str]:
        """The stack's outputs; empty before it is deployed."""
        return dict(self._state.get("outputs", {}))

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs in its environment to work with this cloud and no other."""
        return emulator.credentials(self.endpoint)

    def mails(self) -> list[emulator.Mail]:
        """Every mail sent so far, oldest first."""
        return emulator.mails(self.endpoint)

    def check(self) -> None:
        """Raise NoCloudError if a part of it has died, with its last words."""
        for name, pid_file, log in (
            ("emulator", emulator.PID_FILE, emulator.LOG),
            ("stream pump", pump.PID_FILE, pump.LOG),
        ):
            if processes.running(self.folder / pid_file) is None:
                raise NoCloudError(
                    f"The {name} of the local cloud has died: `keepwell up` starts it again. "
                    f"Its last words ({self.folder / log}):\n{emulator.last_words(self.folder / log)}"
                )

    def _start_pump(self) -> None:
        if processes.running(self.folder / pump.PID_FILE) is not None:
            return
        processes.start(
            [sys.executable, "-m", "keepwell_cli.local.pump", str(self.folder), self.endpoint],
            self.folder / pump.PID_FILE,
            # Nothing of the user's AWS set-up may lead it elsewhere.
            env={"PATH": os.defpath, "HOME": str(self.folder / "home"), "LANG": "C.UTF-8"},
            cwd=self.folder,
            log=self.folder / pump.LOG,
        )

    @property
    def _state(self) -> Mapping[str, Any]:
        try:
            state: dict[str, Any] = json.loads((self.folder / STATE).read_text())
        except FileNotFoundError:
            raise ConfigurationError("The local cloud is not up: start it with `keepwell up`.") from None
        return state

    def _remember(self, **facts: Any) -> None:
        known = self._state if (self.folder / STATE).exists() else {}
        (self.folder / STATE).write_text(json.dumps({**known, **facts}, indent=2))

    def _clear(self) -> None:
        # A function's process may write for a moment longer than its emulator lives.
        for _ in range(PATIENCE):
            shutil.rmtree(self.folder, ignore_errors=True)
            if not self.folder.exists():
                return
            time.sleep(0.05)
        raise ConfigurationError(f"{self.folder} cannot be removed; see what still uses it, or its rights.")


def synthesised() -> Path:
    """Keepwell's own assembly; made again only if what goes into it has changed."""
    from infra.synth import SynthesisError, synthesise

    try:
        return synthesise("local")
    except SynthesisError as error:
        raise ConfigurationError(str(error)) from error
