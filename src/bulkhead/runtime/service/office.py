"""What people do to an institution besides moving money: rules, holds, accounts and the second person.

The same function carries a command out for a running engine and for a command line that has opened the
institution itself. Names of staff and what they write go into the journal as vault tokens, like all personal
data; they are put back when a person reads them.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterable

from bulkhead.custody.accounts import HOLD_REVIEW
from bulkhead.decision.rule_set import parse_rule_set
from bulkhead.engine.machine import Machine
from bulkhead.engine.proposals import PUBLISH_RULES, REVIEW_HOLD, current, snapshot
from bulkhead.intake.names import CLIENT
from bulkhead.kernel.approvals import Refusal
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.events import (
    AccountOpened,
    ApprovalDecided,
    ApprovalProposed,
    Event,
    FourEyesDemanded,
    HoldReviewed,
    RuleSetPublished,
    canonical_json,
)
from bulkhead.kernel.money import currency_code
from bulkhead.kernel.movements import NAME_BYTES_MAX, NO_AMOUNT, AccountClass
from bulkhead.kernel.protocols import Vault
from bulkhead.runtime.service.commands import (
    TEXT_CHARS_MAX,
    AskStatus,
    DecideProposal,
    DemandFourEyes,
    Done,
    HoldInReview,
    Holds,
    ListHolds,
    ListProposals,
    Office,
    OfficeReply,
    OpenAccounts,
    OpenProposal,
    OpenProposals,
    Person,
    Proposed,
    ProposeRules,
    PublishRules,
    ReviewHold,
    Status,
)
from bulkhead.runtime.wiring import Stores

STAFF, NOTE = "staff", "note"  # vault entities of people who work here and of what they write
LASTS_S_MAX = 366 * 86_400
Apply = Callable[[Event], int]
Subject = dict[str, str | int | bool]


def carry_out(stores: Stores, machine: Machine, apply: Apply, command: Office, now_us: int) -> OfficeReply:
    """Do what the command asks; durable when this returns. Raises ``BadInput`` when it cannot be done."""
    vault = stores.vault
    match command:
        case OpenAccounts():
            return _open_accounts(machine, vault, apply, command.clients)
        case PublishRules():
            text = parse_rule_set(command.text).text
            number = len(machine.rule_set_events)
            if number and machine.rule_set_events[-1].text == text:
                return Done(None, number)
            person, _ = _person(vault, command.by)
            return Done(apply(RuleSetPublished(number + 1, text, person, "")), number + 1)
        case ProposeRules():
            text = parse_rule_set(command.text).text
            subject: Subject = {"number": len(machine.rule_set_events) + 1, "text": text}
            return _propose(machine, vault, apply, PUBLISH_RULES, subject, command, now_us)
        case ReviewHold():
            return _review(machine, vault, apply, command, now_us)
        case DecideProposal():
            person, account = _person(vault, command.by)
            event = ApprovalDecided(
                command.number, command.verdict, command.snapshot, person, account, decided_us=now_us
            )
            return Done(apply(event), len(machine.rule_set_events))
        case DemandFourEyes():
            if machine.four_eyes:
                return Done(None, len(machine.rule_set_events))
            return Done(apply(FourEyesDemanded(_person(vault, command.by)[0])), len(machine.rule_set_events))
        case ListHolds():
            return Holds(tuple(holds_in_review(machine)))
        case ListProposals():
            return OpenProposals(tuple(_open_proposals(machine, vault, now_us)))
        case AskStatus():
            return _status(machine)


def holds_in_review(machine: Machine) -> Iterable[HoldInReview]:
    """The holds that wait for people, in order of their ids."""
    about: dict[str, list[int]] = {}
    for event in machine.proposals.open.values():
        if event.action == REVIEW_HOLD:
            about.setdefault(json.loads(event.subject)["hold"], []).append(event.number)
    for reference, slot in sorted(machine.book.hold_slots().items()):
        hold = machine.book.holds[slot]
        if hold["state"] == HOLD_REVIEW:
            yield HoldInReview(
                hold=reference,
                payer=machine.names[hold["debit_account"]],
                payee=machine.names[hold["credit_account"]],
                amount_minor=int(hold["remaining_minor"]),
                currency=currency_code(int(machine.book.accounts[hold["debit_account"]]["currency"])),
                expires_us=None if hold["expires_us"] == NO_AMOUNT else int(hold["expires_us"]),
                proposals=tuple(about.get(reference, ())),
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
    reason = command.reason.strip()
    if not reason or len(reason) > TEXT_CHARS_MAX:
        raise BadInput(f"ending a hold needs a reason of at most {TEXT_CHARS_MAX:,} characters")
    (note,) = vault.tokens(NOTE, [reason])
    if machine.four_eyes:
        subject: Subject = {"hold": command.hold, "release": command.release, "reason": note}
        return _propose(machine, vault, apply, REVIEW_HOLD, subject, command, now_us)
    person, _ = _person(vault, command.by)
    return Done(apply(HoldReviewed(command.hold, command.release, person, "", note)), len(machine.rule_set_events))


def _propose(
    machine: Machine,
    vault: Vault,
    apply: Apply,
    action: str,
    subject: Subject,
    command: ProposeRules | ReviewHold,
    now_us: int,
) -> Proposed:
    """Make a proposal, or give the one that this person has made of the same before."""
    if not 0 < command.lasts_s <= LASTS_S_MAX:
        raise BadInput(f"a proposal lasts 1 to {LASTS_S_MAX:,} seconds, not {command.lasts_s}")
    person, account = _person(vault, command.by)
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


def _open_proposals(machine: Machine, vault: Vault, now_us: int) -> Iterable[OpenProposal]:
    now = machine.now()
    for event in machine.proposals.open.values():
        subject = json.loads(event.subject)
        hidden = [event.person, *([subject["reason"]] if "reason" in subject else [])]
        shown = [there or name for there, name in zip(vault.reveal(hidden), hidden, strict=True)]
        if "reason" in subject:
            subject["reason"] = shown[1]
        lapsed = ""
        if now_us >= event.expires_us:
            lapsed = Refusal.EXPIRED.value
        elif current(event, now) != snapshot(event, now):
            lapsed = Refusal.CHANGED.value
        yield OpenProposal(
            number=event.number,
            action=event.action,
            subject=subject,
            maker=shown[0],
            proposed_us=event.proposed_us,
            expires_us=event.expires_us,
            snapshot=snapshot(event, now).hex(),
            lapsed=lapsed,
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


def _person(vault: Vault, by: Person) -> tuple[str, str]:
    """Person and account as the journal names them."""
    for name in (by.person, by.account):
        if not name.strip() or len(name) > NAME_BYTES_MAX or not name.isprintable():
            raise BadInput(f"{name[:40]!r} cannot name a person")
    # "Ann" and "ann" are one person: two spellings must not make four eyes.
    spelt = [unicodedata.normalize("NFKC", name.strip()).casefold() for name in (by.person, by.account)]
    person, account = vault.tokens(STAFF, spelt)
    return person, account
