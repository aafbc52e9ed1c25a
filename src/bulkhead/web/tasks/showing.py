"""A job run as a page shows it: its state, its times, and its result in words."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from bulkhead.kernel.reasons import Words
from bulkhead.web.ages import age_words, us_of, us_or_none
from bulkhead.web.components.marks import Mark
from bulkhead.web.journal.fault_words import fault_words
from bulkhead.web.page import Visit
from bulkhead.web.tasks.job import words_of
from bulkhead.web.tasks.kinds import PLAY_CASE, REPLAY, VERIFY, title_of
from bulkhead.web.tasks.models import CANCELLED, DONE, FAILED, RUNNING, WAITING, JobRun

STATE_WORDS: dict[str, Words] = {
    WAITING: Words("waiting", "排队中"),
    RUNNING: Words("running", "执行中"),
    DONE: Words("done", "已完成"),
    FAILED: Words("failed", "失败"),
    CANCELLED: Words("cancelled", "已取消"),
}
_MARKS = {
    WAITING: ("clock", "plain"),
    RUNNING: ("circle", "notice"),
    DONE: ("check", "ok"),
    FAILED: ("triangle", "alarm"),
    CANCELLED: ("cross", "caution"),
}
ALL_WELL = Words("Everything is in order.", "一切正常。")


def mark_of_run(run: JobRun) -> Mark:
    """Its state; a finished verification that found damage is no success."""
    if run.state == DONE and run.result and run.result.get("sound") is False:
        return Mark("triangle", "alarm", Words("damage found", "发现异常"))
    if run.state == DONE and run.result and run.result.get("sound"):
        return Mark("seal", "ok", Words("all well", "校验通过"))
    return Mark(*_MARKS[run.state], STATE_WORDS[run.state])


def mark_html(run: JobRun) -> SafeString:
    """The mark, for a cell of a table."""
    return render_to_string("web/components/badge.html", {"mark": mark_of_run(run)})


def job_view(visit: Visit, run: JobRun) -> dict[str, Any]:
    """What the page of a run is drawn from. ``outcome`` is one sentence, "" while there is none."""
    outcome = _outcome(run)
    lines = [(us_of(datetime.fromisoformat(line["at"])), _line(line)) for line in run.log]
    return {
        "title": title_of(run.kind),
        "mark": mark_of_run(run),
        "outcome": outcome[visit.language] if outcome else "",
        "asked_us": us_of(run.asked_at),
        "started_us": us_or_none(run.started_at),
        "ended_us": us_or_none(run.ended_at),
        "lasted": _lasted(run),
        "lines": lines,
        "facts": _facts(run),
        "verdict": run.kind == VERIFY and run.result,
        "case_link": _case_link(run),
    }


def _line(line: dict[str, Any]) -> Words:
    words = words_of(line)
    return fault_words(words.en) if words.en == words.zh else words


def _outcome(run: JobRun) -> Words | None:
    if run.error:
        words = words_of(run.error)
        return fault_words(words.en) if words.en == words.zh else words
    if run.state != DONE or not run.result:
        return None
    if run.kind == VERIFY:
        return ALL_WELL if run.result.get("sound") else fault_words(str(run.result.get("fault")))
    if run.kind == REPLAY:
        taken, failed = run.result.get("taken", 0), run.result.get("failed", 0)
        return Words(
            f"{taken:,} rows are in the journal; {failed:,} are open again.",
            f"{taken:,} 条已入账，{failed:,} 条退回待处理。",
        )
    if run.kind == PLAY_CASE:
        number = int(run.result.get("seeds", 0))
        return Words(f"{number} seeds were played.", f"已运行 {number} 个随机种子。")
    return None


def _case_link(run: JobRun) -> str:
    """Where in its institution the result of a case study is shown; "" while there is none."""
    result = run.result if run.kind == PLAY_CASE and run.state == DONE else None
    return f"case-studies/{result['case']}/runs/{result['run']}/" if result else ""


_COUNTED = {
    "size": Words("Entries", "日志记录"),
    "movements": Words("Movements", "资金变动"),
    "events": Words("Events", "事件"),
    "accounts": Words("Accounts", "账户"),
    "projected": Words("Movements in the lists", "列表中的资金变动"),
    "balances": Words("Balances compared", "已核对余额"),
    "checkpoints": Words("Signed checkpoints", "签名检查点"),
    "taken": Words("Taken into the journal", "已入账"),
    "failed": Words("Open again", "退回待处理"),
}


def _facts(run: JobRun) -> list[tuple[Words, int]]:
    result = run.result or {}
    return [(words, result[code]) for code, words in _COUNTED.items() if isinstance(result.get(code), int)]


def _lasted(run: JobRun) -> Words | None:
    if run.started_at is None or run.ended_at is None:
        return None
    lasted_us = int((run.ended_at - run.started_at).total_seconds() * 1_000_000)
    return Words("less than a second", "不足 1 秒") if lasted_us < 1_000_000 else age_words(lasted_us)
