"""A playbook's file may be written by anyone: whatever it holds, it is a finding, soon, and nothing runs."""

from pathlib import Path

import pytest

from tests.domain.playbook.test_findings import PLAY, SEGMENT, found, only

FACT = "name: S\ncriteria: Health = Poor\nexamples:\n  no_match: [{}]\n  match:\n    - Account Name: "
NINE = "&a [x, x, x, x, x, x, x, x, x]\n"
BOMB = (
    FACT
    + NINE
    + "".join(
        f"    - Account Name: &{new} [{', '.join(['*' + old] * 9)}]\n"
        for old, new in zip("abcdef", "bcdefg", strict=True)
    )
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (BOMB, "aliases written out"),
        (FACT + "&a [*a]\n", "too deep"),
        (f"name: S\ncriteria: {'[' * 500}{']' * 500}\n", "too deep"),
        (f"name: S\ncriteria: {'[' * 5_000}{']' * 5_000}\n", "too deep"),
        ("!!python/object/apply:os.system ['echo hi']\n", "this is not YAML"),
        (f"# {'x' * 1_100_000}\n{SEGMENT}", "bytes are more"),
        ("- a\n- b\n", "expected keys with their values"),
        ("name: \0\n", "this is not YAML"),
        (f"{SEGMENT}---\n{SEGMENT}", "this is not YAML"),
    ],
    ids=["bomb", "self", "deep", "deeper", "tag", "large", "list", "nul", "two"],
)
def test_a_hostile_file_is_one_finding(tmp_path: Path, text: str, said: str) -> None:
    assert said in only(tmp_path, {"segments/s.yaml": text}).message


@pytest.mark.parametrize(("value", "column"), [("2026-13-45", 7), ("9" * 5_000, 7)])
def test_a_value_of_the_right_shape_alone_is_pointed_at(tmp_path: Path, value: str, column: int) -> None:
    text = f"{SEGMENT}examples:\n  on: {value}\n  match: [Health: Poor]\n  no_match: [{{}}]\n"
    finding = only(tmp_path, {"segments/s.yaml": text})
    assert (finding.line, finding.column) == (4, column)
    assert "cannot be read" in finding.message


def test_a_folder_called_like_a_file_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "segments" / "s.yaml").mkdir(parents=True)
    assert "cannot be read" in only(tmp_path, {}).message


def test_a_task_is_due_within_the_calendar(tmp_path: Path) -> None:
    """A due date that no calendar has would stop every launch of the play."""
    play = PLAY.replace("flow: Renewal", "flow: Renewal, due_in_days: 99999999999")
    assert "3650" in only(tmp_path, {"plays/p.yaml": play}).message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: contract value\nkind: number\n", "write 'Contract Value'"),
        ("name: Foo\nkind: text\naliases: [contract_value]\n", "is the name of the attribute Contract Value"),
        ("name: Account ID\nkind: number\n", "its kind stays text"),
        ("name: Health\nkind: text\n", "its kind stays ordered"),
        ("name: ' '\nkind: text\n", "1 to 100 characters"),
        (f"name: {'x' * 101}\nkind: text\n", "1 to 100 characters"),
    ],
)
def test_an_attribute_takes_no_other_ones_place_in_silence(tmp_path: Path, text: str, said: str) -> None:
    """1.14 row 20: names compare without case, so two spellings are one attribute."""
    messages = [finding.message for finding in found(tmp_path, {"attributes/foo.yaml": text})]
    assert any(said in message for message in messages), messages


def test_a_standard_attribute_may_be_replaced_by_its_own_name(tmp_path: Path) -> None:
    text = "name: Renewal Type\nkind: choice\nvalues: [Negotiated, Auto]\naliases: [Renewal Kind]\n"
    assert found(tmp_path, {"attributes/renewal-type.yaml": text}) == []


def test_segments_that_ask_for_one_another_twice_are_read_once(tmp_path: Path) -> None:
    """Followed along every way, forty of them are a trillion."""
    files = {"segments/s0.yaml": "name: S0\ncriteria: Health = Poor\n"}
    for number in range(1, 40):
        below = f'in segment "S{number - 1}"'
        files[f"segments/s{number}.yaml"] = f"name: S{number}\ncriteria: {below} OR {below} AND NPS > 1\n"
    assert found(tmp_path, files) == []
