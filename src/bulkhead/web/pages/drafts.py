"""Writing rules: drafts of one's own, checked while one writes, and proposed to a second person."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render

from bulkhead.decision.rule_text import TEXT_CHARS_MAX
from bulkhead.kernel.reasons import Words
from bulkhead.runtime.clock import SystemClock
from bulkhead.runtime.glance import demands_four_eyes
from bulkhead.runtime.proposal_history import find_proposal
from bulkhead.runtime.service.commands import Proposed, ProposeRules
from bulkhead.web.books import book
from bulkhead.web.engine import Trouble, ask, engine_runs, no_engine, person_of
from bulkhead.web.office.drafts import DRAFTS_MAX, RuleDraft
from bulkhead.web.office.editing import Check, check, theme_text, themes_of
from bulkhead.web.office.inbox import forget_count
from bulkhead.web.office.rule_books import Version, in_force, theme_title
from bulkhead.web.office.rule_changes import counted
from bulkhead.web.office.rule_view import example_text
from bulkhead.web.page import Page, Place, Section, Visit
from bulkhead.web.rights import Right

_PROPOSED = Words(
    "Proposed as number {0}: another person has to approve exactly this.", "已提交复核，编号 {0}：须由他人批准。"
)
_SAVED = Words("Saved. Nobody else sees it until you propose it.", "已保存。提交复核之前仅您本人可见。")
_DELETED = Words("The draft is deleted.", "草稿已删除。")
_TOO_MANY = Words("There are {0} drafts already; delete one first.", "已有 {0} 份草稿，请先删除不需要的。")
_UNFIT = Words("It is saved, but cannot be proposed yet: see below.", "已保存，但暂不能提交，原因见下。")
_UNTITLED = Words("Untitled draft", "未命名草稿")


def drafts(visit: Visit) -> HttpResponseBase:
    """One's own drafts, the last changed first, and the ways to begin one."""
    version = in_force(visit.institution)
    base = version.rules if version else None
    context = {
        "drafts": [(draft, theme_title(draft.theme)) for draft in _own(visit)],
        "themes": [(code, theme_title(code)) for code in themes_of(base)],
        "version": version,
        "full": _own(visit).count() >= DRAFTS_MAX,
        "four_eyes": demands_four_eyes(book(visit.institution).stores),
    }
    return render(visit.request, "web/office/drafts.html", context)


def begin(visit: Visit) -> HttpResponseBase:
    """A new draft of the set in force, whole or one theme of it."""
    if _own(visit).count() >= DRAFTS_MAX:
        messages.error(visit.request, _TOO_MANY[visit.language].format(DRAFTS_MAX))
        return _to(visit, "")
    version = in_force(visit.institution)
    base = version.rules if version else None
    asked = visit.request.POST.get("theme", "")
    theme = asked if asked in themes_of(base) else ""
    name = visit.request.POST.get("name", "").strip()[:80] or _UNTITLED[visit.language]
    text = theme_text(base, theme) if base else ""
    draft = RuleDraft.objects.create(
        account=visit.account, institution=visit.institution, name=name, theme=theme, text=text
    )
    return _to(visit, f"{draft.pk}/")


def draft(visit: Visit, draft: int) -> HttpResponseBase:
    """The editor, with what there is to say about the text as it was saved."""
    found = _draft(visit, draft)
    version = in_force(visit.institution)
    live = engine_runs(visit.institution)
    context = {
        "draft": found,
        "theme": theme_title(found.theme) if found.theme else None,
        "version": version,
        "trouble": None if live else no_engine(visit.institution).words,
        "live": live,
        "chars_max": TEXT_CHARS_MAX,
        "lines": range(1, max(20, found.text.count("\n") + 2)),
        "four_eyes": demands_four_eyes(book(visit.institution).stores),
        **_said(_checked(found, found.text, version)),
    }
    return render(visit.request, "web/office/draft.html", context)


def look(visit: Visit, draft: int) -> HttpResponseBase:
    """What there is to say about the text as it stands in the editor: the part of the page below it."""
    found = _draft(visit, draft)
    said = _said(_checked(found, _text(visit), in_force(visit.institution)))
    return render(visit.request, "web/office/draft_check.html", {"draft": found, **said})


def save(visit: Visit, draft: int) -> HttpResponseBase:
    """Keep the text."""
    _keep(visit, _draft(visit, draft))
    messages.success(visit.request, _SAVED[visit.language])
    return _to(visit, f"{draft}/")


def propose(visit: Visit, draft: int) -> HttpResponseBase:
    """Keep the text and ask a second person to agree to it. It comes into force when they do, and not before."""
    found = _draft(visit, draft)
    _keep(visit, found)
    checked = _checked(found, found.text, in_force(visit.institution))
    if not checked.fit or checked.rule_set is None:
        messages.error(visit.request, _UNFIT[visit.language])
        return _to(visit, f"{draft}/")
    reply = ask(visit, ProposeRules(checked.rule_set.text, person_of(visit)))
    if isinstance(reply, Trouble):
        messages.error(visit.request, reply.words[visit.language])
        return _to(visit, f"{draft}/")
    assert isinstance(reply, Proposed)
    found.proposal = reply.number
    found.save()
    forget_count(visit.institution)
    messages.success(visit.request, _PROPOSED[visit.language].format(reply.number))
    stores = book(visit.institution).stores
    if find_proposal(stores, reply.number, SystemClock().now_us()) is None:
        return _to(visit, f"{draft}/")  # the tables do not have it yet; the draft links to it
    return HttpResponseRedirect(f"/i/{visit.institution}/inbox/{reply.number}/", status=303)


def delete(visit: Visit, draft: int) -> HttpResponseBase:
    """Throw a draft away; what was proposed of it stays."""
    _draft(visit, draft).delete()
    messages.success(visit.request, _DELETED[visit.language])
    return _to(visit, "")


def _own(visit: Visit) -> QuerySet[RuleDraft]:
    drafts = RuleDraft.objects.filter(account=visit.account, institution=visit.institution)
    return drafts.order_by("-updated_at")


def _draft(visit: Visit, number: int) -> RuleDraft:
    found = _own(visit).filter(pk=number).first() if number < 2**63 else None
    if found is None:
        raise Http404
    return found


def _text(visit: Visit) -> str:
    """What was written. Browsers send lines with both of their ends."""
    return visit.request.POST.get("text", "").replace("\r\n", "\n")


def _keep(visit: Visit, draft: RuleDraft) -> None:
    draft.text = _text(visit)[: TEXT_CHARS_MAX + 1].replace("\x00", "")
    draft.name = visit.request.POST.get("name", "").strip()[:80] or draft.name
    draft.save()


def _checked(draft: RuleDraft, text: str, version: Version | None) -> Check:
    return check(text, draft.theme, version.rules if version else None)


def _said(checked: Check) -> dict[str, Any]:
    return {
        "checked": checked,
        "changes": checked.changes,
        "counted": counted(checked.changes),
        "failed": [(trial, example_text(trial.example)) for trial in checked.failed],
    }


def _to(visit: Visit, rest: str) -> HttpResponseRedirect:
    return HttpResponseRedirect(f"/i/{visit.institution}/rules/drafts/{rest}", status=303)


def _page(code: str, path: str, title: Words, handler: Any) -> Page:
    return Page(code, f"rules/drafts/{path}", title, Right.PROPOSE_RULES, handler, ("POST",))


SECTION = Section(
    "rules-drafts",
    (
        Page("rule-drafts", "rules/drafts/", Words("Write rules", "编写规则"), Right.PROPOSE_RULES, drafts),
        Page("rule-draft", "rules/drafts/<int:draft>/", Words("Draft", "规则草稿"), Right.PROPOSE_RULES, draft),
        _page("rule-draft-new", "new/", Words("New draft", "新建草稿"), begin),
        _page("rule-draft-check", "<int:draft>/check/", Words("Check a draft", "校验草稿"), look),
        _page("rule-draft-save", "<int:draft>/save/", Words("Save a draft", "保存草稿"), save),
        _page("rule-draft-propose", "<int:draft>/propose/", Words("Propose a draft", "提交草稿"), propose),
        _page("rule-draft-delete", "<int:draft>/delete/", Words("Delete a draft", "删除草稿"), delete),
    ),
    Place.RULES,
    ("rule-drafts",),
)
