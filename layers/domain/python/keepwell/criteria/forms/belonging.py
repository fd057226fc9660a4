"""The forms that begin a condition of their own: tags and segments."""

from keepwell.attributes import SEGMENTS, TAGS, Attribute, Kind
from keepwell.criteria.belonging import HasTag, InSegment
from keepwell.criteria.constants import constant
from keepwell.criteria.forms.form import Example, Form
from keepwell.criteria.reading import Reader
from keepwell.criteria.tree import Condition, Not


def _has_tag(reader: Reader, attribute: Attribute) -> Condition:
    return HasTag(attribute, str(constant(reader, attribute)))


def _has_no_tag(reader: Reader, attribute: Attribute) -> Condition:
    return Not(_has_tag(reader, attribute))


def _in_segment(reader: Reader, attribute: Attribute) -> Condition:
    return InSegment(attribute, str(constant(reader, attribute)))


def _not_in_segment(reader: Reader, attribute: Attribute) -> Condition:
    return Not(_in_segment(reader, attribute))


_SEVERAL = frozenset({Kind.CHOICES})

BELONGING: tuple[Form, ...] = (
    Form(
        ("has tag",),
        _SEVERAL,
        _has_tag,
        '`has tag "a"`',
        "the account carries the tag",
        (
            Example('has tag "at-risk"', {"Tags": ["At-Risk", "vip"]}, answer=True),
            Example('has tag "at-risk"', {}, answer=False),
        ),
        about=TAGS,
    ),
    Form(
        ("does not have tag",),
        _SEVERAL,
        _has_no_tag,
        '`does not have tag "a"`',
        "it does not",
        (Example('does not have tag "at-risk"', {}, answer=True),),
        about=TAGS,
    ),
    Form(
        ("in segment",),
        _SEVERAL,
        _in_segment,
        '`in segment "A"`',
        "the account is in the segment now",
        (Example('in segment "Watch List"', {"Segments": ["Watch List"]}, answer=True),),
        about=SEGMENTS,
    ),
    Form(
        ("not in segment",),
        _SEVERAL,
        _not_in_segment,
        '`not in segment "A"`',
        "it is not",
        (Example('not in segment "Watch List"', {}, answer=True),),
        about=SEGMENTS,
    ),
)
