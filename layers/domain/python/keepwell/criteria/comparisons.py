"""One comparison: the form that comes next in the text, checked against the attribute's kind."""

from keepwell.attributes import Attribute
from keepwell.criteria.constants import may_begin
from keepwell.criteria.forms import Form, after_attribute, words_after
from keepwell.criteria.forms.changes import dwelling
from keepwell.criteria.forms.form import KIND_IN_WORDS
from keepwell.criteria.reading import Reader
from keepwell.criteria.tree import Condition
from keepwell.errors import FaultyCondition

EXPECTED = "a comparison such as =, at least, between or is empty"


def comparison(reader: Reader, attribute: Attribute) -> Condition:
    """The form that follows `attribute`; raises FaultyCondition where it makes no sense for its kind."""
    _take_idle_is(reader, attribute)
    start = reader.mark()
    form = reader.take_name(after_attribute())
    assert form is not None
    return asked(reader, form, attribute, start)


def _take_idle_is(reader: Reader, attribute: Attribute) -> None:
    """Move past the `is` of `is at least 5` and `is within 90 days`, unless a value may begin like that."""
    start = reader.mark()
    if not reader.take("is") or not reader.at_name(after_attribute()) or may_begin(reader, attribute):
        reader.back(start)


def no_comparison(reader: Reader, attribute: Attribute) -> FaultyCondition:
    """The error that what comes next compares `attribute` with nothing."""
    return reader.unexpected(EXPECTED, words_after(attribute.kind))


def asked(reader: Reader, form: Form, attribute: Attribute, start: int) -> Condition:
    """What the form asks of `attribute`, and for how many days; its first words, from `start`, are taken."""
    if attribute.kind not in form.kinds:
        words, kind = reader.written(start, reader.mark()), KIND_IN_WORDS[attribute.kind]
        message = f'"{words}" makes no sense for {attribute.name}, which is {kind}; {form.mend}'
        raise reader.fault(message, at=start)
    try:
        condition = form.read(reader, attribute)
    except FaultyCondition as error:
        if error.suggestion is None and form.about is None:
            error.suggestion = reader.nearest(words_after(attribute.kind), at=start)
        raise
    return dwelling(reader, condition) if reader.take("for") else condition
