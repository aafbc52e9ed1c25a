"""Every proposal there has been and how it ended, from the projection of events: what people asked each other.

A running engine says what can be decided now; this is for reading, and lies behind it by as much as projections do.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection
from psycopg.rows import TupleRow

from bulkhead.engine.proposals import CHANGE_ACCESS, PUBLISH_RULES, REVIEW_HOLD
from bulkhead.engine.staff import Standing, standing_after, standing_text
from bulkhead.kernel.approvals import Refusal, snapshot_digest
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.events import (
    AccessChanged,
    ApprovalDecided,
    ApprovalProposed,
    Event,
    RuleSetPublished,
    decode_event,
)
from bulkhead.runtime.service.people import STAFF, shown, spelling
from bulkhead.runtime.service.proposing import Subject, hidden_names, readable_subject
from bulkhead.runtime.wiring import Stores

PAGE_MAX = 500
_STATES = {"approve": "approved", "reject": "rejected", "withdraw": "withdrawn"}

# The expressions are those of the indexes in ``events_by_type.sql``.
_MADE = """
    SELECT sequence, body, sequence FROM event
    WHERE institution = %(institution)s AND type = 'ApprovalProposed'
        AND (%(before)s::bigint IS NULL OR sequence < %(before)s)
    ORDER BY sequence DESC LIMIT %(limit)s
"""
_MADE_BY = """
    SELECT sequence, body, sequence FROM event
    WHERE institution = %(institution)s AND type = 'ApprovalProposed'
        AND (body::jsonb #>> '{data,person}') = %(person)s
        AND (%(before)s::bigint IS NULL OR sequence < %(before)s)
    ORDER BY sequence DESC LIMIT %(limit)s
"""
_DECIDED_BY = """
    SELECT made.sequence, made.body, decided.sequence FROM event decided
    JOIN event made ON made.institution = decided.institution AND made.type = 'ApprovalProposed'
        AND (made.body::jsonb #>> '{data,number}')::bigint = (decided.body::jsonb #>> '{data,number}')::bigint
    WHERE decided.institution = %(institution)s AND decided.type = 'ApprovalDecided'
        AND (decided.body::jsonb #>> '{data,person}') = %(person)s
        AND (%(before)s::bigint IS NULL OR decided.sequence < %(before)s)
    ORDER BY decided.sequence DESC LIMIT %(limit)s
"""
_NUMBERED = """
    SELECT sequence, body, sequence FROM event WHERE institution = %s AND type = 'ApprovalProposed'
        AND (body::jsonb #>> '{data,number}')::bigint = ANY(%s::bigint[]) ORDER BY sequence
"""
_DECISIONS = """
    SELECT sequence, body FROM event WHERE institution = %s AND type = 'ApprovalDecided'
        AND (body::jsonb #>> '{data,number}')::bigint = ANY(%s::bigint[])
"""
_RULE_SET = """
    SELECT body FROM event WHERE institution = %s AND type = 'RuleSetPublished' ORDER BY sequence DESC LIMIT 1
"""
_ENDED_HOLDS = """
    SELECT sequence, body::jsonb #>> '{data,hold}' FROM event
    WHERE institution = %s AND type IN ('HoldReviewed', 'HoldExpired') AND sequence > %s
        AND (body::jsonb #>> '{data,hold}') = ANY(%s)
"""
_ACCESS = "SELECT body FROM event WHERE institution = %s AND type = 'AccessChanged' ORDER BY sequence"


@dataclass(frozen=True, slots=True)
class PastProposal:
    """One proposal. ``state``: open, approved, rejected, withdrawn or lapsed; who and when are set once decided.

    An open proposal that has lapsed since, by time or by change, says why in ``lapsed``.
    """

    number: int
    sequence: int  # its leaf in the journal
    action: str
    subject: Subject  # names and reasons as people read them
    subject_person: str  # whose access it is about; "" for other actions
    snapshot: str  # hexadecimal digest that an approval has to name
    maker: str
    maker_account: str
    proposed_us: int
    expires_us: int
    state: str
    lapsed: str = ""
    checker: str = ""
    checker_account: str = ""
    decided_us: int | None = None
    decided_sequence: int | None = None


@dataclass(frozen=True, slots=True)
class PastProposals:
    """A page, newest first. ``next``: the ``before`` of the page behind it; None at the end."""

    proposals: tuple[PastProposal, ...]
    next: int | None


@dataclass(frozen=True, slots=True)
class _Row:
    sequence: int
    event: ApprovalProposed
    subject: Subject


def proposal_history(
    stores: Stores,
    now_us: int,
    *,
    before: int | None = None,
    limit: int = 50,
    made_by: str = "",
    decided_by: str = "",
) -> PastProposals:
    """Proposals newest first: all, those a person has made, or those a person has decided (latest decision first).

    Raises ``BadInput`` for another limit than 1 to 500, for a name that is none, and for both persons at once.
    """
    if not 0 < limit <= PAGE_MAX:
        raise BadInput(f"a page has 1 to {PAGE_MAX} proposals, not {limit}")
    if made_by and decided_by:
        raise BadInput("either those a person has made or those a person has decided")
    query = _MADE_BY if made_by else _DECIDED_BY if decided_by else _MADE
    person = stores.vault.name_of(STAFF, spelling(made_by or decided_by)) if made_by or decided_by else ""
    values = {"institution": stores.number, "before": before, "person": person, "limit": limit + 1}
    with stores.connect() as connection:
        found = connection.execute(query, values).fetchall()
        proposals = _told(stores, connection, found[:limit], now_us)
    return PastProposals(tuple(proposals), int(found[limit - 1][2]) if len(found) > limit else None)


def find_proposal(stores: Stores, number: int, now_us: int) -> PastProposal | None:
    """One proposal by its number."""
    return next(iter(find_proposals(stores, [number], now_us)), None)


def find_proposals(stores: Stores, numbers: Sequence[int], now_us: int) -> list[PastProposal]:
    """The proposals of these numbers, as far as there are such, oldest first."""
    with stores.connect() as connection:
        found = connection.execute(_NUMBERED, [stores.number, list(numbers)]).fetchall()
        return _told(stores, connection, found, now_us)


def _told(
    stores: Stores, connection: Connection[TupleRow], found: Sequence[TupleRow], now_us: int
) -> list[PastProposal]:
    rows = [_row(int(sequence), body) for sequence, body, _ in found]
    decisions = _decisions(stores, connection, rows)
    moved = _moved(stores, connection, [row for row in rows if row.event.number not in decisions])
    deciders = [name for _, event in decisions.values() for name in (event.person, event.account)]
    makers = [name for row in rows for name in (row.event.person, row.event.account)]
    names = shown(
        stores.vault, [*makers, *deciders, *(name for row in rows for name in hidden_names(row.subject))]
    )
    return [_past(stores.code, row, decisions.get(row.event.number), moved, names, now_us) for row in rows]


def _past(
    code: str,
    row: _Row,
    decision: tuple[int, ApprovalDecided] | None,
    moved: set[int],
    names: dict[str, str],
    now_us: int,
) -> PastProposal:
    event, state, lapsed = row.event, "open", ""
    if decision is not None:
        state = _STATES[decision[1].verdict]
    elif now_us >= event.expires_us:
        state, lapsed = "lapsed", Refusal.EXPIRED.value
    elif event.number in moved:
        state, lapsed = "lapsed", Refusal.CHANGED.value
    return PastProposal(
        number=event.number,
        sequence=row.sequence,
        action=event.action,
        subject=readable_subject(row.subject, names),
        subject_person=names[str(row.subject["person"])] if "person" in row.subject else "",
        snapshot=snapshot_digest(code, event.action, row.subject).hex(),
        maker=names[event.person],
        maker_account=names[event.account],
        proposed_us=event.proposed_us,
        expires_us=event.expires_us,
        state=state,
        lapsed=lapsed,
        checker=names[decision[1].person] if decision else "",
        checker_account=names[decision[1].account] if decision else "",
        decided_us=decision[1].decided_us if decision else None,
        decided_sequence=decision[0] if decision else None,
    )


def _row(sequence: int, body: str) -> _Row:
    event = _event(body, ApprovalProposed)
    return _Row(sequence, event, json.loads(event.subject))


def _decisions(
    stores: Stores, connection: Connection[TupleRow], rows: Iterable[_Row]
) -> dict[int, tuple[int, ApprovalDecided]]:
    numbers = [row.event.number for row in rows]
    found = connection.execute(_DECISIONS, [stores.number, numbers]).fetchall()
    events = [(int(sequence), _event(body, ApprovalDecided)) for sequence, body in found]
    return {event.number: (sequence, event) for sequence, event in events}


def _moved(stores: Stores, connection: Connection[TupleRow], rows: Sequence[_Row]) -> set[int]:
    """Numbers of the undecided proposals whose ground is another one by now; the machine's ``current`` in SQL."""
    of = {action: [row for row in rows if row.event.action == action] for action in _GROUNDS}
    return {
        number
        for action, ground in _GROUNDS.items()
        if of[action]
        for number in ground(stores, connection, of[action])
    }


def _moved_rules(stores: Stores, connection: Connection[TupleRow], rows: Sequence[_Row]) -> list[int]:
    last = connection.execute(_RULE_SET, [stores.number]).fetchone()
    number = _event(last[0], RuleSetPublished).number + 1 if last else 1
    return [row.event.number for row in rows if row.subject["number"] != number]


def _moved_holds(stores: Stores, connection: Connection[TupleRow], rows: Sequence[_Row]) -> list[int]:
    holds = [row.subject["hold"] for row in rows]
    first = min(row.sequence for row in rows)
    found = connection.execute(_ENDED_HOLDS, [stores.number, first, holds]).fetchall()
    ended = {hold: int(sequence) for sequence, hold in found}
    return [row.event.number for row in rows if ended.get(str(row.subject["hold"]), -1) > row.sequence]


def _moved_access(stores: Stores, connection: Connection[TupleRow], rows: Sequence[_Row]) -> list[int]:
    staff: dict[str, Standing] = {}
    for (body,) in connection.execute(_ACCESS, [stores.number]):
        event = _event(body, AccessChanged)
        staff[event.account] = standing_after(staff, event)
    return [
        row.event.number
        for row in rows
        if standing_text(staff, str(row.subject["account"])) != row.subject["standing"]
    ]


_GROUNDS: dict[str, Any] = {
    PUBLISH_RULES: _moved_rules,
    REVIEW_HOLD: _moved_holds,
    CHANGE_ACCESS: _moved_access,
}


def _event(body: str, kind: type[Any]) -> Any:
    event: Event = decode_event(body.encode())
    assert isinstance(event, kind), f"the projection says {kind.__name__}"
    return event
