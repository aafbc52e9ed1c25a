"""Conditions over columns of values, in three-valued (Kleene) logic: true, false, or cannot be known.

Many conditions are compiled to one plan, in which every part that occurs twice is computed once. Each part is
a few numpy calls over whole columns. Numbers are float64 and NaN is the unknown number, so arithmetic carries
it by itself; a truth is two masks, ``hit`` and ``miss``, and where neither is set it is unknown. ``explain``
runs the same plan on one row, so a reason can never disagree with the decision it explains.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

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
    children,
)
from bulkhead.analysis.expression_types import (
    ColumnType,
    TypeOf,
    check_condition,
    sort_of,
    text_sides,
    types_in,
)

Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]


class Truth(NamedTuple):
    """Where a condition is true and where it is false; elsewhere it is unknown. Never both."""

    hit: Bools
    miss: Bools

    @property
    def unknown(self) -> Bools:
        return ~(self.hit | self.miss)


Column: TypeAlias = NDArray[Any] | Truth  # numbers (NaN: unknown), codes of text, or truths
_Step: TypeAlias = tuple[Callable[..., Column], tuple[int, ...]]


class Plan:
    """Conditions compiled together: each distinct part is computed once a batch."""

    def __init__(self, expressions: Sequence[Expression], type_of: TypeOf) -> None:
        """Raises ``BadExpression`` where an expression is no condition over the names of ``type_of``."""
        for expression in expressions:
            check_condition(expression, type_of)
        self.names = tuple(sorted(frozenset().union(*(e.names for e in expressions))))
        self._types = {name: type_of(name) for name in self.names}
        self._slots: dict[Node, int] = {Name(name): slot for slot, name in enumerate(self.names)}
        self._steps: list[_Step] = []
        self._answers = [self._slot(expression.root) for expression in expressions]

    def run(self, columns: Mapping[str, NDArray[Any] | Truth], rows: int) -> list[Truth]:
        """The truth of each condition over ``rows`` rows.

        ``columns`` has every name of ``names``: numbers of any dtype, text as unsigned codes of its labels (a
        code without label is unknown), conditions as booleans or, where they may be unknown, as ``Truth``.
        """
        values = self.values(columns)
        return [_whole(values[slot], rows) for slot in self._answers]

    def values(self, columns: Mapping[str, NDArray[Any] | Truth]) -> list[Column]:
        """The value of every part, by slot."""
        values = [_loaded(columns[name], self._types[name]) for name in self.names]
        with np.errstate(all="ignore"):  # what overflows or divides by zero is answered, not warned of
            for compute, inputs in self._steps:
                values.append(compute(*[values[slot] for slot in inputs]))
        return values

    def type_of(self, name: str) -> ColumnType:
        """The type of one of ``names``."""
        return self._types[name]

    def slot_of(self, node: Node) -> int:
        """Where ``values`` has a part of one of the conditions."""
        return self._slots[node]

    def _slot(self, node: Node) -> int:
        if node not in self._slots:
            compute, operands = self._computation(node)
            inputs = tuple(self._slot(operand) for operand in operands)
            self._steps.append((compute, inputs))
            self._slots[node] = len(self.names) + len(self._steps) - 1
        return self._slots[node]

    def _computation(self, node: Node) -> tuple[Callable[..., Column], tuple[Node, ...]]:
        """The function that gives the node's value and the nodes whose values it takes."""
        match node:
            case Number(value) | Constant(value):
                return _constantly(value), ()
            case Amount(minor, currency):
                return self._amount(minor, currency), (Name(CURRENCY_NAME),)
            case Compare(operator, left, right):
                return self._comparison(node, operator, left, right)
            case OneOf(Name() as name, choices) if isinstance(choices[0], Text):
                return self._label_test(name, {c.value for c in choices if isinstance(c, Text)}), (name,)
            case OneOf(operand, choices):
                return _equals_any, (operand, *choices)
            case Arithmetic(_, rest):
                return _arithmetic(tuple(operator for operator, _ in rest)), children(node)
            case Call("known", (Name(name) as argument,)) if self._types[name].sort == "text":
                return self._label_test(argument, {label for _, label in self._types[name].labels}, True), (
                    argument,
                )
            case Call(function):
                return _FUNCTIONS[function], children(node)
            case Not() | Negative() | AllOf() | AnyOf():
                return _CONNECTIVES[type(node)], children(node)
        raise AssertionError(node)

    def _comparison(
        self, node: Compare, operator: str, left: Node, right: Node
    ) -> tuple[Callable[..., Column], tuple[Node, ...]]:
        sort = sort_of(left, self._types.__getitem__)
        if sort == "text":
            name, literal = text_sides(node)
            test = self._label_test(name, {literal.value})
            return (test if operator == "==" else lambda codes: _not(test(codes))), (name,)
        if sort == "truth":
            return (_same if operator == "==" else lambda a, b: _not(_same(a, b))), (left, right)
        return _COMPARISONS[operator], (left, right)

    def _label_test(
        self, name: Name, labels: set[str], misses_unlabelled: bool = False
    ) -> Callable[[NDArray[Any]], Truth]:
        """Whether a code means one of ``labels``: two tables with a last entry for codes without label."""
        known = self._types[name.name].labels
        size = 2 + max(code for code, _ in known)
        hit, miss = np.zeros(size, np.bool_), np.full(size, misses_unlabelled)
        for code, label in known:
            hit[code], miss[code] = label in labels, label not in labels
        return lambda codes: Truth(np.take(hit, codes, mode="clip"), np.take(miss, codes, mode="clip"))

    def _amount(self, minor: int, currency: str) -> Callable[[NDArray[Any]], Floats]:
        table = currency_table({currency: minor}, self._types[CURRENCY_NAME])
        return lambda codes: np.take(table, codes, mode="clip")


def evaluate(
    expression: Expression, columns: Mapping[str, NDArray[Any] | Truth], types: Mapping[str, ColumnType]
) -> Truth:
    """The truth of one condition over columns of equal length. Raises ``BadExpression``."""
    first = next(iter(columns.values()))
    rows = len(first.hit) if isinstance(first, Truth) else len(first)
    return Plan([expression], types_in(types)).run(columns, rows)[0]


def currency_table(minor: Mapping[str, int], currency_type: ColumnType) -> Floats:
    """Amounts by currency code, NaN for a currency without one; to be read with ``mode="clip"``."""
    table = np.full(2 + max(code for code, _ in currency_type.labels), np.nan)
    for code, label in currency_type.labels:
        table[code] = minor.get(label, np.nan)
    return table


def _loaded(column: NDArray[Any] | Truth, kind: ColumnType) -> Column:
    if isinstance(column, Truth) or kind.sort == "text":
        return column
    if kind.sort == "truth":
        hit = column.astype(np.bool_, copy=False)
        return Truth(hit, ~hit)
    return column.astype(np.float64, copy=False)


def _whole(value: Column, rows: int) -> Truth:
    """The truth over all rows; a condition without columns is a single truth until here."""
    assert isinstance(value, Truth)
    if np.shape(value.hit) == (rows,):
        return value
    return Truth(np.broadcast_to(value.hit, rows), np.broadcast_to(value.miss, rows))


def _constantly(value: float | bool) -> Callable[[], Column]:
    if isinstance(value, bool):
        truth = Truth(np.array(value), np.array(not value))
        return lambda: truth
    number = np.array(value, np.float64)
    return lambda: number


def _not(a: Truth) -> Truth:
    return Truth(a.miss, a.hit)


def _all_of(*parts: Truth) -> Truth:
    return Truth(reduce(np.logical_and, [p.hit for p in parts]), reduce(np.logical_or, [p.miss for p in parts]))


def _any_of(*parts: Truth) -> Truth:
    return Truth(reduce(np.logical_or, [p.hit for p in parts]), reduce(np.logical_and, [p.miss for p in parts]))


def _same(a: Truth, b: Truth) -> Truth:
    return Truth(a.hit & b.hit | a.miss & b.miss, a.hit & b.miss | a.miss & b.hit)


def _equal(a: Floats, b: Floats) -> Truth:
    return Truth(np.equal(a, b), np.less(a, b) | np.greater(a, b))


def _equals_any(a: Floats, *choices: Floats) -> Truth:
    return _any_of(*(_equal(a, choice) for choice in choices))


def _between(a: Floats, low: Floats, high: Floats) -> Truth:
    return _all_of(_COMPARISONS[">="](a, low), _COMPARISONS["<="](a, high))


def _known(a: Column) -> Truth:
    if isinstance(a, Truth):
        return Truth(a.hit | a.miss, a.unknown)
    return Truth(np.equal(a, a), np.not_equal(a, a))


def _divide(a: Floats, b: Floats) -> Floats:
    return np.where(b == 0, np.nan, np.divide(a, b))


# A comparison with NaN is false in either mask, which makes it unknown without a word about NaN.
_COMPARISONS: dict[str, Callable[[Floats, Floats], Truth]] = {
    "==": _equal,
    "!=": lambda a, b: _not(_equal(a, b)),
    "<": lambda a, b: Truth(np.less(a, b), np.greater_equal(a, b)),
    "<=": lambda a, b: Truth(np.less_equal(a, b), np.greater(a, b)),
    ">": lambda a, b: Truth(np.greater(a, b), np.less_equal(a, b)),
    ">=": lambda a, b: Truth(np.greater_equal(a, b), np.less(a, b)),
}
_ARITHMETIC: dict[str, Callable[[Floats, Floats], Floats]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": _divide,
}
_FUNCTIONS: dict[str, Callable[..., Column]] = {
    "min": lambda *values: reduce(np.minimum, values),
    "max": lambda *values: reduce(np.maximum, values),
    "abs": np.abs,
    "known": _known,
    "between": _between,
}
_CONNECTIVES: dict[type[Node], Callable[..., Column]] = {
    Not: _not,
    Negative: np.negative,
    AllOf: _all_of,
    AnyOf: _any_of,
}


def _arithmetic(operators: tuple[str, ...]) -> Callable[..., Floats]:
    def compute(value: Floats, *operands: Floats) -> Floats:
        for operator, operand in zip(operators, operands, strict=True):
            value = _ARITHMETIC[operator](value, operand)
        return value

    return compute
