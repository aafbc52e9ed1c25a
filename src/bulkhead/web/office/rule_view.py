"""Rules as pages show them: the set in force by theme, one rule whole, and the sets one after another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bulkhead.analysis.evaluation import Value
from bulkhead.decision.examples import Trial, trials
from bulkhead.decision.rule import Rule
from bulkhead.decision.rule_set import RuleSet
from bulkhead.kernel.movements import Outcome
from bulkhead.kernel.reasons import Words
from bulkhead.web.components.marks import Mark, mark_of, severity_mark
from bulkhead.web.office.rule_books import LOOKED_INTO, Version, rule_of, theme_of, theme_title
from bulkhead.web.office.rule_changes import KIND_WORDS, Change, Kind, broken, changes, counted, value_text

RECORDED = Mark("dot", "notice", Words("recorded only", "仅记录"))  # a hit that stops nothing


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule in a list. ``hits``: how many of the last movements it hit; None where that was not asked."""

    rule: Rule
    severity: Mark
    outcome: Mark
    condition: str
    hits: int | None


@dataclass(frozen=True, slots=True)
class Theme:
    """The rules of one theme, weightiest first."""

    code: str
    title: Words
    lines: tuple[RuleLine, ...]

    @property
    def hits(self) -> int:
        return sum(line.hits or 0 for line in self.lines)


@dataclass(frozen=True, slots=True)
class Tried:
    """An example of a rule and whether the rule does with it what it says."""

    should_hit: bool
    passed: bool
    values: str


@dataclass(frozen=True, slots=True)
class Epoch:
    """What became of a rule in one rule set."""

    version: Version
    kind: Kind
    change: Change

    @property
    def words(self) -> Words:
        return KIND_WORDS[self.kind]


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A rule set in the list of all; ``counted``: what it changed, None where its forerunner is not at hand."""

    version: Version
    maker: str
    checker: str
    counted: Mapping[Kind, int] | None


def by_theme(rule_set: RuleSet, hits: Mapping[str, int] | None) -> list[Theme]:
    """The rules of a set under their themes."""
    themes: dict[str, list[RuleLine]] = {}
    for rule in sorted(rule_set.rules, key=lambda rule: rule.rank, reverse=True):
        themes.setdefault(theme_of(rule.code), []).append(line_of(rule, hits))
    return [Theme(code, theme_title(code), tuple(themes[code])) for code in sorted(themes)]


def line_of(rule: Rule, hits: Mapping[str, int] | None) -> RuleLine:
    """A rule with its marks."""
    return RuleLine(
        rule,
        severity_mark(rule.severity),
        RECORDED if rule.outcome is Outcome.ALLOW else mark_of(rule.outcome),
        broken(rule.when.text),
        None if hits is None else hits.get(rule.code, 0),
    )


def tried(rule_set: RuleSet, rule: Rule) -> list[Tried]:
    """The rule's own examples, tried."""
    return [_tried(trial) for trial in trials(rule_set, rule)]


def reads(rule_set: RuleSet, rule: Rule) -> list[tuple[str, Words]]:
    """The names its condition reads, and what people call them."""
    return [(name, rule_set.vocabulary.describe(name).words) for name in sorted(rule.when.names)]


def life_of(code: str, all_versions: list[Version]) -> list[Epoch]:
    """The rule sets that changed a rule, newest first, among the latest fifty."""
    found = []
    for k, version in enumerate(all_versions[:LOOKED_INTO]):
        before = all_versions[k + 1].rules if k + 1 < len(all_versions) else None
        change = _change_of(code, before, version.rules)
        if change is not None:
            found.append(Epoch(version, change.kind, change))
    return found


def version_lines(page: list[Version], names: Mapping[str, str]) -> list[VersionLine]:
    """The rule sets of a page; the last of them only lends its rules to the one before unless it is the first."""
    lines = []
    for k, version in enumerate(page):
        older = page[k + 1] if k + 1 < len(page) else None
        told = counted(changes(older.rules if older else None, version.rules))
        known = older is not None or version.number == 1
        maker, checker = version.past.maker, version.past.checker
        lines.append(
            VersionLine(version, names.get(maker, maker), names.get(checker, checker), told if known else None)
        )
    return lines


def _change_of(code: str, before: RuleSet | None, after: RuleSet) -> Change | None:
    old, new = rule_of(before, code), rule_of(after, code)
    if old == new:
        return None
    return next(
        (change for change in changes(before, after) if change.what == "rule" and change.code == code), None
    )


def _tried(trial: Trial) -> Tried:
    return Tried(trial.should_hit, trial.passed, example_text(trial.example))


def example_text(example: Mapping[str, Value]) -> str:
    """An example as a person reads it."""
    return ", ".join(f"{name} = {value_text(value)}" for name, value in example.items())
