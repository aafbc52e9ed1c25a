"""One account as its template draws it: balance, what holds it, and its line through time."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from bulkhead.kernel.reasons import Words
from bulkhead.runtime.projections.account_history import LATEST, BalanceLine, balance_line, open_holds
from bulkhead.runtime.projections.account_reading import AccountLine, account_line
from bulkhead.web.accounts.as_of import asked_position, moment_before
from bulkhead.web.books import book
from bulkhead.web.components.chart import Chart, Series
from bulkhead.web.names import shown_names
from bulkhead.web.page import Visit
from bulkhead.web.readings import reading_of
from bulkhead.web.terms import term


def account_view(visit: Visit, number: int) -> dict[str, Any] | None:
    """The template's context; None where the number was no account at the position asked for."""
    stores = book(visit.institution).stores
    with reading_of(visit) as reading:
        at, chosen = asked_position(visit, reading)
        account = account_line(reading, number, at)
        if account is None:
            return None
        line = balance_line(reading, account, at)
        holds = open_holds(stores, reading, account, at) if account.held_minor else ()
        reached_us = moment_before(reading, at)
    names = shown_names(visit, {account.name, *(hold.credit_account for hold in holds)})
    chart = _chart(visit, account, line)
    return {
        "account": account,
        "name": names[account.name],
        "class_words": term(account.account_class),
        "at": at,
        "at_chosen": chosen,
        "reached_us": reached_us,
        "chart": chart,
        "data": chart.data(visit.language),
        "holds": [(hold, names[hold.credit_account]) for hold in holds],
        "holds_sum_minor": sum(hold.left_minor for hold in holds),
        "base": f"/i/{visit.institution}",
        "party": quote(account.name, safe=":"),
    }


def _chart(visit: Visit, account: AccountLine, line: BalanceLine) -> Chart:
    posted = [(point.at_us, point.posted_minor) for point in line.points]
    note = None
    if line.exact_from_us is not None:
        note = Words(
            f"The latest {LATEST} movements are drawn one by one, earlier ones as samples.",
            f"最近 {LATEST} 笔逐笔绘制，更早的为抽样。",
        )
    return Chart(
        "balance-chart",
        Words("Balance over time", "余额走势"),
        (Series(Words("Balance", "余额"), posted, step=True, area=True),),
        offset_minutes=book(visit.institution).opening.timezone_offset_minutes,
        currency=account.currency,
        note=note,
    )
