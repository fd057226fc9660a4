"""A circuit and what reads its leaves as two functions of Python, straight on, with every mask a constant:

    def read(values, today):
        get = values.get
        bits = 0
        bits |= bits0(get("Health"))
        bits |= bits1(get("Renewal Date"), today)
        return bits

    def settle(bits):
        bits = (bits & 8372224 | 96) + 4128
        return bits & 16448

They are made as syntax trees from the circuit. Nothing of a condition's text gets into them but names of
attributes, and those as constants.
"""

import ast
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from keepwell.attributes import Value
from keepwell.criteria.circuit import Circuit, Step
from keepwell.criteria.remembering import Reading


class Functions(NamedTuple):
    """`read` gives the bits of the leaves that answer as wanted, `settle` the outputs that follow."""

    read: Callable[[Mapping[str, Value | None], date], int]
    settle: Callable[[int], int]


def generate(circuit: Circuit, readings: Sequence[Reading]) -> Functions:
    """The functions of `circuit`, whose leaves `readings` answer but for those that look back."""
    names: dict[str, Any] = {f"bits{number}": reading.bits for number, reading in enumerate(readings)}
    module = ast.Module([_read(readings), _settle(circuit)], [])
    exec(compile(ast.fix_missing_locations(module), "<conditions>", "exec"), names)  # noqa: S102
    return Functions(names["read"], names["settle"])


def _read(readings: Sequence[Reading]) -> ast.stmt:
    return _function(
        "read",
        ["values", "today"],
        ast.Assign([ast.Name("get", ast.Store())], ast.Attribute(_name("values"), "get", ast.Load())),
        ast.Assign([_BITS], ast.Constant(0)),
        *(
            ast.AugAssign(_BITS, ast.BitOr(), _call(f"bits{number}", reading))
            for number, reading in enumerate(readings)
        ),
        ast.Return(_name("bits")),
    )


def _call(bits: str, reading: Reading) -> ast.expr:
    value = ast.Call(_name("get"), [ast.Constant(reading.name)], [])
    return ast.Call(_name(bits), [value, _name("today")] if reading.by_the_calendar else [value], [])


def _settle(circuit: Circuit) -> ast.stmt:
    outputs = sum(1 << place for place in circuit.outputs)
    return _function(
        "settle",
        ["bits"],
        *(ast.Assign([_BITS], _step(step)) for step in circuit.steps),
        ast.Return(ast.BinOp(_name("bits"), ast.BitAnd(), ast.Constant(outputs))),
    )


def _step(step: Step) -> ast.expr:
    kept = ast.BinOp(_name("bits"), ast.BitAnd(), ast.Constant(step.keep))
    filled = ast.BinOp(kept, ast.BitOr(), ast.Constant(step.fill))
    return ast.BinOp(filled, ast.Add(), ast.Constant(step.carry))


def _function(name: str, parameters: Sequence[str], *body: ast.stmt) -> ast.stmt:
    given = ast.arguments([], [ast.arg(each) for each in parameters], None, [], [], None, [])
    return ast.FunctionDef(name, given, list(body), [])


def _name(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())


_BITS = ast.Name("bits", ast.Store())
