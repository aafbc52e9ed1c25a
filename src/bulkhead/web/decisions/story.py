"""A movement's story as a timeline: it came, it was decided and sealed, and what became of it since."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bulkhead.kernel.events import ApprovalDecided, ApprovalProposed, HoldExpired, HoldReviewed
from bulkhead.kernel.leaves import MovementLeaf
from bulkhead.kernel.movements import NO_AMOUNT, Outcome, Phase, Refusal, Status
from bulkhead.kernel.reasons import Words
from bulkhead.runtime.aftermath import Step, waits_for_review
from bulkhead.web.components.marks import Mark, mark_of
from bulkhead.web.components.timeline import Moment
from bulkhead.web.templatetags.wording import money
from bulkhead.web.terms import REFUSAL_SENTENCES, term

Address = Callable[[int], str]  # journal leaf -> page of the movement there

_CAME = Mark("circle", "plain", Words("came", "接收"))
_WAITS = Mark("clock", "warn", Words("waits", "等待"))
_LAPSED = Mark("clock", "plain", Words("lapsed", "失效"))


def story_of(
    sequence: int,
    leaf: MovementLeaf,
    steps: tuple[Step, ...],
    placed_at: int | None,
    currency: str,
    address: Address,
    holds_link: str,
) -> tuple[Moment, ...]:
    """The moments of a movement, oldest first; what it waits for comes last.

    ``holds_link``: where holds are reviewed, "" for those who may not.
    """
    fixed = leaf.fixed
    status = Status(fixed["status"])
    told = [
        Moment(Words("It happened, by its source", "来源记录的发生时间"), _CAME, fixed["event_us"]),
        Moment(
            Words(f"Decided: {term(Outcome(fixed['outcome'])).en}", f"决策：{term(Outcome(fixed['outcome'])).zh}"),
            mark_of(Outcome(fixed["outcome"])),
            fixed["effective_us"],
            note=Words(f"sealed as journal leaf #{sequence:,}", f"封存为日志第 {sequence:,} 条"),
        ),
        _booking(fixed, status, placed_at, address),
        *(_moment(step, currency, address) for step in steps),
        *_waiting(leaf, steps, holds_link),
    ]
    return tuple(told)


def _booking(fixed: dict[str, int], status: Status, placed_at: int | None, address: Address) -> Moment:
    words = {
        Status.BOOKED: Words("Booked: the money moved", "入账：资金已划转"),
        Status.HELD: Words("The money was set aside", "资金已冻结"),
        Status.REFUSED: Words("Refused: no money moved", "拒绝：资金未变动"),
        Status.VOIDED: Words("The money is free again", "资金已解冻"),
    }[status]
    note = REFUSAL_SENTENCES[Refusal(fixed["refusal"])] if status == Status.REFUSED else ""
    if placed_at is None:
        return Moment(words, mark_of(status), note=note)
    return Moment(
        words,
        mark_of(status),
        note=Words("from money that was set aside by", "所用资金冻结于"),
        link=address(placed_at),
        link_text=f"#{placed_at:,}",
    )


def _moment(step: Step, currency: str, address: Address) -> Moment:
    match step.event:
        case HoldReviewed() as event:
            return _reviewed(event, step)
        case HoldExpired():
            note = Words("the money is free again", "资金恢复可用")
            return Moment(Words("The hold lapsed", "冻结到期失效"), _LAPSED, step.effective_us, note)
        case ApprovalProposed() as event:
            title = Words(f"Proposed by {event.person}", f"{event.person} 提交申请")
            return Moment(title, _WAITS, step.effective_us, Words("to end the hold", "申请结束冻结"))
        case ApprovalDecided() as event:
            return _decided(event, step)
    used = Words("Paid out of the hold", "解冻支付") if step.phase == Phase.POST else term(step.phase)
    mark = mark_of(Status.BOOKED if step.phase == Phase.POST else Status.VOIDED)
    amount = money(step.amount_minor, currency) if step.phase == Phase.POST else ""
    return Moment(used, mark, step.effective_us, amount, address(step.sequence), f"#{step.sequence:,}")


def _reviewed(event: HoldReviewed, step: Step) -> Moment:
    title = (
        Words("Released by people", "人工复核：放行")
        if event.release
        else Words("Returned by people", "人工复核：退回")
    )
    who = f"{event.maker} + {event.checker}" if event.checker else event.maker
    mark = mark_of(Status.BOOKED if event.release else Status.VOIDED)
    reason_en, reason_zh = (f": {event.reason}", f"：{event.reason}") if event.reason else ("", "")
    return Moment(title, mark, step.effective_us, Words(f"{who}{reason_en}", f"{who}{reason_zh}"))


def _decided(event: ApprovalDecided, step: Step) -> Moment:
    words = {
        "approve": Words(f"Approved by {event.person}", f"{event.person} 复核通过"),
        "reject": Words(f"Rejected by {event.person}", f"{event.person} 复核驳回"),
    }.get(event.verdict, Words(f"Withdrawn by {event.person}", f"{event.person} 撤回申请"))
    mark = mark_of(Outcome.ALLOW if event.verdict == "approve" else Outcome.DECLINE)
    return Moment(words, mark, step.effective_us)


def _waiting(leaf: MovementLeaf, steps: tuple[Step, ...], holds_link: str) -> Iterator[Moment]:
    if waits_for_review(leaf, steps):
        title = Words("Waits for people to release or return it", "等待人工复核放行或退回")
        text = Words("Go to the holds that wait", "前往待复核的暂缓款项")
        yield Moment(title, _WAITS, link=holds_link, link_text=text, waits=True)
    expires_us = leaf.fixed["expires_us"]
    if leaf.fixed["status"] == Status.HELD and expires_us != NO_AMOUNT and not steps:
        yield Moment(Words("Lapses by itself", "到期自动失效"), _LAPSED, expires_us, waits=True)
