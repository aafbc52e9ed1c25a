"""What waits for this person, what they have decided, and what they have asked of others."""

from __future__ import annotations

import time
from dataclasses import dataclass
from threading import Lock

from bulkhead.kernel.reasons import Words
from bulkhead.runtime.clock import SystemClock
from bulkhead.runtime.open_proposals import OpenProposals
from bulkhead.runtime.proposal_history import PastProposal, proposal_history
from bulkhead.web.books import book
from bulkhead.web.office.deciding import ACTIONS, hindrance, may_decide, may_read, me, people
from bulkhead.web.office.subjects import in_short
from bulkhead.web.page import Visit
from bulkhead.web.refusals import in_words

KEPT_S = 1.0  # how old the number in the navigation may be
PAGE_ROWS = 50
STATES: dict[str, Words] = {
    "open": Words("waits", "待复核"),
    "approved": Words("approved", "已批准"),
    "rejected": Words("rejected", "已驳回"),
    "withdrawn": Words("withdrawn", "已撤回"),
    "lapsed": Words("lapsed", "已失效"),
}
MARKS = {
    "open": "notice",
    "approved": "ok",
    "rejected": "alarm",
    "withdrawn": "quiet",
    "lapsed": "quiet",
}


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the inbox."""

    number: int
    action: Words
    short: Words
    maker: str
    proposed_us: int
    expires_us: int
    state: str
    checker: str = ""
    decided_us: int | None = None
    note: Words | None = None  # why it cannot be decided, or not by this person

    @property
    def state_words(self) -> Words:
        return STATES[self.state]

    @property
    def mark(self) -> str:
        return MARKS[self.state]


@dataclass(frozen=True, slots=True)
class Inbox:
    """A page of it. ``next``: the ``before`` of the page behind it."""

    items: tuple[Item, ...]
    next: int | None = None


_counts: dict[str, tuple[float, list[PastProposal]]] = {}
_desks: dict[str, OpenProposals] = {}
_counting = Lock()


def waiting(visit: Visit) -> Inbox:
    """What others have proposed and this person may decide: what can still be decided first, urgent before new."""
    found = [one for one in _undecided(visit) if _concerns(visit, one)]
    found.sort(key=lambda one: (one.state != "open", one.expires_us))
    names = people({one.maker for one in found})
    return Inbox(tuple(_item(visit, one, names) for one in found))


def decided(visit: Visit, before: int | None) -> Inbox:
    """What this person has decided, latest first."""
    return _past(visit, before, decided_by=visit.account.person.code)


def made(visit: Visit, before: int | None) -> Inbox:
    """What this person has proposed, latest first."""
    return _past(visit, before, made_by=visit.account.person.code)


def everything(visit: Visit, before: int | None) -> Inbox:
    """Every proposal this person may read, latest first."""
    return _past(visit, before)


def waiting_count(visit: Visit) -> int:
    """How many wait for this person; at most a second old, since every page asks."""
    with _counting:
        since_s, proposals = _counts.get(visit.institution, (-KEPT_S, []))
    if time.monotonic() - since_s > KEPT_S:
        proposals = _undecided(visit)
        with _counting:
            _counts[visit.institution] = (time.monotonic(), proposals)
    return sum(one.state == "open" and _concerns(visit, one) for one in proposals)


def forget_count(institution: str) -> None:
    """Count anew: something was proposed or decided."""
    with _counting:
        _counts.pop(institution, None)


def _concerns(visit: Visit, one: PastProposal) -> bool:
    return hindrance(visit, one.action, one.maker, one.subject_person) is None


def _undecided(visit: Visit) -> list[PastProposal]:
    """Those that nobody has decided; one that has lapsed by a change is among them until its time runs out."""
    with _counting:
        desk = _desks.setdefault(visit.institution, OpenProposals(book(visit.institution).stores))
    return desk.proposals(SystemClock().now_us())


def _past(visit: Visit, before: int | None, *, made_by: str = "", decided_by: str = "") -> Inbox:
    page = proposal_history(
        book(visit.institution).stores,
        SystemClock().now_us(),
        before=before,
        limit=PAGE_ROWS,
        made_by=made_by,
        decided_by=decided_by,
    )
    shown = [one for one in page.proposals if may_read(visit, one.action, one.maker)]
    names = people({name for one in shown for name in (one.maker, one.checker) if name})
    return Inbox(tuple(_item(visit, one, names) for one in shown), page.next)


def _item(visit: Visit, one: PastProposal, names: dict[str, str]) -> Item:
    note = in_words(one.lapsed) if one.lapsed else None
    if one.state == "open" and may_decide(visit, one.action) and one.maker != me(visit):
        note = hindrance(visit, one.action, one.maker, one.subject_person)
    return Item(
        number=one.number,
        action=ACTIONS[one.action],
        short=in_short(one.action, one.subject),
        maker=names[one.maker],
        proposed_us=one.proposed_us,
        expires_us=one.expires_us,
        state=one.state,
        checker=names.get(one.checker, ""),
        decided_us=one.decided_us,
        note=note,
    )
