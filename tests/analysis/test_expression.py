"""Parsing: what the language accepts, how it says no, and that no text can hurt it."""

from __future__ import annotations

import time

import pytest
from expression_oracle import conditions
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bulkhead.analysis.expression import NESTING_MAX, BadExpression, Expression, parse
from bulkhead.analysis.expression_tokens import TEXT_CHARS_MAX
from bulkhead.analysis.expression_tree import Amount, Node, Number, show, walk


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("a>1", "a > 1"),
        ("  ((a))  >= (1_000) ", "a >= 1000"),
        ("a and (b or c)", "a and (b or c)"),
        ("(a and b) or c", "a and b or c"),
        ("not (a and b)", "not (a and b)"),
        ("not (a == 1)", "not a == 1"),
        ("a - (b - c) > 0", "a - (b - c) > 0"),
        ("(a - b) - c > 0", "(a - b) - c > 0"),
        ("a * (b + c) / 2 > --3", "a * (b + c) / 2 > --3"),
        ("-(a + b) < 0", "-(a + b) < 0"),
        ("a <= 015.50min", "a <= 15.5min"),
        ("a > 50_000 CNY", "a > 50000 CNY"),
        ("a > 1.50 EUR", "a > 1.50 EUR"),
        ("a > 3 JPY", "a > 3 JPY"),
        ("kind in ('fee','bid')", "kind in ('fee', 'bid')"),
        ("between( a,1 ,2)", "between(a, 1, 2)"),
        ("a\n  and\tb", "a and b"),
        ("payer.count_1h >= 3", "payer.count_1h >= 3"),
    ],
)
def test_a_text_has_one_canonical_form(written: str, canonical: str) -> None:
    expression = parse(written)
    assert expression.text == canonical
    assert parse(canonical) == expression


@pytest.mark.parametrize(
    ("text", "seconds"), [("a > 90s", 90), ("a > 15min", 900), ("a > 1.5h", 5_400), ("a > 3d", 259_200)]
)
def test_durations_are_seconds(text: str, seconds: float) -> None:
    assert [node.value for node in walk(parse(text).root) if isinstance(node, Number)] == [seconds]


def test_money_is_minor_units_of_its_currency_and_reads_the_currency() -> None:
    expression = parse("amount >= 1.25 KWD or amount >= 7 JPY")
    amounts = [(node.minor, node.currency) for node in walk(expression.root) if isinstance(node, Amount)]
    assert amounts == [(1_250, "KWD"), (7, "JPY")]
    assert expression.names == {"amount", "currency"}


def test_equal_values_are_equal_expressions_however_written() -> None:
    assert parse("a > 15min").root == parse("a > 900").root
    assert parse("a > 1").root != parse("a > 2").root


@pytest.mark.parametrize(
    ("text", "column", "said"),
    [
        ("", 1, "expected a name, a number, a 'text' or '(', found the end"),
        ("a and", 6, "found the end"),
        ("(a", 3, "expected ')', found the end"),
        ("a b", 3, "expected 'and', 'or' or the end, found 'b'"),
        ("a < b < c", 7, "comparisons do not chain"),
        ("a = 1", 3, "write =="),
        ("a && b", 3, "write and"),
        ("a ＞ 1", 3, "write >"),
        ("kind == “fee”", 9, "write '"),
        ("kind == 'fee", 9, "no closing quote"),
        ("a > 5kg", 5, "has no unit"),
        ("a > 5 ABC", 5, "'ABC' is not a currency"),
        ("a > 1.005 CNY", 5, "more decimals"),
        ("a > 99999999999999999999", 5, "too large"),
        ("sum(a, b) > 1", 1, "there is no function 'sum'"),
        ("min(a) > 1", 1, "min takes 2 to 8 values, found 1"),
        ("known()", 7, "expected a name"),
        ("kind in ()", 10, "expected a 'text' or a number"),
        ("kind in (fee)", 10, "expected a 'text' or a number"),
        ("a; import os", 2, "not part of the language"),
        ("__import__('os')", 1, "there is no function '__import__'"),
        ("a." + "b", 1, None),
        ("a..b", 2, "not part of the language"),
        ("'" + "x" * 200 + "' == kind", 1, "at most 128 characters"),
    ],
)
def test_a_fault_is_named_with_its_column(text: str, column: int, said: str | None) -> None:
    if said is None:
        assert parse(text).names == {text}
        return
    with pytest.raises(BadExpression) as caught:
        parse(text)
    assert caught.value.column == column
    assert str(caught.value).startswith(f"column {column}: ")
    assert said in str(caught.value)


@pytest.mark.parametrize("opening", ["(", "not ", "-", "not (", "min(1, ", "-(", "known(", "between(1, 2, "])
def test_nesting_is_bounded(opening: str) -> None:
    with pytest.raises(BadExpression, match=f"deeper than {NESTING_MAX} levels"):
        parse(opening * 60 + "1")


def test_length_is_bounded_and_long_texts_are_quick() -> None:
    chain = " and ".join(["a > 1"] * 240)
    assert parse(chain).text == chain
    with pytest.raises(BadExpression, match="longer than"):
        parse(" " * (TEXT_CHARS_MAX + 1))
    with pytest.raises(BadExpression, match="words and signs"):
        parse("+".join(["a"] * 600))


ALPHABET = [*"ab1_.'(),+-*/<>=! \n＞\x00", "and", "or ", "not ", "in", "kind", "5min", "CNY", "9" * 30]


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(ALPHABET), max_size=60).map("".join)))
@example("1" * TEXT_CHARS_MAX)
@example("(" * TEXT_CHARS_MAX)
@example("a." * 1_999 + "a")
@example("-" * 990 + "1")
@example("'" * TEXT_CHARS_MAX)
def test_any_text_is_an_expression_or_a_fault_with_a_place(text: str) -> None:
    started = time.perf_counter()
    found = parsed_or_fault(text)
    assert time.perf_counter() - started < 0.5
    if isinstance(found, Expression):
        assert parse(found.text) == found
    else:
        assert 1 <= found.column <= len(text) + 1
        assert len(str(found)) < 400


def parsed_or_fault(text: str) -> Expression | BadExpression:
    try:
        return parse(text)
    except BadExpression as fault:
        return fault


@settings(max_examples=150, deadline=None)
@given(conditions())
def test_every_tree_is_read_back_from_its_text(tree: Node) -> None:
    expression = parse(show(tree))
    assert expression.root == tree
    assert expression.text == show(tree)
