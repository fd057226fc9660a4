"""The forms that compare a value with constants."""

from functools import partial

from keepwell.attributes import Attribute, Kind
from keepwell.criteria.comparing import (
    Between,
    Comparator,
    Comparison,
    Contains,
    ContainsSeveral,
    Emptiness,
    OneOf,
    StartsWith,
    rank,
)
from keepwell.criteria.constants import constant, constants, days, listed
from keepwell.criteria.dates import Age
from keepwell.criteria.forms.dates import take_period, take_window
from keepwell.criteria.forms.form import ALL, SCALES, SINGLE, Example, Form
from keepwell.criteria.lexer import Names
from keepwell.criteria.reading import Reader
from keepwell.criteria.tree import Condition, Not

_LISTED = SINGLE - {Kind.YES_NO}
_HOLDING = frozenset({Kind.TEXT, Kind.CHOICES})


def _compared(comparator: Comparator, reader: Reader, attribute: Attribute) -> Condition:
    if attribute.kind is Kind.DATE:
        if reader.at_days():
            age = Age(attribute, comparator, days(reader))
            reader.take("ago")
            return age
        if comparator in ("=", "!=") and (period := take_period(reader, attribute)):
            return period if comparator == "=" else Not(period)
    return Comparison(attribute, comparator, constant(reader, attribute))


def _is_not(reader: Reader, attribute: Attribute) -> Condition:
    """`is Not At Risk` names a value that begins with "not", `is not Churned` any other than one."""
    after = reader.mark()
    if attribute.kind in (Kind.CHOICE, Kind.ORDERED):
        reader.back(after - 1)
        value = listed(reader, attribute)
        end = reader.mark()
        reader.back(after)
        if value is not None and (other := listed(reader, attribute)):
            mend = f'write = "{value}" or != "{other}"'
            raise reader.fault(
                f"both {value} and {other} are values of {attribute.name}; {mend}", at=after - 1
            )
        if value is not None:
            reader.back(end)
            return Comparison(attribute, "=", value)
    return _compared("!=", reader, attribute)


def _between(reader: Reader, attribute: Attribute) -> Condition:
    start = reader.mark()
    low = constant(reader, attribute, until=("-",))
    if not (reader.take("and") or reader.take("-")):
        raise reader.unexpected("AND and the upper end")
    high = constant(reader, attribute)
    if rank(attribute, low) > rank(attribute, high):
        raise reader.fault("between takes the lower end first", at=start)
    return Between(attribute, low, high)


def _in(reader: Reader, attribute: Attribute) -> Condition:
    if attribute.kind is Kind.DATE:
        if found := take_period(reader, attribute) or take_window(reader, attribute):
            return found
        if reader.at_days():
            raise reader.unexpected("next or last before a number of days")
    if not reader.take("("):
        raise reader.unexpected("a list in brackets such as (a, b)")
    return OneOf(attribute, constants(reader, attribute))


def _not_in(reader: Reader, attribute: Attribute) -> Condition:
    return Not(_in(reader, attribute))


def _contains(reader: Reader, attribute: Attribute) -> Condition:
    for quantifier in ("all", "any"):
        if reader.take(quantifier, "("):
            return ContainsSeveral(attribute, quantifier, tuple(map(str, constants(reader, attribute))))
    return Contains(attribute, str(constant(reader, attribute)))


def _does_not_contain(reader: Reader, attribute: Attribute) -> Condition:
    return Not(_contains(reader, attribute))


def _starts_with(reader: Reader, attribute: Attribute) -> Condition:
    return StartsWith(attribute, str(constant(reader, attribute)))


def _emptiness(_reader: Reader, attribute: Attribute, *, empty: bool) -> Condition:
    return Emptiness(attribute, empty=empty)


VALUES: tuple[Form, ...] = (
    Form(
        ("=", "is"),
        SINGLE,
        partial(_compared, "="),
        "`=`, `is`",
        "is this value",
        (
            Example('Customer Tier = "Core"', {"Customer Tier": "core"}, answer=True),
            Example("Success Plan = yes", {"Success Plan": True}, answer=True),
        ),
        mend="use contains",
    ),
    Form(
        ("!=",),
        SINGLE,
        partial(_compared, "!="),
        "`!=`",
        "is another value",
        (Example("Status != Churned", {"Status": "Paying"}, answer=True),),
        mend="use contains",
    ),
    Form(
        ("is not",),
        SINGLE,
        _is_not,
        "`is not`",
        "is another value; where a value of the list begins with not, is that value",
        (
            Example("Status is not Churned", {}, answer=None),
            Example("Risk Status is not At Risk", {"Risk Status": "Not At Risk"}, answer=True),
        ),
        mend="use contains",
    ),
    Form(
        ("<",),
        SCALES,
        partial(_compared, "<"),
        "`<`",
        "is less, earlier or a lower level",
        (
            Example("License Utilization < 50%", {"License Utilization": 49.9}, answer=True),
            Example("Renewal Date < 2027-01-01", {"Renewal Date": "2027-01-01"}, answer=False),
        ),
        mend="use = or !=",
    ),
    Form(
        ("<=", "at most"),
        SCALES,
        partial(_compared, "<="),
        "`<=`, `at most`",
        "is this or less",
        (Example("Usage Frequency at most Occasionally", {"Usage Frequency": "Weekly"}, answer=False),),
        mend="use = or !=",
    ),
    Form(
        (">",),
        SCALES,
        partial(_compared, ">"),
        "`>`",
        "is more, later or a higher level",
        (
            Example("Contract Value > $25k", {"ARR": 25000}, answer=False),
            Example("Contract Value > 1.5M", {"ARR": 1500001}, answer=True),
        ),
        mend="use = or !=",
    ),
    Form(
        (">=", "at least"),
        SCALES,
        partial(_compared, ">="),
        "`>=`, `at least`",
        "is this or more; a level may be written as its number, from 0",
        (
            Example("Contract Value >= $50,000", {"ARR": 50000}, answer=True),
            Example("Usage Frequency at least Weekly", {"Usage Frequency": "Daily"}, answer=True),
            Example("CSM Risk >= 3", {"CSM Risk": "3 - HIGH"}, answer=True),
        ),
        mend="use = or !=",
    ),
    Form(
        ("between",),
        SCALES,
        _between,
        "`between a and b`, `between a-b`",
        "both ends included",
        (
            Example("Health Score between 50-69", {"Health Score": 69}, answer=True),
            Example("Health Score between 50 and 69", {"Health Score": 70}, answer=False),
        ),
        mend="use = or in",
    ),
    Form(
        ("in",),
        _LISTED,
        _in,
        "`in (a, b)`",
        "is one of these",
        (Example("Status in (Trial, Paying)", {"Status": "Free"}, answer=False),),
        mend="use = or contains",
    ),
    Form(
        ("not in",),
        _LISTED,
        _not_in,
        "`not in (a, b)`",
        "is none of these",
        (Example("Status not in (Trial, Paying)", {"Status": "Free"}, answer=True),),
        mend="use != or does not contain",
    ),
    Form(
        ("contains",),
        _HOLDING,
        _contains,
        "`contains a`, `contains all (a, b)`, `contains any (a, b)`",
        "several values: has this one, all of these, some of these; a text: has this as a part",
        (
            Example(
                'Risk Reason contains "Product Issues"', {"Risk Reason": "Price, Product Issues"}, answer=True
            ),
            Example("Risk Reason contains all (Price, Fit)", {"Risk Reason": ["Price"]}, answer=False),
            Example("Risk Reason contains any (Price, Fit)", {"Risk Reason": ["Price"]}, answer=True),
            Example("Account Name contains acme", {"Account Name": "Acme Ltd"}, answer=True),
        ),
        mend="use = or in",
    ),
    Form(
        ("does not contain",),
        _HOLDING,
        _does_not_contain,
        "`does not contain` …",
        "the opposite of each of these",
        (
            Example("Risk Reason does not contain Price", {"Risk Reason": ["Fit"]}, answer=True),
            Example("Risk Reason does not contain Price", {}, answer=None),
        ),
        mend="use != or not in",
    ),
    Form(
        ("starts with",),
        frozenset({Kind.TEXT}),
        _starts_with,
        "`starts with a`",
        "begins with this",
        (Example("Account Name starts with Acme", {"Account Name": "ACME Ltd"}, answer=True),),
        mend="use = or contains",
    ),
    Form(
        ("is empty", "is not set"),
        ALL,
        partial(_emptiness, empty=True),
        "`is empty`, `is not set`",
        "has no value",
        (Example("CSM Risk is empty", {}, answer=True),),
    ),
    Form(
        ("is not empty", "is set"),
        ALL,
        partial(_emptiness, empty=False),
        "`is not empty`, `is set`",
        "has a value",
        (Example("CSM Risk is set", {"CSM Risk": 0}, answer=True),),
    ),
)

COMPARING = tuple(
    form for form in VALUES if form.begins[0] in ("=", "!=", "is not", "<", "<=", ">", ">=", "between")
)
"""Those that compare one thing that has an order with a value."""

LISTING = tuple(form for form in VALUES if form.begins[0] in ("in", "not in"))
"""Those that compare with several values."""


def take_form(reader: Reader, forms: Names[Form]) -> Form | None:
    """The one of `forms` that comes next, if any; an `is` before it says nothing, as in `is at least 3`."""
    start = reader.mark()
    if not reader.take("is") or not reader.at_name(forms):
        reader.back(start)
    return reader.take_name(forms)
