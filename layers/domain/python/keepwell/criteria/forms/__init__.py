"""The registry of the grammar: every form, and how the parser finds the one that comes next.

A form is in one of the GROUPS. Those of `belonging`, `users` and `performing` begin a condition of their own;
the others follow the name of an attribute.
"""

from functools import cache

from keepwell.attributes import Kind
from keepwell.criteria.forms.belonging import BELONGING
from keepwell.criteria.forms.changes import CHANGES
from keepwell.criteria.forms.dates import DATE_FORMS
from keepwell.criteria.forms.form import EXAMPLE_DAY, Example, Form
from keepwell.criteria.forms.performing import PERFORMING
from keepwell.criteria.forms.users import USER_FORMS
from keepwell.criteria.forms.values import VALUES
from keepwell.criteria.lexer import Names

__all__ = [
    "EXAMPLE_DAY",
    "GROUPS",
    "OPENING_WORDS",
    "Example",
    "Form",
    "after_attribute",
    "openings",
    "words_after",
]

_OPENINGS = (*BELONGING, *USER_FORMS, *PERFORMING)

OPENING_WORDS = tuple(words for form in _OPENINGS for words in form.begins)

_AFTER = (*VALUES, *DATE_FORMS, *CHANGES)

GROUPS = {
    "values": VALUES,
    "dates": DATE_FORMS,
    "changes": CHANGES,
    "belonging": BELONGING,
    "users": USER_FORMS,
    "performing": PERFORMING,
}


@cache
def after_attribute() -> Names[Form]:
    """The forms that follow an attribute, by the words they begin with."""
    return _by_words(_AFTER)


@cache
def openings() -> Names[Form]:
    """The forms that begin a condition of their own, by their first words."""
    return _by_words(_OPENINGS)


def words_after(kind: Kind) -> list[str]:
    """The words that the forms begin with that make sense for attributes of `kind`."""
    return [words for form in _AFTER if kind in form.kinds for words in form.begins]


def _by_words(forms: tuple[Form, ...]) -> Names[Form]:
    return Names({words: form for form in forms for words in form.begins})
