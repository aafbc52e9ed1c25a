"""What kind of value each name has, and whether an expression makes sense of them.

Checking is apart from parsing because the same text may be read against different vocabularies: the decision
knows the columns of a movement, another room those of a company.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from bulkhead.analysis.expression import ARGUMENT_COUNTS
from bulkhead.analysis.expression_tokens import BadExpression
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
from bulkhead.kernel.errors import BadInput

Sort = Literal["number", "text", "truth"]
_ARTICLE = {"number": "a number", "text": "a text", "truth": "a condition"}


@dataclass(frozen=True, slots=True)
class ColumnType:
    """The sort of a column. A text column holds unsigned codes; ``labels`` says what each known code means."""

    sort: Sort
    labels: tuple[tuple[int, str], ...] = ()

    def code_of(self, label: str) -> int:
        """The code of a label; for a text that is none, a code without label, which is unknown."""
        unlabelled = 1 + max(code for code, _ in self.labels)
        return {name: code for code, name in self.labels}.get(label, unlabelled)


NUMBER = ColumnType("number")
TRUTH = ColumnType("truth")


def text_type(labels: Mapping[int, str]) -> ColumnType:
    """The type of a text column whose codes mean these labels."""
    assert all(code >= 0 for code in labels), "text codes are unsigned"
    return ColumnType("text", tuple(sorted(labels.items())))


TypeOf = Callable[[str], ColumnType]  # raises BadInput for a name it does not know


def types_in(types: Mapping[str, ColumnType]) -> TypeOf:
    """Look-up in a fixed vocabulary; an unknown name is answered with its near matches."""

    def type_of(name: str) -> ColumnType:
        if name not in types:
            raise BadInput(unknown_name(name, types))
        return types[name]

    return type_of


def unknown_name(name: str, known: Mapping[str, object]) -> str:
    """The sentence for a name nobody knows, with near matches where there are any."""
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.7)
    return f"there is no value named {name!r}" + (f"; did you mean {' or '.join(near)}?" if near else "")


def check_condition(expression: Expression, type_of: TypeOf) -> None:
    """Make sure that the expression is a condition over known names. Raises ``BadExpression``."""
    _expect(expression.root, "truth", type_of)


def sort_of(node: Node, type_of: TypeOf) -> Sort:
    """What the node gives, all its parts having been checked. Raises ``BadExpression``."""
    match node:
        case Number() | Amount():
            return "number"
        case Text():
            return "text"
        case Constant():
            return "truth"
        case Name():
            return _name_type(node, type_of).sort
        case Compare():
            return _compared(node, type_of)
        case OneOf():
            return _chosen(node, type_of)
        case Call():
            return _called(node, type_of)
        case Arithmetic() | Negative():
            return _expect_all(node, "number", type_of)
        case Not() | AllOf() | AnyOf():
            return _expect_all(node, "truth", type_of)


def _expect(node: Node, sort: Sort, type_of: TypeOf) -> None:
    found = sort_of(node, type_of)
    if found != sort:
        raise BadExpression(node.column, f"expected {_ARTICLE[sort]} here, found {_ARTICLE[found]}")


def _expect_all(node: Node, sort: Sort, type_of: TypeOf) -> Sort:
    for child in children(node):
        _expect(child, sort, type_of)
    return sort


def _name_type(node: Name, type_of: TypeOf) -> ColumnType:
    if node.name in ARGUMENT_COUNTS:
        raise BadExpression(node.column, f"{node.name!r} is a function; write {node.name}(...)")
    try:
        return type_of(node.name)
    except BadInput as error:
        raise BadExpression(node.column, str(error)) from None


def _compared(node: Compare, type_of: TypeOf) -> Sort:
    left, right = sort_of(node.left, type_of), sort_of(node.right, type_of)
    if left != right:
        raise BadExpression(node.column, f"cannot compare {_ARTICLE[left]} with {_ARTICLE[right]}")
    if left != "number" and node.operator not in ("==", "!="):
        raise BadExpression(node.column, f"{_ARTICLE[left]} is only compared with == or !=")
    if left == "text":
        name, literal = text_sides(node)
        _known_label(name, literal, type_of)
    return "truth"


def text_sides(node: Compare) -> tuple[Name, Text]:
    """The column and the literal of a comparison of texts. Raises ``BadExpression`` for any other pair."""
    match node.left, node.right:
        case (Name() as name, Text() as literal) | (Text() as literal, Name() as name):
            return name, literal
    raise BadExpression(node.column, "a text is compared with one quoted text, such as kind == 'fee'")


def _chosen(node: OneOf, type_of: TypeOf) -> Sort:
    sort = sort_of(node.operand, type_of)
    if sort == "truth":
        raise BadExpression(node.column, "'in' needs a number or a text on its left, found a condition")
    for choice in node.choices:
        _expect(choice, sort, type_of)
        if isinstance(choice, Text):
            if not isinstance(node.operand, Name):
                raise BadExpression(node.column, "a text is compared by its name, such as kind in ('fee', 'bid')")
            _known_label(node.operand, choice, type_of)
    return "truth"


def _known_label(name: Name, literal: Text, type_of: TypeOf) -> None:
    labels = {label for _, label in _name_type(name, type_of).labels}
    if literal.value not in labels:
        known = ", ".join(sorted(labels))
        raise BadExpression(literal.column, f"{name.name} is never {literal.value!r}; expected one of {known}")


def _called(node: Call, type_of: TypeOf) -> Sort:
    if node.function == "known":
        sort_of(node.arguments[0], type_of)
        return "truth"
    _expect_all(node, "number", type_of)
    return "truth" if node.function == "between" else "number"
