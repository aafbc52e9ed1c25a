"""Why a condition holds for one row, does not, or cannot be known: the tree of its parts with their values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bulkhead.analysis.evaluation import Plan, Value, Values
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
    children,
    show,
    walk,
)
from bulkhead.analysis.expression_types import ColumnType, TypeOf
from bulkhead.kernel.reasons import Fact, Reason, Words


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

    Computed by the same machine that decides batches. A name missing from ``values`` is unknown, and so is a
    text that is no label of its column. Raises ``BadExpression`` where the expression is no condition over the
    names of ``type_of``.
    """
    plan = Plan([expression], type_of)
    columns = {name: _one_row(values.get(name), type_of(name)) for name in plan.columns}
    return reason_tree(expression, plan.values(columns), describe)


def reason_tree(expression: Expression, values: Values, describe: Describe = by_name) -> Reason:
    """The reason tree of one of a plan's conditions, from the values of one row."""
    return _reason(expression.root, values, describe)


def _one_row(value: Value, kind: ColumnType) -> NDArray[Any]:
    if isinstance(value, str):
        value = kind.code_of(value) if kind.sort == "text" else None
    return np.array([np.nan if value is None else value], np.float64)


def _reason(node: Node, values: Values, describe: Describe) -> Reason:
    parts = [part for part in children(node) if values.sort_of(part) == "truth"]
    text = show(node)
    return Reason(
        code=_CODES[type(node)],
        label=Words(text, text),
        outcome=values.truth(node),
        facts=() if parts else tuple(_facts(node, values, describe)),
        children=tuple(_reason(part, values, describe) for part in parts),
    )


def _facts(node: Node, values: Values, describe: Describe) -> Iterator[Fact]:
    """The values a condition without sub-conditions read, and those it computed from them."""
    for part in walk(node):
        if isinstance(part, Name):
            words, unit = describe(part.name)
            yield Fact(part.name, words, values.read(part), unit)
        elif part is not node and isinstance(part, Arithmetic | Call):
            text = show(part)
            yield Fact(text, Words(text, text), values.read(part), _unit(part, describe))


def _unit(node: Node, describe: Describe) -> str:
    """The unit of a computed value: kept by sums, dropped by ratios of equal units, else unnamed."""
    match node:
        case Name(name):
            return describe(name).unit
        case Amount(_, currency):
            return currency
        case Arithmetic(first, rest):
            unit = _unit(first, describe)
            for operator, operand in rest:
                unit = _combined(unit, operator, _unit(operand, describe))
            return unit
    return next((unit for unit in (_unit(child, describe) for child in children(node)) if unit), "")


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
