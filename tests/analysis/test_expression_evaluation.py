"""Evaluation: batches, single rows and an independent oracle agree; unknown behaves as Kleene has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from expression_oracle import TYPES, conditions, rows, value
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from bulkhead.analysis.evaluation import FALSE, TRUE, UNKNOWN, Plan, Value, evaluate
from bulkhead.analysis.explanation import explain
from bulkhead.analysis.expression import BadExpression, parse
from bulkhead.analysis.expression_machine import BLOCK_ROWS
from bulkhead.analysis.expression_tree import Call, Node, show, walk
from bulkhead.analysis.expression_types import NUMBER, TRUTH, text_type, types_in
from bulkhead.kernel.reasons import Fact, Reason

ANSWER = {False: FALSE, None: UNKNOWN, True: TRUE}


def columns_of(given_rows: Sequence[Mapping[str, Value]]) -> dict[str, NDArray[np.float64]]:
    """The rows as columns: codes for texts, NaN for what is unknown."""

    def number(name: str, of: Value) -> float:
        if of is None:
            return np.nan
        return TYPES[name].code_of(of) if isinstance(of, str) else float(of)

    return {name: np.array([number(name, row[name]) for row in given_rows], np.float64) for name in TYPES}


@settings(max_examples=300, deadline=None)
@given(conditions(), st.lists(rows(), min_size=1, max_size=4))
def test_batch_explanation_and_oracle_agree(tree: Node, given_rows: list[dict[str, Value]]) -> None:
    expression = parse(show(tree))
    plan = Plan([expression], types_in(TYPES))
    answers = plan.run(columns_of(given_rows), len(given_rows))[0]
    for row, answer in zip(given_rows, answers, strict=True):
        expected = value(tree, row)
        assert expected is None or isinstance(expected, bool)
        assert answer == ANSWER[expected]
        assert explain(expression, row, types_in(TYPES)).outcome is expected


@settings(max_examples=150, deadline=None)
@given(conditions(), rows(), st.sampled_from(sorted(TYPES)))
def test_losing_a_value_never_turns_an_answer_round(tree: Node, row: dict[str, Value], lost: str) -> None:
    if any(isinstance(node, Call) and node.function == "known" for node in walk(tree)):
        return  # asks about the loss itself
    expression = parse(show(tree))
    before = explain(expression, row, types_in(TYPES)).outcome
    after = explain(expression, {**row, lost: None}, types_in(TYPES)).outcome
    assert after is None or after is before


@settings(max_examples=60, deadline=None)
@given(st.lists(conditions(), min_size=2, max_size=5), st.lists(rows(), min_size=1, max_size=3))
def test_conditions_compiled_together_answer_as_alone(
    trees: list[Node], given_rows: list[dict[str, Value]]
) -> None:
    expressions = [parse(show(tree)) for tree in trees]
    columns = columns_of(given_rows)
    together = Plan(expressions, types_in(TYPES)).run(columns, len(given_rows))
    for expression, answers in zip(expressions, together, strict=True):
        alone = Plan([expression], types_in(TYPES)).run(columns, len(given_rows))[0]
        np.testing.assert_array_equal(answers, alone)


@pytest.mark.parametrize("count", [0, 1, BLOCK_ROWS - 1, BLOCK_ROWS, BLOCK_ROWS + 1, 3 * BLOCK_ROWS + 7])
def test_block_borders_do_not_show(count: int) -> None:
    x = np.arange(count, dtype=np.float64)
    x[5::7] = np.nan
    truth = evaluate(parse("x * 2 >= 11 or x < 2"), {"x": x}, TYPES)
    np.testing.assert_array_equal(truth.unknown, np.isnan(x))
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(truth.hit, (x * 2 >= 11) | (x < 2))


def test_values_may_come_as_the_columns_of_one_table() -> None:
    table = np.array([[1.0, 5.0], [2.0, np.nan], [3.0, 7.0]])
    plan = Plan([parse("y > x and z == 4")], types_in(TYPES), table=("x", "y"))
    assert plan.columns == ("z",)
    np.testing.assert_array_equal(plan.run({"z": np.array([4, 4, 5])}, 3, table), [[TRUE, UNKNOWN, FALSE]])


def test_a_code_without_label_is_unknown_and_money_of_another_currency_too() -> None:
    codes = np.array([1, 2, 3, 255], np.uint8)
    kind = evaluate(parse("kind == 'fee'"), {"kind": codes}, TYPES)
    assert kind.hit.tolist() == [True, False, False, False]
    assert kind.unknown.tolist() == [False, False, True, True]
    columns = {"x": np.array([100, 99, 100, 100]), "currency": np.array([156, 156, 978, 840], np.uint16)}
    money = evaluate(parse("x >= 1 CNY"), columns, TYPES)
    assert money.hit.tolist() == [True, False, False, False]
    assert money.unknown.tolist() == [False, False, True, True]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("x / y > 1", UNKNOWN),
        ("0 / y == 0", UNKNOWN),
        ("x / y == x / y", UNKNOWN),
        ("known(x / y)", FALSE),
        ("not known(x / y) and x > 1", TRUE),
        ("x * 0 == y", TRUE),
        ("min(x, z) > 0", UNKNOWN),
        ("max(z, x) > 0", UNKNOWN),
        ("between(x, y, z)", UNKNOWN),
        ("between(y, x, z)", FALSE),
        ("x > 1 or z > 1", TRUE),
        ("x < 1 and z > 1", FALSE),
        ("z == z", UNKNOWN),
        ("z != z", UNKNOWN),
    ],
)
def test_what_cannot_be_computed_is_unknown(text: str, answer: int) -> None:
    columns = {"x": np.array([2.0]), "y": np.array([0.0]), "z": np.array([np.nan])}
    assert Plan([parse(text)], types_in(TYPES)).run(columns, 1).tolist() == [[answer]]


def test_booleans_integers_and_floats_are_columns_alike() -> None:
    truth = evaluate(parse("p and x == 2"), {"p": np.array([True, False]), "x": np.array([2, 2], np.uint8)}, TYPES)
    assert truth.hit.tolist() == [True, False]


def test_inputs_are_left_as_they_were() -> None:
    x = np.array([1.0, np.nan, 3.0])
    x.flags.writeable = False
    assert evaluate(parse("-x < 0 and not x > 2"), {"x": x}, TYPES).hit.tolist() == [True, False, False]


@pytest.mark.parametrize(
    ("text", "column", "said"),
    [
        ("x", 1, "expected a condition here, found a number"),
        ("p and x", 7, "expected a condition here, found a number"),
        ("p + 1 > 2", 1, "expected a number here, found a condition"),
        ("x == kind", 3, "cannot compare a number with a text"),
        ("kind < 'fee'", 6, "only compared with == or !="),
        ("kind == currency", 6, "one quoted text"),
        ("kind == 'fees'", 9, "kind is never 'fees'; expected one of bid, fee, own"),
        ("kind in ('fee', 'gift')", 17, "never 'gift'"),
        ("kind in (1)", 10, "expected a text here, found a number"),
        ("x in ('fee')", 7, "expected a number here"),
        ("xx > 1", 1, "there is no value named 'xx'"),
        ("knd == 'fee'", 1, "did you mean kind?"),
        ("max > 3", 1, "is a function; write max(...)"),
        ("p < q", 3, "only compared with == or !="),
    ],
)
def test_a_condition_that_makes_no_sense_is_refused_with_its_column(text: str, column: int, said: str) -> None:
    with pytest.raises(BadExpression) as caught:
        Plan([parse(text)], types_in(TYPES))
    assert caught.value.column == column
    assert said in str(caught.value)


def test_an_explanation_has_every_part_with_its_values() -> None:
    types = types_in({"x": NUMBER, "p": TRUTH, "kind": text_type({1: "fee"})})
    reason = explain(parse("kind == 'fee' and (x / 2 > 3 or not p)"), {"kind": "fee", "x": 4.0}, types)
    assert reason.outcome is None
    first, second = reason.children
    assert (first.code, first.outcome, _facts(first)) == ("comparison", True, {"kind": "fee"})
    assert (second.code, second.outcome) == ("any_of", None)
    assert [child.outcome for child in second.children] == [False, None]
    assert _facts(second.children[0]) == {"x / 2": 2.0, "x": 4.0}
    assert second.children[1].children[0].facts == (
        Fact("p", second.children[1].children[0].facts[0].label, None),
    )


def _facts(reason: Reason) -> dict[str, Value]:
    return {fact.code: fact.value for fact in reason.facts}
