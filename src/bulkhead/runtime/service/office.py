"""What people do to an institution besides moving money: rules, holds, accounts, access and the second person.

The same function carries a command out for a running engine and for a command line that has opened the
institution itself. Names of staff and what they write go into the journal as vault tokens, like all personal
data; they are put back when a person reads them.
"""

from __future__ import annotations

import json
from heapq import nsmallest

from bulkhead.decision.rule_set import parse_rule_set
from bulkhead.engine.machine import Machine
from bulkhead.engine.proposals import PUBLISH_RULES, REVIEW_HOLD
from bulkhead.intake.names import CLIENT
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.events import (
    AccountOpened,
    ApprovalDecided,
    FourEyesDemanded,
    HoldReviewed,
    RuleSetPublished,
)
from bulkhead.kernel.money import currency_code
from bulkhead.kernel.movements import NAME_BYTES_MAX, NO_AMOUNT, AccountClass
from bulkhead.kernel.protocols import Vault
from bulkhead.runtime.service.access import change_access, list_access
from bulkhead.runtime.service.commands import (
    LISTED_MAX,
    AskStatus,
    ChangeAccess,
    DecideProposal,
    DemandFourEyes,
    DeskWork,
    Done,
    HoldInReview,
    Holds,
    ListAccess,
    ListHolds,
    ListProposals,
    OfficeReply,
    OpenAccounts,
    OpenProposals,
    ProposeRules,
    PublishRules,
    ReviewHold,
    Status,
)
from bulkhead.runtime.service.people import actor, note
from bulkhead.runtime.service.proposing import Apply, Subject, open_proposals, propose


def carry_out(vault: Vault, machine: Machine, apply: Apply, command: DeskWork, now_us: int) -> OfficeReply:
    """Do what the command asks; durable when this returns. Raises ``BadInput`` when it cannot be done."""
    match command:
        case OpenAccounts():
            return _open_accounts(machine, vault, apply, command.clients)
        case PublishRules():
            text = parse_rule_set(command.text).text
            number = len(machine.rule_set_events)
            if number and machine.rule_set_events[-1].text == text:
                return Done(None, number)
            person, _ = actor(machine, vault, command.by)
            return Done(apply(RuleSetPublished(number + 1, text, person, "")), number + 1)
        case ProposeRules():
            text = parse_rule_set(command.text).text
            subject: Subject = {"number": len(machine.rule_set_events) + 1, "text": text}
            return propose(machine, vault, apply, PUBLISH_RULES, subject, command, now_us)
        case ReviewHold():
            return _review(machine, vault, apply, command, now_us)
        case DecideProposal():
            person, account = actor(machine, vault, command.by)
            event = ApprovalDecided(
                command.number, command.verdict, command.snapshot, person, account, decided_us=now_us
            )
            return Done(apply(event), len(machine.rule_set_events))
        case DemandFourEyes():
            if machine.four_eyes:
                return Done(None, len(machine.rule_set_events))
            return Done(
                apply(FourEyesDemanded(actor(machine, vault, command.by)[0])), len(machine.rule_set_events)
            )
        case ChangeAccess():
            return change_access(machine, vault, apply, command, now_us)
        case ListAccess():
            return list_access(machine, vault, command.after, command.limit)
        case ListHolds():
            return holds_in_review(machine, command.after, command.limit)
        case ListProposals():
            return OpenProposals(tuple(open_proposals(machine, vault, now_us)))
        case AskStatus():
            return _status(machine)


def holds_in_review(machine: Machine, after: str = "", limit: int = LISTED_MAX) -> Holds:
    """The holds that wait for people with ids behind ``after``, in order of their ids."""
    if not 0 < limit <= LISTED_MAX:
        raise BadInput(f"a list has 1 to {LISTED_MAX} entries, not {limit}")
    about: dict[str, list[int]] = {}
    for event in machine.proposals.open.values():
        if event.action == REVIEW_HOLD:
            about.setdefault(json.loads(event.subject)["hold"], []).append(event.number)
    found = nsmallest(limit + 1, (hold for hold in machine.book.holds_in_review() if hold > after))
    slots = machine.book.hold_slots()
    page = [_hold(machine, hold, slots[hold], tuple(about.get(hold, ()))) for hold in found[:limit]]
    return Holds(tuple(page), more=len(found) > limit)


def _hold(machine: Machine, reference: str, slot: int, proposals: tuple[int, ...]) -> HoldInReview:
    hold = machine.book.holds[slot]
    return HoldInReview(
        hold=reference,
        payer=machine.names[hold["debit_account"]],
        payee=machine.names[hold["credit_account"]],
        amount_minor=int(hold["remaining_minor"]),
        currency=currency_code(int(machine.book.accounts[hold["debit_account"]]["currency"])),
        expires_us=None if hold["expires_us"] == NO_AMOUNT else int(hold["expires_us"]),
        proposals=proposals,
    )


def _open_accounts(machine: Machine, vault: Vault, apply: Apply, clients: tuple[str, ...]) -> Done:
    for client in clients:
        if not client.strip() or len(client.encode()) > NAME_BYTES_MAX or not client.isprintable():
            raise BadInput(f"{client[:40]!r} cannot name a client")
    assert machine.institution is not None
    sequence = None
    for name in vault.tokens(CLIENT, clients):
        number = machine.names.find(name)
        if number < 0 or not machine.book.is_account(number):
            sequence = apply(AccountOpened(name, int(AccountClass.CLIENT), machine.institution.currency))
    return Done(sequence, len(machine.rule_set_events))


def _review(machine: Machine, vault: Vault, apply: Apply, command: ReviewHold, now_us: int) -> OfficeReply:
    reason = note(vault, command.reason, what="ending a hold")
    if machine.four_eyes:
        subject: Subject = {"hold": command.hold, "release": command.release, "reason": reason}
        return propose(machine, vault, apply, REVIEW_HOLD, subject, command, now_us)
    person, _ = actor(machine, vault, command.by)
    return Done(
        apply(HoldReviewed(command.hold, command.release, person, "", reason)), len(machine.rule_set_events)
    )


def _status(machine: Machine) -> Status:
    assert machine.institution is not None
    return Status(
        machine.institution.code,
        machine.sequence,
        machine.effective_us,
        len(machine.rule_set_events),
        machine.four_eyes is not None,
    )
