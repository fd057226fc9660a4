"""What a playbook says of metrics: formulas, end stages, the product, which value wins (HLT-13, DAT-02)."""

from pathlib import Path

import pytest

from keepwell.playbook import Playbook, read_bundle
from keepwell.playbook.compiling import check_playbook, compile_playbook
from tests.domain.playbook.folders import BLOCS, COMPANY, write_folder
from tests.story import standard_playbook

RATE = "name: Rate\nkind: number\nformula: {}\n"
SECOND = "name: Second\nkind: number\nformula: {}\n"


def findings(folder: Path, files: dict[str, str]) -> list[tuple[str, int, int, str, str | None]]:
    found = check_playbook(write_folder(folder, files), BLOCS)
    return [(Path(each.file).name, each.line, each.column, each.message, each.suggestion) for each in found]


def compiled(folder: Path, files: dict[str, str]) -> Playbook:
    return read_bundle(compile_playbook(write_folder(folder, files), BLOCS))


class TestWhatIsRight:
    def test_a_formula_is_computed_and_can_be_asked_for(self, tmp_path: Path) -> None:
        segment = (
            "name: Busy\ncriteria: Rate >= 2\n"
            "examples:\n  match: [{Invoices/Month: 40, Licenses: 20}]\n"
            "  no_match: [{Invoices/Month: 39, Licenses: 20}, {Invoices/Month: 39}]\n"
        )
        files = {
            "attributes/rate.yaml": RATE.format("Invoices/Month / Licenses"),
            "segments/busy.yaml": segment,
        }
        playbook = compiled(tmp_path, files)
        assert str(playbook.recipe.formula["Rate"]) == "Invoices/Month / Licenses"
        assert playbook.catalogue["Rate"].computed
        assert {"Rate", "Invoices/Month", "Licenses"} <= playbook.rules.read

    def test_an_example_may_tell_the_past_of_what_a_formula_reads(self, tmp_path: Path) -> None:
        segment = (
            "name: Falling\ncriteria: Rate < -10\n"
            "examples:\n  on: 2026-11-21\n"
            "  match: [{NPS: 4, history: {NPS: {2026-11-11: 5}}}]\n"
            "  no_match: [{NPS: 4, history: {NPS: {2026-11-12: 5}}}, {NPS: 4}]\n"
        )
        files = {"attributes/rate.yaml": RATE.format("change(NPS, 10)"), "segments/falling.yaml": segment}
        playbook = compiled(tmp_path, files)
        assert playbook.rules.lookbacks["NPS"] == 180
        assert playbook.catalogue["Rate"].daily

    def test_end_stages_the_product_and_what_wins_are_in_the_bundle(self, tmp_path: Path) -> None:
        company = (
            f"{COMPANY}usage:\n  modules: [Reports]\n  core_features: [Reports/Export]\n"
            "  new_features: [Reports/Forecast]\n  first_value: Reports/Export\n"
            "prefer_computed: [active users, License Utilization]\n"
        )
        step = "name: Step\nkind: choice\nvalues: [A, B]\nlifecycle: true\nend_stages: [B]\n"
        playbook = compiled(tmp_path, {"keepwell.yaml": company, "attributes/step.yaml": step})
        assert playbook.recipe.ends["Step"] == {"B"}
        assert playbook.recipe.preferred == {"Active Users", "License Utilization"}
        product = playbook.product
        assert (product.modules, product.core_features) == (("Reports",), ("Reports/Export",))
        assert (product.new_features, product.first_value) == (("Reports/Forecast",), "Reports/Export")

    def test_a_bundle_from_before_has_none_of_it(self) -> None:

        playbook = standard_playbook()
        assert playbook.recipe.preferred == frozenset()
        assert playbook.product.modules == ()

    def test_a_standard_attribute_told_anew_is_still_computed(self, tmp_path: Path) -> None:
        own = "name: License Utilization\nkind: number\ndescription: Seats in use\n"
        playbook = compiled(tmp_path, {"attributes/license-utilization.yaml": own})
        assert "License Utilization" in playbook.recipe.formula
        assert playbook.catalogue["License Utilization"].description == "Seats in use"

    def test_a_standard_formula_may_be_another(self, tmp_path: Path) -> None:
        own = "name: License Utilization\nkind: number\nformula: 100 * Weekly Active Users / Licenses\n"
        playbook = compiled(tmp_path, {"attributes/license-utilization.yaml": own})
        assert "Weekly Active Users" in playbook.recipe.formula["License Utilization"].reads


class TestWhatIsWrong:
    @pytest.mark.parametrize(
        ("text", "line", "column", "message", "suggestion"),
        [
            (RATE.format("Invoces/Month * 2"), 3, 10, "no attribute is called", "Invoices/Month"),
            (RATE.format("2 *"), 3, 13, "expected a number", None),
            (RATE.format("Rate + 1"), 3, 10, "formulas read one another in a circle: Rate -> Rate", None),
            (RATE.format("Health Score / 2"), 3, 10, "Health Score is decided after all formulas", None),
            ("name: Rate\nkind: text\nformula: NPS * 2\n", 2, 7, "a formula gives a number", None),
            (
                "name: Active Users\nkind: number\nformula: Licenses / 2\n",
                1,
                7,
                "Keepwell itself finds Active Users: give the attribute of the formula another name",
                None,
            ),
            ("name: Rate\nkind: number\nof: user\nformula: '1'\n", 4, 10, "formulas are of accounts", None),
            (
                "name: Step\nkind: choice\nvalues: [A, B]\nlifecycle: true\nend_stages: [C]\n",
                5,
                14,
                "'C' is not one of the values",
                None,
            ),
            (
                "name: Step\nkind: choice\nvalues: [A, B]\nend_stages: [B]\n",
                4,
                13,
                "only a lifecycle has end stages",
                None,
            ),
        ],
    )
    def test_an_attribute(
        self, text: str, line: int, column: int, message: str, suggestion: str | None, tmp_path: Path
    ) -> None:
        [found] = findings(tmp_path, {"attributes/own.yaml": text})
        assert found[:3] == ("own.yaml", line, column)
        assert message in found[3]
        assert found[4] == suggestion

    def test_a_circle_is_shown_once(self, tmp_path: Path) -> None:
        files = {
            "attributes/rate.yaml": RATE.format("Second * 2"),
            "attributes/second.yaml": SECOND.format("change(Rate, 7)"),
        }
        [found] = findings(tmp_path, files)
        assert found[:3] == ("second.yaml", 3, 10)
        assert found[3] == "formulas read one another in a circle: Rate -> Second -> Rate"

    def test_a_circle_through_a_standard_formula(self, tmp_path: Path) -> None:
        files = {
            "attributes/licenses.yaml": "name: Licenses\nkind: number\nformula: License Utilization / 2\n"
        }
        [found] = findings(tmp_path, files)
        assert "in a circle: License Utilization -> Licenses -> License Utilization" in found[3]

    def test_a_condition_on_a_faulty_formula_is_not_wrong_too(self, tmp_path: Path) -> None:
        segment = "name: Busy\ncriteria: Rate >= 2\nexamples: {match: [{Rate: 2}], no_match: [{Rate: 1}]}\n"
        files = {"attributes/rate.yaml": RATE.format("Oops"), "segments/busy.yaml": segment}
        assert [found[0] for found in findings(tmp_path, files)] == ["rate.yaml"]

    @pytest.mark.parametrize(
        ("company", "place", "message", "suggestion"),
        [
            (
                "prefer_computed: [Actve Users]\n",
                (3, 19),
                "no attribute is called 'Actve Users'",
                "Active Users",
            ),
            ("prefer_computed: [NPS]\n", (3, 19), "nothing computes NPS: it is only ever told", None),
            (
                "usage: {core_features: [Reports]}\n",
                (3, 25),
                "'Reports' is no action; write",
                None,
            ),
            ("usage: {first_value: Reports/}\n", (3, 22), "'Reports/' is no action", None),
            ("usage: {module: [Reports]}\n", (3, 9), "the key 'module' is not known here", "modules"),
        ],
    )
    def test_the_company(
        self, company: str, place: tuple[int, int], message: str, suggestion: str | None, tmp_path: Path
    ) -> None:
        found = findings(tmp_path, {"keepwell.yaml": COMPANY + company})[0]
        assert found[:3] == ("keepwell.yaml", *place)
        assert message in found[3]
        assert found[4] == suggestion
