"""Four eyes as pure values: one person proposes, another approves exactly what was proposed, once.

An approval is bound to a digest of its subject. When the subject changes, the approval lapses; when time runs
out, it lapses; when it has been used, it is spent. Every step gives the new approval or a ``Refusal``, and
whether a person holds the right to take part at all is asked elsewhere.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import Enum
from hashlib import sha256

from bulkhead.kernel.events import canonical_json
from bulkhead.kernel.lifecycles import APPROVAL, advance


@dataclass(frozen=True, slots=True)
class Actor:
    """A human being (``person``) behind one of perhaps several log-ins (``account``)."""

    person: str
    account: str


class Refusal(Enum):
    """Why a step was not taken, as a sentence."""

    UNKNOWN_PERSON = "the person behind the account is not known"
    OWN_PROPOSAL = "whoever proposed it cannot approve or reject it, not even as administrator"
    SAME_PERSON = "this is another account of the person who proposed it"
    NOT_THE_MAKER = "only the person who proposed it can withdraw it"
    SEEN_DIFFERS = "what was looked at is not what was proposed"
    CHANGED = "it has changed since it was proposed, so the proposal has lapsed"
    EXPIRED = "the time to decide has run out, so the proposal has lapsed"
    SPENT = "this approval has been used before"
    OWN_ACCESS = "nobody proposes or decides a change of their own access, not even as administrator"
    NOT_POSSIBLE = "the proposal is not in a state that allows it"


@dataclass(frozen=True, slots=True)
class Approval:
    """One proposal on its way. ``snapshot`` is the ``snapshot_digest`` of what was proposed."""

    id: str
    action: str
    snapshot: bytes
    maker: Actor
    proposed_us: int
    expires_us: int  # from this moment on it has lapsed
    state: str = APPROVAL.start
    checker: Actor | None = None
    decided_us: int | None = None

    def lapsed(self, current: bytes, at_us: int) -> Refusal | None:
        """Why a proposal or approval no longer stands for ``current``; None while it does or when it is over."""
        if "lapse" not in APPROVAL.verbs(self.state):
            return None
        if at_us >= self.expires_us:
            return Refusal.EXPIRED
        return None if current == self.snapshot else Refusal.CHANGED


def snapshot_digest(institution: str, action: str, subject: object) -> bytes:
    """Digest of what is proposed: a JSON value without floats, for one action in one institution."""
    return sha256(canonical_json({"institution": institution, "action": action, "subject": subject})).digest()


def propose(
    *, id: str, action: str, snapshot: bytes, maker: Actor, at_us: int, expires_us: int
) -> Approval | Refusal:
    """A new proposal. ``id`` must never have been used in this institution; ``snapshot`` is of its subject."""
    assert at_us < expires_us, "a proposal needs time to be decided"
    if not maker.person:
        return Refusal.UNKNOWN_PERSON
    return Approval(id, action, snapshot, maker, proposed_us=at_us, expires_us=expires_us)


def approve(approval: Approval, checker: Actor, *, seen: bytes, current: bytes, at_us: int) -> Approval | Refusal:
    """The approval given. ``seen`` is the digest of what the checker looked at, ``current`` of what now stands."""
    refusal = approval.lapsed(current, at_us) or _not_second_person(approval.maker, checker)
    if refusal:
        return refusal
    if seen != approval.snapshot:
        return Refusal.SEEN_DIFFERS
    return _decide(approval, "approve", checker, at_us)


def reject(approval: Approval, checker: Actor, *, at_us: int) -> Approval | Refusal:
    """The proposal turned down by a second person, changed or not."""
    return _not_second_person(approval.maker, checker) or _decide(approval, "reject", checker, at_us)


def withdraw(approval: Approval, maker: Actor) -> Approval | Refusal:
    """The proposal taken back by the person who made it, from any of their accounts."""
    if not maker.person or maker.person != approval.maker.person:
        return Refusal.NOT_THE_MAKER
    return _advance(approval, "withdraw")


def lapse(approval: Approval, *, current: bytes, at_us: int) -> Approval:
    """The approval as it stands now: lapsed when its subject changed or its time ran out, else unchanged."""
    return replace(approval, state="lapsed") if approval.lapsed(current, at_us) else approval


def use(
    approval: Approval, *, action: str, current: bytes, at_us: int, used: Collection[str]
) -> Approval | Refusal:
    """The approval spent on carrying out ``action``.

    ``used`` are the ids the journal knows as spent: a stale copy of an approval still says "approved", so its
    own state is not asked alone.
    """
    if approval.state == "used" or approval.id in used:
        return Refusal.SPENT
    if action != approval.action:
        return Refusal.SEEN_DIFFERS
    return approval.lapsed(current, at_us) or _advance(approval, "use")


def _not_second_person(maker: Actor, checker: Actor) -> Refusal | None:
    if not checker.person:
        return Refusal.UNKNOWN_PERSON
    if checker.account == maker.account:
        return Refusal.OWN_PROPOSAL
    return Refusal.SAME_PERSON if checker.person == maker.person else None


def _decide(approval: Approval, verb: str, checker: Actor, at_us: int) -> Approval | Refusal:
    after = _advance(approval, verb)
    return replace(after, checker=checker, decided_us=at_us) if isinstance(after, Approval) else after


def _advance(approval: Approval, verb: str) -> Approval | Refusal:
    state = advance(APPROVAL, approval.state, verb)
    return replace(approval, state=state) if isinstance(state, str) else Refusal.NOT_POSSIBLE
