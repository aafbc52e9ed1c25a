"""The "why" panel: any reason of the house as a tree that opens down to the values it rests on."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

from bulkhead.kernel.money import CURRENCIES
from bulkhead.kernel.movements import Outcome
from bulkhead.kernel.reasons import LEXICON, Fact, Language, Reason, Words, fact_text
from bulkhead.web.components.marks import SEVERITIES, Mark, mark_of, severity_mark, truth_mark
from bulkhead.web.templatetags.wording import money

_OUTCOMES = {outcome.name.lower(): outcome for outcome in Outcome}
_YES_OR_NO = (".new_counterparty",)  # features that are 1 or 0


@dataclass(frozen=True, slots=True)
class WhyFact:
    """A value that a condition read, as a person reads it; ``unknown`` where it could not be known."""

    code: str
    label: str
    text: str
    unknown: bool


@dataclass(frozen=True, slots=True)
class WhyNode:
    """One statement of the tree as ``why_node.html`` draws it."""

    code: str
    label: str
    formula: bool  # the label is an expression, not a sentence
    mark: Mark
    grade: Mark | None
    follows: Mark | None  # the decision that follows from it
    value: str  # what follows from it where that is no decision
    why: str
    facts: tuple[WhyFact, ...]
    children: tuple[WhyNode, ...]
    open: bool

    @property
    def folds(self) -> bool:
        """Whether there is anything below to show or hide."""
        return bool(self.children)


def why_tree(reason: Reason, language: Language, *, depth_open: int = 2) -> WhyNode:
    """The tree of a reason, its first branch open down to ``depth_open`` levels, and wherever something is unknown."""
    return _node(reason, language, depth_open)


def shown_fact(fact: Fact, language: Language) -> WhyFact:
    """A fact in words: money with its symbol, spans of time in days or hours, yes or no for what is either."""
    return WhyFact(fact.code, fact.label[language], _value(fact, language), fact.value is None)


def _value(fact: Fact, language: Language) -> str:
    value = fact.value
    if isinstance(value, float | int) and not isinstance(value, bool):
        if fact.unit in CURRENCIES and math.isfinite(value):
            return money(round(value), fact.unit)
        if fact.code.endswith(_YES_OR_NO) and value in (0, 1):
            return LEXICON["true" if value else "false"][language]
    return fact_text(fact, language)


def _node(reason: Reason, language: Language, depth_open: int) -> WhyNode:
    # The first is the weightiest; the others can be opened.
    depths = itertools.chain([depth_open - 1], itertools.repeat(0))
    children = tuple(_node(child, language, depth) for child, depth in zip(reason.children, depths, strict=False))
    unknown_below = any(child.open or (child.mark == truth_mark(None)) for child in children)
    outcome = _OUTCOMES.get(reason.value)
    return WhyNode(
        code=reason.code,
        label=reason.label[language],
        formula=reason.label.en == reason.label.zh,
        mark=truth_mark(reason.outcome),
        grade=severity_mark(reason.grade) if reason.grade in SEVERITIES else None,
        follows=mark_of(outcome) if outcome is not None else None,
        value=""
        if outcome is not None
        else LEXICON.get(reason.value, Words(reason.value, reason.value))[language],
        why=reason.why[language] if reason.why is not None else "",
        facts=tuple(shown_fact(fact, language) for fact in {fact.code: fact for fact in reason.facts}.values()),
        children=children,
        open=depth_open > 0 or (unknown_below and reason.code != "not_applicable"),
    )
