"""Systems of record: whose word counts above that of others, whatever comes when (reliability I3, I4, S1)."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.accounts import LASTING, Change, Facts, Freshness, Provenance, merge
from keepwell.attributes import Value, standard_catalogue
from keepwell.playbook import Playbook, read_bundle
from keepwell.playbook.compiling import check_playbook, compile_playbook
from keepwell.plays.changing import outdone
from tests.domain.playbook.folders import BLOCS, COMPANY, write_folder

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
PLAIN = standard_catalogue()
RECORDED = PLAIN.recorded_by({"NPS": "hubspot"})
NPS_FADES = Freshness({"NPS": 10})


def change(source: str, hours: float, nps: Value | None, *, fill_only: bool = False) -> Change:
    """NPS as this source says it was so many hours after noon; None: it says that there is none."""
    at = NOON + timedelta(hours=hours)
    values: dict[str, Value] = {} if nps is None else {"NPS": nps}
    cleared = frozenset({"NPS"} if nps is None else ())
    return Change("A-1", values, source, at, at.date(), f"{source}@{hours}", cleared, fill_only)


def after(changes: Iterable[Change], facts: Facts | None = None, freshness: Freshness = LASTING) -> Facts:
    for each in changes:
        facts = merge(facts, each, RECORDED, freshness) or facts
    assert facts is not None
    return facts


def standing(facts: Facts) -> tuple[Value | None, Provenance, datetime]:
    """What stands of NPS, who told it when, and when for the last time."""
    told = facts.exceptions.get("NPS", facts.provenance)
    return facts.values.get("NPS"), told, facts.last_told("NPS")


numbers = st.one_of(st.none(), st.integers(0, 3))
hours = st.integers(0, 30 * 24)
by_the_system = st.builds(change, st.just("hubspot"), hours, numbers, fill_only=st.booleans())
by_others = st.builds(
    change,
    st.sampled_from(["csv:accounts", "play:p", "csv:accounts/x"]),
    hours,
    numbers,
    fill_only=st.booleans(),
)
freshnesses = st.sampled_from([LASTING, NPS_FADES])


class TestMerging:
    @given(st.lists(by_the_system, min_size=1), st.lists(by_others), freshnesses, st.data())
    def test_whatever_others_say_and_when_the_systems_word_is_the_same(
        self, own: Sequence[Change], others: Sequence[Change], freshness: Freshness, data: st.DataObject
    ) -> None:
        """S1."""
        arriving = list(own)
        for other in others:
            arriving.insert(data.draw(st.integers(0, len(arriving))), other)
        assert standing(after(arriving, freshness=freshness)) == standing(after(own, freshness=freshness))

    @given(st.lists(by_the_system, min_size=1, unique_by=lambda each: each.observed_at), st.data())
    def test_among_its_own_words_the_newest_counts(self, own: Sequence[Change], data: st.DataObject) -> None:
        """I4, in whatever order they arrive."""
        own = [replace(each, fill_only=False) for each in own]
        different = [replace(each, values={"NPS": n}, cleared=frozenset()) for n, each in enumerate(own)]
        newest = max(different, key=lambda each: each.observed_at)
        assert after(data.draw(st.permutations(different))).values == newest.values

    @given(st.lists(by_others, min_size=1, unique_by=lambda each: each.observed_at), st.data())
    def test_until_it_has_spoken_the_newest_word_of_anyone_counts(
        self, others: Sequence[Change], data: st.DataObject
    ) -> None:
        different = [
            replace(each, values={"NPS": n}, cleared=frozenset(), fill_only=False)
            for n, each in enumerate(others)
        ]
        newest = max(different, key=lambda each: each.observed_at)
        assert after(data.draw(st.permutations(different))).values == newest.values

    def test_what_it_repeats_becomes_its_word_and_counts_as_no_change_of_value(self) -> None:
        """Else the next of the others would overwrite what the system has confirmed."""
        told = after([change("csv:accounts", 5, 7)])
        claimed = after([change("hubspot", 1, 7)], told)
        assert claimed.values == told.values
        assert claimed.changed_by == told.changed_by
        assert claimed.exceptions["NPS"] == Provenance("hubspot", NOON + timedelta(hours=1))
        assert merge(claimed, change("hubspot", 9, 7), RECORDED) is None, "I3"
        assert merge(claimed, change("csv:accounts", 9, 8), RECORDED) is None

    def test_without_one_the_newest_word_wins_as_ever(self) -> None:
        facts = after([change("hubspot", 1, 7)])
        newer = merge(facts, change("csv:accounts", 2, 8), PLAIN)
        assert newer is not None
        assert newer.values == {"NPS": 8}

    def test_other_attributes_of_the_same_row_are_taken(self) -> None:
        facts = after([change("hubspot", 1, 7)])
        both = replace(change("csv:accounts", 2, 8), values={"NPS": 8, "CSAT": 4})
        assert after([both], facts).values == {"NPS": 7, "CSAT": 4}


def test_a_play_that_would_set_it_says_why_it_did_not() -> None:
    facts = after([change("hubspot", 1, 7)])
    late = change("play:rescue", 2, 9)
    assert merge(facts, late, RECORDED) is None
    assert outdone(late, facts, RECORDED) == {
        "NPS set to 9": "set NPS: it stays as hubspot told it on 2026-11-21, which is its system of record"
    }


class TestInThePlaybook:
    MAPPING = "object: accounts\ncolumns: {Account ID: Id, NPS: Score}\n"

    def compiled(self, folder: Path, systems: str) -> Playbook:
        files = {
            "keepwell.yaml": f"{COMPANY}systems_of_record: {systems}\n",
            "mappings/survey.yaml": self.MAPPING,
        }
        return read_bundle(compile_playbook(write_folder(folder, files), BLOCS))

    def test_it_is_in_the_catalogue_by_any_name_of_the_attribute(self, tmp_path: Path) -> None:
        book = self.compiled(tmp_path, '{arr: hubspot, NPS: "csv:accounts/survey", Last Touch: touchpoints}')
        assert book.catalogue.systems == {
            "Contract Value": "hubspot",
            "NPS": "csv:accounts/survey",
            "Last Touch": "touchpoints",
        }
        assert book.user_catalogue.systems == {}

    def test_a_bundle_from_before_has_none(self) -> None:
        before = BLOCS.parents[1] / "tests/domain/playbook/previous_bundle.json"
        assert read_bundle(before.read_text("utf-8")).catalogue.systems == {}

    @pytest.mark.parametrize(
        ("systems", "column", "message", "suggestion"),
        [
            ("{Contract Valu: hubspot}", 21, "no attribute is called 'Contract Valu'", "Contract Value"),
            ("{NPS: hubspt}", 26, "nothing tells facts as 'hubspt'", "hubspot"),
            ("{NPS: csv:accounts/surwey}", 26, "nothing tells facts as", "csv:accounts/survey"),
            ("{Health: hubspot}", 21, "nobody tells Health: Keepwell fills it", None),
            ("{Tags: hubspot}", 21, "tags have no system of record", None),
            ("{arr: hubspot, Contract Value: hubspot}", 35, "Contract Value stands here twice", None),
        ],
    )
    def test_what_is_wrong_is_shown_where_it_stands(
        self, systems: str, column: int, message: str, suggestion: str | None, tmp_path: Path
    ) -> None:
        files = {
            "keepwell.yaml": f"{COMPANY}systems_of_record: {systems}\n",
            "mappings/survey.yaml": self.MAPPING,
        }
        [found] = check_playbook(write_folder(tmp_path, files), BLOCS)
        assert (Path(found.file).name, found.line, found.column) == ("keepwell.yaml", 3, column)
        assert message in found.message
        assert found.suggestion == suggestion
