"""What is said of jobs that did not come to their end."""

from __future__ import annotations

from bulkhead.kernel.reasons import Words

RUNS_ALREADY = Words(
    "This is being done already; wait for it, or cancel it.", "该任务已在执行，请等待完成或先取消。"
)
CANCELLED_BEFORE = Words("It was cancelled before it began.", "任务在开始前已取消。")
CANCELLED_WITHIN = Words("It was cancelled while it worked.", "任务在执行中被取消。")
WORKER_DIED = Words(
    "The process that did the job ended in the middle of it; it can be run again.",
    "执行任务的进程中途退出，可重新执行。",
)
WORKER_ENDED = Words(
    "The console was stopped while the job worked; it can be run again.",
    "任务执行期间控制台停止运行，可重新执行。",
)
NO_DATABASE = Words("The database could not be reached.", "无法连接数据库。")
WENT_WRONG = Words(
    "It failed for a reason nobody foresaw; the worker's log has it.",
    "任务因意外原因失败，详见工作进程日志。",
)
UNKNOWN_KIND = Words("This version does not know this kind of job.", "当前版本不支持此类任务。")
NOT_ALLOWED = Words(
    "Whoever asked for it no longer has the right to.",
    "申请人已不再具有执行此任务的权限。",
)
TRIED_ANEW = Words("The database was away; trying again.", "数据库连接中断，正在重试。")
