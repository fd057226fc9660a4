"""Templates written by users: bounded, and clear about what is wrong (architecture section 9)."""

import pytest

from keepwell.errors import RejectedInput
from keepwell.plays.rendering import LONGEST_OUTPUT, names_in, render


@pytest.mark.parametrize(
    "text", ["{{ (1..99999999) | join }}", "{% for i in (1..n) %}x{% endfor %}", "{{(1..9)|size}}"]
)
def test_a_range_is_refused_before_it_is_built(text: str) -> None:
    with pytest.raises(RejectedInput, match="range such as"):
        render(text, {"n": 10**9})
    with pytest.raises(RejectedInput, match="range such as"):
        names_in(text)


def test_dots_and_brackets_in_prose_are_no_range() -> None:
    assert render("Seats (1..9): {{ account.name }} (ok)", {"account": {"name": "Acorn"}}) == (
        "Seats (1..9): Acorn (ok)"
    )


def test_an_endless_loop_ends() -> None:
    with pytest.raises(RejectedInput, match="cannot be filled in"):
        render("{% for a in xs %}{% for b in xs %}x{% endfor %}{% endfor %}", {"xs": [0] * 500})


def test_an_endless_text_ends() -> None:
    with pytest.raises(RejectedInput, match="cannot be filled in"):
        render("{% for a in xs %}{{ long }}{% endfor %}", {"xs": [0] * 1_000, "long": "x" * 2_000})


@pytest.mark.parametrize("value", ["x", "客", "🚨", "&amp;"])
def test_of_many_long_notes_the_end_is_left_out_and_nothing_is_lost(value: str) -> None:
    """Eleven notes that each may be told come to more than a text may."""
    told = render("Call! " + "{{ note }} " * 11, {"note": value * 2_000})
    assert told.startswith(f"Call! {value}")
    assert told.endswith("…")
    assert 19_990 < len(told.encode()) <= LONGEST_OUTPUT


def test_what_grows_with_each_filter_ends() -> None:
    with pytest.raises(RejectedInput, match="comes to too much on the way"):
        render("{{ n" + " | replace: 'a', 'aaaaaaaaaa'" * 9 + " | size }}", {"n": "a"})


def test_a_text_does_not_ask_what_time_it_is_however_it_is_written() -> None:
    """It would be another one when a launch is repeated."""
    assert render("{% assign n = 'now' %}{{ n | date: '%Y' }} {{ x | date: '%Y' }}", {"x": "today"}) == (
        "now today"
    )
    assert render("{{ day | date: '%d.%m.%Y' }}", {"day": "2026-11-21"}) == "21.11.2026"


@pytest.mark.parametrize(
    "text", ["{{ n | divided_by: 0 }}", "{{ n | uniq: 99999999999999999999 }}", "{{ a | compact: n }}"]
)
def test_what_a_filter_cannot_work_with_is_told(text: str) -> None:
    with pytest.raises(RejectedInput, match="cannot be filled in"):
        render(text, {"n": "9", "a": {"b": "c"}})
