"""Conditions over columns of values, in three-valued (Kleene) logic: true, false, or cannot be known.

Many conditions are compiled to one program for ``analysis.expression_machine``, in which a part that occurs
twice is computed once. ``explain`` reads the registers of the same program after one row, so a reason can never
disagree with the decision it explains.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bulkhead.analysis import expression_machine as machine
from bulkhead.analysis.expression import CURRENCY_NAME
from bulkhead.analysis.expression_tree import (
    AllOf,
    Amount,
    AnyOf,
    Arithmetic,
    Call,
    Compare,
    Constant,
    Expression,
    Name,
    Negative,
    Node,
    Not,
    Number,
    OneOf,
    Text,
)
from bulkhead.analysis.expression_types import (
    ColumnType,
    Sort,
    TypeOf,
    check_condition,
    sort_of,
    text_sides,
    types_in,
)

Value = float | str | bool | None

FALSE, UNKNOWN, TRUE = 0, 1, 2  # twice the truth as the machine has it: what ``Plan.run`` gives

_ARITHMETIC = {"+": machine.ADD, "-": machine.SUBTRACT, "*": machine.MULTIPLY, "/": machine.DIVIDE}
_NO_TABLE = np.empty((0, 0), np.float64)


class Truth(NamedTuple):
    """Where a condition is true and where it cannot be known; elsewhere it is false."""

    hit: NDArray[np.bool_]
    unknown: NDArray[np.bool_]


class Values:
    """The value of every part of a plan's conditions for one row."""

    def __init__(
        self, types: Mapping[str, ColumnType], registers: Mapping[Node, int], values: Sequence[float]
    ) -> None:
        self._types = types
        self._registers = registers
        self._values = values

    def sort_of(self, node: Node) -> Sort:
        """Whether the part is a number, a text or a truth."""
        return sort_of(node, self._types.__getitem__)

    def truth(self, node: Node) -> bool | None:
        """Whether a condition holds; None where it cannot be known."""
        value = self._values[self._registers[node]]
        return None if value == machine.UNKNOWN else value == 1.0

    def read(self, node: Node) -> Value:
        """The part's value as Python has it; None where it cannot be known."""
        sort = self.sort_of(node)
        if sort == "truth":
            return self.truth(node)
        value = self._values[self._registers[node]]
        if math.isnan(value):
            return None
        if sort == "text":
            assert isinstance(node, Name)
            return dict(self._types[node.name].labels).get(int(value))
        return value


class Plan:
    """Conditions compiled together. Values come as single columns or, for the names in ``table``, as the
    columns of one row-major array, in that order."""

    def __init__(self, expressions: Sequence[Expression], type_of: TypeOf, table: Sequence[str] = ()) -> None:
        """Raises ``BadExpression`` where an expression is no condition over the names of ``type_of``."""
        for expression in expressions:
            check_condition(expression, type_of)
        names = sorted(frozenset().union(*(e.names for e in expressions)))
        self.columns = tuple(name for name in names if name not in table)
        self._types = {name: type_of(name) for name in names}
        self._places = {name: (machine.COLUMN, place) for place, name in enumerate(self.columns)}
        self._places |= {name: (machine.TABLE, place) for place, name in enumerate(table)}
        compiler = _Compiler(self._types, self._places)
        self._answers = np.array([compiler.register(e.root) for e in expressions], np.int32)
        self._registers = compiler.registers
        self._program = np.array(compiler.steps, np.int32).reshape(-1, 3)
        self._constants = np.array(compiler.constants, np.float64)
        self._lookups = _stacked(compiler.lookups)

    def run(
        self, columns: Mapping[str, NDArray[Any]], rows: int, table: NDArray[np.float64] = _NO_TABLE
    ) -> NDArray[np.uint8]:
        """``[conditions, rows]`` of ``FALSE``, ``UNKNOWN`` or ``TRUE``.

        ``columns`` has each name of ``self.columns`` with ``rows`` values: numbers (NaN is unknown), text as
        codes (one without label is unknown), conditions as booleans or as 0, 1 and NaN.
        """
        out = np.empty((len(self._answers), rows), np.uint8)
        self._run(columns, rows, table, out)
        return out

    def values(self, columns: Mapping[str, NDArray[Any]], table: NDArray[np.float64] = _NO_TABLE) -> Values:
        """Every part's value for a single row."""
        registers = self._run(columns, 1, table, np.empty((len(self._answers), 1), np.uint8))
        return Values(self._types, self._registers, registers[:, 0].tolist())

    def _run(
        self,
        columns: Mapping[str, NDArray[Any]],
        rows: int,
        table: NDArray[np.float64],
        out: NDArray[np.uint8],
    ) -> NDArray[np.float64]:
        gathered = np.empty((len(self.columns), rows), np.float64)
        for place, name in enumerate(self.columns):
            gathered[place] = columns[name]
        registers = np.empty((len(self._program), min(rows, machine.BLOCK_ROWS)), np.float64)
        machine.run(self._program, self._constants, self._lookups, table, gathered, self._answers, registers, out)
        return registers


def evaluate(
    expression: Expression, columns: Mapping[str, NDArray[Any]], types: Mapping[str, ColumnType]
) -> Truth:
    """The truth of one condition over columns of equal length. Raises ``BadExpression``."""
    rows = max((len(column) for column in columns.values()), default=1)
    answer = Plan([expression], types_in(types)).run(columns, rows)[0]
    return Truth(answer == TRUE, answer == UNKNOWN)


class _Compiler:
    """Turns trees into the machine's steps, one register for each distinct part."""

    def __init__(self, types: Mapping[str, ColumnType], places: Mapping[str, tuple[int, int]]) -> None:
        self._emitted: dict[tuple[int, int, int], int] = {}
        self.constants: list[float] = []
        self.lookups: list[_Lookup] = []
        self.registers: dict[Node, int] = {}
        self._types = types
        self._places = places

    @property
    def steps(self) -> list[tuple[int, int, int]]:
        return list(self._emitted)

    def register(self, node: Node) -> int:
        """The register that will hold the part's value."""
        if node not in self.registers:
            self.registers[node] = self._compiled(node)
        return self.registers[node]

    def _emit(self, operation: int, a: int = 0, b: int = 0) -> int:
        """The register of this step, which is added unless it is there: conditions often begin alike."""
        step = (operation, a, b)
        if step not in self._emitted:
            self._emitted[step] = len(self._emitted)
        return self._emitted[step]

    def _compiled(self, node: Node) -> int:
        match node:
            case Number(value) | Constant(value):
                self.constants.append(float(value))
                return self._emit(machine.CONSTANT, len(self.constants) - 1)
            case Name(name):
                loaded = self._emit(*self._places[name])
                return self._emit(machine.TRUTH, loaded) if self._types[name].sort == "truth" else loaded
            case Amount(minor, currency):
                return self._looked_up(CURRENCY_NAME, {currency: float(minor)}, math.nan, math.nan)
            case Not(operand):
                return self._emit(machine.NOT, self.register(operand))
            case Negative(operand):
                return self._emit(machine.NEGATIVE, self.register(operand))
            case AllOf(parts):
                return self._folded(machine.AND, parts)
            case AnyOf(parts):
                return self._folded(machine.OR, parts)
            case Compare():
                return self._comparison(node)
            case OneOf():
                return self._membership(node)
            case Arithmetic(first, rest):
                result = self.register(first)
                for operator, operand in rest:
                    result = self._emit(_ARITHMETIC[operator], result, self.register(operand))
                return result
            case Call(function, arguments):
                return self._call(function, arguments)
        raise AssertionError(node)

    def _folded(self, operation: int, parts: Sequence[Node]) -> int:
        return reduce(lambda a, b: self._emit(operation, a, b), [self.register(part) for part in parts])

    def _comparison(self, node: Compare) -> int:
        sort = sort_of(node.left, self._types.__getitem__)
        if node.operator == "!=":
            return self._emit(machine.NOT, self.register(Compare("==", node.left, node.right)))
        if sort == "text":
            name, literal = text_sides(node)
            return self._looked_up(name.name, {literal.value: 1.0}, 0.0, machine.UNKNOWN)
        left, right = self.register(node.left), self.register(node.right)
        if node.operator == "==":
            return self._emit(machine.SAME if sort == "truth" else machine.EQUAL, left, right)
        operation = machine.LESS if node.operator in "<>" else machine.LESS_EQUAL
        return self._emit(operation, *((left, right) if node.operator.startswith("<") else (right, left)))

    def _membership(self, node: OneOf) -> int:
        labels = {choice.value: 1.0 for choice in node.choices if isinstance(choice, Text)}
        if labels and isinstance(node.operand, Name):
            return self._looked_up(node.operand.name, labels, 0.0, machine.UNKNOWN)
        return self._folded(machine.OR, [Compare("==", node.operand, choice) for choice in node.choices])

    def _call(self, function: str, arguments: tuple[Node, ...]) -> int:
        if function == "between":
            value, low, high = arguments
            return self._folded(machine.AND, [Compare(">=", value, low), Compare("<=", value, high)])
        if function == "known":
            return self._known(arguments[0])
        if function == "abs":
            return self._emit(machine.ABSOLUTE, self.register(arguments[0]))
        return self._folded(machine.LEAST if function == "min" else machine.GREATEST, arguments)

    def _known(self, argument: Node) -> int:
        sort = sort_of(argument, self._types.__getitem__)
        if sort == "text" and isinstance(argument, Name):
            return self._looked_up(argument.name, {}, 1.0, 0.0)
        return self._emit(machine.KNOWN if sort == "number" else machine.KNOWN_TRUTH, self.register(argument))

    def _looked_up(self, name: str, answers: Mapping[str, float], other: float, unlabelled: float) -> int:
        """A step that answers by label: ``answers``, ``other`` for other labels, ``unlabelled`` for none."""
        by_code = {code: answers.get(label, other) for code, label in self._types[name].labels}
        self.lookups.append(_Lookup(by_code, unlabelled))
        return self._emit(machine.LOOKUP, self.register(Name(name)), len(self.lookups) - 1)


class _Lookup(NamedTuple):
    by_code: dict[int, float]
    otherwise: float


def _stacked(lookups: Sequence[_Lookup]) -> NDArray[np.float64]:
    """One row a look-up, wide enough for every code of all and one more that answers for codes without label."""
    width = 2 + max((max(lookup.by_code, default=0) for lookup in lookups), default=0)
    rows = np.empty((len(lookups), width), np.float64)
    for row, lookup in zip(rows, lookups, strict=True):
        row[:] = lookup.otherwise
        for code, answer in lookup.by_code.items():
            row[code] = answer
    return rows
