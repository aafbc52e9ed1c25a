"""The expression language: readable conditions over named values, parsed to a tree of plain data.

    debit_class == 'client' and payer.count_1h >= 12 and amount > 3 * payer.mean_30d

``or``, ``and``, ``not``; ``== != < <= > >=`` and ``in ('a', 'b')``; ``+ - * /``; ``min max abs known between``.
Numbers may be durations (``15min``, ``2h``, ``3d``: seconds) or money (``50_000 CNY``: minor units, known only
on rows of that currency). Nothing is ever executed: a text is either a tree within fixed bounds or a
``BadExpression`` that names the column and what was expected there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from bulkhead.analysis.expression_tokens import BadExpression, Token, tokens
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
    show,
    walk,
)
from bulkhead.kernel.money import CURRENCIES, parse_minor

__all__ = ["ARGUMENT_COUNTS", "CURRENCY_NAME", "NESTING_MAX", "NUMBER_MAX", "BadExpression", "Expression", "parse"]

NESTING_MAX = 20
NUMBER_MAX = 2**53  # beyond it a float no longer holds every integer
TEXT_LITERAL_CHARS_MAX = 128
COMPARISONS = ("==", "!=", "<=", ">=", "<", ">")
UNIT_SECONDS = {"s": 1, "min": 60, "h": 3_600, "d": 86_400}
CURRENCY_NAME = "currency"  # the column that money literals read
ARGUMENT_COUNTS = {"min": (2, 8), "max": (2, 8), "abs": (1, 1), "known": (1, 1), "between": (3, 3)}

_Rule: TypeAlias = Callable[[], Node]


def parse(text: str) -> Expression:
    """The expression of a text. Raises ``BadExpression`` with the column and what was expected there."""
    parser = _Parser(tokens(text))
    root = parser.disjunction()
    if parser.token.kind != "end":
        raise parser.expected("'and', 'or' or the end")
    names = {node.name for node in walk(root) if isinstance(node, Name)}
    if any(isinstance(node, Amount) for node in walk(root)):
        names.add(CURRENCY_NAME)
    return Expression(root, show(root), frozenset(names))


class _Parser:
    """Recursive descent, one method a precedence, loosest first."""

    def __init__(self, found: list[Token]) -> None:
        self._tokens = found
        self._index = 0
        self._nesting = 0

    @property
    def token(self) -> Token:
        return self._tokens[self._index]

    def expected(self, what: str) -> BadExpression:
        return BadExpression(self.token.column, f"expected {what}, found {self.token}")

    def disjunction(self) -> Node:
        return self._joined("or", AnyOf, self._conjunction)

    def _conjunction(self) -> Node:
        return self._joined("and", AllOf, self._negation)

    def _joined(self, keyword: str, build: type[AllOf | AnyOf], operand: _Rule) -> Node:
        column = self.token.column
        parts = [operand()]
        while self._took(keyword):
            parts.append(operand())
        return parts[0] if len(parts) == 1 else build(tuple(parts), column)

    def _negation(self) -> Node:
        column = self.token.column
        if not self._took("not"):
            return self._comparison()
        return Not(self._nested(self._negation), column)

    def _comparison(self) -> Node:
        left = self._sum()
        token = self.token
        if self._took("in"):
            return OneOf(left, self._choices(), token.column)
        if token.text not in COMPARISONS:
            return left
        self._index += 1
        right = self._sum()
        if self.token.text in (*COMPARISONS, "in"):
            raise BadExpression(
                self.token.column, "comparisons do not chain; write a < b and b < c, or between(x, a, b)"
            )
        return Compare(token.text, left, right, token.column)

    def _choices(self) -> tuple[Node, ...]:
        self._take("(")
        choices = [self._literal()]
        while self._took(","):
            choices.append(self._literal())
        self._take(")")
        return tuple(choices)

    def _literal(self) -> Node:
        if self.token.kind not in ("number", "text"):
            raise self.expected("a 'text' or a number")
        return self._primary()

    def _sum(self) -> Node:
        return self._chain(("+", "-"), self._product)

    def _product(self) -> Node:
        return self._chain(("*", "/"), self._signed)

    def _chain(self, operators: tuple[str, str], operand: _Rule) -> Node:
        column = self.token.column
        first = operand()
        rest: list[tuple[str, Node]] = []
        while self.token.text in operators and self.token.kind == "symbol":
            operator = self.token.text
            self._index += 1
            rest.append((operator, operand()))
        return Arithmetic(first, tuple(rest), column) if rest else first

    def _signed(self) -> Node:
        column = self.token.column
        if not self._took("-"):
            return self._primary()
        return Negative(self._nested(self._signed), column)

    def _primary(self) -> Node:
        token = self.token
        if token.kind not in ("number", "text", "name") and token.text not in ("true", "false", "("):
            raise self.expected("a name, a number, a 'text' or '('")
        self._index += 1
        if token.kind == "number":
            return self._number(token)
        if token.kind == "text":
            return _text_literal(token)
        if token.text == "(":
            inner = self._nested(self.disjunction)
            self._take(")")
            return inner
        if token.kind == "keyword":
            return Constant(token.text == "true", token.column)
        return self._call(token) if self._took("(") else Name(token.text, token.column)

    def _number(self, token: Token) -> Node:
        digits = _plain_digits(token.text)
        unit = token.unit
        if not unit and self.token.kind == "currency":
            unit = self.token.text
            self._index += 1
        if unit.isupper():
            return _amount(token, digits, unit)
        if unit and unit not in UNIT_SECONDS:
            known = ", ".join(UNIT_SECONDS)
            raise BadExpression(token.column, f"{token} has no unit of this language; expected one of {known}")
        value = float(digits) * UNIT_SECONDS.get(unit, 1)
        if value > NUMBER_MAX:
            raise BadExpression(token.column, f"{token} is too large; at most {NUMBER_MAX:,}")
        return Number(value, digits + unit, token.column)

    def _call(self, token: Token) -> Node:
        if token.text not in ARGUMENT_COUNTS:
            known = ", ".join(sorted(ARGUMENT_COUNTS))
            raise BadExpression(token.column, f"there is no function {token}; expected one of {known}")
        arguments = [self._nested(self.disjunction)]
        while self._took(","):
            arguments.append(self._nested(self.disjunction))
        self._take(")")
        least, most = ARGUMENT_COUNTS[token.text]
        if not least <= len(arguments) <= most:
            count = f"{least}" if least == most else f"{least} to {most}"
            raise BadExpression(token.column, f"{token.text} takes {count} values, found {len(arguments)}")
        return Call(token.text, tuple(arguments), token.column)

    def _nested(self, rule: _Rule) -> Node:
        if self._nesting == NESTING_MAX:
            raise BadExpression(self.token.column, f"the expression nests deeper than {NESTING_MAX} levels")
        self._nesting += 1
        node = rule()
        self._nesting -= 1
        return node

    def _took(self, text: str) -> bool:
        token = self.token
        if token.text != text or token.kind not in ("symbol", "keyword"):
            return False
        self._index += 1
        return True

    def _take(self, text: str) -> None:
        if not self._took(text):
            raise self.expected(f"'{text}'")


def _amount(token: Token, digits: str, currency: str) -> Node:
    if currency not in CURRENCIES:
        known = ", ".join(sorted(CURRENCIES))
        raise BadExpression(token.column, f"{currency[:40]!r} is not a currency of this house; expected {known}")
    try:
        minor = parse_minor(digits, currency)
    except ValueError as error:
        raise BadExpression(token.column, str(error)) from None
    if minor > NUMBER_MAX:
        raise BadExpression(token.column, f"{token} is too large; at most {NUMBER_MAX:,} minor units")
    return Amount(minor, currency, token.column)


def _text_literal(token: Token) -> Node:
    value = token.text[1:-1]
    if len(value) > TEXT_LITERAL_CHARS_MAX:
        raise BadExpression(token.column, f"a quoted text has at most {TEXT_LITERAL_CHARS_MAX} characters")
    return Text(value, token.column)


def _plain_digits(text: str) -> str:
    """``007_00.50`` as ``700.5``: one spelling a number."""
    whole, _, places = text.replace("_", "").partition(".")
    places = places.rstrip("0")
    return (whole.lstrip("0") or "0") + (f".{places}" if places else "")
