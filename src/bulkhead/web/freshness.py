"""Can this screen be trusted? Everything an institution's pages rest on, each fresh, stale or failed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from threading import Lock

import psycopg

from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.reasons import Words
from bulkhead.runtime.clock import SystemClock
from bulkhead.runtime.pulse import Pulse, pulse
from bulkhead.web.ages import age_words, us_of
from bulkhead.web.books import book
from bulkhead.web.starting import house
from bulkhead.web.tasks.kinds import VERIFY
from bulkhead.web.tasks.liveness import worker_is_alive
from bulkhead.web.tasks.models import DONE, JobRun

KEPT_S = 2.0  # every page asks; the database is asked this seldom
BEHIND_MAX = 20_000  # leaves: less than a running engine passes in a few seconds
QUIET_US = 15 * 60_000_000
SEALED_US_MAX = 24 * 3_600_000_000
VERIFIED_US_MAX = 7 * 24 * 3_600_000_000


class State(StrEnum):
    """STALE: it works, but what it shows may be old. Where nothing is known it is at least STALE."""

    FRESH = "fresh"
    STALE = "stale"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that pages rest on. ``place`` is the path below the institution where more is told, "" for none."""

    code: str
    title: Words
    state: State
    sentence: Words
    at_us: int | None = None
    place: str = ""


@dataclass(frozen=True, slots=True)
class Freshness:
    """All of them at one moment. ``pulse`` is None when the database did not answer."""

    institution: str
    asked_us: int
    items: tuple[Item, ...]
    pulse: Pulse | None

    @property
    def worst(self) -> State:
        """Of all but the quarantine: rows that wait there are work, and make nothing else old."""
        order = list(State)
        return max(
            (one.state for one in self.items if one.code != "quarantine"), key=order.index, default=State.STALE
        )

    def item(self, code: str) -> Item | None:
        """One of them by its code: engine, projections, movement, checkpoint, verification, quarantine, worker."""
        return next((item for item in self.items if item.code == code), None)


_kept: dict[str, Freshness] = {}
_lock = Lock()


def freshness(institution: str, *, anew: bool = False) -> Freshness:
    """How an institution stands, at most two seconds old. Never raises: what cannot be asked has failed."""
    now_us = SystemClock().now_us()
    with _lock:
        kept = _kept.get(institution)
    if kept is not None and not anew and now_us - kept.asked_us < KEPT_S * 1_000_000:
        return kept
    try:
        found = _ask(institution, now_us)
    except (BadInput, ConnectionError, psycopg.Error) as problem:
        words = Words(f"It cannot be asked: {problem}", f"无法查询：{problem}")
        found = Freshness(
            institution, now_us, (Item("journal", Words("Journal", "日志账"), State.FAILED, words),), None
        )
    with _lock:
        _kept[institution] = found
    return found


def _ask(institution: str, now_us: int) -> Freshness:
    now = pulse(house().settings, book(institution).stores)
    items = (
        _engine(now),
        _projections(now),
        _movement(now, now_us),
        _checkpoint(now, now_us),
        _verification(institution, now, now_us),
        _quarantine(now),
        _worker(),
    )
    return Freshness(institution, now_us, items, now)


def _engine(now: Pulse) -> Item:
    title = Words("Engine", "引擎")
    if not now.writer:
        words = Words("Nobody writes: no engine is running.", "当前无写入方：引擎未运行。")
        return Item("engine", title, State.STALE, words)
    if not now.lives:
        age = age_words(int((now.silent_s or 0.0) * 1_000_000))
        words = Words(
            f"{now.writer} holds the journal, but was last heard {age.en} ago.",
            f"{now.writer} 占用日志账，但最后一次心跳在 {age.zh}前。",
        )
        return Item("engine", title, State.FAILED, words)
    if not now.serves:
        words = Words(f"{now.writer} writes, but takes no commands.", f"{now.writer} 正在写入，但不接收指令。")
        return Item("engine", title, State.STALE, words)
    return Item("engine", title, State.FRESH, Words("Running and taking commands.", "运行中，可接收指令。"))


def _projections(now: Pulse) -> Item:
    title = Words("Lists and balances", "列表与余额")
    if now.behind == 0:
        words = Words(f"They show all {now.head.size:,} entries.", f"已包含全部 {now.head.size:,} 条记录。")
        return Item("projections", title, State.FRESH, words)
    words = Words(f"They are {now.behind:,} entries behind the journal.", f"比日志账落后 {now.behind:,} 条记录。")
    catching_up = now.lives and 0 < now.behind <= BEHIND_MAX
    ahead = now.behind < 0  # more than there is: never right
    return Item(
        "projections", title, State.FAILED if ahead else State.FRESH if catching_up else State.STALE, words
    )


def _movement(now: Pulse, now_us: int) -> Item:
    title = Words("Last entry", "最近入账")
    if now.committed_us is None:
        return Item(
            "movement", title, State.STALE, Words("Nothing has come in yet.", "尚无数据。"), None, "decisions/"
        )
    age_us = max(0, now_us - now.committed_us)
    age = age_words(age_us)
    state = State.FRESH if now.lives and age_us <= QUIET_US else State.STALE
    return Item("movement", title, state, Words(f"{age.en} ago.", f"{age.zh}前。"), now.committed_us, "decisions/")


def _checkpoint(now: Pulse, now_us: int) -> Item:
    title, place = Words("Last checkpoint", "最近检查点"), "journal/checkpoints/"
    if now.sealed is None or now.sealed_outside_us is None:
        missing = now.sealed is not None
        words = Words(
            "The copy outside the database is missing." if missing else "Nothing has been signed yet.",
            "数据库外的副本缺失。" if missing else "尚未签署检查点。",
        )
        return Item("checkpoint", title, State.FAILED if missing else State.STALE, words, None, place)
    since, age = now.head.size - now.sealed, age_words(max(0, now_us - now.sealed_outside_us))
    words = Words(f"Signed {age.en} ago; {since:,} entries since.", f"{age.zh}前签署，此后新增 {since:,} 条。")
    if since < 0:
        words = Words(
            f"It was signed over {now.sealed:,} entries, but the journal has {now.head.size:,}.",
            f"签署时有 {now.sealed:,} 条，但日志账仅有 {now.head.size:,} 条。",
        )
        return Item("checkpoint", title, State.FAILED, words, now.sealed_outside_us, place)
    old = since > 0 and now_us - now.sealed_outside_us > SEALED_US_MAX
    return Item("checkpoint", title, State.STALE if old else State.FRESH, words, now.sealed_outside_us, place)


def _verification(institution: str, now: Pulse, now_us: int) -> Item:
    title, place = Words("Last verification", "最近校验"), "journal/"
    run = JobRun.objects.filter(institution=institution, kind=VERIFY, state=DONE).order_by("-pk").first()
    if run is None or run.ended_at is None or run.result is None:
        words = Words("The journal was never verified from here.", "尚未在控制台校验过日志账。")
        return Item("verification", title, State.STALE, words, None, place)
    at_us = us_of(run.ended_at)
    age = age_words(max(0, now_us - at_us))
    if not run.result.get("sound"):
        words = Words(f"It found damage {age.en} ago.", f"{age.zh}前的校验发现异常。")
        return Item("verification", title, State.FAILED, words, at_us, f"jobs/{run.pk}/")
    words = Words(
        f"All was well {age.en} ago, up to entry {run.result['size']:,}.",
        f"{age.zh}前校验通过，覆盖前 {run.result['size']:,} 条。",
    )
    old = now_us - at_us > VERIFIED_US_MAX
    return Item("verification", title, State.STALE if old else State.FRESH, words, at_us, f"jobs/{run.pk}/")


def _quarantine(now: Pulse) -> Item:
    title = Words("Quarantine", "隔离区")
    waiting, mended = now.quarantine.get("open", 0), now.quarantine.get("corrected", 0)
    if not waiting and not mended:
        return Item(
            "quarantine", title, State.FRESH, Words("No row waits.", "没有待处理的记录。"), None, "quarantine/"
        )
    words = Words(
        f"{waiting:,} rows wait to be corrected, {mended:,} to be replayed.",
        f"{waiting:,} 条待更正，{mended:,} 条待重放。",
    )
    return Item("quarantine", title, State.STALE, words, None, "quarantine/")


def _worker() -> Item:
    title = Words("Job worker", "任务进程")
    if worker_is_alive():
        return Item("worker", title, State.FRESH, Words("It takes jobs.", "正常接收任务。"), None, "jobs/")
    words = Words("No worker runs: jobs wait until one does.", "任务进程未运行，任务将排队等待。")
    return Item("worker", title, State.STALE, words, None, "jobs/")
