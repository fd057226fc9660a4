"""A faulty playbook says where, what, and how to mend it; everything at once."""

from pathlib import Path

import pytest

from keepwell.playbook.compiling import check_playbook, compile_playbook
from keepwell.playbook.findings import FaultyPlaybook, Finding
from tests.domain.playbook.folders import BLOCS, write_folder

SEGMENT = "name: S\ncriteria: Health = Poor\n"
PLAY = """\
name: P
state: live
trigger: {segment: at-risk}
tasks:
  - {title: Call, description: Do, flow: Renewal}
"""


def found(folder: Path, files: dict[str, str]) -> list[Finding]:
    return check_playbook(write_folder(folder, files), BLOCS)


def only(folder: Path, files: dict[str, str]) -> Finding:
    (finding,) = found(folder, files)
    return finding


def test_a_finding_shows_the_line_with_a_caret(tmp_path: Path) -> None:
    finding = only(tmp_path, {"segments/s.yaml": "name: S\ncriteria: Helth = Poor\n"})
    file = tmp_path / "segments/s.yaml"
    lines = str(finding).splitlines()
    assert lines[0].startswith(f"{file}:2:11: ")
    assert lines[1:3] == ["  criteria: Helth = Poor", "            ^"]
    assert "Health" in lines[3]


@pytest.mark.parametrize(
    ("criteria", "line", "column"),
    [
        ("criteria: Health = Poor AND Helth = Good", 2, 29),
        ('criteria: "Health = Poor AND Helth = Good"', 2, 30),
        ("criteria: 'Health = Poor AND Helth = Good'", 2, 30),
        ("criteria: |\n  Health = Poor\n    AND Helth = Good", 4, 9),
        ("criteria: >-\n  Health = Poor\n  AND Helth = Good", 4, 7),
        ("criteria: Health = Poor\n  AND Helth = Good", 3, 7),
        ("criteria: >-\n\n  Health = Poor\n\n  AND\n  Helth = Good", 7, 3),
        (r'criteria: "Customer Tier = \"Core\" AND Helth = Good"', 2, 41),
    ],
)
def test_a_faulty_condition_is_pointed_at_however_yaml_writes_it(
    tmp_path: Path, criteria: str, line: int, column: int
) -> None:
    finding = only(tmp_path, {"segments/s.yaml": f"name: S\n{criteria}\n"})
    assert (finding.line, finding.column) == (line, column)
    assert finding.source[finding.column - 1 :].startswith("Helth")


@pytest.mark.parametrize(
    ("file", "text", "line", "column", "message", "suggestion"),
    [
        (
            "segments/s.yaml",
            SEGMENT + "ownr: a@b.example\n",
            3,
            1,
            "the key 'ownr' is not known here",
            "owner",
        ),
        ("segments/s.yaml", "name: S\n", 1, 1, "the key 'criteria' is missing", None),
        ("segments/s.yaml", "", 1, 1, "the key 'name' is missing", None),
        ("segments/s.yaml", "name: [\n", 2, 1, "this is not YAML", None),
        (
            "segments/s.yaml",
            "name: S\nname: T\ncriteria: Health = Poor\n",
            2,
            1,
            "the key 'name' stands twice",
            None,
        ),
        ("segments/s.yaml", SEGMENT + "owner: nobody\n", 3, 8, "'nobody' is no e-mail address", None),
        (
            "plays/p.yaml",
            PLAY.replace("at-risk", "at-rsk"),
            3,
            20,
            "no segment is called 'at-rsk'",
            "at-risk",
        ),
        (
            "plays/p.yaml",
            PLAY.replace("live", "lve"),
            2,
            8,
            "'lve' is not one of draft, shadow, live",
            "live",
        ),
        ("plays/p.yaml", PLAY.partition("tasks")[0], 1, 1, "a play needs at least one of", None),
        (
            "plays/p.yaml",
            PLAY.replace("{segment: at-risk}", "{}"),
            3,
            10,
            "either a segment, a condition or a date",
            None,
        ),
        (
            "plays/p.yaml",
            PLAY + "emails:\n  - {to: Sucess Manager, subject: S, body: B}\n",
            7,
            10,
            "'Sucess Manager' is no role",
            "Success Manager",
        ),
        (
            "plays/p.yaml",
            PLAY + "webhooks:\n  - {endpoint: slak, event: e}\n",
            7,
            16,
            "no endpoint is called 'slak'",
            "slack",
        ),
        (
            "plays/p.yaml",
            PLAY + "webhooks:\n  - endpoint: slack\n",
            7,
            5,
            "needs a message with a text",
            None,
        ),
        (
            "plays/p.yaml",
            PLAY + "webhooks:\n  - endpoint: events\n",
            7,
            5,
            "a signed endpoint needs an event",
            None,
        ),
        (
            "plays/p.yaml",
            PLAY.replace("title: Call", 'title: "{{ account.nme }}"'),
            5,
            17,
            "a template knows no account.nme",
            "account.name",
        ),
        *(
            ("plays/p.yaml", PLAY.replace("title: Call", f"title: '{text}'"), 5, column, message, suggestion)
            for text, column, message, suggestion in (
                ("{{ account", 14, "the template cannot be filled in: expected", None),
                ("{{ account.nps | defualt: 3 }}", 31, "unknown filter 'defualt'", "default"),
                ("Go {{ account.name | upcaze }}", 35, "unknown filter 'upcaze'", "upcase"),
                (
                    "{% if play.id == 1 %}{{ play.id | joins }}{% endif %}",
                    48,
                    "unknown filter 'joins'",
                    "join",
                ),
                ("Go {% iff play.id %}", 20, "unexpected tag 'iff'", "if"),
                ("Go {% include play.id %}", 20, "unexpected tag 'include'", None),
                ("{{ account.nps | plus }}", 31, "missing 1 required positional", None),
                ("{{ account.nps | divided_by: 0 }}", 31, "can", None),
                ("{% if account.nps > 3 %}a{% endif %}", 32, "assign it with `| plus: 0`", None),
                ("{{ account.renewal_date.year }}", 17, "there is no account.renewal_date.year", None),
                ("Hi {{ account.name.first }}", 20, "there is no account.name.first", None),
                (
                    "{% for r in transition.reasons %}{{ r.zzz }}{% endfor %}",
                    50,
                    "there is no r.zzz",
                    None,
                ),
            )
        ),
        (
            "plays/p.yaml",
            PLAY.replace("description: Do", f"description: {'x' * 20_001}"),
            5,
            32,
            "it comes to more than 20,000 characters",
            None,
        ),
        ("health/p.yaml", "name: P\norder: 20\ncriteria: Status = Free\n", 2, 8, "also the order of", None),
        ("health/p.yaml", "name: P\norder: 1\n", 1, 1, "without criteria it takes every account", None),
        (
            "health/p.yaml",
            "name: P\norder: 2000\ncriteria: Status = Free\n",
            3,
            11,
            "the last profile must",
            None,
        ),
        ("attributes/a.yaml", "name: A\nkind: ordered\n", 2, 7, "needs values", None),
        ("attributes/a.yaml", "name: A\nkind: nmber\n", 2, 7, "'nmber' is not one of text, number", "number"),
        ("endpoints/mail.yaml", "kind: signed\n", 1, 7, "'mail' is what all mails go to", None),
        (
            "endpoints/e.yaml",
            "kind: slack\ntimeout_seconds: 90\n",
            2,
            18,
            "expected at most 30 (it is 90)",
            None,
        ),
        (
            "mappings/m.yaml",
            "object: accounts\ncolumns: {Acount ID: id}\n",
            2,
            11,
            "no attribute of accounts is called 'Acount ID'; a new one",
            "Account ID",
        ),
        (
            "mappings/m.yaml",
            "object: usage\ncolumns: {Modul: m}\n",
            2,
            11,
            "no attribute of usage is called 'Modul'",
            "Module",
        ),
        (
            "mappings/m.yaml",
            "object: touchpoints\ncolumns: {Account ID: a, Date: d}\n",
            2,
            1,
            "does not say where Touchpoint ID comes from",
            None,
        ),
        ("mappings/m.yaml", "object: user\ncolumns: {NPS: n}\n", 1, 9, "'user' is not one of", "users"),
        ("attributes/a.yaml", "name: E-Mail\nkind: text\nof: user\n", 1, 7, "write 'Email'", "Email"),
        ("attributes/a.yaml", "name: User ID\nkind: number\nof: user\n", 2, 7, "its kind stays text", None),
        (
            "mappings/m.yaml",
            "object: accounts\ncolumns: {NPS: {row_number: x}}\n",
            2,
            16,
            "needs {row}",
            None,
        ),
        (
            "mappings/m.yaml",
            "object: accounts\ncolumns: {NPS: n}\nencoding: utf9\n",
            3,
            11,
            "no text encoding",
            None,
        ),
        ("segments/At Risk.yaml", SEGMENT, 1, 1, "a file's name is its id", "at-risk.yaml"),
        ("segments/s.yml", SEGMENT, 1, 1, "a file's name is its id", "s.yaml"),
        ("segment/s.yaml", SEGMENT, 1, 1, "the folder 'segment' is not read", "segments"),
        (
            "keepwell.yaml",
            "owner: a@b.example\nblocs: [health, renewal]\n",
            2,
            17,
            "no bloc called",
            "renewals",
        ),
        ("keepwell.yaml", "blocs: [health]\n", 1, 1, "the key 'owner' is missing", None),
        ("keepwell.yaml", "owner: a@b.example\nblocs: []\n", 2, 8, "there is no health profile", None),
        (
            "keepwell.yaml",
            "owner: a@b.example\nblocs: [health]\ntime_zone: Mars\n",
            3,
            12,
            "no time zone",
            None,
        ),
        (
            "keepwell.yaml",
            "owner: a@b.example\nblocs: [health]\nbands: {good: 40}\n",
            3,
            8,
            "average (50) must be below good (40)",
            None,
        ),
    ],
)
def test_each_mistake_is_named_with_its_place_and_mend(
    tmp_path: Path, file: str, text: str, line: int, column: int, message: str, suggestion: str | None
) -> None:
    findings = found(tmp_path, {file: text})
    matching = [finding for finding in findings if message in finding.message]
    assert matching, [str(finding) for finding in findings]
    assert (matching[0].line, matching[0].column, matching[0].suggestion) == (line, column, suggestion)


HOOK = PLAY.partition("tasks")[0] + "webhooks:\n  - endpoint: E\n    message: {text: Hi}\n    event: a.b\n"


@pytest.mark.parametrize(
    ("endpoint", "line", "said"),
    [("slack", 7, "no event: leave the event out"), ("events", 6, "no message: leave the message out")],
)
def test_an_endpoint_takes_only_what_its_kind_sends(
    tmp_path: Path, endpoint: str, line: int, said: str
) -> None:
    finding = only(tmp_path, {"plays/p.yaml": HOOK.replace("endpoint: E", f"endpoint: {endpoint}")})
    assert (finding.line, finding.column) == (line, 5)
    assert said in finding.message


@pytest.mark.parametrize(
    ("file", "text", "play"),
    [
        ("segments/own.yaml", "name: Own\n", PLAY.replace("at-risk", "own")),
        ("segments/own.yaml", "name: [\n", PLAY.replace("at-risk", "own")),
        ("segments/Own.yaml", SEGMENT, PLAY.replace("at-risk", "own")),
        ("endpoints/own.yaml", "kind: slak\n", HOOK.replace("endpoint: E", "endpoint: own")),
        ("keepwell.yaml", "owner: a@b.example\nblocs: [health, detect-rsk]\n", PLAY),
        ("health/account-model.yaml", "metrics: []\n", PLAY),
        ("health/own.yaml", "name: Own\n", PLAY),
    ],
)
def test_a_faulty_file_is_not_also_missing(tmp_path: Path, file: str, text: str, play: str) -> None:
    assert only(tmp_path, {file: text, "plays/p.yaml": play}).file == str(tmp_path / file)


def test_a_stray_file_is_not_passed_over(tmp_path: Path) -> None:
    finding = only(tmp_path, {"at-risk.yaml": SEGMENT, ".ci.yaml": "a: b\n"})
    assert finding.file == str(tmp_path / "at-risk.yaml")
    assert "this file is not read" in finding.message


@pytest.mark.parametrize("wrong", ["owner: nobody", "owner: a@b.example\ntime_zone: Mars"])
def test_a_fault_of_keepwell_yaml_hides_no_other(tmp_path: Path, wrong: str) -> None:
    findings = found(
        tmp_path,
        {
            "keepwell.yaml": f"{wrong}\nblocs: [health, detect-risk, renewals]\n",
            "segments/s.yaml": "name: S\n",
        },
    )
    assert [Path(finding.file).name for finding in findings] == ["keepwell.yaml", "s.yaml"]


def test_a_template_that_some_account_fills_in_is_fine(tmp_path: Path) -> None:
    """Empty names divide nothing; one day they may have a value."""
    title = (
        "title: '{% assign n = account.licenses | minus: account.active_users %}"
        '{{ account.nps | divided_by: n }} {{ account.renewal_date | date: "%Y" }}\''
    )
    assert found(tmp_path, {"plays/p.yaml": PLAY.replace("title: Call", title)}) == []


@pytest.mark.parametrize(
    "text",
    [
        "{{ transition.reasons.size }} {{ transition.reasons[0].value }} {{ transition.reasons[7].value }}",
        "{% for r in transition.reasons %}{{ forloop.index }}: {{ r.condition }}{% endfor %}",
        '{% assign parts = account.name | split: " " %}{{ parts.first }} {{ parts[1] }} {{ parts.size }}',
        '{% if account.nps == "9" %}{% assign tone = "glad" %}{% endif %}{{ tone | default: "calm" }}',
    ],
)
def test_a_template_may_look_into_lists_and_at_what_it_may_have_assigned(tmp_path: Path, text: str) -> None:
    assert found(tmp_path, {"plays/p.yaml": PLAY.replace("title: Call", f"title: '{text}'")}) == []


def test_an_attribute_of_any_script_has_a_name_in_templates(tmp_path: Path) -> None:
    files = {
        "attributes/a.yaml": "name: 顧客数\nkind: number\n",
        "attributes/b.yaml": "name: Größe (m²)\nkind: number\n",
        "plays/p.yaml": PLAY.replace("title: Call", "title: '{{ account.顧客数 }} {{ account.grösse_m² }}'"),
    }
    assert found(tmp_path, files) == []


def test_a_name_that_two_attributes_have_is_refused_where_it_is_used(tmp_path: Path) -> None:
    files = {
        "attributes/a.yaml": "name: R&D\nkind: text\n",
        "attributes/b.yaml": "name: R D\nkind: text\n",
        "plays/p.yaml": PLAY,
    }
    assert found(tmp_path, files) == []
    files["plays/p.yaml"] = PLAY.replace("title: Call", "title: '{{ account.r_d }}'")
    finding = only(tmp_path, files)
    assert finding.message == "account.r_d is R&D as well as R D: rename one of them"


def test_dimension_weights_sum_to_100(tmp_path: Path) -> None:
    """HLT-10, HLT-11."""
    core = (BLOCS / "health/health/core.yaml").read_text(encoding="utf-8")
    finding = only(tmp_path, {"health/core.yaml": core.replace("weight: 25", "weight: 26")})
    assert finding.message == (
        "the weights of the dimensions must sum to 100: 26 + 20 + 20 + 15 + 10 + 10 = 101"
    )
    assert finding.source == "dimensions:"


def test_examples_are_tried(tmp_path: Path) -> None:
    examples = """\
examples:
  on: 2026-11-21
  match:
    - {Renewal Date: 2027-02-20}
  no_match:
    - {Renewal Date: 2027-02-19}
"""
    text = "name: S\ncriteria: Renewal Date within next 90 days\n" + examples
    wrong, other = found(tmp_path, {"segments/s.yaml": text})
    assert (wrong.line, wrong.column) == (6, 7)
    assert "should match and does not on 2026-11-21 (Renewal Date within next 90 days: no)" in wrong.message
    assert (other.line, "should not match and does" in other.message) == (8, True)


def test_a_fact_of_an_example_is_read_as_a_cell(tmp_path: Path) -> None:
    text = SEGMENT + "examples:\n  match:\n    - {Health: Bad}\n  no_match:\n    - {Health: Good}\n"
    first = found(tmp_path, {"segments/s.yaml": text})[0]
    assert (first.line, first.column) == (5, 16)
    assert '"Bad" is not one of Poor, Average, Good' in first.message


def test_a_bloc_needs_the_blocs_it_refers_to(tmp_path: Path) -> None:
    findings = found(tmp_path, {"keepwell.yaml": "owner: a@b.example\nblocs: [renewals]\n"})
    assert "the bloc renewals needs the bloc health" in "\n".join(map(str, findings))


def test_everything_is_collected(tmp_path: Path) -> None:
    findings = found(
        tmp_path,
        {
            "segments/a.yaml": "name: A\ncriteria: Helth = Poor\n",
            "segments/b.yaml": "name: [\n",
            "plays/c.yaml": PLAY.replace("at-risk", "nowhere"),
        },
    )
    assert [Path(finding.file).name for finding in findings] == ["c.yaml", "a.yaml", "b.yaml"]


def test_a_faulty_playbook_does_not_compile(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, {"segments/s.yaml": "name: S\ncriteria: Helth = Poor\n"})
    with pytest.raises(FaultyPlaybook, match=r"s\.yaml:2:11") as caught:
        compile_playbook(folder, BLOCS)
    assert len(caught.value.findings) == 1


def test_a_folder_without_keepwell_yaml_says_so(tmp_path: Path) -> None:
    (finding,) = check_playbook(tmp_path, BLOCS)
    assert "there is no keepwell.yaml here" in finding.message


def test_a_file_that_is_no_text_says_so(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, {})
    (folder / "segments").mkdir()
    (folder / "segments/s.yaml").write_bytes(b"name: \xff\n")
    (finding,) = check_playbook(folder, BLOCS)
    assert "no UTF-8 text (byte 6)" in finding.message


def test_windows_line_ends_and_a_bom_are_fine(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, {})
    (folder / "segments").mkdir()
    (folder / "segments/s.yaml").write_bytes(b"\xef\xbb\xbf" + SEGMENT.replace("\n", "\r\n").encode())
    assert check_playbook(folder, BLOCS) == []


HEALTH = """\
name: P
order: 5
criteria: Customer Tier = Core
dimensions:
  - name: D
    weight: 100
    metrics:
      - name: NPS
        good: NPS >= 9
        poor: NPS is empty
        scoring: linear
"""


def test_linear_scoring_without_two_thresholds_says_what_it_needs(tmp_path: Path) -> None:
    finding = only(tmp_path, {"health/p.yaml": HEALTH})
    assert (finding.line, finding.source.strip()) == (11, "scoring: linear")
    assert "needs one comparison of a number for good and one for poor" in finding.message
    assert not found(tmp_path, {"health/p.yaml": HEALTH.replace("is empty", "<= 6")})


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("NPS >= 9", "Health Score >= 9", 9, "this decides the health: a condition on Health Score"),
        ("Customer Tier = Core", "Health = Poor", 3, "this decides the health: a condition on Health"),
        ("Customer Tier = Core", 'in segment "Watch List"', 3, "health is judged before segments"),
    ],
)
def test_health_is_not_judged_by_what_is_concluded_from_it(
    tmp_path: Path, old: str, new: str, line: int, message: str
) -> None:
    text = HEALTH.replace("is empty", "<= 6").replace("        scoring: linear\n", "").replace(old, new)
    finding = only(tmp_path, {"health/p.yaml": text})
    assert (finding.line, message in finding.message) == (line, True)


def test_metrics_and_dimensions_are_told_apart_by_name(tmp_path: Path) -> None:
    model = "  - {name: D, weight: 50, metrics: [{name: NPS, good: NPS >= 9, poor: NPS <= 6}]}\n"
    twice = "name: P\norder: 5\ncriteria: Customer Tier = Core\ndimensions:\n" + 2 * model
    finding = only(tmp_path, {"health/p.yaml": twice})
    assert (finding.line, finding.message) == (6, "'D' stands here twice: each needs its own name")
    metric = "{name: NPS, good: NPS >= 9, poor: NPS <= 6}"
    within = twice.replace(model + model, model.replace("50", "100").replace(metric, f"{metric}, {metric}"))
    finding = only(tmp_path, {"health/p.yaml": within})
    assert (finding.line, finding.message) == (5, "'NPS' stands here twice: each needs its own name")


@pytest.mark.parametrize(
    ("bands", "message"),
    [
        ("{good: 80, dead_band: 21}", "no score would lead back to Good: good + dead_band is 101"),
        ("{average: 10, dead_band: 10}", "no score would lead down to Poor: it must be below average (10)"),
    ],
)
def test_a_dead_band_that_locks_health_in_is_an_error(tmp_path: Path, bands: str, message: str) -> None:
    """HLT-08."""
    company = f"owner: a@b.example\nblocs: [health]\nbands: {bands}\n"
    assert message in only(tmp_path, {"keepwell.yaml": company}).message


def test_metrics_of_the_account_model_have_no_weight(tmp_path: Path) -> None:
    """HLT-01: all weigh the same."""
    model = "metrics:\n  - {name: NPS, good: NPS >= 9, poor: NPS <= 6, weight: 2}\n"
    assert "'weight' is not known here" in only(tmp_path, {"health/account-model.yaml": model}).message


@pytest.mark.parametrize("asked", ["any user where (Key Contact = yes)", 'performed "Reports/Export"'])
def test_what_has_no_age_cannot_grow_too_old(tmp_path: Path, asked: str) -> None:
    """HLT-09."""
    metric = f"name: NPS, good: '{asked}', poor: 'NOT {asked}', max_age_days: 30"
    finding = only(tmp_path, {"health/account-model.yaml": f"metrics:\n  - {{{metric}}}\n"})
    assert "whose age is not known" in finding.message
    metric = metric.replace("poor: '", "poor: 'NPS <= 6 AND ")
    assert not check_playbook(
        write_folder(tmp_path, {"health/account-model.yaml": f"metrics:\n  - {{{metric}}}\n"}), BLOCS
    )
