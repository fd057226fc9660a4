"""The forms about the people at an account; the parser reads the condition in the brackets first."""

from functools import cache

from keepwell.attributes import Attribute, Kind
from keepwell.criteria.comparing import Between, Comparison
from keepwell.criteria.forms.form import Example, Form
from keepwell.criteria.forms.values import COMPARING, take_form
from keepwell.criteria.lexer import Names
from keepwell.criteria.reading import Reader
from keepwell.criteria.tree import Condition, Not
from keepwell.criteria.users import TOPIC, AnyUser, CountOfUsers, bounds_of, counted

USERS = Attribute(TOPIC, Kind.CHOICES)
"""What the forms are about."""


def _any(_reader: Reader, attribute: Attribute) -> Condition:
    return AnyUser(attribute)


def _no(_reader: Reader, attribute: Attribute) -> Condition:
    return Not(AnyUser(attribute))


def _count(reader: Reader, attribute: Attribute) -> Condition:
    form = take_form(reader, _comparing())
    if form is None:
        options = (words for each in COMPARING for words in each.begins)
        raise reader.unexpected("a comparison with a number of users such as >= 3", options)
    at = reader.mark()
    count = form.read(reader, counted(attribute))
    assert isinstance(count, Comparison | Between)
    share_or_sum = not {"%", "$"}.isdisjoint(reader.written(at, reader.mark()))
    if share_or_sum or any(not isinstance(bound, int) or bound < 0 for bound in bounds_of(count)):
        raise reader.fault("users are counted in whole numbers, from 0", at=at)
    return CountOfUsers(attribute, count)


@cache
def _comparing() -> Names[Form]:
    return Names({words: form for form in COMPARING for words in form.begins})


_PEOPLE = frozenset({Kind.CHOICES})


USER_FORMS: tuple[Form, ...] = (
    Form(
        ("any user where", "any users where"),
        _PEOPLE,
        _any,
        "`any user where (…)`",
        "the condition holds of somebody; unknown if it holds of nobody and is unknown of some",
        (
            Example(
                "any user where (Key Contact = yes AND Last Activity > 30 days)",
                {
                    "people": [
                        {"User ID": "u1", "Key Contact": True, "Last Activity": "2026-10-21"},
                        {"User ID": "u2", "Key Contact": True, "Last Activity": "2026-11-20"},
                    ]
                },
                answer=True,
            ),
            Example(
                "any user where (Key Contact = yes)",
                {"people": [{"User ID": "u1", "Key Contact": False}, {"User ID": "u2"}]},
                answer=None,
            ),
            Example("any user where (Title contains chief)", {"people": []}, answer=False),
        ),
        about=USERS,
    ),
    Form(
        ("no user where", "no users where"),
        _PEOPLE,
        _no,
        "`no user where (…)`",
        "it holds of nobody",
        (
            Example(
                "no user where (Key Contact = yes)",
                {"people": [{"User ID": "u1", "Key Contact": False}]},
                answer=True,
            ),
            Example("no user where (Key Contact = yes)", {"people": []}, answer=True),
        ),
        about=USERS,
    ),
    Form(
        ("count of users where", "number of users where"),
        _PEOPLE,
        _count,
        "`count of users where (…)`, then `=`, `!=`, `<`, `<=`, `>`, `>=` or `between` and whole numbers",
        "so many people are such; unknown only if people of whom it is unknown could change the answer",
        (
            Example(
                "count of users where (Active Days >= 5) >= 2",
                {"people": [{"Active Days": 9}, {"Active Days": 5}, {"Active Days": 1}]},
                answer=True,
            ),
            Example(
                "count of users where (Active Days >= 5) between 1 and 2",
                {"people": [{"Active Days": 9}, {"User ID": "u2"}]},
                answer=True,
            ),
            Example(
                "count of users where (Active Days >= 5) = 1",
                {"people": [{"Active Days": 9}, {"User ID": "u2"}]},
                answer=None,
            ),
        ),
        about=USERS,
    ),
)
