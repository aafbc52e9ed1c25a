"""One rule: a condition, what follows when it is met, and how people are told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from bulkhead.analysis.evaluation import Value
from bulkhead.analysis.expression_tree import Expression
from bulkhead.decision.vocabulary import needed_column
from bulkhead.kernel.movements import Outcome
from bulkhead.kernel.reasons import Words

Severity = Literal["low", "medium", "high", "critical"]
SEVERITIES: tuple[Severity, ...] = ("low", "medium", "high", "critical")  # mildest first


@dataclass(frozen=True, slots=True)
class Rule:
    """``when`` is met: ``outcome``. ``when`` cannot be known: a hold, unless ``ignores_unknown`` says why not."""

    code: str
    title: Words
    why: Words  # one sentence for the officer who talks to the client
    severity: Severity
    outcome: Outcome  # ALLOW: the movement passes and the hit is recorded
    when: Expression
    ignores_unknown: Words | None = None
    hit: tuple[Mapping[str, Value], ...] = ()  # examples that meet it; names left out are unknown
    miss: tuple[Mapping[str, Value], ...] = ()  # examples that do not

    @property
    def needs(self) -> tuple[str, ...]:
        """The optional source columns without which the rule is not applicable, sorted."""
        return tuple(sorted({needed_column(name) for name in self.when.names} - {""}))

    @property
    def outcome_unknown(self) -> Outcome:
        """What follows when the condition cannot be known: never more than when it is met."""
        return Outcome.ALLOW if self.ignores_unknown else min(self.outcome, Outcome.HOLD)

    @property
    def rank(self) -> tuple[int, int]:
        """Weightier rules have the higher rank: by outcome, then by severity."""
        return self.outcome, SEVERITIES.index(self.severity)
