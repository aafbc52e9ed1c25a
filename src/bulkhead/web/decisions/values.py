"""The feature values a decision read, laid out as people compare them: a party, its windows side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bulkhead.analysis.features import AGGREGATES, INSTANTS, KEYS, WINDOWS, Feature, parse_feature
from bulkhead.decision.vocabulary import AGGREGATE_WORDS, KEY_WORDS, MONEY, WINDOW_WORDS
from bulkhead.kernel.reasons import Fact, Language, Words
from bulkhead.web.components.why import WhyFact, shown_fact
from bulkhead.web.page import language_now


@dataclass(frozen=True, slots=True)
class ValueRow:
    """One aggregate; a cell for each of the table's windows, None where the rules do not read it."""

    label: Words
    cells: tuple[WhyFact | None, ...]


@dataclass(frozen=True, slots=True)
class ValueTable:
    """All values about one party. ``name`` is as the journal has it."""

    key: str
    label: Words
    name: str
    windows: tuple[Words, ...]
    rows: tuple[ValueRow, ...]
    instants: tuple[tuple[Words, WhyFact], ...]  # values without a window

    @property
    def word(self) -> str:
        """What the party is called inside a sentence of the page."""
        return self.label[language_now()]


def value_tables(
    features: Mapping[str, float | None], parties: Mapping[str, str], currency: str, language: Language
) -> tuple[ValueTable, ...]:
    """A table for each of payer, payee and device whose values were read. ``features``: None where unknown."""
    facts = {
        parse_feature(name): _fact(parse_feature(name), value, currency, language)
        for name, value in features.items()
    }
    tables = (_table(key, facts, parties.get(key, "")) for key in KEYS)
    return tuple(table for table in tables if table.rows or table.instants)


def _table(key: str, facts: Mapping[Feature, WhyFact], name: str) -> ValueTable:
    read = {feature for feature in facts if feature.key == key}
    windows = [window for window in WINDOWS if any(feature.window == window for feature in read)]
    rows = [
        ValueRow(
            AGGREGATE_WORDS[aggregate][0],
            tuple(facts.get(Feature(key, aggregate, window)) for window in windows),
        )
        for aggregate in AGGREGATES
        if any(feature.aggregate == aggregate for feature in read)
    ]
    instants = [
        (AGGREGATE_WORDS[instant][0], facts[Feature(key, instant, None)])
        for instant in INSTANTS
        if Feature(key, instant, None) in read
    ]
    return ValueTable(
        key, KEY_WORDS[key], name, tuple(WINDOW_WORDS[window] for window in windows), tuple(rows), tuple(instants)
    )


def _fact(feature: Feature, value: float | None, currency: str, language: Language) -> WhyFact:
    words, unit = AGGREGATE_WORDS[feature.aggregate]
    return shown_fact(Fact(feature.name, words, value, currency if unit == MONEY else unit), language)
