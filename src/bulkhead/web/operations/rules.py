"""Rule sets: the one in force, those before it, a text tried before it is proposed, and the proposal."""

from __future__ import annotations

from typing import Annotated

from ninja import Query, Schema
from pydantic import Field

from bulkhead.decision.rule import Rule
from bulkhead.decision.rule_text import TEXT_CHARS_MAX
from bulkhead.kernel.reasons import Words
from bulkhead.runtime.service.commands import ProposeRules
from bulkhead.web.api.change_shapes import ChangeOut, change_out
from bulkhead.web.api.errors import NOT_FOUND, ApiError, Failure, done_or_raise
from bulkhead.web.api.operation import Operation, Operations
from bulkhead.web.api.shapes import Asked, Before, Limit, Moment, Number, Said, code_of, moment_or_none, said
from bulkhead.web.engine import ask, person_of
from bulkhead.web.office.deciding import people
from bulkhead.web.office.editing import Check, check
from bulkhead.web.office.rule_books import Version, in_force, versions
from bulkhead.web.office.rule_changes import Change, changes
from bulkhead.web.office.rule_view import example_text
from bulkhead.web.page import Visit
from bulkhead.web.rights import Right

Text = Annotated[str, Field(max_length=TEXT_CHARS_MAX, description="A whole rule set as TOML.")]
_UNFIT = Words(
    "The text is not fit to be proposed: validate it to see why, and whether it differs from the set in force.",
    "该规则文本暂不能提交：请先校验，查看问题所在以及是否与现行规则有差异。",
)


class RuleSetsAsked(Asked):
    """Which page."""

    before: Before = None
    limit: Limit = 50


class RuleSetLine(Schema):
    """One rule set: who put it in force, and since when."""

    number: int
    sequence: int
    since: Moment | None
    maker: str
    checker: str = Field(description='"" where one person sufficed.')
    rules: int


class RuleSetsOut(Schema):
    """A page of them, newest first: the first one of all decides now."""

    rule_sets: list[RuleSetLine]
    next: int | None


class RuleOut(Schema):
    """One rule."""

    code: str
    title: Said
    why: Said
    severity: str
    outcome: str
    outcome_unknown: str
    when: str
    needs: list[str] = Field(description="Optional source columns without which it is not applicable.")


class RuleChange(Schema):
    """One rule or limit that is not as it was in the set before."""

    kind: str
    what: str
    code: str
    title: Said


class RuleSetOut(RuleSetLine):
    """One rule set whole."""

    text: str
    rule_list: list[RuleOut]
    changes: list[RuleChange]


class TextIn(Asked):
    """A rule set that somebody has written."""

    text: Text


class FailedExample(Schema):
    """An example of a rule that does not do what it says."""

    rule: str
    example: str
    should_hit: bool


class CheckOut(Schema):
    """``fit``: sound, its examples pass, and another set than the one in force."""

    fit: bool
    problem: str
    line: int | None
    column: int | None
    changes: list[RuleChange]
    failed: list[FailedExample]


def rule_sets(visit: Visit, asked: Query[RuleSetsAsked]) -> RuleSetsOut:
    """The published rule sets."""
    found = [one for one in versions(visit.institution) if asked.before is None or one.number < asked.before]
    page = found[: asked.limit]
    names = _names(page)
    return RuleSetsOut(
        rule_sets=[_line(one, names) for one in page],
        next=page[-1].number if len(found) > len(page) else None,
    )


def rule_set(visit: Visit, number: Number) -> RuleSetOut:
    """One rule set: its text, its rules, and what it changed."""
    known = {version.number: version for version in versions(visit.institution)}
    one, before = known.get(number), known.get(number - 1)
    if one is None:
        raise ApiError(NOT_FOUND)
    return RuleSetOut(
        **dict(_line(one, _names([one]))),
        text=one.past.text,
        rule_list=[_rule(rule) for rule in one.rules.rules],
        changes=[_change(change) for change in changes(before.rules if before else None, one.rules)],
    )


def validate(visit: Visit, wanted: TextIn) -> CheckOut:
    """What there is to say about a text; nothing is kept."""
    checked = _checked(visit, wanted.text)
    return CheckOut(
        fit=checked.fit,
        problem=checked.problem,
        line=checked.place.line if checked.place else None,
        column=checked.place.column if checked.place else None,
        changes=[_change(change) for change in checked.changes],
        failed=[
            FailedExample(rule=trial.rule.code, example=example_text(trial.example), should_hit=trial.should_hit)
            for trial in checked.failed
        ],
    )


def propose(visit: Visit, wanted: TextIn) -> ChangeOut:
    """Ask a second person to agree to a text; it comes into force when they do."""
    checked = _checked(visit, wanted.text)
    if not checked.fit or checked.rule_set is None:
        raise ApiError(Failure(409, "unfit", _UNFIT))
    reply = ask(visit, ProposeRules(checked.rule_set.text, person_of(visit)))
    return change_out(visit, done_or_raise(reply))


def _checked(visit: Visit, text: str) -> Check:
    version = in_force(visit.institution)
    return check(text.replace("\r\n", "\n"), "", version.rules if version else None)


def _names(page: list[Version]) -> dict[str, str]:
    return people({name for one in page for name in (one.past.maker, one.past.checker)} - {""}) | {"": ""}


def _line(one: Version, names: dict[str, str]) -> RuleSetLine:
    return RuleSetLine(
        number=one.number,
        sequence=one.past.sequence,
        since=moment_or_none(one.past.since_us),
        maker=names[one.past.maker],
        checker=names[one.past.checker],
        rules=len(one.rules.rules),
    )


def _rule(rule: Rule) -> RuleOut:
    return RuleOut(
        code=rule.code,
        title=said(rule.title),
        why=said(rule.why),
        severity=rule.severity,
        outcome=code_of(rule.outcome),
        outcome_unknown=code_of(rule.outcome_unknown),
        when=rule.when.text,
        needs=list(rule.needs),
    )


def _change(change: Change) -> RuleChange:
    return RuleChange(kind=change.kind, what=change.what, code=change.code, title=said(change.title))


_SEE, _WRITE = Right.SEE_RULES, Right.PROPOSE_RULES
OPERATIONS = Operations(
    "rules",
    Words("Rules", "规则"),
    (
        Operation("rule-sets", "rules/sets", Words("List rule sets", "规则集列表"), _SEE, rule_sets),
        Operation("rule-set", "rules/sets/<int:number>", Words("One rule set", "规则集详情"), _SEE, rule_set),
        Operation(
            "rules-validate", "rules/validate", Words("Try a text", "校验规则文本"), _WRITE, validate, "POST"
        ),
        Operation(
            "rules-propose", "rules/propose", Words("Propose a rule set", "提交规则集"), _WRITE, propose, "POST"
        ),
    ),
)
