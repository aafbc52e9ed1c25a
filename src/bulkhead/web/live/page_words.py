"""What the page's script says: it gets these in the language of the page and knows no others."""

from __future__ import annotations

from collections.abc import Mapping

from bulkhead.kernel.reasons import Words

PAGE_WORDS: Mapping[str, Words] = {
    "connecting": Words("connecting", "正在连接"),
    "live": Words("live", "实时"),
    "paused": Words("paused", "已暂停"),
    "held": Words("held still while you point at it", "指针停留，列表暂停滚动"),
    "reconnecting": Words("connection lost, trying again", "连接中断，正在重连"),
    "stale": Words("nothing heard since {time}", "自 {time} 起未收到数据"),
    "behind": Words("{n} entries of the journal are still to be shown", "日志中还有 {n} 条尚未显示"),
    "trouble": Words("the database does not answer since {time}", "自 {time} 起数据库无响应"),
    "ended": Words(
        "Your log-in or your role has ended. Load the page again.", "您的登录或角色已失效，请重新加载页面。"
    ),
    "full": Words("Too many live views are open; trying again in {n} s.", "实时视图已满，{n} 秒后重试。"),
    "filters": Words(
        "Too many different filters are being watched; choose a usual one.",
        "当前监看的查询条件过多，请改用常用条件。",
    ),
    "reset": Words(
        "The journal is not the one that was watched before; the view begins anew.",
        "日志与此前监看的不一致，已重新开始显示。",
    ),
    "missed": Words(
        "While you were away: {n} decisions, {alarms} with an alarm. All alarms are listed below.",
        "离开期间共 {n} 笔决策，其中告警 {alarms} 笔，已全部列在下方。",
    ),
    "more_alarms": Words(
        "{n} more alarms in this moment are not listed here: open them in the table",
        "同一时段另有 {n} 笔告警未在此列出：在明细表中查看",
    ),
    "more_rows": Words("{n} more in this minute: open the table", "本分钟另有 {n} 笔：查看明细表"),
    "new": Words("{n} new", "{n} 笔新决策"),
    "pause": Words("Pause", "暂停"),
    "go_on": Words("Go on", "继续"),
    "say_alarms": Words("{n} new alarms", "新增 {n} 笔告警"),
    "a_second": Words("{n}/s", "{n} 笔/秒"),
    "seconds": Words("{n} s", "{n} 秒"),
    "since_s": Words("in the last {n} s", "最近 {n} 秒"),
    "chart": Words(
        "Decisions a second over the last minute: now {now}, most {most}; seconds with alarms: {alarms}",
        "最近一分钟每秒决策数：当前 {now}，最高 {most}；含告警的秒数：{alarms}",
    ),
    "rules_more": Words("and {n} more", "等，另有 {n} 条"),
    "open": Words("Decision {n}", "决策 {n}"),
}
