"""The catalogue: every attribute's name, kind, allowed values and other names.

Names and list values compare without case (product 1.14 row 20). A header may use a name as written or
in lower, snake or camel case (interfaces, "Standard attributes").
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType

from keepwell.values import Record

Value = str | int | float | bool | date | tuple[str, ...]


class Kind(StrEnum):
    """How an attribute's text is read and which comparisons make sense."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"  # one of `values`
    ORDERED = "ordered"  # one of `values`, lowest first, so `at least` makes sense
    CHOICES = "choices"  # several of `values` (any text where `values` is empty)
    YES_NO = "yes/no"


class Attribute(Record):
    """One attribute.

    `values` are the allowed values of a list, in order; `value_aliases` maps another spelling (lower case)
    to one of them. `lifecycle` attributes count the days in their present stage (product DAT-02), but for
    `end_stages`, at which there is nothing to count.
    `computed` ones are found by Keepwell itself, some by a `formula`; a value given as a fact wins over the
    computation. `daily`: the value can change from one day to the next with nothing told.
    `level` turns an ordered value into the number it also reads as (CSM Risk 0-3, product 1.14 row 15).
    `scale` holds the lowest and the highest number there is, both included (1.14 row 15).
    `reads` names the value it stands for where that is not its own: in a condition on Onboarding Stage,
    Days in Current Stage reads Days in Onboarding Stage (1.14 row 22).
    `system` is the source whose word counts above that of others, its system of record (reliability S1).
    `folded` ones are in small letters where something goes by them, as e-mail addresses are.
    `role` ones hold who of the team has a role at the account, by e-mail address (product PLY-10, DAT-06).
    """

    name: str
    kind: Kind
    values: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    value_aliases: Mapping[str, str] = MappingProxyType({})
    lifecycle: bool = False
    computed: bool = False
    description: str = ""
    reads: str = ""
    scale: tuple[int, int] | None = None
    end_stages: tuple[str, ...] = ()
    formula: str = ""
    daily: bool = False
    system: str = ""
    role: bool = False
    folded: bool = False

    def __hash__(self) -> int:
        return hash(self.name)

    def allowed(self, text: str) -> str | None:
        """The allowed value that `text` spells, or None."""
        if text in self.values:
            return text
        folded = text.strip().casefold()
        for value in self.values:
            if value.casefold() == folded:
                return value
        return self.value_aliases.get(folded)

    def level(self, value: str) -> int:
        """The place of an ordered value, from 0."""
        return self.values.index(value)

    def suggest(self, text: str) -> str | None:
        """The allowed value nearest to `text`, if any is near."""
        spellings = {value.casefold(): value for value in self.values} | dict(self.value_aliases)
        near = _nearest(text.casefold(), spellings, alike=0.6)
        return spellings[near] if near else None


def _nearest(text: str, known: Iterable[str], *, alike: float) -> str | None:
    """The one of `known` that is nearest to `text`, if one is so much like it (0 to 1)."""
    from difflib import get_close_matches  # what is written right needs no suggestion

    near = get_close_matches(text[:_LONGEST], known, n=1, cutoff=alike)
    return near[0] if near else None


_LONGEST = 100  # looking for what was meant takes time quadratic in the length; no name is longer


def key_of(name: str) -> str:
    """One spelling for `Contract Value`, `contract_value`, `contractValue` and `CONTRACT-VALUE`."""
    return re.sub(r"[\s_\-]+", "", name).casefold()


class Catalogue:
    """The attributes a playbook knows, found by any of their names.

    Every lifecycle brings its `Days in <lifecycle>` along, unless that is declared. `users` is the catalogue
    of the people at an account, the standard one where it is None.
    """

    def __init__(self, attributes: Iterable[Attribute], users: "Catalogue | None" = None):
        self.users = users
        declared = {attribute.name: attribute for attribute in attributes}
        counts = [_days_in(attribute) for attribute in declared.values() if attribute.lifecycle]
        self._attributes = {count.name: count for count in counts if count.name not in declared} | declared
        self.lifecycles = tuple([each.name for each in self._attributes.values() if each.lifecycle])
        self._by_key = {
            key_of(name): attribute
            for attribute in self._attributes.values()
            for name in (*attribute.aliases, attribute.name)
        }

    def __iter__(self) -> Iterator[Attribute]:
        return iter(self._attributes.values())

    def __getitem__(self, name: str) -> Attribute:
        """The attribute of this exact name; KeyError if there is none."""
        return self._attributes[name]

    def find(self, name: str) -> Attribute | None:
        """The attribute of this name or alias in any case or style, or None."""
        return self._by_key.get(key_of(name))

    def spellings(self) -> dict[str, Attribute]:
        """Every name and alias as people write it in a condition, in lower case."""
        return {
            name.casefold(): attribute
            for attribute in self._attributes.values()
            for name in (*attribute.aliases, attribute.name)
        }

    def suggest(self, name: str) -> str | None:
        """The known name nearest to `name`, if any is near."""
        near = _nearest(key_of(name[:_LONGEST]), self._by_key, alike=0.7)
        return self._by_key[near].name if near else None

    def extended(self, more: Iterable[Attribute]) -> "Catalogue":
        """This catalogue with a playbook's own attributes; one of a standard name replaces it."""
        return type(self)([*self._attributes.values(), *more], self.users)

    @cached_property
    def systems(self) -> Mapping[str, str]:
        """The systems of record, by the names of the attributes that have one."""
        return {attribute.name: attribute.system for attribute in self if attribute.system}

    def recorded_by(self, systems: Mapping[str, str]) -> "Catalogue":
        """The same, where these attributes have these systems of record; a name that is none is left out."""
        known = ((self._attributes.get(name), system) for name, system in systems.items())
        return self.extended(attribute.but(system=system) for attribute, system in known if attribute)

    def with_users(self, users: "Catalogue") -> "Catalogue":
        """The same, where the people at an account have these attributes."""
        return type(self)(self._attributes.values(), users)


CURRENT_STAGE = "Days in Current Stage"
MAIN_LIFECYCLE = "Customer Journey Stage"
"""The lifecycle whose days those in the current stage are, unless a condition names another (1.14 row 22)."""


def counts_days(attribute: Attribute) -> bool:
    """Whether it grows by one from day to day while no fact is written."""
    return attribute.computed and attribute.name.startswith(("Days in ", "Days Since "))


def days_in(lifecycle: str) -> str:
    """The name under which the days in the present stage of `lifecycle` stand among the values."""
    return f"Days in {lifecycle}"


def _days_in(lifecycle: Attribute) -> Attribute:
    return Attribute(
        days_in(lifecycle.name),
        Kind.NUMBER,
        computed=True,
        daily=True,
        description=f"Whole days in the present stage of {lifecycle.name} (product 1.14 row 22)",
    )
