"""Rule sets: what decides, as plain data that two people can read, sign and replay years later.

The canonical text of a rule set stands whole in the journal, so a decision can be explained for as long as the
journal lives, whatever the files of the day say.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib import resources

from bulkhead.analysis.expression_types import check_condition
from bulkhead.decision.rule import Rule
from bulkhead.decision.rule_text import canonical_text, read_rules
from bulkhead.decision.vocabulary import Limit, Vocabulary, is_feature
from bulkhead.kernel.errors import BadInput

RULES_MAX = 256


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Rules sorted by code with the limits they use. Two sets of the same rules have the same ``text``."""

    rules: tuple[Rule, ...]
    limits: tuple[Limit, ...]
    features: tuple[str, ...] = field(compare=False)  # window features the rules read, sorted
    text: str = field(compare=False, repr=False)  # canonical TOML: ``parse_rule_set(text) == self``

    @classmethod
    def of(cls, rules: Iterable[Rule], limits: Iterable[Limit]) -> RuleSet:
        """The set of these rules and limits. Raises ``BadInput`` for a clash, a false name or a false type."""
        ordered = tuple(sorted(rules, key=lambda rule: rule.code))
        limits = tuple(sorted(limits, key=lambda limit: limit.name))
        if not 1 <= len(ordered) <= RULES_MAX:
            raise BadInput(f"a rule set has 1 to {RULES_MAX} rules, found {len(ordered)}")
        _refuse_twins("rule", [rule.code for rule in ordered])
        _refuse_twins("limit", [limit.name for limit in limits])
        vocabulary = Vocabulary(limits)
        for rule in ordered:
            _check(rule, vocabulary)
        names = frozenset().union(*(rule.when.names for rule in ordered))
        return cls(ordered, limits, tuple(sorted(filter(is_feature, names))), canonical_text(ordered, limits))

    @property
    def vocabulary(self) -> Vocabulary:
        return Vocabulary(self.limits)

    def rule(self, code: str) -> Rule:
        """The rule of a code. Raises ``KeyError``."""
        return {rule.code: rule for rule in self.rules}[code]


@lru_cache(maxsize=8)  # publishing reads it three times: to check, to take and to bind it
def parse_rule_set(text: str) -> RuleSet:
    """The rule set of a TOML text. Raises ``BadInput`` with the rule and the place in it."""
    return RuleSet.of(*read_rules(text, "rule set"))


@cache
def default_rule_set() -> RuleSet:
    """The rules that come with the house: every ``decision/rules/*.toml``. A duplicate code stops start-up."""
    rules: list[Rule] = []
    limits: list[Limit] = []
    folder = resources.files("bulkhead.decision").joinpath("rules")
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".toml"):
            found = read_rules(file.read_text("utf-8"), f"rules/{file.name}")
            rules += found[0]
            limits += found[1]
    return RuleSet.of(rules, limits)


def _refuse_twins(what: str, codes: list[str]) -> None:
    twins = sorted({code for code in codes if codes.count(code) > 1})
    if twins:
        raise BadInput(f"{what} {twins[0]!r} is defined more than once")


def _check(rule: Rule, vocabulary: Vocabulary) -> None:
    try:
        check_condition(rule.when, vocabulary.type_of)
        for example in (*rule.hit, *rule.miss):
            for name in example:
                vocabulary.type_of(name)
    except BadInput as error:
        raise BadInput(f"rule {rule.code!r}: {error}") from None
