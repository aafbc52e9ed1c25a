"""A rule's own examples, tried on it: what it says it catches and lets pass, against what it does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bulkhead.analysis.explanation import Description, Value, explain
from bulkhead.decision.rule import Rule
from bulkhead.decision.rule_set import RuleSet
from bulkhead.decision.vocabulary import LIMIT_PREFIX, MONEY
from bulkhead.kernel.reasons import Reason

DEFAULT_CURRENCY = "CNY"  # of examples that name none


@dataclass(frozen=True, slots=True)
class Trial:
    """One example of a rule: whether it should meet the rule, and the rule's answer to it."""

    rule: Rule
    example: Mapping[str, Value]
    should_hit: bool
    reason: Reason

    @property
    def passed(self) -> bool:
        """A rule that does not know has not answered."""
        return self.reason.outcome is self.should_hit


def trials(rule_set: RuleSet, rule: Rule) -> Iterator[Trial]:
    """Every example of a rule of the set, tried."""
    for should_hit, examples in ((True, rule.hit), (False, rule.miss)):
        for example in examples:
            yield Trial(rule, example, should_hit, _judged(rule_set, rule, example))


def _judged(rule_set: RuleSet, rule: Rule, example: Mapping[str, Value]) -> Reason:
    values: dict[str, Value] = {"currency": DEFAULT_CURRENCY, **example}
    for limit in rule_set.limits:
        minor = limit.minor.get(str(values["currency"]))
        values.setdefault(LIMIT_PREFIX + limit.name, None if minor is None else float(minor))
    vocabulary = rule_set.vocabulary

    def describe(name: str) -> Description:
        words, unit = vocabulary.describe(name)
        return Description(words, str(values["currency"]) if unit == MONEY else unit)

    return explain(rule.when, values, vocabulary.type_of, describe)
