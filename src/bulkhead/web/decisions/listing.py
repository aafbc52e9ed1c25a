"""The rows of the list of decisions, and what stands in each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from urllib.parse import quote

from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from bulkhead.kernel.money import decimal_places
from bulkhead.kernel.movements import Finding, Outcome, Phase, Refusal, Status
from bulkhead.kernel.reasons import Language, Words
from bulkhead.runtime.projections.movement_query import MovementPage, MovementQuery, MovementRow, Reading
from bulkhead.runtime.projections.movement_search import count_movements, search_movements
from bulkhead.web.ages import clock_text
from bulkhead.web.books import book
from bulkhead.web.components.marks import mark_of
from bulkhead.web.components.table import Cell, Cells, Column, Cursor, Query, Rows
from bulkhead.web.components.table_state import AFTER, BEFORE
from bulkhead.web.decisions.asking import movements_asked
from bulkhead.web.names import shown_names
from bulkhead.web.page import Visit, language_now
from bulkhead.web.readings import reading_of
from bulkhead.web.templatetags.wording import money
from bulkhead.web.terms import term

BUDGET_MS, COUNT_BUDGET_MS = 150, 400
LAG_TOLD = 10_000  # journal entries; fewer are what a running engine is always ahead of its tables
_PARTIES = ("payer", "payee", "device", "instructed_by", "debit_account", "credit_account")

COLUMNS: tuple[Column, ...] = (
    Column("position", Words("Position", "日志序号"), number=True, always=True, narrow=True),
    Column("time", Words("Time", "时间"), narrow=True),
    Column("kind", Words("Kind", "交易类型"), narrow=True),
    Column("amount", Words("Amount", "金额"), number=True, narrow=True),
    Column("payer", Words("Payer", "付款方"), narrow=True),
    Column("payee", Words("Payee", "收款方"), narrow=True),
    Column("outcome", Words("Outcome", "处置"), narrow=True),
    Column("status", Words("Status", "状态"), narrow=True),
    Column("refusal", Words("Refused because", "拒绝原因"), usual=False),
    Column("rules", Words("Rules hit", "命中规则")),
    Column("findings", Words("Findings", "账务异常"), usual=False),
    Column("unknown", Words("Rules not known", "无法判断的规则"), usual=False),
    Column("device", Words("Device", "设备"), usual=False),
    Column("instructed_by", Words("Instructed by", "指令方"), usual=False),
    Column("debit_account", Words("Debited account", "借方账户"), usual=False),
    Column("credit_account", Words("Credited account", "贷方账户"), usual=False),
    Column("debit_balance", Words("Debited account after", "借方账户余额"), number=True, usual=False),
    Column("credit_balance", Words("Credited account after", "贷方账户余额"), number=True, usual=False),
    Column("currency", Words("Currency", "币种"), usual=False),
    Column("phase", Words("Hold", "冻结环节"), usual=False),
    Column("settled", Words("Settled", "结算方式"), usual=False),
    Column("event_time", Words("Time at the source", "来源时间"), usual=False),
)
_SETTLED = {True: Words("settled elsewhere", "外部已结算"), False: Words("requested", "请求类")}


def movements_page(reading: Reading, wanted: MovementQuery, cursor: Cursor, limit: int) -> MovementPage:
    """One page of the movements that are wanted, newest first, within the time a page of the console may take."""
    before, after = cursor.before_number, cursor.after_number
    return search_movements(reading, wanted, before=before, after=after, limit=limit, budget_ms=BUDGET_MS)


def decisions_found(visit: Visit, query: Query, cursor: Cursor, limit: int) -> Rows[MovementRow]:
    """One page of the decisions that meet the query, newest first."""
    wanted = movements_asked(visit, query)
    if wanted is None:
        return Rows(())
    with reading_of(visit) as reading:
        page = movements_page(reading, wanted, cursor, limit)
        lag = book(visit.institution).stores.journal.head().size - reading.progress()[0]
    note = Words(f"{lag:,} entries behind the journal", f"落后日志 {lag:,} 条") if lag > LAG_TOLD else None
    return Rows(page.rows, page.older, page.newer, page.complete, page.searched_to, note)


def decisions_counted(visit: Visit, query: Query) -> tuple[int, bool]:
    """How many decisions meet the query, and whether that is all."""
    wanted = movements_asked(visit, query)
    if wanted is None:
        return 0, True
    with reading_of(visit) as reading:
        return count_movements(reading, wanted, COUNT_BUDGET_MS)


def decision_address(visit: Visit, row: MovementRow) -> str:
    """Where a row opens."""
    return f"/i/{visit.institution}/decisions/{row.sequence}/"


def decision_cells(visit: Visit, rows: Sequence[MovementRow]) -> list[Cells]:
    """What stands in each row, with names as the visitor may see them."""
    names = shown_names(visit, {getattr(row, party) for row in rows for party in _PARTIES} - {""})
    party = _party_cells(visit, names)
    local = clock_cells(visit)
    return [_cells(row, party, local) for row in rows]


def _cells(row: MovementRow, party: Callable[[str], Cell], local: Callable[[int], Cell]) -> Cells:
    language = language_now()
    refusal = term(row.refusal)[language] if row.refusal != Refusal.NONE else ""
    return {
        "position": Cell(row.sequence, f"#{row.sequence}"),
        "time": local(row.effective_us),
        "kind": Cell(term(row.kind)[language]),
        "amount": money_cell(row.amount_minor, row.currency),
        "outcome": Cell(term(row.outcome)[language], _badge("outcome", row.outcome, language)),
        "status": Cell(term(row.status)[language], _badge("status", row.status, language), refusal),
        "refusal": Cell(refusal),
        "rules": _codes(row.rules),
        "findings": Cell(_joined(term(one)[language] for one in Finding if one in row.findings)),
        "unknown": _codes(row.unknown_rules),
        "debit_balance": money_cell(row.debit_posted_minor, row.currency) if row.debit_account else Cell(),
        "credit_balance": money_cell(row.credit_posted_minor, row.currency) if row.credit_account else Cell(),
        "currency": Cell(row.currency),
        "phase": Cell(term(row.phase)[language] if row.phase != Phase.SINGLE else ""),
        "settled": Cell(_SETTLED[row.settled][language]),
        "event_time": local(row.event_us),
        **{code: party(getattr(row, code)) for code in _PARTIES},
    }


def _party_cells(visit: Visit, names: dict[str, str]) -> Callable[[str], Cell]:
    """Cells of parties; each leads to the same list with that party only, by its token rather than its name."""
    asked = visit.request.GET.copy()
    for name in ("party", BEFORE, AFTER):
        asked.pop(name, None)
    start = f"?{asked.urlencode()}&" if asked else "?"

    @cache
    def cell(name: str) -> Cell:
        if not name:
            return Cell()
        link = f"{start}party={quote(name, safe=':')}"
        return Cell(names[name], format_html('<a class="cell-link" href="{}">{}</a>', link, names[name]))

    return cell


def clock_cells(visit: Visit) -> Callable[[int], Cell]:
    """Cells of moments, by the institution's own clocks."""
    opening = book(visit.institution).opening

    def cell(at_us: int) -> Cell:
        seconds, micros = divmod(at_us, 1_000_000)
        text = clock_text(opening, at_us)
        utc = datetime.fromtimestamp(seconds, UTC).isoformat()
        return Cell(text, format_html('<time datetime="{}">{}</time>', utc, text), f"{text}.{micros:06d}")

    return cell


def money_cell(minor: int, currency: str) -> Cell:
    """An amount: a number in an export, with its sign on the page."""
    return Cell(Decimal(minor).scaleb(-decimal_places(currency)), money(minor, currency))


def _codes(codes: tuple[str, ...]) -> Cell:
    html = format_html_join(", ", '<span class="mono">{}</span>', ((code,) for code in codes))
    return Cell(", ".join(codes), html, ", ".join(codes) if len(codes) > 1 else "")


def _joined(texts: Iterable[str]) -> str:
    return ("、" if language_now() == "zh" else ", ").join(texts)


@cache
def _badge(what: str, member: Outcome | Status, language: Language) -> SafeString:
    """The mark of an outcome or a status; there are few, and a page has many of them.

    ``what`` tells them apart: members of two enumerations are equal where their numbers are.
    """
    return SafeString(render_to_string("web/components/badge.html", {"mark": mark_of(member)}).strip())
