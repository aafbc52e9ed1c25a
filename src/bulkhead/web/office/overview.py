"""The overview: can it be trusted, what waits, what went wrong, what goes on. Nothing unknown is ever green."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from bulkhead.kernel.movements import Outcome
from bulkhead.kernel.reasons import Words
from bulkhead.runtime.glance import Recent, recent
from bulkhead.runtime.projections.movement_query import MovementQuery, reading
from bulkhead.runtime.projections.movement_search import count_movements
from bulkhead.runtime.service.commands import LISTED_MAX, Holds, ListHolds
from bulkhead.web.books import book
from bulkhead.web.components.chart import Chart, Series
from bulkhead.web.components.marks import mark_of
from bulkhead.web.components.spans import TimeSpan
from bulkhead.web.engine import Trouble, engine_runs, read
from bulkhead.web.freshness import Freshness, State, freshness
from bulkhead.web.office.inbox import Item, waiting
from bulkhead.web.office.rule_books import titles
from bulkhead.web.page import Visit
from bulkhead.web.rights import Right

DAY_US = 24 * 3_600_000_000
COUNT_MS = 150
WORK_SHOWN, RULES_SHOWN = 5, 6
_TONES = {Outcome.ALLOW: "ok", Outcome.HOLD: "warn", Outcome.DECLINE: "alarm"}
_OUTCOMES = {
    Outcome.ALLOW: Words("Allowed", "放行"),
    Outcome.HOLD: Words("Held", "暂缓"),
    Outcome.DECLINE: Words("Declined", "拒绝"),
}
_NOT_KNOWN = Words("not known", "未知")


@dataclass(frozen=True, slots=True)
class Figure:
    """One number with where its rows are. ``value`` None: it is not known, and ``note`` says why.

    ``least``: there are at least so many. ``tone`` is ok only for what is known to be well.
    """

    name: Words
    value: int | None
    link: str
    note: Words | None = None
    tone: str = ""
    least: bool = False


def overview_context(visit: Visit) -> dict[str, Any]:
    """What the page shows to this person."""
    now, work = freshness(visit.institution), waiting(visit).items
    root = f"/i/{visit.institution}/"
    context: dict[str, Any] = {
        "fresh": now,
        "fresh_items": now.items,
        "work": [item for item in work if item.state == "open"][:WORK_SHOWN],
        "figures": [_work_figure(root, work), *_figures(visit, root, now)],
        "root": root,
    }
    return context | (_live(visit, root) if visit.may(Right.SEE_DECISIONS) else {})


def _work_figure(root: str, work: tuple[Item, ...]) -> Figure:
    count = sum(item.state == "open" for item in work)
    note = Words("decisions others wait for", "他人等待您复核") if count else Words("nothing waits", "暂无待办")
    return Figure(Words("Waits for me", "待办"), count, f"{root}inbox/", note, "notice" if count else "")


def _figures(visit: Visit, root: str, now: Freshness) -> list[Figure]:
    found = []
    if visit.may(Right.SEE_HOLDS):
        found.append(_holds(visit, root, now))
    if visit.may(Right.SEE_QUARANTINE):
        found.append(_quarantine(root, now))
    if visit.may(Right.SEE_DECISIONS):
        found.append(_alarms(visit, root, now))
    return found


def _holds(visit: Visit, root: str, now: Freshness) -> Figure:
    """Only an engine knows at once; without one the page of holds reads the journal, which may take a while."""
    name, link = Words("Holds that wait", "待处理暂缓"), f"{root}holds/"
    found = read(visit.institution, ListHolds(limit=LISTED_MAX)) if engine_runs(visit.institution) else None
    if found is None or isinstance(found, Trouble):
        return Figure(name, None, link, Words("no engine is running", "引擎未运行"), "warn")
    assert isinstance(found.reply, Holds)
    count = len(found.reply.holds)
    soonest = min((hold.expires_us for hold in found.reply.holds if hold.expires_us is not None), default=None)
    note = Words("money set aside for people", "待人工处理的款项")
    if soonest is not None and soonest - now.asked_us < DAY_US:
        note = Words("one lapses within a day", "有款项将于一日内到期")
    return Figure(name, count, link, note, "warn" if count else "ok", found.reply.more)


def _quarantine(root: str, now: Freshness) -> Figure:
    name, link = Words("Rows in quarantine", "隔离区"), f"{root}quarantine/"
    if now.pulse is None:
        return Figure(name, None, link, _NOT_KNOWN, "warn")
    waiting_rows, mended = now.pulse.quarantine.get("open", 0), now.pulse.quarantine.get("corrected", 0)
    note = Words(
        f"{waiting_rows:,} to correct, {mended:,} to replay", f"待更正 {waiting_rows:,}，待重放 {mended:,}"
    )
    count = waiting_rows + mended
    return Figure(
        name, count, link, note if count else Words("no row waits", "无待处理记录"), "warn" if count else "ok"
    )


def _alarms(visit: Visit, root: str, now: Freshness) -> Figure:
    """Of the last day there are movements of: a quiet feed must not look like a calm day."""
    name = Words("Alarms of the last day", "近一日异常")
    last_us = now.pulse.effective_us if now.pulse else None
    if last_us is None:
        return Figure(name, None, f"{root}decisions/?alarms=1", Words("nothing has come in", "尚无数据"), "warn")
    since_us = last_us - DAY_US
    with reading(book(visit.institution).stores) as tables:
        query = MovementQuery(only_alarms=True, since_us=since_us)
        count, complete = count_movements(tables, query, COUNT_MS)
    asked = [("alarms", "1"), *TimeSpan("time", name).written(visit, (since_us, None))]
    old = now.asked_us - last_us > DAY_US
    note = Words("held, declined, refused or with a finding", "暂缓、拒绝、拒付或账务异常")
    if old:
        note = Words("of the last day with data, not of today", "最后有数据的一日，并非今日")
    tone = "warn" if count or old or now.worst is not State.FRESH else "ok"
    return Figure(name, count, f"{root}decisions/?{urlencode(asked)}", note, tone, not complete)


def _live(visit: Visit, root: str) -> dict[str, Any]:
    """The last movements: by outcome, in time, and by rule."""
    rows = recent(book(visit.institution).stores)
    position = f"&position_from={rows.first}" if rows.first is not None else ""
    outcomes = [
        (mark_of(each), rows.outcomes[each], f"{root}decisions/?outcome={each.name.lower()}{position}")
        for each in Outcome
    ]
    return {
        "recent": rows,
        "outcomes": outcomes,
        "chart": _chart(visit, rows),
        "chart_data": _chart(visit, rows).data(visit.language),
        "rules": _rules(visit, root, rows, position) if visit.may(Right.SEE_RULES) else [],
    }


def _chart(visit: Visit, rows: Recent) -> Chart:
    series = tuple(
        Series(_OUTCOMES[each], [(at_us, counts[each]) for at_us, counts in rows.buckets], _TONES[each], area=True)
        for each in Outcome
    )
    offset = book(visit.institution).opening.timezone_offset_minutes
    return Chart(
        "overview-outcomes", Words("The last movements in time", "近期交易走势"), series, offset_minutes=offset
    )


def _rules(visit: Visit, root: str, rows: Recent, position: str) -> list[tuple[str, Words, int, str]]:
    """The rules that hit most: code, title, how often, and where those movements are."""
    most = sorted(rows.hits.items(), key=lambda pair: (-pair[1], pair[0]))[:RULES_SHOWN]
    called: Mapping[str, Words] = titles(visit.institution, frozenset(code for code, _ in most)) if most else {}
    return [(code, called[code], count, f"{root}decisions/?rule={code}{position}") for code, count in most]
