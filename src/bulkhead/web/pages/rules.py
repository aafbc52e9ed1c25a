"""The rules that decide: the set in force, one rule, all sets so far, and what differs between two of them."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponseBase
from django.shortcuts import render

from bulkhead.kernel.reasons import Words
from bulkhead.runtime.glance import recent
from bulkhead.runtime.projections.movement_query import MovementQuery, MovementRow, reading
from bulkhead.runtime.projections.movement_search import search_movements
from bulkhead.web.books import book
from bulkhead.web.components.marks import mark_of
from bulkhead.web.office.deciding import people
from bulkhead.web.office.rule_books import Version, in_force, rule_of, theme_of, theme_title, versions
from bulkhead.web.office.rule_changes import changes, counted
from bulkhead.web.office.rule_view import by_theme, life_of, line_of, reads, tried, version_lines
from bulkhead.web.page import Page, Place, Section, Visit
from bulkhead.web.rights import Right

HITS_SHOWN = 10
PAGE_ROWS = 25


def rules(visit: Visit) -> HttpResponseBase:
    """The set in force, by theme, with how often each rule hit lately."""
    version = in_force(visit.institution)
    context: dict[str, Any] = {"version": version}
    if version is not None:
        counted_rows = recent(book(visit.institution).stores)
        context |= {
            "themes": by_theme(version.rules, counted_rows.hits),
            "recent": counted_rows,
            "rules_total": len(version.rules.rules),
            **_people_of(version),
        }
    return render(visit.request, "web/office/rules.html", context)


def rule(visit: Visit, code: str) -> HttpResponseBase:
    """One rule: as it stands, or stood when it went."""
    all_versions = versions(visit.institution)
    life = life_of(code, all_versions)
    current = all_versions[0] if all_versions else None
    standing = rule_of(current.rules, code) if current else None
    shown = standing or (life[0].change.rule if life else None)
    if current is None or shown is None:
        raise Http404
    holder = current.rules if standing else _last_with(code, all_versions).rules
    counted_rows = recent(book(visit.institution).stores)
    context: dict[str, Any] = {
        "line": line_of(shown, counted_rows.hits),
        "recent": counted_rows,
        "unknown": mark_of(shown.outcome_unknown),
        "in_force": standing is not None,
        "version": current,
        "theme": theme_title(theme_of(code)),
        "reads": reads(holder, shown),
        "examples": tried(holder, shown),
        "life": life,
    }
    if visit.may(Right.SEE_DECISIONS):
        context["hits"] = [(row, mark_of(row.outcome)) for row in _hits(visit, code)]
    return render(visit.request, "web/office/rule.html", context)


def sets(visit: Visit) -> HttpResponseBase:
    """All rule sets, newest first."""
    before = _number(visit, "before")
    found = [version for version in versions(visit.institution) if before is None or version.number < before]
    page = found[: PAGE_ROWS + 1]
    names = people({name for version in page for name in (version.past.maker, version.past.checker) if name})
    context = {
        "lines": version_lines(page, names)[:PAGE_ROWS],
        "next": page[PAGE_ROWS - 1].number if len(page) > PAGE_ROWS else None,
        "numbers": [version.number for version in versions(visit.institution)],
    }
    return render(visit.request, "web/office/rule_sets.html", context)


def one_set(visit: Visit, number: int) -> HttpResponseBase:
    """One rule set: who put it in force, what it changed, and its text."""
    version, base = _version(visit, number), _version_or_none(visit, number - 1)
    found = changes(base.rules if base else None, version.rules)
    context = {
        "version": version,
        "base": base,
        "changes": found,
        "counted": counted(found),
        "rules_total": len(version.rules.rules),
        **_people_of(version),
    }
    return render(visit.request, "web/office/rule_set.html", context)


def compare(visit: Visit) -> HttpResponseBase:
    """What differs between two rule sets."""
    numbers = [version.number for version in versions(visit.institution)]
    if not numbers:
        raise Http404
    to = _number(visit, "to") or numbers[0]
    start = _number(visit, "from") or max(1, to - 1)
    found = changes(_version(visit, start).rules, _version(visit, to).rules)
    context = {"from_": start, "to": to, "numbers": numbers, "changes": found, "counted": counted(found)}
    return render(visit.request, "web/office/rules_compare.html", context)


def _hits(visit: Visit, code: str) -> tuple[MovementRow, ...]:
    with reading(book(visit.institution).stores) as tables:
        return search_movements(tables, MovementQuery(rule=code), limit=HITS_SHOWN).rows


def _last_with(code: str, all_versions: list[Version]) -> Version:
    return next(version for version in all_versions if rule_of(version.rules, code) is not None)


def _version(visit: Visit, number: int) -> Version:
    found = _version_or_none(visit, number)
    if found is None:
        raise Http404
    return found


def _version_or_none(visit: Visit, number: int) -> Version | None:
    return next((version for version in versions(visit.institution) if version.number == number), None)


def _people_of(version: Version) -> dict[str, str]:
    names = people({name for name in (version.past.maker, version.past.checker) if name})
    return {"maker": names.get(version.past.maker, ""), "checker": names.get(version.past.checker, "")}


def _number(visit: Visit, name: str) -> int | None:
    text = visit.request.GET.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 10 else None


SECTION = Section(
    "rules",
    (
        Page("rules", "rules/", Words("Rules in force", "现行规则"), Right.SEE_RULES, rules),
        Page("rule", "rules/rule/<str:code>/", Words("Rule", "规则"), Right.SEE_RULES, rule),
        Page("rule-sets", "rules/sets/", Words("Rule sets", "规则版本"), Right.SEE_RULES, sets),
        Page("rule-set", "rules/sets/<int:number>/", Words("Rule set", "规则集"), Right.SEE_RULES, one_set),
        Page(
            "rules-compare", "rules/compare/", Words("Compare rule sets", "规则版本对比"), Right.SEE_RULES, compare
        ),
    ),
    Place.RULES,
    ("rules",),
)
