"""A text of rules that somebody writes: whether it is fit to decide, where not, and what it would change."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bulkhead.decision.examples import Trial, trials
from bulkhead.decision.rule_set import RuleSet
from bulkhead.decision.rule_text import TEXT_CHARS_MAX, canonical_text, read_rules
from bulkhead.kernel.errors import BadInput
from bulkhead.web.office.rule_books import theme_of
from bulkhead.web.office.rule_changes import Change, changes

_TOML_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)")
_RULE = re.compile(r"rule '([^']+)'")
_RULE_INDEX = re.compile(r"\$\.rules\[(\d+)\]")
_COLUMN = re.compile(r"column (\d+):")
_HERE = "draft"


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the text something is wrong; lines and columns count from 1, column 0 where only the line is known."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Check:
    """What there is to say about a text. Without a ``problem`` there is a ``rule_set``, the whole one."""

    problem: str = ""
    place: Place | None = None
    rule_set: RuleSet | None = None
    changes: tuple[Change, ...] = ()
    failed: tuple[Trial, ...] = ()  # examples that do not do what they say

    @property
    def fit(self) -> bool:
        """Whether it can be proposed: sound, with examples that pass, and another set than the one in force."""
        return self.rule_set is not None and bool(self.changes) and not self.failed


def check(text: str, theme: str, base: RuleSet | None) -> Check:
    """Read a text against the set in force; with a ``theme`` it holds the rules of that theme alone."""
    try:
        rule_set = _whole(text, theme, base)
    except BadInput as problem:
        return Check(str(problem).removeprefix(f"{_HERE}: "), place_of(str(problem), text))
    found = changes(base, rule_set)
    touched = {change.code for change in found if change.what == "rule" and change.kind != "removed"}
    tried = (trial for rule in rule_set.rules if rule.code in touched for trial in trials(rule_set, rule))
    return Check(rule_set=rule_set, changes=found, failed=tuple(trial for trial in tried if not trial.passed))


def theme_text(base: RuleSet, theme: str) -> str:
    """The rules of a theme as text; all rules and limits without one."""
    if not theme:
        return base.text
    return canonical_text(tuple(rule for rule in base.rules if theme_of(rule.code) == theme), ())


def themes_of(base: RuleSet | None) -> Sequence[str]:
    """The themes of a rule set, sorted."""
    return sorted({theme_of(rule.code) for rule in base.rules}) if base else []


def place_of(problem: str, text: str) -> Place | None:
    """Where in the text the sentence of a ``BadInput`` points; None where it points nowhere."""
    if found := _TOML_PLACE.search(problem):
        return Place(int(found[1]), int(found[2]))
    if "at end of document" in problem:
        return Place(len(text.splitlines()) or 1, 0)
    start = _rule_start(problem, text)
    if start is None:
        return None
    return _in_condition(problem, text, start) or Place(text.count("\n", 0, start) + 1, 0)


def _whole(text: str, theme: str, base: RuleSet | None) -> RuleSet:
    if len(text) > TEXT_CHARS_MAX:
        raise BadInput(f"{_HERE}: longer than {TEXT_CHARS_MAX:,} characters")
    rules, limits = read_rules(text, _HERE)
    if not theme or base is None:
        return RuleSet.of(rules, limits)
    foreign = next((rule.code for rule in rules if theme_of(rule.code) != theme), None)
    if foreign is not None:
        raise BadInput(f"rule {foreign!r} does not belong to the theme {theme!r}: its code begins otherwise")
    if limits:
        raise BadInput(f"limit {limits[0].name!r}: limits belong to all themes; edit the whole set")
    others = [rule for rule in base.rules if theme_of(rule.code) != theme]
    return RuleSet.of([*others, *rules], base.limits)


def _rule_start(problem: str, text: str) -> int | None:
    """Where the rule that a sentence names begins."""
    if found := _RULE_INDEX.search(problem):
        starts = [match.start() for match in re.finditer(r"^[ \t]*\[\[rules\]\]", text, re.MULTILINE)]
        return starts[int(found[1])] if int(found[1]) < len(starts) else None
    if found := _RULE.search(problem):
        codes = re.compile(rf"""^[ \t]*code[ \t]*=[ \t]*["']{re.escape(found[1])}["']""", re.MULTILINE)
        named = [match.start() for match in codes.finditer(text)]
        return named[-1] if named else None  # of twins the later one is too many
    return None


def _in_condition(problem: str, text: str, start: int) -> Place | None:
    """The line and column of a place in the rule's condition, where that stands on one line."""
    column = _COLUMN.search(problem)
    condition = re.compile(r"""^([ \t]*when[ \t]*=[ \t]*["'])(?!["'])""", re.MULTILINE).search(text, start)
    end = text.find("[[rules]]", start + 1)
    if column is None or condition is None or (0 < end < condition.start()):
        return None
    return Place(text.count("\n", 0, condition.start()) + 1, len(condition[1]) + int(column[1]))
