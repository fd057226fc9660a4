"""`Record` does what a frozen dataclass does, and spares the import what those cost (decision 10)."""

import copy
import dataclasses
import pickle
import subprocess
import sys
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from keepwell.values import Record

VALUES = st.sampled_from((0, 1, True, 1.0, float("nan"), "", "a", (), (1,), None))
FIELDS = st.lists(st.sampled_from("abcde"), unique=True, max_size=4)


@st.composite
def alike(draw: st.DrawFn) -> tuple[type[Any], type[Any]]:
    """The same class twice, as a record and as a dataclass, each made of a base and what it adds."""
    record: type[Any] = Record
    plain: type[Any] = object
    for own in (draw(FIELDS), draw(FIELDS)):
        defaults = {name: draw(VALUES) for name in own[draw(st.integers(0, len(own))) :]}
        annotations = {**dict.fromkeys(own, Any), "kind": ClassVar[str]}
        body = {"__annotations__": annotations, "__qualname__": "Made", "kind": "made", **defaults}
        record = type("Made", (record,), dict(body))
        try:
            plain = dataclasses.dataclass(frozen=True)(type("Made", (plain,), dict(body)))
        except TypeError:
            reject()  # a field without a default after one that has one
    return record, plain


def made(of: type[Any], values: tuple[Any, ...], named: Mapping[str, Any]) -> Any:
    """What comes of it, None for a TypeError."""
    try:
        return of(*values, **named)
    except TypeError:
        return None


GIVEN = st.tuples(
    st.lists(VALUES, max_size=5).map(tuple), st.dictionaries(st.sampled_from("abcdef"), VALUES, max_size=3)
)


@given(alike(), GIVEN, GIVEN, st.dictionaries(st.sampled_from("abcdef"), VALUES, max_size=2))
def test_a_record_is_as_a_frozen_dataclass(
    classes: tuple[type[Any], type[Any]],
    one: tuple[tuple[Any, ...], Mapping[str, Any]],
    other: tuple[tuple[Any, ...], Mapping[str, Any]],
    changes: Mapping[str, Any],
) -> None:
    record, plain = classes
    assert record.__match_args__ == plain.__match_args__
    mine, theirs = made(record, *one), made(plain, *one)
    assert (mine is None) is (theirs is None)
    if mine is None:
        return
    assert repr(mine) == repr(theirs)
    assert hash(mine) == hash(theirs)
    assert mine != theirs
    for another in (one, other):
        mine_too, theirs_too = made(record, *another), made(plain, *another)
        assert (mine == mine_too) is (theirs == theirs_too)
    try:
        changed = repr(dataclasses.replace(theirs, **changes))
    except TypeError:
        with pytest.raises(TypeError):
            mine.but(**changes)
    else:
        assert repr(mine.but(**changes)) == changed


class Place(Record):
    """Two fields of its own, and something made of them once."""

    name: str
    floor: int = 0
    kind: ClassVar[str] = "place"

    @cached_property
    def shown(self) -> str:
        return f"{self.name} on {self.floor}"


class Room(Place):
    """A field more."""

    doors: tuple[str, ...] = ()


def test_what_is_cached_beside_the_fields_does_not_count() -> None:
    seen, unseen = Room("Lab", 2), Room("Lab", 2)
    assert seen.shown == "Lab on 2"
    assert seen == unseen
    assert hash(seen) == hash(unseen)
    assert seen.but(floor=3).shown == "Lab on 3"
    assert copy.deepcopy(seen) == pickle.loads(pickle.dumps(seen)) == seen


def test_equal_values_in_different_classes_differ() -> None:
    assert Place("Lab") != Room("Lab")
    assert Place("Lab") == Place(name="Lab", floor=0)


def test_a_record_cannot_be_changed() -> None:
    room = Room("Lab")
    with pytest.raises(AttributeError, match=r"floor of .* cannot be changed"):
        room.floor = 1  # type: ignore[misc]
    with pytest.raises(AttributeError, match=r"name of .* cannot be taken away"):
        del room.name
    assert room == Room("Lab")


@pytest.mark.parametrize(
    ("values", "named", "said"),
    [
        ((), {}, "Room(name, floor, doors): name is missing"),
        (("Lab",), {"name": "Hall"}, "Room(name, floor, doors): name is given twice"),
        (("Lab", 1, (), 7), {"kind": "x"}, "Room(name, floor, doors): 7 is no field; kind is no field"),
    ],
)
def test_the_error_says_which_field(values: tuple[Any, ...], named: dict[str, Any], said: str) -> None:
    with pytest.raises(TypeError) as error:
        Room(*values, **named)
    assert str(error.value) == said


def test_a_record_is_taken_apart_by_its_fields() -> None:
    match Room("Lab", 2, ("north",)):
        case Room(name, floor, doors=(door,)):
            assert (name, floor, door) == ("Lab", 2, "north")


def test_the_language_is_imported_without_what_dataclasses_need() -> None:
    """They import `inspect`, `ast` and `tokenize`: a third of the budget of 40 ms."""
    domain = Path(sys.modules["keepwell"].__file__ or "").parents[1]
    code = (
        "import sys; import keepwell.criteria; print({'dataclasses', 'inspect', 'ast'} & sys.modules.keys())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(domain)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "set()"
