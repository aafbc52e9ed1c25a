"""The rule sets of an institution as pages need them: parsed once, and the titles of every rule there ever was."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from bulkhead.decision.rule import Rule
from bulkhead.decision.rule_set import RuleSet, parse_rule_set
from bulkhead.kernel.reasons import Words
from bulkhead.runtime.rule_history import PAGE_MAX, PastRuleSet, rule_sets
from bulkhead.web.books import book

THEMES: dict[str, Words] = {
    "amounts": Words("Large and unusual amounts", "大额与异常金额"),
    "dormant": Words("Dormant accounts", "休眠账户"),
    "mules": Words("Mules and fan-outs", "资金归集与分散"),
    "night": Words("Unusual hours", "异常时段"),
    "segregation": Words("Segregation of client money", "客户资金隔离"),
    "structuring": Words("Structuring", "化整为零"),
    "takeover": Words("Account takeover", "账户盗用"),
    "velocity": Words("Velocity", "交易频率"),
}


LOOKED_INTO = 50  # rule sets: each has to be parsed


@dataclass(frozen=True, slots=True)
class Version:
    """One published rule set, parsed when it is looked into."""

    past: PastRuleSet

    @property
    def number(self) -> int:
        return self.past.number

    @property
    def rules(self) -> RuleSet:
        return parsed(self.past.text)


@lru_cache(maxsize=2 * LOOKED_INTO)
def parsed(text: str) -> RuleSet:
    """The rule set of a canonical text. Raises ``BadInput``."""
    return parse_rule_set(text)


def versions(institution: str) -> list[Version]:
    """The published rule sets, newest first, at most the last 500."""
    return [Version(past) for past in rule_sets(book(institution).stores, limit=PAGE_MAX)]


def in_force(institution: str) -> Version | None:
    """The rule set that decides now; None before the first."""
    found = rule_sets(book(institution).stores, limit=1)
    return Version(found[0]) if found else None


def rule_of(rule_set: RuleSet | None, code: str) -> Rule | None:
    """The rule of a code, if the set has it."""
    return next((rule for rule in rule_set.rules if rule.code == code), None) if rule_set else None


def titles(institution: str, codes: frozenset[str]) -> dict[str, Words]:
    """What people call these rules; the code itself for one that no rule set has."""
    named: dict[str, Words] = {}
    current = in_force(institution)
    named |= {rule.code: rule.title for rule in (current.rules.rules if current else ())}
    if codes - named.keys():
        for version in versions(institution)[:LOOKED_INTO]:
            named = {rule.code: rule.title for rule in version.rules.rules} | named
    return {code: named.get(code, Words(code, code)) for code in codes}


def theme_of(code: str) -> str:
    """The theme a rule belongs to: the first word of its code."""
    return code.partition(".")[0]


def theme_title(theme: str) -> Words:
    """What people call a theme; its code for one of their own."""
    return THEMES.get(theme, Words(theme, theme))
