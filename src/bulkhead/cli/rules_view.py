"""Rules as people and programs see them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from bulkhead.cli.output import heading, plain_table
from bulkhead.cli.words import say, term
from bulkhead.decision.examples import Trial, trials
from bulkhead.decision.rule import SEVERITIES, Rule
from bulkhead.decision.rule_set import RuleSet
from bulkhead.intake.source import Source
from bulkhead.kernel.movements import Outcome
from bulkhead.kernel.reasons import Language, Words, word

_COLOURS = {"critical": "red", "high": "red", "medium": "yellow", "low": ""}


def list_parts(rule_set: RuleSet, language: Language) -> Iterator[RenderableType]:
    """One line a rule, weightiest first."""
    counts = Words(
        f"{len(rule_set.rules)} rules over {len(rule_set.features)} window features",
        f"{len(rule_set.rules)} 条规则，使用 {len(rule_set.features)} 个窗口特征",
    )
    yield Text(counts[language] + "\n", style="bold")
    table = plain_table("", "")
    table.columns[1].no_wrap = True
    weightiest_first = sorted(rule_set.rules, key=lambda rule: rule.rank, reverse=True)
    for rank, rules in groupby(weightiest_first, lambda rule: rule.rank):
        if table.row_count:
            table.add_row()
        table.add_row(_weight(rank, language))
        for rule in rules:
            table.add_row(Padding(Text(rule.title[language]), (0, 0, 0, 2)), Text(rule.code, style="dim"))
    yield table


def _weight(rank: tuple[int, int], language: Language) -> Text:
    outcome, severity = term(Outcome(rank[0]).name, language), SEVERITIES[rank[1]]
    return Text(f"{outcome} · {word(severity, language)}", style=f"bold {_COLOURS[severity]}".strip())


def rule_parts(rule_set: RuleSet, rule: Rule, language: Language) -> Iterator[RenderableType]:
    """One rule in full."""
    yield Text(f"{rule.title[language]} · {rule.code}", style="bold")
    yield Text(rule.why[language])
    facts = plain_table("", "")
    facts.add_row(
        say("follows", language), f"{term(rule.outcome.name, language)} · {word(rule.severity, language)}"
    )
    unknown = term(rule.outcome_unknown.name, language)
    because = f" · {rule.ignores_unknown[language]}" if rule.ignores_unknown else ""
    facts.add_row(say("if_unknown", language), f"{unknown}{because}")
    if rule.needs:
        facts.add_row(say("needs", language), ", ".join(rule.needs))
    yield Text()
    yield facts
    yield heading(say("condition", language))
    yield Padding(Text(_broken(rule.when.text)), (0, 0, 0, 2))
    yield heading(say("reads", language))
    table = plain_table("", "")
    for name in sorted(rule.when.names):
        table.add_row(f"  {name}", rule_set.vocabulary.describe(name).words[language])
    yield table
    yield heading(say("examples", language))
    for trial in trials(rule_set, rule):
        yield from _trial_lines(trial, language, with_reason=not trial.passed)


def check_parts(
    name: str, rule_set: RuleSet, tried: Sequence[Trial], sources: Iterable[Source], language: Language
) -> Iterator[RenderableType]:
    """What there is to say about a file of rules."""
    failed = [trial for trial in tried if not trial.passed]
    yield Text(f"{name}\n", style="bold")
    yield from list_parts(rule_set, language)
    yield heading(say("examples", language))
    passed = Words(
        f"{len(tried) - len(failed)} of {len(tried)} pass",
        f"共 {len(tried)} 个，通过 {len(tried) - len(failed)} 个",
    )
    yield Text(f"  {passed[language]}")
    for trial in failed:
        yield Text(f"  {trial.rule.code}", style="bold")
        yield from _trial_lines(trial, language, with_reason=True)
    untried = [rule.code for rule in rule_set.rules if not (rule.hit and rule.miss)]
    if untried:
        yield Text(f"  {say('untried', language)} {', '.join(untried)}")
    yield heading(say("features", language))
    table = plain_table("", "")
    for feature in rule_set.features:
        table.add_row(f"  {feature}", rule_set.vocabulary.describe(feature).words[language])
    yield table
    yield heading(say("applies", language))
    table = plain_table("", "")
    for source in sources:
        idle = _idle(rule_set, source)
        answer = Text(say("all_apply", language)) if not idle else Text(_without(idle, language))
        table.add_row(f"  {source.code}", answer)
    yield table


def _without(idle: dict[str, list[str]], language: Language) -> str:
    return "; ".join(
        Words(f"without {column}: not {', '.join(codes)}", f"缺少 {column}：不适用 {', '.join(codes)}")[language]
        for column, codes in idle.items()
    )


def _idle(rule_set: RuleSet, source: Source) -> dict[str, list[str]]:
    """Columns the source lacks, each with the rules that need it and so do not apply."""
    idle: dict[str, list[str]] = {}
    for rule in rule_set.rules:
        for column in set(rule.needs) - set(source.provides):
            idle.setdefault(column, []).append(rule.code)
    return dict(sorted(idle.items()))


def _trial_lines(trial: Trial, language: Language, *, with_reason: bool) -> Iterator[RenderableType]:
    mark = Text("✓ ", style="bold green") if trial.passed else Text("✗ ", style="bold red")
    wanted = say("should_hit" if trial.should_hit else "should_miss", language)
    values = ", ".join(f"{name} = {_value(value)}" for name, value in trial.example.items())
    yield Padding(Text.assemble(mark, f"{wanted}: ", (values, "dim")), (0, 0, 0, 2))
    if with_reason:
        for line in trial.reason.lines(language):
            yield Padding(Text(line), (0, 0, 0, 6))


def _value(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.10g}".replace(",", "_")
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _broken(text: str) -> str:
    """A condition with a line for each of its outermost parts."""
    depth, lines, word_start = 0, [""], 0
    for k, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth == 0 and character == " " and text[k + 1 :].startswith(("and ", "or ")):
            lines[-1] += text[word_start:k]
            lines.append("")
            word_start = k + 1
    lines[-1] += text[word_start:]
    return "\n".join(lines)


def rule_json(rule: Rule) -> dict[str, Any]:
    """One rule as a JSON-able object."""
    return {
        "code": rule.code,
        "title": rule.title.as_dict(),
        "why": rule.why.as_dict(),
        "severity": rule.severity,
        "outcome": rule.outcome.name.lower(),
        "outcome_unknown": rule.outcome_unknown.name.lower(),
        "when": rule.when.text,
        "reads": sorted(rule.when.names),
        "needs": list(rule.needs),
    }


def check_json(name: str, rule_set: RuleSet, tried: Sequence[Trial], sources: Iterable[Source]) -> dict[str, Any]:
    """A check as a JSON-able object."""
    failed = [trial for trial in tried if not trial.passed]
    return {
        "file": name,
        "rules": [rule_json(rule) for rule in rule_set.rules],
        "features": list(rule_set.features),
        "examples": len(tried),
        "examples_failed": [
            {
                "rule": trial.rule.code,
                "example": dict(trial.example),
                "should_hit": trial.should_hit,
                "reason": trial.reason.as_dict(),
            }
            for trial in failed
        ],
        "not_applicable": {source.code: _idle(rule_set, source) for source in sources},
    }
