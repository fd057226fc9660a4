"""The active playbook, and how another becomes it (product 1.14 row 23)."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from keepwell.errors import ConfigurationError
from keepwell.in_memory import InMemoryControl, InMemoryFiles
from keepwell.playbook.bundle import write_bundle
from keepwell_aws.playbooks import ACTIVE, ActivePlaybook, bundle_key, default_bundle

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def changed(*, leave_out: str = "", add: str = "") -> str:
    """The default bundle without a segment, or with a copy of one under another id."""
    parts = json.loads(default_bundle())
    if add:
        parts["segments"].append({**parts["segments"][0], "id": add, "name": add.title()})
    parts["segments"] = [segment for segment in parts["segments"] if segment["id"] != leave_out]
    return write_bundle({name: part for name, part in parts.items() if name != "version"})


def with_play(play: str, **differences: object) -> str:
    """The default bundle with these differences of one play."""
    parts = json.loads(default_bundle())
    parts["plays"] = [{**each, **differences} if each["id"] == play else each for each in parts["plays"]]
    return write_bundle({name: part for name, part in parts.items() if name != "version"})


@pytest.fixture
def control() -> InMemoryControl:
    return InMemoryControl()


@pytest.fixture
def active(control: InMemoryControl) -> ActivePlaybook:
    return ActivePlaybook(control, InMemoryFiles())


def test_a_fresh_stack_has_the_default_playbook(active: ActivePlaybook) -> None:
    playbook = active.get()
    assert playbook.segments
    assert playbook.plays
    assert playbook.activated == {}
    assert active.get() is playbook


def test_what_is_new_is_activated_now_and_what_was_there_is_not(active: ActivePlaybook) -> None:
    """Row 23: accounts older than the activation are baselined silently."""
    playbook = active.activate(changed(add="strategic"), NOON)
    assert playbook.activated == {"strategic": NOON}
    assert active.get().version == playbook.version


def test_applying_again_later_changes_nothing(active: ActivePlaybook, control: InMemoryControl) -> None:
    active.activate(changed(add="strategic"), NOON)
    row = control.get(ACTIVE)
    active.activate(changed(add="strategic"), NOON + timedelta(days=1))
    assert control.get(ACTIVE) == row


def test_what_left_and_comes_back_is_new(active: ActivePlaybook) -> None:
    first = active.get().segments[0].id
    assert active.activate(changed(leave_out=first), NOON).activated == {}
    later = NOON + timedelta(days=1)
    assert active.activate(default_bundle(), later).activated == {first: later}


PLAYS = pytest.mark.parametrize("play", ["health-drop-to-poor", "pre-renewal-good"])
"""One that answers a segment, and one with a trigger of its own."""


@PLAYS
def test_a_play_is_activated_when_it_begins_to_act(active: ActivePlaybook, play: str) -> None:
    """SEG-08: Activate, be it with a segment for a trigger or with a condition of its own."""
    assert active.activate(with_play(play, state="draft"), NOON).activated == {}
    later = NOON + timedelta(days=1)
    assert active.activate(with_play(play, state="shadow"), later).activated == {f"play:{play}": later}
    last = later + timedelta(days=1)
    assert active.activate(with_play(play, state="live"), last).activated == {f"play:{play}": later}
    assert active.activate(with_play(play, state="retired"), last).activated == {}


@PLAYS
def test_a_play_that_comes_to_act_on_members_is_activated_anew(active: ActivePlaybook, play: str) -> None:
    act, stamp = with_play(play, existing="act"), f"play:{play}"
    assert active.activate(act, NOON).activated == {stamp: NOON}
    later = NOON + timedelta(days=1)
    assert active.activate(act, later).activated == {stamp: NOON}
    assert active.activate(default_bundle(), later).activated == {stamp: NOON}
    assert active.activate(act, later).activated == {stamp: later}


@PLAYS
def test_a_shadow_that_acts_on_members_is_activated_anew_when_it_goes_live(
    active: ActivePlaybook, play: str
) -> None:
    """Else it would have acted on them as a shadow, and for real on nobody."""
    active.activate(with_play(play, existing="act", state="shadow"), NOON)
    live, later = with_play(play, existing="act"), NOON + timedelta(days=1)
    assert active.activate(live, later).activated == {f"play:{play}": later}


@pytest.mark.parametrize(
    ("play", "trigger"),
    [
        ("health-drop-to-poor", {"segment": "play:health-drop-to-poor", "criteria": "Health = Poor"}),
        ("pre-renewal-good", {"segment": "at-risk", "criteria": None}),
        ("health-drop-to-poor", {"segment": "watch-list"}),
        ("health-drop-to-poor", {"passage": "exited"}),
    ],
)
def test_a_play_that_is_triggered_by_something_else_is_activated_anew(
    active: ActivePlaybook, play: str, trigger: dict[str, object]
) -> None:
    """Row 23: who is inside of that by then is no newcomer."""
    moved = with_play(play, **trigger)
    assert active.activate(moved, NOON).activated == {f"play:{play}": NOON}
    assert active.activate(moved, NOON + timedelta(days=1)).activated == {f"play:{play}": NOON}


def test_every_reader_sees_the_pointer_move(control: InMemoryControl) -> None:
    files = InMemoryFiles()
    reader, writer = ActivePlaybook(control, files), ActivePlaybook(control, files)
    before = reader.get()
    writer.activate(changed(add="strategic"), NOON)
    assert reader.get().version != before.version


def test_the_bundle_is_stored_under_its_version(control: InMemoryControl) -> None:
    files = InMemoryFiles()
    text = changed(add="strategic")
    version = ActivePlaybook(control, files).activate(text, NOON).version
    assert files.read(bundle_key(version)).decode() == text


def test_what_began_with_the_default_playbook_goes_on_with_it(
    control: InMemoryControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also once another default ships."""
    files = InMemoryFiles()
    began = ActivePlaybook(control, files).get().version
    ActivePlaybook(control, files).activate(changed(add="strategic"), NOON)
    monkeypatch.setattr("keepwell_aws.playbooks.default_bundle", lambda: changed(leave_out="at-risk"))
    assert ActivePlaybook(control, files).of(began).version == began


def test_a_bundle_that_is_gone_says_what_to_do(control: InMemoryControl, active: ActivePlaybook) -> None:
    control.put(ACTIVE, {"version": "0123456789ab", "activated": {}})
    with pytest.raises(
        ConfigurationError, match=r"playbooks/0123456789ab\.json is gone; run `keepwell apply`"
    ):
        active.get()


@pytest.mark.parametrize("text", [None, '{"format": 0, "version": "0123456789ab"}'])
def test_applying_mends_a_bundle_that_is_gone_or_of_another_format(
    control: InMemoryControl, text: str | None
) -> None:
    """The message says to run `keepwell apply`, so that must help; what was activated before stays so."""
    files = InMemoryFiles()
    row: dict[str, object] = {"version": "0123456789ab", "activated": {"strategic": NOON.isoformat()}}
    control.put(ACTIVE, row)
    if text:
        files.write(bundle_key("0123456789ab"), text.encode(), "application/json")
    playbook = ActivePlaybook(control, files).activate(changed(add="strategic"), NOON + timedelta(days=1))
    assert playbook.activated == {"strategic": NOON}


def test_what_is_no_bundle_is_not_activated(active: ActivePlaybook, control: InMemoryControl) -> None:
    with pytest.raises(ConfigurationError):
        active.activate("{}", NOON)
    assert control.get(ACTIVE) is None
