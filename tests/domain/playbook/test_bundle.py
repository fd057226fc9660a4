"""The bundle: canonical, named by its hash, read without YAML, and equal to what was written."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from keepwell.attributes import Kind
from keepwell.criteria import parse
from keepwell.errors import ConfigurationError, FaultyCondition
from keepwell.imports.dialect import ReadingAs
from keepwell.imports.mapping import Complete, Pull, Source, Step
from keepwell.playbook import Playbook, read_bundle
from keepwell.playbook.bundle import FORMAT, version_of, write_bundle
from keepwell.playbook.compiling import compile_playbook
from keepwell.plays import Existing, PlayState
from keepwell.segments import Link
from keepwell.standings import Passage
from keepwell.tasks import Priority
from tests.domain.playbook.folders import BLOCS, documented_company, write_folder


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> str:
    return compile_playbook(write_folder(tmp_path_factory.mktemp("company"), documented_company()), BLOCS)


@pytest.fixture(scope="module")
def playbook(text: str) -> Playbook:
    return read_bundle(text)


def test_the_same_playbook_has_the_same_name_wherever_it_lies(text: str, tmp_path: Path) -> None:
    again = compile_playbook(write_folder(tmp_path / "elsewhere", documented_company()), BLOCS)
    assert again == text


def test_a_comment_or_another_spelling_changes_nothing(text: str, tmp_path: Path) -> None:
    files = documented_company()
    files["segments/quiet-enterprise.yaml"] = "# a comment\n" + files[
        "segments/quiet-enterprise.yaml"
    ].replace("Contract Value >= $250,000", "(contract value >= 250000)")
    assert compile_playbook(write_folder(tmp_path, files), BLOCS) == text


def test_another_number_is_another_version(playbook: Playbook, tmp_path: Path) -> None:
    files = documented_company()
    files["segments/quiet-enterprise.yaml"] = files["segments/quiet-enterprise.yaml"].replace("> 30", ">= 31")
    assert read_bundle(compile_playbook(write_folder(tmp_path, files), BLOCS)).version != playbook.version


def test_the_version_is_twelve_hex_digits_of_the_content(text: str, playbook: Playbook) -> None:
    body = json.loads(text)
    assert playbook.version == version_of(body) == body["version"]
    assert len(playbook.version) == 12
    assert write_bundle({key: part for key, part in body.items() if key != "version"}) == text


def test_what_was_written_is_read(playbook: Playbook) -> None:
    segment = next(s for s in playbook.segments if s.id == "quiet-enterprise")
    assert segment.owner == "lead@acme.example"
    assert str(segment.criteria) == "Contract Value >= 250000 AND Days Since Last Touch > 30"
    play = next(p for p in playbook.plays if p.id == "reach-out")
    assert (play.state, play.segment, play.passage, play.criteria) == (
        PlayState.LIVE,
        "quiet-enterprise",
        Passage.ENTERED,
        None,
    )
    (task,) = play.tasks
    assert (task.priority, task.due_in_days, task.effort) == (Priority.HIGH, 2, 0.5)
    assert task.post_completion.set_attributes == (("Risk Status", "Resolved"),)
    assert [webhook.endpoint for webhook in play.webhooks] == ["team-chat", "warehouse"]
    assert playbook.endpoints["warehouse"].timeout_seconds == 10
    assert playbook.catalogue["Support Plan"].kind is Kind.ORDERED
    mapping = playbook.mappings["billing-export"]
    assert mapping.columns["Status"].values == {"yes": "Churned", "no": "Paying"}
    assert (mapping.encoding, mapping.clear_blanks) == ("cp1252", True)


def test_all_that_a_mapping_says_is_read(playbook: Playbook) -> None:
    """INT-05, INT-06."""
    mapping = playbook.mappings["crm-export"]
    assert (mapping.files, mapping.headers) == (("sfdc-*.csv",), ("Company Id", "ARR"))
    assert mapping.reading == ReadingAs(None, ";", "'", 3, 1, "Accounts")
    assert mapping.columns["Account ID"].columns == ("Region", "Company Id")
    assert mapping.columns["Account Name"].then == (Step("trim"), Step("upper"))
    assert mapping.columns["Risk Reason"].then == (Step("lookup", "regions"), Step("default", "Other"))
    assert mapping.tables == {"regions": {"DE": "EMEA", "US": "AMER"}}
    assert mapping.observed_at == Source(column="Updated", then=(Step("date", "%d.%m.%Y"),))
    assert mapping.complete == Complete(flag="not-in-crm", at_most=10)
    assert mapping.pull == Pull("exports", "sfdc/", "hourly")
    assert [each.name for each in mapping.creates] == ["Shoe Size"]
    assert playbook.catalogue["Shoe Size"].kind is Kind.NUMBER


def test_a_mapping_that_says_nothing_new_keeps_its_playbooks_name(text: str) -> None:
    (part,) = (part for part in json.loads(text)["mappings"] if part["id"] == "billing-export")
    assert part["columns"]["Account Name"] == {
        "column": "customer",
        "constant": None,
        "row_number": None,
        "values": {},
    }
    assert part.keys() == {"id", "object", "columns", "encoding", "clear_blanks"}


def test_a_segment_is_read_as_it_was_written(playbook: Playbook) -> None:
    """SEG-15, SEG-17, T4."""
    segment = next(s for s in playbook.segments if s.id == "quiet-enterprise")
    assert str(segment.leave) == "Days Since Last Touch <= 7"
    assert (segment.minimum_stay_days, segment.cool_down_days) == (3, 14)
    assert segment.playbook.startswith("Review the health first")
    assert segment.links == (Link("How we call quiet accounts", "https://wiki.acme.example/quiet-accounts"),)
    assert segment.group == "At-risk accounts"


def test_what_a_segment_does_is_a_play(playbook: Playbook) -> None:
    """SEG-08."""
    plays = {play.id: play for play in playbook.plays}
    entry, left = plays["quiet-enterprise:on-entry"], plays["quiet-enterprise:on-exit"]
    assert (entry.segment, entry.passage) == ("quiet-enterprise", Passage.ENTERED)
    assert (entry.add_tags, entry.remove_tags) == (("gone-quiet",), ("in-touch",))
    assert entry.set_attributes == (("Risk Status", "Identified"),)
    assert [(mail.to, mail.body) for mail in entry.emails] == [
        ("Success Manager", "{{ transition.because }}")
    ]
    assert entry.starts == ("ask-the-sponsor",)
    assert (entry.state, entry.existing, entry.limit) == (PlayState.LIVE, Existing.BASELINE, 40)
    assert entry.owner == "lead@acme.example"
    assert (left.segment, left.passage, left.remove_tags, left.limit) == (
        "quiet-enterprise",
        Passage.EXITED,
        ("gone-quiet",),
        None,
    )


def test_a_play_acts_on_the_account_as_a_segment_does(playbook: Playbook) -> None:
    plays = {play.id: play for play in playbook.plays}
    play = plays["reach-out"]
    assert (play.add_tags, play.remove_tags) == (("called",), ("gone-quiet",))
    assert (play.set_attributes, play.limit) == ((("Risk Status", "Engaged"),), 40)


def test_a_play_without_a_trigger_waits_to_be_started(playbook: Playbook) -> None:
    play = next(p for p in playbook.plays if p.id == "ask-the-sponsor")
    assert (play.segment, play.criteria) == ("", None)


def test_a_condition_finds_a_segment_by_name_or_id(playbook: Playbook) -> None:
    by_name, by_id = (
        parse(f'in segment "{written}"', playbook.catalogue)
        for written in ("quiet enterprise", "quiet-enterprise")
    )
    assert str(by_name) == str(by_id) == 'in segment "Quiet Enterprise"'
    with pytest.raises(FaultyCondition) as caught:
        parse('in segment "Quite Enterprise"', playbook.catalogue)
    assert caught.value.suggestion == "Quiet Enterprise"


def test_a_bundle_of_the_version_before_is_read() -> None:
    """What was stored before an upgrade stays in force; its segments and plays just have nothing new."""
    before = read_bundle((Path(__file__).parent / "previous_bundle.json").read_text(encoding="utf-8"))
    segment = next(s for s in before.segments if s.id == "watch-list")
    assert (segment.leave, segment.links, segment.group, segment.cool_down_days) == (None, (), "", 0)
    play = next(p for p in before.plays if p.id == "pre-renewal-good")
    assert (play.add_tags, play.set_attributes, play.starts, play.limit) == ((), (), (), None)
    assert play.existing is Existing.BASELINE


def test_a_play_with_a_condition_has_a_trigger_of_its_own(playbook: Playbook) -> None:
    """PLY-06."""
    play = next(p for p in playbook.plays if p.id == "pre-renewal-good")
    assert play.segment == "play:pre-renewal-good"
    assert str(play.criteria) == "Renewal Date within next 90 days AND Health = Good"


def test_what_names_no_owner_has_the_companys(playbook: Playbook) -> None:
    """PLY-10: an empty role falls to the play's owner."""
    owners = {play.id: play.owner for play in playbook.plays}
    assert owners["reach-out"] == "lead@acme.example"
    assert owners["health-drop-to-poor"] == "success@acme.example"


def test_a_companys_file_replaces_the_blocs(playbook: Playbook) -> None:
    assert [metric.name for metric in playbook.account_model] == ["Usage Frequency", "Open Ticket Count"]


def test_moments_of_activation_are_kept(text: str) -> None:
    """1.14 row 23."""
    at = datetime(2026, 11, 21, tzinfo=UTC)
    assert read_bundle(text, {"at-risk": at}).activated == {"at-risk": at}


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda text: "{", "This is no playbook bundle"),
        (lambda text: "[]", "it has no version"),
        (lambda text: text.replace('"good":75', '"good":70'), "changed after it was compiled"),
        (lambda text: text.replace(f'"format":{FORMAT}', '"format":"1"'), "its format is 1"),
        (lambda text: text.replace(f'"format":{FORMAT}', '"format":0'), "its format is 0"),
        (
            lambda text: text.replace(f'"format":{FORMAT}', '"format":999'),
            f"it has format 999, and what runs here reads up to {FORMAT}. Run that version",
        ),
    ],
)
def test_a_bundle_that_cannot_be_trusted_is_refused(
    text: str, spoil: Callable[[str], str], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        read_bundle(spoil(text))


def test_reading_a_bundle_loads_neither_yaml_nor_templates() -> None:
    """YAML never reaches a Lambda."""
    program = "import sys, keepwell.playbook; print(*{'ruamel', 'liquid', 'pydantic'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_an_attribute_of_users_is_theirs_alone(tmp_path: Path) -> None:
    files = documented_company() | {
        "attributes/seat.yaml": "name: Seat\nkind: choice\nvalues: [Full, Light]\nof: user\n",
        "mappings/crm.yaml": "object: users\ncolumns: {Account ID: a, User ID: u, seat: s, Email: e}\n",
    }
    playbook = read_bundle(compile_playbook(write_folder(tmp_path, files), BLOCS))
    assert playbook.user_catalogue["Seat"].values == ("Full", "Light")
    assert playbook.catalogue.find("Seat") is None
    assert playbook.user_catalogue.find("Support Plan") is None
    assert set(playbook.mappings["crm"].columns) == {"Account ID", "User ID", "Seat", "Email"}


def test_a_bundle_from_before_users_had_attributes_is_read(text: str) -> None:
    body = json.loads(text)
    for part in body["attributes"]:
        del part["of"]
    old = {key: part for key, part in body.items() if key != "version"}
    assert "Support Plan" in {attribute.name for attribute in read_bundle(write_bundle(old)).catalogue}
