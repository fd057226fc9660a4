"""What was probably meant by words the language does not know: one of its own misspelt, or said otherwise."""

from collections.abc import Callable, Iterable

ALIKE = 0.65
"""How much like a word of the language another must be to be taken for it, from 0 to 1."""

OTHER_WORDS = {
    "==": "=",
    "equals": "=",
    "equal to": "=",
    ":": "=",
    "<>": "!=",
    "≠": "!=",
    "isn't": "is not",
    "isnt": "is not",
    "doesn't contain": "does not contain",
    "less than": "<",
    "fewer than": "<",
    "below": "<",
    "under": "<",
    "=<": "<=",
    "≤": "<=",
    "up to": "at most",
    "greater than": ">",
    "above": ">",
    "over": ">",
    "older than": ">",
    "=>": ">=",
    "≥": ">=",
    "earlier than": "before",
    "later than": "after",
    "since": "on or after",
    "until": "on or before",
    "one of": "in",
    "includes": "contains",
    "has": "contains",
    "like": "contains",
    "begins with": "starts with",
    "exists": "is set",
    "blank": "is empty",
    "missing": "is empty",
    "null": "is empty",
    "unknown": "is empty",
    "declined": "dropped",
    "worsened": "dropped",
    "went down": "dropped",
    "grown": "grew",
    "improved": "increased",
    "went up": "increased",
    "&": "AND",
    "&&": "AND",
    "but": "AND",
    "|": "OR",
    "||": "OR",
    "!": "NOT",
    "some user where": "any user where",
    "some users where": "any user where",
    "user where": "any user where",
    "users where": "any user where",
    "has performed": "performed",
    "has not performed": "did not perform",
    "hasn't performed": "did not perform",
    "segment": "in segment",
    "tag": "has tag",
}
"""What people say, and how it is written."""

_MOST_WORDS = 5  # of a form and one too many
_LONGEST = 40  # characters: comparing takes time quadratic in the length


def nearest(said: Callable[[int], str], options: Iterable[str]) -> str | None:
    """The one of `options` that was probably meant; `said(n)` gives the first n words there are.

    A form of so many words is compared with as many, and with one more. What is there already is not meant,
    and what has up to three letters is too much like anything.
    """
    phrases = {said(count): count for count in range(_MOST_WORDS, 0, -1)}
    known = {option.casefold(): option for option in options if option.casefold() not in phrases}
    otherwise = (OTHER_WORDS.get(words.removeprefix("is "), "").casefold() for words in phrases)
    if meant := next((words for words in otherwise if words in known), None):
        return known[meant]
    alike = (
        (_likeness(words, option), option)
        for words, count in phrases.items()
        for option in known
        if len(option) > 3 and len(option.split()) in (count, count - 1)
    )
    likeness, option = max(alike, default=(0.0, ""))
    return known[option] if likeness > ALIKE else None


def _likeness(words: str, option: str) -> float:
    """From 0 to 1; `before last week` and `is in segment` may begin with a word too many."""
    from difflib import SequenceMatcher  # what is written right needs no suggestion

    said = words[:_LONGEST]
    if " " in option and said.endswith(f" {option}"):
        return 1
    return SequenceMatcher(None, said, option).ratio()
