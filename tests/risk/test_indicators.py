"""Laws that every indicator keeps, run over all that are found; their own examples are tests."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from bulkhead.risk.facts import Facts, Labels, Table
from bulkhead.risk.indicator import UNITS, Example, Indicator, State, indicators
from bulkhead.risk.reading import read

INDICATORS = indicators()
EXAMPLES = [(code, place) for code, each in INDICATORS.items() for place in range(len(each.examples))]


def same_facts(one: Facts, other: Facts) -> bool:
    return one.tables.keys() == other.tables.keys() and all(
        same_table(table, other.tables[code]) for code, table in one.tables.items()
    )


def same_table(one: Table, other: Table) -> bool:
    def plain(column: object) -> object:
        return (column.codes.tolist(), column.texts) if isinstance(column, Labels) else np.asarray(column).tolist()

    return (one.day.tolist(), one.arrived.tolist()) == (other.day.tolist(), other.arrived.tolist()) and {
        name: plain(column) for name, column in one.columns.items()
    } == {name: plain(column) for name, column in other.columns.items()}


def example_of(code: str, place: int) -> tuple[Indicator, Example]:
    return INDICATORS[code], INDICATORS[code].examples[place]


@pytest.mark.parametrize(("code", "place"), EXAMPLES)
def test_examples_read_as_they_say(code: str, place: int) -> None:
    indicator, example = example_of(code, place)
    reading = read(indicator, example.facts)
    value = reading.values[example.day]
    if example.value is None:
        assert np.isnan(value)
    else:
        assert value == pytest.approx(example.value, abs=1e-9)
    assert State(int(reading.states[example.day])) is example.state


@pytest.mark.parametrize(("code", "place"), EXAMPLES)
def test_measuring_is_repeatable_and_leaves_the_facts_alone(code: str, place: int) -> None:
    indicator, example = example_of(code, place)
    before = copy.deepcopy(example.facts)
    first, second = read(indicator, example.facts), read(indicator, example.facts)
    assert np.array_equal(first.values, second.values, equal_nan=True)
    assert np.array_equal(first.states, second.states)
    assert same_facts(before, example.facts)


@pytest.mark.parametrize(("code", "place"), EXAMPLES)
def test_no_day_knows_the_days_after_it(code: str, place: int) -> None:
    indicator, example = example_of(code, place)
    whole = read(indicator, example.facts)
    for days in range(1, example.facts.days + 1):
        cut = read(indicator, example.facts.until(days))
        assert np.array_equal(cut.values, whole.values[:days], equal_nan=True), days
        assert np.array_equal(cut.states, whole.states[:days]), days


@pytest.mark.parametrize("code", list(INDICATORS))
def test_without_a_stream_it_needs_it_is_unknown_and_never_green(code: str) -> None:
    indicator = INDICATORS[code]
    facts = indicator.examples[0].facts
    for stream in indicator.needs:
        reading = read(indicator, facts.without(stream))
        assert np.isnan(reading.values).all(), stream
        assert (reading.states == State.UNKNOWN).all(), stream
        assert reading.turns == ()


@pytest.mark.parametrize("code", list(INDICATORS))
def test_it_says_in_both_languages_what_it_is(code: str) -> None:
    indicator = INDICATORS[code]
    for words in (indicator.title, indicator.formula, indicator.owner, indicator.norm.text):
        assert words.en.strip()
        assert any("\u4e00" <= letter <= "\u9fff" for letter in words.zh), words
    assert indicator.unit in UNITS
    assert indicator.needs
    assert any(example.value is not None for example in indicator.examples)
