"""The registry of the grammar: every form, and how the parser finds the one that comes next.

A form is in one of the GROUPS. Those of `belonging` begin a condition of their own, and so may forms to come
that ask of something else than one attribute; the others follow the name of an attribute.
"""

from functools import cache

from keepwell.criteria.forms.belonging import BELONGING
from keepwell.criteria.forms.changes import CHANGES
from keepwell.criteria.forms.dates import DATE_FORMS
from keepwell.criteria.forms.form import EXAMPLE_DAY, Example, Form
from keepwell.criteria.forms.values import VALUES
from keepwell.criteria.lexer import Names

__all__ = ["EXAMPLE_DAY", "GROUPS", "Example", "Form", "after_attribute", "openings"]

GROUPS = {"values": VALUES, "dates": DATE_FORMS, "changes": CHANGES, "belonging": BELONGING}


@cache
def after_attribute() -> Names[Form]:
    """The forms that follow an attribute, by the words they begin with."""
    return _by_words(VALUES, DATE_FORMS, CHANGES)


@cache
def openings() -> Names[Form]:
    """The forms that begin a condition of their own, by their first words."""
    return _by_words(BELONGING)


def _by_words(*groups: tuple[Form, ...]) -> Names[Form]:
    return Names({words: form for group in groups for form in group for words in form.begins})
