"""What waits for a second person: open proposals, and what each of them becomes once it is approved.

Nothing ever takes an approval as an argument. Approving a proposal carries it out in the same commit, so there
is no moment in which an approval lies about and could be used twice, or for something else.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from bulkhead.engine.staff import SUSPENDED, Staff, standing_text
from bulkhead.kernel.approvals import (
    Actor,
    Approval,
    Refusal,
    approve,
    propose,
    reject,
    snapshot_digest,
    use,
    withdraw,
)
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.events import (
    AccessChanged,
    ApprovalDecided,
    ApprovalProposed,
    HoldReviewed,
    RuleSetPublished,
    canonical_json,
)

PUBLISH_RULES = "publish-rules"
REVIEW_HOLD = "review-hold"
CHANGE_ACCESS = "change-access"
OPEN_MAX = 1_000

Carried = RuleSetPublished | HoldReviewed | AccessChanged


@dataclass(frozen=True, slots=True)
class Now:
    """What a proposal is measured against: the next rule set's number, the holds that wait for people, who may what."""

    institution: str
    rule_set: int
    holds: frozenset[str]
    staff: Staff


@dataclass(slots=True)
class Proposals:
    """The proposals of one institution. ``count`` is the number of the last one ever made."""

    count: int = 0
    open: dict[int, ApprovalProposed] = field(default_factory=dict)

    def check_proposed(self, event: ApprovalProposed, now: Now) -> None:
        """Raises ``BadInput`` when this cannot be proposed now. What it would do is checked elsewhere."""
        if event.number != self.count + 1:
            raise BadInput(f"proposal {event.number} does not follow proposal {self.count}")
        if event.expires_us <= event.proposed_us:
            raise BadInput("a proposal needs time to be decided")
        if sum(other.expires_us > event.proposed_us for other in self.open.values()) >= OPEN_MAX:
            raise BadInput(f"{OPEN_MAX:,} proposals wait already; decide or withdraw some first")
        if carried_out(event, checker="") is None or snapshot(event, now) != current(event, now):
            raise BadInput(f"this is no subject for {event.action!r} as things stand")
        if _is_own_access(event, event.person, event.account):
            raise BadInput(f"this cannot be proposed: {Refusal.OWN_ACCESS.value}")
        _approval(event, now)

    def check_decided(self, event: ApprovalDecided, now: Now) -> None:
        """Raises ``BadInput`` with the reason when this decision does not stand."""
        proposed = self.open.get(event.number)
        if proposed is None:
            refusal = Refusal.SPENT.value if 0 < event.number <= self.count else "it was never made"
            raise BadInput(f"proposal {event.number} cannot be decided: {refusal}")
        decided = _decide(_approval(proposed, now), event, proposed, now)
        if isinstance(decided, Refusal):
            raise BadInput(f"proposal {event.number} cannot be decided: {decided.value}")

    def take_proposed(self, event: ApprovalProposed) -> None:
        """Keep a proposal, and forget those whose time had run out when it was made."""
        self.count = event.number
        self.open = {n: other for n, other in self.open.items() if other.expires_us > event.proposed_us}
        self.open[event.number] = event

    def take_decided(self, event: ApprovalDecided) -> list[Carried]:
        """Close a proposal; gives the event that carries it out when it was approved."""
        proposed = self.open.pop(event.number)
        carried = carried_out(proposed, checker=event.person) if event.verdict == "approve" else None
        return [] if carried is None else [carried]


def carried_out(event: ApprovalProposed, *, checker: str) -> Carried | None:
    """The event that a proposal asks for; None when its action or subject is none of this house."""
    try:
        # A float comes as text, and then the canonical text is another one.
        subject = json.loads(event.subject, parse_float=str, parse_constant=str)
        if canonical_json(subject).decode() != event.subject:
            return None
        match event.action, subject:
            case ("publish-rules", {"number": int(number), "text": str(text), **rest}) if not rest:
                return RuleSetPublished(number, text, event.person, checker)
            case ("review-hold", {"hold": str(hold), "release": bool(release), "reason": str(reason), **rest}) if (
                not rest
            ):
                return HoldReviewed(hold, release, event.person, checker, reason)
            case ("change-access", dict()):
                return _access_changed(subject, event.person, checker)
    except (ValueError, RecursionError):
        return None
    return None


def _access_changed(subject: dict[str, object], maker: str, checker: str) -> AccessChanged | None:
    """Suspending is not proposed: it takes effect at once, by one person."""
    match subject:
        case {
            "person": str(person),
            "account": str(account),
            "change": str(change),
            "role": str(role),
            "reason": str(reason),
            "standing": str(),
            **rest,
        } if not rest and change != SUSPENDED:
            return AccessChanged(person, account, change, role, maker, checker, reason)
    return None


def snapshot(event: ApprovalProposed, now: Now) -> bytes:
    """Digest of what was proposed."""
    return snapshot_digest(now.institution, event.action, json.loads(event.subject))


def current(event: ApprovalProposed, now: Now) -> bytes:
    """Digest of what the proposal would be if it were made now: another one once its ground has moved."""
    subject = json.loads(event.subject)
    if event.action == PUBLISH_RULES:
        subject["number"] = now.rule_set
    elif event.action == CHANGE_ACCESS:
        subject["standing"] = standing_text(now.staff, subject["account"])
    elif subject["hold"] not in now.holds:
        subject["hold"] = ""
    return snapshot_digest(now.institution, event.action, subject)


def _is_own_access(event: ApprovalProposed, person: str, account: str) -> bool:
    """Whether a proposal is about the access of this very person or log-in."""
    if event.action != CHANGE_ACCESS:
        return False
    subject: dict[str, str] = json.loads(event.subject)
    return person == subject["person"] or account == subject["account"]


def _approval(event: ApprovalProposed, now: Now) -> Approval:
    made = propose(
        id=str(event.number),
        action=event.action,
        snapshot=snapshot(event, now),
        maker=Actor(event.person, event.account),
        at_us=event.proposed_us,
        expires_us=event.expires_us,
    )
    if isinstance(made, Refusal):
        raise BadInput(f"this cannot be proposed: {made.value}")
    return made


def _decide(
    approval: Approval, event: ApprovalDecided, proposed: ApprovalProposed, now: Now
) -> Approval | Refusal:
    person = Actor(event.person, event.account)
    at_us = max(event.decided_us, proposed.proposed_us)  # a clock that was set back gives no more time
    if event.verdict != "withdraw" and _is_own_access(proposed, event.person, event.account):
        return Refusal.OWN_ACCESS
    if event.verdict == "reject":
        return reject(approval, person, at_us=at_us)
    if event.verdict == "withdraw":
        return withdraw(approval, person)
    if event.verdict != "approve":
        return Refusal.NOT_POSSIBLE
    standing = current(proposed, now)
    approved = approve(approval, person, seen=_digest(event.snapshot), current=standing, at_us=at_us)
    if isinstance(approved, Refusal):
        return approved
    return use(approved, action=proposed.action, current=standing, at_us=at_us, used=())


def _digest(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""
