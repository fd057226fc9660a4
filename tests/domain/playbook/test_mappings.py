"""What lint says of mappings, word for word (product INT-05)."""

from pathlib import Path

import pytest

from keepwell.imports.objects import OBJECTS
from keepwell.playbook.findings import Severity
from tests.domain.playbook.folders import write_folder
from tests.domain.playbook.test_findings import found, only

HEAD = "object: accounts\ncolumns:\n  Account ID: id\n"


def said(folder: Path, text: str) -> str:
    """Every finding of a mapping, as lint shows it."""
    findings = found(folder, {"mappings/m.yaml": text})
    return "\n".join(str(finding) for finding in findings).replace(f"{folder}/mappings/", "")


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (
            "NPS: {column: n, then: [trm]}",
            """\
m.yaml:4:27: there is no function 'trm'; there are trim, upper, lower, date, number, values, lookup, \
default, split, join, concat, coalesce, hash_id
    NPS: {column: n, then: [trm]}
                            ^
  Did you mean trim?""",
        ),
        (
            "NPS: {column: n, then: [{nmber: '1,5'}]}",
            """\
m.yaml:4:28: there is no function 'nmber'; there are trim, upper, lower, date, number, values, lookup, \
default, split, join, concat, coalesce, hash_id
    NPS: {column: n, then: [{nmber: '1,5'}]}
                             ^
  Did you mean number?""",
        ),
        (
            "NPS: {column: n, then: [{trim: x, upper: y}]}",
            """\
m.yaml:4:27: a step is one function: write each as an item of its own
    NPS: {column: n, then: [{trim: x, upper: y}]}
                            ^""",
        ),
        (
            "Renewal Date: {column: r, then: [{date: '%d/%M/%Y'}]}",
            """\
m.yaml:4:47: the format has no month: %M is the minute, %m the month
    Renewal Date: {column: r, then: [{date: '%d/%M/%Y'}]}
                                                ^
  Did you mean %d/%m/%Y?""",
        ),
        (
            "Renewal Date: {column: r, then: [{date: '%d.%m.%Q'}]}",
            """\
m.yaml:4:50: dates are not read by %Q; there are %d %m %b %B %Y %y %H %I %p %M %S %f %z
    Renewal Date: {column: r, then: [{date: '%d.%m.%Q'}]}
                                                   ^""",
        ),
        (
            "Renewal Date: {column: r, then: [date]}",
            """\
m.yaml:4:36: this takes a format, such as {date: "%d/%m/%Y"}
    Renewal Date: {column: r, then: [date]}
                                     ^""",
        ),
        (
            "Contract Value: {column: v, then: [{number: '1.234'}]}",
            """\
m.yaml:4:48: '1.234' may be a thousand or a fraction: write an example with both signs, such as 1.234,56
    Contract Value: {column: v, then: [{number: '1.234'}]}
                                                 ^""",
        ),
        (
            "Contract Value: {column: v, then: [{date: '%d.%m.%Y'}]}",
            """\
m.yaml:4:39: Contract Value is of the kind number, which date cannot give
    Contract Value: {column: v, then: [{date: '%d.%m.%Y'}]}
                                        ^""",
        ),
        (
            "Renewal Date: {column: r, then: [hash_id]}",
            """\
m.yaml:4:36: Renewal Date is of the kind date, which hash_id cannot give
    Renewal Date: {column: r, then: [hash_id]}
                                     ^""",
        ),
        (
            "Contract Value: {column: v, then: [{date: '%d.%m.%Y'}, trim, {number: '1,5'}]}",
            """\
m.yaml:4:65: number cannot read what date gives; write one of them
    Contract Value: {column: v, then: [{date: '%d.%m.%Y'}, trim, {number: '1,5'}]}
                                                                  ^""",
        ),
        (
            "Success Manager: {columns: [Owner, Manager]}",
            """\
m.yaml:4:30: Success Manager takes several texts and holds one: add {join: "-"}, concat or coalesce to then
    Success Manager: {columns: [Owner, Manager]}
                               ^""",
        ),
        (
            "Success Manager: {columns: [Owner, Manager], then: [lower]}",
            """\
m.yaml:4:55: Success Manager takes several texts and holds one: add {join: "-"}, concat or coalesce to then
    Success Manager: {columns: [Owner, Manager], then: [lower]}
                                                        ^""",
        ),
        (
            "Success Manager: {column: Owner, then: [coalesce]}",
            """\
m.yaml:4:43: coalesce makes one of several texts, and here is one: name several under columns, or split first
    Success Manager: {column: Owner, then: [coalesce]}
                                            ^""",
        ),
        (
            "Success Manager: {column: Owner, then: [{split: {at: '/', prt: 1}}]}",
            """\
m.yaml:4:51: this takes where to part, {split: ","}, and which part, {split: {at: ",", part: 1}}; the last \
is -1
    Success Manager: {column: Owner, then: [{split: {at: '/', prt: 1}}]}
                                                    ^""",
        ),
        (
            "Status: {column: s, values: {on: Payng}}",
            """\
m.yaml:4:36: Status: "Payng" is not one of Free, Trial, Paying, Churned
    Status: {column: s, values: {on: Payng}}
                                     ^
  Did you mean Paying?""",
        ),
        (
            "Status: {column: s, values: {on: Paying, ON: Free}}",
            """\
m.yaml:4:44: 'ON' and 'on' are one text: case does not count
    Status: {column: s, values: {on: Paying, ON: Free}}
                                             ^""",
        ),
        (
            "Customer Tier: {constant: Lite}",
            """\
m.yaml:4:29: Customer Tier: "Lite" is not one of Core, Light
    Customer Tier: {constant: Lite}
                              ^
  Did you mean Light?""",
        ),
        (
            "Customer Tier: {column: t, then: [{values: {a: Core}}, {default: Ligth}]}",
            """\
m.yaml:4:68: Customer Tier: "Ligth" is not one of Core, Light
    Customer Tier: {column: t, then: [{values: {a: Core}}, {default: Ligth}]}
                                                                     ^
  Did you mean Light?""",
        ),
        (
            "Customer Tier: {column: t, then: [{lookup: tiers}]}\ntables: {tiers: {gold: Core, tin: Lite}}",
            """\
m.yaml:5:35: Customer Tier: "Lite" is not one of Core, Light
  tables: {tiers: {gold: Core, tin: Lite}}
                                    ^
  Did you mean Light?""",
        ),
        (
            "Customer Tier: {column: t, then: [{lookup: tier}]}\ntables: {tiers: {gold: Core}}",
            """\
m.yaml:4:46: there is no table 'tier' in this mapping; there are tiers
    Customer Tier: {column: t, then: [{lookup: tier}]}
                                               ^
  Did you mean tiers?""",
        ),
        (
            "ARR: a\n  Contract Value: v",
            """\
m.yaml:5:3: Contract Value is filled already: keep one of its names
    Contract Value: v
    ^""",
        ),
        (
            "Shoe Size: s\ncreates: {Shoe Size: {kind: choice}}",
            """\
m.yaml:5:29: an attribute of kind choice needs values
  creates: {Shoe Size: {kind: choice}}
                              ^""",
        ),
        (
            "NPS: n\ncreates: {Promoter Score: {kind: number, aliases: [NPS]}}",
            """\
m.yaml:5:11: 'NPS' is the name of the attribute NPS: fill that one, or create another
  creates: {Promoter Score: {kind: number, aliases: [NPS]}}
            ^""",
        ),
        (
            "NPS: n\nobserved_at: {constant: 2026-01-01}",
            """\
m.yaml:5:14: the time of a row is a column's: name one
  observed_at: {constant: 2026-01-01}
               ^""",
        ),
        (
            "NPS: n\nobserved_at: {column: u, then: [{number: '1,5'}]}",
            """\
m.yaml:5:34: the time of a row is of the kind date, which number cannot give
  observed_at: {column: u, then: [{number: '1,5'}]}
                                   ^""",
        ),
        (
            "NPS: n\nfiles: ['*.csv', 'drops/accounts/a-*.csv']",
            """\
m.yaml:5:18: the names of files begin below drops/accounts/
  files: ['*.csv', 'drops/accounts/a-*.csv']
                   ^
  Did you mean a-*.csv?""",
        ),
        (
            "NPS: n\ndelimiter: comma",
            """\
m.yaml:5:12: 'comma' is no delimiter; write one character such as ";", or tab
  delimiter: comma
             ^""",
        ),
        (
            "NPS: n\nquote: '\"\"'",
            """\
m.yaml:5:8: '""' is no quote; write '"' or "'" (in quotes), or none
  quote: '""'
         ^""",
        ),
        (
            "NPS: n\ncomplete: {at_most: 110%}",
            """\
m.yaml:5:21: expected at most 100 (it is '110%')
  complete: {at_most: 110%}
                      ^""",
        ),
        (
            "NPS: n\npull: {bucket: exports, every: weekly}",
            """\
m.yaml:5:32: 'weekly' is no schedule; write hourly, daily or cron(0 6 * * ? *)
  pull: {bucket: exports, every: weekly}
                                 ^""",
        ),
    ],
)
def test_a_mistake_is_shown_with_line_column_and_mend(tmp_path: Path, column: str, expected: str) -> None:
    assert said(tmp_path, f"{HEAD}  {column}\n") == expected


@pytest.mark.parametrize("name", sorted(OBJECTS))
def test_files_about_every_object_can_be_mapped(tmp_path: Path, name: str) -> None:
    """DAT-05: by what names their rows and what no row may lack."""
    layout = OBJECTS[name].layout
    columns = "".join(
        f"  {each}: {{column: the {each}, then: [trim]}}\n" for each in layout.keys + layout.required
    )
    assert said(tmp_path, f"object: {name}\ncolumns:\n{columns}") == ""


def test_an_id_has_no_default(tmp_path: Path) -> None:
    text = "object: accounts\ncolumns:\n  Account ID: {column: id, then: [{default: none}]}\n"
    assert said(tmp_path, text).startswith(
        "m.yaml:3:36: an id has no default: all rows without one would be one\n"
    )


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("complete: {}", "rows of usage add up, and no file has all of them: leave this out"),
        ("observed_at: t", "rows of usage add up, so none is overtaken: leave this out, each has its Time"),
    ],
)
def test_what_adds_up_is_never_complete_nor_older(tmp_path: Path, key: str, message: str) -> None:
    columns = "{Account ID: a, User ID: u, Module: m, Action: c, Time: t}"
    text = f"object: usage\ncolumns: {columns}\n{key}\n"
    assert said(tmp_path, text).startswith(f"m.yaml:3:1: {message}\n")


def test_only_accounts_are_flagged(tmp_path: Path) -> None:
    columns = "{Account ID: a, Touchpoint ID: t, Date: d}"
    text = f"object: touchpoints\ncolumns: {columns}\ncomplete: {{flag: gone}}\n"
    assert "only accounts are flagged: leave the flag out" in said(tmp_path, text)


def test_an_attribute_is_created_once(tmp_path: Path) -> None:
    created = f"{HEAD}  Shoe Size: s\ncreates: {{Shoe Size: {{kind: number}}}}\n"
    files = {"mappings/a.yaml": created, "mappings/b.yaml": created}
    assert [finding.line for finding in found(tmp_path, files)] == [5, 5]


def test_only_what_has_attributes_gets_new_ones(tmp_path: Path) -> None:
    columns = "{Account ID: a, Touchpoint ID: t, Date: d}"
    text = f"object: touchpoints\ncolumns: {columns}\ncreates: {{Mood: {{kind: text}}}}\n"
    assert "m.yaml:3:1: " in said(tmp_path, text)
    assert "touchpoints have columns of their own" in said(tmp_path, text)


@pytest.mark.parametrize(
    "column",
    [
        "Renewal Date: {column: r, then: [{date: '%d.%m.%y'}]}",
        "Account Name: {column: r, then: [{date: '%d.%m.%Y'}]}",
        "CSM Risk: {column: r, then: [{number: '1,5'}]}",
        "Risk Reason: {column: r, then: [{split: ';'}, {values: {px: Price}}, {join: ','}]}",
        "Customer Tier: {columns: [a, b], then: [coalesce, {values: {1: Core}}, {default: Light}]}",
        "Account Name: {columns: [First, Last], then: [trim, {concat: ' '}]}",
        "Contract Value: {column: v, then: [{number: 1234}, {default: 0}]}",
        "NPS: {column: n, then: [{split: {at: /, part: -1}}]}",
    ],
)
def test_what_can_be_is_not_faulted(tmp_path: Path, column: str) -> None:
    assert said(tmp_path, f"{HEAD}  {column}\n") == ""


def test_two_mappings_that_fit_one_name_are_odd(tmp_path: Path) -> None:
    files = {
        "mappings/crm.yaml": f"{HEAD}files: ['sfdc-*.csv']\n",
        "mappings/old.yaml": f"{HEAD}files: [crm.csv, '*-accounts.csv']\n",
    }
    warning = only(tmp_path, files)
    assert (warning.severity, Path(warning.file).name, warning.line) == (Severity.WARNING, "old.yaml", 4)
    assert warning.source[warning.column - 1 :].startswith("'*-accounts.csv'")
    assert warning.message == (
        "'sfdc-accounts.csv' fits this and 'sfdc-*.csv' of the mapping crm: it would be refused"
    )


def test_two_mappings_that_fit_one_header_are_odd(tmp_path: Path) -> None:
    files = {
        "mappings/crm.yaml": f"{HEAD}headers: [id, arr, Name]\n",
        "mappings/old.yaml": f"{HEAD}headers: [ID, ARR]\n",
    }
    warning = only(tmp_path, files)
    assert (warning.severity, Path(warning.file).name, warning.line) == (Severity.WARNING, "crm.yaml", 4)
    assert warning.message == "a file with these headers fits the mapping old, too: it would be refused"


def test_mappings_of_other_objects_may_have_the_same_files(tmp_path: Path) -> None:
    users = "object: users\ncolumns: {Account ID: a, User ID: u}\nfiles: ['*.csv']\n"
    files = {"mappings/a.yaml": f"{HEAD}files: ['*.csv']\n", "mappings/u.yaml": users}
    assert found(write_folder(tmp_path, {}), files) == []
