"""The decision: a batch of movements and their window features in, outcomes and rule bits out.

Pure: no clock, no state, no I/O. The same function decides live, replays, backtests and explains; explaining
reads nothing but the sealed leaf.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bulkhead.analysis.evaluation import Plan, Truth, currency_table
from bulkhead.analysis.explanation import Description, Explanation
from bulkhead.decision.rule import Rule
from bulkhead.decision.rule_set import RuleSet
from bulkhead.decision.vocabulary import CURRENCY_TYPE, MONEY, ROW_VARIABLES, Rows
from bulkhead.kernel.leaves import LEAF_FIXED, MovementLeaf
from bulkhead.kernel.money import currency_code
from bulkhead.kernel.movements import ABSENT, MOVEMENT, NAME_COLUMNS, Outcome, Phase
from bulkhead.kernel.reasons import Reason, Words

_MINUTE_US = 60_000_000


@dataclass(frozen=True, slots=True)
class Decisions:
    """What the rules say of ``n`` movements; bit ``r`` of a row of bits is rule ``r`` of the rule set."""

    outcome: NDArray[np.uint8]  # [n], kernel.movements.Outcome
    hits: NDArray[np.uint8]  # [n, ceil(rules / 8)], lowest bit first
    unknowns: NDArray[np.uint8]  # [n, ceil(rules / 8)]: rules whose condition could not be known


def is_attempt(movements: NDArray[np.void]) -> NDArray[np.bool_]:
    """Which movements are decided: those that set money in motion, not those that use or free a hold.

    Posting and voiding a hold follow from a movement that was decided when the hold was placed.
    """
    phase = movements["phase"]
    return (phase == Phase.SINGLE) | (phase == Phase.PLACE)


class Decider:
    """A rule set compiled for one source: which rules apply depends on the columns the source provides."""

    def __init__(self, rule_set: RuleSet, timezone_offset_minutes: int, provides: frozenset[str]) -> None:
        """``provides``: the sources' optional columns; ``timezone_offset_minutes``: for local hours and days."""
        self.rule_set = rule_set
        self._offset_us = timezone_offset_minutes * _MINUTE_US
        self._vocabulary = rule_set.vocabulary
        self._provides = provides
        applicable = [not self._missing(rule) for rule in rule_set.rules]
        self._applicable = np.flatnonzero(applicable)
        rules = [rule_set.rules[index] for index in self._applicable]
        self._plan = Plan([rule.when for rule in rules], self._vocabulary.type_of)
        self._feature_columns = {name: column for column, name in enumerate(rule_set.features)}
        self._limits = {
            name: currency_table(limit.minor, CURRENCY_TYPE) for name, limit in self._vocabulary.limits.items()
        }
        self._outcomes_hit = np.array([rule.outcome for rule in rules], np.uint8)
        self._outcomes_unknown = np.array([rule.outcome_unknown for rule in rules], np.uint8)

    def decide(
        self,
        rows: NDArray[np.void],
        effective_us: NDArray[np.int64],
        features: NDArray[np.float64],
        attempt: NDArray[np.bool_] | NDArray[np.uint8],
    ) -> Decisions:
        """Decide ``n`` movements.

        ``rows`` are ``MOVEMENT``; ``features`` is ``[n, F]`` in the order of the rule set's ``features``, NaN
        where unknown. The outcome is the strictest of the rules that hit and, for those that cannot be known,
        of their ``outcome_unknown``. Rows with ``attempt`` 0 are allowed without a word.
        """
        count, live = len(rows), attempt.astype(np.bool_)
        truths = self._plan.run(self._columns(rows, effective_us, features), count)
        hits = np.zeros((len(self.rule_set.rules), count), np.bool_)
        unknowns = np.zeros_like(hits)
        outcome = np.zeros(count, np.uint8)
        for index, truth, if_hit, if_unknown in zip(
            self._applicable, truths, self._outcomes_hit, self._outcomes_unknown, strict=True
        ):
            np.logical_and(truth.hit, live, out=hits[index])
            np.logical_and(truth.unknown, live, out=unknowns[index])
            np.maximum(outcome, hits[index] * if_hit, out=outcome)
            np.maximum(outcome, unknowns[index] * if_unknown, out=outcome)
        return Decisions(outcome, _packed(hits), _packed(unknowns))

    def redecide(self, leaf: MovementLeaf) -> Decisions:
        """The decision of one sealed leaf, computed again from nothing but the leaf."""
        rows = _row_of(leaf)
        features = np.array([leaf.features], np.float64)
        return self.decide(rows, np.array([leaf.fixed["effective_us"]]), features, is_attempt(rows))

    def explain(self, leaf: MovementLeaf) -> Reason:
        """Why a sealed movement was decided as it was: the rules that hit, weightiest first, those that could
        not be known, and those that this source's columns cannot feed."""
        decisions, rows = self.redecide(leaf), _row_of(leaf)
        columns = self._columns(rows, np.array([leaf.fixed["effective_us"]]), np.array([leaf.features]))
        explanation = Explanation(self._plan, columns, self._describer(leaf))
        count = len(self.rule_set.rules)
        hit = np.unpackbits(decisions.hits[0], bitorder="little")[:count]
        unknown = np.unpackbits(decisions.unknowns[0], bitorder="little")[:count]
        told = [rule for rule, h, u in zip(self.rule_set.rules, hit, unknown, strict=True) if h or u]
        told.sort(key=lambda rule: rule.rank, reverse=True)
        reasons = [_rule_reason(rule, explanation.reason(rule.when)) for rule in told]
        outcome = Outcome(int(decisions.outcome[0]))
        return Reason(
            code="decision",
            label=_OUTCOME_WORDS[outcome],
            outcome=bool(hit.any()) or (None if unknown.any() else False),
            value=outcome.name.lower(),
            children=(*sorted(reasons, key=lambda r: r.outcome is None), *self._not_applicable()),
        )

    def _missing(self, rule: Rule) -> list[str]:
        return [column for column in rule.needs if column not in self._provides]

    def _columns(
        self, movements: NDArray[np.void], effective_us: NDArray[np.int64], features: NDArray[np.float64]
    ) -> dict[str, NDArray[Any] | Truth]:
        """Every value the plan reads, as columns."""
        assert features.shape == (len(movements), len(self._feature_columns)), features.shape
        rows = Rows(movements, effective_us + self._offset_us)
        by_column = np.ascontiguousarray(features.T)
        columns: dict[str, NDArray[Any] | Truth] = {}
        for name in self._plan.names:
            if name in self._limits:
                columns[name] = np.take(self._limits[name], movements["currency"], mode="clip")
            elif name in ROW_VARIABLES:
                columns[name] = ROW_VARIABLES[name].read(rows)
            else:
                columns[name] = by_column[self._feature_columns[name]]
        return columns

    def _describer(self, leaf: MovementLeaf) -> Callable[[str], Description]:
        currency = _currency_of(leaf)

        def describe(name: str) -> Description:
            words, unit = self._vocabulary.describe(name)
            return Description(words, currency if unit == MONEY else unit)

        return describe

    def _not_applicable(self) -> tuple[Reason, ...]:
        idle = [(rule, self._missing(rule)) for rule in self.rule_set.rules if self._missing(rule)]
        if not idle:
            return ()
        return (
            Reason(
                code="not_applicable",
                label=Words(
                    f"{len(idle)} rules do not apply: the source lacks their columns",
                    f"{len(idle)} 条规则不适用：数据源缺少所需字段",
                ),
                outcome=None,
                children=tuple(_idle_reason(rule, missing) for rule, missing in idle),
            ),
        )


_OUTCOME_WORDS = {
    Outcome.ALLOW: Words("The movement may pass", "准予放行"),
    Outcome.HOLD: Words("The movement is held for review", "暂缓处理，转人工复核"),
    Outcome.DECLINE: Words("The movement is declined", "拒绝交易"),
}


def _rule_reason(rule: Rule, condition: Reason) -> Reason:
    follows = rule.outcome if condition.outcome else rule.outcome_unknown
    return Reason(
        code=rule.code,
        label=rule.title,
        outcome=condition.outcome,
        value=follows.name.lower(),
        grade=rule.severity,
        why=rule.why if condition.outcome else rule.ignores_unknown or _UNKNOWN_HOLDS,
        children=(condition,),
    )


_UNKNOWN_HOLDS = Words(
    "What the rule asks cannot be known from the data; unknown is never a pass.",
    "规则所需数据缺失，无法判断；未知不视为通过。",
)


def _idle_reason(rule: Rule, missing: list[str]) -> Reason:
    needed = ", ".join(missing)
    return Reason(rule.code, rule.title, None, why=Words(f"Needs: {needed}", f"需要字段：{needed}"))


def _packed(bits: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """``[rules, n]`` booleans as ``[n, ceil(rules / 8)]`` bytes, rule 0 in the lowest bit."""
    return np.ascontiguousarray(np.packbits(bits, axis=0, bitorder="little").T)


def _row_of(leaf: MovementLeaf) -> NDArray[np.void]:
    """The movement of a leaf as one row, its names numbered within the row."""
    numbers = {name: number for number, name in enumerate(dict.fromkeys(leaf.strings.values()))}
    row = np.zeros(1, MOVEMENT)
    for column in LEAF_FIXED.names or ():
        if column in (MOVEMENT.names or ()):
            row[column] = leaf.fixed[column]
    for column in (*NAME_COLUMNS, "hold"):
        name = leaf.strings[column]
        row[column] = numbers[name] if name else ABSENT
    return row


def _currency_of(leaf: MovementLeaf) -> str:
    try:
        return currency_code(leaf.fixed["currency"])
    except KeyError:
        return ""
