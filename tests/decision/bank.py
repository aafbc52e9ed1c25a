"""A bank of one table: movements go in one by one, decisions come out, as the engine would do it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from bulkhead.analysis.features import parse_feature
from bulkhead.analysis.windows import Windows
from bulkhead.decision.deciding import Decider, Decisions, is_attempt
from bulkhead.decision.rule_set import RuleSet, default_rule_set
from bulkhead.kernel.leaves import LEAF_FIXED, LEAF_MOVEMENT, LEAF_STRINGS, LEAF_VERSION, MovementLeaf
from bulkhead.kernel.money import currency_number, parse_minor
from bulkhead.kernel.movements import ABSENT, MOVEMENT, NO_AMOUNT, AccountClass, MovementKind, Outcome, Phase

MONDAY_NOON_US = 1_772_424_000_000_000  # 2 March 2026, 12:00 in China (UTC+8)
CHINA_MINUTES = 480
BOOK = {"book:summary": AccountClass.SUMMARY, "book:own": AccountClass.OWN, "book:fee": AccountClass.FEE}


@dataclass(slots=True)
class Decided:
    """One decided movement."""

    outcome: Outcome
    hits: set[str]
    unknowns: set[str]
    leaf: MovementLeaf


@dataclass(slots=True)
class Bank:
    """``at_us`` moves on with every movement; amounts are decimal texts of ``currency``."""

    rule_set: RuleSet = field(default_factory=default_rule_set)
    provides: frozenset[str] = frozenset({"device", "instructed_by"})
    currency: str = "CNY"
    at_us: int = MONDAY_NOON_US
    decider: Decider = field(init=False)
    _windows: Windows = field(default_factory=Windows)
    _numbers: dict[str, int] = field(default_factory=dict)
    _decided: int = 0

    def __post_init__(self) -> None:
        self.decider = Decider(self.rule_set, CHINA_MINUTES, self.provides)

    def move(
        self,
        kind: MovementKind,
        amount: str,
        *,
        debit: str,
        credit: str = "book:summary",
        payee: str = "",
        payer: str = "",
        device: str = "",
        after_s: int = 60,
        phase: Phase = Phase.SINGLE,
    ) -> Decided:
        """Decide a movement ``after_s`` seconds after the last. Payer and payee are the accounts by default."""
        self.at_us += after_s * 1_000_000
        names = {
            "payer": payer or debit,
            "payee": payee or credit,
            "device": device,
            "instructed_by": debit,
            "debit_account": debit,
            "credit_account": credit,
        }
        row = np.zeros(1, MOVEMENT)
        row["event_us"], row["amount_minor"] = self.at_us, parse_minor(amount, self.currency)
        row["stated_balance_minor"] = row["expires_us"] = NO_AMOUNT
        row["kind"], row["phase"], row["currency"] = kind, phase, currency_number(self.currency)
        row["debit_class"], row["credit_class"] = (BOOK.get(n, AccountClass.CLIENT) for n in (debit, credit))
        row["hold"] = ABSENT
        for column, name in names.items():
            row[column] = self._numbers.setdefault(name, len(self._numbers)) if name else ABSENT
        return self._decide(row, names)

    def _decide(self, row: np.ndarray, names: dict[str, str]) -> Decided:
        effective_us, attempt = np.array([self.at_us], np.int64), is_attempt(row)
        features = np.empty((1, len(self.rule_set.features)), np.float64)
        parsed = tuple(parse_feature(name) for name in self.rule_set.features)
        self._windows.update(row, effective_us, attempt, parsed, features)
        decisions = self.decider.decide(row, effective_us, features, attempt)
        self._decided += 1
        leaf = self._leaf(row, names, features, decisions)
        codes = [rule.code for rule in self.rule_set.rules]
        return Decided(
            Outcome(int(decisions.outcome[0])),
            {code for code, bit in zip(codes, leaf.hits, strict=True) if bit},
            {code for code, bit in zip(codes, leaf.unknowns, strict=True) if bit},
            leaf,
        )

    def _leaf(
        self, row: np.ndarray, names: dict[str, str], features: np.ndarray, decisions: Decisions
    ) -> MovementLeaf:
        rules = len(self.rule_set.rules)
        fixed = {
            name: int(row[name][0]) if name in (MOVEMENT.names or ()) else 0 for name in LEAF_FIXED.names or ()
        }
        fixed |= {"effective_us": self.at_us, "outcome": int(decisions.outcome[0])}
        fixed |= {
            "leaf_kind": LEAF_MOVEMENT,
            "leaf_version": LEAF_VERSION,
            "rule_count": rules,
            "feature_count": features.shape[1],
        }
        bits = [
            tuple(bool(b) for b in np.unpackbits(packed[0], bitorder="little")[:rules])
            for packed in (decisions.hits, decisions.unknowns)
        ]
        strings = dict.fromkeys(LEAF_STRINGS, "") | names | {"movement_id": f"m{self._decided}"}
        return MovementLeaf(fixed, bits[0], bits[1], tuple(features[0].tolist()), strings)
