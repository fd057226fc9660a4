"""The stream pump: a process beside the emulator that wakes functions on the changes of tables.

It stands in for the emulator's own poller, which knows neither bisecting nor bounded retries nor partial
responses. `python -m keepwell_cli.local.pump FOLDER ENDPOINT` runs until it is stopped, the emulator is gone,
or the process that owns the run folder (if one does) is. Any other end is an error, in `pump.log`.
"""

import logging
import shutil
import signal
import sys
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import botocore.exceptions

from keepwell_cli.local import emulator, processes
from keepwell_cli.local.reader import Clients, Reader
from keepwell_cli.local.streams import StreamMapping

PID_FILE = "pump.pid"
OWNER_FILE = "owner.pid"
LOG = "pump.log"

LOOK_FOR_MAPPINGS = 1.0
EMULATOR_ENDS_WITHIN = 2.0
MOST_MAPPINGS = 50

logger = logging.getLogger("keepwell.pump")


class Pump:
    """Keeps a reader running for each stream mapping there is."""

    def __init__(self, folder: Path, endpoint: str):
        self._folder = folder
        self._clients = Clients.of(endpoint)
        self._readers: dict[str, tuple[Reader, Future[None]]] = {}
        self._stopping = threading.Event()

    def stop(self, *_: object) -> None:
        """Ask it to end, as a signal handler may."""
        self._stopping.set()

    def run(self) -> None:
        """Pump until stopped or alone; raises what ended a reader, if something did."""
        with ThreadPoolExecutor(max_workers=MOST_MAPPINGS, thread_name_prefix="reader") as threads:
            try:
                while not self._stopping.is_set() and self._wanted():
                    self._match_readers(threads)
                    self._stopping.wait(LOOK_FOR_MAPPINGS)
            except (botocore.exceptions.ConnectionError, botocore.exceptions.HTTPClientError):
                # The emulator closes its connections a moment before it is gone.
                self._stopping.wait(EMULATOR_ENDS_WITHIN)
                if not self._stopping.is_set() and self._emulator_runs():
                    raise
            finally:
                for reader, _ in self._readers.values():
                    reader.stopping.set()

    def _wanted(self) -> bool:
        owner = self._folder / OWNER_FILE
        if owner.exists() and processes.running(owner) is None:
            logger.error("the process that owned this local cloud is gone: stopping it")
            processes.stop(self._folder / emulator.PID_FILE)
            shutil.rmtree(self._folder, ignore_errors=True)
            return False
        return self._emulator_runs()

    def _emulator_runs(self) -> bool:
        return processes.running(self._folder / emulator.PID_FILE) is not None

    def _match_readers(self, threads: ThreadPoolExecutor) -> None:
        """Start readers for new mappings, end those of mappings that are gone or have changed."""
        mappings = {mapping.mapping_id: mapping for mapping in stream_mappings(self._clients)}
        for mapping_id, (reader, reading) in list(self._readers.items()):
            if reading.done():
                reading.result()
            if reader.mapping != mappings.get(mapping_id):
                reader.stopping.set()
                del self._readers[mapping_id]
        for mapping_id in mappings.keys() - self._readers.keys():
            reader = Reader(mappings[mapping_id], self._clients)
            self._readers[mapping_id] = reader, threads.submit(reader.run)
            logger.info("%s reads %s", reader.mapping.function, reader.mapping.stream)


def stream_mappings(clients: Clients) -> list[StreamMapping]:
    """Every mapping of a DynamoDB stream there is, whatever its State: the emulator must not run them."""
    pages = clients.functions.get_paginator("list_event_source_mappings").paginate()
    found: list[Any] = [mapping for page in pages for mapping in page["EventSourceMappings"]]
    return [StreamMapping.described(each) for each in found if ":dynamodb:" in each["EventSourceArn"]]


def main() -> None:
    """Run the pump for a run folder until it is not wanted any more."""
    folder, endpoint = Path(sys.argv[1]), sys.argv[2]
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    pump = Pump(folder, endpoint)
    signal.signal(signal.SIGTERM, pump.stop)
    pump.run()


if __name__ == "__main__":
    main()
