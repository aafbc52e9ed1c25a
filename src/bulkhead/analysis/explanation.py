"""Why a condition holds for one row, does not, or cannot be known: the tree of its parts with their values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bulkhead.analysis.evaluation import Plan, Truth
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
    Node,
    Not,
    OneOf,
    Text,
    children,
    show,
    walk,
)
from bulkhead.analysis.expression_types import ColumnType, TypeOf
from bulkhead.kernel.reasons import Fact, Reason, Words

Value = float | str | bool | None


class Description(NamedTuple):
    """What a person calls a value, and its unit as ``kernel.reasons.Fact`` has it."""

    words: Words
    unit: str = ""


Describe = Callable[[str], Description]


def by_name(name: str) -> Description:
    """The description of a value nobody has described: its name."""
    return Description(Words(name, name))


def explain(
    expression: Expression, values: Mapping[str, Value], type_of: TypeOf, describe: Describe = by_name
) -> Reason:
    """The reason tree of a condition for one row.

    Computed by the same plan that decides batches. A name missing from ``values`` is unknown. Raises
    ``BadExpression`` where the expression is no condition over the names of ``type_of``.
    """
    plan = Plan([expression], type_of)
    columns = {name: one_row(values.get(name), type_of(name)) for name in plan.names}
    return Explanation(plan, columns, describe).reason(expression)


def one_row(value: Value, kind: ColumnType) -> NDArray[Any] | Truth:
    """A column of one row. A text that is no label of the column is as unknown as None."""
    if kind.sort == "truth":
        return Truth(np.array([value is not None and bool(value)]), np.array([value is not None and not value]))
    if kind.sort == "number":
        return np.array([np.nan if value is None else value], np.float64)
    return np.array([kind.code_of(str(value))], np.uint32)


class Explanation:
    """Reads the values that a plan computes for one row back into trees of its conditions' parts."""

    def __init__(
        self, plan: Plan, columns: Mapping[str, NDArray[Any] | Truth], describe: Describe = by_name
    ) -> None:
        self._plan = plan
        self._values = plan.values(columns)
        self._describe = describe

    def reason(self, expression: Expression) -> Reason:
        """The tree of one of the plan's conditions."""
        return self._reason(expression.root)

    def _reason(self, node: Node) -> Reason:
        parts = [part for part in children(node) if self._is_truth(part)]
        text = show(node)
        return Reason(
            code=_CODES[type(node)],
            label=Words(text, text),
            outcome=self._outcome(node),
            facts=() if parts else tuple(self._facts(node)),
            children=tuple(self._reason(part) for part in parts),
        )

    def _is_truth(self, node: Node) -> bool:
        return not isinstance(node, Text) and isinstance(self._values[self._plan.slot_of(node)], Truth)

    def _outcome(self, node: Node) -> bool | None:
        truth = self._values[self._plan.slot_of(node)]
        assert isinstance(truth, Truth)
        return True if truth.hit.all() else False if truth.miss.all() else None

    def _facts(self, node: Node) -> Iterator[Fact]:
        """The values a condition without sub-conditions read, and those it computed from them."""
        for part in walk(node):
            if isinstance(part, Name):
                words, unit = self._describe(part.name)
                yield Fact(part.name, words, self._read(part), unit)
            elif part is not node and isinstance(part, Arithmetic | Call):
                text = show(part)
                yield Fact(text, Words(text, text), self._read(part), self._unit(part))

    def _read(self, node: Node) -> Value:
        value = self._values[self._plan.slot_of(node)]
        if isinstance(value, Truth):
            return self._outcome(node)
        if isinstance(node, Name) and self._plan.type_of(node.name).sort == "text":
            return dict(self._plan.type_of(node.name).labels).get(int(value[0]))
        number = float(np.ravel(value)[0])
        return None if np.isnan(number) else number

    def _unit(self, node: Node) -> str:
        """The unit of a computed value: kept by sums, dropped by ratios of equal units, else unnamed."""
        match node:
            case Name(name):
                return self._describe(name).unit
            case Amount(_, currency):
                return currency
            case Arithmetic(first, rest):
                unit = self._unit(first)
                for operator, operand in rest:
                    unit = _combined(unit, operator, self._unit(operand))
                return unit
        return next((unit for unit in map(self._unit, children(node)) if unit), "")


def _combined(left: str, operator: str, right: str) -> str:
    if operator == "/":
        return left if not right else ""
    if operator == "*" and left and right:
        return ""
    return left or right


_CODES: dict[type[Node], str] = {
    AllOf: "all_of",
    AnyOf: "any_of",
    Not: "not",
    Compare: "comparison",
    OneOf: "membership",
    Call: "test",
    Name: "condition",
    Constant: "constant",
}
