"""A second implementation of the expression language's meaning, one row at a time, with None for unknown.

Written from the language's description and sharing nothing with the machine, so that the two can disagree.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from hypothesis import strategies as st

from bulkhead.analysis.evaluation import Value
from bulkhead.analysis.expression_tree import (
    AllOf,
    Amount,
    AnyOf,
    Arithmetic,
    Call,
    Compare,
    Constant,
    Name,
    Negative,
    Node,
    Not,
    Number,
    OneOf,
    Text,
)
from bulkhead.analysis.expression_types import NUMBER, TRUTH, ColumnType, text_type

TYPES: dict[str, ColumnType] = {
    "x": NUMBER,
    "y": NUMBER,
    "z": NUMBER,
    "p": TRUTH,
    "q": TRUTH,
    "kind": text_type({1: "fee", 2: "bid", 7: "own"}),
    "currency": text_type({156: "CNY", 978: "EUR"}),
}
_CHOICES: dict[str, tuple[Value, ...]] = {
    "number": (None, -1.0, 0.0, 0.5, 1.0, 2.0, 3.0, 1e300),
    "truth": (None, True, False),
    "kind": (None, "fee", "bid", "own"),
    "currency": (None, "CNY", "EUR"),
}


def value(node: Node, row: Mapping[str, Value]) -> Value:
    """What the node gives for a row."""
    match node:
        case Number(number):
            return number
        case Text(text):
            return text
        case Constant(truth):
            return truth
        case Name(name):
            return row[name]
        case Amount(minor, currency):
            return float(minor) if row["currency"] == currency else None
        case Not(operand):
            return _not(value(operand, row))
        case AllOf(parts):
            return _all([value(part, row) for part in parts])
        case AnyOf(parts):
            return _not(_all([_not(value(part, row)) for part in parts]))
        case Compare(operator, left, right):
            return _compare(operator, value(left, row), value(right, row))
        case OneOf(operand, choices):
            found = value(operand, row)
            return None if found is None else found in [value(choice, row) for choice in choices]
        case Call("known", (argument,)):
            return value(argument, row) is not None
    return _number(node, row)


def _number(node: Node, row: Mapping[str, Value]) -> Value:
    match node:
        case Negative(operand):
            result = _calculated("*", value(operand, row), -1.0)
        case Arithmetic(first, rest):
            result = value(first, row)
            for operator, operand in rest:
                result = _calculated(operator, result, value(operand, row))
        case Call("between", (number, low, high)):
            least = _compare(">=", value(number, row), value(low, row))
            return _all([least, _compare("<=", value(number, row), value(high, row))])
        case Call(function, arguments):
            values = [value(argument, row) for argument in arguments]
            numbers = [number for number in values if isinstance(number, float)]
            if len(numbers) < len(values):
                return None
            if function == "abs":
                return abs(numbers[0])
            return min(numbers) if function == "min" else max(numbers)
        case _:
            raise AssertionError(node)
    return result


def _calculated(operator: str, a: Value, b: Value) -> Value:
    if not isinstance(a, float) or not isinstance(b, float) or (operator == "/" and b == 0):
        return None
    result = {"+": a + b, "-": a - b, "*": a * b}[operator] if operator != "/" else a / b
    return None if math.isnan(result) else result


def _compare(operator: str, a: Value, b: Value) -> Value:
    if a is None or b is None:
        return None
    if operator in ("==", "!="):
        return (a == b) == (operator == "==")
    assert isinstance(a, float)
    assert isinstance(b, float)
    return {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[operator]


def _all(values: list[Value]) -> Value:
    return False if False in values else None if None in values else True


def _not(truth: Value) -> Value:
    return None if truth is None else not truth


def rows() -> st.SearchStrategy[dict[str, Value]]:
    """A value or None for every name."""
    return st.fixed_dictionaries(
        {name: st.sampled_from(_CHOICES.get(name, _CHOICES.get(kind.sort, ()))) for name, kind in TYPES.items()}
    )


def conditions() -> st.SearchStrategy[Node]:
    """Conditions over ``TYPES``, of every kind the language has."""
    numbers = st.recursive(_number_leaves(), _number_branches, max_leaves=6)
    return st.recursive(_truth_leaves(numbers), _truth_branches, max_leaves=8)


def _number_leaves() -> st.SearchStrategy[Node]:
    literals = st.sampled_from([("0", 0.0), ("0.5", 0.5), ("1", 1.0), ("2", 2.0), ("3s", 3.0)])
    return st.one_of(
        st.sampled_from("xyz").map(Name),
        literals.map(lambda pair: Number(pair[1], pair[0])),
        st.sampled_from([Amount(1, "CNY"), Amount(200, "EUR")]),
    )


def _number_branches(numbers: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    def chain(operators: str) -> st.SearchStrategy[Node]:
        step = st.tuples(st.sampled_from(operators), numbers)
        return st.builds(Arithmetic, numbers, st.lists(step, min_size=1, max_size=3).map(tuple))

    several = st.lists(numbers, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        chain("+-"),
        chain("*/"),
        numbers.map(Negative),
        st.builds(Call, st.sampled_from(["min", "max"]), several),
        numbers.map(lambda number: Call("abs", (number,))),
    )


def _truth_leaves(numbers: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    kinds = st.sampled_from([Text("fee"), Text("bid"), Text("own")])
    literals = st.sampled_from([Number(1.0, "1"), Number(2.0, "2")])
    return st.one_of(
        st.sampled_from("pq").map(Name),
        st.booleans().map(Constant),
        st.builds(Compare, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), numbers, numbers),
        st.builds(Compare, st.sampled_from(["==", "!="]), st.just(Name("kind")), kinds),
        st.builds(OneOf, st.just(Name("kind")), st.lists(kinds, min_size=1, max_size=3).map(tuple)),
        st.builds(OneOf, numbers, st.lists(literals, min_size=1, max_size=2).map(tuple)),
        st.tuples(numbers, numbers, numbers).map(lambda three: Call("between", three)),
        st.one_of(numbers, st.sampled_from([Name("kind"), Name("p")])).map(lambda one: Call("known", (one,))),
    )


def _truth_branches(truths: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(truths, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        truths.map(Not),
        st.builds(AllOf, several),
        st.builds(AnyOf, several),
        st.builds(Compare, st.sampled_from(["==", "!="]), truths, truths),
    )
