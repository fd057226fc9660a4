"""The page of the plays that ship is made of them."""

from keepwell_cli.library import PAGE, with_table


def test_the_page_lists_the_plays_as_they_are() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == with_table(page), "run make docs"
    assert with_table(page.replace("| draft |", "| live |")) == page


def test_a_play_that_asks_for_a_segment_is_listed_with_what_that_asks() -> None:
    [row] = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if "| `login-silence` |" in line]
    assert "where *Login Silence* is `Last Activity > 30 days`" in row
