"""Accounts: the list with its totals, and one account with its statement."""

from __future__ import annotations

from urllib.parse import urlencode

import psycopg
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render

from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.reasons import Words
from bulkhead.web.accounts.as_of import asked_position
from bulkhead.web.accounts.listing import ACCOUNTS
from bulkhead.web.accounts.showing import account_view
from bulkhead.web.accounts.statement import STATEMENT
from bulkhead.web.accounts.totals import totals_at
from bulkhead.web.components.state import State
from bulkhead.web.components.table_drawing import OUT_OF_REACH
from bulkhead.web.components.table_pages import pages_of, table_answer
from bulkhead.web.page import Page, Place, Section, Visit
from bulkhead.web.readings import reading_of
from bulkhead.web.rights import Right
from bulkhead.web.terms import term

_NO_TOTALS = Words("The totals could not be added up", "合计计算失败")


def accounts(visit: Visit) -> HttpResponseBase:
    """All accounts, those opened last first; the totals come by themselves once the page stands."""
    at = visit.request.GET.get("at", "")
    query = f"?{urlencode({'at': at})}" if at else ""
    return table_answer(visit, ACCOUNTS, "web/accounts/list.html", {"totals_query": query})


def account(visit: Visit, number: int) -> HttpResponseBase:
    """One account: its balance, its line, what holds it, and its statement."""
    context = account_view(visit, number)
    if context is None:
        raise Http404
    return table_answer(visit, STATEMENT, "web/accounts/account.html", context, number=number)


def totals(visit: Visit) -> HttpResponse:
    """The totals by class and the check of segregation, as a part of the list."""
    try:
        with reading_of(visit) as reading:
            at, chosen = asked_position(visit, reading)
            found = totals_at(visit.institution, reading, at if chosen else None)
    except (BadInput, ConnectionError, psycopg.OperationalError):
        context = {"state": State("failed", _NO_TOTALS, OUT_OF_REACH)}
        return render(visit.request, "web/components/state.html", context, status=503)
    books = [(one, [(total, term(total.account_class)) for total in one.totals]) for one in found.books]
    return render(visit.request, "web/accounts/totals.html", {"totals": found, "books": books})


_LIST = Page("accounts", "accounts/", Words("Accounts", "账户与余额"), Right.SEE_ACCOUNTS, accounts)
_ONE = Page("account", "accounts/<int:number>/", Words("Account", "账户"), Right.SEE_ACCOUNTS, account)
_TOTALS = Page(
    "accounts-totals", "accounts/totals/", Words("Totals by class", "各类账户合计"), Right.SEE_ACCOUNTS, totals
)
SECTION = Section(
    "accounts", (*pages_of(_LIST, ACCOUNTS), *pages_of(_ONE, STATEMENT), _TOTALS), Place.CUSTODY, ("accounts",)
)
