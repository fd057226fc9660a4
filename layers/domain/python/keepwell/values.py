"""Values made of named fields, quick to define: they behave as frozen dataclasses do (decision 10)."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self, dataclass_transform, get_origin


@dataclass_transform(frozen_default=True)
class Record:
    """The fields are what a class annotates, after those of its base; what it assigns is a field's default.

    Two are equal if they are of the same class with equal fields; what is cached beside them does not count.
    """

    __match_args__: ClassVar[tuple[str, ...]] = ()
    _defaults: ClassVar[Mapping[str, Any]] = {}

    def __init_subclass__(cls) -> None:
        annotated: Mapping[str, object] = cls.__annotations__
        own = [name for name, kind in annotated.items() if get_origin(kind) is not ClassVar]
        cls.__match_args__ = tuple(dict.fromkeys((*cls.__match_args__, *own)))  # type: ignore[misc]
        cls._defaults = {**cls._defaults, **{name: vars(cls)[name] for name in own if name in vars(cls)}}

    def __init__(self, *values: Any, **named: Any):
        fields = self.__match_args__
        first = dict(zip(fields, values, strict=False))
        given = {**self._defaults, **first, **named}
        if len(first) < len(values) or given.keys() ^ set(fields) or first.keys() & named:
            raise TypeError(self._mistaken(values, named))
        vars(self).update(given)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{name} of {self!r} cannot be changed")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{name} of {self!r} cannot be taken away")

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._values() == other._values()

    def __hash__(self) -> int:
        return hash(self._values())

    def __repr__(self) -> str:
        held = vars(self)
        shown = ", ".join(f"{name}={held[name]!r}" for name in self.__match_args__)
        return f"{type(self).__qualname__}({shown})"

    def but(self, **changes: Any) -> Self:
        """The same with these fields changed."""
        held = vars(self)
        return type(self)(**{**{name: held[name] for name in self.__match_args__}, **changes})

    def _values(self) -> tuple[Any, ...]:
        held = vars(self)
        return tuple([held[name] for name in self.__match_args__])

    def _mistaken(self, values: tuple[Any, ...], named: Mapping[str, Any]) -> str:
        """What is wrong with what was given."""
        fields = self.__match_args__
        placed, surplus = fields[: len(values)], map(repr, values[len(fields) :])
        faults = [f"{each} is missing" for each in fields if each not in {*placed, *named, *self._defaults}]
        faults += [f"{each} is given twice" for each in placed if each in named]
        faults += [f"{each} is no field" for each in (*surplus, *(n for n in named if n not in fields))]
        return f"{type(self).__name__}({', '.join(fields)}): {'; '.join(faults)}"
