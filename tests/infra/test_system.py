"""The page agrees with itself and with the folders (architecture section 2)."""

import importlib
import json
import re
import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest

from infra import system
from infra.layers import ROOT
from infra.vocabulary import (
    Appends,
    Finds,
    Folder,
    Lambda,
    OnQueue,
    OnSchedule,
    OnStep,
    OnStream,
    Resource,
    Rows,
    Scans,
    Sends,
    Table,
    Writes,
    pascal,
)
from keepwell.deliveries import LEASE
from keepwell.playbook import kinds
from keepwell_aws import bulk, clients
from keepwell_aws.settings import FunctionSettings

# Seconds for what a function does beside: its start, the rows and the secrets it reads.
RESERVE = 20
NAMES = {function.name for function in system.FUNCTIONS}


def folders(parent: str) -> set[str]:
    return {path.name for path in (ROOT / parent).iterdir() if path.is_dir() and path.name != "__pycache__"}


def test_every_function_has_a_folder_and_sample_events_and_no_folder_is_left_over() -> None:
    assert folders("functions") == NAMES
    assert folders("events/invocations") == NAMES


def test_every_function_has_a_sample_event() -> None:
    empty = {name for name in NAMES if not list((ROOT / "events/invocations" / name).glob("*.json"))}
    assert empty == set()


OF_SEVERAL = {"assignment", "bad_endpoints", "imports", "imports_under_faults", "nights", "permissions"}
OF_SEVERAL |= {"noise_under_faults", "people_under_faults", "steps_under_faults", "tasks_under_faults"}


def test_every_function_has_a_test_file_and_no_other_is_left_over() -> None:
    files = {path.stem.removeprefix("test_") for path in (ROOT / "tests/functions").glob("test_*.py")}
    assert files - OF_SEVERAL == NAMES


@pytest.mark.parametrize("function", system.FUNCTIONS, ids=lambda function: function.name)
def test_a_function_logs_under_the_products_name(function: Lambda) -> None:
    assert {"POWERTOOLS_SERVICE_NAME", "POWERTOOLS_LOG_LEVEL"} <= function.settings


def test_names_are_verb_and_noun_and_say_everything_once() -> None:
    assert len(NAMES) == len(system.FUNCTIONS)
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", name) for name in NAMES)
    outputs = [r.output for r in everything()]
    assert len(outputs) == len(set(outputs))


@pytest.mark.parametrize("function", system.FUNCTIONS, ids=lambda function: function.name)
def test_a_handler_asks_for_no_setting_its_entry_does_not_imply(function: Lambda) -> None:
    settings = importlib.import_module(f"{function.name}.handler").Settings
    assert issubclass(settings, FunctionSettings)
    assert {name.upper() for name in settings.model_fields} <= function.settings


@pytest.mark.parametrize("function", system.FUNCTIONS, ids=lambda function: function.name)
def test_a_handler_uses_every_thing_its_entry_lets_it_touch(function: Lambda) -> None:
    settings = importlib.import_module(f"{function.name}.handler").Settings
    asked_for = {name.upper() for name in settings.model_fields}
    assert {thing.variable for thing in function.touches} <= asked_for


@pytest.mark.parametrize("function", system.FUNCTIONS, ids=lambda function: function.name)
def test_a_handler_imports_nothing_from_another_folder(function: Lambda) -> None:
    source = (ROOT / "functions" / function.name / "handler.py").read_text()
    imported = set(re.findall(r"^\s*(?:from|import) (\w+)", source, re.MULTILINE))
    assert not imported & NAMES


@pytest.mark.parametrize("function", system.FUNCTIONS, ids=lambda function: function.name)
def test_a_handler_fits_a_screen(function: Lambda) -> None:
    """About sixty lines, besides what it imports."""
    source = (ROOT / "functions" / function.name / "handler.py").read_text()
    body = re.sub(r"^(from|import) [^(\n]*(\([^)]*\))?\n", "", source, flags=re.MULTILINE)
    assert len(body.splitlines()) <= 60


def test_the_page_needs_no_cdk() -> None:
    probe = "import sys, infra.system, infra.grants, infra.diagram; sys.exit('aws_cdk' in sys.modules)"
    subprocess.run([sys.executable, "-c", probe], cwd=ROOT, check=True)


def test_all_that_is_touched_is_listed() -> None:
    touched: set[Resource] = set()
    for function in system.FUNCTIONS:
        touched |= function.touches
    assert touched <= everything()


def test_every_queue_has_one_reader_and_a_writer() -> None:
    woken = [f.wakes.queue for f in system.FUNCTIONS if isinstance(f.wakes, OnQueue)]
    sent = {thing for f in system.FUNCTIONS for p in f.may if isinstance(p, Sends) for thing in p.things}
    assert sorted(q.name for q in woken) == sorted(q.name for q in system.QUEUES)
    assert set(system.QUEUES) <= sent


def test_accounts_is_the_only_stream_and_has_two_readers() -> None:
    """DynamoDB allows two readers per shard (reliability 2.6)."""
    assert [table for table in system.TABLES if table.streamed] == [system.ACCOUNTS]
    readers = [f for f in system.FUNCTIONS if isinstance(f.wakes, OnStream)]
    assert len(readers) == 2
    assert {f.wakes.table for f in readers if isinstance(f.wakes, OnStream)} == {system.ACCOUNTS}


def test_a_writer_of_standings_does_not_wake_itself() -> None:
    """What evaluates wakes on facts and usage, never on the standing it writes."""
    assert isinstance(system.EVALUATE_CHANGES.wakes, OnStream)
    assert "standing" not in system.EVALUATE_CHANGES.wakes.parts


def test_a_nights_start_is_skipped_in_no_time_zone() -> None:
    """EventBridge Scheduler skips a start at an hour that the clocks jump over."""
    crons = [machine.cron for machine in system.STATE_MACHINES if machine.cron]
    expressions = [f.wakes.expression for f in system.FUNCTIONS if isinstance(f.wakes, OnSchedule)]
    crons += [e.removeprefix("cron(") for e in expressions if e.startswith("cron(")]
    starts = [time(int(hour), int(minute)) for minute, hour, *_ in map(str.split, crons)]
    assert len(starts) == 2
    for zone in map(ZoneInfo, available_timezones()):
        for day in range(366):
            for start in starts:
                local = datetime.combine(date(2027, 1, 1) + timedelta(day), start, zone)
                assert local.astimezone(UTC).astimezone(zone).time() == start, (zone, local)


def test_a_sender_ends_before_its_lease_and_its_lease_before_the_queue_tells_another() -> None:
    """Reliability T2: or a message would be sent by two at once, or wait in vain."""
    for function in (system.DELIVER_EMAIL, system.DELIVER_WEBHOOK):
        assert isinstance(function.wakes, OnQueue)
        assert function.timeout < LEASE.total_seconds() < 6 * function.timeout


def test_a_batch_that_hangs_at_its_receiver_ends_before_the_function_does() -> None:
    """A function that is killed leaves its messages to the lease and the queue, minutes later."""
    mails, posts = system.DELIVER_EMAIL, system.DELIVER_WEBHOOK
    assert isinstance(mails.wakes, OnQueue)
    assert isinstance(posts.wakes, OnQueue)
    config: Any = clients._MAIL_CONFIG
    waits = config.connect_timeout + config.read_timeout
    assert config.retries["total_max_attempts"] == 1
    assert mails.wakes.batch * waits <= mails.timeout - RESERVE
    [longest] = [m.le for m in kinds.Endpoint.model_fields["timeout_seconds"].metadata if hasattr(m, "le")]
    assert posts.wakes.batch * longest <= posts.timeout - RESERVE


def test_an_import_keeps_time_for_the_slowest_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """R4: the try of `sending` at a host that hangs, then botocore's own, with their pauses."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    config: Any = bulk.client().meta.config
    tries, pauses = config.retries["total_max_attempts"], 1 + 2 + 4
    slowest = (1 + tries) * (config.connect_timeout + config.read_timeout) + pauses
    for name in ("import_csv_drop", "import_csv_rows", "undo_imports"):
        assert 1000 * slowest < importlib.import_module(f"{name}.handler").RESERVE_MS


def test_a_step_is_begun_with_the_counts_the_page_names() -> None:
    for function in system.FUNCTIONS:
        if isinstance(function.wakes, OnStep):
            for sample in (ROOT / "events/invocations" / function.name).glob("*.json"):
                assert tuple(json.loads(sample.read_text())["counts"]) == function.wakes.counts


def test_verbs_fit_their_things() -> None:
    for function in system.FUNCTIONS:
        for permission in function.may:
            for thing in permission.things:
                if isinstance(permission, Appends | Scans):
                    assert isinstance(thing, Table)
                if isinstance(permission, Finds):
                    assert isinstance(thing, Table)
                    assert thing.index
                if isinstance(permission, Writes):
                    assert isinstance(thing, Table | Folder | Rows)


def test_folders_of_layers_exist() -> None:
    for function in system.FUNCTIONS:
        for layer in function.layers:
            assert layer.startswith("third_party") or Path(ROOT / "layers" / layer / "python").is_dir()


@pytest.mark.parametrize(
    ("name", "made"), [("sweep", "Sweep"), ("import_csv_drop", "ImportCsvDrop"), ("a_b", "AB")]
)
def test_pascal(name: str, made: str) -> None:
    assert pascal(name) == made


def everything() -> set[Resource]:
    return {
        *system.TABLES,
        *system.BUCKETS,
        *system.QUEUES,
        *system.STATE_MACHINES,
        system.UNHANDLED_EVENTS,
        system.ENDPOINTS,
        system.MAIL,
        system.MAIL_EVENTS,
        system.PULL,
    }
