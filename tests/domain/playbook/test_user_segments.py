"""Segments of users in a playbook, and conditions on people and use: what lint says of them."""

from pathlib import Path

import pytest

from keepwell.playbook import read_bundle
from keepwell.playbook.compiling import check_playbook, compile_playbook, compile_with_warnings
from keepwell.segments import Tagging
from tests.domain.playbook.folders import BLOCS, write_folder

SILENT = """name: Silent
of: users
criteria: Key Contact = yes AND Last Activity > 30 days
leave: Last Activity <= 7 days
minimum_stay_days: 2
on_entry: {add_tags: [silent], existing: act}
on_exit: {remove_tags: [silent]}
"""
EXAMPLES = """examples:
  on: 2026-11-21
  match: [{Key Contact: yes, Last Activity: 2026-10-21}]
  no_match: [{Key Contact: yes}]
"""
REGION = "name: Region\nkind: choice\nof: user\nvalues: [North, South]\n"


def findings(folder: Path, **files: str) -> list[str]:
    written = {f"segments/{name.replace('_', '-')}.yaml": text for name, text in files.items()}
    found = check_playbook(write_folder(folder, written), BLOCS)
    return [f"{Path(each.file).stem}:{each.line}:{each.column} {each.message}" for each in found]


def test_a_segment_of_users_survives_the_bundle(tmp_path: Path) -> None:
    folder = write_folder(
        tmp_path,
        {
            "segments/silent.yaml": SILENT + EXAMPLES,
            "segments/lost.yaml": "name: Lost\ncriteria: any user where (Region = North)\n",
            "attributes/region.yaml": REGION,
        },
    )
    playbook = read_bundle(compile_playbook(folder, BLOCS))
    [silent] = playbook.user_segments
    assert (silent.id, silent.name, silent.owner) == ("silent", "Silent", "lead@acme.example")
    assert str(silent.criteria) == "Key Contact = yes AND Last Activity > 30 days"
    assert str(silent.leave) == "Last Activity <= 7 days"
    assert (silent.on_entry, silent.on_exit) == (Tagging(("silent",)), Tagging((), ("silent",)))
    assert (silent.minimum_stay_days, silent.acts_on_members) == (2, True)
    assert "silent" not in {segment.id for segment in playbook.segments}
    assert playbook.reads_people


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (SILENT.replace("existing: act", "set: {NPS: 3}"), "set tags only: take out set"),
        (SILENT.replace("existing: act", "start: [call], limit: 3"), "set tags only: take out limit, start"),
        (SILENT.replace("add_tags: [silent], ", ""), "there is nothing to do: name add_tags or remove_tags"),
        (SILENT.replace("existing: act", "remove_tags: [Silent]"), "both added and removed"),
        (SILENT.replace("Key Contact", "Health"), "Health is an attribute of accounts"),
        (SILENT.replace("of: users", "of: user"), "'user' is not one of accounts, users"),
        (SILENT + EXAMPLES.replace("10-21", "10-22"), "this example should match and does not"),
        (
            SILENT + EXAMPLES.replace("{Key Contact: yes}", "{Health: Poor}"),
            "no attribute is called 'Health'",
        ),
        (
            SILENT + EXAMPLES.replace("{Key Contact: yes}", "{usage: {A/B: {2026-11-01: 1}}}"),
            "a person has no usage",
        ),
    ],
)
def test_what_is_wrong_is_found(text: str, says: str, tmp_path: Path) -> None:
    [found] = findings(tmp_path, silent=text)
    assert says in found


def test_it_cannot_be_asked_for_and_starts_no_play_about_accounts(tmp_path: Path) -> None:
    play = "name: Call\nstate: draft\ntrigger: {segment: silent}\nadd_tags: [called]\n"
    write_folder(tmp_path, {"plays/call.yaml": play})
    asking = 'name: Asking\ncriteria: in segment "Silent"\n'
    trigger, condition = findings(tmp_path, silent=SILENT, asking=asking)
    assert "'silent' is a segment of users: say `of: users` if the play is about people" in trigger
    assert "is not one of" in condition


def test_no_two_segments_share_a_name_or_an_id(tmp_path: Path) -> None:
    [found] = findings(tmp_path, silent=SILENT, other="name: silent\ncriteria: NPS < 3\n")
    assert "is also a name of the segment" in found
    [found] = findings(tmp_path / "other", at_risk=SILENT)
    assert "is also the id of a segment of accounts" in found


@pytest.mark.parametrize(
    ("example", "says"),
    [
        ("{people: [{Key Contat: yes}]}", "no attribute is called 'Key Contat'"),
        ("{people: [{Key Contact: maybe}]}", "Key Contact"),
        ("{usage: {Reports: {2026-11-20: 1}}}", "is no action"),
        ("{usage: {Reports/Export: {2026-11-22: 1}}}", "is after 2026-11-21"),
        ("{usage: {Reports/Export: {2026-11-20: 0}}}", "expected at least 1 (it is 0)"),
        ("{people: [{Key Contact: no}], usage: {Reports/Export: {2026-11-20: 1}}}", "should match"),
    ],
)
def test_examples_of_accounts_tell_of_people_and_use(example: str, says: str, tmp_path: Path) -> None:
    text = f"""name: Away
criteria: any user where (Key Contact = yes) AND performed "Reports" in 7 days
examples:
  on: 2026-11-21
  match:
    - {{people: [{{Key Contact: yes}}], usage: {{Reports/Export: {{2026-11-14: 1}}}}}}
    - {example}
  no_match: [{{}}]
"""
    [found] = findings(tmp_path, away=text)
    assert says in found


def test_a_module_that_is_not_named_is_a_warning(tmp_path: Path) -> None:
    company = (
        "owner: lead@acme.example\nblocs: [health]\nusage: {modules: [Reports], first_value: Admin/Invite}\n"
    )
    condition = 'criteria: performed "Report/Export" AND performed "reports" AND never performed "Admin"\n'
    files = {"keepwell.yaml": company, "segments/use.yaml": f"name: Use\n{condition}"}
    _, [found] = compile_with_warnings(write_folder(tmp_path, files), BLOCS)
    assert (found.message, found.suggestion) == (
        "keepwell.yaml names no module 'Report' under usage",
        "Reports",
    )
    files["keepwell.yaml"] = "owner: lead@acme.example\nblocs: [health]\n"
    assert compile_with_warnings(write_folder(tmp_path / "b", files), BLOCS)[1] == []
