"""Proposals made by people and read by the second person."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping

from bulkhead.engine.machine import Machine
from bulkhead.engine.proposals import current, snapshot
from bulkhead.kernel.approvals import Refusal
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.events import ApprovalProposed, Event, canonical_json
from bulkhead.kernel.protocols import Vault
from bulkhead.runtime.service.commands import ChangeAccess, OpenProposal, Proposed, ProposeRules, ReviewHold
from bulkhead.runtime.service.people import actor, shown

LASTS_S_MAX = 366 * 86_400
Apply = Callable[[Event], int]
Subject = dict[str, str | int | bool]
_PERSONAL = ("person", "account", "reason")  # what of a subject is a token


def propose(
    machine: Machine,
    vault: Vault,
    apply: Apply,
    action: str,
    subject: Subject,
    command: ProposeRules | ReviewHold | ChangeAccess,
    now_us: int,
) -> Proposed:
    """Make a proposal, or give the one that this person has made of the same before. Raises ``BadInput``."""
    if not 0 < command.lasts_s <= LASTS_S_MAX:
        raise BadInput(f"a proposal lasts 1 to {LASTS_S_MAX:,} seconds, not {command.lasts_s}")
    person, account = actor(machine, vault, command.by)
    text = canonical_json(subject).decode()
    expires_us = now_us + command.lasts_s * 1_000_000
    for event in machine.proposals.open.values():
        if (event.action, event.subject, event.person) == (action, text, person) and event.expires_us > now_us:
            break
    else:
        number = machine.proposals.count + 1
        event = ApprovalProposed(number, action, text, person, account, now_us, expires_us)
        apply(event)
    return Proposed(event.number, snapshot(event, machine.now()).hex(), event.expires_us)


def open_proposals(machine: Machine, vault: Vault, now_us: int) -> Iterable[OpenProposal]:
    """The proposals that wait, oldest first."""
    now = machine.now()
    for event in machine.proposals.open.values():
        subject = json.loads(event.subject)
        names = shown(vault, [event.person, *hidden_names(subject)])
        lapsed = ""
        if now_us >= event.expires_us:
            lapsed = Refusal.EXPIRED.value
        elif current(event, now) != snapshot(event, now):
            lapsed = Refusal.CHANGED.value
        yield OpenProposal(
            number=event.number,
            action=event.action,
            subject=readable_subject(subject, names),
            maker=names[event.person],
            proposed_us=event.proposed_us,
            expires_us=event.expires_us,
            snapshot=snapshot(event, now).hex(),
            lapsed=lapsed,
            subject_person=names[str(subject["person"])] if "person" in subject else "",
        )


def hidden_names(subject: Subject) -> list[str]:
    """The tokens of a proposal's subject."""
    return [str(subject[part]) for part in _PERSONAL if part in subject]


def readable_subject(subject: Subject, names: Mapping[str, str]) -> Subject:
    """A subject with its tokens put back; ``names`` has at least its ``hidden_names``."""
    return {part: names[str(value)] if part in _PERSONAL else value for part, value in subject.items()}
