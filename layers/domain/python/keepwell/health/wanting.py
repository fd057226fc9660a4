"""What a condition wants of a value, in words: `License Utilization to 50 or more`."""

from collections.abc import Iterable

from keepwell.attributes import Attribute
from keepwell.criteria import Condition
from keepwell.criteria.comparing import Comparator, Comparison, Constant, Emptiness, OneOf, shown
from keepwell.criteria.tree import Not, Or, any_of

_WORDS = {">=": "{} or more", "<=": "{} or less", ">": "more than {}", "<": "less than {}", "=": "{}"}
_OTHERWISE: dict[Comparator, Comparator] = {">=": "<", "<=": ">", ">": "<=", "<": ">="}


def wanted(condition: Condition) -> str:
    """What to bring a value to, so that `condition` holds. Nobody is advised to forget what is known."""
    match condition:
        case Or(terms) if (
            0 < len(kept := [each for each in terms if not isinstance(each, Emptiness)]) < len(terms)
        ):
            return wanted(any_of(*kept))
        case Comparison(attribute, comparator, constant) if comparator in _WORDS:
            return f"{attribute.name} to {_WORDS[comparator].format(_one_of(attribute, [constant]))}"
        case OneOf(attribute, constants):
            return f"{attribute.name} to {_one_of(attribute, constants)}"
        case _:
            return f"so that {condition}"


def unwanted(condition: Condition) -> str:
    """What to bring a value to, so that `condition` does not hold."""
    match condition:
        case Comparison(attribute, "=", bool() as constant):
            return f"{attribute.name} to {_one_of(attribute, [not constant])}"
        case Comparison(attribute, "=", constant):
            return f"{attribute.name} to anything but {_one_of(attribute, [constant])}"
        case OneOf(attribute, constants):
            return f"{attribute.name} to anything but {_one_of(attribute, constants)}"
        case Comparison(comparator=comparator) if comparator in _OTHERWISE:
            return wanted(condition.but(comparator=_OTHERWISE[comparator]))
        case _:
            return f"so that {Not(condition)}"


def _one_of(attribute: Attribute, constants: Iterable[Constant]) -> str:
    return " or ".join(shown(attribute, each).strip('"') for each in constants)
