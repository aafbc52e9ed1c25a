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

from bulkhead.analysis.compiled import compiled
from bulkhead.analysis.evaluation import FALSE, TRUE, UNKNOWN, Plan
from bulkhead.analysis.explanation import Description, reason_tree
from bulkhead.decision.rule import Rule
from bulkhead.decision.rule_set import RuleSet
from bulkhead.decision.vocabulary import MONEY, Rows
from bulkhead.kernel.leaves import LEAF_FIXED, MovementLeaf
from bulkhead.kernel.money import CURRENCIES
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
    decided: NDArray[np.bool_] = np.isin(movements["phase"], (Phase.SINGLE, Phase.PLACE))
    return decided


class Decider:
    """A rule set compiled for one source: which rules apply depends on the columns the source provides."""

    def __init__(self, rule_set: RuleSet, timezone_offset_minutes: int, provides: frozenset[str]) -> None:
        """``provides`` has the source's optional columns; the offset gives local hours and days."""
        self.rule_set = rule_set
        self._offset_us = timezone_offset_minutes * _MINUTE_US
        self._provides = provides
        self._vocabulary = rule_set.vocabulary
        self._rules = [index for index, rule in enumerate(rule_set.rules) if not self._missing(rule)]
        applicable = [rule_set.rules[index] for index in self._rules]
        conditions = [rule.when for rule in applicable]
        self._plan = Plan(conditions, self._vocabulary.type_of, table=rule_set.features)
        self._bits = np.array(self._rules, np.int64)
        self._outcomes = np.zeros((len(applicable), 3), np.uint8)
        for row, rule in zip(self._outcomes, applicable, strict=True):
            row[FALSE], row[UNKNOWN], row[TRUE] = Outcome.ALLOW, rule.outcome_unknown, rule.outcome

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
        count, width = len(rows), (len(self.rule_set.rules) + 7) // 8
        assert features.shape == (count, len(self.rule_set.features)), features.shape
        columns = self._columns(rows, effective_us)
        answers = self._plan.run(columns, count, np.ascontiguousarray(features))
        decisions = Decisions(
            np.zeros(count, np.uint8), np.zeros((count, width), np.uint8), np.zeros((count, width), np.uint8)
        )
        _weigh(
            answers,
            self._bits,
            self._outcomes,
            attempt.astype(np.uint8),
            decisions.outcome,
            decisions.hits,
            decisions.unknowns,
        )
        return decisions

    def redecide(self, leaf: MovementLeaf) -> Decisions:
        """The decision of one sealed leaf, computed again from nothing but the leaf."""
        row, effective_us, features = _row_of(leaf)
        return self.decide(row, effective_us, features, is_attempt(row))

    def agrees(self, leaf: MovementLeaf) -> bool:
        """Whether a sealed leaf says what these rules say of its own values."""
        decisions = self.redecide(leaf)
        sealed = (leaf.fixed["outcome"], _packed(leaf.hits), _packed(leaf.unknowns))
        return sealed == (decisions.outcome[0], decisions.hits.tobytes(), decisions.unknowns.tobytes())

    def explain(self, leaf: MovementLeaf) -> Reason:
        """Why a sealed movement was decided as it was.

        The rules that hit, weightiest first, those that could not be known, and those that this source's
        columns cannot feed.
        """
        decisions = self.redecide(leaf)
        outcome = Outcome(int(decisions.outcome[0]))
        reasons = [*self._told(leaf, decisions), *self._not_applicable()]
        return Reason(
            code="decision",
            label=_OUTCOME_WORDS[outcome],
            outcome=bool(decisions.hits.any()) or (None if decisions.unknowns.any() else False),
            value=outcome.name.lower(),
            why=None if is_attempt(_row_of(leaf)[0]).all() else _NOT_DECIDED,
            children=tuple(reasons),
        )

    def _told(self, leaf: MovementLeaf, decisions: Decisions) -> list[Reason]:
        """The rules that hit or could not be known, with their trees, in the order a person wants them."""
        row, effective_us, features = _row_of(leaf)
        values = self._plan.values(self._columns(row, effective_us), features)
        bits = np.unpackbits(decisions.hits[0] | decisions.unknowns[0], bitorder="little")
        rules = [self.rule_set.rules[index] for index in np.flatnonzero(bits)]
        describe = self._describer(leaf)
        told = [(rule, reason_tree(rule.when, values, describe)) for rule in rules]
        told.sort(key=lambda pair: (pair[1].outcome is not None, pair[0].rank), reverse=True)
        return [_rule_reason(rule, condition) for rule, condition in told]

    def _missing(self, rule: Rule) -> list[str]:
        return [column for column in rule.needs if column not in self._provides]

    def _columns(self, movements: NDArray[np.void], effective_us: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
        """The values the rules read besides window features."""
        rows = Rows(movements, effective_us + self._offset_us)
        return {name: self._vocabulary.read(name, rows) for name in self._plan.columns}

    def _describer(self, leaf: MovementLeaf) -> Callable[[str], Description]:
        codes = {numeric: code for code, (numeric, _) in CURRENCIES.items()}
        currency = codes.get(leaf.fixed["currency"], "")

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

_NOT_DECIDED = Words(
    "It uses or frees money that was set aside; the decision was taken then.",
    "本笔为冻结资金的使用或解除，风险决策已在冻结时作出。",
)


def _rule_reason(rule: Rule, condition: Reason) -> Reason:
    follows = rule.outcome if condition.outcome else rule.outcome_unknown
    return Reason(
        code=rule.code,
        label=rule.title,
        outcome=condition.outcome,
        value=follows.name.lower(),
        grade=rule.severity,
        why=rule.why if condition.outcome else rule.ignores_unknown or _UNKNOWN_HOLDS,
        children=condition.children if condition.code == "all_of" else (condition,),
    )


_UNKNOWN_HOLDS = Words(
    "What the rule asks cannot be known from the data; unknown is never a pass.",
    "规则所需数据缺失，无法判断；未知不视为通过。",
)


def _idle_reason(rule: Rule, missing: list[str]) -> Reason:
    needed = ", ".join(missing)
    return Reason(rule.code, rule.title, None, why=Words(f"Needs: {needed}", f"需要字段：{needed}"))


@compiled
def _weigh(
    answers: NDArray[np.uint8],
    bits: NDArray[np.int64],
    outcomes: NDArray[np.uint8],
    attempt: NDArray[np.uint8],
    outcome: NDArray[np.uint8],
    hits: NDArray[np.uint8],
    unknowns: NDArray[np.uint8],
) -> None:
    """Write the bits and the strictest outcome of ``answers`` [rules, n]; ``outcomes`` [rules, answer]."""
    for rule in range(answers.shape[0]):
        byte, bit = bits[rule] >> 3, np.uint8(1 << (bits[rule] & 7))
        for row in range(answers.shape[1]):
            answer = answers[rule, row]
            if answer != FALSE and attempt[row] != 0:
                if answer == TRUE:
                    hits[row, byte] |= bit
                else:
                    unknowns[row, byte] |= bit
                outcome[row] = max(outcome[row], outcomes[rule, answer])


def _packed(bits: tuple[bool, ...]) -> bytes:
    return np.packbits(np.array(bits, np.uint8), bitorder="little").tobytes()


def _row_of(leaf: MovementLeaf) -> tuple[NDArray[np.void], NDArray[np.int64], NDArray[np.float64]]:
    """The movement of a leaf as one row, its names numbered within the row; its time and its features."""
    numbers = {name: number for number, name in enumerate(dict.fromkeys(leaf.strings.values()))}
    row = np.zeros(1, MOVEMENT)
    for column in LEAF_FIXED.names or ():
        if column in (MOVEMENT.names or ()):
            row[column] = leaf.fixed[column]
    for column in (*NAME_COLUMNS, "hold"):
        name = leaf.strings[column]
        row[column] = numbers[name] if name else ABSENT
    effective_us = np.array([leaf.fixed["effective_us"]], np.int64)
    return row, effective_us, np.array([leaf.features], np.float64)
