"""Expressions as trees of plain data, and the one text of each tree.

A node compares by what it says, not by where it was written, so that equal parts of many expressions are one
part: ``analysis.evaluation`` computes each once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from bulkhead.kernel.money import format_minor


@dataclass(frozen=True, slots=True)
class Number:
    value: float
    written: str = field(compare=False)  # with its unit: 900 and 15min are one number
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Amount:
    """Money of one currency, in minor units."""

    minor: int
    currency: str
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Text:
    value: str
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Constant:
    value: bool
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Name:
    name: str
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    operand: Node
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Negative:
    operand: Node
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class AllOf:
    parts: tuple[Node, ...]
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: tuple[Node, ...]
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Compare:
    operator: str
    left: Node
    right: Node
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class OneOf:
    operand: Node
    choices: tuple[Node, ...]  # literals
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """``first`` and then, from left to right, an operator with its operand; one precedence in each node."""

    first: Node
    rest: tuple[tuple[str, Node], ...]
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    function: str
    arguments: tuple[Node, ...]
    column: int = field(default=0, compare=False)


Node = (
    Number | Amount | Text | Constant | Name | Not | Negative | AllOf | AnyOf | Compare | OneOf | Arithmetic | Call
)


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed text. Two texts that differ only in spacing or needless brackets are equal."""

    root: Node
    text: str  # canonical: ``parse(text) == self``
    names: frozenset[str]  # the values it reads


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below, in the order written."""
    match node:
        case Not(operand) | Negative(operand):
            return (operand,)
        case AllOf(parts) | AnyOf(parts):
            return parts
        case Compare(_, left, right):
            return (left, right)
        case OneOf(operand, choices):
            return (operand, *choices)
        case Arithmetic(first, rest):
            return (first, *(operand for _, operand in rest))
        case Call(_, arguments):
            return arguments
    return ()


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it, parents first."""
    yield node
    for child in children(node):
        yield from walk(child)


# How tightly a node holds its parts together; looser parts inside need brackets.
_ANY, _ALL, _NOT, _COMPARE, _SUM, _PRODUCT, _SIGN, _ATOM = range(8)


def show(node: Node) -> str:
    """The canonical text of a tree: single spaces, only the brackets that are needed."""
    return _shown(node, _ANY)


def _shown(node: Node, tightness_min: int) -> str:
    tightness, text = _written(node)
    return text if tightness >= tightness_min else f"({text})"


def _written(node: Node) -> tuple[int, str]:
    match node:
        case AnyOf(parts):
            return _ANY, " or ".join(_shown(part, _ALL) for part in parts)
        case AllOf(parts):
            return _ALL, " and ".join(_shown(part, _NOT) for part in parts)
        case Not(operand):
            return _NOT, f"not {_shown(operand, _NOT)}"
        case Compare(operator, left, right):
            return _COMPARE, f"{_shown(left, _SUM)} {operator} {_shown(right, _SUM)}"
        case OneOf(operand, choices):
            return _COMPARE, f"{_shown(operand, _SUM)} in ({', '.join(map(show, choices))})"
        case Arithmetic(first, rest):
            tightness = _SUM if rest[0][0] in "+-" else _PRODUCT
            terms = [f" {operator} {_shown(operand, tightness + 1)}" for operator, operand in rest]
            return tightness, _shown(first, tightness + 1) + "".join(terms)
        case Negative(operand):
            return _SIGN, f"-{_shown(operand, _SIGN)}"
        case Call(function, arguments):
            return _ATOM, f"{function}({', '.join(map(show, arguments))})"
    return _ATOM, _atom(node)


def _atom(node: Node) -> str:
    match node:
        case Name(name):
            return name
        case Number(_, written):
            return written
        case Amount(minor, currency):
            whole, _, places = format_minor(minor, currency).replace(",", "").partition(".")
            return f"{whole}.{places} {currency}" if places.strip("0") else f"{whole} {currency}"
        case Text(value):
            return f"'{value}'"
        case Constant(value):
            return "true" if value else "false"
    raise AssertionError(node)
