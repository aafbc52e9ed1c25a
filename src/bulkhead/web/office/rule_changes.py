"""What differs between two rule sets, rule by rule, so that a person can read what they are asked to agree to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from bulkhead.analysis.evaluation import Value
from bulkhead.decision.rule import Rule
from bulkhead.decision.rule_set import RuleSet
from bulkhead.decision.vocabulary import Limit
from bulkhead.kernel.money import format_minor
from bulkhead.kernel.reasons import Words

Kind = Literal["added", "removed", "changed"]
KIND_WORDS: dict[Kind, Words] = {
    "added": Words("added", "新增"),
    "removed": Words("removed", "删除"),
    "changed": Words("changed", "修改"),
}
_PIECES = re.compile(r"\s+|[\w.]+|[^\w\s]")
_PIECES_MAX = 2_000  # comparing takes time in the square of them


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text: ``same`` on both sides, ``del`` only before, ``ins`` only after."""

    kind: Literal["same", "del", "ins"]
    text: str


@dataclass(frozen=True, slots=True)
class PartChange:
    """One part of a rule or limit that differs. ``code``: it is code; ``term``: a word of the lexicon."""

    name: Words
    runs: tuple[Run, ...]
    code: bool = False
    term: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """One rule or limit that is not as it was; of what is added or removed, all parts."""

    kind: Kind
    what: Literal["rule", "limit"]
    code: str
    title: Words
    rule: Rule | None  # as it will be, or was when it goes
    parts: tuple[PartChange, ...]

    @property
    def words(self) -> Words:
        return KIND_WORDS[self.kind]

    @property
    def whole(self) -> bool:
        """All of it is new or goes, so that no part needs to be told apart."""
        return self.kind != "changed"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a rule as text."""

    key: str
    name: Words
    text: str
    code: bool = False
    term: bool = False


def changes(before: RuleSet | None, after: RuleSet) -> tuple[Change, ...]:
    """What ``after`` has that ``before`` has not, and the other way round, in order of the codes."""
    found = [
        *_changes("limit", _limits(before), _limits(after)),
        *_changes("rule", _rules(before), _rules(after)),
    ]
    return tuple(found)


def counted(found: tuple[Change, ...]) -> dict[Kind, int]:
    """How many were added, removed and changed."""
    return {kind: sum(change.kind == kind for change in found) for kind in KIND_WORDS}


def rule_parts(rule: Rule) -> list[Part]:
    """Everything a rule says, as text."""
    parts = [
        Part("title_en", Words("Title, English", "标题（英文）"), rule.title.en),
        Part("title_zh", Words("Title, Chinese", "标题（中文）"), rule.title.zh),
        Part("why_en", Words("Why, English", "说明（英文）"), rule.why.en),
        Part("why_zh", Words("Why, Chinese", "说明（中文）"), rule.why.zh),
        Part("severity", Words("Severity", "风险等级"), rule.severity, term=True),
        Part("outcome", Words("What follows", "处置"), rule.outcome.name.lower(), term=True),
        Part(
            "unknown", Words("If it cannot be known", "无法判断时"), rule.outcome_unknown.name.lower(), term=True
        ),
        Part("when", Words("Condition", "条件"), broken(rule.when.text), code=True),
    ]
    if rule.ignores_unknown:
        parts.append(
            Part("because_en", Words("Why unknown may pass, English", "放行理由（英文）"), rule.ignores_unknown.en)
        )
        parts.append(
            Part("because_zh", Words("Why unknown may pass, Chinese", "放行理由（中文）"), rule.ignores_unknown.zh)
        )
    for key, name, examples in (
        ("hit", Words("Examples that hit", "应命中示例"), rule.hit),
        ("miss", Words("Examples that do not", "不应命中示例"), rule.miss),
    ):
        text = "\n".join(", ".join(f"{k} = {value_text(v)}" for k, v in each.items()) for each in examples)
        parts.append(Part(key, name, text, code=True))
    return parts


def broken(condition: str) -> str:
    """A condition with a line for each of its outermost parts."""
    depth, lines, start = 0, [""], 0
    for k, character in enumerate(condition):
        depth += (character == "(") - (character == ")")
        if depth == 0 and character == " " and condition[k + 1 :].startswith(("and ", "or ")):
            lines[-1] += condition[start:k]
            lines.append("")
            start = k + 1
    lines[-1] += condition[start:]
    return "\n".join(lines)


def value_text(value: Value) -> str:
    """An example's value as a rule file has it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value == int(value):
        return f"{int(value):_}"
    return repr(value)


_Subject = tuple[Words, Rule | None, list[Part]]


def _rules(rule_set: RuleSet | None) -> dict[str, _Subject]:
    return {rule.code: (rule.title, rule, rule_parts(rule)) for rule in (rule_set.rules if rule_set else ())}


def _limits(rule_set: RuleSet | None) -> dict[str, _Subject]:
    limits = rule_set.limits if rule_set else ()
    return {limit.name: (limit.about, None, _limit_parts(limit)) for limit in limits}


def _limit_parts(limit: Limit) -> list[Part]:
    amounts = [f"{currency} {format_minor(minor, currency)}" for currency, minor in sorted(limit.minor.items())]
    return [
        Part("about_en", Words("What it is, English", "含义（英文）"), limit.about.en),
        Part("about_zh", Words("What it is, Chinese", "含义（中文）"), limit.about.zh),
        Part("amounts", Words("Amounts", "金额"), "\n".join(amounts)),
    ]


def _changes(
    what: Literal["rule", "limit"], before: dict[str, _Subject], after: dict[str, _Subject]
) -> Iterator[Change]:
    for code in sorted(before.keys() | after.keys()):
        old, new = before.get(code), after.get(code)
        subject = new or old
        assert subject is not None, "the code is of one of them"
        title, rule, _ = subject
        parts = tuple(_part_changes(old[2] if old else [], new[2] if new else []))
        if parts:
            kind: Kind = "changed" if old and new else "added" if new else "removed"
            yield Change(kind, what, code, title, rule, parts)


def _part_changes(before: list[Part], after: list[Part]) -> Iterator[PartChange]:
    old, new = ({part.key: part for part in parts} for parts in (before, after))
    for key in dict.fromkeys((*new, *old)):
        was, will = old.get(key), new.get(key)
        part = will or was
        assert part is not None, "the key is of one of them"
        before_text, after_text = was.text if was else "", will.text if will else ""
        runs = _whole(before_text, after_text) if part.term else _runs(before_text, after_text)
        if any(run.kind != "same" for run in runs):
            yield PartChange(part.name, runs, part.code, part.term)


def _runs(before: str, after: str) -> tuple[Run, ...]:
    """The two texts as one, told apart by words."""
    old, new = _PIECES.findall(before), _PIECES.findall(after)
    if len(old) + len(new) > _PIECES_MAX:
        return _whole(before, after)
    runs = []
    for tag, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            runs.append(Run("same", "".join(old[i:j])))
        else:
            runs += [Run("del", "".join(old[i:j])), Run("ins", "".join(new[k:m]))]
    return tuple(run for run in runs if run.text)


def _whole(before: str, after: str) -> tuple[Run, ...]:
    if before == after:
        return (Run("same", before),)
    runs = (Run("del", before), Run("ins", after))
    return tuple(run for run in runs if run.text)
