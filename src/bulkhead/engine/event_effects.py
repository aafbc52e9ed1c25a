"""What events may come, and what they do to a machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulkhead.decision.rule_set import parse_rule_set
from bulkhead.engine.proposals import carried_out
from bulkhead.engine.staff import SUSPENDED, check_access, check_actor, standing_after
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.events import (
    AccessChanged,
    AccountOpened,
    ApprovalDecided,
    ApprovalProposed,
    Event,
    FourEyesDemanded,
    HoldExpired,
    HoldReviewed,
    InstitutionOpened,
    RuleSetPublished,
    SourceRegistered,
    TimeAdvanced,
)
from bulkhead.kernel.money import CURRENCIES, currency_number
from bulkhead.kernel.movements import NAME_BYTES_MAX, AccountClass

if TYPE_CHECKING:
    from bulkhead.engine.machine import Machine

BOOK_ACCOUNTS = {
    "book:summary": AccountClass.SUMMARY,
    "book:fee": AccountClass.FEE,
    "book:own": AccountClass.OWN,
    "book:suspense": AccountClass.SUSPENSE,
}
TIME_US_MAX = 253_402_300_799_000_000  # the end of 9999
_ACCOUNT_CLASSES = frozenset(AccountClass) - {AccountClass.NONE}


def check_event(machine: Machine, event: Event) -> None:
    """Raise ``BadInput`` when the event contradicts the machine's state."""
    if (machine.institution is None) != isinstance(event, InstitutionOpened):
        raise BadInput("a journal begins with InstitutionOpened and has it once")
    if machine.four_eyes and isinstance(event, FourEyesDemanded):
        raise BadInput("this institution demands four eyes already")
    if machine.four_eyes and _takes_two(event):
        raise BadInput("this institution demands four eyes: propose it, and let a second person approve")
    if isinstance(event, AccessChanged) and event.checker:
        raise BadInput("a second person agrees to a proposal, not to what is done already")
    if isinstance(event, ApprovalProposed | ApprovalDecided):
        check_actor(machine.staff, event.person, event.account)
    if isinstance(event, ApprovalProposed):
        carried = carried_out(event, checker="")
        if carried is not None:
            _check_content(machine, carried)
        machine.proposals.check_proposed(event, machine.now())
    if isinstance(event, ApprovalDecided):
        machine.proposals.check_decided(event, machine.now())
    _check_content(machine, event)


def _takes_two(event: Event) -> bool:
    """Whether one person alone may not do this. Stopping somebody is safe, so it waits for nobody."""
    if isinstance(event, AccessChanged):
        return event.change != SUSPENDED
    return isinstance(event, RuleSetPublished | HoldReviewed)


def _check_content(machine: Machine, event: Event) -> None:
    match event:
        case InstitutionOpened():
            _check_currency(event.currency)
        case RuleSetPublished():
            if event.number != len(machine.rule_set_events) + 1:
                raise BadInput(f"rule set {event.number} does not follow rule set {len(machine.rule_set_events)}")
            parse_rule_set(event.text)
        case AccountOpened():
            _check_currency(event.currency)
            if event.account_class not in _ACCOUNT_CLASSES:
                raise BadInput(f"account {event.name} has the class {event.account_class}, which there is not")
            if not 0 < len(event.name.encode()) <= NAME_BYTES_MAX:
                raise BadInput(f"an account's name has 1 to {NAME_BYTES_MAX} bytes, unlike {event.name[:50]!r}")
            if machine.is_account(event.name):
                raise BadInput(f"account {event.name} is open already")
        case TimeAdvanced():
            if not 0 <= event.effective_us <= TIME_US_MAX:
                raise BadInput(f"{event.effective_us} is no time that can be reached")
        case HoldReviewed():
            if event.hold not in machine.book.holds_in_review():
                raise BadInput(f"no hold {event.hold} waits for review")
        case AccessChanged():
            check_access(machine.staff, event)
        case HoldExpired():
            raise BadInput("HoldExpired follows from TimeAdvanced and is not sent")


def take_event(machine: Machine, event: Event) -> list[Event]:
    """Change the state by an event; gives the events that follow from it."""
    match event:
        case InstitutionOpened():
            machine.institution = event
            for name, account_class in BOOK_ACCOUNTS.items():
                machine.book.open_account(
                    machine.names.number(name), account_class, currency_number(event.currency)
                )
        case SourceRegistered():
            machine.sources[event.code] = event
            machine.bind_rules()
        case RuleSetPublished():
            machine.rule_set_events.append(event)
            machine.bind_rules()
        case AccountOpened():
            number = machine.names.number(event.name)
            machine.book.open_account(number, AccountClass(event.account_class), currency_number(event.currency))
        case TimeAdvanced():
            machine.effective_us = max(machine.effective_us, event.effective_us)
            lapsed = machine.book.expire(machine.effective_us)
            return [HoldExpired(one.hold, machine.names[one.account], one.amount_minor) for one in lapsed]
        case HoldReviewed():
            machine.last_released = machine.book.review(event.hold, release=event.release)
        case FourEyesDemanded():
            machine.four_eyes = event
        case ApprovalProposed():
            machine.proposals.take_proposed(event)
        case ApprovalDecided():
            return list(machine.proposals.take_decided(event))
        case AccessChanged():
            machine.staff[event.account] = standing_after(machine.staff, event)
        case HoldExpired():
            pass  # the money was freed when its TimeAdvanced was taken
    return []


def _check_currency(code: str) -> None:
    if code not in CURRENCIES:
        raise BadInput(f"{code[:10]!r} is no currency this house knows")
